// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures a round trip of each mechanism, or of those that are named, all in
 * one run.
 *
 *	usage: roundtrip [-1s] [-n ROUND_TRIPS] [MECHANISM...]
 *
 *	-1	client and server have one CPU between them
 *	-s	count system calls and switches of tasks instead
 *	-n	in each of the repetitions, in hundreds, if there is time
 */
#include <molipc/molipc.h>
#include <signal.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "counter.h"
#include "mechanism.h"

/* The scheduler takes thousands to settle: they cost less at first. */
#define WARM_UP 4000

/*
 * None goes on for much longer than that: with two CPUs of an emulator on a
 * busy machine some take milliseconds for each.
 */
#define LIMIT_NS 1e9
#define BATCH    100 /* between looks at the clock */

static const struct mechanism *const mechanisms[] = {
	&bench_reply_rcvrqst,
	&bench_receive_reply,
	&bench_floor,
	&bench_sched_yield,
	&bench_eventfd,
	&bench_sysv,
	&bench_mq,
	&bench_futex,
	&bench_pipe,
	&bench_unix_stream,
	&bench_unix_dgram,
	&bench_unix_seqpacket,
	&bench_tipc,
	&bench_binder,
	&bench_tcp,
};

#define NR_MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

static bool one_cpu, counting;
static int round_trips = 2000;

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
	close(ready[1]);
	bench_check(read(ready[0], &c, 1) == 1, "server");
	close(ready[0]);
	return pid;
}

/* So many, or as many as there is time for: how many */
static int ask_many(const struct mechanism *m, int count)
{
	alignas(64) struct payload p = { { 0 } };
	double start = bench_now();
	int made = 0;

	do {
		for (int i = 0; i < BATCH; i++)
			m->ask(&p);
		made += BATCH;
	} while (made < count && bench_now() - start < LIMIT_NS);
	bench_check(p.word[3] == made, "the server's arithmetic");
	return made;
}

static const char *group(void)
{
	if (counting)
		return "syscalls";
	return one_cpu ? "roundtrip-1cpu" : "roundtrip";
}

static void take_times(const struct mechanism *m)
{
	double ns[BENCH_REPEATS];

	for (int i = 0; i < BENCH_REPEATS; i++) {
		double start = bench_now();
		int made = ask_many(m, round_trips);

		ns[i] = (bench_now() - start) / made;
	}
	bench_figure(group(), m->name, ns);
}

static void count_events(const struct mechanism *m)
{
	double calls[BENCH_REPEATS], switches[BENCH_REPEATS];

	for (int i = 0; i < BENCH_REPEATS; i++) {
		struct counts before = bench_counts(), after;
		int made = ask_many(m, round_trips);

		after = bench_counts();
		calls[i] = (after.calls - before.calls) / made;
		switches[i] = (after.switches - before.switches) / made;
	}
	bench_figure(group(), m->name, calls);
	bench_figure("switches", m->name, switches);
}

static void measure(const struct mechanism *m)
{
	const char *why = m->prepare ? m->prepare() : NULL;
	pid_t pid;

	if (why) {
		bench_missing(group(), m->name, why);
		return;
	}
	pid = start_server(m);
	call(m->start_client);
	ask_many(m, WARM_UP);
	if (counting)
		count_events(m);
	else
		take_times(m);
	call(m->end_client);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static const struct mechanism *by_name(const char *name)
{
	for (size_t i = 0; i < NR_MECHANISMS; i++)
		if (!strcmp(mechanisms[i]->name, name))
			return mechanisms[i];
	fprintf(stderr, "roundtrip: what is %s?\n", name);
	exit(EXIT_FAILURE);
}

static void parse(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "1sn:")) != -1) {
		switch (opt) {
		case '1':
			one_cpu = true;
			break;
		case 's':
			counting = true;
			break;
		case 'n':
			round_trips = atoi(optarg);
			break;
		default:
			exit(EXIT_FAILURE);
		}
	}
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	if (one_cpu)
		bench_pin(0);
	if (counting)
		bench_counts_start();
	bench_node_up(0);
	for (int i = optind; i < argc; i++)
		measure(by_name(argv[i]));
	for (size_t i = 0; optind == argc && i < NR_MECHANISMS; i++)
		measure(mechanisms[i]);
	mnx_drvs_end();
	return EXIT_SUCCESS;
}
