// SPDX-License-Identifier: GPL-2.0-or-later
/* A payload in shared memory, and an eventfd for each direction */
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "mechanism.h"

static struct payload *shared;
static int to_server, to_client;

static const char *prepare(void)
{
	shared = bench_shared(sizeof(*shared));
	to_server = eventfd(0, 0);
	to_client = eventfd(0, 0);
	bench_check(to_server >= 0 && to_client >= 0, "eventfd");
	return NULL;
}

static void signal_to(int fd)
{
	uint64_t one = 1;

	bench_check(write(fd, &one, sizeof(one)) == sizeof(one), "write");
}

static void wait_for(int fd)
{
	uint64_t count;

	bench_check(read(fd, &count, sizeof(count)) == sizeof(count), "read");
}

static void serve(void)
{
	for (;;) {
		wait_for(to_server);
		bench_change(shared);
		signal_to(to_client);
	}
}

static void ask(struct payload *p)
{
	*shared = *p;
	signal_to(to_server);
	wait_for(to_client);
	*p = *shared;
}

static void end_client(void)
{
	close(to_server);
	close(to_client);
	munmap(shared, sizeof(*shared));
}

const struct mechanism bench_eventfd = {
	.name = "eventfd",
	.prepare = prepare,
	.serve = serve,
	.ask = ask,
	.end_client = end_client,
};
