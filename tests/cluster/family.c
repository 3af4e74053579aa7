// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes of a VM with a process manager, for tests/cluster/pm:
 *
 *	family stay COUNT	forks so many that stay, prints the Linux pid of
 *				each, then "ready"; waits for all, and prints
 *				the status of each as it comes
 *	family cycle COUNT	forks, ends and waits for one after the other;
 *				prints how long that took
 *	family linux COUNT	the same of Linux
 *
 * VM is number 0.  Each binds itself in the first user slot that it may have.
 * What fails is said, and is exit status 1.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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
	long begin = now_us(), us;
	int status;
	pid_t pid;

	for (int i = 0; i < count; i++) {
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
	}
	us = now_us() - begin;
	printf("%d cycles, %ld a second\n", count, count * 1000000L / us);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int count, rc;

	if (argc != 3) {
		fprintf(stderr, "usage: family stay|cycle|linux COUNT\n");
		return 2;
	}
	count = atoi(argv[2]);
	if (!strcmp(argv[1], "linux"))
		return cycle(count, fork, waitpid);
	rc = user_slot_bind(VMID);
	if (mnx_bind_failed(rc)) {
		fprintf(stderr, "family: %s\n", mnx_strerror(MNX_ERR(rc)));
		return EXIT_FAILURE;
	}
	if (mol_bindproc() < 0)
		return said("mol_bindproc");
	if (!strcmp(argv[1], "stay"))
		return stay(count);
	return cycle(count, mol_fork, mol_waitpid);
}
