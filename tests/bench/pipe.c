// SPDX-License-Identifier: GPL-2.0-or-later
/* Two pipes */
#include <unistd.h>

#include "bench.h"
#include "mechanism.h"

static int to_server[2], to_client[2];

static const char *prepare(void)
{
	bench_check(!pipe(to_server) && !pipe(to_client), "pipe");
	return NULL;
}

static void start_server(void)
{
	close(to_server[1]);
	close(to_client[0]);
}

static void serve(void)
{
	struct payload p;

	while (read(to_server[0], &p, sizeof(p)) == sizeof(p)) {
		bench_change(&p);
		bench_check(write(to_client[1], &p, sizeof(p)) == sizeof(p),
			    "write");
	}
}

static void start_client(void)
{
	close(to_server[0]);
	close(to_client[1]);
}

static void ask(struct payload *p)
{
	bench_check(write(to_server[1], p, sizeof(*p)) == sizeof(*p), "write");
	bench_check(read(to_client[0], p, sizeof(*p)) == sizeof(*p), "read");
}

static void end_client(void)
{
	close(to_server[1]);
	close(to_client[0]);
}

const struct mechanism bench_pipe = {
	.name = "pipe",
	.prepare = prepare,
	.start_server = start_server,
	.serve = serve,
	.start_client = start_client,
	.ask = ask,
	.end_client = end_client,
};
