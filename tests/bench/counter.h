/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts system calls and switches from one task to another, of this process
 * and of its children from now on.  That patches the scheduler's code, which
 * QEMU without instruction counting is not good at with several CPUs.
 */
#ifndef TESTS_BENCH_COUNTER_H
#define TESTS_BENCH_COUNTER_H

struct counts {
	double calls, switches;
};

void bench_counts_start(void);
struct counts bench_counts(void);

#endif /* TESTS_BENCH_COUNTER_H */
