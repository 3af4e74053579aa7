// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures a round trip of each mechanism, or of those that are named, all in
 * one run.
 *
 *	usage: roundtrip [-1rs] [-n ROUND_TRIPS] [MECHANISM...]
 *
 *	-1	client and server have one CPU between them
 *	-r	they are on two nodes, see remote.h
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
#include "remote.h"

/* The scheduler takes thousands to settle: they cost less at first. */
#define WARM_UP        4000
#define WARM_UP_REMOTE 400

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

#define NR_LOCAL (sizeof(mechanisms) / sizeof(mechanisms[0]))

static const struct mechanism *const remote_mechanisms[] = {
	&remote_sendrec, &remote_notify,        &remote_tcp,
	&remote_req_rep, &remote_dealer_router, &remote_tipc,
};

#define NR_REMOTE (sizeof(remote_mechanisms) / sizeof(remote_mechanisms[0]))

static bool one_cpu, remote, counting;
static int round_trips = 2000;

static void call(void (*function)(void))
{
	if (function)
		function();
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
	if (remote)
		return "remote";
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
	pid = bench_start(remote ? SERVER_NODE : BENCH_HERE, m->start_server,
			  m->serve);
	call(m->start_client);
	ask_many(m, remote ? WARM_UP_REMOTE : WARM_UP);
	if (counting)
		count_events(m);
	else
		take_times(m);
	call(m->end_client);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* In a process of its own, as the device belongs to the node that opens it */
static void measure_remotely(const struct mechanism *m)
{
	int status;
	pid_t pid;

	pid = fork();
	bench_check(pid >= 0, "fork");
	if (!pid) {
		bench_enter(CLIENT_NODE);
		measure(m);
		exit(EXIT_SUCCESS);
	}
	bench_check(waitpid(pid, &status, 0) == pid && !status, m->name);
}

static void measure_all(int nr, char **names)
{
	const struct mechanism *const *all = remote ? remote_mechanisms :
						      mechanisms;
	size_t i, most = remote ? NR_REMOTE : NR_LOCAL;
	int j;

	for (j = 0; j < nr; j++) {
		for (i = 0; i < most && strcmp(all[i]->name, names[j]); i++)
			;
		if (i == most) {
			fprintf(stderr, "roundtrip: what is %s?\n", names[j]);
			exit(EXIT_FAILURE);
		}
		(remote ? measure_remotely : measure)(all[i]);
	}
	for (i = 0; !nr && i < most; i++)
		(remote ? measure_remotely : measure)(all[i]);
}

static void parse(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "1rsn:")) != -1) {
		switch (opt) {
		case '1':
			one_cpu = true;
			break;
		case 'r':
			remote = true;
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
	if (!remote)
		bench_node_up(0);
	measure_all(argc - optind, argv + optind);
	if (!remote)
		mnx_drvs_end();
	return EXIT_SUCCESS;
}
