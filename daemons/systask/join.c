// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Views of the group, and how tables are handed on at joins and merges.
 *
 * Members that have the same table, because they have been together since then,
 * are a clique.  When somebody joins, a newcomer or all of another partition,
 * the first of each clique multicasts its table; if it leaves in between, the
 * next one does, and also if the first does not take it for one of its clique:
 * one that was alone in a ring for so short a time that others have not seen
 * it has left their views, and they have not left its clique.  All take newer
 * entries over.  A member is *covered* when what it knew at the last join has
 * been delivered, as the table of its clique; or when it had none then and says
 * which of these it has got.  If all are, all
 * have the same table, and are one clique.
 *
 * Whatever dies in between, no more is lost than that: nobody relies on a
 * table's being complete but a newcomer, which reads one from its beginning,
 * and settle.c, which needs all to be covered.
 */
#include <string.h>

#include "slots_parts.h"

struct slots_member *slots_member(struct slots *s, const struct slots_id *id)
{
	uint32_t i;

	for (i = 0; i < s->nr_members; i++)
		if (slots_same(&s->member[i].id, id))
			return &s->member[i];
	return NULL;
}

uint64_t slots_absent(const struct slots *s)
{
	uint64_t absent = s->is.nr_nodes < SLOTS_NODES ?
				  (UINT64_C(1) << s->is.nr_nodes) - 1 :
				  UINT64_MAX;
	uint32_t i;

	for (i = 0; i < s->nr_members; i++)
		absent &= ~(UINT64_C(1) << s->member[i].id.node);
	return absent;
}

bool slots_all_covered(const struct slots *s)
{
	uint32_t i;

	for (i = 0; i < s->nr_members; i++)
		if (!s->member[i].covered)
			return false;
	return s->nr_members > 0;
}

bool slots_is_first(const struct slots *s)
{
	uint32_t i;

	for (i = 0; i < s->nr_members; i++)
		if (s->member[i].id.node < s->is.node)
			return false;
	return s->nr_members > 0;
}

/* Is this member the first of its clique that is not covered? */
static bool clique_is_mine(const struct slots *s)
{
	uint32_t i;

	for (i = 0; i < s->nr_members; i++)
		if (s->member[i].clique && !s->member[i].covered &&
		    s->member[i].id.node < s->is.node)
			return false;
	return true;
}

static void send_info(struct slots *s, uint32_t parts)
{
	struct slots_msg *m = slots_message(s, SLOTS_INFO);
	uint32_t i;

	m->nonce = ++s->nonce;
	m->count = parts;
	s->sent = m->nonce;
	m->params = s->is.params;
	for (i = 0; i < s->nr_members; i++)
		if (s->member[i].clique)
			m->id[m->nr_ids++] = s->member[i].id;
	slots_send(s);
}

void slots_send_table(struct slots *s)
{
	uint32_t nr = s->is.nr_slots, i, part = 0;
	struct slots_msg *m;

	send_info(s, (nr + SLOTS_ENTRIES - 1) / SLOTS_ENTRIES + 1);
	for (i = 0; i < nr; part++) {
		m = slots_message(s, SLOTS_PART);
		m->nonce = s->nonce;
		m->count = part;
		for (; i < nr && m->nr_entries < SLOTS_ENTRIES; i++)
			m->entry[m->nr_entries++] = (struct slots_entry){
				.slot = i,
				.owner = s->slot[i].owner,
				.version = s->slot[i].version,
			};
		slots_send(s);
	}
}

/*
 * The last part is empty, and is sent when the others have been delivered: so
 * whoever has got it since the last join knows that all of it was sent since
 * then, and not in an earlier view.
 */
static void send_end(struct slots *s, uint32_t nonce, uint32_t part)
{
	struct slots_msg *m = slots_message(s, SLOTS_PART);

	m->nonce = nonce;
	m->count = part;
	slots_send(s);
}

/* The first of a clique that is not covered hands on its table, once. */
static void check_table(struct slots *s)
{
	const struct slots_id me = { .node = s->is.node, .pid = s->is.pid };
	const struct slots_member *self = slots_member(s, &me);

	if (slots_has_table(s) && self && !self->covered && !s->sent &&
	    clique_is_mine(s))
		slots_send_table(s);
}

void slots_check_covered(struct slots *s)
{
	uint32_t i;

	if (!slots_all_covered(s))
		return;
	for (i = 0; i < s->nr_members; i++)
		s->member[i].clique = true;
}

/* Without a table: what was heard of one is forgotten. */
void slots_start_anew(struct slots *s, enum slots_state state)
{
	uint32_t i;

	s->state = state;
	s->table = 0;
	for (i = 0; i < s->is.nr_slots; i++) {
		s->slot[i].version = 0;
		s->slot[i].owner = (struct slots_life){ 0 };
	}
}

static void member_left(struct slots *s, const struct slots_member *gone,
			const struct slots_view *view)
{
	uint64_t node = UINT64_C(1) << gone->id.node;
	uint32_t i;

	if (SLOTS_FAULT(12) && gone->asked)
		s->delivered = false;
	if (s->state == SLOTS_WAIT_PST && slots_same(&s->source, &gone->id))
		s->state = SLOTS_WAIT_VMINFO;
	for (i = 0; i < view->nr_left; i++)
		if (slots_same(&view->left[i].id, &gone->id))
			break;
	if (i == view->nr_left || view->left[i].reason == SLOTS_NODEDOWN)
		return;
	if (view->left[i].reason == SLOTS_PROCDOWN) {
		s->orphan |= node;
		s->expired &= ~node;
	}
	slots_act(s, &(struct slots_action){ .act = SLOTS_DO_UNBIND_NODE,
					     .node = gone->id.node });
}

static bool view_has(const struct slots_view *view, const struct slots_id *id)
{
	uint32_t i;

	for (i = 0; i < view->nr; i++)
		if (slots_same(&view->id[i], id))
			return true;
	return false;
}

static void remove_members(struct slots *s, const struct slots_view *view)
{
	uint32_t i, kept = 0;

	for (i = 0; i < s->nr_members; i++) {
		if (!view_has(view, &s->member[i].id))
			member_left(s, &s->member[i], view);
		else if (kept++ != i)
			s->member[kept - 1] = s->member[i];
	}
	s->nr_members = kept;
}

static void member_add(struct slots *s, const struct slots_id *id)
{
	struct slots_member *m = &s->member[s->nr_members++];

	memset(m, 0, sizeof(*m));
	m->id = *id;
	m->id.life = 0;
	if (slots_is_me(s, id)) {
		m->clique = true;
		m->id.life = slots_has_table(s) ? s->is.life : 0;
	}
	s->orphan &= ~(UINT64_C(1) << id->node);
	s->expired &= ~(UINT64_C(1) << id->node);
}

/* True if there are any */
static bool add_members(struct slots *s, const struct slots_view *view)
{
	bool joined = false;
	uint32_t i;

	for (i = 0; i < view->nr; i++) {
		if (slots_member(s, &view->id[i]) ||
		    view->id[i].node >= s->is.nr_nodes ||
		    s->nr_members == SLOTS_MEMBERS)
			continue;
		member_add(s, &view->id[i]);
		joined = true;
	}
	return joined;
}

/*
 * Tables have to be handed on, from their beginning; and what a newcomer has
 * heard so far it forgets, as it might be the only one.
 */
static void uncover(struct slots *s, bool was_in)
{
	uint32_t i;

	s->sent = 0;
	for (i = 0; i < s->nr_members; i++) {
		s->member[i].covered = false;
		s->member[i].complete = false;
		s->member[i].nonce = 0;
	}
	if (!slots_has_table(s) && (s->state != SLOTS_INIT || !was_in))
		slots_start_anew(s, SLOTS_WAIT_VMINFO);
}

/*
 * Cut off from the group, with all others in it.  What a newcomer has heard so
 * far is of no use; who has a table goes on with its own slots.
 */
static void view_without_me(struct slots *s)
{
	s->nr_members = 0;
	s->orphan = 0;
	s->expired = 0;
	slots_cancel(s);
	if (!slots_has_table(s)) {
		slots_start_anew(s, SLOTS_INIT);
		return;
	}
	s->delivered = true;
	slots_check_answers(s);
}

void slots_view(struct slots *s, const struct slots_view *view)
{
	const struct slots_id me = { .node = s->is.node, .pid = s->is.pid };
	bool was_in = s->nr_members > 0;
	uint32_t i;

	if (!view_has(view, &me)) {
		view_without_me(s);
		return;
	}
	remove_members(s, view);
	if (add_members(s, view))
		uncover(s, was_in);
	if (!SLOTS_FAULT(14))
		slots_cancel(s);
	if (!was_in && slots_has_table(s))
		slots_donate_again(s);
	for (i = 0; SLOTS_FAULT(2) && i < s->is.nr_slots; i++)
		if (s->slot[i].use == SLOTS_DONATING)
			s->slot[i].use = SLOTS_FREE;
	slots_check_covered(s);
	check_table(s);
	slots_check_answers(s);
	slots_check_settle(s);
}

void slots_do_info(struct slots *s, struct slots_member *from,
		   const struct slots_msg *m)
{
	if (!slots_has_table(s) && m->params != s->is.params) {
		slots_start_anew(s, SLOTS_INIT);
		slots_act(s, &(struct slots_action){ .act = SLOTS_DO_REFUSE });
		return;
	}
	if (s->state == SLOTS_WAIT_VMINFO) {
		if (s->table && m->table != s->table)
			slots_start_anew(s, SLOTS_WAIT_VMINFO);
		s->state = SLOTS_WAIT_PST;
		s->table = m->table;
		s->source = from->id;
	}
	if (m->table < s->table) {
		slots_start_anew(s, SLOTS_INIT);
		slots_act(s,
			  &(struct slots_action){ .act = SLOTS_DO_CONFLICT });
	}
	if (m->table != s->table)
		return;
	from->id.life = m->life;
	from->nonce = m->nonce;
	from->parts = m->count;
	from->next = 0;
	from->complete = false;
	from->nr_ids = m->nr_ids;
	memcpy(from->ids, m->id, m->nr_ids * sizeof(*m->id));
}

/* From now on this member counts. */
static void newcomer_runs(struct slots *s, const struct slots_member *from)
{
	const struct slots_id me = { .node = s->is.node, .pid = s->is.pid };
	struct slots_member *self = slots_member(s, &me);

	s->source = from->id;
	s->source_nonce = from->nonce;
	s->state = SLOTS_RUNNING;
	slots_cancel(s);
	if (self)
		self->id.life = s->is.life;
	slots_take_over(s);
	slots_act(s, &(struct slots_action){ .act = SLOTS_DO_RUN });
	slots_request(s, 0);
}

static void table_complete(struct slots *s, struct slots_member *from)
{
	struct slots_member *m;
	uint32_t i;

	from->complete = true;
	for (i = 0; i < from->nr_ids; i++) {
		m = slots_member(s, &from->ids[i]);
		if (!m)
			continue;
		m->covered = true;
		m->id.life = from->ids[i].life;
	}
	if (!slots_has_table(s))
		newcomer_runs(s, from);
	slots_check_covered(s);
	check_table(s);
}

void slots_do_part(struct slots *s, struct slots_member *from,
		   const struct slots_msg *m)
{
	uint32_t i;

	if (from->nonce != m->nonce || from->next != m->count || from->complete)
		return;
	for (i = 0; i < m->nr_entries; i++)
		slots_learn(s, &m->entry[i]);
	from->next++;
	if (from->next + SLOTS_FAULT(13) >= from->parts)
		table_complete(s, from);
	else if (from->next + 1 == from->parts && slots_is_me(s, &from->id) &&
		 m->nonce == s->sent)
		send_end(s, m->nonce, from->next);
}

/*
 * The table that it has is the one that came from m->to, if that came whole
 * since the last join; all else that was delivered since then it has too.  If
 * it is of an earlier time it has to be handed on, as that of a clique of one.
 */
void slots_do_announce(struct slots *s, struct slots_member *from,
		       const struct slots_msg *m)
{
	const struct slots_member *source = slots_member(s, &m->to);

	if (!from->covered && source && source->complete &&
	    source->nonce == m->nonce)
		from->covered = true;
	from->id.life = m->life;
	slots_check_covered(s);
	check_table(s);
}

void slots_timeout(struct slots *s)
{
	const struct slots_id me = { .node = s->is.node, .pid = s->is.pid };
	const struct slots_member *self = slots_member(s, &me);
	uint32_t i;

	if (!slots_has_table(s)) {
		slots_act(s, &(struct slots_action){ .act = SLOTS_DO_REJOIN });
		return;
	}
	for (i = 0; i < s->nr_members; i++)
		s->member[i].asked = false;
	if (self && !self->covered)
		slots_send_table(s);
	slots_check_answers(s);
}
