// SPDX-License-Identifier: GPL-2.0-or-later
/* systask/ends: the log of ends that PM reads */
#include "suite.h"
#include "systask/ends.h"

#define NOW UINT64_C(1000000)

static struct ends e;
static sys_end_t some[5];

static void end_add(int endpoint, int status, uint64_t now)
{
	ends_add(&e, &(sys_end_t){ endpoint, status, PROC_NO_ID }, now);
}

static void set_up(void)
{
	ends_init(&e, NOW);
}

/* Who begins has missed some, even if there were none. */
START_TEST(begin)
{
	uint64_t seq = 0;

	ck_assert_int_eq(ends_read(&e, &seq, some, 5), EMOLOVERRUN);
	ck_assert_uint_eq(seq, NOW);
	ck_assert_int_eq(ends_read(&e, &seq, some, 5), 0);
	seq = NOW + 1;
	ck_assert_int_eq(ends_read(&e, &seq, some, 5), EMOLOVERRUN);
	ck_assert_uint_eq(seq, NOW);
}
END_TEST

START_TEST(in_order)
{
	uint64_t seq = NOW;

	for (int i = 0; i < 7; i++)
		end_add(100 + i, i << 8, 5);
	ck_assert_int_eq(ends_read(&e, &seq, some, 5), 5);
	ck_assert_uint_eq(seq, NOW + 5);
	ck_assert_int_eq(some[0].endpoint, 100);
	ck_assert_int_eq(some[4].endpoint, 104);
	ck_assert_int_eq(some[4].status, 4 << 8);
	ck_assert_int_eq(ends_read(&e, &seq, some, 5), 2);
	ck_assert_int_eq(some[1].endpoint, 106);
	ck_assert_int_eq(ends_read(&e, &seq, some, 5), 0);
	ck_assert_uint_eq(seq, NOW + 7);
}
END_TEST

START_TEST(fallen_behind)
{
	uint64_t seq = NOW, last = NOW + 1;

	for (int i = 0; i <= ENDS_MAX; i++)
		end_add(i, 0, 5);
	ck_assert_int_eq(ends_read(&e, &last, some, 1), 1);
	ck_assert_int_eq(some[0].endpoint, 1);
	ck_assert_int_eq(ends_read(&e, &seq, some, 1), EMOLOVERRUN);
	ck_assert_uint_eq(seq, NOW + 1 + ENDS_MAX);
}
END_TEST

START_TEST(lost)
{
	uint64_t seq = NOW;

	end_add(1, 0, 5);
	ends_lose(&e);
	end_add(2, 0, 5);
	ck_assert_int_eq(ends_read(&e, &seq, some, 5), EMOLOVERRUN);
	ck_assert_uint_eq(seq, NOW + 3);
	seq = NOW + 2;
	ck_assert_int_eq(ends_read(&e, &seq, some, 5), 1);
	ck_assert_int_eq(some[0].endpoint, 2);
}
END_TEST

/* The latest of that number; and not for ever, as numbers come again. */
START_TEST(lately)
{
	ck_assert_ptr_null(ends_find(&e, 1, 5));
	end_add(1, 100, 5);
	end_add(2, 200, 5);
	end_add(1, 300, 6);
	/* Whose it was is no end. */
	ends_add(&e, &(sys_end_t){ 1, 0, 1000 }, 6);
	ck_assert_int_eq(ends_find(&e, 1, 6)->status, 300);
	ck_assert_int_eq(ends_find(&e, 2, 6)->status, 200);
	ck_assert_ptr_null(ends_find(&e, 3, 6));
	ck_assert_ptr_nonnull(ends_find(&e, 1, 300006));
	ck_assert_ptr_null(ends_find(&e, 2, 300006));
	ck_assert_ptr_null(ends_find(&e, 1, 300007));
	ends_lose(&e);
	ck_assert_ptr_null(ends_find(&e, 1, 6));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, begin);
	tcase_add_test(tc, in_order);
	tcase_add_test(tc, fallen_behind);
	tcase_add_test(tc, lost);
	tcase_add_test(tc, lately);
}

int main(void)
{
	return suite_run("ends", add);
}
