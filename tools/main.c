// SPDX-License-Identifier: GPL-2.0-or-later
/* m3ipc: the table of commands, and how one is chosen. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/util.h"
#include "args.h"
#include "commands.h"
#include "out.h"
#include "say.h"

#ifndef M3IPC_VERSION
#define M3IPC_VERSION "unknown"
#endif

#define WAITS (OPT_JSON | OPT_TIMEOUT | OPT_BIND)

static const struct command command_table[] = {
	{ "up", "[VM]", "make this node what the configuration says",
	  OPT_JSON | OPT_CONFIG | OPT_LINKS | OPT_SYSTASK, 0, 1, cmd_up },
	{ "down", "[VM]", "end the node, or a VM, of the configuration",
	  OPT_JSON | OPT_CONFIG | OPT_LINKS, 0, 1, cmd_down },
	{ "status", "", "compare what is with the configuration",
	  OPT_JSON | OPT_CONFIG, 0, 0, cmd_status },
	{ "node init", "[NODEID]", "make this a node, 0 if not said otherwise",
	  0, 0, 1, cmd_node_init },
	{ "node end", "", "end the node and all its VMs", 0, 0, 0,
	  cmd_node_end },
	{ "node list", "[VM]",
	  "list the nodes that are known; of a VM, what each knows",
	  OPT_JSON | OPT_ALL, 0, 1, cmd_node_list },
	{ "node show", "[NODE]", "say what this node is, or another one",
	  OPT_JSON, 0, 1, cmd_node_show },
	{ "node add", "VM NODE", "make a VM span another node", 0, 2, 2,
	  cmd_node_add },
	{ "node del", "VM NODE", "make a VM span it no longer", 0, 2, 2,
	  cmd_node_del },
	{ "node forget", "NODE", "end all that there is with another node", 0,
	  1, 1, cmd_node_forget },
	{ "promote", "VM ENDPOINT",
	  "let a backup have an endpoint whose node is dead", 0, 2, 2,
	  cmd_promote },
	{ "proxy list", "", "list the pairs of proxies", OPT_JSON, 0, 0,
	  cmd_proxy_list },
	{ "proxy show", "PXID", "say what a pair of proxies is", OPT_JSON, 1, 1,
	  cmd_proxy_show },
	{ "vm init", "NAME", "start a VM and print its number",
	  OPT_JSON | OPT_ID | OPT_SIZES, 1, 1, cmd_vm_init },
	{ "vm end", "VM", "end a VM", 0, 1, 1, cmd_vm_end },
	{ "vm list", "", "list the VMs", OPT_JSON, 0, 0, cmd_vm_list },
	{ "vm show", "VM", "say what a VM is", OPT_JSON, 1, 1, cmd_vm_show },
	{ "vm forget", "VM NODE...",
	  "say that nodes are dead: their slots are given to others", 0, 2,
	  ARGS_MAX_OPERANDS, cmd_vm_forget },
	{ "vm found", "VM", "begin a VM though not all of its nodes are there",
	  0, 1, 1, cmd_vm_found },
	{ "migrate", "VM ENDPOINT NODE", "move an endpoint to another node",
	  OPT_PID | OPT_LIVE, 3, 3, cmd_migrate },
	{ "live", "VM", "take processes that migrate --live moves here", 0, 1,
	  1, cmd_live },
	{ "slots", "VM", "say whose the slots are, and who is in the group",
	  OPT_JSON | OPT_ALL, 1, 1, cmd_slots },
	{ "name list", "VM", "list the names that processes have published",
	  OPT_JSON, 1, 1, cmd_name_list },
	{ "name lookup", "VM NAME", "print the endpoint that has a name",
	  OPT_JSON | OPT_TIMEOUT, 2, 2, cmd_name_lookup },
	{ "wait", "VM {NAME|ENDPOINT}", "wait until somebody is there",
	  OPT_JSON | OPT_TIMEOUT, 2, 2, cmd_wait },
	{ "proc list", "[VM]", "list the bound processes, of all VMs or one",
	  OPT_JSON | OPT_ALL, 0, 1, cmd_proc_list },
	{ "proc show", "VM P_NR", "say all about a slot", OPT_JSON, 2, 2,
	  cmd_proc_show },
	{ "proc bind", "VM {PID P_NR|ENDPOINT}",
	  "bind a process and print its endpoint", OPT_JSON | OPT_REMOTE, 2, 3,
	  cmd_proc_bind },
	{ "proc unbind", "VM ENDPOINT", "unbind a process", OPT_TIMEOUT, 2, 2,
	  cmd_proc_unbind },
	{ "ps", "[VM]", "list processes as a Unix does, of all nodes",
	  OPT_JSON | OPT_ALL | OPT_TREE, 0, 1, cmd_ps },
	{ "kill", "VM PID...", "send a signal to processes of any node",
	  OPT_SIGNAL, 2, ARGS_MAX_OPERANDS, cmd_kill },
	{ "fs", "VM", "list the mounts of a VM's files, and what is open",
	  OPT_JSON, 1, 1, cmd_fs },
	{ "ls", "VM PATH", "list files of a VM", OPT_JSON, 2, 2, cmd_ls },
	{ "put", "VM FILE PATH", "copy a file to those of a VM", 0, 3, 3,
	  cmd_put },
	{ "get", "VM PATH FILE", "copy a file of a VM", 0, 3, 3, cmd_get },
	{ "graph", "[VM]", "print who waits for whom, for Graphviz", OPT_ALL, 0,
	  1, cmd_graph },
	{ "priv show", "VM ENDPOINT", "say what a process may do", OPT_JSON, 2,
	  2, cmd_priv_show },
	{ "priv set", "VM ENDPOINT", "change what a process may do", OPT_RIGHTS,
	  2, 2, cmd_priv_set },
	{ "send", "VM DST TEXT", "send a message",
	  OPT_TIMEOUT | OPT_BIND | OPT_TYPE, 3, 3, cmd_send },
	{ "recv", "VM [SRC]", "wait for a message and print it", WAITS, 1, 2,
	  cmd_recv },
	{ "call", "VM DST TEXT", "send a request and print the answer",
	  WAITS | OPT_TYPE, 3, 3, cmd_call },
	{ "serve", "VM P_NR [-- COMMAND...]", "answer requests",
	  OPT_JSON | OPT_TIMEOUT | OPT_COUNT | OPT_COMMAND, 2, 2, cmd_serve },
	{ "run", "VM PROGRAM [ARG...]", "run a program as a process of a VM",
	  OPT_PROGRAM, 1, 1, cmd_run },
	{ "trace", "[ENDPOINT...]", "print calls as they end",
	  OPT_JSON | OPT_COUNT | OPT_TRACE, 0, 3, cmd_trace },
	{ "top", "[VM]", "show rates of messages and copies, again and again",
	  OPT_JSON | OPT_COUNT | OPT_TOP, 0, 1, cmd_top },
	{ "notify", "VM DST", "send a notification", OPT_BIND, 2, 2,
	  cmd_notify },
	{ "check-config", "[FILE]", "check the configuration and print it",
	  OPT_JSON | OPT_CONFIG, 0, 1, cmd_check_config },
	{ "corosync-conf", "", "print what Corosync is to be told", OPT_CONFIG,
	  0, 0, cmd_corosync_conf },
	{ "keygen", "", "make the pair of keys of a node",
	  OPT_JSON | OPT_SECRET, 0, 0, cmd_keygen },
};

/* Other names; those of groups stand for what one wants most often. */
static const struct {
	const char *name;
	const char *command;
} command_aliases[] = {
	{ "node", "node show" }, { "vm", "vm list" },
	{ "proc", "proc list" }, { "proxy", "proxy list" },
	{ "name", "name list" },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(command_table); i++)
		if (!strcmp(command_table[i].name, name))
			return &command_table[i];
	return NULL;
}

static bool is_group(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(command_table); i++) {
		size_t length = strcspn(command_table[i].name, " ");

		if (command_table[i].name[length] && strlen(word) == length &&
		    !memcmp(command_table[i].name, word, length))
			return true;
	}
	return false;
}

/* The commands of a group, all of them without one */
static void print_commands(FILE *f, const char *group)
{
	size_t length = group ? strlen(group) : 0;
	char left[64];

	fprintf(f, "usage: m3ipc %s%sCOMMAND [OPTION...] [OPERAND...]\n\n",
		group ? group : "", group ? " " : "");
	for (size_t i = 0; i < ARRAY_SIZE(command_table); i++) {
		const struct command *c = &command_table[i];

		if (group &&
		    (strncmp(c->name, group, length) || c->name[length] != ' '))
			continue;
		snprintf(left, sizeof(left), "%s %s", c->name, c->operands);
		fprintf(f, "  %-32s %s\n", left, c->summary);
	}
	fputs("\n'm3ipc COMMAND --help' says more; m3ipc(1) says all.\n", f);
}

static void print_help(const struct command *command)
{
	const char *right;
	char left[40];

	printf("usage: m3ipc %s [OPTION...]%s%s\n\n%s\n\n", command->name,
	       *command->operands ? " " : "", command->operands,
	       command->summary);
	for (int i = 0;
	     args_option_help(command->options, i, left, sizeof(left), &right);
	     i++)
		printf("  %-22s %s\n", left, right);
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct args args;

	if (args_parse(&args, command, argc, argv))
		return say_usage(&args, "%s", args.error);
	if (args.help) {
		print_help(command);
		return EXIT_SUCCESS;
	}
	return command->run(&args);
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

static const struct command *find_alias(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(command_aliases); i++)
		if (!strcmp(command_aliases[i].name, name))
			return find_command(command_aliases[i].command);
	return NULL;
}

static int unknown_command(const char *name, const char *group)
{
	fprintf(stderr, "m3ipc: %s: no such command\n", name);
	fprintf(stderr, "Try 'm3ipc %s%s--help'.\n", group ? group : "",
		group ? " " : "");
	return EXIT_USAGE;
}

/* "vm list ..." */
static int run_of_group(int argc, char **argv)
{
	const struct command *command;
	char name[64];

	snprintf(name, sizeof(name), "%s %s", argv[1], argv[2]);
	command = find_command(name);
	return command ? run_command(command, argc - 2, argv + 2) :
			 unknown_command(name, argv[1]);
}

static int run_words(int argc, char **argv)
{
	const struct command *command = find_command(argv[1]);

	if (is_group(argv[1]) && argc > 2) {
		if (argv[2][0] != '-')
			return run_of_group(argc, argv);
		if (is_help(argv[2])) {
			print_commands(stdout, argv[1]);
			return EXIT_SUCCESS;
		}
	}
	if (!command)
		command = find_alias(argv[1]);
	return command ? run_command(command, argc - 1, argv + 1) :
			 unknown_command(argv[1], NULL);
}

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	/* Being unbound by others and a closed pipe are errors to report. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		print_commands(stderr, NULL);
		return EXIT_USAGE;
	}
	if (is_help(argv[1]) || !strcmp(argv[1], "help"))
		print_commands(stdout, NULL);
	else if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		puts("m3ipc " M3IPC_VERSION);
	else
		status = run_words(argc, argv);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "m3ipc: stdout: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	return status;
}
