/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What passes between the director and an actor, and the actor's side.
 */
#ifndef TESTS_STAGE_ACT_H
#define TESTS_STAGE_ACT_H

#include "actor.h"

/* What goes to an actor */
struct order {
	bool in_handler; /* for later: OP_* in the handler */
	struct call call;
};

/* What comes back; a handler reports by itself. */
struct report {
	bool signal;
	int ep; /* of the first one, that says who it is */
	pid_t tid;
	struct result result;
};

/* In a process of its own: introduces itself, obeys, and never returns. */
void act(enum kind kind, int p_nr, int fd);

/* The director has no actors any more. */
void actors_dismiss(void);

/* The looks of a slot, see slot_await() */
bool slot_is_on(int nodeid, int p_nr, uint32_t rts_flags);

#endif /* TESTS_STAGE_ACT_H */
