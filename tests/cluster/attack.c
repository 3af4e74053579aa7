// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A node that has gone bad, for the proxy of another one:
 *
 *	attack SELF ADDRESS PEER ADDRESS SECONDS [SEED [VERSION]]
 *
 * It speaks the protocol as a proxy does (proxies/session.h), so that it gets
 * in; what it says in it are commands with any value in any member.  Beside
 * that go frames that no proxy sends, connections of strangers, and bytes that
 * are not ZeroMQ's at all.  With another VERSION of the protocol, or 0 for one
 * in each frame, it does not get in.  It ends with 0 if the link was up and all
 * of that has been sent; the peer's memory and its other links are for others
 * to look at.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include <molipc/molipc.h>

#include "session.h"

#define BASE_PORT 3000
#define VM        1 /* that spans the two */
#define MOST_CMDS 16
#define PAYLOAD   4096

struct frame {
	unsigned char header[WIRE_HEADER];
	cmd_t cmds[MOST_CMDS]; /* right behind it */
	unsigned char payload[PAYLOAD];
	int ncmds;
	size_t len;
};

_Static_assert(offsetof(struct frame, cmds) == WIRE_HEADER, "one part");

static int self, peer, version = WIRE_VERSION;
static const char *address;
static void *context, *in, *out;
static struct session session;
static struct wire_hello hello; /* what the peer said, and so do we */
static uint64_t nr_cmds, nr_junk, nr_strangers, nr_up;

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static unsigned int one_of(unsigned int n)
{
	return (unsigned int)random() % n;
}

static uint64_t fresh(void *arg)
{
	(void)arg;
	return ((uint64_t)random() << 32 | (uint64_t)random()) + 1;
}

static void release(void *arg, void *frame)
{
	(void)arg;
	free(frame);
}

static const struct session_ops ops = { .fresh = fresh, .release = release };

/* Numbers near the edges of something, and others */
static int64_t any_number(void)
{
	static const int64_t edges[] = {
		0,         1,         -1,        2,         10,
		60,        64,        127,       255,       256,
		4095,      4096,      65535,     65536,     INT32_MAX,
		INT32_MIN, 1ll << 40, INT64_MAX, INT64_MIN, 0x7ffffffff000,
	};

	if (one_of(4))
		return edges[one_of(sizeof(edges) / sizeof(*edges))];
	return (int64_t)fresh(NULL);
}

static int any_endpoint(void)
{
	static const int slots[] = { -1, 0, 10, 20, 60, 61, 62, 100 };
	int slot = slots[one_of(sizeof(slots) / sizeof(*slots))];

	if (!one_of(8))
		return (int)any_number();
	return one_of(2) ? slot : _ENDPOINT((int)one_of(4), slot);
}

static int any_kind(void)
{
	static const int kinds[] = {
		SEND_MSG,     SNDREC_MSG,   REPLY_MSG,    RELAY_MSG,
		NTFY_MSG,     CANCEL_MSG,   EXIT_MSG,     COPYIN_DATA,
		COPYOUT_RQST, COPYOUT_DATA, COPYLCL_RQST, COPYRMT_RQST,
		COPYIN_RQST,  COPYGRT_RQST, WHO_RQST,
	};
	int kind = kinds[one_of(sizeof(kinds) / sizeof(*kinds))];

	if (!one_of(16))
		return (int)any_number();
	return one_of(4) ? kind : kind | CMD_ACK;
}

/* One that could be right; then perhaps some of its bytes are others. */
static cmd_t any_command(void)
{
	cmd_t cmd = {
		.c_cmd = any_kind(),
		.c_vmid = one_of(8) ? VM : (int)any_number(),
		.c_src = any_endpoint(),
		.c_dst = any_endpoint(),
		.c_snode = self,
		.c_dnode = peer,
		.c_snd_seq = one_of(8),
		.c_ack_seq = one_of(8),
	};
	unsigned char *bytes = (unsigned char *)&cmd;

	if (!one_of(3))
		cmd.c_flags = 1ull << one_of(3);
	cmd.c_u.cu_vcopy = (vcopy_t){
		.v_src = any_endpoint(),
		.v_dst = any_endpoint(),
		.v_rqtr = any_endpoint(),
		.v_saddr = (uint64_t)any_number(),
		.v_daddr = (uint64_t)any_number(),
		.v_bytes = any_number(),
	};
	if (!one_of(3))
		bytes[one_of(sizeof(cmd))] = (unsigned char)random();
	return cmd;
}

static struct frame *any_frame(void)
{
	struct frame *f = calloc(1, sizeof(*f));
	size_t offset = 0;
	int i;

	if (!f)
		abort();
	f->ncmds = 1 + (int)one_of(MOST_CMDS);
	for (i = 0; i < f->ncmds; i++) {
		cmd_t *cmd = &f->cmds[i];
		int left = (int)(PAYLOAD - offset);

		*cmd = any_command();
		cmd->c_len = one_of(4) || left <= 0 ?
				     0 :
				     1 + (int)one_of((unsigned int)left);
		if (!cmd->c_len)
			continue;
		f->len = offset + (size_t)cmd->c_len;
		offset = wire_next_payload(offset, cmd->c_len);
	}
	return f;
}

static void send_frame(struct frame *f, const struct wire_header *h)
{
	struct wire_header head = *h;
	size_t size = WIRE_HEADER + (size_t)f->ncmds * sizeof(cmd_t);

	head.ncmds = (uint32_t)f->ncmds;
	head.len = (uint32_t)f->len;
	wire_put(f->header, &head);
	if (zmq_send(out, f, size, (f->len ? ZMQ_SNDMORE : 0) | ZMQ_DONTWAIT) <
	    0)
		return;
	if (f->len)
		zmq_send(out, f->payload, f->len, 0);
	nr_cmds += head.ncmds;
}

/* A node of the same cluster, with the same sizes, once the peer was heard */
static void send_control(const struct wire_header *h)
{
	unsigned char bytes[WIRE_HELLO_SIZE];
	size_t size = WIRE_HEADER;

	if (h->type == WIRE_HELLO) {
		hello.start = 1;
		wire_put_hello(bytes, h, &hello);
		size = WIRE_HELLO_SIZE;
	} else {
		wire_put(bytes, h);
	}
	bytes[4] = (unsigned char)version;
	if (!version)
		bytes[4] = (unsigned char)(100 + one_of(100));
	zmq_send(out, bytes, size, ZMQ_DONTWAIT);
}

/* What the machine wants to be sent */
static void speak(int64_t now)
{
	struct wire_header h;
	struct frame *f;

	session_tick(&session, now);
	if (session_todo(&session, SESSION_CONNECT)) {
		session_connected(&session, now);
		nr_up++;
	}
	if (session_todo(&session, SESSION_DISCONNECT))
		session_disconnected(&session, now);
	session_todo(&session, SESSION_RECONNECT);
	if (session_take(&session)) {
		f = any_frame();
		if (!session_submit(&session, f, now))
			free(f);
	}
	while ((f = session_next(&session, &h))) {
		send_frame(f, &h);
		session_sent(&session, true, now);
	}
	while (session_control(&session, SESSION_OUT_OWN, &h, now))
		send_control(&h);
}

static bool read_frame(struct wire_header *h, struct wire_hello *said,
		       zmq_msg_t *part)
{
	const void *bytes = zmq_msg_data(part);

	return !wire_get(h, bytes, zmq_msg_size(part)) &&
	       (h->type != WIRE_HELLO || !wire_get_hello(said, bytes));
}

/* A message: its last part but one, or its only one, is a header. */
static bool hear(void *socket, int64_t now)
{
	struct wire_hello said;
	struct wire_header h;
	bool good = false;
	zmq_msg_t part;

	do {
		zmq_msg_init(&part);
		if (zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) < 0) {
			zmq_msg_close(&part);
			return false;
		}
		if (!good)
			good = read_frame(&h, &said, &part);
	} while (zmq_msg_more(&part) && !zmq_msg_close(&part));
	zmq_msg_close(&part);
	if (!good)
		return true;
	if (h.type == WIRE_HELLO)
		hello = said;
	if (session_frame(&session, &h, h.type == WIRE_HELLO ? &said : NULL,
			  socket == in ? SESSION_DIRECT : SESSION_ANSWER,
			  now) == SESSION_DELIVER)
		session_delivered(&session, now);
	return true;
}

/* A header that the session could have sent, but for one thing */
static void bad_header(unsigned char *bytes)
{
	struct wire_header h = {
		.type = (enum wire_type)(1 + one_of(5)),
		.snode = self,
		.dnode = peer,
		.session = one_of(4) ? session.own : fresh(NULL),
		.peer = one_of(4) ? session.peer : fresh(NULL),
		.seq = session.nxt + one_of(1000),
		.ack = session.expected + (uint64_t)any_number(),
		.flags = one_of(3),
	};

	/* These two end the link if they are right. */
	if (h.type == WIRE_SHUTDOWN || h.type == WIRE_HELLO)
		h.session = one_of(64) ? 0 : fresh(NULL);
	wire_put(bytes, &h);
	if (one_of(2))
		bytes[one_of(WIRE_HEADER)] ^= (unsigned char)(1 + one_of(255));
}

static void send_junk(void)
{
	static unsigned char bytes[1 << 17];
	unsigned int parts = 1 + one_of(5), i;
	size_t size = one_of(300);

	for (i = 0; i < parts; i++) {
		if (i == 0 && one_of(8)) {
			bad_header(bytes);
			size = one_of(4) ? WIRE_HEADER : WIRE_HEADER + size;
			if (!one_of(8))
				size = WIRE_HELLO_SIZE;
		} else {
			size = one_of(16) ? one_of(300) : sizeof(bytes);
		}
		if (zmq_send(out, bytes, size,
			     ZMQ_DONTWAIT | (i + 1 < parts ? ZMQ_SNDMORE : 0)) <
		    0)
			return;
	}
	nr_junk++;
}

/* Another connection, which says something and goes */
static void be_a_stranger(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)(BASE_PORT + self)),
	};
	unsigned char bytes[512];
	size_t i, size = one_of(sizeof(bytes));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &to.sin_addr);
	if (fd < 0)
		return;
	for (i = 0; i < size; i++)
		bytes[i] = (unsigned char)random();
	if (one_of(2)) /* as ZeroMQ begins */
		memcpy(bytes, "\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL", 16);
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)) &&
	    send(fd, bytes, size, MSG_NOSIGNAL) >= 0)
		nr_strangers++;
	close(fd);
}

static void *open_socket(int type, bool listens, const char *where, int port)
{
	const int none = 0, now = 1;
	void *zmq = zmq_socket(context, type);
	char text[64];

	snprintf(text, sizeof(text), "tcp://%s:%d", where, port);
	zmq_setsockopt(zmq, ZMQ_LINGER, &none, sizeof(none));
	zmq_setsockopt(zmq, ZMQ_IMMEDIATE, &now, sizeof(now));
	if (listens ? zmq_bind(zmq, text) : zmq_connect(zmq, text)) {
		fprintf(stderr, "attack: %s: %s\n", text, zmq_strerror(errno));
		exit(EXIT_FAILURE);
	}
	return zmq;
}

static void go_on(int seconds)
{
	int64_t now = now_ms(), end = now + seconds * 1000;
	zmq_pollitem_t items[] = {
		{ .socket = in, .events = ZMQ_POLLIN },
		{ .socket = out, .events = ZMQ_POLLIN },
	};

	for (; now < end; now = now_ms()) {
		zmq_poll(items, 2, 1);
		now = now_ms();
		while (hear(in, now) || hear(out, now))
			;
		speak(now);
		if (session.state == SESSION_UP && !one_of(4))
			send_junk();
		if (!one_of(50))
			be_a_stranger();
	}
}

int main(int argc, char **argv)
{
	const struct session_times times = {
		.heartbeat = 200,
		.silence = 600,
		.link_timeout = 4000,
		.reconnect = 500,
		.retry = 100,
		.ack_delay = 20,
	};

	if (argc < 6) {
		fprintf(stderr, "usage: attack SELF ADDRESS PEER ADDRESS "
				"SECONDS [SEED [VERSION]]\n");
		return 2;
	}
	self = atoi(argv[1]);
	peer = atoi(argv[3]);
	address = argv[4];
	srandom(argc > 6 ? (unsigned int)atoi(argv[6]) : 1);
	if (argc > 7)
		version = atoi(argv[7]);
	context = zmq_ctx_new();
	in = open_socket(ZMQ_ROUTER, true, argv[2], BASE_PORT + peer);
	out = open_socket(ZMQ_DEALER, false, address, BASE_PORT + self);
	session_init(&session, self, peer, &times, &ops, NULL, now_ms());
	go_on(atoi(argv[5]));
	zmq_close(in);
	zmq_close(out);
	zmq_ctx_term(context);
	printf("up %llu times: %llu commands, %llu bad frames, %llu "
	       "strangers\n",
	       (unsigned long long)nr_up, (unsigned long long)nr_cmds,
	       (unsigned long long)nr_junk, (unsigned long long)nr_strangers);
	return nr_up && nr_cmds && nr_junk && nr_strangers ? EXIT_SUCCESS :
							     EXIT_FAILURE;
}
