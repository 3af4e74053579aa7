// SPDX-License-Identifier: GPL-2.0-or-later
/* tools/args.c: the command line of m3ipc */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/m3ipc.h>

#include "../../tools/args.h"
#include "common/util.h"
#include "suite.h"

#define ALL_OPTIONS                                                          \
	(OPT_JSON | OPT_TIMEOUT | OPT_BIND | OPT_TYPE | OPT_COUNT | OPT_ID | \
	 OPT_SIZES | OPT_RIGHTS | OPT_CONFIG | OPT_REMOTE)

static const struct command three = {
	.name = "three",
	.operands = "VM DST TEXT",
	.options = ALL_OPTIONS,
	.min_operands = 2,
	.max_operands = 3,
};

static const struct command server = {
	.name = "server",
	.operands = "VM P_NR [-- COMMAND...]",
	.options = OPT_JSON | OPT_COMMAND,
	.min_operands = 2,
	.max_operands = 2,
};

static const struct command program_runner = {
	.name = "program_runner",
	.operands = "VM PROGRAM [ARG...]",
	.options = OPT_PROGRAM,
	.min_operands = 1,
	.max_operands = 1,
};

static const struct command tracer = {
	.name = "tracer",
	.operands = "[ENDPOINT]",
	.options = OPT_TRACE,
	.max_operands = 1,
};

static const struct command killer = {
	.name = "killer",
	.operands = "VM PID...",
	.options = OPT_SIGNAL,
	.min_operands = 2,
	.max_operands = 3,
};

#define MAX_WORDS 12

/* Splits "line" at blanks, as a shell does without quotes, and parses it. */
static int parse(struct args *args, const struct command *command,
		 const char *line)
{
	static char copy[256];
	static char *argv[MAX_WORDS + 1];
	int argc = 0;

	snprintf(copy, sizeof(copy), "command %s", line);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
		ck_assert_int_lt(argc, MAX_WORDS);
		argv[argc++] = word;
	}
	argv[argc] = NULL;
	return args_parse(args, command, argc, argv);
}

static const struct number_case {
	const char *text;
	long min, max;
	int rc;
	long number;
} number_cases[] = {
	{ "0", 0, 0, 0, 0 },
	{ "42", 0, 100, 0, 42 },
	{ "-2", -67, 100, 0, -2 },
	{ "0x1f", 0, 100, 0, 31 },
	{ "-0x10", -67, 100, 0, -16 },
	{ "010", 0, 100, 0, 10 },
	{ "101", 0, 100, -1, 0 },
	{ "-1", 0, 100, -1, 0 },
	{ "", 0, 100, -1, 0 },
	{ "-", -1, 100, -1, 0 },
	{ "--1", -10, 100, -1, 0 },
	{ "+1", 0, 100, -1, 0 },
	{ " 1", 0, 100, -1, 0 },
	{ "1 ", 0, 100, -1, 0 },
	{ "1x", 0, 100, -1, 0 },
	{ "abc", 0, 100, -1, 0 },
	{ "0x", 0, 100, -1, 0 },
	{ "99999999999999999999", LONG_MIN, LONG_MAX, -1, 0 },
	{ "-99999999999999999999", LONG_MIN, LONG_MAX, -1, 0 },
};

START_TEST(numbers)
{
	const struct number_case *c = &number_cases[_i];
	long number;

	ck_assert_int_eq(args_number(c->text, c->min, c->max, &number), c->rc);
	if (!c->rc)
		ck_assert_int_eq(number, c->number);
}
END_TEST

static const struct peer_case {
	const char *text;
	enum args_peer kind;
	int number;
} peer_cases[] = {
	{ "pm", PEER_ENDPOINT, 0 },        { "FS", PEER_ENDPOINT, 1 },
	{ "mem", PEER_ENDPOINT, 3 },       { "is", PEER_ENDPOINT, 7 },
	{ "init", PEER_ENDPOINT, 9 },      { "system", PEER_ENDPOINT, -2 },
	{ "hardware", PEER_ENDPOINT, -1 }, { "clock", PEER_ENDPOINT, -66 },
	{ "any", PEER_ENDPOINT, 0x7ace },  { "35642", PEER_ENDPOINT, 35642 },
	{ "-2", PEER_ENDPOINT, -2 },       { "@40", PEER_SLOT, 40 },
	{ "@-2", PEER_SLOT, -2 },          { "@pm", PEER_INVALID, 0 },
	{ "@", PEER_INVALID, 0 },          { "", PEER_INVALID, 0 },
	{ "nobody", PEER_INVALID, 0 },     { "-68", PEER_INVALID, 0 },
	{ "2147483648", PEER_INVALID, 0 },
};

START_TEST(peers_by_name_and_number)
{
	const struct peer_case *c = &peer_cases[_i];
	int number;

	ck_assert_int_eq(args_peer(c->text, &number), c->kind);
	if (c->kind != PEER_INVALID)
		ck_assert_int_eq(number, c->number);
}
END_TEST

START_TEST(peer_names)
{
	ck_assert_str_eq(args_peer_name(PM_PROC_NR), "pm");
	ck_assert_str_eq(args_peer_name(SYSTEM), "system");
	ck_assert_ptr_null(args_peer_name(35642));
}
END_TEST

START_TEST(vm_names_and_numbers)
{
	int vmid = -1;

	ck_assert(args_vm_is_number("7", &vmid));
	ck_assert_int_eq(vmid, 7);
	ck_assert(!args_vm_is_number("VM7", &vmid));
	ck_assert(!args_vm_is_number("-7", &vmid));
}
END_TEST

START_TEST(defaults)
{
	struct args args;

	ck_assert_int_eq(parse(&args, &three, "VM0 pm"), 0);
	ck_assert_ptr_eq(args.command, &three);
	ck_assert(!args.help && !args.json);
	ck_assert_int_eq(args.timeout, TIMEOUT_FOREVER);
	ck_assert_int_eq(args.slot, SLOT_NOT_GIVEN);
	ck_assert_int_eq(args.type, 0);
	ck_assert_int_eq(args.count, 0);
	ck_assert_int_eq(args.id, -1);
	ck_assert_int_eq(args.procs, 0);
	ck_assert_int_eq(args.nr_operands, 2);
	ck_assert_str_eq(args.operand[0], "VM0");
	ck_assert_str_eq(args.operand[1], "pm");
	ck_assert_ptr_null(args.program);
}
END_TEST

START_TEST(all_options)
{
	struct args args;

	ck_assert_int_eq(parse(&args, &three,
			       "-jb-3 -t 100 --type=-7 -n5 --id 2 VM0 pm"),
			 0);
	ck_assert(args.json);
	ck_assert_int_eq(args.slot, -3);
	ck_assert_int_eq(args.timeout, 100);
	ck_assert_int_eq(args.type, -7);
	ck_assert_int_eq(args.count, 5);
	ck_assert_int_eq(args.id, 2);
	ck_assert_int_eq(parse(&args, &three,
			       "VM0 --procs=50 --tasks 9 pm --sysprocs=12"),
			 0);
	ck_assert_int_eq(args.procs, 50);
	ck_assert_int_eq(args.tasks, 9);
	ck_assert_int_eq(args.sysprocs, 12);
	ck_assert_str_eq(args.operand[1], "pm");
}
END_TEST

/* Options may stand anywhere; negative numbers are operands or values. */
static const struct {
	const char *line;
	const char *operand[3];
	long timeout;
} order_cases[] = {
	{ "VM0 -2 hi", { "VM0", "-2", "hi" }, -1 },
	{ "-2 -3 -4", { "-2", "-3", "-4" }, -1 },
	{ "-2 -t 5 -3 -4", { "-2", "-3", "-4" }, 5 },
	{ "VM0 -t -1 -2 hi", { "VM0", "-2", "hi" }, -1 },
	{ "VM0 pm hi -t5", { "VM0", "pm", "hi" }, 5 },
	{ "VM0 pm -t 5 -- -j", { "VM0", "pm", "-j" }, 5 },
	{ "-j -2 pm hi", { "-2", "pm", "hi" }, -1 },
	{ "VM0 pm -- -2", { "VM0", "pm", "-2" }, -1 },
};

START_TEST(order)
{
	struct args args;

	ck_assert_msg(!parse(&args, &three, order_cases[_i].line), "%s",
		      args.error);
	ck_assert_int_eq(args.nr_operands, 3);
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(args.operand[i], order_cases[_i].operand[i]);
	ck_assert_int_eq(args.timeout, order_cases[_i].timeout);
}
END_TEST

static const struct {
	const char *line;
	const char *error;
} error_cases[] = {
	{ "", "expected: VM DST TEXT" },
	{ "VM0", "expected: VM DST TEXT" },
	{ "a b c d", "\"d\" is one operand too many" },
	{ "a b c -- d", "\"d\" is one operand too many" },
	{ "-1 -2 -3 -4", "\"-4\" is one operand too many" },
	{ "--bogus", "--bogus: no such option" },
	{ "-x a b", "-x: no such option" },
	{ "-jx a b", "-x: no such option" },
	{ "a b -t", "-t needs a value" },
	{ "a b --type", "--type needs a value" },
	{ "a b -t x", "--timeout x: not a number" },
	{ "a b -t -2", "--timeout -2: must be at least -1" },
	{ "a b -n 0", "--count 0: must be at least 1" },
	{ "a b -b -68", "--bind -68: must be -67 to 8192" },
	{ "a b --id 256", "--id 256: must be 0 to 255" },
	{ "a b --tasks 68", "--tasks 68: must be 1 to 67" },
};

START_TEST(errors)
{
	struct args args;

	ck_assert_int_eq(parse(&args, &three, error_cases[_i].line), -1);
	ck_assert_str_eq(args.error, error_cases[_i].error);
}
END_TEST

START_TEST(options_of_others_are_unknown)
{
	struct args args;

	ck_assert_int_eq(parse(&args, &server, "VM0 4 -t 5"), -1);
	ck_assert_str_eq(args.error, "-t: no such option");
	ck_assert_int_eq(parse(&args, &server, "VM0 4 --type 5"), -1);
	ck_assert_str_eq(args.error, "--type: no such option");
}
END_TEST

START_TEST(a_letter_of_two_options)
{
	struct args args;

	ck_assert_int_eq(parse(&args, &three, "-b 40 VM0 4"), 0);
	ck_assert_int_eq(args.slot, 40);
	ck_assert_int_eq(args.buffer, 0);
	ck_assert_int_eq(parse(&args, &tracer, "-b 40"), 0);
	ck_assert_int_eq(args.slot, SLOT_NOT_GIVEN);
	ck_assert_int_eq(args.buffer, 40);
	ck_assert_int_eq(parse(&args, &tracer, "-b 0"), -1);
	ck_assert_str_eq(args.error, "--buffer 0: must be 1 to 1048576");
	ck_assert_int_eq(parse(&args, &tracer, "--bind 4"), -1);
}
END_TEST

START_TEST(texts_as_they_are)
{
	struct args args;

	ck_assert_int_eq(parse(&args, &three, "VM0 4"), 0);
	ck_assert_ptr_null(args.traps);
	ck_assert_ptr_null(args.config);
	ck_assert_ptr_null(args.node);
	ck_assert_int_eq(args.level, -1);
	ck_assert_int_eq(parse(&args, &three,
			       "--traps=-send VM0 --to -2 4 --from=x "
			       "--warn none --level 5"),
			 0);
	ck_assert_str_eq(args.traps, "-send");
	ck_assert_str_eq(args.to, "-2");
	ck_assert_str_eq(args.from, "x");
	ck_assert_str_eq(args.warn, "none");
	ck_assert_int_eq(args.level, 5);
	ck_assert_str_eq(args.operand[1], "4");
	ck_assert_int_eq(parse(&args, &three, "VM0 4 --level 6"), -1);
	ck_assert_int_eq(parse(&args, &three, "-c f VM0 4 --node=1 --name -n"),
			 0);
	ck_assert_str_eq(args.config, "f");
	ck_assert_str_eq(args.node, "1");
	ck_assert_str_eq(args.name, "-n");
}
END_TEST

START_TEST(help_needs_no_operands)
{
	struct args args;

	ck_assert_int_eq(parse(&args, &three, "--help"), 0);
	ck_assert(args.help);
	ck_assert_int_eq(parse(&args, &three, "VM0 -h"), 0);
	ck_assert(args.help);
}
END_TEST

START_TEST(server_command)
{
	struct args args;

	ck_assert_int_eq(parse(&args, &server, "VM0 -4 -j -- tr -d x"), 0);
	ck_assert(args.json);
	ck_assert_str_eq(args.operand[1], "-4");
	ck_assert_ptr_nonnull(args.program);
	ck_assert_str_eq(args.program[0], "tr");
	ck_assert_str_eq(args.program[1], "-d");
	ck_assert_str_eq(args.program[2], "x");
	ck_assert_ptr_null(args.program[3]);
	ck_assert_int_eq(parse(&args, &server, "VM0 4 --"), 0);
	ck_assert_ptr_null(args.program);
	ck_assert_int_eq(parse(&args, &server, "VM0 4 cat"), -1);
	ck_assert_int_eq(parse(&args, &server, "VM0 -- cat"), -1);
}
END_TEST

static const struct signal_case {
	const char *text;
	int number; /* -1: none */
} signal_cases[] = {
	{ "0", 0 },     { "9", 9 },      { "KILL", 9 },     { "kill", 9 },
	{ "HUP", 1 },   { "SIGHUP", 1 }, { "sigTerm", 15 }, { "64", 64 },
	{ "65", -1 },   { "-1", -1 },    { "", -1 },        { "SIG", -1 },
	{ "SIG9", -1 }, { "KIL", -1 },
};

START_TEST(signals)
{
	const struct signal_case *c = &signal_cases[_i];
	int signal = -1;

	ck_assert_int_eq(args_signal(c->text, &signal), c->number < 0 ? -1 : 0);
	ck_assert_int_eq(signal, c->number);
}
END_TEST

/* As the first word alone; later ones are groups. */
START_TEST(signal_in_front)
{
	struct args args;

	ck_assert_int_eq(parse(&args, &killer, "-9 VM0 5"), 0);
	ck_assert_str_eq(args.signal, "9");
	ck_assert_str_eq(args.operand[0], "VM0");
	ck_assert_int_eq(parse(&args, &killer, "-SIGHUP VM0 -5"), 0);
	ck_assert_str_eq(args.signal, "SIGHUP");
	ck_assert_str_eq(args.operand[1], "-5");
	ck_assert_int_eq(parse(&args, &killer, "VM0 -9 -s INT"), 0);
	ck_assert_str_eq(args.operand[1], "-9");
	ck_assert_str_eq(args.signal, "INT");
	ck_assert_int_eq(parse(&args, &killer, "VM0 5"), 0);
	ck_assert_ptr_null(args.signal);
	ck_assert_int_eq(parse(&args, &killer, "-NONE VM0 5"), -1);
	ck_assert_int_eq(parse(&args, &server, "-9 VM0"), 0);
	ck_assert_str_eq(args.operand[0], "-9");
}
END_TEST

/* What follows it is its own, whatever it looks like. */
START_TEST(program_and_its_words)
{
	struct args args;

	ck_assert_int_eq(parse(&args, &program_runner,
			       "VM0 --posix tr -d x --posix"),
			 0);
	ck_assert(args.posix);
	ck_assert_str_eq(args.operand[0], "VM0");
	ck_assert_str_eq(args.program[0], "tr");
	ck_assert_str_eq(args.program[1], "-d");
	ck_assert_str_eq(args.program[3], "--posix");
	ck_assert_ptr_null(args.program[4]);
	ck_assert_int_eq(parse(&args, &program_runner, "VM0 tr --posix"), 0);
	ck_assert(!args.posix);
	ck_assert_int_eq(parse(&args, &program_runner,
			       "--endpoint 4 VM0 -- -4 -h"),
			 0);
	ck_assert_str_eq(args.endpoint, "4");
	ck_assert_str_eq(args.program[0], "-4");
	ck_assert_str_eq(args.program[1], "-h");
	ck_assert_int_eq(parse(&args, &program_runner, "7 -4 -5"), 0);
	ck_assert_str_eq(args.program[0], "-4");
	ck_assert_int_eq(parse(&args, &program_runner, "VM0"), -1);
	ck_assert_int_eq(parse(&args, &program_runner, "VM0 --"), -1);
	ck_assert_int_eq(parse(&args, &program_runner, "--help"), 0);
}
END_TEST

START_TEST(option_help)
{
	const char *right;
	char left[40];
	int i;

	ck_assert(args_option_help(OPT_TIMEOUT, 0, left, sizeof(left), &right));
	ck_assert_str_eq(left, "-t, --timeout=MS");
	ck_assert(args_option_help(OPT_TIMEOUT, 1, left, sizeof(left), &right));
	ck_assert_str_eq(left, "-h, --help");
	ck_assert(
		!args_option_help(OPT_TIMEOUT, 2, left, sizeof(left), &right));
	for (i = 0; args_option_help(OPT_SIZES, i, left, sizeof(left), &right);
	     i++)
		ck_assert_str_ne(right, "");
	ck_assert_int_eq(i, 4);
}
END_TEST

static Suite *args_suite(void)
{
	Suite *suite = suite_create("m3ipc command line");
	TCase *tc = tcase_create("args");

	tcase_add_loop_test(tc, numbers, 0, ARRAY_SIZE(number_cases));
	tcase_add_loop_test(tc, peers_by_name_and_number, 0,
			    ARRAY_SIZE(peer_cases));
	tcase_add_test(tc, peer_names);
	tcase_add_test(tc, vm_names_and_numbers);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, all_options);
	tcase_add_loop_test(tc, order, 0, ARRAY_SIZE(order_cases));
	tcase_add_loop_test(tc, errors, 0, ARRAY_SIZE(error_cases));
	tcase_add_test(tc, options_of_others_are_unknown);
	tcase_add_test(tc, a_letter_of_two_options);
	tcase_add_test(tc, texts_as_they_are);
	tcase_add_test(tc, help_needs_no_operands);
	tcase_add_test(tc, server_command);
	tcase_add_loop_test(tc, signals, 0, ARRAY_SIZE(signal_cases));
	tcase_add_test(tc, signal_in_front);
	tcase_add_test(tc, program_and_its_words);
	tcase_add_test(tc, option_help);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return suite_run_all(args_suite());
}
