// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fork():
 *
 *	parent			child
 *
 *	Linux's fork
 *	SYSTASK binds it	waits for that; ends with its parent
 *	PM enters it		waits for its parent's word
 *	FS does, if it knows	waits for its parent's word
 *	the parent
 *	the word, and goes on	goes on
 *
 * So whatever the child does, PM knows it by then.  If its parent ends before
 * the word, PM has entered the child or has not, and the child asks which.
 * Signals are blocked meanwhile, in both.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mol/mol.h>
#include <molipc/fs.h>
#include <molipc/sys.h>

#include "internal.h"

static bool child_is_known(void)
{
	message m;

	com_put(&m, &((pm_ids_t){ .pid = 0 }));
	return !mol_ask(PM_GETPID, &m);
}

static void child_begin(pid_t linux_parent, int parent)
{
	message m;

	mol_children_forget();
	mol_wait_begin();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != linux_parent || mnx_bind_failed(mnx_wait4bind()))
		_exit(EXIT_FAILURE);
	prctl(PR_SET_PDEATHSIG, 0);
	if (mnx_receive(parent, &m) && !child_is_known())
		_exit(EXIT_FAILURE);
}

/*
 * What the program that called exec had open, this one may have; if it has not,
 * it is the last time that FS is asked.  It may not be allowed to ask.
 */
static int child_files_perhaps(message *m)
{
	fs_fork_t answer;

	if (mol_ask_fs_once(FS_FORK, m))
		return errno == ENOTCONN || errno == EPERM ? 0 : -1;
	com_get(m, &answer);
	if (!answer.has)
		mol_files_none();
	return 0;
}

/* It has its parent's files; who has none, or no FS any more, has no more. */
static int child_files(int endpoint)
{
	message m;

	com_put(&m, &((fs_fork_t){ .endpoint = endpoint }));
	switch (mol_files()) {
	case MOL_FILES_UNKNOWN:
		return child_files_perhaps(&m);
	case MOL_FILES_SOME:
		return mol_ask_fs(FS_FORK, &m) && errno != ENOTCONN ? -1 : 0;
	default:
		return 0;
	}
}

/* The pid of a child that is bound and entered, or -1 and errno */
static pid_t child_enter(pid_t linux_pid)
{
	pm_fork_t arg = { .endpoint = sys_fork(linux_pid) };
	message m;

	if (mnx_bind_failed(arg.endpoint))
		return mol_result(MNX_ERR(arg.endpoint));
	com_put(&m, &arg);
	if (mol_ask(PM_FORK, &m))
		return -1;
	com_get(&m, &arg);
	if (child_files(arg.endpoint))
		return -1;
	if (mol_children_add(arg.pid, linux_pid)) {
		errno = ENOMEM;
		return -1;
	}
	/* Who has been killed meanwhile is a child that has ended. */
	mnx_send(arg.endpoint, &m);
	return arg.pid;
}

static void child_end(pid_t linux_pid)
{
	const int error = errno;

	kill(linux_pid, SIGKILL);
	waitpid(linux_pid, NULL, 0);
	errno = error;
}

static pid_t fork_blocked(void)
{
	const pid_t self = getpid();
	const int parent = mnx_getep(self);
	pid_t linux_pid, pid;

	if (mnx_bind_failed(parent))
		return mol_result(MNX_ERR(parent));
	linux_pid = fork();
	if (!linux_pid)
		child_begin(self, parent);
	if (linux_pid <= 0)
		return linux_pid;
	pid = child_enter(linux_pid);
	if (pid < 0)
		child_end(linux_pid);
	return pid;
}

pid_t mol_fork(void)
{
	sigset_t all, mask;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	pid = fork_blocked();
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return pid;
}
