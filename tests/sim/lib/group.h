/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A group as Corosync's CPG makes one, and nothing kinder.
 *
 * Nodes that reach each other are a ring, which has an order of messages, and
 * of joins and leaves, which are messages of the node's daemon.  What a member
 * multicasts waits in its node's daemon until it gets its place in the order of
 * the ring that the node is in by then; until then it is lost with the node.
 * Each node delivers in that order and in its own time.
 *
 * When rings change, the nodes of a ring that stay together end it alike: they
 * deliver what any of them has delivered, may deliver more from there on, and
 * then only what those have sent that stay together.  So another part may have
 * delivered less, or something that this part never does; but whoever lives
 * delivers what he has sent himself, if it got its place.  Then comes a view,
 * behind what was not delivered yet: it may be outdated when it is delivered.
 *
 * A process that ended while rings changed may stay in the view until they
 * change again (corosync, pull request 828).
 */
#ifndef SIM_GROUP_H
#define SIM_GROUP_H

#include <stddef.h>

#include "lib/dice.h"

/* What is multicast: group_msg, of the machine that is simulated */
#ifdef SIM_PST
#include "lib/group_pst.h"
#elif defined(SIM_MOVES)
#include "lib/group_moves.h"
#elif defined(SIM_REPLICA)
#include "lib/group_replica.h"
#else
#include "lib/group_slots.h"
#endif

#define GROUP_NODES 5
#define GROUP_QUEUE 256

enum group_kind {
	GROUP_MSG,
	GROUP_JOIN,
	GROUP_LEAVE,
	GROUP_RING, /* rings have changed */
};

struct group_item {
	enum group_kind kind;
	enum slots_reason reason;
	struct slots_id from;
	uint32_t ring;
	uint32_t seq;
	uint32_t nr;
	struct slots_id in[GROUP_NODES + 1]; /* RING: who is in the group */
	group_msg msg;
};

struct group_queue {
	uint32_t nr;
	struct group_item item[GROUP_QUEUE];
};

struct group_node {
	bool up;
	bool joined; /* its process, as far as the order goes */
	bool ghost;  /* which ended */
	uint32_t ring;
	uint32_t seq;            /* of the ring, delivered last */
	struct slots_id process; /* the last one that joins */
	struct slots_id member;  /* the last one whose turn has come */
	struct slots_view view;  /* as delivered; nr_left is 0 */
	/* Only so many of their items are copied: they come last. */
	struct group_queue out;
	struct group_queue in;
};

struct group {
	uint32_t nr;
	uint32_t rings;            /* so far */
	uint32_t seq[GROUP_NODES]; /* of the ring that each node is in */
	bool overflow;
	bool late; /* without dice: all is delivered before, not the least */
	struct group_node node[GROUP_NODES];
};

void group_init(struct group *g, uint32_t nr);
/* Its daemon starts, alone in a ring; or ends, with all that waits in it. */
void group_up(struct group *g, uint32_t node);
void group_down(struct group *g, uint32_t node);

/* Of the process of that node */
void group_join(struct group *g, const struct slots_id *who);
void group_leave(struct group *g, uint32_t node, enum slots_reason reason);
void group_send(struct group *g, uint32_t node, const group_msg *m);

/* What waits first at that node gets its place. */
void group_order(struct group *g, uint32_t node);

/*
 * Takes out what a node delivers next.  True if that is something for its
 * process: a message, or a view, in *view.
 */
bool group_deliver(struct group *g, uint32_t node, struct group_item *item,
		   struct slots_view *view);

/*
 * Rings change: part[i] is that of node i.  Dice say how much more is delivered
 * before and whether ghosts stay; without them see "late", and none does.
 */
void group_change(struct group *g, const uint8_t *part, struct dice *dice);

/* Only what is in use; and a number for that, from another one */
void group_copy(struct group *to, const struct group *from);
uint64_t group_hash(const struct group *g, uint64_t hash);
uint64_t hash_bytes(uint64_t hash, const void *data, size_t size);

#endif /* SIM_GROUP_H */
