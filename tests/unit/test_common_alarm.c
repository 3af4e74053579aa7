// SPDX-License-Identifier: GPL-2.0-or-later
/* common/alarm: the queue of alarms, beside one that is searched through */
#include <stdlib.h>
#include <string.h>

#include "common/alarm.h"
#include "suite.h"

#define PROCESSES 50

static struct alarm *heap[PROCESSES];
static struct alarm alarms[PROCESSES];
static struct alarm_queue queue;

static void set_up(void)
{
	memset(alarms, 0, sizeof(alarms));
	alarm_init(&queue, heap);
}

START_TEST(an_empty_queue)
{
	ck_assert(alarm_next(&queue) == ALARM_NEVER);
	ck_assert_ptr_null(alarm_due(&queue, ALARM_NEVER));
	ck_assert_uint_eq(alarm_cancel(&queue, &alarms[0], 5), 0);
}
END_TEST

START_TEST(the_next_one_first)
{
	ck_assert_uint_eq(alarm_set(&queue, &alarms[0], 30, 0), 0);
	alarm_set(&queue, &alarms[1], 10, 0);
	alarm_set(&queue, &alarms[2], 20, 0);
	ck_assert_uint_eq(alarm_next(&queue), 10);
	ck_assert_ptr_null(alarm_due(&queue, 9));
	ck_assert_ptr_eq(alarm_due(&queue, 10), &alarms[1]);
	ck_assert_ptr_eq(alarm_due(&queue, 35), &alarms[2]);
	ck_assert_ptr_eq(alarm_due(&queue, 35), &alarms[0]);
	ck_assert_ptr_null(alarm_due(&queue, 35));
}
END_TEST

START_TEST(one_a_process)
{
	alarm_set(&queue, &alarms[0], 30, 0);
	ck_assert_uint_eq(alarm_set(&queue, &alarms[0], 50, 10), 20);
	ck_assert_uint_eq(queue.nr, 1);
	ck_assert_ptr_null(alarm_due(&queue, 30));
	ck_assert_uint_eq(alarm_cancel(&queue, &alarms[0], 60), 0);
	ck_assert_ptr_null(alarm_due(&queue, 60));
}
END_TEST

START_TEST(the_same_time)
{
	for (int i = 0; i < PROCESSES; i++)
		alarm_set(&queue, &alarms[i], 7, 0);
	for (int i = 0; i < PROCESSES; i++)
		ck_assert_ptr_eq(alarm_due(&queue, 7), &alarms[i]);
}
END_TEST

START_TEST(times)
{
	ck_assert_uint_eq(alarm_time(100, 5, false), 105);
	ck_assert_uint_eq(alarm_time(100, 105, true), 105);
	ck_assert_uint_eq(alarm_time(100, 5, true), 100);
	ck_assert(alarm_time(100, UINT64_MAX, false) == ALARM_NEVER - 1);
	ck_assert(alarm_time(100, UINT64_MAX - 100, false) == ALARM_NEVER - 1);
}
END_TEST

static bool is_set(int i)
{
	return alarms[i].index != 0;
}

/* The one that comes first, found the plain way */
static struct alarm *first(void)
{
	struct alarm *best = NULL;

	for (int i = 0; i < PROCESSES; i++)
		if (is_set(i) && (!best || alarms[i].at < best->at ||
				  (alarms[i].at == best->at &&
				   alarms[i].order < best->order)))
			best = &alarms[i];
	return best;
}

START_TEST(any_order)
{
	uint64_t now = 0;

	srand(1);
	for (int n = 0; n < 200000; n++) {
		struct alarm *a = &alarms[rand() % PROCESSES], *next;

		now += (uint64_t)(rand() % 3);
		if (rand() % 3 == 0)
			alarm_cancel(&queue, a, now);
		else
			alarm_set(&queue, a, now + (uint64_t)(rand() % 50),
				  now);
		next = first();
		ck_assert(alarm_next(&queue) ==
			  (next ? next->at : ALARM_NEVER));
		if (!next || next->at > now)
			next = NULL;
		ck_assert_ptr_eq(alarm_due(&queue, now), next);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, an_empty_queue);
	tcase_add_test(tc, the_next_one_first);
	tcase_add_test(tc, one_a_process);
	tcase_add_test(tc, the_same_time);
	tcase_add_test(tc, times);
	tcase_add_test(tc, any_order);
}

int main(void)
{
	return suite_run("alarm", add);
}
