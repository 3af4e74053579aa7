// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <molipc/m3ipc.h>

#include "common/config.h"
#include "args.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Options without a letter */
enum {
	VAL_ID = 256,
	VAL_PROCS,
	VAL_TASKS,
	VAL_SYSPROCS,
	VAL_TYPE,
	VAL_TRAPS,
	VAL_TO,
	VAL_FROM,
	VAL_WARN,
	VAL_LEVEL,
	VAL_BYTES,
	VAL_SECRET,
	VAL_NODE,
	VAL_NAME,
};

/* Instead of the limits of a number: the argument is any text */
#define ANY_TEXT 1, 0

static const struct option_def {
	unsigned int mask; /* OPT_*; 0: every command has it */
	int val;
	const char *name;
	const char *argument;
	long min;
	long max;
	const char *help;
} options[] = {
	{ OPT_BIND, 'b', "bind", "P_NR", -NR_TASKS, M3IPC_MAX_SLOTS,
	  "bind to this slot, not to the first free one" },
	{ OPT_TIMEOUT, 't', "timeout", "MS", TIMEOUT_FOREVER, LONG_MAX,
	  "wait at most so long; 0 does not wait, -1 has no end" },
	{ OPT_TYPE, VAL_TYPE, "type", "N", INT_MIN, INT_MAX,
	  "m_type of the message, 0 if not given" },
	{ OPT_COUNT, 'n', "count", "COUNT", 1, LONG_MAX,
	  "leave after so many requests, lines or tables" },
	{ OPT_TOP, 'd', "delay", "MS", 1, INT_MAX,
	  "time between two tables, 1000 if not given" },
	{ OPT_TOP, VAL_BYTES, "bytes", NULL, 0, 0,
	  "who copies most first, not who sends most" },
	{ OPT_ID, VAL_ID, "id", "N", 0, M3IPC_MAX_VMS - 1,
	  "number of the VM, else the first that is free" },
	{ OPT_SIZES, VAL_PROCS, "procs", "N", 1, M3IPC_MAX_SLOTS,
	  "slots that are not tasks, else as many as the node says" },
	{ OPT_SIZES, VAL_TASKS, "tasks", "N", 1, NR_TASKS,
	  "slots with negative numbers" },
	{ OPT_SIZES, VAL_SYSPROCS, "sysprocs", "N", 1, M3IPC_MAX_SLOTS,
	  "system slots, tasks included" },
	{ OPT_TRACE, 'b', "buffer", "KB", 1, 1 << 20,
	  "of events, for each CPU, else 8192 if there is the memory" },
	{ OPT_TRACE, 'e', "event", "LIST", ANY_TEXT,
	  "of call, block, message, wake, end, bind, unbind and vcopy" },
	{ OPT_RIGHTS, VAL_TRAPS, "traps", "LIST", ANY_TEXT,
	  "primitives it may use: names, all, none, +NAME, -NAME" },
	{ OPT_RIGHTS, VAL_TO, "to", "LIST", ANY_TEXT,
	  "whom it may send to: system slots, users, all, none" },
	{ OPT_RIGHTS, VAL_FROM, "from", "LIST", ANY_TEXT,
	  "whom it may receive from, likewise" },
	{ OPT_RIGHTS, VAL_WARN, "warn", "P_NR", ANY_TEXT,
	  "system slot that is told of its end and forks, or none" },
	{ OPT_RIGHTS, VAL_LEVEL, "level", "N", USER_PRIV, PROXY_PRIV,
	  "level of privileges" },
	{ OPT_SECRET, VAL_SECRET, "secret", "FILE", ANY_TEXT,
	  "where to put the secret key, else " CONFIG_SECRET_KEY },
	{ OPT_REMOTE, VAL_NODE, "node", "NODE", ANY_TEXT,
	  "the node of a process that is not here" },
	{ OPT_REMOTE, VAL_NAME, "name", "NAME", ANY_TEXT,
	  "and the name of that process" },
	{ OPT_CONFIG, 'c', "config", "FILE", ANY_TEXT,
	  "the configuration, else " CONFIG_PATH },
	{ OPT_JSON, 'j', "json", NULL, 0, 0, "print JSON" },
	{ 0, 'h', "help", NULL, 0, 0, "print this and leave" },
};

static const struct {
	const char *name;
	int endpoint;
} peers[] = {
	{ "any", ANY },           { "hardware", HARDWARE },
	{ "system", SYSTEM },     { "clock", CLOCK },
	{ "idle", IDLE },         { "pm", PM_PROC_NR },
	{ "fs", FS_PROC_NR },     { "rs", RS_PROC_NR },
	{ "mem", MEM_PROC_NR },   { "log", LOG_PROC_NR },
	{ "tty", TTY_PROC_NR },   { "ds", DS_PROC_NR },
	{ "is", IS_PROC_NR },     { "rinit", RINIT_PROC_NR },
	{ "init", INIT_PROC_NR },
};

int args_number(const char *text, long min, long max, long *number)
{
	const char *digits = text + (*text == '-');
	int base = 10;
	char *end;

	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
		base = 16;
	if (!isxdigit((unsigned char)*digits))
		return -1;
	errno = 0;
	*number = strtol(text, &end, base);
	if (errno || end == text || *end || *number < min || *number > max)
		return -1;
	return 0;
}

bool args_vm_is_number(const char *text, int *vmid)
{
	long number;

	if (args_number(text, 0, INT_MAX, &number))
		return false;
	*vmid = (int)number;
	return true;
}

enum args_peer args_peer(const char *text, int *number)
{
	bool slot = text[0] == '@';
	long value;

	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		if (!strcasecmp(text, peers[i].name)) {
			*number = peers[i].endpoint;
			return PEER_ENDPOINT;
		}
	}
	if (args_number(text + slot, -NR_TASKS, INT_MAX, &value))
		return PEER_INVALID;
	*number = (int)value;
	return slot ? PEER_SLOT : PEER_ENDPOINT;
}

const char *args_peer_name(int endpoint)
{
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++)
		if (peers[i].endpoint == endpoint)
			return peers[i].name;
	return NULL;
}

static const struct option_def *option_of(unsigned int mask, int val)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].val == val &&
		    (!options[i].mask || options[i].mask & mask))
			return &options[i];
	return NULL;
}

bool args_option_help(unsigned int mask, int i, char *left, size_t size,
		      const char **right)
{
	for (size_t o = 0; o < ARRAY_SIZE(options); o++) {
		const struct option_def *def = &options[o];
		char letter[] = "    ";

		if (def->mask && !(def->mask & mask))
			continue;
		if (i--)
			continue;
		if (def->val < 256)
			snprintf(letter, sizeof(letter), "-%c, ", def->val);
		snprintf(left, size, "%s--%s%s%s", letter, def->name,
			 def->argument ? "=" : "",
			 def->argument ? def->argument : "");
		*right = def->help;
		return true;
	}
	return false;
}

/* What getopt_long() wants, for the options of one command */
static void getopt_tables(unsigned int mask, char *letters,
			  struct option *longs)
{
	/* '-': operands come in their order; ':': no messages of its own */
	letters += sprintf(letters, "-:");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option_def *def = &options[i];

		if (def->mask && !(def->mask & mask))
			continue;
		*longs++ = (struct option){
			.name = def->name,
			.has_arg = def->argument ? required_argument :
						   no_argument,
			.val = def->val,
		};
		if (def->val < 256)
			letters += sprintf(letters, "%c%s", def->val,
					   def->argument ? ":" : "");
	}
	memset(longs, 0, sizeof(*longs));
}

static void set_text(struct args *args, int val, const char *text)
{
	switch (val) {
	case 'c':
		args->config = text;
		break;
	case 'e':
		args->event = text;
		break;
	case VAL_TRAPS:
		args->traps = text;
		break;
	case VAL_TO:
		args->to = text;
		break;
	case VAL_FROM:
		args->from = text;
		break;
	case VAL_WARN:
		args->warn = text;
		break;
	case VAL_SECRET:
		args->secret = text;
		break;
	case VAL_NODE:
		args->node = text;
		break;
	case VAL_NAME:
		args->name = text;
		break;
	}
}

static void set_option(struct args *args, int val, long number)
{
	switch (val) {
	case 'b':
		if (args->command->options & OPT_TRACE) {
			args->buffer = number;
			break;
		}
		args->has_slot = true;
		args->slot = (int)number;
		break;
	case 'd':
		args->delay = number;
		break;
	case 'h':
		args->help = true;
		break;
	case 'j':
		args->json = true;
		break;
	case 'n':
		args->count = number;
		break;
	case 't':
		args->timeout = number;
		break;
	case VAL_ID:
		args->id = (int)number;
		break;
	case VAL_PROCS:
		args->procs = (int)number;
		break;
	case VAL_TASKS:
		args->tasks = (int)number;
		break;
	case VAL_SYSPROCS:
		args->sysprocs = (int)number;
		break;
	case VAL_LEVEL:
		args->level = (int)number;
		break;
	case VAL_BYTES:
		args->by_bytes = true;
		break;
	case VAL_TYPE:
		args->type = (int)number;
		break;
	}
}

static int add_operand(struct args *args, char *text)
{
	if (args->nr_operands >= args->command->max_operands) {
		snprintf(args->error, sizeof(args->error),
			 "\"%.40s\" is one operand too many", text);
		return -1;
	}
	args->operand[args->nr_operands++] = text;
	return 0;
}

static int bad_number(struct args *args, const struct option_def *def)
{
	char allowed[80];
	long number;

	if (args_number(optarg, LONG_MIN, LONG_MAX, &number))
		snprintf(allowed, sizeof(allowed), "not a number");
	else if (def->max == LONG_MAX)
		snprintf(allowed, sizeof(allowed), "must be at least %ld",
			 def->min);
	else
		snprintf(allowed, sizeof(allowed), "must be %ld to %ld",
			 def->min, def->max);
	snprintf(args->error, sizeof(args->error), "--%s %.40s: %s", def->name,
		 optarg, allowed);
	return -1;
}

static int add_option(struct args *args, int val)
{
	const struct option_def *def = option_of(args->command->options, val);
	long number = 0;

	if (def->min > def->max) {
		set_text(args, val, optarg);
		return 0;
	}
	if (def->argument && args_number(optarg, def->min, def->max, &number))
		return bad_number(args, def);
	set_option(args, val, number);
	return 0;
}

static int bad_option(struct args *args, int val, const char *text)
{
	char letter[] = "-?";

	/* In the middle of "-jx", text is still the argument before it. */
	if (optopt > 0 && optopt < 256) {
		letter[1] = (char)optopt;
		text = letter;
	}
	snprintf(args->error, sizeof(args->error),
		 val == ':' ? "%.40s needs a value" : "%.40s: no such option",
		 text);
	return -1;
}

static bool is_negative(const char *text)
{
	return text && text[0] == '-' && isdigit((unsigned char)text[1]);
}

/* One step of getopt; returns 1 for "go on", 0 at the end, -1 for an error */
static int parse_one(struct args *args, int argc, char **argv,
		     const char *letters, const struct option *longs)
{
	int val;

	if (optind > 0 && optind < argc && is_negative(argv[optind]))
		return add_operand(args, argv[optind++]) ? -1 : 1;
	val = getopt_long(argc, argv, letters, longs, NULL);
	switch (val) {
	case -1:
		return 0;
	case 1:
		return add_operand(args, optarg) ? -1 : 1;
	case ':':
	case '?':
		return bad_option(args, val, argv[optind - 1]);
	default:
		return add_option(args, val) ? -1 : 1;
	}
}

static int check_operands(struct args *args)
{
	const struct command *command = args->command;

	if (args->help || args->nr_operands >= command->min_operands)
		return 0;
	snprintf(args->error, sizeof(args->error), "expected: %s",
		 command->operands);
	return -1;
}

int args_parse(struct args *args, const struct command *command, int argc,
	       char **argv)
{
	char letters[4 * ARRAY_SIZE(options)];
	struct option longs[ARRAY_SIZE(options) + 1];
	int more;

	*args = (struct args){
		.command = command,
		.timeout = TIMEOUT_FOREVER,
		.delay = 1000,
		.id = -1,
		.level = -1,
	};
	getopt_tables(command->options, letters, longs);
	/* 0 makes getopt start anew, but only at its next call */
	while (argc > 1 && is_negative(argv[1])) {
		if (add_operand(args, argv[1]))
			return -1;
		argc--;
		argv++;
	}
	optind = 0;
	opterr = 0;
	do {
		more = parse_one(args, argc, argv, letters, longs);
	} while (more > 0);
	if (more < 0)
		return -1;
	if (command->options & OPT_COMMAND) {
		if (optind < argc)
			args->server = argv + optind;
	} else {
		while (optind < argc)
			if (add_operand(args, argv[optind++]))
				return -1;
	}
	return check_operands(args);
}
