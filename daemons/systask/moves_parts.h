/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the machine of moves share: moves.c has the table */
#ifndef SYSTASK_MOVES_PARTS_H
#define SYSTASK_MOVES_PARTS_H

#include "moves.h"

static inline uint64_t moves_bit(uint32_t node)
{
	return UINT64_C(1) << node;
}

/* Is just that member in the view? */
static inline bool moves_is_there(const struct moves *m,
				  const struct slots_id *id)
{
	return id->node < SLOTS_NODES && m->nodes[id->node].there &&
	       m->nodes[id->node].pid == id->pid;
}

static inline bool moves_has_node(const struct moves *m, uint32_t node)
{
	return node < SLOTS_NODES && m->nodes[node].there;
}

static inline bool moves_same(const struct moves_id *a,
			      const struct moves_id *b)
{
	return a->life == b->life && a->number == b->number;
}

/* The entry says that nobody has it any more. */
static inline bool moves_has_ended(const struct moves_item *it)
{
	return it->e.term && it->e.node == MOVES_NOBODY;
}

/* moves.c: the table */
struct moves_item *moves_item(struct moves *m, int32_t endpoint);
/* It is made if it is not there.  NULL: too many. */
struct moves_item *moves_item_make(struct moves *m, int32_t endpoint);
/* This node's, without an entry, gets the first one. */
void moves_found(struct moves *m, struct moves_item *it);
/* An entry is true if it is the later one. */
void moves_learn(struct moves *m, const struct moves_entry *e);
/* The table is settled: what the entry says is this node's, is so. */
void moves_take(struct moves *m, struct moves_item *it);
void moves_keep(struct moves *m, const struct moves_item *it);
/* A message with one fact of that endpoint, to be filled and given to send() */
struct moves_msg *moves_message(struct moves *m, enum moves_type type,
				enum moves_kind kind,
				const struct moves_entry *e);
void moves_send(struct moves *m);
/* The entry of this node, which has changed it */
void moves_say(struct moves *m, struct moves_item *it);

/* moves_run.c: one move */
void moves_do_start(struct moves *m, const struct moves_msg *msg);
void moves_do_vote(struct moves *m, const struct slots_id *from,
		   const struct moves_msg *msg);
void moves_do_commit(struct moves *m, const struct slots_id *from,
		     const struct moves_msg *msg);
void moves_do_rollback(struct moves *m, const struct slots_id *from,
		       const struct moves_msg *msg);
/* The former node ends what it has not decided. */
void moves_give_up(struct moves *m, struct moves_item *it, enum moves_why why,
		   int32_t rc);
/* Rollback, without a word */
void moves_let_go(struct moves *m, struct moves_item *it);
/* Who is there has changed. */
void moves_run_view(struct moves *m);
/* The table is settled: what was in doubt is decided. */
void moves_resolve(struct moves *m, struct moves_item *it);
struct moves_entry moves_next(const struct moves_item *it);
void moves_commit_send(struct moves *m, struct moves_item *it);

/* moves_spare.c: backups */
void moves_do_spare(struct moves *m, const struct slots_id *from,
		    const struct moves_fact *fact);
void moves_do_promote(struct moves *m, const struct moves_msg *msg);
/* Learns, from who has it: a backup of this node is ready by that, perhaps. */
void moves_hear(struct moves *m, const struct moves_entry *e);
void moves_spare_say(struct moves *m, struct moves_item *it,
		     enum moves_kind kind);
/* To that node, whose entry nobody who is there has; from: see moves_msg */
void moves_promote_send(struct moves *m, struct moves_item *it, uint32_t node,
			uint32_t from);
/* What is dead may be taken over: no others can do so who are away. */
bool moves_may_take(const struct moves *m, const struct moves_item *it);
/* All that follows from who is there and what they have said */
void moves_consider(struct moves *m);

/* moves_view.c: nothing is settled until all have said what they have. */
void moves_ask(struct moves *m);
void moves_do_hello(struct moves *m, const struct slots_id *from,
		    const struct moves_msg *msg);
void moves_do_state(struct moves *m, const struct slots_id *from,
		    const struct moves_msg *msg);

#endif /* SYSTASK_MOVES_PARTS_H */
