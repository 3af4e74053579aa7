// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slots on demand: forks, requests of a member, donations of the others, and
 * what a member that leaves does with its own.
 */
#include <stddef.h>
#include <string.h>

#include "slots_parts.h"

/* Forks that wait, with what there is */

static int slot_take_free(struct slots *s)
{
	uint32_t i;

	for (i = 0; i < s->is.nr_slots; i++) {
		if (s->slot[i].use == SLOTS_FREE ||
		    (SLOTS_FAULT(1) && s->slot[i].use == SLOTS_DONATING)) {
			s->slot[i].use = SLOTS_USED;
			return (int)i;
		}
	}
	return -1;
}

static void forks_answer(struct slots *s, bool all)
{
	uint64_t cookie;
	int slot;

	while (s->nr_forks) {
		slot = slot_take_free(s);
		if (slot < 0 && !all)
			break;
		/* Before that ends it may be given back, or asked for. */
		cookie = s->fork[0];
		s->nr_forks--;
		memmove(s->fork, s->fork + 1, s->nr_forks * sizeof(cookie));
		slots_act_slot(s, SLOTS_DO_GIVE, slot, cookie);
	}
}

static void request_end(struct slots *s)
{
	s->requested = false;
	s->delivered = false;
	forks_answer(s, true);
}

/* A request of none says that this member has a table, and which. */
void slots_request(struct slots *s, uint32_t count)
{
	struct slots_msg *m = slots_message(s, SLOTS_REQUEST);

	m->count = count;
	m->to = s->source;
	m->nonce = s->source_nonce;
	slots_send(s);
}

/* Of so many, if it may have that many */
static void request_start(struct slots *s, uint32_t want)
{
	uint32_t has = slots_count(s, SLOTS_FREE) + slots_count(s, SLOTS_USED);
	uint32_t max = slots_max(s);

	if (s->requested)
		return;
	if (!s->nr_members || has >= max) {
		request_end(s);
		return;
	}
	s->requested = true;
	slots_request(s, want < max - has ? want : max - has);
}

/* For forks: all that belongs to its share, and one at least */
static void request_share(struct slots *s)
{
	uint32_t free = slots_count(s, SLOTS_FREE);

	request_start(s, slots_min(s) > free ? slots_min(s) - free : 1);
}

/* For those who bind by themselves: a few, as this node may not need more. */
void slots_want(struct slots *s)
{
	uint32_t few = slots_min(s) / 8 + 1;

	if (s->state == SLOTS_RUNNING && slots_count(s, SLOTS_FREE) <= few / 2)
		request_start(s, few);
}

void slots_fork(struct slots *s, uint64_t cookie)
{
	int slot = -1;

	if (s->state == SLOTS_RUNNING) {
		slot = slot_take_free(s);
		if (slot < 0 && s->nr_forks < SLOTS_FORKS) {
			s->fork[s->nr_forks++] = cookie;
			request_share(s);
			return;
		}
	}
	slots_act_slot(s, SLOTS_DO_GIVE, slot, cookie);
	if (s->state == SLOTS_RUNNING &&
	    slots_count(s, SLOTS_FREE) < slots_low(s))
		request_share(s);
}

void slots_bound(struct slots *s, uint32_t slot)
{
	if (slot >= s->is.nr_slots || s->slot[slot].use != SLOTS_FREE)
		return;
	s->slot[slot].use = SLOTS_USED;
	slots_want(s);
}

static struct slots_msg *donation(struct slots *s, const struct slots_id *to)
{
	struct slots_msg *m = slots_message(s, SLOTS_DONATE);

	m->to = *to;
	return m;
}

static void donation_add(struct slots *s, uint32_t i)
{
	struct slots_slot *slot = &s->slot[i];

	s->msg.entry[s->msg.nr_entries++] = (struct slots_entry){
		.slot = i,
		.owner = slot->taker,
		.version = slot->version + !SLOTS_FAULT(3),
	};
}

static const struct slots_id *member_of_node(const struct slots *s,
					     uint32_t node)
{
	uint32_t i;

	for (i = 0; i < s->nr_members; i++)
		if (s->member[i].id.node == node && s->member[i].id.life)
			return &s->member[i].id;
	return NULL;
}

/* If that node has no table it stays this one's, and is nobody's to use. */
void slots_follow_away(struct slots *s, uint32_t slot, uint32_t node)
{
	const struct slots_id *to = member_of_node(s, node);
	struct slots_slot *is = &s->slot[slot];

	if (slot >= s->is.nr_slots || is->use != SLOTS_USED || !to)
		return;
	is->use = SLOTS_DONATING;
	is->taker = (struct slots_life){ to->node, to->life };
	donation(s, to);
	donation_add(s, slot);
	slots_send(s);
}

void slots_follow_here(struct slots *s, uint32_t slot)
{
	if (slot >= s->is.nr_slots)
		return;
	if (s->slot[slot].use == SLOTS_NONE)
		s->slot[slot].use = SLOTS_HELD;
	else
		slots_bound(s, slot);
}

/* An exit may come late, when the slot has gone. */
void slots_exit(struct slots *s, uint32_t slot)
{
	if (slot >= s->is.nr_slots)
		return;
	if (s->slot[slot].use == SLOTS_USED)
		s->slot[slot].use = SLOTS_FREE;
	else if (s->slot[slot].use == SLOTS_HELD)
		s->slot[slot].use = SLOTS_NONE;
	else if (SLOTS_FAULT(15))
		s->slot[slot].use = SLOTS_FREE;
	if (s->state == SLOTS_RUNNING)
		forks_answer(s, false);
}

/* How many slots a member has beyond its share, as the table says */
static uint32_t member_surplus(const struct slots *s, const struct slots_id *id)
{
	uint32_t i, n = 0;

	for (i = 0; i < s->is.nr_slots; i++)
		n += s->slot[i].owner.node == id->node &&
		     s->slot[i].owner.number == id->life;
	return n > slots_min(s) ? n - slots_min(s) : 0;
}

/* What this member gives of so many that are wanted: its part, rounded up */
static uint32_t donation_share(const struct slots *s, const struct slots_id *to,
			       uint32_t wanted)
{
	const struct slots_id me = { .node = s->is.node, .life = s->is.life };
	uint64_t mine = member_surplus(s, &me), all = 0;
	uint32_t free = slots_count(s, SLOTS_FREE), i;
	uint32_t spare = free > slots_min(s) ? free - slots_min(s) : 0;

	for (i = 0; i < s->nr_members; i++)
		if (s->member[i].id.life && !slots_same(&s->member[i].id, to))
			all += member_surplus(s, &s->member[i].id);
	if (!all)
		return 0;
	wanted = (uint32_t)((wanted * mine + all - 1) / all);
	return wanted < spare ? wanted : spare;
}

/* The highest of the free ones; with LAST also if there is none */
static void donation_send(struct slots *s, const struct slots_id *to,
			  uint32_t count)
{
	uint32_t i = s->is.nr_slots;

	donation(s, to);
	while (i-- && count) {
		if (s->slot[i].use != SLOTS_FREE)
			continue;
		if (s->msg.nr_entries == SLOTS_ENTRIES) {
			slots_send(s);
			donation(s, to);
		}
		s->slot[i].use = SLOTS_DONATING;
		s->slot[i].taker = (struct slots_life){ to->node, to->life };
		donation_add(s, i);
		count--;
	}
	s->msg.flags = SLOTS_LAST;
	if (s->state == SLOTS_LEAVING)
		s->msg.flags |= SLOTS_LEAVES;
	slots_send(s);
}

/* Of those that were not delivered nobody knows whether others have them. */
void slots_donate_again(struct slots *s)
{
	uint32_t i;

	for (i = 0; i < s->is.nr_slots; i++) {
		const struct slots_life *taker = &s->slot[i].taker;

		if (s->slot[i].use != SLOTS_DONATING || SLOTS_FAULT(16))
			continue;
		donation(s, &(struct slots_id){ .node = taker->node,
						.life = taker->number });
		donation_add(s, i);
		slots_send(s);
	}
}

static void request_ask(struct slots *s)
{
	uint32_t i;

	s->delivered = true;
	for (i = 0; i < s->nr_members; i++)
		s->member[i].asked = s->member[i].id.life &&
				     !slots_is_me(s, &s->member[i].id);
	slots_check_answers(s);
}

void slots_do_request(struct slots *s, struct slots_member *from,
		      const struct slots_msg *m)
{
	const struct slots_id to = { .node = from->id.node,
				     .pid = from->id.pid,
				     .life = m->life };

	slots_do_announce(s, from, m);
	if (!m->count)
		return;
	if (!slots_is_me(s, &from->id)) {
		if (slots_has_table(s))
			donation_send(s, &to,
				      s->state == SLOTS_RUNNING ?
					      donation_share(s, &to, m->count) :
					      0);
	} else if (s->requested) {
		request_ask(s);
	}
}

/* A member that is asked has answered, has left, or has none any more. */
void slots_check_answers(struct slots *s)
{
	uint32_t i;

	if (!s->requested || !s->delivered)
		return;
	for (i = 0; i < s->nr_members; i++)
		if (s->member[i].asked)
			return;
	request_end(s);
}

/* Who gets all that a member has when it leaves */
static const struct slots_id *member_heir(const struct slots *s)
{
	const struct slots_id *first = NULL;
	uint32_t i;

	for (i = 0; i < s->nr_members; i++) {
		const struct slots_id *id = &s->member[i].id;

		if (id->life && !slots_is_me(s, id) && !s->member[i].leaves &&
		    (!first || id->node < first->node))
			first = id;
	}
	return first;
}

/* Gives all away that it has, also what it was given in the meantime. */
static void leave_go_on(struct slots *s)
{
	const struct slots_id *to = member_heir(s);

	if (to && slots_count(s, SLOTS_FREE) && !SLOTS_FAULT(17))
		donation_send(s, to, s->is.nr_slots);
	if (slots_count(s, SLOTS_DONATING))
		return;
	s->state = SLOTS_INIT;
	slots_act(s, &(struct slots_action){ .act = SLOTS_DO_LEAVE });
}

void slots_do_donate(struct slots *s, struct slots_member *from,
		     const struct slots_msg *m)
{
	uint32_t i;

	if (SLOTS_FAULT(10) && s->state != SLOTS_RUNNING)
		return;
	if (m->table != s->table) {
		slots_start_anew(s, SLOTS_WAIT_VMINFO);
		s->table = m->table;
	}
	for (i = 0; i < m->nr_entries; i++)
		slots_learn(s, &m->entry[i]);
	if (m->flags & SLOTS_LEAVES)
		from->leaves = true;
	if (m->to.node == s->is.node && m->to.life == s->is.life) {
		if (m->flags & SLOTS_LAST)
			from->asked = false;
		if (s->state == SLOTS_RUNNING)
			forks_answer(s, false);
		slots_check_answers(s);
	}
	if (s->state == SLOTS_LEAVING)
		leave_go_on(s);
}

void slots_leave(struct slots *s)
{
	uint32_t i;

	if (s->state == SLOTS_LEAVING)
		return;
	request_end(s);
	if (!slots_has_table(s)) {
		s->state = SLOTS_INIT;
		slots_act(s, &(struct slots_action){ .act = SLOTS_DO_LEAVE });
		return;
	}
	s->state = SLOTS_LEAVING;
	for (i = 0; i < s->is.nr_slots; i++) {
		if (s->slot[i].use != SLOTS_USED)
			continue;
		slots_act_slot(s, SLOTS_DO_UNBIND, (int)i, 0);
		s->slot[i].use = SLOTS_FREE;
	}
	leave_go_on(s);
}
