// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tools/trace_lines.c and what it takes: lines of the kernel, in which the
 * names of processes may look like anything
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/trace_lines.h"
#include "common/util.h"
#include "suite.h"

static const struct command command = { .name = "trace" };
static const struct args words = { .command = &command };
static const struct args json = { .command = &command, .json = true };

/* What trace prints of such a text, and counts as lost */
static char *printed(const struct args *args, unsigned int mask,
		     const char *text, unsigned long *lost)
{
	struct trace_lines lines = { .args = args, .events = mask };
	FILE *terminal = stdout;
	char *out = NULL;
	char copy[512];
	size_t size;

	ck_assert_uint_lt(strlen(text), sizeof(copy));
	strcpy(copy, text);
	stdout = open_memstream(&out, &size);
	trace_lines_take(&lines, copy);
	fclose(stdout);
	stdout = terminal;
	trace_calls_forget(&lines.calls);
	*lost = lines.lost;
	return out;
}

/* What it prints of a call of a process of this name */
static char *printed_of(const struct args *args, unsigned int mask,
			const char *name, unsigned long *lost)
{
	static const char *const fields[] = {
		"call: vm=0 ep=3 call=send peer=4",
		"end: vm=0 ep=3 call=send rc=-508",
	};
	char text[512];
	int used = 0;

	for (int i = 0; i < 2; i++)
		used += sprintf(text + used,
				"%16s-%-7d [001] ...1.  %5d.%06d: m3ipc_%s\n",
				name, 12, 34, i, fields[i]);
	return printed(args, mask, text, lost);
}

static const char *const names[] = {
	"\nCPU:1 [LOST 5",   "\nCPU:1 [LOST 5 E", ": m3ipc_end: vm",
	": m3ipc_end: \n",   ": m3ipc_call: \n",  ": m3ipc_: vm=7\n",
	": m3ipc_x: \377\n", "1: m3ipc_x: y\n",   "\n: m3ipc_end: v",
	"\n\n\n\377",
};

#define NR_NAMES ARRAY_SIZE(names)

START_TEST(any_name)
{
	const struct args *args = _i % 2 ? &json : &words;
	unsigned int mask = _i / 2 % 2 ? ~0u : 0;
	unsigned long lost;
	char *usual = printed_of(args, mask, "sleep", &lost);
	char *text = printed_of(args, mask, names[_i / 4], &lost);

	ck_assert_ptr_nonnull(strstr(usual, mask ? "rc=-508" : "SRCDIED"));
	ck_assert_str_eq(text, usual);
	ck_assert_uint_eq(lost, 0);
	free(usual);
	free(text);
}
END_TEST

START_TEST(losses)
{
	unsigned long lost;
	char *text = printed(&json, 0, "CPU:1 [LOST 5 EVENTS]\n", &lost);

	ck_assert_str_eq(text, "{\"lost\":5,\"cpu\":1}\n");
	ck_assert_uint_eq(lost, 5);
	free(text);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, any_name, 0, 4 * NR_NAMES);
	tcase_add_test(tc, losses);
}

int main(void)
{
	return suite_run("m3ipc trace", add);
}
