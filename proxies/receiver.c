// SPDX-License-Identifier: GPL-2.0-or-later
/* The receiver of a link: from the peer to the driver */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "link.h"

#define PARTS 3    /* where it came from, header and commands, payload */
#define ROUTE 256  /* what ZeroMQ allows for the first */
#define TRIES 1000 /* to put in commands when there is no memory, a ms each */
#define WAIT  1000 /* at most, in ms: strangers make the monitor grow */
#define AGAIN 250  /* before it listens anew, or tries to, in ms */

struct receiver {
	struct link *l;
	bool keyed; /* ZeroMQ knows who sends */
	int local;
	size_t maxbytes;
	int timeout; /* of the socket */
	zmq_msg_t part[PARTS];
	size_t route_size; /* 0: nothing came yet */
	unsigned char route[ROUTE];
	cmd_t cmds[M3IPC_MAX_BATCH];
	struct wire_hello hello;
	struct log_limit bad;
	struct log_limit bad_cmd;
	int64_t looked; /* at the monitor */
	int connection; /* see socket_delay_acks(); or 0 */
};

/* Back to where the last good frame came from */
static void send_answers_locked(struct receiver *r, unsigned int kinds,
				int64_t now)
{
	unsigned char bytes[WIRE_HELLO_SIZE];
	struct link *l = r->l;
	size_t size;

	while (r->route_size &&
	       (size = link_control_locked(l, kinds, bytes, now))) {
		if (zmq_send(l->in.zmq, r->route, r->route_size,
			     ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
			continue;
		zmq_send(l->in.zmq, bytes, size, ZMQ_DONTWAIT);
	}
}

/*
 * Is there something for the sender to do?  If it polls, that costs nothing
 * that matters; if it is in the driver, the signal ends that.
 */
static void wake_sender_locked(struct link *l)
{
	struct session *s = &l->session;
	struct wire_header h;

	if (l->polling) {
		l->polling = false;
		link_notify(l, l->wake);
	} else if (s->taking && (l->gone || s->epochs != s->take_epoch ||
				 session_next(s, &h))) {
		pthread_kill(l->sender, SIGUSR2);
	}
}

/* Commands at the front that are of the right nodes */
static int count_good_cmds(const struct receiver *r, const cmd_t *cmds, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (cmds[i].c_snode != r->l->peer ||
		    cmds[i].c_dnode != r->local)
			break;
	return i;
}

static void refuse_cmd(struct receiver *r, const cmd_t *cmd, int rc)
{
	struct link *l = r->l;

	pthread_mutex_lock(&l->lock);
	if (rc == OK)
		l->stats.foreign++;
	else
		l->stats.bad++;
	pthread_mutex_unlock(&l->lock);
	log_limited(&r->bad_cmd, log_now(), SD_WARNING,
		    "%s: command %#x of node %d, VM %d, from %d to %d: %s",
		    l->name, (unsigned int)cmd->c_cmd, cmd->c_snode,
		    cmd->c_vmid, cmd->c_src, cmd->c_dst,
		    rc == OK ? "not from or for that node" : mnx_strerror(rc));
}

/* The pair is not usable: nothing of what follows can be put either. */
static bool is_fatal(int rc)
{
	switch (rc) {
	case EMOLNOTCONN:
	case EMOLBADPROXY:
	case EMOLPROXYFREE:
	case EMOLDRVSINIT:
	case EMOLNODEV:
		return true;
	default:
		return false;
	}
}

/*
 * Puts in as mnx_put2lcl_batch() does.  Without memory nothing has been done
 * with a command: it is put in again, as one that is lost would break the link;
 * which is how it ends if that lasts.
 */
static int put_cmds_patiently(const cmd_t *cmds, int n,
			      const unsigned char *payload, int *done)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	size_t offset = 0;
	int tries, some, i, rc;

	for (tries = 0; tries < TRIES; tries++) {
		some = 0;
		rc = mnx_put2lcl_batch(cmds + *done, n - *done,
				       payload + offset, &some);
		for (i = 0; i < some; i++)
			offset = wire_next_payload(offset,
						   cmds[(*done)++].c_len);
		if (rc == OK) {
			*done = n;
			return OK;
		}
		if (rc != EMOLNOMEM && rc != EMOLINTR)
			return rc;
		nanosleep(&pause, NULL);
	}
	return EMOLNOTCONN;
}

/* Bad ones are left out: that harms nobody but who sent them. */
static int put_cmds(struct receiver *r, int n, const unsigned char *payload)
{
	const cmd_t *cmd = r->cmds, *end = cmd + n;
	size_t offset = 0;
	int good, done, rc;

	while (cmd < end) {
		good = count_good_cmds(r, cmd, (int)(end - cmd));
		done = 0;
		rc = OK;
		if (good)
			rc = put_cmds_patiently(cmd, good, payload + offset,
						&done);
		if (is_fatal(rc))
			return rc;
		for (; done; done--, cmd++)
			offset = wire_next_payload(offset, cmd->c_len);
		if (cmd == end || (rc == OK && good))
			continue;
		refuse_cmd(r, cmd, rc);
		offset = wire_next_payload(offset, cmd->c_len);
		cmd++;
	}
	return OK;
}

/* Puts the commands in: of an epoch that may end meanwhile. */
static void deliver_cmds(struct receiver *r, const struct wire_header *h,
			 uint64_t epoch)
{
	static unsigned char nothing[1];
	struct link *l = r->l;
	int64_t now;
	int rc;

	rc = put_cmds(r, (int)h->ncmds,
		      h->len ? zmq_msg_data(&r->part[2]) : nothing);
	now = log_now();
	pthread_mutex_lock(&l->lock);
	session_delivered(&l->session, now);
	stats_count(&l->stats.received, r->cmds, (int)h->ncmds);
	if (rc == EMOLNOTCONN) {
		if (l->session.epochs == epoch)
			session_fail(&l->session, now);
	} else if (rc) {
		link_gone_locked(l, "put2lcl", rc);
	}
	link_apply_locked(l, now);
	wake_sender_locked(l);
	pthread_mutex_unlock(&l->lock);
}

/* ZAP has made it the number of the node, as text. */
static bool is_forged(const struct receiver *r, const struct wire_header *h)
{
	const char *user;

	if (!r->keyed)
		return false;
	user = zmq_msg_gets(&r->part[1], "User-Id");
	return !user || atoi(user) != h->snode;
}

static enum wire_error check_message(struct receiver *r, struct wire_header *h,
				     int parts)
{
	const void *head = zmq_msg_data(&r->part[1]);
	enum wire_error error;
	size_t len;

	if (parts < 2 || parts > PARTS)
		return WIRE_BADPARTS;
	error = wire_get(h, head, zmq_msg_size(&r->part[1]));
	if (error)
		return error;
	if (is_forged(r, h))
		return WIRE_FORGED;
	if (h->snode != r->l->peer || h->dnode != r->local)
		return WIRE_BADNODE;
	len = parts == PARTS ? zmq_msg_size(&r->part[2]) : 0;
	if (len != h->len || len > r->maxbytes)
		return WIRE_BADLENGTH;
	if (h->type == WIRE_HELLO)
		return wire_get_hello(&r->hello, head);
	return wire_get_cmds(h, r->cmds, head);
}

static void note_route(struct receiver *r)
{
	size_t size = zmq_msg_size(&r->part[0]);

	if (size > ROUTE)
		return;
	memcpy(r->route, zmq_msg_data(&r->part[0]), size);
	r->route_size = size;
}

/* The address of who has sent the message, or NULL */
static const char *message_from(struct receiver *r, int parts)
{
	return parts < 2 ? NULL : zmq_msg_gets(&r->part[1], "Peer-Address");
}

static void refuse_message_locked(struct receiver *r, int parts,
				  const struct wire_header *h,
				  enum wire_error error, int64_t now)
{
	const struct refused_frame frame = {
		.error = error,
		.bytes = parts < 2 ? NULL : zmq_msg_data(&r->part[1]),
		.header = h,
		.from = message_from(r, parts),
	};

	link_refuse_locked(r->l, WHY_IN, &r->bad, &frame, now);
}

static void handle_message(struct receiver *r, int parts)
{
	struct link *l = r->l;
	int64_t now = log_now();
	enum session_verdict verdict = SESSION_DONE;
	struct wire_header h;
	enum wire_error error = check_message(r, &h, parts);
	const struct wire_hello *hello = NULL;
	uint64_t epoch;

	pthread_mutex_lock(&l->lock);
	if (!error && h.type == WIRE_HELLO)
		hello = &r->hello;
	if (error) {
		refuse_message_locked(r, parts, &h, error, now);
	} else if (!hello ||
		   link_meet_locked(l, WHY_IN, message_from(r, parts), hello)) {
		verdict = session_frame(&l->session, &h, hello, SESSION_DIRECT,
					now);
		l->stats.dropped[verdict]++;
		/* The peer may have two connections, one of them dead. */
		if (verdict != SESSION_STALE)
			note_route(r);
		link_apply_locked(l, now);
		send_answers_locked(r, SESSION_OUT_ANSWERS, now);
		wake_sender_locked(l);
	}
	epoch = l->session.epochs;
	pthread_mutex_unlock(&l->lock);
	if (verdict == SESSION_DELIVER)
		deliver_cmds(r, &h, epoch);
}

static void set_receive_timeout(struct receiver *r, int ms)
{
	if (ms == r->timeout)
		return;
	r->timeout = ms;
	zmq_setsockopt(r->l->in.zmq, ZMQ_RCVTIMEO, &ms, sizeof(ms));
}

/* Receives a message: how many parts it had, of which PARTS are kept. */
static int receive_message(struct receiver *r)
{
	int parts = 0;
	zmq_msg_t more;

	for (;;) {
		zmq_msg_t *msg = parts < PARTS ? &r->part[parts] : &more;

		zmq_msg_init(msg);
		if (zmq_msg_recv(msg, r->l->in.zmq, 0) < 0) {
			zmq_msg_close(msg);
			return parts;
		}
		parts++;
		if (!zmq_msg_more(msg))
			break;
		if (msg == &more)
			zmq_msg_close(msg);
	}
	if (parts > PARTS)
		zmq_msg_close(&more);
	return parts;
}

static void look_at_connections(struct receiver *r, int64_t now)
{
	struct socket_events events = { 0 };
	struct link *l = r->l;

	if (now - r->looked < LINK_LOOK_EVERY)
		return;
	r->looked = now;
	socket_events(&l->in, &events);
	if (events.accepted)
		r->connection = events.accepted;
	if (r->connection)
		socket_delay_acks(r->connection);
	if (!events.refused)
		return;
	pthread_mutex_lock(&l->lock);
	l->stats.unkeyed += (uint64_t)events.refused;
	link_fault_locked(l, WHY_IN, events.fault);
	if (l->session.hears)
		log_limited(&r->bad, now, SD_WARNING,
			    r->keyed ? "%s: somebody was refused: no key, or a "
				       "wrong one" :
				       "%s: somebody connected who is no proxy",
			    l->name);
	pthread_mutex_unlock(&l->lock);
}

/*
 * At another port, or for another key: with the socket the connections go that
 * were made with the old one.  It takes ZeroMQ a while to give up a port, and
 * another proxy that has it may be about to end.
 */
static void listen_anew(struct receiver *r)
{
	const struct timespec pause = { .tv_nsec = AGAIN * 1000000L };
	struct link *l = r->l;
	struct settings set;
	int rc;

	pthread_mutex_lock(&l->lock);
	l->relisten = false;
	set = l->set;
	pthread_mutex_unlock(&l->lock);
	socket_close(&l->in, 0);
	r->timeout = -1;
	r->route_size = 0;
	r->connection = 0;
	nanosleep(&pause, NULL);
	rc = socket_listen(&l->in, l->context, &set,
			   settings_peer_id(&set, l->peer));
	settings_wipe(&set);
	if (!rc)
		return;
	pthread_mutex_lock(&l->lock);
	l->relisten = true;
	pthread_mutex_unlock(&l->lock);
}

/* Time has passed, or nothing has come: false when it is over. */
static bool receiver_prepare(struct receiver *r)
{
	struct link *l = r->l;
	int64_t now = log_now();
	bool over, anew;
	int wait;

	pthread_mutex_lock(&l->lock);
	session_tick(&l->session, now);
	link_apply_locked(l, now);
	send_answers_locked(r, SESSION_OUT_ACK, now);
	wait = session_wait(&l->session, now, true);
	over = l->gone || l->session.state == SESSION_ENDED;
	anew = l->relisten;
	pthread_mutex_unlock(&l->lock);
	if (anew && !over)
		listen_anew(r);
	look_at_connections(r, now);
	if (wait > WAIT)
		wait = WAIT;
	/* 0 is for the sender to see to. */
	set_receive_timeout(r, wait ? wait : 1);
	return !over;
}

static void receiver_run_once(struct receiver *r)
{
	int parts = receive_message(r);
	int i;

	if (parts)
		handle_message(r, parts);
	for (i = 0; i < parts && i < PARTS; i++)
		zmq_msg_close(&r->part[i]);
}

void *link_receiver(void *link)
{
	struct receiver *r = calloc(1, sizeof(*r));
	struct link *l = link;

	if (!r)
		abort();
	r->l = l;
	r->keyed = !l->set.insecure;
	r->local = l->set.local.id;
	r->maxbytes = (size_t)l->set.maxbytes;
	r->timeout = -1;
	link_thread_begin(l, &l->receiver_tid);
	while (receiver_prepare(r))
		receiver_run_once(r);
	free(r);
	socket_close(&l->in, 0);
	link_thread_end(l);
	return NULL;
}
