// SPDX-License-Identifier: GPL-2.0-or-later
/* A TCP connection, without Nagle's delay */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "mechanism.h"
#include "remote.h"

static int listener, connection;
static struct sockaddr_in address;

static void listen_at_address(void)
{
	socklen_t size = sizeof(address);
	struct sockaddr *at = (struct sockaddr *)&address;
	int on = 1;

	address.sin_family = AF_INET;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	bench_check(listener >= 0, "socket");
	bench_check(!setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on,
				sizeof(on)),
		    "SO_REUSEADDR");
	bench_check(!bind(listener, at, size), "bind");
	bench_check(!listen(listener, 1), "listen");
	bench_check(!getsockname(listener, at, &size), "getsockname");
}

static const char *prepare(void)
{
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listen_at_address();
	return NULL;
}

static const char *prepare_remote(void)
{
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = inet_addr(REMOTE_ADDRESS);
	address.sin_port = htons(REMOTE_PORT);
	return NULL;
}

static void without_delay(void)
{
	int on = 1;

	bench_check(!setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on,
				sizeof(on)),
		    "TCP_NODELAY");
}

static void accept_client(void)
{
	connection = accept(listener, NULL, NULL);
	bench_check(connection >= 0, "accept");
	without_delay();
}

static void serve(void)
{
	struct payload p;

	accept_client();
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

const struct mechanism remote_tcp = {
	.name = "tcp",
	.prepare = prepare_remote,
	.start_server = listen_at_address,
	.serve = serve,
	.start_client = start_client,
	.ask = ask,
	.end_client = end_client,
};

static void serve_copies(void)
{
	accept_client();
	remote_serve_stream(connection);
}

static void copy(long bytes)
{
	remote_copy_stream(connection, bytes);
}

const struct copier remote_tcp_copy = {
	.name = "tcp",
	.prepare = prepare_remote,
	.start_server = listen_at_address,
	.serve = serve_copies,
	.start_client = start_client,
	.copy = copy,
};
