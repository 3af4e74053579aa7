// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures copies between two nodes, by each mechanism or by those that are
 * named, see remote.h.
 *
 *	usage: remotecopy [-m MAX_BYTES] [COPIER...]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "remote.h"

static const struct copier *const copiers[] = {
	&remote_vcopy_to,  &remote_vcopy_from,         &remote_tcp_copy,
	&remote_push_pull, &remote_push_pull_in_place, &remote_tipc_copy,
};

static const long sizes[] = { REMOTE_FRAME, 1L << 20, REMOTE_COPY };

#define NR_COPIERS (sizeof(copiers) / sizeof(copiers[0]))
#define NR_SIZES   (sizeof(sizes) / sizeof(sizes[0]))

static long most = REMOTE_COPY;

static void fill(long bytes)
{
	static int round;

	memset(remote_to, 0, (size_t)bytes);
	for (long i = 0; i < bytes; i++)
		remote_from[i] = (char)(i / 251 + i + round);
	round++;
}

/* In runs of some 4 MiB, or of one copy if that is more */
static void take_times(const struct copier *c, long bytes)
{
	long count = bytes < (4L << 20) ? (4L << 20) / bytes : 1;
	double ns[BENCH_REPEATS];
	char group[32];

	*remote_bytes = bytes;
	fill(bytes);
	c->copy(bytes);
	bench_check(c->in_place ||
			    !memcmp(remote_to, remote_from, (size_t)bytes),
		    c->name);
	for (int i = 0; i < BENCH_REPEATS; i++) {
		double start = bench_now();

		for (long n = 0; n < count; n++)
			c->copy(bytes);
		ns[i] = (bench_now() - start) / (double)count;
	}
	snprintf(group, sizeof(group), "rcopy-%ld", bytes);
	bench_figure(group, c->name, ns);
}

static void measure_here(const struct copier *c)
{
	const char *why;
	pid_t pid;

	bench_enter(CLIENT_NODE);
	why = c->prepare ? c->prepare() : NULL;
	if (why) {
		bench_missing("rcopy", c->name, why);
		return;
	}
	pid = bench_start(SERVER_NODE, c->start_server, c->serve);
	if (c->start_client)
		c->start_client();
	for (size_t i = 0; i < NR_SIZES && sizes[i] <= most; i++)
		take_times(c, sizes[i]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* In a process of its own, as the device belongs to the node that opens it */
static void measure(const struct copier *c)
{
	int status;
	pid_t pid;

	pid = fork();
	bench_check(pid >= 0, "fork");
	if (!pid) {
		measure_here(c);
		exit(EXIT_SUCCESS);
	}
	bench_check(waitpid(pid, &status, 0) == pid && !status, c->name);
}

static void measure_named(const char *name)
{
	for (size_t i = 0; i < NR_COPIERS; i++) {
		if (strcmp(copiers[i]->name, name) != 0)
			continue;
		measure(copiers[i]);
		return;
	}
	fprintf(stderr, "remotecopy: what is %s?\n", name);
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "m:")) != -1) {
		if (opt != 'm')
			return EXIT_FAILURE;
		most = atol(optarg);
	}
	remote_from = bench_shared(REMOTE_COPY);
	remote_to = bench_shared(REMOTE_COPY);
	remote_bytes = bench_shared(sizeof(*remote_bytes));
	for (int i = optind; i < argc; i++)
		measure_named(argv[i]);
	for (size_t i = 0; optind == argc && i < NR_COPIERS; i++)
		measure(copiers[i]);
	return EXIT_SUCCESS;
}
