// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fs/lock: who has which bytes, who is in whose way, circles; and by chance
 * beside a table that has an entry for each byte.
 */
#include <errno.h>
#include <string.h>

#include "fs/lock.h"
#include "sim/lib/dice.h"
#include "suite.h"

#define A 1
#define B 2
#define C 3

static struct locks t;

static struct lock lock_of(uint64_t owner, enum lock_kind kind, int64_t first,
			   int64_t last)
{
	return (struct lock){ .owner = owner,
			      .dev = 1,
			      .ino = 7,
			      .kind = kind,
			      .first = first,
			      .last = last };
}

static int set(uint64_t owner, enum lock_kind kind, int64_t first, int64_t last)
{
	const struct lock want = lock_of(owner, kind, first, last);

	return lock_set(&t, &want);
}

static const struct lock *conflict(uint64_t owner, enum lock_kind kind,
				   int64_t first, int64_t last)
{
	const struct lock want = lock_of(owner, kind, first, last);

	return lock_conflict(&t, &want);
}

static int nr_locks(void)
{
	return LOCKS_MAX - t.nr_free;
}

static void set_up(void)
{
	locks_init(&t);
}

static void ck_range(int64_t base, int64_t start, int64_t length,
		     int64_t is_first, int64_t is_last)
{
	int64_t first, last;

	ck_assert_int_eq(lock_range(base, start, length, &first, &last), 0);
	ck_assert_int_eq(first, is_first);
	ck_assert_int_eq(last, is_last);
}

static int bad_range(int64_t base, int64_t start, int64_t length)
{
	int64_t first, last;

	return lock_range(base, start, length, &first, &last);
}

START_TEST(ranges)
{
	ck_range(0, 0, 0, 0, LOCK_LAST);
	ck_range(0, 5, 1, 5, 5);
	ck_range(10, -5, 3, 5, 7);
	ck_range(10, 0, -10, 0, 9);
	ck_range(0, INT64_MAX, 1, INT64_MAX, INT64_MAX);
	ck_range(0, INT64_MAX, 0, INT64_MAX, INT64_MAX);
	ck_assert_int_eq(bad_range(0, -1, 0), -EINVAL);
	ck_assert_int_eq(bad_range(10, 0, -11), -EINVAL);
	ck_assert_int_eq(bad_range(0, INT64_MIN, INT64_MIN), -EINVAL);
	ck_assert_int_eq(bad_range(0, 1, INT64_MIN), -EINVAL);
	ck_assert_int_eq(bad_range(0, INT64_MAX, 2), -EOVERFLOW);
	ck_assert_int_eq(bad_range(1, INT64_MAX, 0), -EOVERFLOW);
}
END_TEST

START_TEST(conflicts)
{
	ck_assert_int_eq(set(A, LOCK_SHARED, 0, 9), 0);
	ck_assert_int_eq(set(B, LOCK_SHARED, 5, 14), 0);
	ck_assert_int_eq(set(B, LOCK_EXCLUSIVE, 9, 9), -EAGAIN);
	ck_assert_int_eq(set(B, LOCK_EXCLUSIVE, 10, 10), 0);
	ck_assert_int_eq(set(A, LOCK_SHARED, 10, 10), -EAGAIN);
	ck_assert_uint_eq(conflict(A, LOCK_SHARED, 0, LOCK_LAST)->owner, B);
	ck_assert_ptr_null(conflict(A, LOCK_SHARED, 0, 9));
	/* Another file, and locks of the other kind */
	ck_assert_int_eq(lock_set(&t, &(struct lock){ .owner = A,
						      .dev = 2,
						      .ino = 7,
						      .kind = LOCK_EXCLUSIVE,
						      .last = 99 }),
			 0);
	ck_assert_int_eq(set(A | LOCK_OF_FILE, LOCK_EXCLUSIVE, 0, LOCK_LAST),
			 0);
	ck_assert_int_eq(set(B | LOCK_OF_FILE, LOCK_SHARED, 0, LOCK_LAST),
			 -EAGAIN);
}
END_TEST

START_TEST(joins_and_splits)
{
	ck_assert_int_eq(set(A, LOCK_SHARED, 0, 4), 0);
	ck_assert_int_eq(set(A, LOCK_SHARED, 10, 14), 0);
	ck_assert_int_eq(nr_locks(), 2);
	ck_assert_int_eq(set(A, LOCK_SHARED, 5, 9), 0);
	ck_assert_int_eq(nr_locks(), 1);
	ck_assert_int_eq(set(A, LOCK_EXCLUSIVE, 6, 8), 0);
	ck_assert_int_eq(nr_locks(), 3);
	ck_assert_ptr_null(conflict(B, LOCK_SHARED, 0, 5));
	ck_assert_ptr_nonnull(conflict(B, LOCK_SHARED, 0, 6));
	ck_assert_int_eq(set(A, LOCK_NONE, 1, 12), 0);
	ck_assert_int_eq(nr_locks(), 2);
	ck_assert_ptr_null(conflict(B, LOCK_EXCLUSIVE, 1, 12));
	ck_assert_ptr_nonnull(conflict(B, LOCK_EXCLUSIVE, 1, 13));
	ck_assert_int_eq(set(A, LOCK_EXCLUSIVE, 0, LOCK_LAST), 0);
	ck_assert_int_eq(nr_locks(), 1);
}
END_TEST

static struct lock_want want_of(uint64_t owner, int64_t byte)
{
	return (struct lock_want){ .lock = lock_of(owner, LOCK_EXCLUSIVE, byte,
						   byte) };
}

START_TEST(circles)
{
	struct lock_want a = want_of(A, 2), b = want_of(B, 3),
			 c = want_of(C, 1), again = want_of(C, 2);

	ck_assert_int_eq(set(A, LOCK_EXCLUSIVE, 1, 1), 0);
	ck_assert_int_eq(set(B, LOCK_EXCLUSIVE, 2, 2), 0);
	ck_assert_int_eq(set(C, LOCK_EXCLUSIVE, 3, 3), 0);
	ck_assert_int_eq(lock_wait(&t, &a), 0);
	ck_assert_int_eq(lock_wait(&t, &b), 0);
	ck_assert_int_eq(lock_wait(&t, &c), -EDEADLK);
	ck_assert(!c.waits);
	ck_assert_int_eq(lock_wait(&t, &again), -EDEADLK);
	lock_wait_end(&t, &b);
	ck_assert_int_eq(lock_wait(&t, &c), 0);
	lock_wait_end(&t, &a);
	lock_wait_end(&t, &c);
	lock_wait_end(&t, &c);
	ck_assert_ptr_null(t.waiting);
}
END_TEST

/* Two wait for one; it is no circle that they would wait for each other. */
START_TEST(no_circle)
{
	struct lock_want b = want_of(B, 1), c = want_of(C, 1);

	ck_assert_int_eq(set(A, LOCK_EXCLUSIVE, 1, 1), 0);
	ck_assert_int_eq(lock_wait(&t, &b), 0);
	ck_assert_int_eq(lock_wait(&t, &c), 0);
	lock_release_all(&t, A);
	lock_wait_end(&t, &b);
	ck_assert_int_eq(lock_set(&t, &b.lock), 0);
	ck_assert_int_eq(lock_set(&t, &c.lock), -EAGAIN);
	lock_wait_end(&t, &c);
}
END_TEST

#define WAITERS 20

/* They hold a byte each, which one wants, and wait for those of many others. */
static int wait_behind(struct lock_want *waiters, int holders)
{
	struct lock_want first = { .lock = lock_of(A, LOCK_EXCLUSIVE, 0,
						   WAITERS) };

	for (int i = 0; i < holders; i++)
		ck_assert_int_eq(set((uint64_t)(1000 + i), LOCK_SHARED,
				     1000 + i, 1000 + i),
				 0);
	for (int i = 0; i < WAITERS; i++) {
		const uint64_t owner = (uint64_t)(100 + i);

		ck_assert_int_eq(set(owner, LOCK_EXCLUSIVE, i, i), 0);
		waiters[i].lock =
			lock_of(owner, LOCK_EXCLUSIVE, 1000, 1000 + holders);
		ck_assert_int_eq(lock_wait(&t, &waiters[i]), 0);
	}
	return lock_wait(&t, &first);
}

/* Nobody is kept waiting until it is found out. */
START_TEST(too_far)
{
	static struct lock_want waiters[2][WAITERS];

	ck_assert_int_eq(wait_behind(waiters[0], 1), 0);
	locks_init(&t);
	ck_assert_int_eq(wait_behind(waiters[1], LOCKS_MAX - WAITERS),
			 -EDEADLK);
}
END_TEST

START_TEST(released)
{
	uint64_t changes;

	ck_assert_int_eq(set(A, LOCK_SHARED, 0, 4), 0);
	ck_assert_int_eq(set(A, LOCK_EXCLUSIVE, 6, 8), 0);
	ck_assert_int_eq(set(B, LOCK_SHARED, 0, 4), 0);
	changes = t.changes;
	lock_release(&t, A, 1, 8);
	ck_assert_uint_eq(t.changes, changes);
	lock_release(&t, A, 1, 7);
	ck_assert_uint_ne(t.changes, changes);
	ck_assert_int_eq(nr_locks(), 1);
	lock_release_all(&t, B);
	ck_assert_int_eq(nr_locks(), 0);
}
END_TEST

/* What is locked can be unlocked, in the middle it needs a place. */
START_TEST(too_many)
{
	int64_t i = 0;
	int rc = 0;

	while (!rc)
		rc = set(A, LOCK_SHARED, 4 * i, 4 * i + 2), i++;
	ck_assert_int_eq(rc, -ENOLCK);
	ck_assert_int_eq(i, LOCKS_MAX + 1);
	ck_assert_int_eq(set(A, LOCK_NONE, 1, 1), -ENOLCK);
	ck_assert_int_eq(set(A, LOCK_NONE, 0, 2), 0);
	ck_assert_int_eq(set(A, LOCK_NONE, 5, 5), 0);
	ck_assert_int_eq(set(A, LOCK_NONE, 0, LOCK_LAST), 0);
	ck_assert_int_eq(nr_locks(), 0);
}
END_TEST

/* By chance */

#define BYTES  24
#define OWNERS 4

static enum lock_kind model[OWNERS][BYTES];

static bool model_refuses(int owner, enum lock_kind kind, int first, int last)
{
	for (int o = 0; o < OWNERS; o++)
		for (int i = first; o != owner && i <= last; i++)
			if (kind != LOCK_NONE && model[o][i] != LOCK_NONE &&
			    (kind == LOCK_EXCLUSIVE ||
			     model[o][i] == LOCK_EXCLUSIVE))
				return true;
	return false;
}

/* As many as there are runs of the same kind */
static int model_locks(void)
{
	int n = 0;

	for (int o = 0; o < OWNERS; o++)
		for (int i = 0; i < BYTES; i++)
			n += model[o][i] != LOCK_NONE &&
			     (!i || model[o][i] != model[o][i - 1]);
	return n;
}

START_TEST(by_chance)
{
	struct dice dice;

	memset(model, 0, sizeof(model));
	dice.state = (uint64_t)_i + 1;
	for (int n = 0; n < 5000; n++) {
		const int owner = (int)dice_throw(&dice, OWNERS);
		const enum lock_kind kind = dice_throw(&dice, 3);
		const int first = (int)dice_throw(&dice, BYTES);
		const int last =
			first +
			(int)dice_throw(&dice, (uint32_t)(BYTES - first));
		const bool no = model_refuses(owner, kind, first, last);

		ck_assert_int_eq(set((uint64_t)owner, kind, first, last),
				 no ? -EAGAIN : 0);
		for (int i = first; !no && i <= last; i++)
			model[owner][i] = kind;
		ck_assert_int_eq(nr_locks(), model_locks());
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, ranges);
	tcase_add_test(tc, conflicts);
	tcase_add_test(tc, joins_and_splits);
	tcase_add_test(tc, circles);
	tcase_add_test(tc, no_circle);
	tcase_add_test(tc, too_far);
	tcase_add_test(tc, released);
	tcase_add_test(tc, too_many);
	tcase_add_loop_test(tc, by_chance, 0, 20);
}

int main(void)
{
	return suite_run("fs_lock", add);
}
