// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The forms of wait.  Linux says what there is of which child, without taking
 * it; then it is taken, at PM and of Linux:
 *
 *	an end, PM knows	PM is asked for that child, and has it go
 *	an end, PM does not	the child is in no VM, or has ended for PM when
 *				it lost its endpoint, or nobody was to wait for
 *				it: Linux's alone
 *	a stop, a continuation	Linux's alone
 *	nothing is there	another thread or a handler has taken it: looked
 *				again
 *
 * The status is Linux's, also of one that had left its VM before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>

#include <mol/mol.h>

#include "../mol/internal.h"
#include "linux.h"
#include "posix.h"

/* What comes with waitpid() and is none of its own options */
#define CLONE_OPTIONS (__WALL | __WCLONE | __WNOTHREAD)

/* One takes at a time, with signals blocked. */
static pthread_mutex_t wait_lock = PTHREAD_MUTEX_INITIALIZER;

void wait_begin(void)
{
	pthread_mutex_init(&wait_lock, NULL);
}

static bool event_is_end(const siginfo_t *info)
{
	return info->si_code == CLD_EXITED || info->si_code == CLD_KILLED ||
	       info->si_code == CLD_DUMPED;
}

static bool event_take_linux(const siginfo_t *event)
{
	const int what = event_is_end(event)             ? WEXITED :
			 event->si_code == CLD_CONTINUED ? WCONTINUED :
							   WSTOPPED;
	siginfo_t info = { .si_pid = 0 };

	return !linux_waitid(P_PID, (id_t)event->si_pid, &info,
			     what | WNOHANG) &&
	       info.si_pid;
}

/* Its pid, or 0: it is not there any more. */
static pid_t event_take_locked(const siginfo_t *event)
{
	const pid_t pid = mol_children_pid(event->si_pid);

	if (!pid)
		return event_take_linux(event) ? event->si_pid : 0;
	if (!event_is_end(event))
		return event_take_linux(event) ? pid : 0;
	if (mol_waitpid(pid, NULL, WNOHANG) == pid)
		return pid;
	if (!event_take_linux(event))
		return 0;
	mol_children_reap(pid);
	return pid;
}

static pid_t event_take(const siginfo_t *event)
{
	const int error = errno;
	sigset_t all, mask;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &mask);
	pthread_mutex_lock(&wait_lock);
	pid = event_take_locked(event);
	pthread_mutex_unlock(&wait_lock);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	errno = error;
	return pid;
}

/* A child that is in no VM has Linux's. */
static pid_t pid_of(pid_t linux_pid)
{
	const pid_t pid = mol_children_pid(linux_pid);

	return pid ? pid : linux_pid;
}

/* As waitid(), with ids of Linux, but for the pid that it finds */
static int wait_any(idtype_t type, id_t id, siginfo_t *info, int options,
		    struct rusage *usage)
{
	pid_t pid;

	do {
		memset(info, 0, sizeof(*info));
		if (linux_waitid_usage(type, id, info, options | WNOWAIT,
				       usage))
			return -1;
		if (!info->si_pid)
			return 0;
		pid = (options & WNOWAIT) ? pid_of(info->si_pid) :
					    event_take(info);
	} while (!pid);
	info->si_pid = pid;
	return 0;
}

/* Linux's number of a child; a number that no child has is one of Linux's. */
static pid_t child_to_linux(pid_t pid)
{
	const pid_t linux_pid = mol_children_linux(pid);

	if (linux_pid)
		return linux_pid;
	return mol_children_pid(pid) ? 0 : pid;
}

/* Whom waitpid(pid) is for; false: nobody */
static bool target_find(pid_t pid, idtype_t *type, id_t *id)
{
	pid_t linux_pid = 0;

	*type = pid == -1 ? P_ALL : pid > 0 ? P_PID : P_PGID;
	if (pid > 0)
		linux_pid = child_to_linux(pid);
	else if (!pid)
		linux_pid = linux_getpgid(0);
	else if (pid < -1 && pid != INT_MIN)
		linux_pid = group_to_linux(-pid);
	*id = (id_t)linux_pid;
	if (pid == -1 || linux_pid)
		return true;
	errno = ECHILD;
	return false;
}

static int event_status(const siginfo_t *info)
{
	switch (info->si_code) {
	case CLD_EXITED:
		return W_EXITCODE(info->si_status & 0xff, 0);
	case CLD_KILLED:
		return info->si_status;
	case CLD_DUMPED:
		return info->si_status | WCOREFLAG;
	case CLD_CONTINUED:
		return __W_CONTINUED;
	default:
		return W_STOPCODE(info->si_status);
	}
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	const int allowed = WNOHANG | WUNTRACED | WCONTINUED | CLONE_OPTIONS;
	siginfo_t info;
	idtype_t type;
	id_t id;

	if (options & ~allowed) {
		errno = EINVAL;
		return -1;
	}
	if (!target_find(pid, &type, &id) ||
	    wait_any(type, id, &info, options | WEXITED, usage))
		return -1;
	if (info.si_pid && status)
		*status = event_status(&info);
	return info.si_pid;
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
	return wait4(-1, status, options, usage);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}

/* A number that makes no sense is for Linux to refuse. */
int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	siginfo_t own;

	if ((type == P_PID && (pid_t)id > 0 &&
	     !target_find((pid_t)id, &type, &id)) ||
	    (type == P_PGID && (pid_t)id > 1 &&
	     !target_find(-(pid_t)id, &type, &id)))
		return -1;
	return wait_any(type, id, info ? info : &own, options, NULL);
}
