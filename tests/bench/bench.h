/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs that measure share.  They print a line for each figure, of
 * words with tabs between them:
 *
 *	figure GROUP NAME MEDIAN LEAST MOST
 *	missing GROUP NAME WHY
 *
 * A figure is a time in ns, which is the number of instructions in a guest that
 * counts them, unless the group says otherwise.
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BENCH_REPEATS 5

/* Ends the program if a call has failed. */
void bench_check(int ok, const char *what);

/* The same for calls of libmolipc: 0, or an error. */
void bench_check_mnx(int rc);

/* In ns */
double bench_now(void);

/* Returns the median of the samples, which are put in order. */
double bench_figure(const char *group, const char *name,
		    double samples[static BENCH_REPEATS]);
void bench_missing(const char *group, const char *name, const char *why);

/* Memory that children share */
void *bench_shared(size_t bytes);

/* Lets the calling process run on this CPU alone. */
void bench_pin(int cpu);

/* From now on the calling process is on that node of tests/cluster/lib.sh. */
void bench_enter(int node);

/*
 * Starts a process, on that node unless it is BENCH_HERE, that calls start,
 * which may be NULL, and then serve; returns between these.
 */
#define BENCH_HERE (-1)
pid_t bench_start(int node, void (*start)(void), void (*serve)(void));

/* Makes this a node, of VMs with so many slots for processes (0: as usual). */
void bench_node_up(int nr_procs);

#endif /* TESTS_BENCH_H */
