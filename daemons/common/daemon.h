/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all daemons do alike: how they are called, which signals they take,
 * which rights they keep, and with what status they end.
 *
 *	NAME [-c FILE] [-tv] [own options] [operands]
 *	NAME -h
 *
 * They stay in the foreground, log to stderr (log.h), and tell systemd by
 * sd_notify() when they are ready.
 */
#ifndef COMMON_DAEMON_H
#define COMMON_DAEMON_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Beside EXIT_SUCCESS, told to end, and EXIT_FAILURE */
enum daemon_exit {
	DAEMON_USAGE = 2, /* bad arguments */
	DAEMON_ENDED = 3, /* what it is for has ended: the node, its VM */
};

struct daemon {
	/* What the usage has: the command line, and lines that end so */
	const char *synopsis;
	const char *about;
	const char *options; /* on those of its own; or "" */
	const char *letters; /* these, as getopt() takes them; or "" */

	/* What it was called with */
	const char *path; /* of the configuration */
	bool check;       /* that, and leave */
	int own;          /* option, if one was; a server has one at most */
};

/*
 * The next option that is the program's own, its value being in "optarg", or
 * -1: there are no more, and operands begin at "optind".  Who does not know an
 * option, or asks for help, does not come back.
 */
int daemon_option(struct daemon *d, int argc, char **argv);

/* The arguments do not make sense: the usage, and the end */
void daemon_misused(const struct daemon *d) __attribute__((noreturn));

/*
 * These signals are blocked from now on, also in threads that are started
 * later: the caller takes them from a descriptor.  SIGPIPE is how the driver
 * tells that a binding has ended; it is ignored, as the next call says so, too.
 */
sigset_t daemon_take_signals(const int *signals, size_t nr);

#define CAP_BIT(cap) (UINT64_C(1) << (cap))

/*
 * Gives up all capabilities but these, as far as there are any, and
 * CAP_DAC_READ_SEARCH: a configuration that could be read can be read again.
 * No exec gives more.  To be called before there are threads; false: it was
 * logged why not.
 */
bool daemon_keep_capabilities(uint64_t caps);
/* The same of who starts others: an exec gives what it gives. */
bool daemon_hold_capabilities(uint64_t caps);

#endif /* COMMON_DAEMON_H */
