/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon that is a process in the background, for where systemd does not
 * start it.  It is looked for beside this program, as both are installed or
 * built, and then by PATH.
 */
#ifndef TOOLS_PROGRAM_H
#define TOOLS_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

#include "args.h"

struct program {
	const char *about; /* what its failures are said to be about */
	const char *built; /* where it is built, from the top of the source */
	const char *log;   /* its log is /run/m3ipc/LOG-NETNS[-PART].log */
	const char *part;  /* or NULL */
	const char *const *argv; /* with its name */
};

/*
 * Starts it, and waits until it says, as it would to systemd, that it is ready.
 * Else what it has logged is shown: 0 or EXIT_FAILURE.
 */
int program_start(const struct args *args, const struct program *program);

/*
 * A file that comes with this program: its path, from the folder that this
 * program is in, or the top of the source.  False: it is in neither.
 */
bool program_beside(const char *installed, const char *built, const char *name,
		    char path[PATH_MAX]);

#endif /* TOOLS_PROGRAM_H */
