// SPDX-License-Identifier: GPL-2.0-or-later
/* TIPC: reliable datagrams to a service of this node, and back to the sender */
#include <linux/tipc.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "mechanism.h"

#define SERVICE 4711

static int fd;

static const char *prepare(void)
{
	fd = socket(AF_TIPC, SOCK_RDM, 0);
	return fd < 0 ? "no module tipc" : NULL;
}

static void start_server(void)
{
	struct sockaddr_tipc range = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_RANGE,
		.scope = TIPC_NODE_SCOPE,
		.addr.nameseq = { .type = SERVICE },
	};

	fd = socket(AF_TIPC, SOCK_RDM, 0);
	bench_check(!bind(fd, (struct sockaddr *)&range, sizeof(range)),
		    "bind");
}

static void serve(void)
{
	struct sockaddr_tipc from;
	struct sockaddr *client = (struct sockaddr *)&from;
	socklen_t size = sizeof(from);
	struct payload p;

	while (recvfrom(fd, &p, sizeof(p), 0, client, &size) == sizeof(p)) {
		bench_change(&p);
		bench_check(sendto(fd, &p, sizeof(p), 0, client, size) ==
				    sizeof(p),
			    "sendto");
	}
}

static void ask(struct payload *p)
{
	struct sockaddr_tipc service = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_ADDR,
		.addr.name.name = { .type = SERVICE },
	};

	bench_check(sendto(fd, p, sizeof(*p), 0, (struct sockaddr *)&service,
			   sizeof(service)) == sizeof(*p),
		    "sendto");
	bench_check(recv(fd, p, sizeof(*p), 0) == sizeof(*p), "recv");
}

static void end_client(void)
{
	close(fd);
}

const struct mechanism bench_tipc = {
	.name = "tipc",
	.prepare = prepare,
	.start_server = start_server,
	.serve = serve,
	.ask = ask,
	.end_client = end_client,
};
