// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures what it takes to get an address and to give it back: an endpoint, a
 * name in the abstract namespace of AF_UNIX, a port of the loopback interface.
 *
 *	usage: bind
 */
#include <arpa/inet.h>
#include <molipc/molipc.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench.h"

#define COUNT 500
#define NR    30

static void endpoint(void)
{
	bench_check(!mnx_bind_failed(mnx_bind(0, NR)), "mnx_bind");
	bench_check_mnx(mnx_unbind(0, SELF));
}

static void address(int family, const void *name, socklen_t size)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	bench_check(fd >= 0, "socket");
	bench_check(!bind(fd, name, size), "bind");
	close(fd);
}

static void unix_name(void)
{
	struct sockaddr_un name = {
		.sun_family = AF_UNIX,
		.sun_path = "\0m3ipc-bench",
	};

	address(AF_UNIX, &name, sizeof(name));
}

static void udp_port(void)
{
	struct sockaddr_in port = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(4096),
	};

	address(AF_INET, &port, sizeof(port));
}

static void measure(const char *name, void (*get)(void))
{
	double ns[BENCH_REPEATS];

	get();
	for (int i = 0; i < BENCH_REPEATS; i++) {
		double start = bench_now();

		for (int n = 0; n < COUNT; n++)
			get();
		ns[i] = (bench_now() - start) / COUNT;
	}
	bench_figure("bind+unbind", name, ns);
}

int main(void)
{
	bench_node_up(0);
	measure("m3ipc", endpoint);
	measure("unix", unix_name);
	measure("udp", udp_port);
	mnx_drvs_end();
	return EXIT_SUCCESS;
}
