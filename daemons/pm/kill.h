/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kill(): whom a signal is for, and who may send it.  What it does to them is
 * Linux's: their masks and handlers are the kernel's, not PM's.
 */
#ifndef PM_KILL_H
#define PM_KILL_H

#include "mproc.h"

#define KILL_SIGNALS 64 /* 1 ... so many */

/*
 * May it, as POSIX says by the ids that the kernel has: a user signals its own
 * processes, root all, and who is in the same session may continue others.  Who
 * is nobody's, as far as is known, has no rights, and is for root alone.
 */
bool kill_may(const struct mproc *from, const struct mproc *to, int signal);

/* Whom kill(pid) of "from" names: who comes after "last", or first; or NULL */
struct mproc *kill_named(struct mprocs *t, const struct mproc *from, int pid,
			 struct mproc *last);

/*
 * kill(pid, signal) of "from": kill_one() is called with each process that gets
 * it.  -1 is all but itself and the system processes.
 *
 *	-EINVAL		no such signal
 *	-ESRCH		nobody is named so
 *	-EPERM		it may not signal any of them
 */
int kill_all(struct mprocs *t, const struct mproc *from, int pid, int signal);

/*
 * Told to who links this; signal 0 does nothing.  Nobody comes into the table
 * or leaves it by that.
 */
void kill_one(const struct mproc *from, struct mproc *to, int signal);

#endif /* PM_KILL_H */
