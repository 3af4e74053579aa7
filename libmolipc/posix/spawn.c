// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * posix_spawn(): a fork and an exec.  The child says by a pipe that it has
 * failed; an exec closes that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actions.h"
#include "posix.h"

#define HIGH_FD 200 /* that none of the actions is about, one hopes */

struct spawn {
	const char *file;
	bool by_name;
	const posix_spawn_file_actions_t *actions; /* or NULL */
	const posix_spawnattr_t *attributes;       /* or NULL */
	char *const *argv;
	char *const *envp;
	sigset_t mask; /* of the caller */
};

/* What is caught would be so by the parent's handlers. */
static void signals_reset(const sigset_t *wanted)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	struct sigaction act;

	for (int sig = 1; sig < NSIG; sig++) {
		if (sigaction(sig, NULL, &act) || act.sa_handler == SIG_DFL)
			continue;
		if (act.sa_handler != SIG_IGN ||
		    (wanted && sigismember(wanted, sig)))
			sigaction(sig, &usual, NULL);
	}
}

static int scheduler_set(const posix_spawnattr_t *a, short flags)
{
	struct sched_param param;
	int policy;

	posix_spawnattr_getschedparam(a, &param);
	posix_spawnattr_getschedpolicy(a, &policy);
	if (flags & POSIX_SPAWN_SETSCHEDULER)
		return sched_setscheduler(0, policy, &param);
	if (flags & POSIX_SPAWN_SETSCHEDPARAM)
		return sched_setparam(0, &param);
	return 0;
}

static int attributes_apply(const posix_spawnattr_t *a, sigset_t *mask)
{
	sigset_t usual;
	pid_t group;
	short flags;

	posix_spawnattr_getflags(a, &flags);
	posix_spawnattr_getpgroup(a, &group);
	posix_spawnattr_getsigdefault(a, &usual);
	signals_reset((flags & POSIX_SPAWN_SETSIGDEF) ? &usual : NULL);
	if (flags & POSIX_SPAWN_SETSIGMASK)
		posix_spawnattr_getsigmask(a, mask);
	if (scheduler_set(a, flags) ||
	    (flags & POSIX_SPAWN_SETSID && setsid() < 0) ||
	    (flags & POSIX_SPAWN_SETPGROUP && setpgid(0, group)))
		return -1;
	if (flags & POSIX_SPAWN_RESETIDS)
		return setegid(getgid()) || seteuid(getuid()) ? -1 : 0;
	return 0;
}

/* Returns if it has failed. */
static void spawned_run(struct spawn *s)
{
	if (!s->attributes)
		signals_reset(NULL);
	else if (attributes_apply(s->attributes, &s->mask))
		return;
	if (s->actions && actions_run(s->actions))
		return;
	pthread_sigmask(SIG_SETMASK, &s->mask, NULL);
	if (s->by_name)
		execvpe(s->file, s->argv, s->envp);
	else
		execve(s->file, s->argv, s->envp);
}

static void spawned_begin(struct spawn *s, int fd)
{
	const int high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);
	ssize_t written;

	spawned_run(s);
	written = write(high < 0 ? fd : high, &errno, sizeof(errno));
	_exit(written < 0 ? 126 : 127);
}

/* 0, or the error that the child has ended with */
static int spawned_hear(pid_t pid, int fd)
{
	int error = 0;
	ssize_t size;

	do {
		size = read(fd, &error, sizeof(error));
	} while (size < 0 && errno == EINTR);
	if (size != sizeof(error))
		return 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return error;
}

static int spawn_blocked(struct spawn *s, pid_t *child)
{
	int fd[2], rc;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		return errno;
	pid = fork();
	if (!pid)
		spawned_begin(s, fd[1]);
	rc = pid < 0 ? errno : 0;
	close(fd[1]);
	if (!rc)
		rc = spawned_hear(pid, fd[0]);
	close(fd[0]);
	if (!rc && child)
		*child = pid;
	return rc;
}

static int spawn_run(struct spawn *s, pid_t *child)
{
	const int saved = errno;
	sigset_t all;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &s->mask);
	rc = spawn_blocked(s, child);
	pthread_sigmask(SIG_SETMASK, &s->mask, NULL);
	errno = saved;
	return rc;
}

int posix_spawn(pid_t *pid, const char *path,
		const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attributes, char *const argv[],
		char *const envp[])
{
	struct spawn s = { .file = path,
			   .actions = actions,
			   .attributes = attributes,
			   .argv = argv,
			   .envp = envp };

	return spawn_run(&s, pid);
}

int posix_spawnp(pid_t *pid, const char *file,
		 const posix_spawn_file_actions_t *actions,
		 const posix_spawnattr_t *attributes, char *const argv[],
		 char *const envp[])
{
	struct spawn s = { .file = file,
			   .by_name = true,
			   .actions = actions,
			   .attributes = attributes,
			   .argv = argv,
			   .envp = envp };

	return spawn_run(&s, pid);
}
