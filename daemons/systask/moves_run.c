// SPDX-License-Identifier: GPL-2.0-or-later
/* One move, from START to its end: see moves.h */
#include <string.h>

#include "moves_parts.h"

/* The move that this member has asked for has ended. */
static void asked_answer(struct moves *m, const struct moves_id *id,
			 enum moves_why why, int32_t rc)
{
	uint32_t i;

	if (id->life != m->is.life)
		return;
	for (i = 0; i < MOVES_ASKED; i++) {
		if (!id->number || m->asked[i].number != id->number)
			continue;
		m->asked[i].number = 0;
		m->ops->answered(m->arg, id->number, why, rc);
		return;
	}
}

static enum moves_why migrate_check(struct moves *m,
				    const struct moves_item *it, uint32_t from,
				    uint32_t to)
{
	if (!moves_is_settled(m))
		return MOVES_UNSETTLED;
	if (!moves_has_node(m, from) || !moves_has_node(m, to))
		return MOVES_AWAY;
	if (from == to)
		return MOVES_ELSEWHERE;
	if (it && it->move.state != MOVES_IDLE)
		return MOVES_BUSY;
	return MOVES_DONE;
}

static struct moves_asked *asked_place(struct moves *m)
{
	uint32_t i;

	for (i = 0; i < MOVES_ASKED; i++)
		if (!m->asked[i].number)
			return &m->asked[i];
	return NULL;
}

uint32_t moves_migrate(struct moves *m, int32_t endpoint, uint32_t from,
		       uint32_t to, const struct moves_want *want,
		       enum moves_why *why)
{
	const struct moves_item *it = moves_item(m, endpoint);
	struct moves_entry e = { .endpoint = endpoint };
	struct moves_asked *asked = asked_place(m);
	struct moves_msg *msg;

	e.node = it && it->e.term ? it->e.node : from;
	*why = asked ? migrate_check(m, it, e.node, to) : MOVES_FULL;
	if (*why != MOVES_DONE)
		return 0;
	/* 0 is none. */
	m->number += 1 + !(m->number + 1);
	*asked = (struct moves_asked){ m->number, e.node };
	msg = moves_message(m, MOVES_START, MOVES_ENTRY, &e);
	msg->id = (struct moves_id){ m->is.life, m->number };
	msg->want = *want;
	msg->to.node = to;
	msg->to.pid = m->nodes[to].pid;
	moves_send(m);
	return m->number;
}

/* START */

static void vote_send(struct moves *m, int32_t endpoint,
		      const struct moves_id *id, enum moves_why why, int32_t rc)
{
	const struct moves_entry e = { .endpoint = endpoint };
	struct moves_msg *msg = moves_message(m, MOVES_VOTE, MOVES_ENTRY, &e);

	msg->id = *id;
	msg->why = why;
	msg->rc = rc;
	moves_send(m);
}

static void rollback_send(struct moves *m, int32_t endpoint,
			  const struct moves_id *id, enum moves_why why,
			  int32_t rc)
{
	const struct moves_entry e = { .endpoint = endpoint };
	struct moves_msg *msg =
		moves_message(m, MOVES_ROLLBACK, MOVES_ENTRY, &e);

	msg->id = *id;
	msg->why = why;
	msg->rc = rc;
	moves_send(m);
}

/* May this node, from which it is to leave, let it go? */
static enum moves_why former_check(const struct moves *m,
				   const struct moves_item *it)
{
	if (!moves_is_settled(m))
		return MOVES_UNSETTLED;
	if (!it->here || (it->e.term && it->e.node != m->is.node))
		return MOVES_ELSEWHERE;
	return it->held ? MOVES_BUSY : MOVES_DONE;
}

static enum moves_role role_of(const struct moves *m, uint32_t from,
			       uint32_t to)
{
	if (m->is.node == from)
		return MOVES_FORMER;
	return m->is.node == to ? MOVES_NEW : MOVES_OTHER;
}

static enum moves_why move_begin(struct moves *m, struct moves_item *it,
				 const struct moves_move *move, int *rc)
{
	enum moves_why why = MOVES_DONE;

	*rc = 0;
	if (!it)
		return MOVES_FULL;
	if (it->move.state != MOVES_IDLE)
		return MOVES_BUSY;
	if (move->role == MOVES_FORMER)
		why = former_check(m, it);
	else if (it->here || it->awaited)
		why = MOVES_ELSEWHERE;
	if (why != MOVES_DONE)
		return why;
	*rc = m->ops->start(m->arg, it->e.endpoint, move->role, &move->want);
	if (*rc < 0)
		return MOVES_REFUSED;
	it->move = *move;
	it->move.voted = move->role == MOVES_NEW && *rc != MOVES_LATER;
	return MOVES_DONE;
}

void moves_do_start(struct moves *m, const struct moves_msg *msg)
{
	const struct moves_entry *e = &msg->fact[0].e;
	struct moves_move move = { .state = MOVES_STARTED,
				   .id = msg->id,
				   .to = msg->to,
				   .want = msg->want };
	enum moves_why why;
	int rc;

	if (!moves_has_node(m, e->node) || !moves_is_there(m, &msg->to) ||
	    e->node == msg->to.node) {
		asked_answer(m, &msg->id, MOVES_AWAY, 0);
		return;
	}
	move.from.node = e->node;
	move.from.pid = m->nodes[e->node].pid;
	move.role = role_of(m, e->node, msg->to.node);
	why = move_begin(m, moves_item_make(m, e->endpoint), &move, &rc);
	if (move.role == MOVES_FORMER) {
		if (why != MOVES_DONE)
			rollback_send(m, e->endpoint, &msg->id, why, rc);
	} else if (why != MOVES_DONE || move.role == MOVES_OTHER ||
		   rc != MOVES_LATER) {
		vote_send(m, e->endpoint, &msg->id, why, rc);
	}
}

/* The new node */

void moves_ready(struct moves *m, int32_t endpoint, int rc)
{
	struct moves_item *it = moves_item(m, endpoint);

	if (!it || it->move.role != MOVES_NEW)
		return;
	if (it->move.state == MOVES_STARTED && (!it->move.voted || rc < 0)) {
		it->move.voted = rc >= 0;
		vote_send(m, endpoint, &it->move.id,
			  rc < 0 ? MOVES_REFUSED : MOVES_DONE, rc);
	} else if (it->move.state == MOVES_DOUBT && rc < 0) {
		moves_let_go(m, it);
	}
}

/* The former node */

struct moves_entry moves_next(const struct moves_item *it)
{
	struct moves_entry e = it->e;

	e.node = it->move.to.node;
	e.count++;
	e.revision = 0;
	e.map &= ~moves_bit(e.node);
	return e;
}

/* From here on it is the new node's, whatever becomes of the message. */
void moves_commit_send(struct moves *m, struct moves_item *it)
{
	const struct moves_entry e = moves_next(it);
	struct moves_msg *msg;

	it->move.state = MOVES_DECIDED;
	moves_keep(m, it);
	msg = moves_message(m, MOVES_COMMIT, MOVES_ENTRY, &e);
	msg->id = it->move.id;
	msg->to = it->move.to;
	moves_send(m);
}

void moves_give_up(struct moves *m, struct moves_item *it, enum moves_why why,
		   int32_t rc)
{
	const struct moves_id id = it->move.id;

	if (it->move.state == MOVES_STARTED && it->move.role == MOVES_FORMER) {
		moves_let_go(m, it);
		rollback_send(m, it->e.endpoint, &id, why, rc);
	}
}

void moves_timeout(struct moves *m, int32_t endpoint)
{
	struct moves_item *it = moves_item(m, endpoint);

	if (!it)
		return;
	moves_give_up(m, it, MOVES_LATE, 0);
	moves_consider(m);
}

static bool all_voted(const struct moves *m, const struct moves_item *it)
{
	uint32_t i;

	for (i = 0; i < SLOTS_NODES; i++)
		if (m->nodes[i].there && i != m->is.node &&
		    !(it->move.votes & moves_bit(i)))
			return false;
	return true;
}

void moves_do_vote(struct moves *m, const struct slots_id *from,
		   const struct moves_msg *msg)
{
	struct moves_item *it = moves_item(m, msg->fact[0].e.endpoint);

	if (!it || it->move.state != MOVES_STARTED ||
	    !moves_same(&it->move.id, &msg->id) ||
	    it->move.role != MOVES_FORMER)
		return;
	if (msg->why != MOVES_DONE) {
		moves_give_up(m, it, msg->why, msg->rc);
		moves_consider(m);
		return;
	}
	it->move.votes |= moves_bit(from->node);
	if (!all_voted(m, it))
		return;
	if (!it->e.term)
		moves_found(m, it);
	moves_commit_send(m, it);
}

/* Its end */

void moves_let_go(struct moves *m, struct moves_item *it)
{
	const enum moves_role role = it->move.role;

	it->move.state = MOVES_IDLE;
	moves_keep(m, it);
	/* The process may have ended. */
	if (role != MOVES_FORMER || it->here)
		m->ops->rollback(m->arg, it->e.endpoint, role);
	/* This node may have heard meanwhile where it is. */
	if (role != MOVES_FORMER && it->e.term && it->e.node != m->is.node &&
	    it->e.node != MOVES_NOBODY)
		m->ops->commit(m->arg, it->e.endpoint, it->e.node, MOVES_OTHER);
}

/* Nobody that could have it has delivered it. */
static void commit_is_void(struct moves *m, const struct slots_id *from,
			   const struct moves_msg *msg)
{
	struct moves_item *it = moves_item(m, msg->fact[0].e.endpoint);

	if (from->node != m->is.node || !it || MOVES_FAULT(4) ||
	    it->move.state != MOVES_DECIDED ||
	    !moves_same(&it->move.id, &msg->id))
		return;
	if (it->move.again) {
		it->move.state = MOVES_UNSURE;
		it->promoting = false;
		return;
	}
	moves_let_go(m, it);
	rollback_send(m, it->e.endpoint, &msg->id, MOVES_CHANGED, 0);
	if (!it->here && it->e.node == m->is.node) {
		it->e.node = MOVES_NOBODY;
		it->e.revision++;
		moves_say(m, it);
	}
}

void moves_do_commit(struct moves *m, const struct slots_id *from,
		     const struct moves_msg *msg)
{
	if (!moves_is_there(m, &msg->to)) {
		commit_is_void(m, from, msg);
	} else {
		moves_hear(m, &msg->fact[0].e);
		asked_answer(m, &msg->id, MOVES_DONE, 0);
	}
	moves_consider(m);
}

void moves_do_rollback(struct moves *m, const struct slots_id *from,
		       const struct moves_msg *msg)
{
	struct moves_item *it = moves_item(m, msg->fact[0].e.endpoint);

	if (from->node != m->is.node && it && it->move.role != MOVES_FORMER &&
	    it->move.state != MOVES_IDLE && it->move.from.node == from->node &&
	    moves_same(&it->move.id, &msg->id))
		moves_let_go(m, it);
	asked_answer(m, &msg->id, msg->why, msg->rc);
}

/* Views */

static void former_view(struct moves *m, struct moves_item *it)
{
	switch (it->move.state) {
	case MOVES_STARTED:
		moves_give_up(m, it, MOVES_CHANGED, 0);
		break;
	case MOVES_DECIDED:
		if (MOVES_FAULT(1))
			moves_let_go(m, it);
		else if (!m->in_group)
			it->move.state = MOVES_UNSURE;
		break;
	default:
		break;
	}
}

static void follower_view(struct moves *m, struct moves_item *it)
{
	if (it->move.state != MOVES_STARTED ||
	    (m->in_group && moves_is_there(m, &it->move.from)))
		return;
	if (it->move.role == MOVES_NEW && it->move.voted && !MOVES_FAULT(2))
		it->move.state = MOVES_DOUBT;
	else
		moves_let_go(m, it);
}

void moves_run_view(struct moves *m)
{
	uint32_t i;

	for (i = 0; i < m->nr; i++) {
		if (m->item[i].move.state == MOVES_IDLE)
			continue;
		if (m->item[i].move.role == MOVES_FORMER)
			former_view(m, &m->item[i]);
		else
			follower_view(m, &m->item[i]);
	}
	for (i = 0; i < MOVES_ASKED; i++) {
		const struct moves_id id = { m->is.life, m->asked[i].number };

		if (id.number &&
		    (!m->in_group || !moves_has_node(m, m->asked[i].from)))
			asked_answer(m, &id, MOVES_UNKNOWN, 0);
	}
}

static void unsure_resolve(struct moves *m, struct moves_item *it)
{
	const uint32_t to = it->move.to.node;

	if (moves_is_there(m, &it->move.to) && it->move.said) {
		it->move.again = true;
		moves_commit_send(m, it);
	} else if (!m->nodes[to].there && !(m->dead & moves_bit(to))) {
		return;
	} else if (!it->here) {
		moves_let_go(m, it);
	} else {
		moves_promote_send(m, it, m->is.node, MOVES_NOBODY);
	}
}

static void doubt_resolve(struct moves *m, struct moves_item *it)
{
	const uint32_t from = it->move.from.node;

	if (it->e.term && it->e.node == m->is.node) {
		return; /* It was: moves_take() follows. */
	} else if (m->nodes[from].there) {
		if (!it->move.said)
			moves_let_go(m, it);
	} else if (MOVES_FAULT(3) ||
		   ((m->dead & moves_bit(from) || moves_has_ended(it)) &&
		    moves_may_take(m, it))) {
		moves_promote_send(m, it, m->is.node, from);
	}
}

void moves_resolve(struct moves *m, struct moves_item *it)
{
	if (it->move.state == MOVES_UNSURE && MOVES_FAULT(5))
		moves_let_go(m, it);
	else if (it->move.state == MOVES_UNSURE)
		unsure_resolve(m, it);
	else if (it->move.state == MOVES_DOUBT)
		doubt_resolve(m, it);
}
