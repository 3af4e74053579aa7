// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A payload in shared memory of two processes on one CPU, which yield until it
 * is their turn: no mechanism to wait, but what a switch between them costs
 */
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "bench.h"
#include "mechanism.h"

enum {
	CLIENT,
	SERVER
};

static struct {
	atomic_int turn;
	struct payload payload;
} * shared;
static cpu_set_t before;

static const char *prepare(void)
{
	shared = bench_shared(sizeof(*shared));
	sched_getaffinity(0, sizeof(before), &before);
	bench_pin(0);
	return NULL;
}

static void wait_turn(int me)
{
	while (atomic_load(&shared->turn) != me)
		sched_yield();
}

static void serve(void)
{
	for (;;) {
		wait_turn(SERVER);
		bench_change(&shared->payload);
		atomic_store(&shared->turn, CLIENT);
	}
}

static void ask(struct payload *p)
{
	shared->payload = *p;
	atomic_store(&shared->turn, SERVER);
	wait_turn(CLIENT);
	*p = shared->payload;
}

static void end_client(void)
{
	sched_setaffinity(0, sizeof(before), &before);
	munmap(shared, sizeof(*shared));
}

const struct mechanism bench_sched_yield = {
	.name = "sched_yield",
	.prepare = prepare,
	.serve = serve,
	.ask = ask,
	.end_client = end_client,
};
