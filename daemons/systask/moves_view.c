// SPDX-License-Identifier: GPL-2.0-or-later
/* Views, and what members say that they have: see moves.h */
#include <stddef.h>
#include <string.h>

#include "moves_parts.h"

bool moves_is_settled(const struct moves *m)
{
	uint32_t i;

	for (i = 0; i < SLOTS_NODES; i++)
		if (m->nodes[i].there && !m->nodes[i].known)
			return false;
	return m->in_group;
}

/* STATE */

static void state_begin_part(struct moves *m, uint32_t flags)
{
	struct moves_msg *msg = &m->msg;

	memset(msg, 0, offsetof(struct moves_msg, fact));
	msg->type = MOVES_STATE;
	msg->life = m->is.life;
	msg->flags = flags;
	memcpy(msg->hello, m->state_hello, sizeof(msg->hello));
}

static void state_add(struct moves *m, enum moves_kind kind,
		      const struct moves_item *it)
{
	struct moves_msg *msg = &m->msg;
	struct moves_fact *fact;

	if (msg->nr == MOVES_FACTS) {
		moves_send(m);
		state_begin_part(m, 0);
	}
	fact = &msg->fact[msg->nr++];
	memset(fact, 0, sizeof(*fact));
	fact->kind = kind;
	fact->e.endpoint = it->e.endpoint;
	if (kind == MOVES_ENTRY)
		fact->e = it->e;
	else if (kind == MOVES_HAS_VOTED || kind == MOVES_HAS_DECIDED)
		fact->id = it->move.id;
}

static void state_add_move(struct moves *m, const struct moves_item *it)
{
	switch (it->move.state) {
	case MOVES_IDLE:
		break;
	case MOVES_STARTED:
	case MOVES_DOUBT:
		if (it->move.role == MOVES_NEW && it->move.voted)
			state_add(m, MOVES_HAS_VOTED, it);
		break;
	case MOVES_DECIDED:
	case MOVES_UNSURE:
		state_add(m, MOVES_HAS_DECIDED, it);
		break;
	}
}

static void moves_state_send(struct moves *m)
{
	const uint64_t me = moves_bit(m->is.node);
	uint32_t i;

	for (i = 0; i < SLOTS_NODES; i++)
		m->state_hello[i] = m->nodes[i].there ? m->nodes[i].hello : 0;
	state_begin_part(m, MOVES_FIRST);
	for (i = 0; i < m->nr; i++) {
		const struct moves_item *it = &m->item[i];

		if (it->e.term)
			state_add(m, MOVES_ENTRY, it);
		if (it->stands & me)
			state_add(m,
				  (it->ready & me) ? MOVES_READY : MOVES_STANDS,
				  it);
		state_add_move(m, it);
	}
	m->msg.flags |= MOVES_LAST;
	moves_send(m);
}

/* All who are there have said HELLO, and those who repeat it have these. */
static bool hello_is(const struct moves *m, const uint32_t *hello)
{
	uint32_t i;

	for (i = 0; i < SLOTS_NODES; i++)
		if (m->nodes[i].there &&
		    (!m->nodes[i].hello || m->nodes[i].hello != hello[i]))
			return false;
	return true;
}

static void state_follow(struct moves *m)
{
	uint32_t i;

	for (i = 0; i < SLOTS_NODES; i++)
		if (m->nodes[i].there && !m->nodes[i].hello)
			return;
	if (m->in_group && !m->nodes[m->is.node].known &&
	    !hello_is(m, m->state_hello))
		moves_state_send(m);
}

/* What a member does not repeat of its own is gone. */
static void state_forget(struct moves *m, uint32_t node)
{
	uint32_t i;

	for (i = 0; i < m->nr; i++) {
		struct moves_move *move = &m->item[i].move;

		if (node != m->is.node) {
			m->item[i].stands &= ~moves_bit(node);
			m->item[i].ready &= ~moves_bit(node);
		}
		if ((move->state == MOVES_DOUBT && move->from.node == node) ||
		    (move->role == MOVES_FORMER && move->to.node == node))
			move->said = false;
	}
}

static void state_hear_move(struct moves *m, uint32_t node,
			    const struct moves_fact *fact)
{
	struct moves_item *it = moves_item(m, fact->e.endpoint);

	if (!it || !moves_same(&it->move.id, &fact->id))
		return;
	if (fact->kind == MOVES_HAS_VOTED ?
		    it->move.role == MOVES_FORMER && it->move.to.node == node :
		    it->move.role == MOVES_NEW && it->move.from.node == node)
		it->move.said = true;
}

static void state_hear(struct moves *m, const struct slots_id *from,
		       const struct moves_fact *fact)
{
	switch (fact->kind) {
	case MOVES_ENTRY:
		moves_learn(m, &fact->e);
		break;
	case MOVES_STANDS:
	case MOVES_READY:
		if (from->node != m->is.node)
			moves_do_spare(m, from, fact);
		break;
	case MOVES_HAS_VOTED:
	case MOVES_HAS_DECIDED:
		state_hear_move(m, from->node, fact);
		break;
	default:
		break;
	}
}

void moves_do_state(struct moves *m, const struct slots_id *from,
		    const struct moves_msg *msg)
{
	uint32_t i;

	if (msg->flags & MOVES_FIRST)
		state_forget(m, from->node);
	for (i = 0; i < msg->nr; i++)
		state_hear(m, from, &msg->fact[i]);
	if (!(msg->flags & MOVES_LAST) ||
	    (!hello_is(m, msg->hello) && !MOVES_FAULT(12)))
		return;
	m->nodes[from->node].known = true;
	moves_consider(m);
}

/* Views */

/*
 * One that is on its way will be delivered after what is delivered now, and so
 * will all that answers it.
 */
void moves_ask(struct moves *m)
{
	const struct moves_entry none = { 0 };

	m->nodes[m->is.node].hello = 0;
	m->nodes[m->is.node].known = false;
	if (m->asking)
		return;
	m->asking = true;
	m->hello += 1 + !(m->hello + 1);
	moves_message(m, MOVES_HELLO, MOVES_ENTRY, &none);
	m->msg.nr = 0;
	m->msg.number = m->hello;
	moves_send(m);
}

static void nobody_is_known(struct moves *m)
{
	uint32_t i;

	for (i = 0; i < SLOTS_NODES; i++)
		m->nodes[i].known = false;
}

void moves_do_hello(struct moves *m, const struct slots_id *from,
		    const struct moves_msg *msg)
{
	if (from->node == m->is.node)
		m->asking = false;
	m->nodes[from->node].hello = msg->number;
	m->nodes[from->node].life = msg->life;
	nobody_is_known(m);
	state_follow(m);
}

static void view_begin(struct moves *m)
{
	uint32_t i;

	nobody_is_known(m);
	for (i = 0; i < SLOTS_NODES; i++)
		m->nodes[i].hello = 0;
	moves_ask(m);
}

/* Whether it is a member that was not there */
static bool node_enter(struct moves *m, const struct slots_id *id)
{
	struct moves_node *n = &m->nodes[id->node];
	const bool new = !n->there || n->pid != id->pid;

	if (new)
		*n = (struct moves_node){ .there = true, .pid = id->pid };
	m->dead &= ~moves_bit(id->node);
	return new;
}

static bool nodes_follow(struct moves *m, const struct slots_view *view)
{
	uint64_t in = 0;
	bool new = false;
	uint32_t i;

	m->in_group = false;
	for (i = 0; i < view->nr; i++) {
		if (view->id[i].node >= SLOTS_NODES)
			continue;
		in |= moves_bit(view->id[i].node);
		m->in_group |= view->id[i].node == m->is.node;
	}
	for (i = 0; i < SLOTS_NODES; i++)
		if (!m->in_group || !(in & moves_bit(i)))
			m->nodes[i] = (struct moves_node){ 0 };
	for (i = 0; m->in_group && i < view->nr; i++)
		if (view->id[i].node < SLOTS_NODES)
			new |= node_enter(m, &view->id[i]);
	return new;
}

void moves_view(struct moves *m, const struct slots_view *view)
{
	const bool new = nodes_follow(m, view);
	uint32_t i;

	m->asking &= m->in_group;
	for (i = 0; i < m->nr; i++) {
		m->item[i].promoting = false;
		m->item[i].was_ready = false;
		if (!m->in_group)
			m->item[i].saying = 0;
	}
	moves_run_view(m);
	if (new)
		view_begin(m);
	else
		state_follow(m);
	moves_consider(m);
}

/* Nodes that the VM does not have */
static bool facts_are_good(const struct moves *m, const struct moves_msg *msg)
{
	uint32_t i;

	for (i = 0; i < msg->nr; i++)
		if (msg->fact[i].e.node >= m->is.nr_nodes &&
		    msg->fact[i].e.node != MOVES_NOBODY)
			return false;
	return true;
}

void moves_deliver(struct moves *m, const struct slots_id *from,
		   const struct moves_msg *msg)
{
	if (!m->in_group || !moves_is_there(m, from) || !facts_are_good(m, msg))
		return;
	switch (msg->type) {
	case MOVES_HELLO:
		moves_do_hello(m, from, msg);
		break;
	case MOVES_STATE:
		moves_do_state(m, from, msg);
		break;
	case MOVES_START:
		moves_do_start(m, msg);
		break;
	case MOVES_VOTE:
		moves_do_vote(m, from, msg);
		break;
	case MOVES_COMMIT:
		moves_do_commit(m, from, msg);
		break;
	case MOVES_ROLLBACK:
		moves_do_rollback(m, from, msg);
		break;
	case MOVES_SET:
		if (msg->fact[0].kind == MOVES_ENTRY)
			moves_hear(m, &msg->fact[0].e);
		else
			moves_do_spare(m, from, &msg->fact[0]);
		moves_consider(m);
		break;
	case MOVES_PROMOTE:
		moves_do_promote(m, msg);
		break;
	case MOVES_TYPES:
		break;
	}
}
