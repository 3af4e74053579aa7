// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fault.h"
#include "raw.h"

#define FAIL_NTH        "/proc/thread-self/fail-nth"
#define MAX_ALLOCATIONS 20000

static const struct way *all_ways;
static int fail_fd;

static void set_nth(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	ck_assert(pwrite(fail_fd, text, (size_t)len, 0) == len);
}

/* How many allocations are to come before the one that fails; 0: it has. */
static int get_nth(void)
{
	char text[16] = "";

	ck_assert(pread(fail_fd, text, sizeof(text) - 1, 0) > 0);
	set_nth(0);
	return atoi(text);
}

static void call(void (*function)(void))
{
	if (function)
		function();
}

/* How many allocations it makes when none fails */
static int count(const struct way *way)
{
	int rc, left;

	set_nth(MAX_ALLOCATIONS);
	rc = way->make();
	left = get_nth();
	ck_assert_int_gt(left, 0);
	ASSERT_RC(rc, 0);
	call(way->undo);
	return MAX_ALLOCATIONS - left;
}

START_TEST(allocations_fail)
{
	const struct way *way = &all_ways[_i];
	int first = 1, n, rc;
	bool failed = true;

	fail_fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fail_fd, 0);
	call(way->prepare);
	if (way->last)
		first += count(way) - way->last;
	for (n = first; failed && n < MAX_ALLOCATIONS; n++) {
		set_nth(n);
		rc = way->make();
		failed = !get_nth();
		/* Other parts of the kernel may call it something else. */
		ck_assert_msg(!rc || (failed && (rc == -ENOMEM || way->last)),
			      "%s, allocation %d: %d", way->name, n, rc);
		call(rc ? way->check_failed : way->undo);
	}
	call(way->finish);
	ck_assert_int_gt(n, first + 1);
	printf("%s: allocations %d to %d\n", way->name, first, n - 2);
	fflush(stdout);
}
END_TEST

/* All allocations count, also those that could wait for memory. */
static void set_up_injection(void)
{
	file_put("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	file_put("/sys/kernel/debug/failslab/verbose", "0");
	file_put("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	file_put("/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N");
	file_put("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	file_put("/sys/kernel/debug/fail_page_alloc/verbose", "0");
}

int run_ways(const char *name, SFun up, SFun down, const struct way *ways,
	     int nr_ways)
{
	const struct test tests[] = {
		{ allocations_fail, nr_ways },
	};

	if (access(FAIL_NTH, W_OK)) {
		puts("skipped: this kernel injects no faults");
		return EXIT_SUCCESS;
	}
	all_ways = ways;
	set_up_injection();
	stage_init();
	return RUN_TESTS(name, 120, up, down, tests);
}
