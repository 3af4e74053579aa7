// SPDX-License-Identifier: GPL-2.0-or-later
/* fork, exec, exit, and who is whose parent */
#include "posix.h"

static struct channel channel;

static int say_ids(int arg)
{
	(void)arg;
	channel_say(&channel, getpid());
	channel_say(&channel, getppid());
	return 0;
}

static void pids_of_a_fork(void)
{
	pid_t pid;

	channel = channel_new();
	pid = child_new(say_ids, 0);
	CHECK(pid > 1 && pid != getpid());
	CHECK(channel_hear(&channel) == pid);
	CHECK(channel_hear(&channel) == getpid());
	CHECK(child_wait(pid) == 0);
}

static int ends_with(int arg)
{
	return arg;
}

static void statuses(void)
{
	static const int values[] = { 0, 1, 42, 255, 256 + 7, -1 };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		int status = child_wait(child_new(ends_with, values[i]));

		CHECK(WIFEXITED(status));
		CHECK(WEXITSTATUS(status) == (values[i] & 0xff));
	}
}

static int faults(int arg)
{
	signal(arg, SIG_DFL);
	raise(arg);
	return 0;
}

static void faults_end_it(void)
{
	static const int signals[] = { SIGSEGV, SIGFPE, SIGABRT, SIGILL,
				       SIGBUS };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		int status = child_wait(child_new(faults, signals[i]));

		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
	}
}

static int chain(int depth)
{
	int status;

	if (!depth)
		return 1;
	status = child_wait(child_new(chain, depth - 1));
	return WIFEXITED(status) ? WEXITSTATUS(status) + 1 : 0;
}

static void generations(void)
{
	CHECK(child_wait(child_new(chain, 10)) == 11 << 8);
}

static void many_children(void)
{
	pid_t pid[20];
	int status, sum = 0;

	for (int i = 0; i < 20; i++)
		pid[i] = child_new(ends_with, i);
	for (int i = 0; i < 20; i++) {
		pid_t found = wait(&status);
		int nr = 0;

		while (nr < 20 && pid[nr] != found)
			nr++;
		CHECK(nr < 20 && status == nr << 8);
		sum += nr;
	}
	CHECK(sum == 190);
	CHECK_ERRNO(wait(&status), ECHILD);
}

/* Its parent has ended at once, and it lives on, as another's child. */
static int leaves_child(int arg)
{
	pid_t self = getpid();

	(void)arg;
	if (!fork()) {
		AWAIT(getppid() != self);
		channel_say(&channel, getppid());
		_exit(0);
	}
	return 0;
}

static void orphans(void)
{
	pid_t pid;

	channel = channel_new();
	pid = child_new(leaves_child, 0);
	CHECK(child_wait(pid) == 0);
	CHECK(channel_hear(&channel) != pid);
	/* It is nobody's that waits here. */
	CHECK_ERRNO(wait(NULL), ECHILD);
}

static int runs(int arg)
{
	char value[16];
	char *argv[] = { "posix", "+exit", value, NULL };
	char *envp[] = { NULL };

	snprintf(value, sizeof(value), "%d", arg);
	execve(POSIX_SELF, argv, envp);
	return 99;
}

static void program_ends(void)
{
	CHECK(child_wait(child_new(runs, 7)) == 7 << 8);
}

static int runs_and_says_pid(int fd)
{
	char value[16];
	char *argv[] = { "posix", "+pid", value, NULL };
	char *envp[] = { NULL };

	snprintf(value, sizeof(value), "%d", fd);
	execve(POSIX_SELF, argv, envp);
	return 99;
}

static void program_has_its_pid(void)
{
	pid_t pid;

	channel = channel_new();
	pid = child_new(runs_and_says_pid, channel.fd[1]);
	CHECK(channel_hear(&channel) == pid);
	CHECK(child_wait(pid) == 0);
}

static int runs_nothing(int arg)
{
	char *none[] = { NULL };

	(void)arg;
	CHECK_ERRNO(execve("/nowhere/at-all", none, none), ENOENT);
	CHECK_ERRNO(execve("/etc/passwd", none, none), EACCES);
	return 5;
}

static void no_program(void)
{
	CHECK(child_wait(child_new(runs_nothing, 0)) == 5 << 8);
}

const struct one_case process_cases[] = {
	CASE(pids_of_a_fork), CASE(statuses),
	CASE(faults_end_it),  CASE(generations),
	CASE(many_children),  CASE(orphans),
	CASE(program_ends),   CASE(program_has_its_pid),
	CASE(no_program),     { NULL, NULL },
};
