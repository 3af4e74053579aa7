/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call of "me" that waits for the peer, and the two ways it can end: with
 * what it waited for, or without a trace.  A signal handler of mine can be held
 * at a gate while the call waits behind it.
 */
#ifndef TESTS_STAGE_BLOCKED_H
#define TESTS_STAGE_BLOCKED_H

#include "roles.h"

enum wait {
	SEND,
	SENDREC,
	SENDREC_TAKEN, /* the peer has the request */
	RECEIVE,
	RECEIVE_ANY,
	RCVRQST,
	REPLY_RCVRQST,
	NR_WAITS
};

/* ms: a timeout that is to pass, but not before a call is there and waits */
#define TIME (peer_is_remote() ? 1200 : 500)

/* roles_up(), and the gate; roles_down() belongs to it. */
void blocked_up(void);

/*
 * After roles_set(): the call, that alone or until it waits, a request until it
 * is taken; and p_rts_flags while it does
 */
void start_call(enum wait wait, long ms);
void begin(enum wait wait, long ms);
uint32_t my_flags(void);

/* The peer does what the call waits for. */
void deliver(void);

/* The call has ended with what deliver() did, and that was done once. */
void check_delivered(void);

/* The call has ended with an error, and nothing has come of it. */
void check_abandoned(int rc);

/* Between roles_set() and begin(): what my handler of SIG_RESTART does */
void handler_calls(enum op op, int whom, long ms);
void handler_runs(int (*run)(struct call *call));

/* For handlers: waits until let_go().  hold() gets me there. */
int wait_at_gate(struct call *call);
void hold(void);
void let_go(void);

/* A signal whose handler restarts the call, which waits again after this */
void restart(void);

#endif /* TESTS_STAGE_BLOCKED_H */
