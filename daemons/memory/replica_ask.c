// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the others of a view are.  An answer is to one question, which was asked
 * in this view: so it is what the other was after he had heard of it.
 */
#include "replica_parts.h"

void replica_ask(struct replica *r)
{
	const struct replica_msg m = {
		.type = REPLICA_QUERY,
		.nonce = ++r->nonce,
	};

	r->asking = true;
	for (uint32_t i = 0; i < REPLICA_NODES; i++)
		r->member[i].told = i == r->is.id.node;
	r->ops->send(r->arg, &m, NULL);
}

/* Its own question has come to it, too: nothing need be said to that. */
void replica_answer(struct replica *r, const struct replica_id *from,
		    const struct replica_msg *m)
{
	const struct replica_msg answer = {
		.type = REPLICA_STATE,
		.nonce = m->nonce,
		.to = *from,
		.epoch = r->record.epoch,
		.nodes = r->record.in_sync,
		.state = r->state,
		.partial = r->record.partial,
		.params = r->is.params,
	};

	if (!replica_same(from, &r->is.id))
		r->ops->send(r->arg, &answer, NULL);
	else if (r->asking && m->nonce == r->nonce &&
		 replica_there(r) == replica_bit(r->is.id.node))
		replica_asked(r);
}

static bool all_have_told(const struct replica *r)
{
	for (uint32_t i = 0; i < REPLICA_NODES; i++)
		if (r->member[i].pid && !r->member[i].told)
			return false;
	return true;
}

void replica_told(struct replica *r, const struct replica_id *from,
		  const struct replica_msg *m)
{
	struct replica_member *of = &r->member[from->node];

	if (!replica_same(&m->to, &r->is.id) || !r->asking ||
	    m->nonce != r->nonce)
		return;
	of->told = true;
	of->epoch = m->epoch;
	of->state = m->state;
	of->in_sync = m->nodes;
	of->partial = m->partial;
	of->params = m->params;
	if (m->epoch.count > r->highest)
		r->highest = m->epoch.count;
	if (all_have_told(r))
		replica_asked(r);
}

/* Who has told, and is no other program's */
static const struct replica_member *told(const struct replica *r, uint32_t node)
{
	const struct replica_member *of = &r->member[node];

	return node != r->is.id.node && of->pid && of->told ? of : NULL;
}

static uint64_t nodes_told(const struct replica *r)
{
	uint64_t nodes = replica_bit(r->is.id.node);

	for (uint32_t i = 0; i < REPLICA_NODES; i++)
		if (told(r, i))
			nodes |= replica_bit(i);
	return nodes;
}

static bool somebody_leads(const struct replica *r)
{
	for (uint32_t i = 0; i < REPLICA_NODES; i++) {
		const struct replica_member *of = told(r, i);

		if (of && of->state >= REPLICA_ELECTED &&
		    of->state != REPLICA_COPYING)
			return true;
	}
	return false;
}

static bool all_disks_are_the_same(const struct replica *r)
{
	for (uint32_t i = 0; i < REPLICA_NODES; i++) {
		const struct replica_member *of = told(r, i);

		if (of && of->params != r->is.params)
			return false;
	}
	return true;
}

/*
 * Of two that have begun at once, each in a part, one was never heard by a
 * member that it names, as that has the other: it has answered nothing.
 */
static bool is_ahead(const struct replica_epoch *a, uint64_t a_in_sync,
		     uint32_t a_node, const struct replica_epoch *b,
		     uint64_t b_in_sync, uint32_t b_node)
{
	const bool a_names = a_in_sync & replica_bit(b_node);
	const bool b_names = b_in_sync & replica_bit(a_node);

	if (a->count == b->count && a->node != b->node && a_names != b_names)
		return b_names;
	return replica_is_newer(a, b);
}

/*
 * The newest epoch: who was in sync in it, who here has whole images of it.
 * One who was being copied to has none, and knows of it: by then it was the
 * newest.
 */
struct newest {
	bool any;
	struct replica_epoch epoch;
	uint32_t node; /* one that has it */
	uint64_t in_sync;
	uint64_t here;
};

static void newest_add(const struct replica *r, struct newest *n, uint32_t node,
		       const struct replica_epoch *epoch, uint64_t in_sync,
		       bool partial)
{
	if (partial && r->is.force)
		return;
	if (!n->any ||
	    is_ahead(epoch, in_sync, node, &n->epoch, n->in_sync, n->node))
		*n = (struct newest){ true, *epoch, node, in_sync, 0 };
	if (!replica_same_epoch(epoch, &n->epoch))
		return;
	n->in_sync |= in_sync;
	if (!partial)
		n->here |= replica_bit(node);
}

static struct newest newest_find(const struct replica *r)
{
	struct newest n = { .any = false };

	newest_add(r, &n, r->is.id.node, &r->record.epoch, r->record.in_sync,
		   r->record.partial);
	for (uint32_t i = 0; i < REPLICA_NODES; i++) {
		const struct replica_member *of = told(r, i);

		if (of)
			newest_add(r, &n, i, &of->epoch, of->in_sync,
				   of->partial);
	}
	if (!n.epoch.count)
		n.in_sync = r->is.nodes;
	return n;
}

static uint32_t lowest(uint64_t nodes)
{
	uint32_t node = 0;

	while (!(nodes & replica_bit(node)))
		node++;
	return node;
}

static void elect(struct replica *r)
{
	const struct newest n = newest_find(r);
	const uint64_t away = n.in_sync & ~nodes_told(r);

	r->state = REPLICA_WAITING;
	if (somebody_leads(r))
		return;
	if (!n.here || (away && !r->is.force && !REPLICA_FAULT(4))) {
		r->ops->act(r->arg, REPLICA_DO_WAIT, away);
		return;
	}
	if (lowest(n.here) != r->is.id.node)
		return;
	r->state = REPLICA_ELECTED;
	r->leader.pid = 0;
	r->epoch = r->record.epoch;
	r->in_sync = replica_bit(r->is.id.node);
	replica_stand(r);
}

/* Has another gone on without this one? */
static bool is_left_behind(const struct replica *r)
{
	for (uint32_t i = 0; i < REPLICA_NODES; i++) {
		const struct replica_member *of = told(r, i);

		if (!of || REPLICA_FAULT(6))
			continue;
		if (is_ahead(&of->epoch, of->in_sync, i, &r->epoch,
			     r->record.in_sync, r->is.id.node))
			return r->state != REPLICA_LEADING || r->was_few ||
			       of->state >= REPLICA_SYNC;
		if (r->state != REPLICA_LEADING &&
		    of->state == REPLICA_LEADING &&
		    replica_same_epoch(&of->epoch, &r->epoch))
			return true;
	}
	return false;
}

void replica_asked(struct replica *r)
{
	r->asking = false;
	if (r->state == REPLICA_ASKING) {
		if (all_disks_are_the_same(r))
			elect(r);
		else
			replica_over(r, REPLICA_DO_REFUSE);
	} else if (is_left_behind(r)) {
		replica_over(r, REPLICA_DO_OVER);
	} else if (r->state == REPLICA_LEADING) {
		replica_sure(r);
	} else if (r->granted) {
		replica_claim(r);
	}
}
