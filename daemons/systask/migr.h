/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoints that move: what the machine (moves.h) wants is done here, with the
 * driver, the group, the table of processes, and whoever has asked for it.
 *
 * At the new node a *taker* is to have the endpoint: a process that has said
 * so, by SYS_MIGRTAKE, and has unbound itself since; or the one whose pid root
 * has named.  There is one for an endpoint; who comes later takes the place of
 * one of the same user.
 *
 * The slot of an endpoint in a user slot is the other node's soon after it has
 * moved: the one that it has left gives it away.
 */
#ifndef SYSTASK_MIGR_H
#define SYSTASK_MIGR_H

#include <molipc/molipc.h>

#include "moves.h"

struct request;
struct systask;

#define NR_TAKERS 64

struct taker {
	int endpoint; /* that it is to have; NONE: free */
	int client;   /* as which it has said so */
	int pid;
	int pidfd;
	uint32_t uid;
};

/* Of a move that was asked for here */
struct migr_asked {
	uint32_t number; /* 0: free */
	int client;      /* NONE: nobody waits for the answer */
	uint64_t ms;     /* for votes */
	message m;
};

/* Of a move from this node, whose votes do not come for ever */
struct migr_started {
	struct moves_id id;
	uint64_t since;
};

struct migr {
	struct taker taker[NR_TAKERS];
	struct migr_asked asked[MOVES_ASKED];
	struct migr_started started[MOVES_MAX]; /* as items of moves */
	int failed; /* an endpoint that could not come, or NONE */
};

void migr_init(struct systask *s);
/* The processes of this node are known: what an earlier SYSTASK left */
void migr_found(struct systask *s);
/* Processes have been unbound: is one of them a taker? */
void migr_look(struct systask *s);
/* Every second */
void migr_time(struct systask *s);
/* Does an entry say that it is not at that node (by index), and where it is? */
bool migr_is_elsewhere(const struct systask *s, int endpoint, uint32_t node);
/* EMOL */
int migr_error(enum moves_why why, int rc);

/* do_migr.c */
int do_migrate(struct systask *s, struct request *rq);
int do_migrtake(struct systask *s, struct request *rq);

#endif /* SYSTASK_MIGR_H */
