// SPDX-License-Identifier: GPL-2.0-or-later
/* Process groups and sessions */
#include "posix.h"

static struct channel channel;

static int is_in_group_of(int parent)
{
	CHECK(getpgrp() == getpgid(parent));
	CHECK(getpgid(0) == getpgrp());
	CHECK(getsid(0) == getsid(parent));
	return 0;
}

static void inherited(void)
{
	CHECK(child_wait(child_new(is_in_group_of, getpid())) == 0);
	CHECK_ERRNO(getpgid(0x7ffffff), ESRCH);
	CHECK_ERRNO(getsid(0x7ffffff), ESRCH);
}

static int leads_group(int arg)
{
	(void)arg;
	CHECK(!setpgid(0, 0));
	CHECK(getpgrp() == getpid());
	CHECK_ERRNO(setsid(), EPERM);
	return 0;
}

static void own_group(void)
{
	CHECK(child_wait(child_new(leads_group, 0)) == 0);
}

/* By their parent; so waits and signals are for the group. */
static void a_pipeline(void)
{
	pid_t a = child_new(stay, 0), b = child_new(stay, 0);
	pid_t other = child_new(stay, 0), found;
	int status;

	CHECK(!setpgid(a, a) && !setpgid(b, a));
	CHECK(getpgid(a) == a && getpgid(b) == a);
	CHECK(getpgid(other) == getpgrp());
	CHECK(waitpid(-a, &status, WNOHANG) == 0);
	CHECK(!kill(-a, SIGTERM));
	found = waitpid(-a, &status, 0);
	CHECK((found == a || found == b) && status == SIGTERM);
	CHECK(waitpid(-a, &status, 0) == a + b - found);
	CHECK_ERRNO(waitpid(-a, &status, 0), ECHILD);
	CHECK_ERRNO(kill(-a, SIGTERM), ESRCH);
	CHECK(waitpid(0, &status, WNOHANG) == 0);
	CHECK(!kill(other, SIGKILL));
	CHECK(waitpid(0, &status, 0) == other && status == SIGKILL);
}

static int leads_session(int arg)
{
	(void)arg;
	CHECK(setsid() == getpid());
	CHECK(getsid(0) == getpid() && getpgrp() == getpid());
	CHECK_ERRNO(setpgid(0, 0), EPERM);
	channel_say(&channel, 1);
	return stay(0);
}

static void own_session(void)
{
	pid_t pid;

	channel = channel_new();
	pid = child_new(leads_session, 0);
	channel_hear(&channel);
	CHECK(getsid(pid) == pid && getsid(0) != pid);
	/* What is in another session is out of reach, as is its group. */
	CHECK_ERRNO(setpgid(pid, getpgrp()), EPERM);
	CHECK_ERRNO(setpgid(0, pid), EPERM);
	CHECK(!kill(pid, SIGKILL));
	CHECK(child_wait(pid) == SIGKILL);
}

static void bad_groups(void)
{
	pid_t pid = child_new(stay, 0);

	CHECK_ERRNO(setpgid(pid, -1), EINVAL);
	CHECK_ERRNO(setpgid(getppid(), 0), ESRCH);
	CHECK_ERRNO(setpgid(0x7ffffff, 0), ESRCH);
	CHECK_ERRNO(setpgid(pid, 0x7ffffff), EPERM);
	CHECK(!kill(pid, SIGKILL));
	CHECK(child_wait(pid) == SIGKILL);
}

static int runs_another_program(int arg)
{
	char *argv[] = { "posix", "+stay", "0", NULL };
	char *envp[] = { NULL };

	(void)arg;
	execve(POSIX_SELF, argv, envp);
	return 99;
}

static void after_an_exec(void)
{
	int fd[2], byte;
	pid_t pid;

	/* The pipe's end closes with the exec. */
	CHECK(!pipe2(fd, O_CLOEXEC));
	pid = child_new(runs_another_program, 0);
	close(fd[1]);
	CHECK(read(fd[0], &byte, 1) == 0);
	CHECK_ERRNO(setpgid(pid, pid), EACCES);
	CHECK(!kill(pid, SIGKILL));
	CHECK(child_wait(pid) == SIGKILL);
}

static volatile sig_atomic_t nr_signals;

static void on_signal(int sig)
{
	(void)sig;
	nr_signals++;
}

static int takes_signal(int arg)
{
	struct sigaction act = { .sa_handler = on_signal };

	(void)arg;
	CHECK(!sigaction(SIGUSR1, &act, NULL));
	channel_say(&channel, 1);
	AWAIT(nr_signals);
	return 4;
}

static int signals_its_group(int arg)
{
	struct sigaction act = { .sa_handler = on_signal };
	pid_t a, b;

	(void)arg;
	CHECK(!setpgid(0, 0));
	CHECK(!sigaction(SIGUSR1, &act, NULL));
	a = child_new(takes_signal, 0);
	b = child_new(takes_signal, 0);
	channel_hear(&channel);
	channel_hear(&channel);
	CHECK(!kill(0, SIGUSR1));
	AWAIT(nr_signals == 1);
	CHECK(child_wait(a) == 4 << 8 && child_wait(b) == 4 << 8);
	CHECK(!killpg(getpgrp(), SIGUSR1));
	AWAIT(nr_signals == 2);
	return 0;
}

static void whole_group(void)
{
	channel = channel_new();
	CHECK(child_wait(child_new(signals_its_group, 0)) == 0);
}

/* A stopped group whose last link to its session ends is told so. */
static int leaves_stopped_child(int arg)
{
	pid_t pid = child_new(stay, 0);
	int status;

	(void)arg;
	CHECK(!setpgid(pid, pid));
	CHECK(!kill(pid, SIGSTOP));
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	channel_say(&channel, pid);
	return 0;
}

static void orphaned_group(void)
{
	pid_t pid;

	channel = channel_new();
	CHECK(child_wait(child_new(leaves_stopped_child, 0)) == 0);
	pid = channel_hear(&channel);
	/* SIGHUP ends it, as it is continued. */
	AWAIT(kill(pid, 0) == -1 && errno == ESRCH);
}

const struct one_case group_cases[] = {
	CASE(inherited),   CASE(own_group),      CASE(a_pipeline),
	CASE(own_session), CASE(bad_groups),     CASE(after_an_exec),
	CASE(whole_group), CASE(orphaned_group), { NULL, NULL },
};
