// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of the group: who may say what.  What is not so is ignored, by all
 * members alike, as all see the same.
 */
#include "slots_parts.h"

static bool entries_are_good(const struct slots *s, const struct slots_msg *m)
{
	uint32_t i;

	for (i = 0; i < m->nr_entries; i++) {
		const struct slots_entry *e = &m->entry[i];

		if (e->slot >= s->is.nr_slots ||
		    e->owner.node >= s->is.nr_nodes)
			return false;
		if (m->type == SLOTS_DONATE && (e->owner.node != m->to.node ||
						e->owner.number != m->to.life))
			return false;
	}
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
	    !entries_are_good(s, m) || !table_is_good(s, m))
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
