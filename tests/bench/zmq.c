// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ZeroMQ over TCP to another node, with its defaults.  Copies are pushed in
 * frames, in one of two ways: by calls that copy what they are given, and from
 * where the bytes are, to be used where they arrive.  A word comes back when
 * all is there.
 */
#include <stdio.h>
#include <zmq.h>

#include "bench.h"
#include "mechanism.h"
#include "remote.h"

#define AGAIN (REMOTE_PORT + 1) /* port of the words that come back */

static void *context, *zmq, *words;

static void *listening(int type, int port)
{
	void *new = zmq_socket(context, type);
	char where[64];

	snprintf(where, sizeof(where), "tcp://%s:%d", REMOTE_ADDRESS, port);
	bench_check(new && !zmq_bind(new, where), "zmq_bind");
	return new;
}

static void *connected(int type, int port)
{
	void *new = zmq_socket(context, type);
	char where[64];

	snprintf(where, sizeof(where), "tcp://%s:%d", REMOTE_ADDRESS, port);
	bench_check(new && !zmq_connect(new, where), "zmq_connect");
	return new;
}

static void start_rep(void)
{
	context = zmq_ctx_new();
	zmq = listening(ZMQ_REP, REMOTE_PORT);
}

static void serve_rep(void)
{
	struct payload p;

	while (zmq_recv(zmq, &p, sizeof(p), 0) == sizeof(p)) {
		bench_change(&p);
		bench_check(zmq_send(zmq, &p, sizeof(p), 0) == sizeof(p),
			    "zmq_send");
	}
}

static void start_req(void)
{
	context = zmq_ctx_new();
	zmq = connected(ZMQ_REQ, REMOTE_PORT);
}

static void start_router(void)
{
	context = zmq_ctx_new();
	zmq = listening(ZMQ_ROUTER, REMOTE_PORT);
}

static void serve_router(void)
{
	struct payload p;
	char route[256];
	int size;

	while ((size = zmq_recv(zmq, route, sizeof(route), 0)) > 0) {
		bench_check(zmq_recv(zmq, &p, sizeof(p), 0) == sizeof(p),
			    "zmq_recv");
		bench_change(&p);
		bench_check(zmq_send(zmq, route, (size_t)size, ZMQ_SNDMORE) ==
				    size,
			    "zmq_send");
		bench_check(zmq_send(zmq, &p, sizeof(p), 0) == sizeof(p),
			    "zmq_send");
	}
}

static void start_dealer(void)
{
	context = zmq_ctx_new();
	zmq = connected(ZMQ_DEALER, REMOTE_PORT);
}

static void ask(struct payload *p)
{
	bench_check(zmq_send(zmq, p, sizeof(*p), 0) == sizeof(*p), "zmq_send");
	bench_check(zmq_recv(zmq, p, sizeof(*p), 0) == sizeof(*p), "zmq_recv");
}

static void end_client(void)
{
	zmq_close(zmq);
	zmq_ctx_term(context);
}

const struct mechanism remote_req_rep = {
	.name = "zmq-req+rep",
	.start_server = start_rep,
	.serve = serve_rep,
	.start_client = start_req,
	.ask = ask,
	.end_client = end_client,
};

const struct mechanism remote_dealer_router = {
	.name = "zmq-dealer+router",
	.start_server = start_router,
	.serve = serve_router,
	.start_client = start_dealer,
	.ask = ask,
	.end_client = end_client,
};

static void start_pull(void)
{
	context = zmq_ctx_new();
	zmq = listening(ZMQ_PULL, REMOTE_PORT);
	words = listening(ZMQ_PUSH, AGAIN);
}

static void start_push(void)
{
	context = zmq_ctx_new();
	zmq = connected(ZMQ_PUSH, REMOTE_PORT);
	words = connected(ZMQ_PULL, AGAIN);
}

static void say_if_done(long *done)
{
	if (*done != *remote_bytes)
		return;
	*done = 0;
	bench_check(zmq_send(words, "", 1, 0) == 1, "zmq_send");
}

static void await_word(void)
{
	char c;

	bench_check(zmq_recv(words, &c, 1, 0) == 1, "zmq_recv");
}

static void serve_pull(void)
{
	long done = 0;
	int got;

	while ((got = zmq_recv(zmq, remote_to + done, REMOTE_FRAME, 0)) > 0) {
		done += got;
		say_if_done(&done);
	}
}

static void push(long bytes)
{
	for (long done = 0; done < bytes; done += REMOTE_FRAME)
		bench_check(zmq_send(zmq, remote_from + done, REMOTE_FRAME,
				     0) == REMOTE_FRAME,
			    "zmq_send");
	await_word();
}

static void serve_in_place(void)
{
	zmq_msg_t msg;
	long done = 0;

	while (!zmq_msg_init(&msg) && zmq_msg_recv(&msg, zmq, 0) > 0) {
		done += (long)zmq_msg_size(&msg);
		zmq_msg_close(&msg);
		say_if_done(&done);
	}
}

static void not_freed(void *data, void *hint)
{
	(void)data;
	(void)hint;
}

static void push_in_place(long bytes)
{
	zmq_msg_t msg;

	for (long done = 0; done < bytes; done += REMOTE_FRAME) {
		bench_check(!zmq_msg_init_data(&msg, remote_from + done,
					       REMOTE_FRAME, not_freed, NULL),
			    "zmq_msg_init_data");
		bench_check(zmq_msg_send(&msg, zmq, 0) == REMOTE_FRAME,
			    "zmq_msg_send");
	}
	await_word();
}

const struct copier remote_push_pull = {
	.name = "zmq-push+pull",
	.start_server = start_pull,
	.serve = serve_pull,
	.start_client = start_push,
	.copy = push,
};

const struct copier remote_push_pull_in_place = {
	.name = "zmq-push+pull-in-place",
	.start_server = start_pull,
	.serve = serve_in_place,
	.start_client = start_push,
	.copy = push_in_place,
	.in_place = true,
};
