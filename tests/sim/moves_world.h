/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes with their drivers, SYSTASKs and clients, and the group between them:
 * what can happen to endpoints that move, and what must be true of them.
 *
 * moves_driver.c has the drivers, as mnx_migr_start(3) says that they are, as
 * far as it matters which node has a request.
 */
#ifndef SIM_MOVES_WORLD_H
#define SIM_MOVES_WORLD_H

#include "lib/group.h"
#include "systask/moves.h"

#define ENDPOINTS 2
#define REQUESTS  24

/* What the driver of a node has of an endpoint: it outlives SYSTASK. */
struct driver {
	bool here;      /* a process has it */
	bool moving;    /* what is for it waits */
	bool preparing; /* one that is to have it is on its way */
	bool prepared;  /* and is there */
	bool stands;    /* a backup */
	bool left;      /* it was here, and has moved away */
	bool heard;     /* its node says that it has left */
	int at;         /* the node, as far as is known, or -1 */
	bool is_kept;
	struct moves_kept kept;
};

struct place {
	bool alive;     /* its SYSTASK */
	bool fenced;    /* it died, and the driver has ended all processes */
	uint32_t asked; /* moves, which have not been answered */
	uint32_t pid;
	struct moves systask;
	struct driver driver[ENDPOINTS];
};

struct request {
	bool waits;
	int endpoint;
	uint32_t client; /* its node */
	uint32_t where;  /* the node that has it */
	unsigned int hops;
};

enum event {
	EVENT_ORDER, /* the group's two: by far the most */
	EVENT_DELIVER,
	EVENT_START,
	EVENT_KILL,  /* SYSTASK */
	EVENT_FENCE, /* the driver ends its processes, as SYSTASK is dead */
	EVENT_EXPIRED,
	EVENT_LEAVE,
	EVENT_CRASH, /* the node */
	EVENT_BOOT,
	EVENT_DISCONNECT, /* its corosync starts anew, SYSTASK does not */
	EVENT_FORGET,
	EVENT_MIGRATE,
	EVENT_PROMOTE,
	EVENT_READY, /* or not, if it is late */
	EVENT_TIMEOUT,
	EVENT_STAND, /* or not any more */
	EVENT_CLAIM, /* who stands by, where nobody is known to have it */
	EVENT_END,   /* a process */
	EVENT_BIND,
	EVENT_CALL,
	EVENT_SERVE,
	EVENT_STRIKE, /* a node that has just given something up */
	EVENTS
};

struct world {
	uint32_t nr;
	uint32_t lives; /* so far */
	uint64_t clock;
	bool verbose;
	bool gentle; /* nobody dies */
	bool liars;  /* administrators forget nodes that are alive */
	bool lied;
	/* A node has lost what it knew: two majorities may have nobody in both
	 * who knows who took over.
	 */
	bool forgot;
	const char *wrong;
	unsigned long moved, answered, failed;
	struct request request[REQUESTS];
	struct place place[GROUP_NODES];
	struct group group;
};

extern struct world w;

void world_wrong(const char *what);
void world_init(uint32_t nr, uint32_t nr_spares);
/* False if that cannot happen there now */
bool world_event(enum event event, uint32_t node, uint32_t arg);
/* Partitions and merges: part[i] is that of node i */
void world_change(const uint8_t *part, struct dice *dice);
void world_check(void);
/* Until nothing is on its way */
void world_settle(void);
/* All are up and reach each other: then all is as it should be. */
void world_peace(void);
void world_print(void);

/* moves_driver.c */
extern const struct moves_ops driver_ops;
int32_t driver_endpoint(int i);
bool driver_reaches(uint32_t a, uint32_t b);
void driver_links(void);
/* All its processes end, or one. */
void driver_end_all(uint32_t node);
void driver_end(uint32_t node, int i);
bool driver_call(uint32_t node, int i);
bool driver_serve(uint32_t node, int i);
/* SYSTASK starts anew: what it finds, it makes good. */
void driver_restart(uint32_t node);

#endif /* SIM_MOVES_WORLD_H */
