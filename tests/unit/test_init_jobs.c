// SPDX-License-Identifier: GPL-2.0-or-later
/* init/jobs: what is started when, and what ends it */
#include <signal.h>

#include "common/util.h"
#include "init/jobs.h"
#include "suite.h"

#define NOW 1000000

static struct jobs j;
static const struct jobs_wish once = { "/bin/once", "alice", false };
static const struct jobs_wish again = { "/bin/again", "alice", true };

static void set_up(void)
{
	j = (struct jobs){ NULL };
}

/* Nothing may be left of it, as the sanitizer looks. */
static void tear_down(void)
{
	int signal;

	jobs_want(&j, NULL, 0, NOW);
	while (jobs_to_signal(&j, NOW, &signal))
		;
	while (j.first)
		job_ended(&j, j.first, NOW);
}

static void want(const struct jobs_wish *a, const struct jobs_wish *b)
{
	struct jobs_wish wishes[2];
	size_t nr = 0;

	if (a)
		wishes[nr++] = *a;
	if (b)
		wishes[nr++] = *b;
	jobs_want(&j, wishes, nr, NOW);
}

/* It is the next one to be started, at that time and not before. */
static struct job *start(const struct jobs_wish *w, int pid, int64_t at)
{
	struct job *job;

	ck_assert_int_eq(jobs_due(&j), at);
	ck_assert_ptr_null(jobs_to_start(&j, at - 1));
	job = jobs_to_start(&j, at);
	ck_assert_ptr_nonnull(job);
	ck_assert_str_eq(job->command, w->command);
	ck_assert_str_eq(job->user, w->user);
	job_started(job, pid, at);
	ck_assert_ptr_eq(jobs_find(&j, pid), job);
	ck_assert(jobs_any(&j));
	return job;
}

static void check_signal(const struct job *job, int signal, int64_t now)
{
	int got = 0;

	ck_assert_ptr_eq(jobs_to_signal(&j, now, &got), job);
	if (job)
		ck_assert_int_eq(got, signal);
}

START_TEST(nothing)
{
	ck_assert_ptr_null(jobs_to_start(&j, NOW));
	ck_assert_ptr_null(jobs_find(&j, 5));
	ck_assert(jobs_due(&j) == JOBS_NEVER);
	ck_assert(!jobs_any(&j));
	check_signal(NULL, 0, NOW);
}
END_TEST

START_TEST(in_their_order)
{
	want(&once, &again);
	start(&once, 5, NOW);
	start(&again, 6, NOW);
	ck_assert_ptr_null(jobs_to_start(&j, NOW));
	ck_assert(jobs_due(&j) == JOBS_NEVER);
}
END_TEST

START_TEST(once_is_once)
{
	want(&once, NULL);
	job_ended(&j, start(&once, 5, NOW), NOW + 1);
	ck_assert(jobs_due(&j) == JOBS_NEVER);
	ck_assert(!jobs_any(&j));
	ck_assert_ptr_null(jobs_find(&j, 5));
	/* Also when the configuration is read again */
	want(&once, NULL);
	ck_assert_ptr_null(jobs_to_start(&j, NOW + JOBS_LATE));
}
END_TEST

/* Who ends soon waits for longer each time, who was steady not at all. */
START_TEST(backs_off)
{
	int64_t now = NOW, delay = JOBS_SOON;
	struct job *job;

	want(&again, NULL);
	job = start(&again, 5, now);
	for (int i = 0; i < 20; i++) {
		now += JOBS_STEADY - 1;
		job_ended(&j, job, now);
		now += delay;
		job = start(&again, 6 + i, now);
		delay = 2 * delay < JOBS_LATE ? 2 * delay : JOBS_LATE;
	}
	now += JOBS_STEADY;
	job_ended(&j, job, now);
	job = start(&again, 50, now);
	job_ended(&j, job, now + 1);
	start(&again, 51, now + 1 + JOBS_SOON);
}
END_TEST

/* Whatever it is */
START_TEST(cannot_be_started)
{
	const struct jobs_wish *w = _i ? &again : &once;

	want(w, NULL);
	job_not_started(jobs_to_start(&j, NOW), NOW);
	ck_assert(!jobs_any(&j));
	job_not_started(jobs_to_start(&j, NOW + JOBS_SOON), NOW + JOBS_SOON);
	start(w, 5, NOW + 3 * JOBS_SOON);
}
END_TEST

START_TEST(go_on_or_leave)
{
	struct job *a, *b;

	want(&once, &again);
	a = start(&once, 5, NOW);
	b = start(&again, 6, NOW);
	want(&again, NULL);
	ck_assert_int_eq(jobs_due(&j), 0);
	check_signal(a, SIGTERM, NOW);
	check_signal(NULL, 0, NOW);
	ck_assert_int_eq(jobs_due(&j), NOW + JOBS_GRACE);
	ck_assert_int_eq(b->state, JOB_RUNNING);
	check_signal(NULL, 0, NOW + JOBS_GRACE - 1);
	check_signal(a, SIGKILL, NOW + JOBS_GRACE);
	check_signal(NULL, 0, NOW + 2 * JOBS_GRACE);
	ck_assert(jobs_due(&j) == JOBS_NEVER);
	job_ended(&j, a, NOW);
	ck_assert_ptr_null(jobs_find(&j, 5));
	ck_assert_ptr_eq(j.first, b);
	ck_assert_ptr_null(b->next);
}
END_TEST

/* One that leaves does not come back: another one is started. */
START_TEST(wanted_again)
{
	struct job *a, *b;

	want(&again, NULL);
	a = start(&again, 5, NOW);
	want(NULL, NULL);
	want(&again, NULL);
	check_signal(a, SIGTERM, NOW);
	b = jobs_to_start(&j, NOW);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_ne(a, b);
	job_started(b, 6, NOW);
	job_ended(&j, a, NOW);
	ck_assert_ptr_null(jobs_to_start(&j, NOW + JOBS_LATE));
	ck_assert_ptr_eq(jobs_find(&j, 6), b);
}
END_TEST

/* Another user, or once and not again, is another job. */
START_TEST(others)
{
	const struct jobs_wish bobs = { again.command, "bob", true };
	const struct jobs_wish bobs_once = { again.command, "bob", false };
	struct job *a;

	want(&again, NULL);
	a = start(&again, 5, NOW);
	want(&bobs, NULL);
	check_signal(a, SIGTERM, NOW);
	start(&bobs, 6, NOW);
	want(&bobs_once, NULL);
	check_signal(jobs_find(&j, 6), SIGTERM, NOW);
	start(&bobs_once, 7, NOW);
}
END_TEST

/* The same twice is two. */
START_TEST(twice)
{
	want(&again, &again);
	start(&again, 5, NOW);
	start(&again, 6, NOW);
	want(&again, NULL);
	check_signal(jobs_find(&j, 6), SIGTERM, NOW);
	check_signal(NULL, 0, NOW);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, nothing);
	tcase_add_test(tc, in_their_order);
	tcase_add_test(tc, once_is_once);
	tcase_add_test(tc, backs_off);
	tcase_add_loop_test(tc, cannot_be_started, 0, 2);
	tcase_add_test(tc, go_on_or_leave);
	tcase_add_test(tc, wanted_again);
	tcase_add_test(tc, others);
	tcase_add_test(tc, twice);
}

int main(void)
{
	return suite_run("jobs of init", add);
}
