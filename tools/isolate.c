// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	stand-in	first		program
 *
 *	unshare, fork	mounts, fork	goes on
 *	passes signals	passes them
 *	on, waits	on, reaps; says
 *			its status, and
 *			ends, and with it
 *			all that is left
 *	ends alike
 *
 * Who is first in a pid namespace gets no signals that he has not asked for,
 * so that a program should not be it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "isolate.h"
#include "say.h"
#include "stand_in.h"

/* Of the stand-in the first one, of that the program */
static pid_t child;

static void pass_on(int signal)
{
	const int error = errno;

	if (child)
		kill(child, signal);
	errno = error;
}

/* The child's status; of the others it is only heard. */
static int child_wait(void)
{
	int status = 0;
	pid_t pid;

	do
		pid = wait(&status);
	while (pid != child && (pid >= 0 || errno == EINTR));
	return status;
}

static bool mounts_make(void)
{
	return !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		      NULL);
}

/* Comes back as the program. */
static int first_run(const struct args *args, int to)
{
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!mounts_make())
		return say_error(args, "--isolate: mounts: %s",
				 strerror(errno));
	stand_in_signals(pass_on);
	child = fork();
	if (!child)
		return 0;
	if (child < 0)
		return say_error(args, "fork: %s", strerror(errno));
	status = child_wait();
	if (write(to, &status, sizeof(status)) != sizeof(status))
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

/* If the first one has said nothing it has said why. */
static int stand_in_run(int from)
{
	const int first = child_wait();
	int status;

	if (read(from, &status, sizeof(status)) != sizeof(status))
		status = first;
	return stand_in_end(status);
}

int isolate(const struct args *args)
{
	int to_stand_in[2];

	if (pipe2(to_stand_in, O_CLOEXEC))
		return say_error(args, "%s", strerror(errno));
	if (unshare(CLONE_NEWPID | CLONE_NEWNS))
		return say_error(args, "--isolate: %s", strerror(errno));
	stand_in_signals(pass_on);
	child = fork();
	if (child < 0)
		return say_error(args, "fork: %s", strerror(errno));
	if (!child) {
		close(to_stand_in[0]);
		return first_run(args, to_stand_in[1]);
	}
	close(to_stand_in[1]);
	exit(stand_in_run(to_stand_in[0]));
}
