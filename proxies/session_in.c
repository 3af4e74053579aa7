// SPDX-License-Identifier: GPL-2.0-or-later
/* The session: what frames do */
#include "session_int.h"

/* DATA is missing; ask for it, but not with each frame that says so. */
static void ask_again(struct session *s, int64_t now)
{
	if (s->asked == s->expected && now - s->asked_at < s->times.retry)
		return;
	s->asked = s->expected;
	s->asked_at = now;
	s->again = true;
	s->out |= SESSION_OUT_ACK;
}

static enum session_verdict data(struct session *s, const struct wire_header *h,
				 int64_t now)
{
	if (!si_is_up(s) || s->delivering)
		return SESSION_EARLY;
	if (h->seq < s->expected) {
		s->out |= SESSION_OUT_ACK;
		return SESSION_AGAIN;
	}
	if (h->seq > s->expected) {
		ask_again(s, now);
		return SESSION_EARLY;
	}
	s->expected++;
	s->delivering = true;
	if (!s->owed++)
		s->owed_since = now;
	if (s->owed >= SESSION_ACKS)
		s->out |= SESSION_OUT_ACK;
	return SESSION_DELIVER;
}

static void control(struct session *s, const struct wire_header *h, int64_t now)
{
	if (!si_is_up(s))
		return;
	if (h->seq > s->expected)
		ask_again(s, now);
	if (h->type == WIRE_HELLO || (h->flags & WIRE_ASK))
		s->out |= SESSION_OUT_ACK;
	/* Once for each time that we are asked: the ask is limited. */
	if ((h->flags & WIRE_AGAIN) && h->ack == s->una && s->cur > s->una) {
		s->resent += s->cur - s->una;
		s->cur = s->una;
	}
}

/* What carries is known of one session of the peer: is there anything new? */
static bool meet(struct session *s, const struct wire_header *h,
		 const struct wire_hello *hello, enum session_way way)
{
	bool news = s->peer != h->session;

	if (news) {
		s->peer = h->session;
		s->peer_start = 0;
		s->hears = false;
		s->is_heard = false;
		s->ready = false;
	}
	if (hello)
		s->peer_start = hello->start;
	if (way == SESSION_DIRECT && !s->hears) {
		s->hears = true;
		news = true;
	}
	return news;
}

/* It knows us: is it heard, and does it hear us? */
static void meet_peer(struct session *s, const struct wire_header *h,
		      const struct wire_hello *hello, enum session_way way)
{
	bool news = meet(s, h, hello, way);

	if (h->type != WIRE_HELLO || (h->flags & WIRE_HEARD))
		s->is_heard = true;
	if (s->hears && s->is_heard)
		si_join(s);
	else if (news)
		s->out |= SESSION_OUT_HELLO | SESSION_OUT_REPLY;
}

/* Both sides know each other. */
static enum session_verdict from_peer(struct session *s,
				      const struct wire_header *h,
				      const struct wire_hello *hello,
				      enum session_way way, int64_t now)
{
	if (h->type == WIRE_SHUTDOWN) {
		if (si_joined(s))
			si_break(s, SESSION_SHUTDOWN, now);
		return SESSION_DONE;
	}
	if (!si_joined(s))
		meet_peer(s, h, hello, way);
	if (way == SESSION_DIRECT) {
		if (s->state == SESSION_INTERRUPTED && !s->cut)
			s->state = SESSION_UP;
		s->heard = now;
	}
	/* Only who is up sends these. */
	if (h->type != WIRE_HELLO)
		s->ready = true;
	if (si_is_up(s))
		si_acknowledged(s, h->ack, now);
	if (h->type == WIRE_DATA)
		return data(s, h, now);
	control(s, h, now);
	return SESSION_DONE;
}

static enum session_cause cause_of(const struct wire_hello *hello)
{
	if (!hello || hello->cause >= SESSION_CAUSES)
		return SESSION_NONE;
	return (enum session_cause)hello->cause;
}

/* It is from a session that is not the peer's, or that does not know ours. */
static enum session_verdict from_stranger(struct session *s,
					  const struct wire_header *h,
					  const struct wire_hello *hello,
					  enum session_way way, int64_t now)
{
	bool again = s->peer_start && hello && s->peer_start != hello->start;

	if (h->type != WIRE_HELLO)
		return SESSION_STALE;
	if (!si_joined(s)) {
		/* An answer to each would be answered for ever. */
		if (meet(s, h, hello, way))
			s->out |= SESSION_OUT_HELLO | SESSION_OUT_REPLY;
		return SESSION_DONE;
	}
	/* It learns of us from what we send anyway. */
	if (h->session == s->peer)
		return SESSION_STALE;
	if (h->peer == s->own) {
		si_break(s, again ? SESSION_RESTART : SESSION_GAVE_UP, now);
		s->peer_cause = cause_of(hello);
		meet(s, h, hello, way);
	}
	s->out |= SESSION_OUT_HELLO | SESSION_OUT_REPLY;
	return SESSION_DONE;
}

enum session_verdict session_frame(struct session *s,
				   const struct wire_header *h,
				   const struct wire_hello *hello,
				   enum session_way way, int64_t now)
{
	if (s->state == SESSION_ENDED || s->state == SESSION_BROKEN)
		return SESSION_STALE;
	if (h->peer == s->own && (!si_joined(s) || h->session == s->peer))
		return from_peer(s, h, hello, way, now);
	return from_stranger(s, h, hello, way, now);
}
