// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies from and to hugetlb memory: what arrives, and while its pages, and the
 * page tables that its users share, come and go.
 */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "copy.h"
#include "raw.h"
#include "roles.h"

#define HUGE     (2L << 20)
#define TABLE    (1L << 30) /* what a shared table maps; its area is aligned */
#define NR_HUGE  "16"
#define NR_SIZES NR_OF(sizes)
#define ROUNDS   4000

static const long sizes[] = { 1,        PAGE,         PAGE + 1,
			      9 * PAGE, HUGE - 12345, HUGE + 5 * PAGE + 7 };

/* The same in all actors; huge is shared by them if "fd" says so. */
static char *huge, *plain;
static int fd;

static void set_up(void)
{
	copy_up();
	ck_assert_int_eq(file_put("/proc/sys/vm/nr_hugepages", NR_HUGE), 0);
	fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
	ck_assert_int_ge(fd, 0);
	ck_assert(!ftruncate(fd, TABLE));
	plain = new_pages(4 * HUGE / PAGE);
}

static void tear_down(void)
{
	copies_down();
	close(fd);
	munmap(huge, TABLE);
	ck_assert_int_eq(file_put("/proc/sys/vm/nr_hugepages", "0"), 0);
}

static void map_huge(int sharing)
{
	huge = mmap((void *)(0x1000 * TABLE), TABLE, PROT_READ | PROT_WRITE,
		    sharing | MAP_NORESERVE | MAP_FIXED_NOREPLACE, fd, 0);
	ck_assert_ptr_ne(huge, MAP_FAILED);
}

/* All of them have the peer's memory in their page tables already, or not. */
static int touch(struct call *call)
{
	(void)call;
	huge[0] = 1;
	huge[HUGE] = 1;
	return OK;
}

static void new_actors(bool touched)
{
	me = actor_new(PROCESS, ME_NR);
	peer = actor_new(PROCESS, PEER_NR);
	if (touched) {
		ASSERT_RC(CALL_RC(me, .op = OP_RUN, .run = touch), OK);
		ASSERT_RC(CALL_RC(peer, .op = OP_RUN, .run = touch), OK);
	}
	START(peer, .op = OP_SENDREC, .peer = me->ep, .ms = -1);
	ASSERT_RC(CALL_RC(me, .op = OP_RCVRQST, .ms = -1), OK);
}

static const int sharings[] = { MAP_SHARED, MAP_PRIVATE };

/* There and back, at odd addresses */
START_TEST(data)
{
	static char sent[4 * HUGE], seen[4 * HUGE];
	long size = sizes[_i % NR_SIZES], offset = HUGE - 77;
	bool touched = _i / NR_SIZES % 2;

	map_huge(sharings[_i / NR_SIZES / 2]);
	new_actors(touched);
	fill(sent, sizeof(sent), _i);
	poke(me->pid, plain, sent, (size_t)size);
	ASSERT_RC(CALL_RC(me,
			  VCOPY(SELF, plain, peer->ep, huge + offset, size)),
		  OK);
	peek(peer->pid, huge + offset, seen, (size_t)size);
	ck_assert(!memcmp(seen, sent, (size_t)size));
	ASSERT_RC(CALL_RC(me, VCOPY(peer->ep, huge + offset, SELF,
				    plain + 2 * HUGE, size)),
		  OK);
	peek(me->pid, plain + 2 * HUGE, seen, (size_t)size + 1);
	ck_assert(!memcmp(seen, sent, (size_t)size) && !seen[size]);
}
END_TEST

/* A process that shares the table is forked, touches, and is gone again. */
static void come_and_go(void *arg)
{
	unsigned int seed = 1;
	pid_t pid;

	for (;;) {
		pid = fork();
		if (!pid) {
			*(volatile char *)huge;
			random_delay(&seed, RACE_DELAY);
			_exit(0);
		}
		child_status(pid);
		if (*(int *)arg)
			fallocate(fd,
				  FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				  HUGE);
	}
}

static int run_copies(struct call *call)
{
	int i, rc = OK;

	for (i = 0; i < ROUNDS && !rc; i++)
		rc = mnx_vcopy(call->m.m2_i1, huge + i % HUGE, SELF, sink, 1);
	return rc;
}

START_TEST(sharers_come_and_go)
{
	pid_t pid;

	map_huge(MAP_SHARED);
	new_actors(true);
	pid = child_start(come_and_go, &_i);
	ASSERT_RC(CALL_RC(me, .op = OP_RUN, .run = run_copies,
			  .m = { .m2_i1 = peer->ep }),
		  OK);
	child_kill(pid);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ data, NR_SIZES * 2 * NR_OF(sharings) },
		{ sharers_come_and_go, 2 },
	};

	if (access("/proc/sys/vm/nr_hugepages", F_OK)) {
		puts("skipped: this kernel has no hugetlb");
		return EXIT_SUCCESS;
	}
	stage_init();
	return RUN_TESTS("copies of hugetlb memory", 60, set_up, tear_down,
			 tests);
}
