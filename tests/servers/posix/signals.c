// SPDX-License-Identifier: GPL-2.0-or-later
/* kill and alarm */
#include "posix.h"

static struct channel channel;

static volatile sig_atomic_t nr_signals;

static void on_signal(int sig)
{
	(void)sig;
	nr_signals++;
}

static void catch (int sig)
{
	struct sigaction act = { .sa_handler = on_signal };

	CHECK(!sigaction(sig, &act, NULL));
}

static void signals_end_it(void)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGINT,
				       SIGHUP,  SIGUSR1, SIGALRM };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		pid_t pid = child_new(stay, 0);

		CHECK(!kill(pid, signals[i]));
		CHECK(child_wait(pid) == signals[i]);
	}
}

static void zombies(void)
{
	pid_t pid = child_new(stay, 0);

	CHECK(!kill(pid, 0));
	CHECK(!kill(pid, SIGKILL));
	/* It is there until it is waited for, dying and dead. */
	for (int i = 0; i < 1000; i++)
		CHECK(!kill(pid, 0));
	CHECK(!kill(pid, SIGTERM));
	CHECK(child_wait(pid) == SIGKILL);
	CHECK_ERRNO(kill(pid, 0), ESRCH);
}

static void bad_kills(void)
{
	CHECK_ERRNO(kill(getpid(), -1), EINVAL);
	CHECK_ERRNO(kill(getpid(), 65), EINVAL);
	CHECK_ERRNO(kill(0x7ffffff, 0), ESRCH);
	CHECK_ERRNO(kill(-0x7ffffff, 0), ESRCH);
}

static void itself(void)
{
	catch (SIGUSR1);
	CHECK(!kill(getpid(), SIGUSR1));
	AWAIT(nr_signals == 1);
	CHECK(!raise(SIGUSR1));
	CHECK(nr_signals == 2);
}

static int answers_signal(int arg)
{
	catch (SIGUSR1);
	channel_say(&channel, 1);
	AWAIT(nr_signals);
	CHECK(!kill(arg, SIGUSR2));
	return 0;
}

static void to_and_fro(void)
{
	pid_t pid;

	channel = channel_new();
	catch (SIGUSR2);
	pid = child_new(answers_signal, getpid());
	channel_hear(&channel);
	CHECK(!kill(pid, SIGUSR1));
	AWAIT(nr_signals == 1);
	CHECK(child_wait(pid) == 0);
}

/* A mask keeps it, and sigsuspend() lets it through. */
static void kept(void)
{
	sigset_t set, old;

	catch (SIGUSR1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK(!sigprocmask(SIG_BLOCK, &set, &old));
	CHECK(!kill(getpid(), SIGUSR1));
	AWAIT(!sigpending(&set) && sigismember(&set, SIGUSR1));
	CHECK(!nr_signals);
	CHECK_ERRNO(sigsuspend(&old), EINTR);
	CHECK(nr_signals == 1);
}

/* Only processes of root are out of its reach. */
static int has_no_right(int root)
{
	pid_t pid;

	CHECK(!setgid(1000) && !setuid(1000));
	CHECK_ERRNO(kill(root, SIGUSR1), EPERM);
	CHECK_ERRNO(kill(root, 0), EPERM);
	pid = child_new(stay, 0);
	CHECK(!kill(pid, SIGKILL));
	CHECK(child_wait(pid) == SIGKILL);
	return 0;
}

static void rights(void)
{
	if (getuid())
		return;
	CHECK(child_wait(child_new(has_no_right, getpid())) == 0);
}

static void alarm_comes(void)
{
	struct timespec begin, end;

	catch (SIGALRM);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	CHECK(alarm(1) == 0);
	AWAIT(nr_signals);
	clock_gettime(CLOCK_MONOTONIC, &end);
	CHECK((end.tv_sec - begin.tv_sec) * 1000 +
		      (end.tv_nsec - begin.tv_nsec) / 1000000 >=
	      990);
	CHECK(alarm(0) == 0);
}

static int has_no_alarm(int arg)
{
	(void)arg;
	return (int)alarm(0);
}

static void alarm_is_replaced(void)
{
	unsigned int left;

	CHECK(alarm(100) == 0);
	CHECK(child_wait(child_new(has_no_alarm, 0)) == 0);
	left = alarm(50);
	CHECK(left >= 98 && left <= 100);
	left = alarm(0);
	CHECK(left >= 48 && left <= 50);
	CHECK(alarm(0) == 0);
}

static int ends_by_alarm(int arg)
{
	alarm((unsigned int)arg);
	return stay(0);
}

static void alarm_ends_it(void)
{
	CHECK(child_wait(child_new(ends_by_alarm, 1)) == SIGALRM);
}

const struct one_case signal_cases[] = {
	CASE(signals_end_it), CASE(zombies),     CASE(bad_kills),
	CASE(itself),         CASE(to_and_fro),  CASE(kept),
	CASE(rights),         CASE(alarm_comes), CASE(alarm_is_replaced),
	CASE(alarm_ends_it),  { NULL, NULL },
};
