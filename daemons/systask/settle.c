// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What all nodes have to consent to: to found a table, and to give away what
 * lives own that have ended.  One member proposes, each consents if it may, and
 * when the last consent has been delivered it is done; any view in between ends
 * it.  Why all: slots.c.
 */
#include <stddef.h>

#include "slots_parts.h"

/* Versions of a new epoch are above all that owners have given. */
#define EPOCH (UINT64_C(1) << 32)

static uint64_t node_bit(uint32_t node)
{
	return node < SLOTS_NODES ? UINT64_C(1) << node : 0;
}

static void forget_end(struct slots *s, enum slots_act act, uint64_t nodes)
{
	if (!s->forgetting)
		return;
	s->forgetting = false;
	slots_act(s, &(struct slots_action){ .act = act, .nodes = nodes });
}

void slots_cancel(struct slots *s)
{
	s->proposer.life = 0;
	s->mine = 0;
	forget_end(s, SLOTS_DO_NOT_FORGET, 0);
}

static void proposal_send(struct slots *s, uint32_t flags, uint64_t dead)
{
	struct slots_msg *m = slots_message(s, SLOTS_PROPOSE);

	m->nonce = ++s->nonce;
	m->flags = flags;
	m->dead = dead;
	s->mine = m->nonce;
	slots_send(s);
}

/* The member of that node, which is the only one, or NULL */
static const struct slots_member *member_of(const struct slots *s,
					    uint32_t node)
{
	uint32_t i;

	for (i = 0; i < s->nr_members; i++)
		if (s->member[i].id.node == node)
			return &s->member[i];
	return NULL;
}

/* Whose the slot becomes; number 0: it stays what it is. */
static struct slots_life successor(const struct slots *s,
				   const struct slots_slot *slot, uint64_t dead)
{
	const struct slots_member *m = member_of(s, slot->owner.node);
	const struct slots_member *first = &s->member[0];
	uint32_t i;

	if (m && m->id.life != slot->owner.number)
		return (struct slots_life){ m->id.node, m->id.life };
	if (m || !(dead & node_bit(slot->owner.node)))
		return (struct slots_life){ 0 };
	for (i = 1; i < s->nr_members; i++)
		if (s->member[i].id.node < first->id.node)
			first = &s->member[i];
	return (struct slots_life){ first->id.node, first->id.life };
}

static bool is_to_settle(const struct slots *s, uint64_t dead)
{
	uint32_t i;

	for (i = 0; i < s->is.nr_slots; i++)
		if (successor(s, &s->slot[i], dead).number)
			return true;
	return false;
}

static void check_found(struct slots *s)
{
	if (SLOTS_FAULT(11) && slots_is_first(s) && s->nr_members == 1)
		proposal_send(s, SLOTS_FOUND | SLOTS_FORCED, 0);
	else if (slots_is_first(s) && !slots_absent(s))
		proposal_send(s, SLOTS_FOUND, 0);
}

/* Called whenever something may have become possible */
void slots_check_settle(struct slots *s)
{
	uint64_t dead = slots_absent(s);
	uint64_t known = s->orphan & s->expired;

	if (SLOTS_FAULT(8))
		known = s->orphan;
	if (SLOTS_FAULT(6) || SLOTS_FAULT(9))
		known = dead;
	if (s->mine || s->proposer.life || !slots_is_first(s))
		return;
	if (s->state == SLOTS_WAIT_VMINFO)
		check_found(s);
	else if (s->state == SLOTS_RUNNING && slots_all_covered(s) &&
		 !(dead & ~known) && is_to_settle(s, dead))
		proposal_send(s, SLOTS_FAULT(9) ? SLOTS_FORCED : 0, dead);
}

static bool may_consent(const struct slots *s, const struct slots_msg *m)
{
	uint64_t absent = slots_absent(s);

	if (m->flags & SLOTS_FOUND)
		return s->state == SLOTS_WAIT_VMINFO && !absent;
	if (!slots_has_table(s) || !slots_all_covered(s) || absent & ~m->dead)
		return SLOTS_FAULT(6);
	if (m->flags & SLOTS_FORCED)
		return !(m->dead & ~absent);
	return !(absent & ~s->orphan) || SLOTS_FAULT(6);
}

/*
 * The first table: all slots are the proposer's, but for those that processes
 * are in, which are their nodes'.  Whoever consents names these.
 */
static void found_done(struct slots *s)
{
	const struct slots_life me = { s->is.node, s->is.life };
	struct slots_life *taker;
	uint32_t i;

	slots_start_anew(s, SLOTS_RUNNING);
	s->table = (uint64_t)s->is.life << 8 | s->is.node;
	for (i = 0; i < s->is.nr_slots; i++) {
		taker = &s->slot[i].taker;
		slots_learn(s, &(struct slots_entry){
				       .slot = i,
				       .owner = taker->number ? *taker : me,
				       .version = 1 });
		*taker = (struct slots_life){ 0 };
	}
	for (i = 0; i < s->nr_members; i++)
		if (slots_is_me(s, &s->member[i].id))
			s->member[i].id.life = s->is.life;
	slots_act(s, &(struct slots_action){ .act = SLOTS_DO_RUN });
	slots_send_table(s);
}

static void settle_done(struct slots *s)
{
	struct slots_slot *slot;
	struct slots_life owner;
	uint32_t i;

	for (i = 0; i < s->is.nr_slots; i++) {
		slot = &s->slot[i];
		owner = successor(s, slot, s->dead);
		if (owner.number)
			slots_learn(s, &(struct slots_entry){
					       .slot = i,
					       .owner = owner,
					       .version = (slot->version |
							   (EPOCH - 1)) +
							  1 });
	}
	for (i = 0; i < s->is.nr_nodes; i++)
		if (s->dead & node_bit(i))
			slots_act(s, &(struct slots_action){
					     .act = SLOTS_DO_UNBIND_NODE,
					     .node = i });
}

static void proposal_done(struct slots *s)
{
	const bool mine = slots_is_me(s, &s->proposer);

	s->proposer.life = 0;
	if (!(s->flags & SLOTS_FOUND))
		settle_done(s);
	else if (mine && s->state == SLOTS_WAIT_VMINFO)
		found_done(s);
	if (mine)
		forget_end(s, SLOTS_DO_FORGOTTEN, s->dead);
}

static void proposal_refused(struct slots *s)
{
	if (slots_is_me(s, &s->proposer))
		forget_end(s, SLOTS_DO_NOT_FORGET, 0);
	s->proposer.life = 0;
}

static struct slots_msg *consent_begin(struct slots *s)
{
	struct slots_msg *m = slots_message(s, SLOTS_CONSENT);

	m->nonce = s->proposal;
	m->to = s->proposer;
	return m;
}

static void consent_send(struct slots *s)
{
	struct slots_msg *m = consent_begin(s);
	uint32_t i;

	for (i = 0; i < s->is.nr_slots; i++) {
		if (s->slot[i].use != SLOTS_HELD || !(s->flags & SLOTS_FOUND))
			continue;
		if (m->nr_entries == SLOTS_ENTRIES) {
			slots_send(s);
			m = consent_begin(s);
		}
		m->entry[m->nr_entries++] = (struct slots_entry){
			.slot = i,
			.owner = { s->is.node, s->is.life },
			.version = 1,
		};
	}
	m->flags = SLOTS_LAST;
	slots_send(s);
}

/* What this member has proposed is delivered, or something else before it. */
static void proposal_begin(struct slots *s, const struct slots_member *from,
			   const struct slots_msg *m)
{
	uint32_t i;

	if (s->forgetting && slots_is_me(s, &s->proposer) && s->proposer.life)
		forget_end(s, SLOTS_DO_NOT_FORGET, 0);
	s->proposer = from->id;
	s->proposer.life = m->life;
	s->proposal = m->nonce;
	s->flags = m->flags;
	s->dead = m->dead;
	for (i = 0; i < s->nr_members; i++)
		s->member[i].consents = false;
	for (i = 0; m->flags & SLOTS_FOUND && i < s->is.nr_slots; i++)
		s->slot[i].taker = (struct slots_life){ 0 };
}

/*
 * The last one that was delivered counts.  One to which this member may not
 * consent cannot be done, at anybody's, and ends those before it all the same.
 */
void slots_do_propose(struct slots *s, struct slots_member *from,
		      const struct slots_msg *m)
{
	const bool order = m->flags & SLOTS_FOUND && m->flags & SLOTS_FORCED;
	const bool may = order || may_consent(s, m);

	proposal_begin(s, from, m);
	if (order || (SLOTS_FAULT(7) && may))
		proposal_done(s);
	else if (may)
		consent_send(s);
	else
		proposal_refused(s);
}

void slots_do_consent(struct slots *s, struct slots_member *from,
		      const struct slots_msg *m)
{
	uint32_t i;

	if (!s->proposer.life || !slots_same(&m->to, &s->proposer) ||
	    m->nonce != s->proposal)
		return;
	if (s->flags & SLOTS_FOUND)
		for (i = 0; i < m->nr_entries; i++)
			s->slot[m->entry[i].slot].taker = m->entry[i].owner;
	from->consents = m->flags & SLOTS_LAST;
	for (i = 0; i < s->nr_members; i++)
		if (!s->member[i].consents)
			return;
	proposal_done(s);
}

void slots_found(struct slots *s)
{
	if (s->state == SLOTS_WAIT_VMINFO)
		proposal_send(s, SLOTS_FOUND | SLOTS_FORCED, 0);
}

/* Who is away and not among them might have slots of theirs: it has to be. */
void slots_forget(struct slots *s, uint64_t nodes)
{
	uint64_t absent = slots_absent(s);
	bool can = s->state == SLOTS_RUNNING && slots_all_covered(s) &&
		   !(absent & ~nodes) && !(nodes & ~absent);

	forget_end(s, SLOTS_DO_NOT_FORGET, 0);
	s->forgetting = true;
	if (can)
		proposal_send(s, SLOTS_FORCED, nodes);
	else
		forget_end(s, SLOTS_DO_NOT_FORGET, absent & ~nodes);
}

void slots_expired(struct slots *s, uint32_t node)
{
	s->expired |= s->orphan & node_bit(node);
	slots_check_settle(s);
}
