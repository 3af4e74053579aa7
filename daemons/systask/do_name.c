// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names: to publish, to withdraw, to look up.
 *
 * A name that is asked for is kept from the moment at which the group has
 * decided: see keep.h.  A look-up that waits is answered when the name appears,
 * when its time is over, or never, if its client has gone.
 */
#include <stdio.h>
#include <string.h>

#include "common/name.h"
#include "systask.h"

#define NAMES_EACH 32 /* of a process */
/* Whoever has such a name is given all that a server knows: molipc/move.h */
#define TAKERS "take."

static int name_get(const struct request *rq, sys_name_t *arg)
{
	size_t length;

	com_get(rq->m, arg);
	length = strnlen(arg->name, sizeof(arg->name));
	if (!length || length == sizeof(arg->name))
		return EMOLNAMESIZE;
	memset(arg->name + length, 0, sizeof(arg->name) - length);
	return name_is_good(arg->name) ? 0 : EMOLINVAL;
}

int do_publish(struct systask *s, struct request *rq)
{
	struct pst_fact fact = { .kind = PST_NAME,
				 .since = systask_realtime() };
	struct proc *p = procs_find(s, rq->client);
	struct pending *wait;
	sys_name_t arg;
	int rc = name_get(rq, &arg);

	if (rc)
		return rc;
	if (!p)
		return EMOLNOTBIND;
	if (rq->uid && !strncmp(arg.name, TAKERS, strlen(TAKERS)))
		return EMOLPERM;
	if (pst_count(&s->pst, p->endpoint) >= NAMES_EACH)
		return EMOLOVERRUN;
	fact.endpoint = p->endpoint;
	fact.incarnation = p->incarnation;
	memcpy(fact.text, arg.name, sizeof(fact.text));
	wait = pending_new(s, rq);
	if (!wait)
		return EMOLAGAIN;
	p->named = true;
	if (!pst_publish(&s->pst, &fact))
		pending_end(s, wait, EMOLAGAIN);
	return SYSTASK_LATER;
}

static struct pending *publication_find(struct systask *s,
					const struct pst_fact *fact)
{
	sys_name_t arg;

	for (size_t i = 0; i < NR_PENDING; i++) {
		struct pending *p = &s->pending[i];

		if (p->client != fact->endpoint || p->m.m_type != SYS_PUBLISH)
			continue;
		com_get(&p->m, &arg);
		if (!strncmp(arg.name, fact->text, sizeof(arg.name)))
			return p;
	}
	return NULL;
}

void name_decided(struct systask *s, const struct pst_action *a)
{
	static const int codes[] = { [PST_OK] = OK,
				     [PST_EXISTS] = EMOLEXIST,
				     [PST_FULL] = EMOLOVERRUN };
	struct proc *owner = procs_find(s, a->fact->endpoint);
	struct pending *p = publication_find(s, a->fact);
	int rc = codes[a->refusal];

	if (owner && rc == OK && !keep_name(s->keep, a->fact)) {
		pst_withdraw(&s->pst, a->fact->endpoint, a->fact->text);
		rc = EMOLOVERRUN;
	}
	if (p)
		pending_end(s, p, rc);
}

void name_lost(struct systask *s, const struct pst_fact *fact)
{
	struct proc *p = procs_find(s, fact->endpoint);

	log_line(SD_WARNING,
		 "the name %s of endpoint %d is lost: another node has had it "
		 "for longer",
		 fact->text, fact->endpoint);
	keep_no_name(s->keep, fact);
	if (!p)
		return;
	mnx_ntfy_value(SELF, p->endpoint, SYS_NAME_LOST);
}

int do_withdraw(struct systask *s, struct request *rq)
{
	struct pst_fact fact = { .kind = PST_NAME, .endpoint = rq->client };
	struct proc *p = procs_find(s, rq->client);
	sys_name_t arg;
	int rc = name_get(rq, &arg);

	if (rc)
		return rc;
	memcpy(fact.text, arg.name, sizeof(fact.text));
	if (!p || !pst_withdraw(&s->pst, rq->client, arg.name))
		return EMOLNOTBIND;
	keep_no_name(s->keep, &fact);
	return OK;
}

/* Users of another node are those in its own slots. */
static bool is_of_node(const struct systask *s, int endpoint, uint32_t node)
{
	const int slot = _ENDPOINT_P(endpoint) - s->first_user;

	return slot < 0 ||
	       (slot < s->nr_users && s->slots.slot[slot].owner.node == node);
}

/* A user of another node is entered here, so that it can be sent to. */
static int name_answer(struct systask *s, const struct pst_entry *e, message *m)
{
	sys_name_t answer = { .endpoint = e->fact.endpoint };
	char name[M3IPC_NAME_LEN] = "";

	if (!pst_is_reachable(&s->pst, e))
		return EMOLNOTCONN;
	if (!is_of_node(s, e->fact.endpoint, e->node))
		return EMOLBADOWNER;
	snprintf(name, sizeof(name), "%.*s", (int)sizeof(name) - 1,
		 e->fact.text);
	if (e->node != s->pst.node && e->fact.endpoint >= s->first_user)
		mnx_rmtbind_as(s->vmid, name, e->fact.endpoint,
			       s->node_id[e->node], e->fact.incarnation);
	com_put(m, &answer);
	return OK;
}

static struct waiter *waiter_new(struct systask *s)
{
	for (size_t i = 0; i < NR_WAITERS; i++)
		if (s->waiters[i].client == NONE)
			return &s->waiters[i];
	return NULL;
}

int do_lookup(struct systask *s, struct request *rq)
{
	const struct pst_entry *e;
	struct waiter *w;
	sys_name_t arg;
	int rc = name_get(rq, &arg);

	if (rc)
		return rc;
	e = pst_find(&s->pst, arg.name);
	if (e && (!arg.ms || pst_is_reachable(&s->pst, e)))
		return name_answer(s, e, rq->m);
	if (!arg.ms)
		return EMOLNOTBIND;
	if (arg.ms < -1)
		return EMOLINVAL;
	w = waiter_new(s);
	if (!w)
		return EMOLAGAIN;
	w->client = rq->client;
	w->until = arg.ms < 0 ?
			   ALARM_NEVER :
			   alarm_time(systask_now(), (uint64_t)arg.ms, false);
	w->m = *rq->m;
	alarms_arm(s);
	return SYSTASK_LATER;
}

static void waiter_end(struct systask *s, struct waiter *w, int rc)
{
	const int client = w->client;

	w->client = NONE;
	systask_answer(s, client, &w->m, rc);
}

void name_appeared(struct systask *s, const struct pst_fact *fact)
{
	const struct pst_entry *e = pst_find(&s->pst, fact->text);
	sys_name_t arg;

	for (size_t i = 0; e && i < NR_WAITERS; i++) {
		struct waiter *w = &s->waiters[i];

		if (w->client == NONE)
			continue;
		com_get(&w->m, &arg);
		if (!strncmp(arg.name, fact->text, sizeof(arg.name)) &&
		    pst_is_reachable(&s->pst, e))
			waiter_end(s, w, name_answer(s, e, &w->m));
	}
}

void name_forget_client(struct systask *s, int endpoint)
{
	for (size_t i = 0; i < NR_WAITERS; i++)
		if (s->waiters[i].client == endpoint)
			s->waiters[i].client = NONE;
	for (size_t i = 0; i < NR_PENDING; i++)
		if (s->pending[i].client == endpoint &&
		    s->pending[i].m.m_type == SYS_PUBLISH)
			s->pending[i].client = NONE;
}

/* A fork still gets its slot, and gives it back; a name is published. */
void client_asks_again(struct systask *s, int client)
{
	for (size_t i = 0; i < NR_WAITERS; i++)
		if (s->waiters[i].client == client)
			s->waiters[i].client = NONE;
	for (size_t i = 0; i < NR_PENDING; i++)
		if (s->pending[i].client == client)
			s->pending[i].left = true;
	if (s->forgetting == client)
		s->forget_left = true;
}

void name_time(struct systask *s)
{
	for (size_t i = 0; i < NR_WAITERS; i++)
		if (s->waiters[i].client != NONE &&
		    s->waiters[i].until <= systask_now())
			waiter_end(s, &s->waiters[i], EMOLTIMEDOUT);
}

uint64_t name_next(const struct systask *s)
{
	uint64_t next = ALARM_NEVER;

	for (size_t i = 0; i < NR_WAITERS; i++)
		if (s->waiters[i].client != NONE && s->waiters[i].until < next)
			next = s->waiters[i].until;
	return next;
}
