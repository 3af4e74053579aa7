// SPDX-License-Identifier: GPL-2.0-or-later
/* The forms of wait, and what interrupts it */
#include "posix.h"

static int ends_with(int arg)
{
	return arg;
}

static void one_of_them(void)
{
	pid_t a = child_new(ends_with, 1), b = child_new(ends_with, 2);

	CHECK(child_wait(b) == 2 << 8);
	CHECK_ERRNO(waitpid(b, NULL, 0), ECHILD);
	CHECK(child_wait(a) == 1 << 8);
}

static void no_child(void)
{
	int status = 12345;

	CHECK_ERRNO(wait(&status), ECHILD);
	CHECK_ERRNO(waitpid(getpid(), &status, 0), ECHILD);
	CHECK_ERRNO(waitpid(getppid(), &status, 0), ECHILD);
	CHECK_ERRNO(waitpid(-getpgrp(), &status, WNOHANG), ECHILD);
	CHECK(status == 12345);
}

static void bad_options(void)
{
	pid_t pid = child_new(ends_with, 0);

	CHECK_ERRNO(waitpid(pid, NULL, 0x10000), EINVAL);
	CHECK(child_wait(pid) == 0);
}

static void without_waiting(void)
{
	pid_t pid = child_new(stay, 0);
	int status;

	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	CHECK(waitpid(-1, &status, WNOHANG) == 0);
	CHECK(!kill(pid, SIGKILL));
	AWAIT((status = 0, waitpid(-1, &status, WNOHANG)) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_ERRNO(waitpid(-1, &status, WNOHANG), ECHILD);
}

static volatile sig_atomic_t nr_signals, nr_reaped;

static void on_child(int sig)
{
	const int error = errno;

	(void)sig;
	nr_signals++;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		nr_reaped++;
	errno = error;
}

/* Whoever is told by SIGCHLD finds the child, without waiting. */
static void reaped_in_handler(void)
{
	struct sigaction act = { .sa_handler = on_child };
	sigset_t child, old;

	CHECK(!sigaction(SIGCHLD, &act, NULL));
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &old);
	for (int i = 0; i < 30; i++) {
		child_new(ends_with, i);
		if (i % 3 == 2)
			while (nr_reaped <= i)
				sigsuspend(&old);
	}
	CHECK(nr_reaped == 30);
	CHECK_ERRNO(wait(NULL), ECHILD);
}

/* It waits, and so does its handler: each child is found once. */
static void waits_and_handles(void)
{
	struct sigaction act = { .sa_handler = on_child };
	int found = 0;

	CHECK(!sigaction(SIGCHLD, &act, NULL));
	for (int i = 0; i < 40; i++) {
		child_new(ends_with, i);
		if (waitpid(-1, NULL, 0) > 0)
			found++;
		else
			CHECK(errno == EINTR || errno == ECHILD);
	}
	for (;;) {
		if (waitpid(-1, NULL, 0) > 0)
			found++;
		else if (errno == ECHILD)
			break;
		else
			CHECK(errno == EINTR);
	}
	CHECK(found + nr_reaped == 40);
}

static void on_nothing(int sig)
{
	(void)sig;
	nr_signals++;
}

static void pause_ms(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

/* Until it has heard of one where it waits, and ends this */
static int signals_parent(int sig)
{
	for (;;) {
		kill(getppid(), sig);
		pause_ms();
	}
	return 0;
}

static int ends_after_signals(int sig)
{
	for (int i = 0; i < 30; i++) {
		kill(getppid(), sig);
		pause_ms();
	}
	return 3;
}

/* Its child is there for the next wait. */
static void interrupted(void)
{
	struct sigaction act = { .sa_handler = on_nothing };
	int status = 0;
	pid_t pid;

	CHECK(!sigaction(SIGUSR1, &act, NULL));
	pid = child_new(signals_parent, SIGUSR1);
	CHECK_ERRNO(waitpid(pid, &status, 0), EINTR);
	CHECK(nr_signals > 0);
	CHECK(!kill(pid, SIGKILL));
	do {
		CHECK(waitpid(pid, &status, 0) == pid || errno == EINTR);
	} while (status != SIGKILL);
}

static void restarted(void)
{
	struct sigaction act = { .sa_handler = on_nothing,
				 .sa_flags = SA_RESTART };
	pid_t pid;

	CHECK(!sigaction(SIGUSR1, &act, NULL));
	pid = child_new(ends_after_signals, SIGUSR1);
	CHECK(child_wait(pid) == 3 << 8);
	CHECK(nr_signals > 0);
}

/* Signals at every moment of a wait: no status is lost, none comes twice. */
static int storms(int arg)
{
	for (;;)
		kill(arg, SIGUSR1);
	return 0;
}

static void storm(void)
{
	struct sigaction act = { .sa_handler = on_nothing };
	pid_t noisy, pid, found;
	int status;

	CHECK(!sigaction(SIGUSR1, &act, NULL));
	noisy = child_new(storms, getpid());
	for (int i = 0; i < 30; i++) {
		while ((pid = fork()) < 0)
			CHECK(errno == EINTR || errno == EAGAIN);
		if (!pid)
			_exit(i);
		do {
			found = waitpid(pid, &status, 0);
			CHECK(found > 0 || errno == EINTR);
		} while (found < 0);
		CHECK(found == pid && status == i << 8);
		CHECK_ERRNO(waitpid(pid, NULL, WNOHANG), ECHILD);
	}
	/* As often as signals interrupt that, too */
	while (kill(noisy, SIGKILL))
		CHECK(errno == EINTR);
	while (waitpid(noisy, &status, 0) < 0)
		CHECK(errno == EINTR);
	CHECK(status == SIGKILL);
}

/* Who ignores SIGCHLD has no zombies, and waits until all have ended. */
static void ignored(void)
{
	struct sigaction act = { .sa_handler = SIG_IGN };

	CHECK(!sigaction(SIGCHLD, &act, NULL));
	child_new(ends_with, 1);
	child_new(ends_with, 2);
	CHECK_ERRNO(wait(NULL), ECHILD);
	act.sa_handler = SIG_DFL;
	CHECK(!sigaction(SIGCHLD, &act, NULL));
	CHECK(child_wait(child_new(ends_with, 3)) == 3 << 8);
}

static void no_zombies(void)
{
	struct sigaction act = { .sa_handler = on_nothing,
				 .sa_flags = SA_NOCLDWAIT | SA_RESTART };

	CHECK(!sigaction(SIGCHLD, &act, NULL));
	child_new(ends_with, 1);
	CHECK_ERRNO(wait(NULL), ECHILD);
}

static void stopped(void)
{
	pid_t pid = child_new(stay, 0);
	int status = 0;

	CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
	CHECK(!kill(pid, SIGSTOP));
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	/* It is told once. */
	CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
	CHECK(!kill(pid, SIGCONT));
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	CHECK(!kill(pid, SIGKILL));
	CHECK(child_wait(pid) == SIGKILL);
}

const struct one_case wait_cases[] = {
	CASE(one_of_them),     CASE(no_child),          CASE(bad_options),
	CASE(without_waiting), CASE(reaped_in_handler), CASE(waits_and_handles),
	CASE(interrupted),     CASE(restarted),         CASE(storm),
	CASE(ignored),         CASE(no_zombies),        CASE(stopped),
	{ NULL, NULL },
};
