// SPDX-License-Identifier: GPL-2.0-or-later
/* libmolipc: errors have names */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "unit.h"

/* The names that the header defines, and what they are worth here */
struct error {
	const char *name;
	int code;
};

static const struct error errors[] = {
/* made of the header by the Makefile */
#include "errors.inc"
};

/* "NAME: sentence", the sentence in lower case and without a full stop */
START_TEST(name_and_sentence)
{
	const struct error *e = &errors[_i];
	size_t len = strlen(e->name);
	const char *text = mnx_strerror(e->code);

	ck_assert_str_eq(mnx_strerror(e->code), text);
	ck_assert_msg(!strncmp(text, e->name, len), "%s: %s", e->name, text);
	ck_assert_msg(!strncmp(text + len, ": ", 2), "%s", text);
	ck_assert_int_ge(strlen(text + len), 8);
	ck_assert(!isspace(text[len + 2]));
	ck_assert(text[strlen(text) - 1] != '.');
}
END_TEST

/* Codes are distinct, so that each has its own name. */
START_TEST(codes_are_distinct)
{
	size_t i;

	for (i = 0; i < (size_t)_i; i++)
		ck_assert_int_ne(errors[i].code, errors[_i].code);
}
END_TEST

/* As calls that return endpoints report it */
START_TEST(moved_errors)
{
	int code = errors[_i].code;
	int moved = code > EMOLERRCODE ? code - 1000 : code;

	if (code == EMOLERRCODE)
		return;
	ck_assert_int_eq(MNX_ERR(moved), code);
	ck_assert_str_eq(mnx_strerror(moved), mnx_strerror(code));
	ck_assert_int_eq(mnx_bind_failed(moved), 1);
}
END_TEST

START_TEST(all_are_there)
{
	ck_assert_uint_ge(ARRAY_SIZE(errors), 60);
}
END_TEST

START_TEST(other_codes)
{
	ck_assert_str_eq(mnx_strerror(OK), "OK: no error");
	ck_assert_str_eq(mnx_strerror(-EACCES),
			 "EACCES: no permission to open the device");
	ck_assert_str_eq(mnx_strerror(-1000 - EACCES), mnx_strerror(-EACCES));
	ck_assert_str_eq(mnx_strerror(-EMFILE), strerrordesc_np(EMFILE));
	ck_assert_str_eq(mnx_strerror(1), "unknown error");
	ck_assert_str_eq(mnx_strerror(-299), "unknown error");
	ck_assert_str_eq(mnx_strerror(-999), "unknown error");
	ck_assert_str_eq(mnx_strerror(INT_MIN), "unknown error");
	ck_assert_str_eq(mnx_strerror(INT_MAX), "unknown error");
}
END_TEST

START_TEST(endpoints_are_no_errors)
{
	int ep;

	for (ep = -NR_TASKS; ep < 1000; ep++) {
		ck_assert_int_eq(mnx_bind_failed(ep), 0);
		ck_assert_int_eq(MNX_ERR(ep), ep);
	}
	ck_assert_int_eq(mnx_bind_failed(INT_MAX), 0);
	ck_assert_int_eq(mnx_bind_failed(EMOLERRCODE), 0);
	ck_assert_int_eq(mnx_bind_failed(EMOLERRCODE - 1), 1);
	ck_assert_int_eq(mnx_bind_failed(-1001), 1);
	ck_assert_int_eq(MNX_ERR(-999), -999);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, name_and_sentence, 0, ARRAY_SIZE(errors));
	tcase_add_loop_test(tc, codes_are_distinct, 0, ARRAY_SIZE(errors));
	tcase_add_loop_test(tc, moved_errors, 0, ARRAY_SIZE(errors));
	tcase_add_test(tc, all_are_there);
	tcase_add_test(tc, other_codes);
	tcase_add_test(tc, endpoints_are_no_errors);
}

int main(void)
{
	return unit_run("libmolipc errors", add);
}
