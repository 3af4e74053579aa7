/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes with their drivers, SYSTASKs and the group between them: what can
 * happen to them, and what must be true of slots at every moment.
 */
#ifndef SIM_SLOTS_WORLD_H
#define SIM_SLOTS_WORLD_H

#include "lib/group.h"
#include "systask/slots.h"

/* A node: what of it outlives its SYSTASK */
struct place {
	bool bound[SLOTS_MAX]; /* a process is in it, says the driver */
	bool alive;            /* its SYSTASK */
	bool forked;           /* it has founded, by order */
	uint32_t forks;        /* that have not been answered */
	struct slots systask;
};

enum event {
	EVENT_ORDER, /* the group's two: by far the most */
	EVENT_DELIVER,
	EVENT_START,
	EVENT_FORK,
	EVENT_BIND, /* a process, by itself */
	EVENT_WANT,
	EVENT_EXIT, /* may be late: of a slot that has gone */
	EVENT_LEAVE,
	EVENT_KILL,  /* SYSTASK */
	EVENT_CRASH, /* the node */
	EVENT_BOOT,
	EVENT_DISCONNECT, /* its corosync starts anew, SYSTASK does not */
	EVENT_FENCE,      /* the driver ends the processes of an ended life */
	EVENT_EXPIRED,    /* and a member is told */
	EVENT_FORGET,
	EVENT_FOUND,
	EVENT_TIMEOUT,
	EVENTS
};

struct world {
	uint32_t nr;
	uint32_t slots;
	uint32_t lives; /* so far */
	uint32_t given; /* slots to forks */
	bool verbose;
	const char *wrong;
	struct place place[GROUP_NODES];
	struct group group;
};

void world_init(struct world *w, uint32_t nr, uint32_t slots);
/* False if that cannot happen there now; arg: a slot, or another node */
bool world_event(struct world *w, enum event event, uint32_t node,
		 uint32_t arg);
/* Partitions and merges: part[i] is that of node i */
void world_change(struct world *w, const uint8_t *part, struct dice *dice);
/* Sets wrong */
void world_check(struct world *w);
/* Until nothing is on its way */
void world_settle(struct world *w);
/* All nodes are up and reach each other, until nothing happens any more: then
 * all slots are somebody's and all forks are answered.
 */
void world_peace(struct world *w);
/* The table of a node: whose each slot is, as letters */
void world_print(const struct world *w);

#endif /* SIM_SLOTS_WORLD_H */
