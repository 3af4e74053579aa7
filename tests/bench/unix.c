// SPDX-License-Identifier: GPL-2.0-or-later
/* A pair of AF_UNIX sockets, of the three types */
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "mechanism.h"

static int pair[2];

static const char *prepare(int type)
{
	bench_check(!socketpair(AF_UNIX, type, 0, pair), "socketpair");
	return NULL;
}

static const char *prepare_stream(void)
{
	return prepare(SOCK_STREAM);
}

static const char *prepare_dgram(void)
{
	return prepare(SOCK_DGRAM);
}

static const char *prepare_seqpacket(void)
{
	return prepare(SOCK_SEQPACKET);
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

#define UNIX_MECHANISM(type)                         \
	const struct mechanism bench_unix_##type = { \
		.name = "unix-" #type,               \
		.prepare = prepare_##type,           \
		.start_server = start_server,        \
		.serve = serve,                      \
		.start_client = start_client,        \
		.ask = ask,                          \
		.end_client = end_client,            \
	}

UNIX_MECHANISM(stream);
UNIX_MECHANISM(dgram);
UNIX_MECHANISM(seqpacket);
