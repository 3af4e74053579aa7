// SPDX-License-Identifier: GPL-2.0-or-later
/* The sender of a link: from the driver to the peer */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "link.h"
#include "probe.h"

struct sender {
	struct link *l;
	struct frame *spare; /* for what is taken next, or NULL */
	int batch;
	int maxbytes;
	struct log_limit bad;
	int64_t looked; /* at what comes back, and at the monitor */
	int64_t asked;  /* the driver, whether it knows the pair */
	int64_t lost;   /* since when there is no connection; 0: there is */
	int64_t failed; /* since when none can be made, or the last probe */
	struct probe probe;
	bool probed;  /* what is known of why comes from it */
	bool blocked; /* the socket takes no more */
	bool crowded; /* much is not acknowledged */
	bool took;    /* from the driver: */
	int taken;    /* so many commands, or an error */
};

#define PROBE_EVERY 1000 /* ms */
#define ASK_EVERY   500

/* One part of a frame; ZeroMQ holds the frame until it has sent it. */
static int send_frame_part(void *zmq, struct frame *f, void *data, size_t size,
			   int flags)
{
	zmq_msg_t msg;

	if (zmq_msg_init_data(&msg, data, size, frame_drop, f))
		return -1;
	frame_hold(f);
	if (zmq_msg_send(&msg, zmq, flags | ZMQ_DONTWAIT) < 0) {
		zmq_msg_close(&msg);
		return -1;
	}
	return 0;
}

/* If the first part is taken, so is the second. */
static int send_frame(void *zmq, struct frame *f)
{
	size_t head = WIRE_HEADER + (size_t)f->ncmds * sizeof(cmd_t);

	if (send_frame_part(zmq, f, f->header, head, f->len ? ZMQ_SNDMORE : 0))
		return -1;
	return f->len ? send_frame_part(zmq, f, f->payload, f->len, 0) : 0;
}

static void send_data_locked(struct sender *s, int64_t now)
{
	struct session *session = &s->l->session;
	struct wire_header h;
	struct frame *f;
	bool fresh;

	while (!s->blocked && (f = session_next(session, &h))) {
		/* A message with the old header may still be on its way. */
		fresh = !f->headed;
		if (fresh) {
			h.ncmds = (uint32_t)f->ncmds;
			h.len = (uint32_t)f->len;
			wire_put(f->header, &h);
		}
		if (send_frame(s->l->out.zmq, f)) {
			s->blocked = true;
			return;
		}
		f->headed = true;
		session_sent(session, fresh, now);
	}
}

/* Sends what there is to send. */
static void send_all_locked(struct sender *s, int64_t now)
{
	unsigned char bytes[WIRE_HELLO_SIZE];
	size_t size;

	s->blocked = false;
	send_data_locked(s, now);
	while ((size = link_control_locked(s->l, SESSION_OUT_OWN, bytes, now)))
		zmq_send(s->l->out.zmq, bytes, size, ZMQ_DONTWAIT);
}

/* What comes back: one part */
struct answer {
	unsigned char bytes[WIRE_HELLO_SIZE + 1];
	enum wire_error error;
	struct wire_header header;
	struct wire_hello hello;
};

/* Commands never come this way. */
static enum wire_error check_answer(const struct sender *s, struct answer *a,
				    size_t size)
{
	const struct link *l = s->l;
	struct wire_header *h = &a->header;
	enum wire_error error;

	error = wire_get(h, a->bytes, size);
	if (error)
		return error;
	if (h->type == WIRE_DATA)
		return WIRE_BADTYPE;
	if (h->snode != l->peer || h->dnode != l->session.snode)
		return WIRE_BADNODE;
	if (h->type == WIRE_HELLO)
		return wire_get_hello(&a->hello, a->bytes);
	return WIRE_OK;
}

/* The rest of the message, if there is more, goes. */
static int receive_answer(const struct sender *s, struct answer *a)
{
	void *zmq = s->l->out.zmq;
	int size = zmq_recv(zmq, a->bytes, sizeof(a->bytes), ZMQ_DONTWAIT);
	unsigned char rest[1];
	int more = 0;
	size_t len = sizeof(more);

	if (size < 0)
		return -1;
	a->error = check_answer(s, a, (size_t)size);
	while (!zmq_getsockopt(zmq, ZMQ_RCVMORE, &more, &len) && more) {
		a->error = WIRE_BADPARTS;
		zmq_recv(zmq, rest, sizeof(rest), ZMQ_DONTWAIT);
	}
	return 0;
}

static void handle_answer_locked(struct sender *s, const struct answer *a,
				 int64_t now)
{
	const struct refused_frame frame = {
		.error = a->error,
		.bytes = a->bytes,
		.header = &a->header,
	};
	const struct wire_hello *hello = NULL;
	struct link *l = s->l;
	enum session_verdict verdict;

	if (a->error) {
		link_refuse_locked(l, WHY_OUT, &s->bad, &frame, now);
		return;
	}
	if (a->header.type == WIRE_HELLO)
		hello = &a->hello;
	if (hello && !link_meet_locked(l, WHY_OUT, NULL, hello))
		return;
	verdict = session_frame(&l->session, &a->header, hello, SESSION_ANSWER,
				now);
	l->stats.dropped[verdict]++;
}

static void read_answers(struct sender *s, int64_t now)
{
	struct link *l = s->l;
	struct answer a;

	while (!receive_answer(s, &a)) {
		pthread_mutex_lock(&l->lock);
		handle_answer_locked(s, &a, now);
		link_apply_locked(l, now);
		pthread_mutex_unlock(&l->lock);
	}
}

/*
 * The connection and what is queued for it goes; the session sends it again.
 * If there is none to be had now, for want of descriptors, there may be later.
 */
static void sender_reconnect(struct sender *s, int64_t now)
{
	struct link *l = s->l;
	struct settings set;

	pthread_mutex_lock(&l->lock);
	l->renew = false;
	l->stats.renewed++;
	set = l->set;
	pthread_mutex_unlock(&l->lock);
	socket_close(&l->out, 0);
	s->lost = 0;
	if (socket_connect(&l->out, l->context, &set,
			   settings_peer_id(&set, l->peer)))
		s->lost = now;
	settings_wipe(&set);
}

/* Perhaps the peer has said where it listens. */
static void why_unreachable_locked(struct link *l, const char *place,
				   const char *reason)
{
	char port[WHY_REASON] = "";

	if (l->session.hears)
		hello_port_out(&l->hello, &l->met, port);
	link_why_locked(l, WHY_OUT, place, "%.90s%s%.90s", reason,
			*port ? "; " : "", port);
}

/* If ZeroMQ has tried in vain for a while, one connection is tried here. */
static void find_out_why(struct sender *s, const struct socket_events *events,
			 int64_t now)
{
	char place[WHY_PLACE], reason[WHY_REASON], address[SETTINGS_ADDRESS];
	struct link *l = s->l;
	bool wanted;
	int port;

	if (s->probe.fd != -1) {
		if (!probe_ended(&s->probe, now, place, reason) || !*reason)
			return;
		pthread_mutex_lock(&l->lock);
		why_unreachable_locked(l, place, reason);
		s->probed = true;
		pthread_mutex_unlock(&l->lock);
		return;
	}
	if (events->up)
		s->failed = 0;
	if (!events->retried)
		return;
	if (!s->failed)
		s->failed = now;
	if (now - s->failed < PROBE_EVERY)
		return;
	s->failed = now;
	pthread_mutex_lock(&l->lock);
	wanted = l->session.state != SESSION_UP;
	strcpy(address, settings_peer_id(&l->set, l->peer)->address);
	port = l->set.local.port;
	pthread_mutex_unlock(&l->lock);
	if (wanted)
		probe_start(&s->probe, address, port, now);
}

/*
 * What the events say of why the link is not up.  Of a handshake that fails one
 * side knows why, now this one and now the other: a guess does not replace
 * that, but what is known of times when there was no connection at all.
 */
static void note_events_locked(struct sender *s,
			       const struct socket_events *events)
{
	struct link *l = s->l;

	if (events->up || (events->fault && s->probed))
		link_why_locked(l, WHY_OUT, NULL, "%s", "");
	if (events->fault)
		link_fault_locked(l, WHY_OUT, events->fault);
	if (events->fault || events->up)
		s->probed = false;
}

static void look_at_connection(struct sender *s, int64_t now)
{
	struct socket_events events = { 0 };
	struct link *l = s->l;
	bool any = socket_events(&l->out, &events);

	find_out_why(s, &events, now);
	if (!any || !(events.up || events.down || events.refused))
		return;
	if (!events.lost)
		s->lost = 0;
	else if (!s->lost)
		s->lost = now;
	pthread_mutex_lock(&l->lock);
	if (events.down)
		session_transport(&l->session, false, now);
	if (events.up && !events.lost)
		session_transport(&l->session, true, now);
	l->stats.unkeyed += (uint64_t)events.refused;
	note_events_locked(s, &events);
	link_apply_locked(l, now);
	pthread_mutex_unlock(&l->lock);
}

/* Keeps what the driver gave, or says that it failed. */
static void keep_cmds_locked(struct sender *s, int64_t now)
{
	struct link *l = s->l;
	struct frame *f = s->spare;
	int rc = s->taken;

	s->took = false;
	if (rc <= 0) {
		session_took_nothing(&l->session);
		if (rc == EMOLFAULT)
			session_fail(&l->session, now);
		else if (rc != EMOLTIMEDOUT && rc != EMOLINTR &&
			 rc != EMOLAGAIN)
			link_gone_locked(l, "get2rmt", rc);
		return;
	}
	f->ncmds = rc;
	f->len = wire_payload(f->cmds, rc);
	if (!session_submit(&l->session, f, now))
		return;
	s->spare = NULL;
	stats_count(&l->stats.sent, f->cmds, rc);
}

/* Until the socket can be used, or the receiver wants something. */
static void wait_for_socket(struct sender *s, int wait)
{
	struct link *l = s->l;
	short events = s->blocked ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN;
	/* -1 is for when there is no socket. */
	zmq_pollitem_t items[] = {
		{ .socket = l->out.zmq, .fd = -1, .events = events },
		{ .socket = l->out.monitor, .fd = -1, .events = ZMQ_POLLIN },
		{ .fd = l->wake, .events = ZMQ_POLLIN },
	};
	uint64_t count;

	zmq_poll(items, 3, wait);
	pthread_mutex_lock(&l->lock);
	l->polling = false;
	pthread_mutex_unlock(&l->lock);
	if (items[2].revents && read(l->wake, &count, sizeof(count)) < 0 &&
	    errno != EAGAIN)
		log_line(SD_ERR, "%s: eventfd: %m", l->name);
	if (items[0].revents || items[1].revents)
		s->looked = 0;
}

/*
 * To look costs more than to send a command, and what comes back is rarely
 * needed soon: acknowledgements come with the peer's commands too, if it has
 * any.
 */
static bool is_time_to_look(const struct sender *s, int64_t now)
{
	return now - s->looked >= LINK_LOOK_EVERY || s->crowded;
}

/*
 * ZeroMQ makes a connection that failed again, but not one that the peer has
 * refused or that broke the protocol: its socket is of no use any more, though
 * the peer may get to know our key.
 */
static bool is_lost_locked(const struct sender *s, int64_t now)
{
	return s->lost && now - s->lost >= s->l->session.times.reconnect;
}

/*
 * While there is no link nothing else that is asked of the driver tells that
 * the pair is gone, as its node has ended, or is another's.
 */
static void ask_driver_locked(struct sender *s, int64_t now)
{
	struct link *l = s->l;
	proc_usr_t thread;
	int rc;

	if (l->session.state == SESSION_UP || now - s->asked < ASK_EVERY)
		return;
	s->asked = now;
	link_judge_locked(l, now);
	rc = mnx_getproxyinfo(l->peer, &thread, NULL);
	if (!rc && thread.p_lpid != l->sender_tid)
		rc = EMOLPROXYFREE;
	if (rc)
		link_gone_locked(l, "getproxyinfo", rc);
}

/* One round of its loop: false when it is over. */
static bool sender_run_once(struct sender *s)
{
	struct link *l = s->l;
	int64_t now = log_now();
	bool over, again, takes;
	int wait;

	if (is_time_to_look(s, now)) {
		s->looked = now;
		look_at_connection(s, now);
		read_answers(s, now);
	}

	pthread_mutex_lock(&l->lock);
	if (s->took)
		keep_cmds_locked(s, now);
	session_tick(&l->session, now);
	ask_driver_locked(s, now);
	link_apply_locked(l, now);
	link_connect_locked(l, now);
	send_all_locked(s, now);
	if (!s->spare)
		s->spare = frame_get(l->pool);
	over = l->gone || l->session.state == SESSION_ENDED;
	again = session_todo(&l->session, SESSION_RECONNECT) || l->renew ||
		is_lost_locked(s, now);
	wait = session_wait(&l->session, now, false);
	s->crowded = session_is_crowded(&l->session);
	takes = !over && !again && !s->blocked && s->spare && !l->draining &&
		session_take(&l->session);
	l->polling = !takes;
	pthread_mutex_unlock(&l->lock);

	if (over)
		return false;
	s->took = takes;
	if (again)
		sender_reconnect(s, now);
	else if (takes)
		s->taken = mnx_get2rmt_batch(s->spare->cmds, s->batch,
					     s->spare->payload, s->maxbytes,
					     wait);
	else
		wait_for_socket(s, wait);
	return true;
}

/* When the link has ended a last message may say so. */
#define LINGER 200

void *link_sender(void *link)
{
	struct link *l = link;
	struct sender s = {
		.l = l,
		.batch = l->set.batch,
		.maxbytes = l->set.maxbytes,
		.probe.fd = -1,
	};

	link_thread_begin(l, &l->sender_tid);
	while (sender_run_once(&s))
		;
	probe_close(&s.probe);
	if (s.spare)
		frame_drop(NULL, s.spare);
	socket_close(&l->out, LINGER);
	link_thread_end(l);
	return NULL;
}
