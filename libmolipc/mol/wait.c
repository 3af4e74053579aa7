// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * wait(): PM knows.  But Linux tells a parent of its child's end before PM has
 * heard of it: who does not want to wait, as in a handler of SIGCHLD, waits for
 * a child that has ended for Linux, which is until PM hears of that.
 */
#include <errno.h>
#include <stddef.h>

#include <mol/mol.h>

#include "internal.h"

static pid_t wait_ask(int (*ask)(int type, message *m), pid_t pid, int *status,
		      int options)
{
	const pm_wait_t request = { .pid = pid, .options = options };
	pm_wait_t arg;
	message m;

	com_put(&m, &request);
	if (ask(PM_WAITPID, &m))
		return -1;
	com_get(&m, &arg);
	if (arg.pid && status)
		*status = arg.status;
	if (arg.pid && !WIFSTOPPED(arg.status))
		mol_children_reap(arg.pid);
	return arg.pid;
}

/* Does waitpid(pid) wait for that child? */
static bool is_meant(pid_t pid, pid_t child)
{
	if (pid > 0)
		return pid == child;
	if (pid == -1)
		return true;
	return mol_getpgid(child) == (pid ? -pid : mol_getpgrp());
}

static pid_t wait_for_ended(pid_t pid, int *status, int options)
{
	size_t nr = 0;
	pid_t child, found;

	while ((child = mol_children_ended(&nr))) {
		if (!is_meant(pid, child))
			continue;
		found = wait_ask(mol_ask, child, status, options & ~WNOHANG);
		if (found > 0)
			return found;
	}
	return 0;
}

pid_t mol_waitpid(pid_t pid, int *status, int options)
{
	const int error = errno;
	pid_t found = wait_ask((options & WNOHANG) ? mol_ask : mol_ask_long,
			       pid, status, options);

	if (!found) {
		found = wait_for_ended(pid, status, options);
		errno = error;
	}
	if (found < 0 && errno == ECHILD && pid == -1)
		mol_children_reap_all();
	return found;
}

pid_t mol_wait(int *status)
{
	return mol_waitpid(-1, status, 0);
}
