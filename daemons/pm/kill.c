// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>

#include "kill.h"

bool kill_may(const struct mproc *from, const struct mproc *to, int signal)
{
	return !from->uid || from->uid == to->uid || from->uid == PROC_NO_ID ||
	       to->uid == PROC_NO_ID ||
	       (signal == SIGCONT && from->session == to->session);
}

/* Is it one of those whom kill(pid) of "from" names, by a group or all? */
static bool is_named(const struct mproc *from, const struct mproc *to, int pid)
{
	if (pid == -1)
		return to != from && _ENDPOINT_G(to->endpoint);
	/* The sum, as there is a negative number that has no positive one */
	return pid ? pid + to->group == 0 : to->group == from->group;
}

/* A zombie is there, and takes no harm.  "rc" is that of those before it. */
static int kill_next(const struct mproc *from, struct mproc *to, int signal,
		     int rc)
{
	if (!kill_may(from, to, signal))
		return rc ? -EPERM : 0;
	if (to->state != MPROC_ZOMBIE)
		kill_one(from, to, signal);
	return 0;
}

int kill_all(struct mprocs *t, const struct mproc *from, int pid, int signal)
{
	struct mproc *to = mproc_by_pid(t, pid);
	int rc = -ESRCH;

	if (signal < 0 || signal > KILL_SIGNALS)
		return -EINVAL;
	if (pid > 0)
		return to ? kill_next(from, to, signal, rc) : rc;
	for (int i = 0; i < MPROC_MAX; i++) {
		to = &t->proc[i];
		if (to->state != MPROC_FREE && to->state != MPROC_TAKEN &&
		    is_named(from, to, pid))
			rc = kill_next(from, to, signal, rc);
	}
	return rc;
}
