// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * wait(): PM knows.  But Linux tells a parent of its child's end before PM has
 * heard of it: who does not want to wait, as in a handler of SIGCHLD, waits for
 * a child that has ended for Linux, which is until PM hears of that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include <mol/mol.h>

#include "internal.h"

/* Of answers of PM that have come; see pm.h */
static uint32_t nr_answers;

void mol_wait_begin(void)
{
	nr_answers = 0;
}

static pid_t wait_take(const message *m, int *status)
{
	pm_wait_t arg;

	com_get(m, &arg);
	if (!arg.pid)
		return 0;
	nr_answers = arg.answers;
	if (status)
		*status = arg.status;
	if (!WIFSTOPPED(arg.status))
		mol_children_reap(arg.pid);
	return arg.pid;
}

/*
 * A handler that waits, too, after the answer has come and before it is noted,
 * says that it has not: then it gets what this one had.
 */
static pid_t wait_ask(int (*ask)(int type, message *m), pid_t pid, int *status,
		      int options)
{
	static volatile uint32_t nr_asked;
	pid_t found = -1;
	sigset_t all, mask;
	uint32_t asked;
	bool noted;
	message m;

	sigfillset(&all);
	do {
		com_put(&m, &((pm_wait_t){ .pid = pid,
					   .options = options,
					   .answers = nr_answers }));
		asked = ++nr_asked;
		if (ask(PM_WAITPID, &m))
			return -1;
		pthread_sigmask(SIG_SETMASK, &all, &mask);
		noted = asked == nr_asked;
		if (noted)
			found = wait_take(&m, status);
		pthread_sigmask(SIG_SETMASK, &mask, NULL);
	} while (!noted);
	return found;
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

/*
 * A signal may have ended the call just before the answer came, and so may the
 * next one.  What is there is taken now, or that would have no end.
 */
static pid_t wait_long(pid_t pid, int *status, int options)
{
	pid_t found = wait_ask(mol_ask_long, pid, status, options);

	if (found >= 0 || errno != EINTR)
		return found;
	found = wait_ask(mol_ask, pid, status, options | WNOHANG);
	if (found)
		return found;
	errno = EINTR;
	return -1;
}

static pid_t wait_short(pid_t pid, int *status, int options)
{
	const int error = errno;
	pid_t found = wait_ask(mol_ask, pid, status, options);

	if (found)
		return found;
	found = wait_for_ended(pid, status, options);
	errno = error;
	return found;
}

pid_t mol_waitpid(pid_t pid, int *status, int options)
{
	const pid_t found = (options & WNOHANG) ?
				    wait_short(pid, status, options) :
				    wait_long(pid, status, options);

	if (found < 0 && errno == ECHILD && pid == -1)
		mol_children_reap_all();
	return found;
}

pid_t mol_wait(int *status)
{
	return mol_waitpid(-1, status, 0);
}
