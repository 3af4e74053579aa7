// SPDX-License-Identifier: GPL-2.0-or-later
/* Views, and what members say: see pst.h */
#include <string.h>

#include "pst_parts.h"

static void state_send(struct pst *t)
{
	struct pst_msg *m = &t->msg;
	uint32_t i;

	t->state_sent = true;
	m->type = PST_STATE;
	m->flags = PST_FIRST;
	m->nr = 0;
	for (i = 0; i < t->nr; i++) {
		if (t->entry[i].node != t->node ||
		    (t->entry[i].leaving && !PST_FAULT(5)))
			continue;
		if (m->nr == PST_FACTS) {
			t->ops->send(t->arg, m);
			m->flags = 0;
			m->nr = 0;
		}
		m->fact[m->nr++] = t->entry[i].fact;
	}
	m->flags |= PST_LAST;
	t->ops->send(t->arg, m);
}

static void asked_send(struct pst *t)
{
	uint32_t i;

	for (i = 0; i < t->nr_asked && !PST_FAULT(3); i++)
		pst_send(t, PST_SET, &t->asked[i]);
}

static bool view_has_node(const struct slots_view *view, uint32_t node)
{
	uint32_t i;

	for (i = 0; i < view->nr; i++)
		if (view->id[i].node == node)
			return true;
	return false;
}

static bool is_newcomer(const struct pst *t, const struct slots_id *id)
{
	const struct pst_node *n = &t->nodes[id->node];

	return n->state == PST_ABSENT || n->pid != id->pid;
}

static void nodes_restart(struct pst *t, const struct slots_view *view)
{
	uint32_t i;

	t->nr_undecided = 0;
	for (i = 0; i < view->nr; i++)
		t->nodes[view->id[i].node] =
			(struct pst_node){ .state = PST_STALE,
					   .pid = view->id[i].pid };
	if (t->state_sent && !PST_FAULT(9))
		return;
	state_send(t);
	asked_send(t);
}

bool pst_is_settled(const struct pst *t)
{
	uint32_t i;

	for (i = 0; i < SLOTS_NODES; i++)
		if (t->nodes[i].state == PST_STALE)
			return false;
	return t->in_group;
}

/*
 * As many as all that are in the view count alike: what is known of others is
 * not the same everywhere.
 */
static bool names_are_full(const struct pst *t)
{
	uint32_t i, n = 0;

	for (i = 0; i < t->nr; i++)
		n += t->entry[i].fact.kind == PST_NAME &&
		     pst_is_reachable(t, &t->entry[i]);
	return n >= PST_NAMES;
}

/* Names of one that is cut off are in nobody's way. */
static bool name_is_taken(const struct pst *t, uint32_t node,
			  const struct pst_fact *name)
{
	const struct pst_entry *e = pst_find(t, name->text);

	return e && pst_is_reachable(t, e) &&
	       (e->node != node || e->fact.endpoint != name->endpoint);
}

static void asked_end(struct pst *t, const struct pst_fact *name,
		      enum pst_refusal refusal)
{
	struct pst_fact fact;
	uint32_t i;

	for (i = 0; i < t->nr_asked; i++) {
		fact = t->asked[i];
		if (fact.endpoint != name->endpoint ||
		    strcmp(fact.text, name->text) != 0)
			continue;
		t->nr_asked--;
		memmove(&t->asked[i], &t->asked[i + 1],
			(t->nr_asked - i) * sizeof(t->asked[0]));
		pst_act(t, PST_DO_DECIDED, t->node, &fact, refusal);
		return;
	}
}

static bool is_asked(const struct pst *t, const struct pst_fact *name)
{
	uint32_t i;

	for (i = 0; i < t->nr_asked; i++)
		if (t->asked[i].endpoint == name->endpoint &&
		    !strcmp(t->asked[i].text, name->text))
			return true;
	return false;
}

/* Of one of this node that has gone meanwhile the name goes again. */
static void name_decide(struct pst *t, uint32_t node,
			const struct pst_fact *name)
{
	enum pst_refusal refusal = PST_OK;
	struct pst_entry *e = pst_entry(t, node, name);

	if (e) {
		refusal = PST_OK; /* It was sent twice. */
	} else if (name_is_taken(t, node, name)) {
		refusal = PST_EXISTS;
	} else if (names_are_full(t)) {
		refusal = PST_FULL;
	} else {
		e = pst_put(t, node, name);
		if (e && node == t->node && !is_asked(t, name) && !PST_FAULT(6))
			pst_leave(t, e);
	}
	if (node == t->node)
		asked_end(t, name, refusal);
}

/* Of two of the same name, in parts that were apart, the younger loses it. */
static void names_compare(struct pst *t)
{
	const struct pst_entry *best;
	struct pst_entry *e;
	struct pst_fact lost;
	uint32_t i = 0;

	while (i < t->nr) {
		e = &t->entry[i];
		best = e->fact.kind == PST_NAME && pst_is_reachable(t, e) ?
			       pst_find(t, e->fact.text) :
			       e;
		if (best == e) {
			i++;
			continue;
		}
		lost = e->fact;
		if (e->node == t->node)
			pst_act(t, PST_DO_LOST, t->node, &lost, PST_OK);
		pst_drop(t, e);
	}
}

static void table_settle(struct pst *t)
{
	uint32_t i;

	if (!pst_is_settled(t))
		return;
	if (!PST_FAULT(4))
		names_compare(t);
	for (i = 0; i < t->nr_undecided; i++)
		name_decide(t, t->undecided[i].node, &t->undecided[i].fact);
	t->nr_undecided = 0;
}

/* Whoever is out of the group may have lost what was on its way. */
static void lost_forget(struct pst *t)
{
	uint32_t i;

	t->state_sent = false;
	for (i = t->nr; i--;)
		if (t->entry[i].leaving && !PST_FAULT(10))
			pst_drop(t, &t->entry[i]);
}

void pst_view(struct pst *t, const struct slots_view *view)
{
	bool new = false, was_settled = pst_is_settled(t);
	uint32_t i;

	t->in_group = view_has_node(view, t->node);
	for (i = 0; t->in_group && i < view->nr; i++)
		new |= is_newcomer(t, &view->id[i]);
	for (i = 0; i < SLOTS_NODES; i++)
		if (!t->in_group || !view_has_node(view, i))
			t->nodes[i] = (struct pst_node){ .state = PST_ABSENT };
	if (!t->in_group)
		lost_forget(t);
	else if (new)
		nodes_restart(t, view);
	else if (!was_settled)
		table_settle(t);
}

static void state_begin(struct pst *t, uint32_t node)
{
	uint32_t i;

	for (i = 0; i < t->nr; i++)
		if (t->entry[i].node == node)
			t->entry[i].unsaid = true;
}

static void state_end(struct pst *t, uint32_t node)
{
	uint32_t i = 0;

	while (i < t->nr) {
		if (t->entry[i].node == node && t->entry[i].unsaid &&
		    !PST_FAULT(7))
			pst_drop(t, &t->entry[i]);
		else
			i++;
	}
	t->nodes[node].reading = false;
	t->nodes[node].state = PST_KNOWN;
	table_settle(t);
}

/* What this node says of itself it knows better: it may have changed since. */
static void do_state(struct pst *t, uint32_t node, const struct pst_msg *m)
{
	const bool own = node == t->node;
	uint32_t i;

	if (m->flags & PST_FIRST && own)
		t->state_sent = false;
	if (m->flags & PST_FIRST && t->nodes[node].state == PST_STALE) {
		t->nodes[node].reading = true;
		if (!own)
			state_begin(t, node);
	}
	if (!t->nodes[node].reading)
		return;
	for (i = 0; !own && i < m->nr; i++)
		pst_put(t, node, &m->fact[i]);
	if (m->flags & PST_LAST)
		state_end(t, node);
}

static void do_set(struct pst *t, uint32_t node, const struct pst_fact *fact)
{
	if (fact->kind == PST_PROC) {
		if (node != t->node)
			pst_put(t, node, fact);
	} else if (t->nodes[node].state == PST_STALE && !PST_FAULT(8)) {
		return; /* It is sent again after the STATE. */
	} else if (pst_is_settled(t) || PST_FAULT(1)) {
		name_decide(t, node, fact);
	} else if (t->nr_undecided < PST_WAIT) {
		t->undecided[t->nr_undecided++] =
			(struct pst_waiting){ *fact, node };
	} else if (node == t->node) {
		asked_end(t, fact, PST_FULL);
	}
}

static void undecided_drop(struct pst *t, uint32_t node,
			   const struct pst_fact *fact)
{
	uint32_t i, n = 0;

	for (i = 0; i < t->nr_undecided; i++)
		if (t->undecided[i].node != node ||
		    t->undecided[i].fact.endpoint != fact->endpoint ||
		    strcmp(t->undecided[i].fact.text, fact->text) != 0)
			t->undecided[n++] = t->undecided[i];
	t->nr_undecided = n;
}

static void do_gone(struct pst *t, uint32_t node, const struct pst_fact *fact)
{
	struct pst_entry *e;

	if (fact->kind == PST_NAME)
		undecided_drop(t, node, fact);
	else if (node == t->node)
		return;
	e = pst_entry(t, node, fact);
	if (e && e->fact.incarnation == fact->incarnation &&
	    (node != t->node || e->leaving))
		pst_drop(t, e);
}

void pst_deliver(struct pst *t, const struct slots_id *from,
		 const struct pst_msg *m)
{
	if (from->node >= SLOTS_NODES ||
	    t->nodes[from->node].state == PST_ABSENT)
		return;
	switch (m->type) {
	case PST_STATE:
		do_state(t, from->node, m);
		break;
	case PST_SET:
		do_set(t, from->node, &m->fact[0]);
		break;
	case PST_GONE:
		do_gone(t, from->node, &m->fact[0]);
		break;
	case PST_KILL:
	case PST_USER:
	case PST_ENDED:
	case PST_ASK:
		t->ops->act(t->arg,
			    &(struct pst_action){ .act = PST_DO_WORD,
						  .word = m->type,
						  .node = from->node,
						  .fact = &m->fact[0] });
		break;
	case PST_TYPES:
		break;
	}
}
