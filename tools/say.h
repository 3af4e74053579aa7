/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What commands say on standard error when they cannot do their work, and the
 * exit status that this gives them.
 *
 * Each line begins with "m3ipc: COMMAND", and comes after all that the command
 * has printed before it.
 */
#ifndef TOOLS_SAY_H
#define TOOLS_SAY_H

#include <stdarg.h>

#include "common/util.h"
#include "args.h"
#include "explain.h"

#define EXIT_USAGE 2

/*
 * A call returned "code": "m3ipc: COMMAND WHAT: EMOL...: ...".  Returns
 * EXIT_FAILURE.
 */
int say_fail(const struct args *args, int code, const char *what, ...)
	PRINTF_LIKE(3, 4);

/*
 * The same, and what the code means for what the command has named (explain.h):
 * "... EMOL...: ...: ...".
 */
int say_fail_with(const struct args *args, int code,
		  const struct explain *about, const char *what, ...)
	PRINTF_LIKE(4, 5);

/* How a line begins: with the command and, after a gap, what it is about. */
void say_what(const struct args *args, const char *gap, const char *what,
	      va_list ap);

/* Something is wrong that has no code.  Returns EXIT_FAILURE. */
int say_error(const struct args *args, const char *what, ...) PRINTF_LIKE(2, 3);

/* The command line makes no sense.  Returns EXIT_USAGE. */
int say_usage(const struct args *args, const char *what, ...) PRINTF_LIKE(2, 3);

#endif /* TOOLS_SAY_H */
