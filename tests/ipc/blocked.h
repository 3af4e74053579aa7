/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call of "me" that waits for the peer, and the two ways it can end: with
 * what it waited for, or without a trace.  A signal handler of mine can be held
 * at a gate while the call waits behind it.
 */
#ifndef TESTS_IPC_BLOCKED_H
#define TESTS_IPC_BLOCKED_H

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

/* For libcheck's checked fixtures, instead of the stage's alone */
void blocked_up(void);
void blocked_down(void);

/* After roles_set(): the call, until it waits; and p_rts_flags while it does */
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

#endif /* TESTS_IPC_BLOCKED_H */
