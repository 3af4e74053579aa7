// SPDX-License-Identifier: GPL-2.0-or-later
/* The session: what is sent */
#include "session_int.h"

static void fill(const struct session *s, enum wire_type type, uint64_t seq,
		 struct wire_header *h)
{
	*h = (struct wire_header){
		.type = type,
		.snode = s->snode,
		.dnode = s->dnode,
		.session = s->own,
		.peer = s->peer,
		.seq = seq,
		.ack = s->expected,
	};
}

static enum wire_type pop(struct session *s, unsigned int kind, int64_t now)
{
	s->out &= ~kind;
	switch (kind) {
	case SESSION_OUT_HELLO:
		s->helloed = now;
		return WIRE_HELLO;
	case SESSION_OUT_REPLY:
		return WIRE_HELLO;
	case SESSION_OUT_ACK:
		return WIRE_ACK;
	case SESSION_OUT_HEARTBEAT:
		s->sent = now;
		return WIRE_HEARTBEAT;
	default:
		return WIRE_SHUTDOWN;
	}
}

bool session_control(struct session *s, unsigned int mask,
		     struct wire_header *h, int64_t now)
{
	unsigned int kinds = s->out & mask;

	if (!kinds || s->state == SESSION_BROKEN)
		return false;
	/* The lowest first */
	fill(s, pop(s, kinds & -kinds, now), s->cur, h);
	if (h->type == WIRE_HELLO && s->hears)
		h->flags = WIRE_HEARD;
	if (h->type == WIRE_ACK && s->again)
		h->flags = WIRE_AGAIN;
	if (h->type == WIRE_ACK) {
		s->again = false;
		s->owed = 0;
	}
	if (h->type == WIRE_HEARTBEAT && (!s->ready || s->una != s->cur)) {
		h->flags = WIRE_ASK;
		s->probed = now;
	}
	return true;
}

bool session_take(struct session *s)
{
	if (!si_is_up(s) || !s->ready || s->taking ||
	    s->nxt - s->una >= SESSION_WINDOW)
		return false;
	s->taking = true;
	s->take_epoch = s->epochs;
	return true;
}

void session_took_nothing(struct session *s)
{
	si_taken(s);
}

bool session_submit(struct session *s, void *frame, int64_t now)
{
	bool same = si_is_up(s) && s->epochs == s->take_epoch;

	si_taken(s);
	if (!same)
		return false;
	if (session_idle(s))
		s->progress = now;
	s->kept[s->nxt++ % SESSION_WINDOW] = frame;
	return true;
}

void *session_next(const struct session *s, struct wire_header *h)
{
	if (!si_is_up(s) || !s->ready || s->cur == s->nxt)
		return NULL;
	fill(s, WIRE_DATA, s->cur, h);
	return s->kept[s->cur % SESSION_WINDOW];
}

void session_sent(struct session *s, bool header, int64_t now)
{
	if (s->cur == s->una)
		s->progress = now;
	s->cur++;
	s->sent = now;
	if (!header)
		return;
	s->owed = 0;
	s->out &= ~(s->again ? 0 : SESSION_OUT_ACK);
}
