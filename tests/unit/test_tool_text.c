// SPDX-License-Identifier: GPL-2.0-or-later
/* tools/text.c, tools/filter.c: messages as text, and who answers them */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/filter.h"
#include "../../tools/text.h"
#include "common/util.h"
#include "suite.h"

#define FULL "1234567890123456789012345678901234567890123456789012345"

START_TEST(there_and_back)
{
	char text[TEXT_SIZE + 1];
	message m;

	memset(&m, 0xff, sizeof(m));
	ck_assert_int_eq(text_pack(&m, -5, "hello"), 0);
	ck_assert_int_eq(m.m_type, -5);
	ck_assert_str_eq(m.m6_ca1, "hello");
	for (size_t i = 5; i < TEXT_SIZE; i++)
		ck_assert_int_eq(m.m_raw[i], 0);
	ck_assert_uint_eq(text_unpack(&m, text), 5);
	ck_assert_str_eq(text, "hello");
}
END_TEST

START_TEST(limits)
{
	char text[TEXT_SIZE + 1];
	message m;

	ck_assert_uint_eq(strlen(FULL), TEXT_MAX);
	ck_assert_int_eq(text_pack(&m, 0, FULL), 0);
	ck_assert_uint_eq(text_unpack(&m, text), TEXT_MAX);
	ck_assert_str_eq(text, FULL);
	ck_assert_int_eq(text_pack(&m, 0, FULL "6"), -1);
	ck_assert_int_eq(text_pack(&m, 0, ""), 0);
	ck_assert_uint_eq(text_unpack(&m, text), 0);
	/* Somebody else's message need not be a text. */
	memset(m.m_raw, 'x', TEXT_SIZE);
	ck_assert_uint_eq(text_unpack(&m, text), TEXT_SIZE);
}
END_TEST

static const struct {
	const char *text;
	const char *line;
} escape_cases[] = {
	{ "", "" },
	{ "plain text", "plain text" },
	{ "a\nb\tc\\d", "a\\nb\\tc\\\\d" },
	{ "\033[1m", "\\x1b[1m" },
	{ "\177", "\\x7f" },
	{ "na\303\257ve", "na\303\257ve" },
	{ "\302\233m", "\\xc2\\x9bm" },
	{ "\302\302\251x", "\\xc2\302\251x" },
	{ "\302\200\302\240", "\\xc2\\x80\302\240" },
	{ "\342\202\254 \360\237\220\247", "\342\202\254 \360\237\220\247" },
	/* No UTF-8: bytes alone, cut off, too long, surrogates, too high */
	{ "\377", "\\xff" },
	{ "a\200\277z", "a\\x80\\xbfz" },
	{ "\342\202", "\\xe2\\x82" },
	{ "\342\202z", "\\xe2\\x82z" },
	{ "\300\257", "\\xc0\\xaf" },
	{ "\340\237\277", "\\xe0\\x9f\\xbf" },
	{ "\340\240\200", "\340\240\200" },
	{ "\355\237\277", "\355\237\277" },
	{ "\355\240\200", "\\xed\\xa0\\x80" },
	{ "\355\277\277", "\\xed\\xbf\\xbf" },
	{ "\356\200\200", "\356\200\200" },
	{ "\360\217\277\277", "\\xf0\\x8f\\xbf\\xbf" },
	{ "\364\217\277\277", "\364\217\277\277" },
	{ "\364\220\200\200", "\\xf4\\x90\\x80\\x80" },
	{ "\370\210\200\200\200", "\\xf8\\x88\\x80\\x80\\x80" },
};

START_TEST(escape)
{
	char line[64];

	text_escape(escape_cases[_i].text, line, sizeof(line));
	ck_assert_str_eq(line, escape_cases[_i].line);
}
END_TEST

START_TEST(escape_small_buffer)
{
	char line[6];

	text_escape("abcdefgh", line, sizeof(line));
	ck_assert_str_eq(line, "abcde");
	text_escape("ab\033\033", line, sizeof(line));
	ck_assert_str_eq(line, "ab");
}
END_TEST

START_TEST(notifications)
{
	message m = { .m_source = 3, .m_type = NOTIFY_FROM(3) };

	ck_assert(text_is_notification(&m));
	m.m_source = SYSTEM;
	ck_assert(!text_is_notification(&m));
	m.m_type = NOTIFY_FROM(SYSTEM);
	ck_assert(text_is_notification(&m));
	m.m_type = 0;
	ck_assert(!text_is_notification(&m));
}
END_TEST

/* Runs "script" in a shell as the server of a request "hello". */
static void run_script(const char *script, struct filter_answer *answer)
{
	char *argv[] = { "sh", "-c", (char *)script, NULL };
	message m;

	text_pack(&m, 7, "hello");
	m.m_source = 35642;
	ck_assert_int_eq(filter_run(argv, &m, answer), 0);
}

static const struct {
	const char *script;
	const char *text;
	size_t length;
	int status;
} filter_cases[] = {
	{ "cat", "hello", 5, 0 },
	{ "tr a-z A-Z", "HELLO", 5, 0 },
	{ "wc -c", "6", 1, 0 },
	{ "echo $M3IPC_SOURCE $M3IPC_TYPE", "35642 7", 7, 0 },
	{ "printf 'a\\n\\n'", "a\n", 2, 0 },
	{ "printf ''", "", 0, 0 },
	{ "echo", "", 0, 0 },
	{ "exit 3", "", 0, 3 },
	{ "kill -TERM $$", "", 0, 128 + SIGTERM },
	{ "printf " FULL, FULL, 55, 0 },
	{ "echo " FULL, FULL, 55, 0 },
	{ "printf " FULL "6", FULL, 56, 0 },
	{ "seq 100000",
	  "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15"
	  "\n16\n17\n18\n19\n20\n21\n2",
	  588894, 0 },
	{ "exec nonexistent-program 2> /dev/null", "", 0, 127 },
};

START_TEST(filter)
{
	char text[TEXT_MAX + 1];
	struct filter_answer answer = { .text = text, .size = sizeof(text) };

	run_script(filter_cases[_i].script, &answer);
	ck_assert_str_eq(text, filter_cases[_i].text);
	ck_assert_uint_eq(answer.length, filter_cases[_i].length);
	ck_assert_int_eq(answer.status, filter_cases[_i].status);
	ck_assert(!answer.endless);
}
END_TEST

START_TEST(filter_that_is_not_there)
{
	char *argv[] = { "/nonexistent", NULL };
	char text[TEXT_MAX + 1];
	struct filter_answer answer = { .text = text, .size = sizeof(text) };
	message m;

	text_pack(&m, 0, "x");
	m.m_source = 0;
	ck_assert_int_eq(filter_run(argv, &m, &answer), 0);
	ck_assert_int_eq(answer.status, 127);
	ck_assert_uint_eq(answer.length, 0);
}
END_TEST

START_TEST(filter_that_never_ends)
{
	char text[TEXT_MAX + 1];
	struct filter_answer answer = { .text = text, .size = sizeof(text) };

	run_script("exec yes", &answer);
	ck_assert(answer.endless);
	ck_assert_int_eq(answer.status, 128 + SIGKILL);
	ck_assert_uint_eq(strlen(text), TEXT_MAX);
	run_script("trap '' PIPE; yes 2> /dev/null", &answer);
	ck_assert(answer.endless);
}
END_TEST

static Suite *text_suite(void)
{
	Suite *suite = suite_create("m3ipc text messages");
	TCase *tc = tcase_create("text");

	tcase_add_test(tc, there_and_back);
	tcase_add_test(tc, limits);
	tcase_add_loop_test(tc, escape, 0, ARRAY_SIZE(escape_cases));
	tcase_add_test(tc, escape_small_buffer);
	tcase_add_test(tc, notifications);
	suite_add_tcase(suite, tc);
	tc = tcase_create("filter");
	tcase_add_loop_test(tc, filter, 0, ARRAY_SIZE(filter_cases));
	tcase_add_test(tc, filter_that_is_not_there);
	tcase_add_test(tc, filter_that_never_ends);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	return suite_run_all(text_suite());
}
