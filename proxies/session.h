/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol between two proxies: one side of a link, as a state machine
 * that does no I/O, knows no clock and has no threads.  Its user tells it what
 * happens and at what time, and then does what it asks for:
 *
 *	session_todo()		what to do with the driver and the transport
 *	session_control()	which frames to send, until there is none
 *	session_next()		which DATA to send
 *	session_wait()		when to call session_tick() at the latest
 *
 * What it promises, over a transport that may lose, double, delay and reorder:
 *
 * - An *epoch* is the time from a side's CONNECT to its DISCONNECT.  It is
 *   named by the session numbers of both sides; each epoch of a side has a new
 *   one of its own.  All frames of an epoch carry both numbers.
 * - What a side sends in an epoch, the other delivers in the epoch of the same
 *   name or not at all: in order, once, and without a gap.
 * - There are two connections, one that each side makes.  An epoch begins when
 *   each side has heard the other on both, and lasts while each hears the other
 *   on the one that the other makes; what comes as an answer shows no more than
 *   that the other hears.
 * - So if one side ends the epoch the other can only end it too: it learns of
 *   the new session, or hears nothing for link_timeout.
 * - An interruption that is shorter than link_timeout ends nothing.
 *
 * DATA is kept until it has been acknowledged.  Transports keep order but for
 * reconnections, so a receiver drops what does not come in its turn and asks
 * for all from there on (go back N); and a sender that hears of no progress
 * asks first what has arrived (WIRE_ASK), as resending would only make a slow
 * transport slower.
 */
#ifndef _PROXIES_SESSION_H
#define _PROXIES_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

/* DATA that is kept; acknowledgements come at least every SESSION_ACKS. */
#define SESSION_WINDOW 128
#define SESSION_ACKS   16

enum session_state {
	SESSION_HELLO, /* looks for the peer */
	SESSION_JOIN,  /* found it, both ways; the driver is to be connected */
	SESSION_UP,
	SESSION_INTERRUPTED, /* up, but the peer is not heard of */
	SESSION_BROKEN,      /* the driver is to be disconnected */
	SESSION_ENDED,
};

/* Why a link broke: in a HELLO these numbers, so new ones go to the end */
enum session_cause {
	SESSION_NONE,
	SESSION_SILENCE,  /* nothing was heard for link_timeout */
	SESSION_STUCK,    /* nothing was acknowledged for much longer */
	SESSION_RESTART,  /* the peer started again */
	SESSION_SHUTDOWN, /* the peer said so */
	SESSION_DRIVER,   /* the user called session_fail() */
	SESSION_STOPPED,  /* or session_stop() */
	SESSION_GAVE_UP,  /* the peer broke it: see peer_cause */
	SESSION_CAUSES
};

/* The connection that a frame came on */
enum session_way {
	SESSION_DIRECT, /* that of the peer */
	SESSION_ANSWER, /* our own: it answers what it has heard there */
};

/* In ms */
struct session_times {
	int heartbeat;    /* a sender is not silent for longer */
	int silence;      /* after which the link is interrupted */
	int link_timeout; /* and after which it is broken */
	int reconnect;    /* between attempts while interrupted */
	int retry;        /* of HELLO, and of asking what has arrived */
	int ack_delay;    /* at most, of an acknowledgement */
};

struct session_ops {
	uint64_t (*fresh)(void *arg); /* a new session number, not 0 */
	void (*release)(void *arg, void *frame);
};

/* What session_todo() returns */
#define SESSION_CONNECT    (1u << 0) /* the driver */
#define SESSION_DISCONNECT (1u << 1)
#define SESSION_RECONNECT  (1u << 2) /* make the transport anew */

/* Kinds of frames that session_control() is asked for */
#define SESSION_OUT_HELLO     (1u << 0)
#define SESSION_OUT_ACK       (1u << 1)
#define SESSION_OUT_HEARTBEAT (1u << 2)
#define SESSION_OUT_SHUTDOWN  (1u << 3)
#define SESSION_OUT_REPLY     (1u << 4) /* a HELLO too */
/* What goes back to where a frame came from; what goes on our connection */
#define SESSION_OUT_ANSWERS (SESSION_OUT_REPLY | SESSION_OUT_ACK)
#define SESSION_OUT_OWN                                                \
	(SESSION_OUT_HELLO | SESSION_OUT_ACK | SESSION_OUT_HEARTBEAT | \
	 SESSION_OUT_SHUTDOWN)

/* What session_frame() says of a frame */
enum session_verdict {
	SESSION_DONE,    /* the machine has used it */
	SESSION_DELIVER, /* its commands are for the driver */
	SESSION_STALE,   /* of another epoch */
	SESSION_AGAIN,   /* seen before */
	SESSION_EARLY,   /* something is missing before it */
};

/* To be read, not written, by others */
struct session {
	enum session_state state;
	enum session_cause cause;      /* of the last break */
	enum session_cause peer_cause; /* of SESSION_GAVE_UP: the peer's own */
	uint64_t epochs;               /* that have ended */
	uint64_t resent;               /* DATA */

	int snode;
	int dnode;
	uint64_t own;
	uint64_t peer;       /* HELLO, BROKEN: a guess, or 0 */
	uint64_t peer_start; /* of its proxy, or 0: not known */
	bool hears;          /* the peer, on the connection that it makes */
	bool is_heard;       /* by the peer, on ours */
	bool ready;          /* the peer is up too */
	bool cut;            /* our connection is known to be lost */
	struct session_times times;
	const struct session_ops *ops;
	void *arg;

	/* what is sent: una <= cur <= nxt, nxt - una <= SESSION_WINDOW */
	void *kept[SESSION_WINDOW];
	uint64_t una; /* the first that is not acknowledged */
	uint64_t cur; /* the next to be sent */
	uint64_t nxt; /* the number of the next that is submitted */

	/* what is received */
	uint64_t expected;
	unsigned int owed; /* DATA that is not acknowledged */
	uint64_t asked;    /* for again; 0: nothing */
	bool again;

	/* the user is between two calls, see session_take() */
	bool taking;
	bool delivering;
	uint64_t take_epoch;

	unsigned int todo;
	unsigned int out;

	/* times, in ms */
	int64_t heard;
	int64_t sent;     /* to the peer, not as an answer */
	int64_t progress; /* of acknowledgements, or of waiting for them */
	int64_t probed;
	int64_t helloed;
	int64_t owed_since;
	int64_t asked_at;
	int64_t reconnected;
};

void session_init(struct session *s, int snode, int dnode,
		  const struct session_times *times,
		  const struct session_ops *ops, void *arg, int64_t now);

/* Takes effect at once. */
void session_set_times(struct session *s, const struct session_times *times);

const char *session_state_name(enum session_state state);
const char *session_cause_name(enum session_cause cause);

/* The time is `now'.  May be called at any time. */
void session_tick(struct session *s, int64_t now);

/* In how many ms session_tick() has to be called; `acks': for those too. */
int session_wait(const struct session *s, int64_t now, bool acks);

/*
 * A frame from the peer node arrived: its nodes have been checked, and what a
 * HELLO says, which is NULL for others.  After
 * SESSION_DELIVER its commands are put into the driver, then comes
 * session_delivered(), whatever became of them and of the link.
 */
enum session_verdict session_frame(struct session *s,
				   const struct wire_header *h,
				   const struct wire_hello *hello,
				   enum session_way way, int64_t now);
void session_delivered(struct session *s, int64_t now);

/* The connection to the peer was made, or lost. */
void session_transport(struct session *s, bool up, int64_t now);

/*
 * What to do now.  SESSION_RECONNECT is returned once; the others until
 * session_connected() or session_disconnected() says that it is done.
 */
unsigned int session_todo(struct session *s, unsigned int mask);
void session_connected(struct session *s, int64_t now);
void session_disconnected(struct session *s, int64_t now);

/*
 * The next frame without commands to send, of the kinds in `mask'; false if
 * there is none.  Whether it could be sent is of no concern.
 */
bool session_control(struct session *s, unsigned int mask,
		     struct wire_header *h, int64_t now);

/*
 * May commands be taken out of the driver?  If so, they are being taken until
 * session_submit() or session_took_nothing(): the driver is not connected anew
 * in between, so that commands of one epoch do not get into the next.
 */
bool session_take(struct session *s);
void session_took_nothing(struct session *s);

/*
 * Commands have been taken.  If false, their epoch is over: drop them.  If
 * true, the frame is the session's until it calls release().
 */
bool session_submit(struct session *s, void *frame, int64_t now);

/*
 * The frame to send next or NULL; and `h', to which the user adds ncmds and
 * len.  A frame that is sent again may keep the header it had.  Then
 * session_sent() says that it has been sent, and whether with this header.
 */
void *session_next(const struct session *s, struct wire_header *h);
void session_sent(struct session *s, bool header, int64_t now);

/* Nothing is kept that is not acknowledged. */
static inline bool session_idle(const struct session *s)
{
	return s->una == s->nxt;
}

/* So much is kept that acknowledgements are wanted soon. */
static inline bool session_is_crowded(const struct session *s)
{
	return s->nxt - s->una >= SESSION_WINDOW / 2;
}

/* The driver failed: the link is broken. */
void session_fail(struct session *s, int64_t now);

/* Ends the session for good and tells the peer. */
void session_stop(struct session *s, int64_t now);

#endif /* _PROXIES_SESSION_H */
