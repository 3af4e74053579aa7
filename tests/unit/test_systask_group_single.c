// SPDX-License-Identifier: GPL-2.0-or-later
/* systask/group_single: the group of one node */
#include <signal.h>
#include <stdlib.h>

#include "group_log.h"
#include "suite.h"

static struct group *group;

static void set_up(void)
{
	group = group_single_open(3, &group_log_ops, NULL);
	ck_assert_ptr_nonnull(group);
}

static void tear_down(void)
{
	group_close(group);
}

#define TOLD(text) ck_assert_str_eq(group_log_take(group), text)

START_TEST(joins_and_leaves)
{
	ck_assert(!group_log_ready(group));
	group_join(group);
	TOLD("(3)");
	group_join(group);
	TOLD("");
	group_leave(group);
	TOLD("()");
	group_leave(group);
	TOLD("");
	ck_assert(!group_log_ready(group));
	ck_assert_ptr_null(group_trouble(group));
}
END_TEST

START_TEST(gets_what_it_sends)
{
	group_join(group);
	TOLD("(3)");
	group_log_send(group, "a");
	group_log_send(group, "");
	group_log_send(group, "bc");
	TOLD(" 3:a 3: 3:bc");
}
END_TEST

START_TEST(sends_only_when_it_is_in)
{
	group_log_send(group, "a");
	group_join(group);
	group_log_send(group, "b");
	TOLD("(3)");
	group_log_send(group, "c");
	TOLD(" 3:c");
	group_log_send(group, "c");
	group_leave(group);
	group_log_send(group, "d");
	TOLD("()");
	group_log_send(group, "e");
	TOLD("");
}
END_TEST

START_TEST(leaves_and_joins_again)
{
	group_join(group);
	TOLD("(3)");
	group_leave(group);
	group_join(group);
	TOLD("()(3)");
	group_leave(group);
	group_join(group);
	group_leave(group);
	TOLD("()");
	group_join(group);
	group_leave(group);
	TOLD("()");
}
END_TEST

static int answers;

static void send_one(void)
{
	if (answers-- > 0)
		group_log_send(group, "x");
}

static void leave(void)
{
	group_leave(group);
}

START_TEST(calls_nobody_from_within)
{
	group_log_on_view = send_one;
	group_log_on_deliver = send_one;
	answers = 3;
	group_join(group);
	group_dispatch(group);
	ck_assert_str_eq(group_log_text, "(3)");
	ck_assert(group_log_ready(group));
	group_dispatch(group);
	ck_assert_str_eq(group_log_text, "(3) 3:x");
	TOLD("(3) 3:x 3:x 3:x");
}
END_TEST

START_TEST(leaves_from_within)
{
	group_join(group);
	TOLD("(3)");
	group_log_on_deliver = leave;
	group_log_send(group, "a");
	group_log_send(group, "b");
	TOLD(" 3:a()");
}
END_TEST

START_TEST(refuses_what_is_too_large)
{
	static char large[GROUP_MESSAGE_MAX + 1];

	group_join(group);
	TOLD("(3)");
	group_send(group, large, GROUP_MESSAGE_MAX);
	group_send(group, large, sizeof(large));
}
END_TEST

static void group_single_suite(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, joins_and_leaves);
	tcase_add_test(tc, gets_what_it_sends);
	tcase_add_test(tc, sends_only_when_it_is_in);
	tcase_add_test(tc, leaves_and_joins_again);
	tcase_add_test(tc, calls_nobody_from_within);
	tcase_add_test(tc, leaves_from_within);
	tcase_add_test_raise_signal(tc, refuses_what_is_too_large, SIGABRT);
}

int main(void)
{
	return suite_run("systask/group_single", group_single_suite);
}
