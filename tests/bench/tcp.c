// SPDX-License-Identifier: GPL-2.0-or-later
/* A TCP connection over the loopback interface, without Nagle's delay */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "mechanism.h"

static int listener, connection;
static struct sockaddr_in address;

static const char *prepare(void)
{
	socklen_t size = sizeof(address);
	struct sockaddr *at = (struct sockaddr *)&address;

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	bench_check(listener >= 0, "socket");
	bench_check(!bind(listener, at, size), "bind");
	bench_check(!listen(listener, 1), "listen");
	bench_check(!getsockname(listener, at, &size), "getsockname");
	return NULL;
}

static void without_delay(void)
{
	int on = 1;

	bench_check(!setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on,
				sizeof(on)),
		    "TCP_NODELAY");
}

static void serve(void)
{
	struct payload p;

	connection = accept(listener, NULL, NULL);
	bench_check(connection >= 0, "accept");
	without_delay();
	while (recv(connection, &p, sizeof(p), MSG_WAITALL) == sizeof(p)) {
		bench_change(&p);
		bench_check(send(connection, &p, sizeof(p), 0) == sizeof(p),
			    "send");
	}
}

static void start_client(void)
{
	connection = socket(AF_INET, SOCK_STREAM, 0);
	bench_check(connection >= 0, "socket");
	bench_check(!connect(connection, (struct sockaddr *)&address,
			     sizeof(address)),
		    "connect");
	without_delay();
	close(listener);
}

static void ask(struct payload *p)
{
	bench_check(send(connection, p, sizeof(*p), 0) == sizeof(*p), "send");
	bench_check(recv(connection, p, sizeof(*p), MSG_WAITALL) == sizeof(*p),
		    "recv");
}

static void end_client(void)
{
	close(connection);
}

const struct mechanism bench_tcp = {
	.name = "tcp",
	.prepare = prepare,
	.serve = serve,
	.start_client = start_client,
	.ask = ask,
	.end_client = end_client,
};
