// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures one server with many clients of another node, see remote.h: the time
 * from one request to the next, as a clock says.  Names are those of the
 * mechanism and of how many clients there are.
 *
 *	usage: remotemany GROUP NUMBER...
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "remote.h"

#define MOST      100
#define WINDOW_US 600000

static const struct mechanism *const mechanisms[] = {
	&remote_sendrec,
	&remote_dealer_router,
};

static const struct mechanism *mechanism;
static volatile long *answers; /* that each client has got */

static void ask_on(void)
{
	struct payload p = { { 0 } };

	for (;;) {
		mechanism->ask(&p);
		answers[remote_client]++;
	}
}

static long sum(int nr)
{
	long n = 0;

	for (int i = 0; i < nr; i++)
		n += answers[i];
	return n;
}

static double sample(int nr)
{
	double start = bench_now();
	long before = sum(nr);

	usleep(WINDOW_US);
	return (bench_now() - start) / (double)(sum(nr) - before);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void measure(const char *group, int nr)
{
	double ns[BENCH_REPEATS];
	pid_t pids[MOST];
	char name[64];

	for (int i = 0; i < nr; i++) {
		remote_client = i;
		answers[i] = 0;
		pids[i] = bench_start(CLIENT_NODE, mechanism->start_client,
				      ask_on);
	}
	for (int i = 0; i < nr; i++)
		while (!answers[i])
			usleep(1000);
	for (int i = 0; i < BENCH_REPEATS; i++)
		ns[i] = sample(nr);
	for (int i = 0; i < nr; i++)
		end(pids[i]);
	snprintf(name, sizeof(name), "%s-%d", mechanism->name, nr);
	bench_figure(group, name, ns);
}

int main(int argc, char **argv)
{
	pid_t server;

	bench_check(argc > 2, "usage");
	answers = bench_shared(MOST * sizeof(*answers));
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]);
	     i++) {
		mechanism = mechanisms[i];
		server = bench_start(SERVER_NODE, mechanism->start_server,
				     mechanism->serve);
		for (int j = 2; j < argc; j++)
			measure(argv[1], atoi(argv[j]));
		end(server);
	}
	return EXIT_SUCCESS;
}
