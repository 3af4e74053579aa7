// SPDX-License-Identifier: GPL-2.0-or-later
/* A pair of AF_UNIX sockets that keep messages apart */
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static int pair[2];

static void prepare(void)
{
	bench_check(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair),
		    "socketpair");
}

static void start_server(void)
{
	close(pair[0]);
}

static void serve(void)
{
	struct payload p;

	while (recv(pair[1], &p, sizeof(p), 0) == sizeof(p)) {
		bench_change(&p);
		bench_check(send(pair[1], &p, sizeof(p), 0) == sizeof(p),
			    "send");
	}
}

static void start_client(void)
{
	close(pair[1]);
}

static void ask(struct payload *p)
{
	bench_check(send(pair[0], p, sizeof(*p), 0) == sizeof(*p), "send");
	bench_check(recv(pair[0], p, sizeof(*p), 0) == sizeof(*p), "recv");
}

static void end_client(void)
{
	close(pair[0]);
}

const struct mechanism bench_seqpacket = {
	.name = "AF_UNIX seqpacket",
	.prepare = prepare,
	.start_server = start_server,
	.serve = serve,
	.start_client = start_client,
	.ask = ask,
	.end_client = end_client,
};
