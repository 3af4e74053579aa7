// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The states of a link and what time does to it.  What frames do is in
 * session_in.c, what is sent is in session_out.c.
 *
 *		HELLO		JOIN		UP		INTERRUPTED
 * HELLO that	learn its	-		-		-
 * does not	session, answer
 * know us
 * HELLO that	learn; JOIN if	-		answer		answer; UP if
 * knows us	both ways carry					it came direct
 * other frame	the same	note that the peer is up; use it; UP if it
 * that does			came direct
 * HELLO of	learn it,	HELLO, as a challenge; if it knows us: the peer
 * another	answer		started again or gave up, BROKEN (JOIN: HELLO)
 * session
 * other frame	dropped		dropped		dropped		dropped
 * of one
 * SHUTDOWN	-		HELLO		BROKEN		BROKEN
 * connected	-		UP		-		-
 * transport	HELLO		HELLO		HEARTBEAT	HEARTBEAT; UP
 * made								with the next
 *								direct frame
 * transport	-		-		INTERRUPTED	-
 * lost
 * retry passes	HELLO		HELLO		HEARTBEAT with WIRE_ASK, if the
 *						peer is not up or owes us ACKs
 * heartbeat	-		-		HEARTBEAT	HEARTBEAT
 * passes
 * silence	-		-		INTERRUPTED	RECONNECT,
 * passes						at intervals
 * link_timeout	-		-		-		BROKEN
 * passes
 * driver fails	-		HELLO		BROKEN		BROKEN
 * stop		ENDED		ENDED		ENDED		ENDED
 *
 * Direct is what came on the connection that the peer makes: "both ways carry"
 * when something did (hears), and when the peer has said the same of the one
 * that we make (is_heard): by the flag WIRE_HEARD of a HELLO, or by being up
 * itself.  A HELLO goes on our connection, at intervals; and, if there was
 * anything new, back to where it came from, so that the peer gets to know our
 * session, and what is wrong with one connection on the other.
 *
 * Silence is that nothing comes direct.  A peer that no longer hears us does
 * not say so until it breaks the link.
 *
 * BROKEN becomes HELLO as soon as the driver is disconnected, with a new
 * session of our own: that breaks the link for the peer too.  JOIN lasts until
 * no thread is on its way into or out of the driver with commands of the epoch
 * before.  ENDED stays.
 *
 * A peer that lives answers a challenge with HELLOs that know us; a frame of
 * one that is dead, and was late, does not get that far but by chance.  Then
 * the link breaks and is made again: that harms nobody else.
 */
#include <string.h>

#include "session_int.h"

/* Nothing acknowledged for this many times link_timeout is no slow receiver. */
#define STUCK 4

static const char *const state_names[] = {
	[SESSION_HELLO] = "looking for the peer",
	[SESSION_JOIN] = "joining",
	[SESSION_UP] = "up",
	[SESSION_INTERRUPTED] = "interrupted",
	[SESSION_BROKEN] = "broken",
	[SESSION_ENDED] = "ended",
};

static const char *const cause_names[] = {
	[SESSION_NONE] = "none",
	[SESSION_SILENCE] = "nothing heard for link_timeout",
	[SESSION_STUCK] = "nothing acknowledged for too long",
	[SESSION_RESTART] = "the peer started again",
	[SESSION_SHUTDOWN] = "the peer shut down",
	[SESSION_DRIVER] = "the driver failed",
	[SESSION_STOPPED] = "stopped",
	[SESSION_GAVE_UP] = "the other node broke it",
};

const char *session_state_name(enum session_state state)
{
	return state_names[state];
}

const char *session_cause_name(enum session_cause cause)
{
	return cause_names[cause];
}

static void release_below(struct session *s, uint64_t seq)
{
	for (; s->una < seq; s->una++)
		s->ops->release(s->arg, s->kept[s->una % SESSION_WINDOW]);
}

/* Everything of the epoch is over. */
static void forget(struct session *s, int64_t now)
{
	release_below(s, s->nxt);
	s->una = 1;
	s->cur = 1;
	s->nxt = 1;
	s->expected = 1;
	s->owed = 0;
	s->asked = 0;
	s->again = false;
	s->ready = false;
	s->hears = false;
	s->is_heard = false;
	s->out = 0;
	s->heard = now;
	s->progress = now;
	s->probed = now;
}

void session_init(struct session *s, int snode, int dnode,
		  const struct session_times *times,
		  const struct session_ops *ops, void *arg, int64_t now)
{
	memset(s, 0, sizeof(*s));
	s->snode = snode;
	s->dnode = dnode;
	s->times = *times;
	s->ops = ops;
	s->arg = arg;
	s->own = ops->fresh(arg);
	s->una = 1;
	s->nxt = 1;
	forget(s, now);
	s->out = SESSION_OUT_HELLO;
}

void session_set_times(struct session *s, const struct session_times *times)
{
	s->times = *times;
}

/* The peer as we know it stays as a guess: told our new session it breaks. */
void si_break(struct session *s, enum session_cause cause, int64_t now)
{
	bool up = si_is_up(s);

	forget(s, now);
	s->cause = cause;
	s->epochs += up;
	s->own = s->ops->fresh(s->arg);
	s->state = up ? SESSION_BROKEN : SESSION_HELLO;
	s->todo = up ? SESSION_DISCONNECT : 0;
	s->out = SESSION_OUT_HELLO;
}

/* The driver may be connected when nobody is between it and us. */
static void try_connect(struct session *s)
{
	if (s->state == SESSION_JOIN && !s->taking && !s->delivering)
		s->todo |= SESSION_CONNECT;
}

void si_join(struct session *s)
{
	s->state = SESSION_JOIN;
	s->out |= SESSION_OUT_HELLO;
	try_connect(s);
}

void si_acknowledged(struct session *s, uint64_t ack, int64_t now)
{
	if (ack <= s->una || ack > s->nxt)
		return;
	release_below(s, ack);
	if (s->cur < ack)
		s->cur = ack;
	s->progress = now;
}

static void check_silence(struct session *s, int64_t now)
{
	int64_t silent = now - s->heard;

	/* What the peer says meanwhile waits for the receiver. */
	if (s->delivering)
		return;
	if (silent >= s->times.link_timeout) {
		si_break(s, SESSION_SILENCE, now);
		return;
	}
	if (s->state == SESSION_UP && silent >= s->times.silence) {
		s->state = SESSION_INTERRUPTED;
		s->reconnected = now - s->times.reconnect;
	}
	if (s->state == SESSION_INTERRUPTED &&
	    now - s->reconnected >= s->times.reconnect) {
		s->todo |= SESSION_RECONNECT;
		s->reconnected = now;
	}
}

/* Does the peer owe us an answer? */
static bool waits(const struct session *s)
{
	return !s->ready || s->una != s->cur;
}

static int64_t probe_time(const struct session *s)
{
	return (s->progress > s->probed ? s->progress : s->probed) +
	       s->times.retry;
}

static void tick_up(struct session *s, int64_t now)
{
	if (!session_idle(s) &&
	    now - s->progress >= (int64_t)STUCK * s->times.link_timeout)
		si_break(s, SESSION_STUCK, now);
	else
		check_silence(s, now);
	if (!si_is_up(s))
		return;
	if (waits(s) && now >= probe_time(s))
		s->out |= SESSION_OUT_HEARTBEAT;
	if (now - s->sent >= s->times.heartbeat)
		s->out |= SESSION_OUT_HEARTBEAT;
	if (s->owed && now - s->owed_since >= s->times.ack_delay)
		s->out |= SESSION_OUT_ACK;
}

void session_tick(struct session *s, int64_t now)
{
	switch (s->state) {
	case SESSION_HELLO:
	case SESSION_JOIN:
		if (now - s->helloed >= s->times.retry)
			s->out |= SESSION_OUT_HELLO;
		break;
	case SESSION_UP:
	case SESSION_INTERRUPTED:
		tick_up(s, now);
		break;
	case SESSION_BROKEN:
	case SESSION_ENDED:
		break;
	}
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_up(const struct session *s, bool acks)
{
	int64_t at = s->sent + s->times.heartbeat;

	if (waits(s))
		at = earlier(at, probe_time(s));
	if (!s->delivering) {
		at = earlier(at, s->heard + s->times.link_timeout);
		if (s->state == SESSION_UP)
			at = earlier(at, s->heard + s->times.silence);
		else
			at = earlier(at, s->reconnected + s->times.reconnect);
	}
	if (acks && s->owed)
		at = earlier(at, s->owed_since + s->times.ack_delay);
	return at;
}

int session_wait(const struct session *s, int64_t now, bool acks)
{
	int64_t at;

	if (s->state == SESSION_ENDED)
		return s->times.heartbeat;
	at = si_is_up(s) ? next_up(s, acks) : s->helloed + s->times.retry;
	return at > now ? (int)(at - now) : 0;
}

void session_transport(struct session *s, bool up, int64_t now)
{
	s->cut = !up;
	if (!si_is_up(s)) {
		if (up && s->state != SESSION_ENDED)
			s->out |= SESSION_OUT_HELLO;
	} else if (up) {
		/* Time for it to be of use */
		s->reconnected = now;
		s->out |= SESSION_OUT_HEARTBEAT;
	} else if (s->state == SESSION_UP) {
		s->state = SESSION_INTERRUPTED;
		s->reconnected = now;
	}
}

unsigned int session_todo(struct session *s, unsigned int mask)
{
	unsigned int todo = s->todo & mask;

	s->todo &= ~(todo & SESSION_RECONNECT);
	return todo;
}

void session_connected(struct session *s, int64_t now)
{
	s->todo &= ~SESSION_CONNECT;
	if (s->state != SESSION_JOIN)
		return;
	s->state = s->cut ? SESSION_INTERRUPTED : SESSION_UP;
	s->reconnected = now;
	s->heard = now;
	s->progress = now;
	/* One to each of the peer's threads, as one may not listen now */
	s->out |= SESSION_OUT_HEARTBEAT | SESSION_OUT_ACK;
}

void session_disconnected(struct session *s, int64_t now)
{
	s->todo &= ~SESSION_DISCONNECT;
	if (s->state != SESSION_BROKEN)
		return;
	s->state = SESSION_HELLO;
	s->helloed = now;
}

void session_delivered(struct session *s, int64_t now)
{
	s->delivering = false;
	s->heard = now;
	try_connect(s);
}

void si_taken(struct session *s)
{
	s->taking = false;
	try_connect(s);
}

void session_fail(struct session *s, int64_t now)
{
	if (si_joined(s))
		si_break(s, SESSION_DRIVER, now);
}

void session_stop(struct session *s, int64_t now)
{
	bool joined = si_joined(s);
	unsigned int todo = si_is_up(s) ? SESSION_DISCONNECT : 0;

	forget(s, now);
	s->cause = SESSION_STOPPED;
	s->state = SESSION_ENDED;
	s->todo = todo;
	s->out = joined ? SESSION_OUT_SHUTDOWN : 0;
}
