// SPDX-License-Identifier: GPL-2.0-or-later
/* The system task of one node: names, and who finds what by them */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asks.h"

START_TEST(names)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);

	ASSERT_RC(MNX_ERR(LOOKUP(b, "kv", 0)), EMOLNOTBIND);
	ASSERT_RC(PUBLISH(a, "kv"), OK);
	ASSERT_RC(LOOKUP(b, "kv", 0), a->ep);
	ASSERT_RC(PUBLISH(b, "kv"), EMOLEXIST);
	ASSERT_RC(PUBLISH(a, "kv"), OK);
	ASSERT_RC(WITHDRAW(b, "kv"), EMOLNOTBIND);
	ASSERT_RC(WITHDRAW(a, "kv"), OK);
	AWAIT(LOOKUP(b, "kv", 0) == EMOLNOTBIND);
	ASSERT_RC(PUBLISH(b, "kv"), OK);
	actor_kill(b);
	AWAIT(PUBLISH(a, "kv") == OK);
}
END_TEST

START_TEST(bad_names)
{
	static const char *const bad[] = { "a b", "42", "-3", "x/y", "\xff" };
	struct actor *a = actor_new(PROCESS, USER);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ASSERT_RC(PUBLISH(a, bad[i]), EMOLINVAL);
	ASSERT_RC(PUBLISH(a, ""), EMOLNAMESIZE);
	ASSERT_RC(PUBLISH(a, "0123456789abcdef0123456789abcdef"), EMOLNAMESIZE);
	ASSERT_RC(PUBLISH(a, "0123456789abcdef0123456789abcde"), OK);
	ASSERT_RC(PUBLISH(a, "a.b-c_D9"), OK);
}
END_TEST

START_TEST(many_names)
{
	struct actor *a = actor_new(PROCESS, USER);
	char name[16];
	int n = 0, rc;

	do {
		snprintf(name, sizeof(name), "name%d", n);
		rc = PUBLISH(a, name);
	} while (!rc && ++n < 1000);
	ASSERT_RC(rc, EMOLOVERRUN);
	ck_assert_int_eq(n, 32);
	ASSERT_RC(PUBLISH(actor_new(PROCESS, USER + 1), "another"), OK);
}
END_TEST

/* What was given up is not an answer to what is asked next. */
START_TEST(given_up)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);

	START(a, .op = OP_RUN, .run = lookup, .m = text_of("one"), .ms = -1);
	actor_await(a, RECEIVING);
	actor_signal(a, SIG_INTERRUPT);
	ASSERT_RC(MNX_ERR(actor_end(a).rc), EMOLINTR);
	START(a, .op = OP_RUN, .run = lookup, .m = text_of("two"), .ms = -1);
	actor_await(a, RECEIVING);
	ASSERT_RC(PUBLISH(b, "one"), OK);
	ck_assert(slot_is(USER, RECEIVING));
	ASSERT_RC(PUBLISH(b, "two"), OK);
	ASSERT_RC(actor_end(a).rc, b->ep);
}
END_TEST

/* Again and again the same one is one. */
START_TEST(same_name)
{
	struct actor *a = actor_new(PROCESS, USER);
	int i;

	for (i = 0; i < 100; i++)
		ASSERT_RC(PUBLISH(a, "kv"), OK);
	ASSERT_RC(PUBLISH(a, "db"), OK);
}
END_TEST

START_TEST(names_to_come)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_new(PROCESS, USER + 2);

	START(b, .op = OP_RUN, .run = lookup, .m = text_of("late"), .ms = -1);
	START(c, .op = OP_RUN, .run = lookup, .m = text_of("never"), .ms = 50);
	ASSERT_RC(PUBLISH(a, "late"), OK);
	ASSERT_RC(actor_end(b).rc, a->ep);
	ASSERT_RC(MNX_ERR(actor_end(c).rc), EMOLTIMEDOUT);
}
END_TEST

/* The program of that name, in that slot */
static pid_t upper_start(const char *slot)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		execl("./upper", "upper", "0", slot, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void asks(const char *service)
{
	char command[64], line[64] = "";
	FILE *f;

	snprintf(command, sizeof(command), "./ask 0 %s 'by name'", service);
	f = popen(command, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	ck_assert_int_eq(pclose(f), 0);
	ck_assert_str_eq(line, "BY NAME\n");
}

/* A client finds its server by one call, whatever slot it has. */
START_TEST(examples)
{
	pid_t pid = upper_start("10");

	asks("upper");
	asks("10");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	pid = upper_start("60");
	asks("upper");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_int_ne(system("./ask 0 ' ' text 2> /dev/null"), 0);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ names, 3 },    { bad_names, 1 }, { many_names, 1 },
		{ given_up, 1 }, { same_name, 1 }, { names_to_come, 1 },
		{ examples, 1 },
	};

	stage_init();
	return RUN_TESTS("names of the system task", 60, server_up, server_down,
			 tests);
}
