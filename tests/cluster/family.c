// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes of a VM with a process manager, for tests/cluster/pm:
 *
 *	family stay COUNT	forks so many that stay, prints the Linux pid of
 *				each, then "ready"; waits for all, and prints
 *				the status of each as it comes
 *	family cycle COUNT	forks, ends and waits for one after the other;
 *				prints how long that took, and the longest
 *	family linux COUNT	the same of Linux
 *	family storm COUNT	as many cycles, of processes that are killed, at
 *				random points of a fork or a wait, as their
 *				children are; each status is a right one
 *	family bomb 0		forks, and so does each child, while there are
 *				slots; after SIGUSR1 it ends all but itself
 *
 * VM is number 0.  Each binds itself in the first user slot that it may have.
 * What fails is said, and is exit status 1.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <mol/mol.h>
#include <molipc/molipc.h>

#include "user_slot.h"

#define VMID 0

static int said(const char *what)
{
	perror(what);
	return EXIT_FAILURE;
}

static long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	printf("%d\n", getpid());
	fflush(stdout);
	for (;;)
		pause();
}

static int stay(int count)
{
	int status;
	pid_t pid;

	for (int i = 0; i < count; i++) {
		pid = mol_fork();
		if (pid < 0)
			return said("fork");
		if (!pid)
			child();
	}
	printf("ready\n");
	fflush(stdout);
	for (int i = 0; i < count; i++) {
		if (mol_wait(&status) < 0)
			return said("wait");
		printf("status %d\n", status);
		fflush(stdout);
	}
	return EXIT_SUCCESS;
}

static int cycle(int count, pid_t (*fork_it)(void),
		 pid_t (*wait_for)(pid_t pid, int *status, int options))
{
	long begin = now_us(), us, last, longest = 0;
	int status;
	pid_t pid;

	for (int i = 0; i < count; i++) {
		last = now_us();
		pid = fork_it();
		if (pid < 0)
			return said("fork");
		if (!pid)
			_exit(i & 0x7f);
		if (wait_for(pid, &status, 0) != pid)
			return said("wait");
		if (status != (i & 0x7f) << 8) {
			fprintf(stderr, "%d: pid %d: status %#x\n", i, (int)pid,
				status);
			return EXIT_FAILURE;
		}
		if (longest < now_us() - last)
			longest = now_us() - last;
	}
	us = now_us() - begin;
	printf("%d cycles, %ld a second, the longest %ld ms\n", count,
	       count * 1000000L / us, longest / 1000);
	return EXIT_SUCCESS;
}

static int enter(void)
{
	const int rc = user_slot_bind(VMID);

	if (mnx_bind_failed(rc)) {
		fprintf(stderr, "family: %s\n", mnx_strerror(MNX_ERR(rc)));
		return EXIT_FAILURE;
	}
	return mol_bindproc() < 0 ? said("mol_bindproc") : EXIT_SUCCESS;
}

static int storm_cycle(void)
{
	const pid_t pid = mol_fork();
	bool killed;
	int status;

	if (pid < 0)
		return said("fork");
	if (!pid) {
		usleep((useconds_t)(random() % 3000));
		_exit(7);
	}
	killed = random() % 3 == 0;
	if (killed && mol_kill(pid, SIGKILL))
		return said("kill");
	if (mol_waitpid(pid, &status, 0) != pid)
		return said("wait");
	if (status == 7 << 8 || (killed && status == SIGKILL))
		return EXIT_SUCCESS;
	fprintf(stderr, "pid %d: status %#x\n", (int)pid, status);
	return EXIT_FAILURE;
}

/* Ends by a signal, or with what went wrong */
static int storm_process(int *done)
{
	int rc = enter();

	srandom((unsigned int)getpid());
	while (!rc) {
		rc = storm_cycle();
		++*done;
	}
	return rc;
}

static int storm(int count)
{
	int *done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, nr_killed = 0;
	pid_t pid;

	if (done == MAP_FAILED)
		return said("mmap");
	for (; *done < count; nr_killed++) {
		pid = fork();
		if (!pid)
			_exit(storm_process(done));
		usleep((useconds_t)(random() % 1000000));
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid || status != SIGKILL)
			return EXIT_FAILURE;
	}
	printf("%d cycles, %d killed\n", *done, nr_killed);
	return EXIT_SUCCESS;
}

static volatile sig_atomic_t is_over;

static void over(int signal)
{
	(void)signal;
	is_over = 1;
}

static void explode(void)
{
	pid_t pid;

	do {
		pid = mol_fork();
	} while (pid >= 0);
	if (errno != EAGAIN)
		_exit(said("fork"));
}

/* A child whose fork is under way is in the group when that is done. */
static int bomb(void)
{
	sigset_t user, old;

	sigemptyset(&user);
	sigaddset(&user, SIGUSR1);
	sigprocmask(SIG_BLOCK, &user, &old);
	signal(SIGUSR1, over);
	explode();
	while (!is_over)
		sigsuspend(&old);
	signal(SIGTERM, SIG_IGN);
	while (!mol_kill(0, SIGTERM))
		usleep(20000);
	return said("kill");
}

int main(int argc, char **argv)
{
	int count;

	if (argc != 3) {
		fprintf(stderr, "usage: family HOW COUNT\n");
		return 2;
	}
	count = atoi(argv[2]);
	if (!strcmp(argv[1], "linux"))
		return cycle(count, fork, waitpid);
	if (!strcmp(argv[1], "storm"))
		return storm(count);
	if (enter())
		return EXIT_FAILURE;
	if (!strcmp(argv[1], "bomb"))
		return bomb();
	if (!strcmp(argv[1], "stay"))
		return stay(count);
	return cycle(count, mol_fork, mol_waitpid);
}
