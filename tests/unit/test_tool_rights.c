// SPDX-License-Identifier: GPL-2.0-or-later
/* tools/rights.c: privileges as text */
#include <stdlib.h>
#include <string.h>

#include <molipc/m3ipc.h>

#include "../../tools/rights.h"
#include "common/util.h"
#include "suite.h"

#define EVERYTHING ((1u << (TRAP_VCOPY + 1)) - 1)

static const struct {
	const char *text;
	uint32_t before, after;
	const char *printed;
} trap_cases[] = {
	{ "all", 0, EVERYTHING, "all" },
	{ "none", EVERYTHING, 0, "none" },
	{ "send", EVERYTHING, 1, "send" },
	{ "SEND,Receive", 0, 3, "send,receive" },
	{ "+reply", 1, 0x21, "send,reply" },
	{ "-send,+notify", 1, 8, "notify" },
	{ "all,-vcopy,-relay", 0, 0x3f,
	  "send,receive,sendrec,notify,rcvrqst,reply" },
	{ "-all,+send", EVERYTHING, 1, "send" },
};

START_TEST(trap_lists)
{
	uint32_t mask = trap_cases[_i].before;
	char text[RIGHTS_TEXT];

	ck_assert_int_eq(rights_read_traps(trap_cases[_i].text, &mask), 0);
	ck_assert_uint_eq(mask, trap_cases[_i].after);
	rights_print_traps(mask, text, sizeof(text));
	ck_assert_str_eq(text, trap_cases[_i].printed);
	ck_assert_int_eq(rights_read_traps(text, &mask), 0);
	ck_assert_uint_eq(mask, trap_cases[_i].after);
}
END_TEST

static const struct {
	const char *text;
	const char *printed; /* for slots -5 to 10 */
} peer_cases[] = {
	{ "all", "all" },
	{ "none", "none" },
	{ "users", "users" },
	{ "pm,12,users", "pm,users" },
	{ "-5..-2,pm", "-5..-2,pm" },
	{ "-5..10", "-5..10" },
	{ "-5..10,users", "all" },
	{ "@3,0x4,system", "system,3..4" },
	{ "-67..-6,188", "none" },
	{ "-67..187", "-5..10" },
	{ "3..3", "mem" },
};

START_TEST(peer_lists)
{
	uint64_t mask[RIGHTS_WORDS] = { 0 };
	bool good = strcmp(peer_cases[_i].text, "-67..-6,188");
	char text[RIGHTS_TEXT];

	ck_assert_int_eq(rights_read_peers(peer_cases[_i].text, mask),
			 good ? 0 : -1);
	rights_print_peers(mask, -5, 10, text, sizeof(text));
	ck_assert_str_eq(text, peer_cases[_i].printed);
}
END_TEST

static const char *const bad_traps[] = {
	"",  "x",           "send,",  ",send",
	"+", "+send,bogus", "-users", "a-name-that-is-much-too-long",
};

static const char *const bad_peers[] = {
	"",    "x",   "pm,",   "any",
	"188", "-68", "4..3",  "..",
	"1..", "..1", "35642", "a-name-that-is-much-too-long-for-anything",
};

START_TEST(errors_change_nothing)
{
	uint64_t mask[RIGHTS_WORDS] = { 5 };
	uint32_t bits = 5;

	for (size_t i = 0; i < ARRAY_SIZE(bad_traps); i++)
		ck_assert_int_eq(rights_read_traps(bad_traps[i], &bits), -1);
	for (size_t i = 0; i < ARRAY_SIZE(bad_peers); i++)
		ck_assert_int_eq(rights_read_peers(bad_peers[i], mask), -1);
	ck_assert_uint_eq(bits, 5);
	ck_assert_uint_eq(mask[0], 5);
}
END_TEST

START_TEST(longest_list)
{
	uint64_t mask[RIGHTS_WORDS];
	char text[RIGHTS_TEXT];

	memset(mask, 0x55, sizeof(mask));
	rights_print_peers(mask, -NR_TASKS, M3IPC_MAX_SLOTS, text,
			   sizeof(text));
	ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
	ck_assert_ptr_nonnull(strstr(text, ",187"));
}
END_TEST

static Suite *rights_suite(void)
{
	Suite *suite = suite_create("m3ipc privileges");
	TCase *tc = tcase_create("rights");

	tcase_add_loop_test(tc, trap_lists, 0, ARRAY_SIZE(trap_cases));
	tcase_add_loop_test(tc, peer_lists, 0, ARRAY_SIZE(peer_cases));
	tcase_add_test(tc, errors_change_nothing);
	tcase_add_test(tc, longest_list);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return suite_run_all(rights_suite());
}
