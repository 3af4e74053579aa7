// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of endpoints that move: see moves.h.  The same machine are
 * moves_run.c: a move; moves_spare.c: backups, who holds and who takes over;
 * moves_view.c: views, and what members say of themselves.
 */
#include <stddef.h>
#include <string.h>

#include "moves_parts.h"

static int number_compare(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int epoch_compare(const struct moves_entry *a,
			 const struct moves_entry *b)
{
	int order = number_compare(a->term, b->term);

	if (!order)
		order = number_compare(a->maker, b->maker);
	return order ? order : number_compare(a->count, b->count);
}

int moves_compare(const struct moves_entry *a, const struct moves_entry *b)
{
	int order = epoch_compare(a, b);

	if (!order)
		order = number_compare(a->revision, b->revision);
	/* What its node said when it had forgotten what it had said before */
	if (!order)
		order = number_compare(a->node, b->node);
	return order ? order : (a->map > b->map) - (a->map < b->map);
}

struct moves_item *moves_item(struct moves *m, int32_t endpoint)
{
	uint32_t i;

	for (i = 0; i < m->nr; i++)
		if (m->item[i].e.endpoint == endpoint)
			return &m->item[i];
	return NULL;
}

const struct moves_item *moves_find(const struct moves *m, int32_t endpoint)
{
	uint32_t i;

	for (i = 0; i < m->nr; i++)
		if (m->item[i].e.endpoint == endpoint)
			return &m->item[i];
	return NULL;
}

/* One of which nothing is left but that it has ended */
static bool item_is_idle(const struct moves_item *it)
{
	return !it->here && !it->stands && it->move.state == MOVES_IDLE &&
	       (!it->e.term || it->e.node == MOVES_NOBODY);
}

static struct moves_item *item_place(struct moves *m)
{
	uint32_t i;

	if (m->nr < MOVES_MAX)
		return &m->item[m->nr++];
	for (i = 0; i < m->nr; i++)
		if (item_is_idle(&m->item[i]))
			return &m->item[i];
	return NULL;
}

struct moves_item *moves_item_make(struct moves *m, int32_t endpoint)
{
	struct moves_item *it = moves_item(m, endpoint);

	if (it)
		return it;
	it = item_place(m);
	if (!it)
		return NULL;
	*it = (struct moves_item){ .e.endpoint = endpoint,
				   .e.node = MOVES_NOBODY,
				   .here = m->ops->has(m->arg, endpoint) };
	return it;
}

/* What is sent */

struct moves_msg *moves_message(struct moves *m, enum moves_type type,
				enum moves_kind kind,
				const struct moves_entry *e)
{
	struct moves_msg *msg = &m->msg;

	memset(msg, 0, offsetof(struct moves_msg, fact));
	msg->type = type;
	msg->life = m->is.life;
	msg->nr = 1;
	memset(&msg->fact[0], 0, sizeof(msg->fact[0]));
	msg->fact[0].kind = kind;
	msg->fact[0].e.endpoint = e->endpoint;
	if (kind == MOVES_ENTRY)
		msg->fact[0].e = *e;
	return msg;
}

/* Without a group it is said when there is one, by STATE. */
void moves_send(struct moves *m)
{
	if (m->in_group)
		m->ops->send(m->arg, &m->msg);
}

void moves_keep(struct moves *m, const struct moves_item *it)
{
	struct moves_kept kept = { .e = it->e,
				   .ready = it->was_ready ||
					    it->ready & moves_bit(m->is.node) };

	if (it->move.state == MOVES_DECIDED || it->move.state == MOVES_UNSURE) {
		kept.id = it->move.id;
		kept.to = it->move.to;
	}
	m->ops->keep(m->arg, &kept);
}

void moves_say(struct moves *m, struct moves_item *it)
{
	moves_keep(m, it);
	moves_message(m, MOVES_SET, MOVES_ENTRY, &it->e);
	moves_send(m);
}

/* Entries */

/*
 * It begins a term of this life, of which there is only one; and at once,
 * before others know: so it is a later one than that of whoever claims it
 * meanwhile.
 */
static void term_begin(struct moves *m, struct moves_item *it)
{
	it->e.node = m->is.node;
	it->e.term += 2;
	it->e.maker = m->is.life;
	it->e.count = 0;
	it->e.revision = 0;
	it->e.map &= ~moves_bit(m->is.node);
	it->here = true;
}

void moves_found(struct moves *m, struct moves_item *it)
{
	term_begin(m, it);
	moves_say(m, it);
}

/* What this node was told that it has, and has not */
static void entry_refuse(struct moves *m, struct moves_item *it)
{
	it->e.node = MOVES_NOBODY;
	it->e.revision++;
	moves_say(m, it);
}

static void move_end(struct moves *m, struct moves_item *it)
{
	it->move.state = MOVES_IDLE;
	moves_keep(m, it);
}

static bool is_prepared(const struct moves_item *it)
{
	return it->move.role == MOVES_NEW && it->move.voted &&
	       (it->move.state == MOVES_STARTED ||
		it->move.state == MOVES_DOUBT);
}

/* It is the backup that was to take over, not one of a later life. */
static bool is_successor(const struct moves *m, const struct moves_item *it)
{
	return it->stands & moves_bit(m->is.node) && !it->e.count &&
	       it->e.maker == m->is.life;
}

/* What is for a backup that is to take over waits until it may. */
static void entry_await(struct moves *m, struct moves_item *it, bool await)
{
	if (it->awaited == await)
		return;
	it->awaited = await;
	m->ops->hold(m->arg, it->e.endpoint, await);
}

/* The entry says that it is this node's: when that is certain, see take(). */
static void entry_come(struct moves *m, struct moves_item *it)
{
	/* It was given up, and is not taken: it is held, by that. */
	if (it->move.state == MOVES_DECIDED || it->move.state == MOVES_UNSURE) {
		it->held = it->here;
		move_end(m, it);
	}
	if (!it->here && it->move.state == MOVES_IDLE && is_successor(m, it))
		entry_await(m, it, true);
}

void moves_take(struct moves *m, struct moves_item *it)
{
	const bool prepared = is_prepared(it);

	if (!it->e.term || it->e.node != m->is.node || it->here ||
	    it->move.state == MOVES_DECIDED || it->move.state == MOVES_UNSURE)
		return;
	if (!prepared && it->move.state != MOVES_IDLE)
		moves_let_go(m, it);
	if (!prepared && !is_successor(m, it)) {
		entry_await(m, it, false);
		entry_refuse(m, it);
		return;
	}
	it->here = true;
	it->awaited = false;
	it->told = 0;
	m->ops->commit(m->arg, it->e.endpoint, m->is.node, MOVES_NEW);
	move_end(m, it);
	if (it->stands & moves_bit(m->is.node))
		moves_spare_say(m, it, MOVES_GONE);
}

/* The process here has it no more. */
static void entry_lose(struct moves *m, struct moves_item *it)
{
	const bool given = it->move.state == MOVES_DECIDED ||
			   it->move.state == MOVES_UNSURE;

	if (it->move.state == MOVES_STARTED)
		moves_give_up(m, it, MOVES_ELSEWHERE, 0);
	it->here = false;
	it->held = false;
	if (given && it->e.node == it->move.to.node) {
		m->ops->commit(m->arg, it->e.endpoint, it->e.node,
			       MOVES_FORMER);
		move_end(m, it);
		return;
	}
	move_end(m, it);
	if (MOVES_FAULT(10))
		return;
	m->ops->fence(m->arg, it->e.endpoint);
	if (it->e.node != MOVES_NOBODY)
		m->ops->commit(m->arg, it->e.endpoint, it->e.node, MOVES_OTHER);
}

/* The entry says that it is another's, or nobody's. */
static void entry_leave(struct moves *m, struct moves_item *it)
{
	if (it->here) {
		entry_lose(m, it);
		return;
	}
	/* It is where it was: how the move goes on its node will say. */
	if (it->move.state != MOVES_IDLE && it->move.role != MOVES_FORMER &&
	    it->e.node == it->move.from.node)
		return;
	if (it->e.node == MOVES_NOBODY)
		entry_await(m, it, false);
	it->awaited = false;
	if (it->move.state != MOVES_IDLE &&
	    (it->move.role == MOVES_NEW || it->e.node == MOVES_NOBODY))
		moves_let_go(m, it);
	if (it->e.node != MOVES_NOBODY)
		m->ops->commit(m->arg, it->e.endpoint, it->e.node, MOVES_OTHER);
	move_end(m, it);
}

void moves_learn(struct moves *m, const struct moves_entry *e)
{
	struct moves_item *it = moves_item_make(m, e->endpoint);
	bool same;

	if (!it) {
		if (e->node != MOVES_NOBODY && e->node != m->is.node)
			m->ops->commit(m->arg, e->endpoint, e->node,
				       MOVES_OTHER);
		return;
	}
	if (moves_compare(e, &it->e) <= 0 && !MOVES_FAULT(6))
		return;
	same = !epoch_compare(e, &it->e);
	it->e = *e;
	moves_keep(m, it);
	if (!same) {
		it->promoting = false;
		it->unsure = false;
		it->ready &= it->e.map;
		if (e->node == m->is.node)
			entry_come(m, it);
		else
			entry_leave(m, it);
	}
}

/* What this node says */

void moves_bound(struct moves *m, int32_t endpoint)
{
	struct moves_item *it = moves_item(m, endpoint);

	if (!it || it->here)
		return;
	/* It can only be bound where nothing waits for another one. */
	it->here = true;
	move_end(m, it);
	if (!it->e.term || it->e.node == m->is.node)
		return;
	moves_found(m, it);
	moves_consider(m);
}

void moves_unbound(struct moves *m, int32_t endpoint)
{
	struct moves_item *it = moves_item(m, endpoint);

	if (!it || !it->here)
		return;
	it->here = false;
	it->held = false;
	if (it->move.state == MOVES_DECIDED || it->move.state == MOVES_UNSURE)
		return;
	if (it->move.state != MOVES_IDLE)
		moves_give_up(m, it, MOVES_DIED, 0);
	if (it->e.term && it->e.node == m->is.node)
		entry_refuse(m, it);
	moves_consider(m);
}

void moves_dead(struct moves *m, uint32_t node)
{
	if (node >= SLOTS_NODES || node == m->is.node || m->nodes[node].there)
		return;
	m->dead |= moves_bit(node);
	moves_consider(m);
}

void moves_ring(struct moves *m, uint64_t nodes)
{
	m->ring = nodes;
	moves_consider(m);
}

void moves_had(struct moves *m, const struct moves_kept *kept, bool held)
{
	struct moves_item *it = moves_item_make(m, kept->e.endpoint);

	if (!it)
		return;
	it->e = kept->e;
	it->was_ready = kept->ready;
	it->held = held && it->here && !kept->id.life;
	it->unsure = it->held;
	if (kept->id.life) {
		it->move = (struct moves_move){ .state = MOVES_UNSURE,
						.role = MOVES_FORMER,
						.id = kept->id,
						.to = kept->to };
	} else if (!it->here && it->e.node == m->is.node) {
		it->e.node = MOVES_NOBODY;
		it->e.revision++;
		moves_keep(m, it);
	} else if (it->here && it->e.term && it->e.node != m->is.node) {
		entry_lose(m, it);
	}
	moves_consider(m);
}

void moves_init(struct moves *m, const struct moves_config *config,
		const struct moves_ops *ops, void *arg)
{
	memset(m, 0, sizeof(*m));
	m->is = *config;
	m->ops = ops;
	m->arg = arg;
}
