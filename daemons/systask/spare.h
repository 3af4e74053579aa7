/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes of this node that stand by for an endpoint, each for one: a server
 * in a system slot that another node has, or nobody yet.  Which of them has it
 * the machine says (moves.h); here they become what it wants.
 *
 *	state		event				becomes
 *
 *	ASKS		SYS_STANDBY, from a user slot;	STANDS
 *			it has unbound itself
 *	STANDS		is it not: bound by the driver	STANDS
 *			to whom has the endpoint, so
 *			that what waits for that goes
 *			on here; without anybody it is
 *			not, and claims
 *			commit				free: it has it
 *	any		its process ends, or asks for	free
 *			that
 *
 * A node that leaves the ring may be cut off and not dead, and what it has is
 * held by its SYSTASK as soon as that has seen it.  All see it when the token
 * has been missed for its time, the one a little sooner than the other: so it
 * counts as being in the ring for SPARE_CUT_MS more.
 *
 * Whoever stands by is looked at whenever something has happened: the driver
 * lets a backup go when the process of the endpoint ends.
 */
#ifndef SYSTASK_SPARE_H
#define SYSTASK_SPARE_H

#include <stdbool.h>
#include <stdint.h>

#include <molipc/molipc.h>

#include "slots.h"

struct request;
struct systask;

#define NR_SPARES    64
#define SPARE_CUT_MS 500

struct spare {
	int endpoint; /* NONE: free */
	int client;   /* as which it asks, or NONE */
	int pid;
	int pidfd;
	uint64_t nobody; /* ticks: since then it sees that nobody has it; 0 */
};

/* Nodes by index */
struct spares_ring {
	uint64_t nodes;
	uint64_t cut[SLOTS_NODES]; /* ticks: it counts until then; or 0 */
};

void spares_init(struct systask *s);
/* The ring is those nodes now, by number. */
void spares_ring(struct systask *s, uint64_t nodes);
void spares_time(struct systask *s);
/* In how many ms, up to that many, spares_time() has something to do */
uint64_t spares_next(const struct systask *s, uint64_t ms);
/* What an earlier SYSTASK left: the driver has them. */
void spares_found(struct systask *s);
/* Something has happened. */
void spares_look(struct systask *s);
/* The process that stands by for it here; 0: none does */
int spare_pid(struct systask *s, int endpoint);
/* It has the endpoint: 0, or an error */
int spare_take(struct systask *s, int endpoint);
/* Does an entry say that it is at that node, and that node, too? */
bool spare_is_said(const struct systask *s, int endpoint, uint32_t node);

int do_standby(struct systask *s, struct request *rq);
int do_promote(struct systask *s, struct request *rq);
int do_getmove(struct systask *s, struct request *rq);

#endif /* SYSTASK_SPARE_H */
