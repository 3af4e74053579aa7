// SPDX-License-Identifier: LGPL-2.1-or-later
/* Signals: PM knows whom one is for, Linux has handlers and masks. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <mol/mol.h>

#include "../mol/internal.h"
#include "linux.h"
#include "posix.h"

/*
 * The VM has ended: what is known of it is here.  A number that is not may be
 * anybody's in Linux by now, and -1 is.
 */
static int left_kill(pid_t pid, int sig)
{
	pid_t linux_pid = 0;

	if (!pid)
		return linux_kill(0, sig);
	if (pid > 0)
		linux_pid = self_to_linux(pid);
	else if (pid < -1)
		linux_pid = -group_to_linux(-pid);
	if (linux_pid)
		return linux_kill(linux_pid, sig);
	errno = ESRCH;
	return -1;
}

int kill(pid_t pid, int sig)
{
	if (self_in_vm())
		return mol_kill(pid, sig);
	return self_pid() ? left_kill(pid, sig) : linux_kill(pid, sig);
}

int killpg(pid_t group, int sig)
{
	if (group >= 0)
		return kill(-group, sig);
	errno = EINVAL;
	return -1;
}

/* Only to processes of this node: PM passes no values on. */
int sigqueue(pid_t pid, int sig, const union sigval value)
{
	const pid_t linux_pid = self_pid() ? self_to_linux(pid) : pid;

	if (linux_pid)
		return linux_sigqueue(linux_pid, sig, value);
	errno = ESRCH;
	return -1;
}

int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	return self_in_vm() ? mol_sigaction(sig, act, old) :
			      linux_sigaction(sig, act, old);
}

/* SIGCHLD is that which PM hears of. */
sighandler_t signal(int sig, sighandler_t handler)
{
	const struct sigaction act = { .sa_handler = handler,
				       .sa_flags = SA_RESTART };
	struct sigaction old;

	if (sig != SIGCHLD)
		return linux_signal(sig, handler);
	return sigaction(sig, &act, &old) ? SIG_ERR : old.sa_handler;
}

unsigned int alarm(unsigned int seconds)
{
	return self_in_vm() ? mol_alarm(seconds) : linux_alarm(seconds);
}
