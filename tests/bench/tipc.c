// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TIPC: reliable datagrams to a service of this node, or of another, and back
 * to the sender; copies over a connection.  Between namespaces of one kernel
 * TIPC takes a short cut: what it sends is not seen on the cable.
 */
#include <linux/tipc.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "mechanism.h"
#include "remote.h"

#define SERVICE 4711

static int fd;

static const char *prepare(void)
{
	fd = socket(AF_TIPC, SOCK_RDM, 0);
	return fd < 0 ? "no module tipc" : NULL;
}

static const struct sockaddr_tipc service = {
	.family = AF_TIPC,
	.addrtype = TIPC_SERVICE_ADDR,
	.addr.name.name = { .type = SERVICE },
};

static void publish(int type, int scope)
{
	struct sockaddr_tipc range = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_RANGE,
		.scope = (signed char)scope,
		.addr.nameseq = { .type = SERVICE },
	};

	fd = socket(AF_TIPC, type, 0);
	bench_check(!bind(fd, (struct sockaddr *)&range, sizeof(range)),
		    "bind");
}

static void start_server(void)
{
	publish(SOCK_RDM, TIPC_NODE_SCOPE);
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
	bench_check(sendto(fd, p, sizeof(*p), 0,
			   (const struct sockaddr *)&service,
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

static void start_remote_server(void)
{
	publish(SOCK_RDM, TIPC_CLUSTER_SCOPE);
}

/* The other node hears of the service in its own time. */
static void await_service(void)
{
	struct sockaddr_tipc topology = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_ADDR,
		.addr.name.name = { .type = TIPC_TOP_SRV,
				    .instance = TIPC_TOP_SRV },
	};
	struct tipc_subscr wanted = {
		.seq = { .type = SERVICE },
		.timeout = TIPC_WAIT_FOREVER,
		.filter = TIPC_SUB_SERVICE,
	};
	int server = socket(AF_TIPC, SOCK_SEQPACKET, 0);
	struct tipc_event event;

	bench_check(!connect(server, (struct sockaddr *)&topology,
			     sizeof(topology)),
		    "connect to the topology server");
	bench_check(send(server, &wanted, sizeof(wanted), 0) == sizeof(wanted),
		    "subscribe");
	bench_check(recv(server, &event, sizeof(event), 0) == sizeof(event) &&
			    event.event == TIPC_PUBLISHED,
		    "wait for the service");
	close(server);
}

static void start_remote_client(void)
{
	await_service();
	fd = socket(AF_TIPC, SOCK_RDM, 0);
	bench_check(fd >= 0, "socket");
}

static const char *prepare_remote(void)
{
	int trial = socket(AF_TIPC, SOCK_RDM, 0);

	if (trial < 0)
		return "no module tipc";
	close(trial);
	return NULL;
}

const struct mechanism remote_tipc = {
	.name = "tipc",
	.prepare = prepare_remote,
	.start_server = start_remote_server,
	.serve = serve,
	.start_client = start_remote_client,
	.ask = ask,
	.end_client = end_client,
};

static void start_copy_server(void)
{
	publish(SOCK_STREAM, TIPC_CLUSTER_SCOPE);
	bench_check(!listen(fd, 1), "listen");
}

static void serve_copies(void)
{
	int connection = accept(fd, NULL, NULL);

	bench_check(connection >= 0, "accept");
	remote_serve_stream(connection);
}

static void start_copy_client(void)
{
	await_service();
	fd = socket(AF_TIPC, SOCK_STREAM, 0);
	bench_check(!connect(fd, (const struct sockaddr *)&service,
			     sizeof(service)),
		    "connect");
}

static void copy(long bytes)
{
	remote_copy_stream(fd, bytes);
}

const struct copier remote_tipc_copy = {
	.name = "tipc",
	.prepare = prepare_remote,
	.start_server = start_copy_server,
	.serve = serve_copies,
	.start_client = start_copy_client,
	.copy = copy,
};
