/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command line says.
 *
 * Nothing here talks to the driver or prints: a unit test can link args.o
 * alone.  What is wrong is left as a sentence in args.error.
 */
#ifndef TOOLS_ARGS_H
#define TOOLS_ARGS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The options that a command takes, as a mask of these */
#define OPT_JSON    (1u << 0)
#define OPT_TIMEOUT (1u << 1)
#define OPT_BIND    (1u << 2)
#define OPT_TYPE    (1u << 3)
#define OPT_COUNT   (1u << 4)
#define OPT_ID      (1u << 5)
#define OPT_SIZES   (1u << 6)
#define OPT_COMMAND (1u << 7) /* "-- COMMAND..." may follow */
#define OPT_RIGHTS  (1u << 8)
#define OPT_TRACE   (1u << 9)
#define OPT_TOP     (1u << 10)
#define OPT_SECRET  (1u << 11)
#define OPT_CONFIG  (1u << 12)
#define OPT_REMOTE  (1u << 13)
#define OPT_LINKS   (1u << 14)
#define OPT_SYSTASK (1u << 15)
#define OPT_ALL     (1u << 16)
#define OPT_TREE    (1u << 17)
#define OPT_SIGNAL  (1u << 18) /* "-9" and "-HUP" may come first */
#define OPT_PROGRAM (1u << 19) /* PROGRAM and what follows it is its own */
#define OPT_PID     (1u << 20)
#define OPT_LIVE    (1u << 21)

#define ARGS_MAX_OPERANDS 8

#define SLOT_NOT_GIVEN INT_MIN

struct args;

struct command {
	const char *name;     /* one or two words */
	const char *operands; /* as the synopsis shows them */
	const char *summary;
	unsigned int options; /* OPT_* */
	int min_operands;
	int max_operands;
	int (*run)(const struct args *args);
};

struct args {
	const struct command *command;
	bool help;
	bool json;
	long timeout; /* ms, or TIMEOUT_FOREVER */
	int slot;     /* to bind to, or SLOT_NOT_GIVEN */
	int type;     /* m_type of a message */
	long count;   /* requests to serve, lines, tables; 0: no end */
	long delay;   /* ms between two tables */
	bool by_bytes;
	bool no_links; /* the node and its VMs alone */
	bool systasks; /* their system tasks alone */
	bool all;      /* of all nodes of the VM */
	bool tree;     /* of processes */
	int id;        /* of a VM; -1: the first free one */
	int procs;     /* sizes of a VM; 0: those of the node */
	int tasks;
	int sysprocs;
	long buffer;       /* KB for each CPU; 0: as is usual */
	int level;         /* of privileges; -1: as it is */
	const char *traps; /* these as they are given; NULL: not given */
	const char *to;
	const char *from;
	const char *warn;
	const char *event;  /* a list, or NULL: calls */
	const char *signal; /* a name or a number, or NULL */
	const char *secret; /* a file, or NULL */
	bool public;        /* of the secret key that is there */
	const char *config; /* likewise */
	const char *node;   /* of a process of another node, or NULL */
	const char *name;   /* and its name */
	int nr_operands;
	char *operand[ARGS_MAX_OPERANDS];
	bool posix;
	bool fs;              /* the program is one of the VM's files */
	const char *endpoint; /* a slot, or NULL */
	int pid;              /* or 0 */
	bool live;            /* the process itself moves */
	bool isolate;
	char **program; /* what OPT_COMMAND or OPT_PROGRAM has, or NULL */
	char error[160];
};

/*
 * Reads argv[1...] for a command.  Options and operands may be mixed; what
 * looks like a negative number is an operand.  Returns 0, or -1 and
 * args->error.
 */
int args_parse(struct args *args, const struct command *command, int argc,
	       char **argv);

/*
 * The i-th option of the mask "options" as a line of help: "-t, --timeout=MS"
 * and what it does.  Returns false after the last.
 */
bool args_option_help(unsigned int options, int i, char *left, size_t size,
		      const char **right);

/* A whole decimal or 0x number from min to max; returns 0 or -1. */
int args_number(const char *text, long min, long max, long *number);

/* A VM as the user names it: true and the number, or false for a name */
bool args_vm_is_number(const char *text, int *vmid);

/* A signal: its number, or its name, with or without SIG; returns 0 or -1. */
int args_signal(const char *text, int *signal);

enum args_peer {
	PEER_INVALID,
	PEER_ENDPOINT, /* a number, a name (pm, system ...), any */
	PEER_SLOT,     /* @P_NR: whoever is bound there now */
};

/* Sorts out a DST or SRC operand. */
enum args_peer args_peer(const char *text, int *number);

/* Could processes publish it? */
bool args_is_name(const char *text);

/* The name of a system endpoint ("pm"), or NULL */
const char *args_peer_name(int endpoint);

#endif /* TOOLS_ARGS_H */
