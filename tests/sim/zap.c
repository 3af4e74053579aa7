// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whose connection is admitted: sockets with keys, on the loopback, and what
 * answers ZAP's requests about them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "socket.h"
#include "zap.h"

#define PORT     22000
#define PATIENCE 10000 /* ms, for what has to come */
#define SHORT    1500  /* for what must not */

enum {
	HERE,
	PEER,
	OTHER,
	NODES
};

static void *context;
static struct zap *zap;
static struct settings of[NODES]; /* as each node has it */

/* All know all; the socket for a node is at its own port. */
static void make_nodes(void)
{
	int i, j;

	for (i = 0; i < NODES; i++) {
		struct settings *s = &of[i];

		zmq_curve_keypair(s->public_key, s->secret_key);
		s->local.id = i;
		s->local.port = PORT + i;
		strcpy(s->local.address, "127.0.0.1");
		memcpy(s->local.public_key, s->public_key, SETTINGS_KEY);
		s->high_water = 1000;
		s->maxbytes = 65536;
		s->batch = 64;
		s->times = (struct session_times){ .heartbeat = 1000,
						   .link_timeout = 5000,
						   .reconnect = 1000 };
	}
	for (i = 0; i < NODES; i++)
		for (j = 0; j < NODES; j++)
			if (j != i)
				of[i].peers[of[i].nr_peers++] = of[j].local;
}

static const struct settings_node *peer(int node, int id)
{
	int i = 0;

	while (of[node].peers[i].id != id)
		i++;
	return &of[node].peers[i];
}

static bool arrives(void *in, void *out, int ms)
{
	char bytes[8];

	zmq_setsockopt(out, ZMQ_SNDTIMEO, &ms, sizeof(ms));
	zmq_setsockopt(in, ZMQ_RCVTIMEO, &ms, sizeof(ms));
	return zmq_send(out, "hello", 5, 0) == 5 &&
	       zmq_recv(in, bytes, sizeof(bytes), 0) > 0 &&
	       zmq_recv(in, bytes, sizeof(bytes), 0) == 5;
}

/* This node listens for PEER; `who' comes there. */
static bool admitted(int who, int ms)
{
	static int port = PORT; /* ZeroMQ gives one up later. */
	struct settings_node from = *peer(HERE, PEER);
	struct settings as = of[who];
	struct sockets in, out;
	bool good;

	from.port = ++port;
	as.local.port = port;
	if (socket_listen(&in, context, &of[HERE], &from))
		return false;
	if (socket_connect(&out, context, &as, peer(who, HERE))) {
		socket_close(&in, 0);
		return false;
	}
	good = arrives(in.zmq, out.zmq, ms);
	socket_close(&out, 0);
	socket_close(&in, 0);
	return good;
}

static bool nobody_to_ask(void)
{
	return !admitted(PEER, SHORT);
}

static bool right_key(void)
{
	zap = zap_start(context, &of[HERE]);
	return zap && admitted(PEER, PATIENCE);
}

static bool key_of_another(void)
{
	return !admitted(OTHER, SHORT);
}

int main(void)
{
	static const struct {
		const char *name;
		bool (*test)(void);
	} cases[] = {
		{ "nobody answers ZAP: nobody is admitted", nobody_to_ask },
		{ "the key of the node", right_key },
		{ "the key of another node", key_of_another },
	};
	int nr = sizeof(cases) / sizeof(*cases), failed = 0, i;

	context = zmq_ctx_new();
	make_nodes();
	for (i = 0; i < nr; i++) {
		alarm(60); /* one that hangs is a failure */
		printf("%s\n", cases[i].name);
		fflush(stdout);
		if (cases[i].test())
			continue;
		printf("FAILED: %s\n", cases[i].name);
		failed++;
	}
	zmq_ctx_shutdown(context);
	if (zap)
		zap_stop(zap);
	zmq_ctx_term(context);
	printf("%d passed, %d failed\n", nr - failed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
