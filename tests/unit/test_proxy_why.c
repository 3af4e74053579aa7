// SPDX-License-Identifier: GPL-2.0-or-later
/* proxies/why, hello: what is said of a link that is not up, and how often */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../proxies/hello.h"
#include "../../proxies/why.h"
#include "suite.h"

static const struct wire_hello alike = {
	.start = 1,
	.max_copybuf = 65536,
	.maxbytes = 65536,
	.port = 3000,
	.listens = 3001,
	.cluster = "a",
};

/* What the other node would say if all were well */
static struct wire_hello theirs(void)
{
	struct wire_hello hello = alike;

	hello.start = 2;
	hello.port = alike.listens;
	hello.listens = alike.port;
	return hello;
}

static void compare_says(const struct wire_hello *there, const char *expected)
{
	char why[WHY_REASON];

	hello_compare(&alike, there, why);
	ck_assert_str_eq(why, expected);
}

START_TEST(hellos_are_compared)
{
	struct wire_hello there = theirs();

	compare_says(&there, "");
	there.maxbytes = 131072;
	compare_says(&there, "its maxbytes is 131072, that of this node 65536");
	there.max_copybuf = 4096;
	compare_says(&there,
		     "its max_copybuf is 4096, that of this node 65536");
	strcpy(there.cluster, "b");
	compare_says(&there, "it is of cluster \"b\", this node of \"a\"");
}
END_TEST

START_TEST(ports_are_compared)
{
	struct wire_hello there = theirs();
	char why[WHY_REASON];

	hello_port_in(&alike, &there, why);
	ck_assert_str_eq(why, "");
	hello_port_out(&alike, &there, why);
	ck_assert_str_eq(why, "");
	there.port = 4001;
	there.listens = 4000;
	hello_port_in(&alike, &there, why);
	ck_assert_str_eq(why, "it connects to port 4001, but this node listens "
			      "for it at port 3001");
	hello_port_out(&alike, &there, why);
	ck_assert_str_eq(why, "it listens for this node at port 4000, not at "
			      "3000");
}
END_TEST

/* The name of a cluster may hold what a terminal would obey. */
START_TEST(hello_is_filled)
{
	struct settings set = { .cluster = "a\033b",
				.max_copybuf = 4096,
				.maxbytes = 8192,
				.local.port = 3000 };
	const struct settings_node peer = { .port = 3001 };
	struct wire_hello hello;

	hello_fill(&hello, &set, &peer, 7);
	ck_assert_str_eq(hello.cluster, "a?b");
	ck_assert_uint_eq(hello.start, 7);
	ck_assert_int_eq(hello.max_copybuf, 4096);
	ck_assert_int_eq(hello.maxbytes, 8192);
	ck_assert_int_eq(hello.port, 3000);
	ck_assert_int_eq(hello.listens, 3001);
}
END_TEST

static void why_says(const struct why *w, const char *expected)
{
	char text[512];

	why_print(w, text, sizeof(text));
	ck_assert_str_eq(text, expected);
}

START_TEST(both_sides_are_printed)
{
	struct why w = { .nr_told = 0 };

	why_says(&w, "");
	ck_assert(why_set(&w, WHY_BREAK, "", "the peer shut down"));
	why_says(&w, "the peer shut down");
	ck_assert(why_set(&w, WHY_OUT, "there", "nobody"));
	why_says(&w, "there: nobody");
	ck_assert(why_set(&w, WHY_IN, "here", "nothing"));
	why_says(&w, "there: nobody; here: nothing");
	ck_assert(why_set(&w, WHY_IN, "here", "nobody"));
	why_says(&w, "there: nobody");
	ck_assert(why_set(&w, WHY_OUT, "", ""));
	why_says(&w, "here: nobody");
	why_clear(&w);
	why_says(&w, "the peer shut down");
}
END_TEST

START_TEST(once_is_enough)
{
	struct why w = { .nr_told = 0 };

	ck_assert(!why_is_to_be_told(&w, WHY_OUT));
	for (int i = 0; i < 5; i++) {
		ck_assert(why_set(&w, WHY_OUT, "there", "this"));
		ck_assert(!why_set(&w, WHY_OUT, "there", "this"));
		ck_assert_int_eq(why_is_to_be_told(&w, WHY_OUT), !i);
		ck_assert(why_set(&w, WHY_OUT, "there", "that"));
		ck_assert_int_eq(why_is_to_be_told(&w, WHY_OUT), !i);
	}
	why_clear(&w);
	why_set(&w, WHY_OUT, "there", "this");
	ck_assert(why_is_to_be_told(&w, WHY_OUT));
}
END_TEST

/* One who makes up reasons is another thing than one who has some. */
START_TEST(some_are_no_flood)
{
	struct why w = { .nr_told = 0 };
	char text[] = "a";

	for (; w.nr_told < WHY_TOLD; text[0]++) {
		why_set(&w, WHY_OUT, "there", text);
		ck_assert(why_is_to_be_told(&w, WHY_OUT));
		ck_assert(!why_is_flooded(&w));
	}
	why_set(&w, WHY_OUT, "there", text);
	ck_assert(why_is_to_be_told(&w, WHY_OUT));
	ck_assert(why_is_flooded(&w));
	why_clear(&w);
	ck_assert(!why_is_flooded(&w));
}
END_TEST

/* Longer ones are cut off; the oldest of many are forgotten. */
START_TEST(nothing_overflows)
{
	char text[2 * WHY_REASON], all[512];
	struct why w = { .nr_told = 0 };

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 3 * WHY_TOLD; i++) {
		text[0] = (char)('a' + i);
		why_set(&w, WHY_OUT, text, text);
		why_set(&w, WHY_IN, text + 1, text + 1);
		ck_assert(why_is_to_be_told(&w, WHY_OUT));
		why_print(&w, all, sizeof(all));
		ck_assert_uint_lt(strlen(all), sizeof(all));
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, hellos_are_compared);
	tcase_add_test(tc, ports_are_compared);
	tcase_add_test(tc, hello_is_filled);
	tcase_add_test(tc, both_sides_are_printed);
	tcase_add_test(tc, once_is_enough);
	tcase_add_test(tc, some_are_no_flood);
	tcase_add_test(tc, nothing_overflows);
}

int main(void)
{
	return suite_run("why", add);
}
