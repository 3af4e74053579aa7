// SPDX-License-Identifier: GPL-2.0-or-later
/* Backups: who is one, who holds, and who takes over: see moves.h */
#include <string.h>

#include "moves_parts.h"

static uint64_t nodes_there(const struct moves *m)
{
	uint64_t nodes = 0;
	uint32_t i;

	for (i = 0; i < SLOTS_NODES; i++)
		if (m->nodes[i].there)
			nodes |= moves_bit(i);
	return nodes;
}

/* This node counts, also when it is in no group. */
static uint32_t count_there(const struct moves *m)
{
	uint32_t i, n = !m->nodes[m->is.node].there;

	for (i = 0; i < m->is.nr_nodes; i++)
		n += m->nodes[i].there;
	return n;
}

static bool has_majority(const struct moves *m)
{
	return 2 * count_there(m) > m->is.nr_nodes || MOVES_FAULT(8);
}

/* Whoever is away and perhaps alive has no majority. */
static bool nobody_else(const struct moves *m)
{
	const uint64_t all = m->is.nr_nodes < SLOTS_NODES ?
				     moves_bit(m->is.nr_nodes) - 1 :
				     UINT64_MAX;

	return has_majority(m) || !(all & ~nodes_there(m) & ~m->dead);
}

/* Is a backup away, and perhaps alive? */
static bool has_rivals(const struct moves *m, const struct moves_item *it)
{
	return it->e.map & ~nodes_there(m) & ~m->dead & ~moves_bit(m->is.node);
}

static bool is_outnumbered(const struct moves *m, const struct moves_item *it)
{
	return has_rivals(m, it) && 2 * count_there(m) < m->is.nr_nodes;
}

bool moves_may_take(const struct moves *m, const struct moves_item *it)
{
	return has_majority(m) || !has_rivals(m, it);
}

/* What a backup says of itself */

static bool spare_is_here(const struct moves *m, const struct moves_item *it)
{
	return it->stands & moves_bit(m->is.node);
}

void moves_spare_say(struct moves *m, struct moves_item *it,
		     enum moves_kind kind)
{
	const uint64_t me = moves_bit(m->is.node);

	it->stands = kind == MOVES_GONE ? it->stands & ~me : it->stands | me;
	it->ready = kind == MOVES_READY ? it->ready | me : it->ready & ~me;
	if (m->in_group)
		it->saying++;
	moves_keep(m, it);
	moves_message(m, MOVES_SET, kind, &it->e);
	moves_send(m);
}

void moves_backup(struct moves *m, int32_t endpoint, bool stands)
{
	struct moves_item *it = moves_item_make(m, endpoint);

	if (!it || stands == spare_is_here(m, it))
		return;
	if (!stands)
		moves_spare_say(m, it, MOVES_GONE);
	else
		moves_spare_say(m, it,
				it->was_ready ? MOVES_READY : MOVES_STANDS);
	it->was_ready = false;
	moves_consider(m);
}

void moves_hear(struct moves *m, const struct moves_entry *e)
{
	const uint64_t me = moves_bit(m->is.node);
	struct moves_item *it;

	moves_learn(m, e);
	it = moves_item(m, e->endpoint);
	if (it && !moves_compare(e, &it->e) && spare_is_here(m, it) &&
	    !(it->ready & me) && it->e.map & me && !it->saying)
		moves_spare_say(m, it, MOVES_READY);
}

void moves_do_spare(struct moves *m, const struct slots_id *from,
		    const struct moves_fact *fact)
{
	struct moves_item *it = moves_item_make(m, fact->e.endpoint);
	const uint64_t node = moves_bit(from->node);

	if (!it)
		return;
	if (from->node == m->is.node) {
		it->saying -= it->saying > 0;
		return;
	}
	it->stands &= ~node;
	it->ready &= ~node;
	it->told &= ~node;
	if (fact->kind != MOVES_GONE)
		it->stands |= node;
	if (fact->kind == MOVES_READY)
		it->ready |= node;
}

/* The map, which the endpoint's node keeps */

/*
 * One that is away stays in it: others may not know that it has gone.  One that
 * stands by and is not ready has not heard that it is in it.
 */
static void map_follow(struct moves *m, struct moves_item *it)
{
	const uint64_t there = nodes_there(m) & ~moves_bit(m->is.node);
	const uint64_t stand = it->stands & there;
	const uint64_t map = (it->e.map & ~there & ~m->dead) | stand;

	if (!it->here || it->move.state != MOVES_IDLE ||
	    (it->e.term && it->e.node != m->is.node))
		return;
	if (map == it->e.map && !(stand & ~it->ready & ~it->told))
		return;
	it->told = stand;
	it->e.map = map;
	if (it->e.term)
		it->e.revision++;
	else
		moves_found(m, it);
	moves_say(m, it);
}

/* Who holds */

static void hold_set(struct moves *m, struct moves_item *it, bool held)
{
	it->held = held;
	m->ops->hold(m->arg, it->e.endpoint, held);
}

/*
 * One that has taken over goes on when so many know of it that nobody has the
 * majority without one who does.
 */
static bool is_unsure(const struct moves *m, const struct moves_item *it)
{
	return it->unsure && !(moves_is_settled(m) && nobody_else(m));
}

static void hold_follow(struct moves *m, struct moves_item *it)
{
	const bool hold = (is_outnumbered(m, it) && !MOVES_FAULT(9)) ||
			  is_unsure(m, it);

	if (!it->here || it->move.state != MOVES_IDLE || hold == it->held)
		return;
	if (hold || moves_is_settled(m) || MOVES_FAULT(13)) {
		it->unsure &= hold;
		hold_set(m, it, hold);
	}
}

/* Who takes over */

static uint32_t lowest(uint64_t nodes)
{
	uint32_t i;

	for (i = 0; i < SLOTS_NODES; i++)
		if (nodes & moves_bit(i))
			return i;
	return MOVES_NOBODY;
}

static void promote_send(struct moves *m, struct moves_item *it, uint32_t node,
			 uint32_t from, uint32_t flags)
{
	struct moves_entry e = it->e;
	struct moves_msg *msg;

	if (it->promoting)
		return;
	it->promoting = true;
	e.node = node;
	if (MOVES_FAULT(7)) {
		e.count++;
	} else {
		e.term = e.term || flags ? e.term + 1 : 3;
		e.maker = m->nodes[node].life;
		e.count = 0;
	}
	e.revision = 0;
	e.map &= ~moves_bit(node);
	msg = moves_message(m, MOVES_PROMOTE, MOVES_ENTRY, &e);
	msg->flags = flags;
	msg->from = from;
	msg->to.node = node;
	msg->to.pid = m->nodes[node].pid;
	moves_send(m);
}

void moves_promote_send(struct moves *m, struct moves_item *it, uint32_t node,
			uint32_t from)
{
	promote_send(m, it, node, from, 0);
}

static bool holder_is_dead(const struct moves *m, const struct moves_item *it)
{
	return it->e.node == MOVES_NOBODY || m->dead & moves_bit(it->e.node);
}

/* The node that is to take it over, or NOBODY, and why not */
static uint32_t successor(const struct moves *m, const struct moves_item *it,
			  enum moves_why *why)
{
	const bool dead = holder_is_dead(m, it), most = has_majority(m);
	uint64_t nodes = nodes_there(m);

	*why = MOVES_REACHABLE;
	if (!it->e.term || moves_has_node(m, it->e.node))
		return MOVES_NOBODY;
	*why = MOVES_UNSETTLED;
	if (!moves_is_settled(m))
		return MOVES_NOBODY;
	*why = MOVES_AWAY;
	if (!dead && m->ring & moves_bit(it->e.node))
		return MOVES_NOBODY;
	if (!most && !(dead && moves_may_take(m, it)))
		return MOVES_NOBODY;
	*why = MOVES_NO_BACKUP;
	if (!MOVES_FAULT(11))
		nodes &= it->e.map & it->ready;
	return lowest(nodes & it->stands);
}

static void promote_follow(struct moves *m, struct moves_item *it)
{
	enum moves_why why;
	const uint32_t node = successor(m, it, &why);

	if (node != MOVES_NOBODY)
		moves_promote_send(m, it, node, it->e.node);
}

enum moves_why moves_promote(struct moves *m, int32_t endpoint)
{
	struct moves_item *it = moves_item(m, endpoint);
	enum moves_why why;
	uint32_t node;

	if (!it)
		return MOVES_NO_BACKUP;
	node = successor(m, it, &why);
	if (node == MOVES_NOBODY)
		return why;
	it->promoting = false;
	moves_promote_send(m, it, node, it->e.node);
	return MOVES_DONE;
}

/* A term that nobody has begun; the next one, so that its maker does not. */
enum moves_why moves_claim(struct moves *m, int32_t endpoint)
{
	struct moves_item *it = moves_item(m, endpoint);
	enum moves_why why;

	if (!it || !spare_is_here(m, it))
		return MOVES_NO_BACKUP;
	if (!moves_is_settled(m))
		return MOVES_UNSETTLED;
	if (it->saying || it->promoting || it->awaited ||
	    it->move.state != MOVES_IDLE)
		return MOVES_BUSY;
	if (it->here || (it->e.term && !holder_is_dead(m, it)))
		return MOVES_ELSEWHERE;
	if (!nobody_else(m) || has_rivals(m, it))
		return MOVES_AWAY;
	if (successor(m, it, &why) != MOVES_NOBODY)
		return MOVES_BUSY;
	promote_send(m, it, m->is.node, MOVES_NOBODY, MOVES_CLAIM);
	return MOVES_DONE;
}

/* All who are settled have the same entry, and come to the same answer. */
static bool claim_is_true(const struct moves *m, const struct moves_item *it,
			  const struct moves_msg *msg)
{
	const uint32_t term = it ? it->e.term : 0;

	return moves_is_settled(m) && msg->fact[0].e.term == term + 1;
}

/* Who was said to be away is back, or who was to have it has gone: not so. */
static bool promote_is_true(const struct moves *m, const struct moves_item *it,
			    const struct moves_msg *msg)
{
	if (msg->flags & MOVES_CLAIM && !claim_is_true(m, it, msg))
		return false;
	return moves_is_there(m, &msg->to) && !moves_has_node(m, msg->from);
}

void moves_do_promote(struct moves *m, const struct moves_msg *msg)
{
	const struct moves_entry *e = &msg->fact[0].e;
	const bool dead =
		!(msg->flags & MOVES_CLAIM) &&
		(msg->from == MOVES_NOBODY || m->dead & moves_bit(msg->from));
	struct moves_item *it = moves_item(m, e->endpoint);
	const bool new = !it || moves_compare(e, &it->e) > 0;

	if (it)
		it->promoting = false;
	if (promote_is_true(m, it, msg)) {
		moves_hear(m, e);
		it = moves_item(m, e->endpoint);
		if (it && new && e->node == m->is.node && !dead &&
		    !MOVES_FAULT(14)) {
			it->unsure = true;
			moves_ask(m);
		}
	}
	moves_consider(m);
}

void moves_consider(struct moves *m)
{
	uint32_t i;

	for (i = 0; i < m->nr; i++) {
		struct moves_item *it = &m->item[i];

		if (moves_is_settled(m)) {
			moves_resolve(m, it);
			moves_take(m, it);
			map_follow(m, it);
			promote_follow(m, it);
		}
		hold_follow(m, it);
	}
}
