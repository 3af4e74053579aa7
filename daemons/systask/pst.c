// SPDX-License-Identifier: GPL-2.0-or-later
/* The table; pst_group.c is what the group does to it. */
#include <string.h>

#include "pst_parts.h"

void pst_init(struct pst *t, uint32_t node, const struct pst_ops *ops,
	      void *arg)
{
	memset(t, 0, sizeof(*t));
	t->node = node;
	t->ops = ops;
	t->arg = arg;
}

static bool fact_is(const struct pst_fact *a, const struct pst_fact *b)
{
	return a->kind == b->kind && a->endpoint == b->endpoint &&
	       (a->kind == PST_PROC || !strcmp(a->text, b->text));
}

struct pst_entry *pst_entry(struct pst *t, uint32_t node,
			    const struct pst_fact *fact)
{
	uint32_t i;

	for (i = 0; i < t->nr; i++)
		if (t->entry[i].node == node &&
		    fact_is(&t->entry[i].fact, fact))
			return &t->entry[i];
	return NULL;
}

static bool entry_is_older(const struct pst_entry *a, const struct pst_entry *b)
{
	if (a->fact.since != b->fact.since)
		return a->fact.since < b->fact.since;
	return a->node < b->node;
}

bool pst_is_reachable(const struct pst *t, const struct pst_entry *e)
{
	return e->node == t->node || t->nodes[e->node].state != PST_ABSENT;
}

const struct pst_entry *pst_holder(const struct pst *t, int32_t slot)
{
	const struct pst_entry *best = NULL, *e;

	for (e = t->entry; e < t->entry + t->nr; e++) {
		if (e->fact.kind != PST_PROC || e->fact.endpoint != slot)
			continue;
		if (e->node == t->node)
			return e;
		if (!best || entry_is_older(e, best))
			best = e;
	}
	return best;
}

const struct pst_entry *pst_find(const struct pst *t, const char *name)
{
	const struct pst_entry *best = NULL, *e;
	bool here, best_here = false;

	for (e = t->entry; e < t->entry + t->nr; e++) {
		if (e->fact.kind != PST_NAME || strcmp(e->fact.text, name) != 0)
			continue;
		here = pst_is_reachable(t, e);
		if (!best || (here && !best_here) ||
		    (here == best_here && entry_is_older(e, best))) {
			best = e;
			best_here = here;
		}
	}
	return best;
}

void pst_act(struct pst *t, enum pst_act act, uint32_t node,
	     const struct pst_fact *fact, enum pst_refusal refusal)
{
	t->ops->act(t->arg, &(struct pst_action){ .act = act,
						  .node = node,
						  .refusal = refusal,
						  .fact = fact });
}

/*
 * Whoever holds a slot has changed from "was" (node SLOTS_NODES: nobody): the
 * driver is to follow.  A fact that is as it was is entered once.
 */
static void holder_follow(struct pst *t, const struct pst_entry *was,
			  int32_t slot)
{
	const struct pst_entry *is = pst_holder(t, slot);

	if (is && was->node == is->node && was->moved)
		return;
	if (is && was->node == is->node &&
	    was->fact.incarnation == is->fact.incarnation &&
	    !strcmp(was->fact.text, is->fact.text))
		return;
	if (was->node != SLOTS_NODES && was->node != t->node)
		pst_act(t, PST_DO_REMOVE, was->node, &was->fact, PST_OK);
	if (is && is->node != t->node)
		pst_act(t, PST_DO_ENTER, is->node, &is->fact, PST_OK);
}

static void holder_note(const struct pst *t, int32_t slot,
			struct pst_entry *was)
{
	const struct pst_entry *e = pst_holder(t, slot);

	if (e)
		*was = *e;
	else
		was->node = SLOTS_NODES;
}

/* A name of one that is away is the first to go, when there is no room. */
static bool entry_make_room(struct pst *t)
{
	uint32_t i;

	for (i = 0; i < t->nr; i++) {
		if (t->entry[i].fact.kind == PST_PROC ||
		    pst_is_reachable(t, &t->entry[i]))
			continue;
		pst_drop(t, &t->entry[i]);
		return true;
	}
	return false;
}

/* NULL: there are more than a VM can have. */
struct pst_entry *pst_put(struct pst *t, uint32_t node,
			  const struct pst_fact *fact)
{
	struct pst_entry *e = pst_entry(t, node, fact);
	struct pst_entry was;

	if (!e && t->nr == PST_MAX && !entry_make_room(t))
		return NULL;
	holder_note(t, fact->endpoint, &was);
	if (!e)
		e = &t->entry[t->nr++];
	*e = (struct pst_entry){ .fact = *fact, .node = node };
	if (fact->kind == PST_PROC)
		holder_follow(t, &was, fact->endpoint);
	else
		pst_act(t, PST_DO_APPEARED, node, &e->fact, PST_OK);
	return e;
}

void pst_drop(struct pst *t, struct pst_entry *e)
{
	const enum pst_kind kind = e->fact.kind;
	const int32_t slot = e->fact.endpoint;
	struct pst_entry was;

	holder_note(t, slot, &was);
	*e = t->entry[--t->nr];
	if (kind == PST_PROC)
		holder_follow(t, &was, slot);
}

static bool fact_moves(const struct pst_fact *fact, int32_t slot,
		       int32_t endpoint)
{
	return fact->endpoint == (fact->kind == PST_PROC ? slot : endpoint);
}

void pst_move(struct pst *t, int32_t slot, int32_t endpoint, uint32_t node)
{
	uint32_t i = 0;

	while (i < t->nr) {
		struct pst_entry *e = &t->entry[i];

		if (e->node == node || !fact_moves(&e->fact, slot, endpoint)) {
			i++;
		} else if (pst_entry(t, node, &e->fact)) {
			*e = t->entry[--t->nr];
		} else {
			e->node = node;
			e->leaving = false;
			e->moved = e->fact.kind == PST_PROC;
			i++;
		}
	}
}

void pst_forget(struct pst *t, uint32_t node)
{
	uint32_t i = 0;

	while (t->nodes[node].state == PST_ABSENT && i < t->nr) {
		if (t->entry[i].node == node)
			pst_drop(t, &t->entry[i]);
		else
			i++;
	}
}

void pst_send(struct pst *t, enum pst_type type, const struct pst_fact *fact)
{
	struct pst_msg *m = &t->msg;

	if (!t->in_group)
		return;
	m->type = type;
	m->flags = 0;
	m->nr = 1;
	m->fact[0] = *fact;
	t->ops->send(t->arg, m);
}

/* What is true here is so at once, and others hear of it. */
void pst_bound(struct pst *t, const struct pst_fact *proc)
{
	if (pst_put(t, t->node, proc))
		pst_send(t, PST_SET, proc);
}

void pst_had(struct pst *t, const struct pst_fact *name)
{
	pst_put(t, t->node, name);
}

/* Names of one that has gone, in the order in which they were asked for */
static void asked_drop(struct pst *t, int32_t endpoint)
{
	uint32_t i, n = 0;

	for (i = 0; i < t->nr_asked; i++)
		if (t->asked[i].endpoint != endpoint)
			t->asked[n++] = t->asked[i];
	t->nr_asked = n;
}

/* With a group it is there until all know that it is not. */
void pst_leave(struct pst *t, struct pst_entry *e)
{
	const struct pst_fact fact = e->fact;

	if (e->leaving)
		return;
	e->leaving = fact.kind == PST_NAME && t->in_group && !PST_FAULT(2);
	if (!e->leaving)
		pst_drop(t, e);
	pst_send(t, PST_GONE, &fact);
}

void pst_unbound(struct pst *t, int32_t endpoint)
{
	uint32_t i;

	asked_drop(t, endpoint);
	/* From the end: what is dropped has the last one in its place. */
	for (i = t->nr; i--;)
		if (t->entry[i].node == t->node &&
		    t->entry[i].fact.endpoint == endpoint)
			pst_leave(t, &t->entry[i]);
}

bool pst_withdraw(struct pst *t, int32_t endpoint, const char *name)
{
	struct pst_fact fact = { .kind = PST_NAME, .endpoint = endpoint };
	struct pst_entry *e;

	strncpy(fact.text, name, sizeof(fact.text) - 1);
	e = pst_entry(t, t->node, &fact);
	if (!e || e->leaving)
		return false;
	pst_leave(t, e);
	return true;
}

bool pst_publish(struct pst *t, const struct pst_fact *name)
{
	if (t->nr_asked == PST_WAIT)
		return false;
	t->asked[t->nr_asked++] = *name;
	pst_send(t, PST_SET, name);
	return true;
}

void pst_say(struct pst *t, enum pst_type word, int32_t endpoint,
	     uint64_t since, uint64_t incarnation)
{
	const struct pst_fact fact = { .kind = PST_PROC,
				       .endpoint = endpoint,
				       .since = since,
				       .incarnation = incarnation };

	pst_send(t, word, &fact);
}

uint32_t pst_count(const struct pst *t, int32_t endpoint)
{
	uint32_t i, n = 0;

	for (i = 0; i < t->nr; i++)
		n += t->entry[i].node == t->node &&
		     t->entry[i].fact.kind == PST_NAME &&
		     t->entry[i].fact.endpoint == endpoint;
	for (i = 0; i < t->nr_asked; i++)
		n += t->asked[i].endpoint == endpoint;
	return n;
}
