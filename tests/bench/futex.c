// SPDX-License-Identifier: GPL-2.0-or-later
/* A payload in shared memory, and a futex that says whose turn it is */
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "mechanism.h"

enum {
	CLIENT,
	SERVER
};

static struct {
	_Atomic uint32_t turn;
	struct payload payload;
} * shared;

static const char *prepare(void)
{
	shared = bench_shared(sizeof(*shared));
	return NULL;
}

static void hand_to(uint32_t whom)
{
	atomic_store(&shared->turn, whom);
	syscall(SYS_futex, &shared->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void wait_turn(uint32_t me)
{
	while (atomic_load(&shared->turn) != me)
		syscall(SYS_futex, &shared->turn, FUTEX_WAIT, !me, NULL, NULL,
			0);
}

static void serve(void)
{
	for (;;) {
		wait_turn(SERVER);
		bench_change(&shared->payload);
		hand_to(CLIENT);
	}
}

static void ask(struct payload *p)
{
	shared->payload = *p;
	hand_to(SERVER);
	wait_turn(CLIENT);
	*p = shared->payload;
}

static void end_client(void)
{
	munmap(shared, sizeof(*shared));
}

const struct mechanism bench_futex = {
	.name = "futex",
	.prepare = prepare,
	.serve = serve,
	.ask = ask,
	.end_client = end_client,
};
