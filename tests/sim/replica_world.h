/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes with images, the group between them, and who has the endpoint: what can
 * happen to a disk that several nodes have, and what must be true of it.
 *
 * A block holds the number of the write that came last.  A write that was
 * answered is *owed*: whoever leads later has it, or a later one; of one who
 * was not in sync when he got the endpoint, as all had died, that is so of what
 * was durable.
 */
#ifndef SIM_REPLICA_WORLD_H
#define SIM_REPLICA_WORLD_H

#include "lib/group.h"
#include "memory/replica.h"

#define WRITES 512
#define RINGS  4096

struct image {
	uint32_t is[IMAGE_BLOCKS];
	uint32_t durable[IMAGE_BLOCKS]; /* what a node that crashes has */
};

struct place {
	bool alive;       /* its process */
	bool stands;      /* it was told to */
	bool was_in_sync; /* when it got the endpoint */
	bool has;         /* the endpoint */
	uint32_t got;     /* which time, of all */
	uint32_t pid;
	uint32_t ring; /* that it has heard of last */
	struct replica replica;
	struct replica_record record;
	struct image image;
	struct replica_data write; /* under way */
	bool flushes;
};

enum event {
	EVENT_ORDER, /* the group's two: by far the most */
	EVENT_DELIVER,
	EVENT_START,
	EVENT_KILL,
	EVENT_CRASH, /* the node */
	EVENT_BOOT,
	EVENT_PROMOTE, /* the system task gives it the endpoint, if it may */
	EVENT_FENCE,   /* or takes it from one that has been replaced */
	EVENT_WRITE,
	EVENT_LATE, /* the leader waits no more for one that has ended */
	EVENTS
};

struct world {
	uint32_t nr;       /* nodes; */
	uint32_t nr_disks; /* the first ones have the disk */
	bool verbose;
	const char *wrong;
	uint32_t pids;
	uint32_t gots;
	uint32_t ring[RINGS];    /* nodes, by its number */
	uint32_t numbers;        /* of writes */
	uint32_t blocks[WRITES]; /* of each write */
	uint32_t owed[IMAGE_BLOCKS];
	uint32_t owed_durable[IMAGE_BLOCKS];
	uint32_t base[IMAGE_BLOCKS]; /* of the last leader, at first */
	uint32_t last_leader;        /* its pid */
	struct place place[GROUP_NODES];
	struct group group;
	unsigned long answered, leaders, copies;
};

extern struct world w;

void world_init(uint32_t nr, uint32_t nr_disks);
/* False: it cannot happen. */
bool world_event(enum event event, uint32_t node, uint32_t arg);
void world_change(const uint8_t *part, struct dice *dice);
void world_check(void);
void world_print(void);
/* All that can happen without anybody's end does. */
void world_settle(void);
/* All is there and connected, until nothing happens any more */
void world_peace(void);

#endif /* SIM_REPLICA_WORLD_H */
