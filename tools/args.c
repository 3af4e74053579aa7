// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <molipc/m3ipc.h>
#include <molipc/sys.h>

#include "common/name.h"
#include "common/config.h"
#include "common/util.h"
#include "args.h"

/* getopt_long() gives this and its place for an option without a letter. */
#define FIRST_WITHOUT_LETTER 256

/* What the argument of an option becomes, and in which member of struct args */
enum option_kind {
	OPTION_FLAG, /* bool: there is no argument */
	OPTION_INT,
	OPTION_LONG,
	OPTION_TEXT, /* const char *: it is taken as it is */
};

#define MEMBER(name)         offsetof(struct args, name)
#define FLAG(name)           OPTION_FLAG, MEMBER(name), 0, 0
#define INT(name, min, max)  OPTION_INT, MEMBER(name), min, max
#define LONG(name, min, max) OPTION_LONG, MEMBER(name), min, max
#define TEXT(name)           OPTION_TEXT, MEMBER(name), 0, 0

/* No command takes two options of one letter. */
static const struct option_def {
	unsigned int mask; /* OPT_*; 0: every command has it */
	char letter;       /* 0: none */
	const char *name;
	const char *argument;
	enum option_kind kind;
	size_t member;
	long min;
	long max;
	const char *help;
} option_defs[] = {
	{ OPT_BIND, 'b', "bind", "P_NR", INT(slot, -NR_TASKS, M3IPC_MAX_SLOTS),
	  "bind to this slot, not to the first free one" },
	{ OPT_TIMEOUT, 't', "timeout", "MS",
	  LONG(timeout, TIMEOUT_FOREVER, LONG_MAX),
	  "wait at most so long; 0 does not wait, -1 has no end" },
	{ OPT_TYPE, 0, "type", "N", INT(type, INT_MIN, INT_MAX),
	  "m_type of the message, 0 if not given" },
	{ OPT_COUNT, 'n', "count", "COUNT", LONG(count, 1, LONG_MAX),
	  "leave after so many requests, lines or tables" },
	{ OPT_TOP, 'd', "delay", "MS", LONG(delay, 1, INT_MAX),
	  "time between two tables, 1000 if not given" },
	{ OPT_TOP, 0, "bytes", NULL, FLAG(by_bytes),
	  "who copies most first, not who sends most" },
	{ OPT_ID, 0, "id", "N", INT(id, 0, M3IPC_MAX_VMS - 1),
	  "number of the VM, else the first that is free" },
	{ OPT_SIZES, 0, "procs", "N", INT(procs, 1, M3IPC_MAX_SLOTS),
	  "slots that are not tasks, else as many as the node says" },
	{ OPT_SIZES, 0, "tasks", "N", INT(tasks, 1, NR_TASKS),
	  "slots with negative numbers" },
	{ OPT_SIZES, 0, "sysprocs", "N", INT(sysprocs, 1, M3IPC_MAX_SLOTS),
	  "system slots, tasks included" },
	{ OPT_TRACE, 'b', "buffer", "KB", LONG(buffer, 1, 1 << 20),
	  "of events, for each CPU, else 8192 if there is the memory" },
	{ OPT_TRACE, 'e', "event", "LIST", TEXT(event),
	  "of call, block, message, wake, end, bind, unbind and vcopy" },
	{ OPT_RIGHTS, 0, "traps", "LIST", TEXT(traps),
	  "primitives it may use: names, all, none, +NAME, -NAME" },
	{ OPT_RIGHTS, 0, "to", "LIST", TEXT(to),
	  "whom it may send to: system slots, users, all, none" },
	{ OPT_RIGHTS, 0, "from", "LIST", TEXT(from),
	  "whom it may receive from, likewise" },
	{ OPT_RIGHTS, 0, "warn", "P_NR", TEXT(warn),
	  "system slot that is told of its end and forks, or none" },
	{ OPT_RIGHTS, 0, "level", "N", INT(level, USER_PRIV, PROXY_PRIV),
	  "level of privileges" },
	{ OPT_SECRET, 0, "secret", "FILE", TEXT(secret),
	  "where the secret key is, or is put, else " CONFIG_SECRET_KEY },
	{ OPT_SECRET, 0, "public", NULL, FLAG(public),
	  "print the public key of the secret one that is there" },
	{ OPT_REMOTE, 0, "node", "NODE", TEXT(node),
	  "the node of a process that is not here" },
	{ OPT_REMOTE, 0, "name", "NAME", TEXT(name),
	  "and the name of that process" },
	{ OPT_PID, 0, "pid", "PID", INT(pid, 1, INT_MAX),
	  "the process on that node that is to have it" },
	{ OPT_LIVE, 0, "live", NULL, FLAG(live),
	  "move the process itself: CRIU, and \"m3ipc live\" at that node" },
	{ OPT_CONFIG, 'c', "config", "FILE", TEXT(config),
	  "the configuration, else " CONFIG_PATH },
	{ OPT_LINKS, 'n', "no-links", NULL, FLAG(no_links),
	  "leave system tasks, Corosync, proxies and units as they are" },
	{ OPT_SYSTASK, 0, "systasks", NULL, FLAG(systasks),
	  "the system tasks alone; of units nothing is waited for" },
	{ OPT_PROGRAM, 0, "endpoint", "P_NR", TEXT(endpoint),
	  "give it this slot, not the first free one" },
	{ OPT_PROGRAM, 0, "fs", NULL, FLAG(fs),
	  "the program is one of the VM's files" },
	{ OPT_PROGRAM, 0, "isolate", NULL, FLAG(isolate),
	  "it sees no processes but its own, and its mounts are its own" },
	{ OPT_PROGRAM, 'n', "node", "NODE", TEXT(node),
	  "at that node, by its INIT" },
	{ OPT_PROGRAM, 0, "posix", NULL, FLAG(posix),
	  "its processes and signals are those of the VM" },
	{ OPT_ALL, 'a', "all", NULL, FLAG(all), "of all nodes of the VM" },
	{ OPT_TREE, 't', "tree", NULL, FLAG(tree),
	  "children behind their parents" },
	{ OPT_SIGNAL, 's', "signal", "SIGNAL", TEXT(signal),
	  "name or number; -SIGNAL, as the first, is the same; TERM" },
	{ OPT_JSON, 'j', "json", NULL, FLAG(json), "print JSON" },
	{ 0, 'h', "help", NULL, FLAG(help), "print this and leave" },
};

static const struct {
	const char *name;
	int endpoint;
} peer_names[] = {
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

int args_signal(const char *text, int *signal)
{
	const char *name = strncasecmp(text, "SIG", 3) ? text : text + 3;
	const char *known;
	long number;

	if (!args_number(text, 0, NSIG - 1, &number)) {
		*signal = (int)number;
		return 0;
	}
	for (int i = 1; i < NSIG; i++) {
		known = sigabbrev_np(i);
		if (!known || strcasecmp(known, name))
			continue;
		*signal = i;
		return 0;
	}
	return -1;
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

	for (size_t i = 0; i < ARRAY_SIZE(peer_names); i++) {
		if (!strcasecmp(text, peer_names[i].name)) {
			*number = peer_names[i].endpoint;
			return PEER_ENDPOINT;
		}
	}
	if (args_number(text + slot, -NR_TASKS, INT_MAX, &value))
		return PEER_INVALID;
	*number = (int)value;
	return slot ? PEER_SLOT : PEER_ENDPOINT;
}

bool args_is_name(const char *text)
{
	return strlen(text) < SYS_NAME_LEN && name_is_good(text);
}

const char *args_peer_name(int endpoint)
{
	for (size_t i = 0; i < ARRAY_SIZE(peer_names); i++)
		if (peer_names[i].endpoint == endpoint)
			return peer_names[i].name;
	return NULL;
}

static int option_val(const struct option_def *def)
{
	return def->letter ? def->letter :
			     FIRST_WITHOUT_LETTER + (int)(def - option_defs);
}

/* Does a command with the options of this mask take it? */
static bool option_is_of(const struct option_def *def, unsigned int mask)
{
	return !def->mask || def->mask & mask;
}

static const struct option_def *option_of(unsigned int mask, int val)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_defs); i++)
		if (option_val(&option_defs[i]) == val &&
		    option_is_of(&option_defs[i], mask))
			return &option_defs[i];
	return NULL;
}

bool args_option_help(unsigned int mask, int i, char *left, size_t size,
		      const char **right)
{
	for (size_t o = 0; o < ARRAY_SIZE(option_defs); o++) {
		const struct option_def *def = &option_defs[o];
		char letter[] = "    ";

		if (!option_is_of(def, mask))
			continue;
		if (i--)
			continue;
		if (def->letter)
			snprintf(letter, sizeof(letter), "-%c, ", def->letter);
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
	for (size_t i = 0; i < ARRAY_SIZE(option_defs); i++) {
		const struct option_def *def = &option_defs[i];

		if (!option_is_of(def, mask))
			continue;
		*longs++ = (struct option){
			.name = def->name,
			.has_arg = def->argument ? required_argument :
						   no_argument,
			.val = option_val(def),
		};
		if (def->letter)
			letters += sprintf(letters, "%c%s", def->letter,
					   def->argument ? ":" : "");
	}
	memset(longs, 0, sizeof(*longs));
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

/* Number "at" of the words; as parse_one() */
static int take_word(struct args *args, char **argv, int at)
{
	const struct command *command = args->command;

	if (!(command->options & OPT_PROGRAM) ||
	    args->nr_operands < command->max_operands)
		return add_operand(args, argv[at]) ? -1 : 1;
	args->program = argv + at;
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

static int add_option(struct args *args, const struct option_def *def)
{
	char *member = (char *)args + def->member;
	long number = 0;

	if ((def->kind == OPTION_INT || def->kind == OPTION_LONG) &&
	    args_number(optarg, def->min, def->max, &number))
		return bad_number(args, def);
	switch (def->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		break;
	case OPTION_INT:
		*(int *)member = (int)number;
		break;
	case OPTION_LONG:
		*(long *)member = number;
		break;
	case OPTION_TEXT:
		*(const char **)member = optarg;
		break;
	}
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
	const struct option_def *def;
	int val;

	if (optind > 0 && optind < argc && is_negative(argv[optind]))
		return take_word(args, argv, optind++);
	val = getopt_long(argc, argv, letters, longs, NULL);
	switch (val) {
	case -1:
		return 0;
	case 1:
		return take_word(args, argv, optind - 1);
	case ':':
	case '?':
		return bad_option(args, val, argv[optind - 1]);
	default:
		def = option_of(args->command->options, val);
		return add_option(args, def) ? -1 : 1;
	}
}

static int check_operands(struct args *args)
{
	const struct command *command = args->command;

	if (args->help ||
	    (args->nr_operands >= command->min_operands &&
	     (args->program || !(command->options & OPT_PROGRAM))))
		return 0;
	snprintf(args->error, sizeof(args->error), "expected: %s",
		 command->operands);
	return -1;
}

/* As of kill(1): what begins so is no operand then. */
static bool is_signal(const struct command *command, int argc, char **argv)
{
	int signal;

	return command->options & OPT_SIGNAL && argc > 1 && argv[1][0] == '-' &&
	       argv[1][1] && !args_signal(argv[1] + 1, &signal);
}

int args_parse(struct args *args, const struct command *command, int argc,
	       char **argv)
{
	char letters[4 * ARRAY_SIZE(option_defs)];
	struct option longs[ARRAY_SIZE(option_defs) + 1];
	int more;

	*args = (struct args){
		.command = command,
		.timeout = TIMEOUT_FOREVER,
		.slot = SLOT_NOT_GIVEN,
		.delay = 1000,
		.id = -1,
		.level = -1,
	};
	getopt_tables(command->options, letters, longs);
	if (is_signal(command, argc, argv)) {
		args->signal = argv[1] + 1;
		argc--;
		argv++;
	}
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
	if (command->options & (OPT_COMMAND | OPT_PROGRAM)) {
		if (optind < argc && !args->program)
			args->program = argv + optind;
	} else {
		while (optind < argc)
			if (add_operand(args, argv[optind++]))
				return -1;
	}
	return check_operands(args);
}
