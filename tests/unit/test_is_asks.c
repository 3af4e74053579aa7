// SPDX-License-Identifier: GPL-2.0-or-later
/* is/asks: who waits for which table of which node */
#include "is/asks.h"
#include "suite.h"

#define TASKS 5
#define FAR   1
#define AWAY  2

static struct asks a;

static void set_up(void)
{
	asks_init(&a, TASKS);
}

static void add_one(int client, int nodeid, int what)
{
	asks_add(&a, &(struct ask){ .client = client,
				    .nodeid = nodeid,
				    .what = what,
				    .bytes = 1 });
}

/* The clients for which that node's table was begun, in the order of slots */
static void check_taken(int nodeid, const int *clients, int nr)
{
	struct ask ask;

	for (int i = 0; i < nr; i++) {
		ck_assert(asks_take(&a, nodeid, &ask));
		ck_assert_int_eq(ask.client, clients[i]);
		ck_assert_int_eq(ask.bytes, 1);
	}
	ck_assert(!asks_take(&a, nodeid, &ask));
}

#define CHECK_TAKEN(nodeid, ...)                            \
	check_taken((nodeid), (const int[]){ __VA_ARGS__ }, \
		    sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int))

START_TEST(nobody)
{
	ck_assert_int_eq(asks_begin(&a, FAR), -1);
	check_taken(FAR, NULL, 0);
}
END_TEST

/* One table for all who want it, in the order in which they came */
START_TEST(together)
{
	add_one(30, FAR, 3);
	add_one(-5, FAR, 2);
	add_one(8, FAR, 3);
	ck_assert_int_eq(asks_begin(&a, FAR), 3);
	CHECK_TAKEN(FAR, 8, 30);
	ck_assert_int_eq(asks_begin(&a, FAR), 2);
	CHECK_TAKEN(FAR, -5);
	ck_assert_int_eq(asks_begin(&a, FAR), -1);
}
END_TEST

/* A table that was begun before is too old. */
START_TEST(too_late)
{
	add_one(30, FAR, 3);
	ck_assert_int_eq(asks_begin(&a, FAR), 3);
	add_one(31, FAR, 3);
	CHECK_TAKEN(FAR, 30);
	ck_assert_int_eq(asks_begin(&a, FAR), 3);
	CHECK_TAKEN(FAR, 31);
}
END_TEST

/* A node that is away holds up nobody who asks another one. */
START_TEST(nodes)
{
	for (int i = 0; i < 1000; i++)
		add_one(i, AWAY, 3);
	ck_assert_int_eq(asks_begin(&a, AWAY), 3);
	add_one(2000, FAR, 1);
	ck_assert_int_eq(asks_begin(&a, FAR), 1);
	CHECK_TAKEN(FAR, 2000);
	add_one(5, FAR, 1);
	ck_assert_int_eq(asks_begin(&a, FAR), 1);
	CHECK_TAKEN(FAR, 5);
}
END_TEST

/* Who asks again has given up, as has who was in the slot before. */
START_TEST(again)
{
	const int next = _ENDPOINT(1, 30);

	add_one(30, FAR, 3);
	ck_assert_int_eq(asks_begin(&a, FAR), 3);
	add_one(30, FAR, 2);
	check_taken(FAR, NULL, 0);
	asks_drop(&a, 30);
	ck_assert_int_eq(asks_begin(&a, FAR), -1);
	add_one(30, FAR, 3);
	ck_assert_int_eq(asks_begin(&a, FAR), 3);
	add_one(next, FAR, 3);
	check_taken(FAR, NULL, 0);
	ck_assert_int_eq(asks_begin(&a, FAR), 3);
	CHECK_TAKEN(FAR, next);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, nobody);
	tcase_add_test(tc, together);
	tcase_add_test(tc, too_late);
	tcase_add_test(tc, nodes);
	tcase_add_test(tc, again);
}

int main(void)
{
	return suite_run("asks", add);
}
