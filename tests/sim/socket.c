// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sockets of proxies on the loopback, and what strangers do to them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "common/util.h"
#include "socket.h"
#include "wire.h"

#define PORT      21000 /* and those behind it */
#define PATIENCE  10000 /* ms */
#define STRANGERS 2000
#define ROUNDS    100

static void *context;
static atomic_int port = PORT; /* where strangers come to */
static const struct settings set = {
	.local = { .name = "self", .port = PORT, .address = "127.0.0.1" },
	.peers = { {
		.name = "peer",
		.id = 1,
		.port = PORT,
		.address = "127.0.0.1",
	} },
	.nr_peers = 1,
	.insecure = true,
	.high_water = 1000,
	.maxbytes = 65536,
	.batch = 64,
	.times = {
		.heartbeat = 1000,
		.link_timeout = 5000,
		.reconnect = 1000,
	},
};

static void be_patient(void *zmq, int ms)
{
	zmq_setsockopt(zmq, ZMQ_RCVTIMEO, &ms, sizeof(ms));
	zmq_setsockopt(zmq, ZMQ_SNDTIMEO, &ms, sizeof(ms));
}

static bool stranger(void)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good = !connect(fd, (const struct sockaddr *)&to, sizeof(to));

	close(fd);
	return good;
}

/* Nobody looks at what the monitor says of them. */
static bool many_strangers(void)
{
	struct sockets in, out;
	char bytes[8];
	bool good;
	int i;

	if (socket_listen(&in, context, &set, set.peers) ||
	    socket_connect(&out, context, &set, set.peers))
		return false;
	for (i = 0; i < STRANGERS; i++)
		stranger();
	be_patient(in.zmq, PATIENCE);
	be_patient(out.zmq, PATIENCE);
	good = zmq_send(out.zmq, "hello", 5, 0) == 5 &&
	       zmq_recv(in.zmq, bytes, sizeof(bytes), 0) > 0 &&
	       zmq_recv(in.zmq, bytes, sizeof(bytes), 0) == 5;
	socket_close(&out, 0);
	socket_close(&in, 0);
	return good;
}

static atomic_int come; /* strangers that were let in */

static void *come_and_go(void *stop)
{
	while (!*(atomic_bool *)stop)
		come += stranger();
	return NULL;
}

static bool closing_among_strangers(void)
{
	atomic_bool stop = false;
	struct settings here = set;
	struct sockets in;
	pthread_t thread;
	bool good = true;
	int i, before;

	if (pthread_create(&thread, NULL, come_and_go, &stop))
		return false;
	/* Each time at another port, as ZeroMQ gives one up later. */
	for (i = 0; good && i < ROUNDS; i++) {
		here.peers[0].port = port + 1;
		good = !socket_listen(&in, context, &here, here.peers);
		before = come;
		port++;
		while (good && come < before + 3)
			sched_yield();
		socket_close(&in, 0);
	}
	stop = true;
	pthread_join(thread, NULL);
	return good;
}

/* Answers `size' bytes to whoever has sent something. */
static bool answer(void *router, int size)
{
	static const unsigned char bytes[1 << 20];
	unsigned char route[256], word[8];
	int len = zmq_recv(router, route, sizeof(route), 0);

	return len > 0 && zmq_recv(router, word, sizeof(word), 0) >= 0 &&
	       zmq_send(router, route, (size_t)len, ZMQ_SNDMORE) == len &&
	       zmq_send(router, bytes, (size_t)size, 0) == size;
}

/* Asks for an answer of that size, and gets it. */
static bool asks(void *router, void *dealer, int size)
{
	unsigned char bytes[WIRE_HEADER];

	return zmq_send(dealer, "hello", 5, 0) == 5 && answer(router, size) &&
	       zmq_recv(dealer, bytes, sizeof(bytes), 0) == size;
}

static bool answers_too_large(void)
{
	void *router = zmq_socket(context, ZMQ_ROUTER);
	struct settings here = set;
	struct sockets out;
	char where[64];
	bool good;

	here.local.port = PORT - 1;
	snprintf(where, sizeof(where), "tcp://127.0.0.1:%d", here.local.port);
	if (zmq_bind(router, where) ||
	    socket_connect(&out, context, &here, here.peers))
		return false;
	be_patient(router, PATIENCE);
	be_patient(out.zmq, PATIENCE);
	good = asks(router, out.zmq, WIRE_HEADER);
	be_patient(out.zmq, 1000);
	good = good && !asks(router, out.zmq, 1 << 20) && errno == EAGAIN;
	socket_close(&out, 0);
	zmq_setsockopt(router, ZMQ_LINGER, &(int){ 0 }, sizeof(int));
	zmq_close(router);
	return good;
}

/* A connection on which nothing is acknowledged ends in time. */
static bool has_limit(void)
{
	unsigned int limit;
	socklen_t len;
	int fd;

	for (fd = 3; fd < 100; fd++) {
		len = sizeof(limit);
		if (!getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit,
				&len) &&
		    limit == (unsigned int)set.times.link_timeout)
			return true;
	}
	return false;
}

/* They listen and connect at a port, and a message is sent: what then? */
static bool connected(int at, const char *address, bool (*then)(void))
{
	struct settings here = set;
	struct sockets in, out;
	bool good;

	here.local.port = at;
	here.peers[0].port = at;
	strcpy(here.local.address, address);
	strcpy(here.peers[0].address, address);
	if (socket_listen(&in, context, &here, here.peers) ||
	    socket_connect(&out, context, &here, here.peers))
		return false;
	be_patient(out.zmq, PATIENCE);
	good = zmq_send(out.zmq, "hello", 5, 0) == 5 && (!then || then());
	socket_close(&out, 0);
	socket_close(&in, 0);
	return good;
}

static bool acknowledgements_lost(void)
{
	return connected(PORT - 2, set.local.address, has_limit);
}

/* Both sides find it by its name. */
static bool host_name(void)
{
	return connected(PORT - 3, "localhost", NULL);
}

int main(void)
{
	static const struct {
		const char *name;
		bool (*test)(void);
	} cases[] = {
		{ "strangers whom nobody looks at", many_strangers },
		{ "closing while strangers come", closing_among_strangers },
		{ "an answer that is too large", answers_too_large },
		{ "acknowledgements that are lost", acknowledgements_lost },
		{ "an address that is a name", host_name },
	};
	int nr = ARRAY_SIZE(cases), failed = 0, i;

	context = zmq_ctx_new();
	for (i = 0; i < nr; i++) {
		alarm(180); /* a case that hangs is a failure */
		printf("%s\n", cases[i].name);
		fflush(stdout);
		if (cases[i].test())
			continue;
		printf("FAILED: %s\n", cases[i].name);
		failed++;
	}
	zmq_ctx_term(context);
	printf("%d passed, %d failed\n", nr - failed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
