// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies: that they are right.  Whatever the size, the alignment and the kind
 * of memory, what arrives is what a reference says, and nothing else changes.
 */
#include "parties.h"

static const size_t sizes[] = {
	0,
	1,
	63,
	64,
	65,
	4095,
	4096,
	4097,
	64 * KIB - 1,
	64 * KIB,
	64 * KIB + 1,
	MIB + 3,
	MAX_COPY,
	MAX_COPY + 1,
};

#define NR_SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

static const size_t alignments[][2] = {
	{ 4095, 1 }, { 0, 0 },     { 0, 1 },    { 1, 0 },
	{ 7, 7 },    { 63, 4095 }, { 2048, 8 }, { 4095, 4095 },
};

#define NR_ALIGNMENTS ((int)(sizeof(alignments) / sizeof(alignments[0])))

static void copy_everywhere(size_t size, int i, int want)
{
	int k, rc;

	for (k = 0; k < NR_DIRECTIONS; k++) {
		rc = copy(&parties[directions[k].from], PAGE + alignments[i][0],
			  &parties[directions[k].to], PAGE + alignments[i][1],
			  size);
		ck_assert_msg(rc == want, "%zu bytes, direction %d: %s", size,
			      k, mnx_strerror(rc));
	}
}

static const enum memory size_kinds[][2] = {
	{ TOUCHED, TOUCHED },
	{ UNTOUCHED, UNTOUCHED },
	{ HUGE_PAGES, HUGE_PAGES },
	{ SHARED_FILE, MEMFD },
};

#define NR_SIZE_KINDS 4

static int nr_alignments(size_t size)
{
	return size < MIB ? NR_ALIGNMENTS : size < MAX_COPY ? 2 : 1;
}

START_TEST(all_sizes)
{
	const enum memory *kinds = size_kinds[_i % NR_SIZE_KINDS];
	size_t size = sizes[_i / NR_SIZE_KINDS];
	int i;

	parties_new(kinds[0], kinds[1], size > MAX_COPY ? PAGE : size);
	parties_wait();
	for (i = 0; i < nr_alignments(size); i++) {
		copy_everywhere(size, i, size > MAX_COPY ? EMOLRANGE : OK);
		check_parties();
	}
}
END_TEST

/*
 * Each kind of memory to each.  The first copies find no pages in the page
 * tables, later ones do, and some that are behind the others' do not again.
 */
START_TEST(all_kinds)
{
	static const size_t some[] = { 65,           4097,         1,
				       64 * KIB - 1, 64 * KIB + 1, 150 * KIB };
	enum memory from = _i / NR_MEMORY, to = _i % NR_MEMORY;
	int i;

	if (to == READ_ONLY)
		return;
	parties_new(from, to, 150 * KIB);
	parties_wait();
	for (i = 0; i < 6; i++)
		copy_everywhere(some[i], i, OK);
	check_parties();
	copy_everywhere(100 * KIB, 6, OK);
	check_parties();
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ all_sizes, NR_SIZES * NR_SIZE_KINDS },
		{ all_kinds, NR_MEMORY * NR_MEMORY },
	};

	stage_init();
	mount_files();
	return RUN_TESTS("copied data", 60, stage_up, copies_down, tests);
}
