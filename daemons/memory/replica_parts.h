/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the machine share: replica.h has the tables */
#ifndef MEMORY_REPLICA_PARTS_H
#define MEMORY_REPLICA_PARTS_H

#include "replica.h"

static inline uint64_t replica_bit(uint32_t node)
{
	return node < REPLICA_NODES ? UINT64_C(1) << node : 0;
}

static inline bool replica_same(const struct replica_id *a,
				const struct replica_id *b)
{
	return a->node == b->node && a->pid == b->pid;
}

static inline bool replica_same_epoch(const struct replica_epoch *a,
				      const struct replica_epoch *b)
{
	return a->count == b->count && a->node == b->node;
}

static inline bool replica_is_newer(const struct replica_epoch *a,
				    const struct replica_epoch *b)
{
	return a->count > b->count ||
	       (a->count == b->count && a->node > b->node);
}

/* replica.c */
void replica_over(struct replica *r, enum replica_act why);
uint64_t replica_there(const struct replica *r);
bool replica_keep(struct replica *r, const struct replica_epoch *epoch,
		  uint64_t in_sync, bool partial);
void replica_stand(struct replica *r);

/* replica_view.c: he is the one of his node. */
void replica_heard(struct replica *r, const struct replica_id *from);

/* replica_ask.c: what the others of the view are */
void replica_ask(struct replica *r);
void replica_answer(struct replica *r, const struct replica_id *from,
		    const struct replica_msg *m);
void replica_told(struct replica *r, const struct replica_id *from,
		  const struct replica_msg *m);
/* All are there, or enough were waited for. */
void replica_asked(struct replica *r);

/* replica_lead.c: the leader */
void replica_claim(struct replica *r);
/* It was where few nodes are: has nobody gone on meanwhile, for sure? */
void replica_sure(struct replica *r);
/* Its own LEAD has been delivered. */
void replica_lead_is_here(struct replica *r, const struct replica_msg *m);
void replica_acked(struct replica *r, const struct replica_id *from,
		   const struct replica_msg *m);
/* Does what can be done by now: called after each event. */
void replica_go(struct replica *r);

#endif /* MEMORY_REPLICA_PARTS_H */
