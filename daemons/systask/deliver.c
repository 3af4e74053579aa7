// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of the group: who may say what.  What is not so is ignored, by all
 * members alike, as all see the same.
 */
#include "slots_parts.h"

static bool life_is(const struct slots_life *life, uint32_t node,
		    uint32_t number)
{
	return life->node == node && life->number == number;
}

/*
 * Only its owner gives a slot away, with the next version.  Who is behind can
 * not tell who that is if versions are missing; nobody is when all that was
 * known at the last join has been delivered.
 */
static bool gift_is_good(const struct slots *s, const struct slots_member *from,
			 const struct slots_msg *m, const struct slots_entry *e)
{
	const struct slots_slot *slot = &s->slot[e->slot];

	if (!life_is(&e->owner, m->to.node, m->to.life))
		return false;
	if (!slots_has_table(s) || e->version <= slot->version)
		return true;
	if (e->version == slot->version + 1)
		return life_is(&slot->owner, from->id.node, m->life);
	return !slots_all_covered(s);
}

static bool entry_is_good(const struct slots *s,
			  const struct slots_member *from,
			  const struct slots_msg *m,
			  const struct slots_entry *e)
{
	if (e->slot >= s->is.nr_slots || e->owner.node >= s->is.nr_nodes)
		return false;
	if (m->type == SLOTS_DONATE)
		return gift_is_good(s, from, m, e);
	if (m->type == SLOTS_CONSENT)
		return life_is(&e->owner, from->id.node, m->life);
	return true;
}

static bool entries_are_good(const struct slots *s,
			     const struct slots_member *from,
			     const struct slots_msg *m)
{
	uint32_t i;

	for (i = 0; i < m->nr_entries; i++)
		if (!entry_is_good(s, from, m, &m->entry[i]))
			return false;
	return true;
}

/*
 * Newcomers listen to all tables, until one is handed to them; those that have
 * heard a part of one that has gone, and found one, may say so.
 */
static bool table_is_good(const struct slots *s, const struct slots_msg *m)
{
	if (m->type == SLOTS_INFO || m->table == s->table)
		return true;
	if (m->type == SLOTS_PROPOSE || m->type == SLOTS_CONSENT)
		return !slots_has_table(s);
	return s->state == SLOTS_WAIT_VMINFO && m->type != SLOTS_PART;
}

void slots_deliver(struct slots *s, const struct slots_id *id,
		   const struct slots_msg *m)
{
	struct slots_member *from = slots_member(s, id);

	if (m->type == SLOTS_PROPOSE && slots_is_me(s, id) &&
	    m->nonce == s->mine)
		s->mine = 0;
	if (!from || s->state == SLOTS_INIT || !m->life ||
	    !table_is_good(s, m) || !entries_are_good(s, from, m))
		return;
	switch (m->type) {
	case SLOTS_INFO:
		slots_do_info(s, from, m);
		break;
	case SLOTS_PART:
		slots_do_part(s, from, m);
		break;
	case SLOTS_REQUEST:
		slots_do_request(s, from, m);
		break;
	case SLOTS_DONATE:
		slots_do_donate(s, from, m);
		break;
	case SLOTS_PROPOSE:
		slots_do_propose(s, from, m);
		break;
	case SLOTS_CONSENT:
		slots_do_consent(s, from, m);
		break;
	case SLOTS_TYPES:
		break;
	}
	if (s->state != SLOTS_INIT)
		slots_check_settle(s);
}
