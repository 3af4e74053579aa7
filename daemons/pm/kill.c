// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>

#include "kill.h"

bool kill_may(const struct mproc *from, const struct mproc *to, int signal)
{
	return !from->uid ||
	       (from->uid == to->uid && from->uid != PROC_NO_ID) ||
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

static bool is_there(const struct mproc *p)
{
	return p->state != MPROC_FREE && p->state != MPROC_TAKEN;
}

struct mproc *kill_named(struct mprocs *t, const struct mproc *from, int pid,
			 struct mproc *last)
{
	struct mproc *p;

	if (pid > 0)
		return last ? NULL : mproc_by_pid(t, pid);
	for (p = last ? last + 1 : t->proc; p < t->proc + MPROC_MAX; p++)
		if (is_there(p) && is_named(from, p, pid))
			return p;
	return NULL;
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
	struct mproc *to = NULL;
	int rc = -ESRCH;

	if (signal < 0 || signal > KILL_SIGNALS)
		return -EINVAL;
	while ((to = kill_named(t, from, pid, to)))
		rc = kill_next(from, to, signal, rc);
	return rc;
}
