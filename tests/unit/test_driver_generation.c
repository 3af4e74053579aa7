// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Generations of a slot: driver/generation.h, which is pure functions.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <molipc/m3ipc.h>

typedef uint32_t u32;
#include "generation.h"
#include "suite.h"

#define ALL  _ENDPOINT_MAX_GENERATION
#define LAST (M3IPC_MAX_NODES - 1)

/* In long loops: ck_assert() notes each time that it has been there. */
#define MUST(expression)                           \
	do {                                       \
		if (!(expression))                 \
			ck_abort_msg(#expression); \
	} while (0)

/* Takes the next one, which there must be. */
static int give(struct m3_generations *g, int nodeid, u32 now)
{
	int generation = m3_generation_next(g, nodeid, now);

	MUST(generation >= 1 && generation <= ALL);
	m3_generation_take(g, now);
	return generation;
}

/* All are given before one comes again. */
START_TEST(all)
{
	static bool seen[LAST + 1][ALL + 1];
	static const int nodes[] = { 0, 1, LAST };
	int nodeid = nodes[_i], i, generation;
	struct m3_generations g = { 0 };

	ck_assert_int_eq(m3_generation_next(&g, 0, 0), 1);
	for (i = 0; i < ALL; i++) {
		generation = give(&g, nodeid, 7);
		MUST(!seen[nodeid][generation]);
		seen[nodeid][generation] = true;
	}
	ck_assert_int_eq(m3_generation_next(&g, nodeid, 7), 0);
}
END_TEST

/* Two nodes begin far from each other. */
START_TEST(starts)
{
	struct m3_generations a = { 0 }, b = { 0 };
	int i;

	for (i = 0; i < ALL / M3IPC_MAX_NODES; i++) {
		MUST(!m3_generation_given(&b, 1, give(&a, 0, 0)));
		MUST(!m3_generation_given(&a, 0, give(&b, 1, 0)));
	}
}
END_TEST

/* A segment is entered again when those of it have rested. */
START_TEST(rest)
{
	u32 now = _i ? UINT32_MAX - 5 : 1000; /* the clock may come round */
	struct m3_generations g = { 0 };
	int i;

	for (i = 0; i < M3_GENERATION_SEGMENT; i++)
		give(&g, 0, now);
	for (; i < ALL; i++)
		give(&g, 0, now + 10);
	ck_assert_int_eq(m3_generation_next(&g, 0, now + 10), 0);
	ck_assert_int_eq(m3_generation_next(&g, 0, now + 609), 0);
	ck_assert_int_eq(give(&g, 0, now + 610), 1);
	/* Others have rested as long, since the last of them was taken then. */
	for (i = 1; i < M3_GENERATION_SEGMENT; i++)
		MUST(give(&g, 0, now + 610) == i + 1);
	ck_assert_int_eq(give(&g, 0, now + 610), i + 1);
}
END_TEST

/* For ever at a moderate pace: never one that was used in ten minutes */
START_TEST(laps)
{
	static u32 used[ALL + 1];
	struct m3_generations g = { 0 };
	u32 now = M3_GENERATION_REST;
	int i, generation;

	for (i = 0; i < 5 * ALL; i++) {
		while (!m3_generation_next(&g, 3, now))
			now++;
		generation = give(&g, 3, now);
		MUST(now - used[generation] >= M3_GENERATION_REST);
		used[generation] = now;
		now += i % 97 == 0;
	}
	ck_assert_uint_lt(now, 6 * (M3_GENERATION_REST + 5 * ALL / 97));
}
END_TEST

START_TEST(given)
{
	struct m3_generations g = { 0 };
	int i;

	for (i = 1; i <= ALL; i++)
		MUST(!m3_generation_given(&g, LAST, i));
	give(&g, LAST, 0);
	for (i = 1; i <= ALL; i++)
		MUST(m3_generation_given(&g, LAST, i) ==
		     (i == (int)m3_generation_start(LAST) + 1));
	while (g.next)
		give(&g, LAST, 0);
	for (i = 1; i <= ALL; i++)
		MUST(m3_generation_given(&g, LAST, i));
}
END_TEST

START_TEST(order)
{
	ck_assert(m3_generation_after(2, 1));
	ck_assert(!m3_generation_after(1, 2));
	ck_assert(!m3_generation_after(5, 5));
	ck_assert(!m3_generation_after(0, 0));
	ck_assert(m3_generation_after(1, ALL));
	ck_assert(m3_generation_after(100, ALL - 100));
	ck_assert(!m3_generation_after(ALL, 1));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, all, 0, 3);
	tcase_add_test(tc, starts);
	tcase_add_loop_test(tc, rest, 0, 2);
	tcase_add_test(tc, laps);
	tcase_add_test(tc, given);
	tcase_add_test(tc, order);
}

int main(void)
{
	return suite_run("driver generation", add);
}
