// SPDX-License-Identifier: GPL-2.0-or-later
/* pm/timers: alarm() as POSIX has it.  The queue is test_common_alarm's. */
#include <limits.h>

#include "pm/timers.h"
#include "suite.h"

#define NOW UINT64_C(1000000)

static struct timers t;
static struct mproc procs[3];

static void set_up(void)
{
	timers_init(&t);
	for (int i = 0; i < 3; i++)
		procs[i] = (struct mproc){ .pid = i + 2 };
}

START_TEST(none)
{
	ck_assert(timers_next(&t) == ALARM_NEVER);
	ck_assert_ptr_null(timers_due(&t, ALARM_NEVER));
	ck_assert_uint_eq(timers_set(&t, &procs[0], 0, NOW), 0);
	timers_end(&t, &procs[0]);
	ck_assert(timers_next(&t) == ALARM_NEVER);
}
END_TEST

START_TEST(due)
{
	timers_set(&t, &procs[0], 20, NOW);
	timers_set(&t, &procs[1], 10, NOW);
	timers_set(&t, &procs[2], 30, NOW);
	ck_assert_uint_eq(timers_next(&t), NOW + 10 * TIMERS_HZ);
	ck_assert_ptr_null(timers_due(&t, NOW + 10 * TIMERS_HZ - 1));
	ck_assert_ptr_eq(timers_due(&t, NOW + 20 * TIMERS_HZ), &procs[1]);
	ck_assert_ptr_eq(timers_due(&t, NOW + 20 * TIMERS_HZ), &procs[0]);
	ck_assert_ptr_null(timers_due(&t, NOW + 20 * TIMERS_HZ));
	timers_end(&t, &procs[2]);
	ck_assert(timers_next(&t) == ALARM_NEVER);
}
END_TEST

/* As Linux rounds it: alarm(10), and at once alarm(0), is 10. */
START_TEST(what_was_left)
{
	struct mproc *p = &procs[0];

	ck_assert_uint_eq(timers_set(&t, p, 10, NOW), 0);
	ck_assert_uint_eq(timers_set(&t, p, 5, NOW + 1), 10);
	ck_assert_uint_eq(timers_set(&t, p, 5, NOW + 1 + 3501), 1);
	ck_assert_uint_eq(timers_set(&t, p, 5, NOW + 3502 + 4999), 1);
	ck_assert_uint_eq(timers_set(&t, p, 5, NOW + 8501 + 3499), 2);
	ck_assert_uint_eq(timers_set(&t, p, 0, NOW + 12000), 5);
	ck_assert(timers_next(&t) == ALARM_NEVER);
	ck_assert_uint_eq(timers_set(&t, p, 0, NOW + 12000), 0);
	/* One that is due, and that nobody has taken yet */
	timers_set(&t, p, 1, NOW);
	ck_assert_uint_eq(timers_set(&t, p, 0, NOW + 5000), 0);
}
END_TEST

START_TEST(very_long)
{
	timers_set(&t, &procs[0], UINT_MAX, NOW);
	ck_assert_uint_eq(timers_set(&t, &procs[0], UINT_MAX, NOW), UINT_MAX);
	ck_assert_ptr_null(timers_due(&t, NOW + (UINT64_C(1) << 40)));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, none);
	tcase_add_test(tc, due);
	tcase_add_test(tc, what_was_left);
	tcase_add_test(tc, very_long);
}

int main(void)
{
	return suite_run("timers", add);
}
