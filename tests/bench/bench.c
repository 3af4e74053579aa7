// SPDX-License-Identifier: GPL-2.0-or-later
/* What the programs that measure share */
#include <errno.h>
#include <fcntl.h>
#include <molipc/molipc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

void bench_check(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s failed: %m\n", program_invocation_short_name,
		what);
	exit(EXIT_FAILURE);
}

void bench_check_mnx(int rc)
{
	if (!rc)
		return;
	fprintf(stderr, "%s: %s\n", program_invocation_short_name,
		mnx_strerror(rc));
	exit(EXIT_FAILURE);
}

double bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_figure(const char *group, const char *name,
		    double samples[static BENCH_REPEATS])
{
	double median;

	qsort(samples, BENCH_REPEATS, sizeof(samples[0]), ascending);
	median = samples[BENCH_REPEATS / 2];
	printf("figure\t%s\t%s\t%.2f\t%.2f\t%.2f\n", group, name, median,
	       samples[0], samples[BENCH_REPEATS - 1]);
	fflush(stdout);
	return median;
}

void bench_missing(const char *group, const char *name, const char *why)
{
	printf("missing\t%s\t%s\t%s\n", group, name, why);
	fflush(stdout);
}

void *bench_shared(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	bench_check(at != MAP_FAILED, "mmap");
	return at;
}

void bench_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	bench_check(!sched_setaffinity(0, sizeof(set), &set), "affinity");
}

void bench_enter(int node)
{
	const char *cluster = getenv("M3_CLUSTER");
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s-%d",
		 cluster ? cluster : "m3", node);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	bench_check(fd >= 0, path);
	bench_check(!setns(fd, CLONE_NEWNET), "setns");
	close(fd);
}

pid_t bench_start(int node, void (*start)(void), void (*serve)(void))
{
	int ready[2];
	pid_t pid;
	char c;

	bench_check(!pipe(ready), "pipe");
	pid = fork();
	bench_check(pid >= 0, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (node != BENCH_HERE)
			bench_enter(node);
		if (start)
			start();
		bench_check(write(ready[1], "", 1) == 1, "write");
		close(ready[0]);
		close(ready[1]);
		serve();
		exit(EXIT_SUCCESS);
	}
	close(ready[1]);
	bench_check(read(ready[0], &c, 1) == 1, "server");
	close(ready[0]);
	return pid;
}

void bench_node_up(int nr_procs)
{
	drvs_usr_t node = { .d_nr_procs = nr_procs };
	VM_usr_t vm = VM_USR_INIT(0, "bench");

	bench_check_mnx(mnx_drvs_init(0, &node));
	bench_check_mnx(mnx_vm_init(&vm));
}
