// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is there, how many nodes are, and who has gone */
#include <string.h>

#include "replica_parts.h"

static bool id_is_in(const struct replica_id *id, const struct replica_id *ids,
		     uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++)
		if (replica_same(&ids[i], id))
			return true;
	return false;
}

/* An earlier process of this node may still be there. */
static bool may_be_member(const struct replica *r, const struct replica_id *id)
{
	return r->is.nodes & replica_bit(id->node) &&
	       (id->node != r->is.id.node || id->pid == r->is.id.pid);
}

static bool members_add(struct replica *r, const struct replica_id *ids,
			uint32_t nr)
{
	bool added = false;

	for (uint32_t i = 0; i < nr; i++) {
		struct replica_member *of;

		if (!may_be_member(r, &ids[i]))
			continue;
		of = &r->member[ids[i].node];
		if (of->pid)
			continue;
		*of = (struct replica_member){ .pid = ids[i].pid };
		added = true;
	}
	return added;
}

static uint64_t members_remove(struct replica *r, const struct replica_id *ids,
			       uint32_t nr)
{
	uint64_t gone = 0;

	for (uint32_t i = 0; i < REPLICA_NODES; i++) {
		const struct replica_id id = { i, r->member[i].pid };

		if (!id.pid || id_is_in(&id, ids, nr))
			continue;
		r->member[i].pid = 0;
		gone |= replica_bit(i);
	}
	return gone;
}

static void view_without(struct replica *r, uint64_t gone)
{
	r->in_sync &= ~gone;
	r->run &= ~gone;
	if (gone & replica_bit(r->leader.node))
		r->leader.pid = 0;
	if (r->state == REPLICA_COPYING && !r->leader.pid)
		r->state = REPLICA_ASKING;
}

static void view_left(struct replica *r)
{
	memset(r->member, 0, sizeof(r->member));
	r->asking = false;
	switch (r->state) {
	case REPLICA_ELECTED:
	case REPLICA_SYNC:
	case REPLICA_CLAIMING:
	case REPLICA_LEADING:
		replica_over(r, REPLICA_DO_OVER);
		break;
	case REPLICA_OVER:
		break;
	default:
		r->state = REPLICA_OUT;
	}
}

/* Is there something that a new member may know better? */
static bool view_is_doubtful(const struct replica *r, bool added)
{
	switch (r->state) {
	case REPLICA_OUT:
	case REPLICA_ASKING:
	case REPLICA_WAITING:
		return true;
	case REPLICA_ELECTED:
	case REPLICA_LEADING:
		return added || r->asking;
	case REPLICA_SYNC:
	case REPLICA_CLAIMING:
		return (added && !r->leader.pid && !REPLICA_FAULT(6)) ||
		       r->asking;
	default:
		return false;
	}
}

void replica_view(struct replica *r, const struct replica_id *ids, uint32_t nr,
		  bool cut)
{
	bool added;

	if (r->state == REPLICA_OVER)
		return;
	if (!id_is_in(&r->is.id, ids, nr)) {
		view_left(r);
		return;
	}
	view_without(r, members_remove(r, ids, nr));
	added = members_add(r, ids, nr);
	if (cut)
		r->enough = false;
	if (view_is_doubtful(r, added)) {
		if (r->state <= REPLICA_WAITING)
			r->state = REPLICA_ASKING;
		replica_ask(r);
	}
	replica_go(r);
}

/*
 * Of two processes of a node that are in the view one has ended: not the one
 * that is heard, as the other had to end before this one joined.
 */
void replica_heard(struct replica *r, const struct replica_id *from)
{
	struct replica_member *of = &r->member[from->node];

	if (of->pid == from->pid || !may_be_member(r, from))
		return;
	view_without(r, replica_bit(from->node));
	*of = (struct replica_member){ .pid = from->pid };
	if (view_is_doubtful(r, true))
		replica_ask(r);
}

/* The leader may be elsewhere, and lead. */
static bool is_orphan(const struct replica *r)
{
	return (r->state == REPLICA_SYNC || r->state == REPLICA_CLAIMING) &&
	       !r->leader.pid;
}

static void orphan_ring(struct replica *r, uint32_t nr)
{
	const bool few = 2 * nr < r->is.nr_nodes;
	const bool more = r->was_few && nr > r->ring;

	if ((few || more) && !REPLICA_FAULT(12))
		replica_over(r, REPLICA_DO_OVER);
	r->was_few = 2 * nr == r->is.nr_nodes;
}

void replica_ring(struct replica *r, uint32_t nr)
{
	const bool few = 2 * nr < r->is.nr_nodes && !r->is.force;

	if (is_orphan(r)) {
		orphan_ring(r, nr);
	} else if (r->state == REPLICA_LEADING) {
		if (few)
			r->was_few = true;
		r->enough = !few;
		replica_sure(r);
	}
	r->ring = nr;
	replica_go(r);
}
