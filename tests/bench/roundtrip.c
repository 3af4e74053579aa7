// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures a round trip of each mechanism, all in one run, and prints a line
 * for each: its time in ns, which is the number of instructions in a guest that
 * counts them, and how that compares to m3ipc's best.
 *
 *	usage: roundtrip [ROUND_TRIPS]
 *
 * Fails if m3ipc is slower than AF_UNIX.
 */
#include <molipc/molipc.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define WARM_UP 500
#define REPEATS 5

static const struct mechanism *const mechanisms[] = {
	&bench_reply_rcvrqst,
	&bench_receive_reply,
	&bench_pipe,
	&bench_seqpacket,
};

#define NR_MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

void bench_check(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "roundtrip: %s failed\n", what);
	exit(EXIT_FAILURE);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void call(void (*function)(void))
{
	if (function)
		function();
}

static pid_t start_server(const struct mechanism *m)
{
	int ready[2];
	pid_t pid;
	char c;

	bench_check(!pipe(ready), "pipe");
	pid = fork();
	bench_check(pid >= 0, "fork");
	if (!pid) {
		call(m->start_server);
		bench_check(write(ready[1], "", 1) == 1, "write");
		close(ready[0]);
		close(ready[1]);
		m->serve();
		exit(EXIT_SUCCESS);
	}
	bench_check(read(ready[0], &c, 1) == 1, "server");
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static double ask_many(const struct mechanism *m, int count)
{
	alignas(64) struct payload p = { { 0 } };
	double start = now();
	int i;

	for (i = 0; i < count; i++)
		m->ask(&p);
	bench_check(p.word[3] == count, "the server's arithmetic");
	return (now() - start) / count;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of a few runs */
static double measure(const struct mechanism *m, int count)
{
	double ns[REPEATS];
	pid_t pid;
	int i;

	call(m->prepare);
	pid = start_server(m);
	call(m->start_client);
	ask_many(m, WARM_UP);
	for (i = 0; i < REPEATS; i++)
		ns[i] = ask_many(m, count);
	call(m->end_client);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	qsort(ns, REPEATS, sizeof(ns[0]), ascending);
	return ns[REPEATS / 2];
}

static void node_up(void)
{
	VM_usr_t vm = VM_USR_INIT(0, "bench");
	int rc = mnx_drvs_init(0, NULL);

	bench_check(!rc, mnx_strerror(rc));
	rc = mnx_vm_init(&vm);
	bench_check(!rc, mnx_strerror(rc));
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 2000;
	double ns[NR_MECHANISMS];
	size_t i;
	int bad;

	node_up();
	for (i = 0; i < NR_MECHANISMS; i++) {
		ns[i] = measure(mechanisms[i], count);
		printf("%-32s %8.0f  %5.2f\n", mechanisms[i]->name, ns[i],
		       ns[i] / ns[0]);
		fflush(stdout);
	}
	mnx_drvs_end();
	bad = (ns[0] > ns[3]) + (ns[1] > ns[3]);
	printf("%d passed, %d failed\n", 2 - bad, bad);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
