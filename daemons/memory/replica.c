// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "replica_parts.h"

/* What several of the files need */

void replica_over(struct replica *r, enum replica_act why)
{
	if (r->state == REPLICA_OVER)
		return;
	r->state = REPLICA_OVER;
	r->ops->act(r->arg, why, 0);
}

uint64_t replica_there(const struct replica *r)
{
	uint64_t nodes = 0;

	for (uint32_t i = 0; i < REPLICA_NODES; i++)
		if (r->member[i].pid)
			nodes |= replica_bit(i);
	return nodes;
}

bool replica_keep(struct replica *r, const struct replica_epoch *epoch,
		  uint64_t in_sync, bool partial)
{
	r->record.epoch = *epoch;
	r->record.in_sync = in_sync;
	r->record.partial = partial;
	if (r->ops->keep(r->arg, &r->record))
		return true;
	replica_over(r, REPLICA_DO_OVER);
	return false;
}

void replica_stand(struct replica *r)
{
	r->ops->act(r->arg, REPLICA_DO_STAND, 0);
}

const char *replica_state_name(enum replica_state state)
{
	static const char *const names[REPLICA_STATES] = {
		"out",  "asking",   "waiting", "elected", "copying",
		"sync", "claiming", "leading", "over",
	};

	return state < REPLICA_STATES ? names[state] : "?";
}

void replica_init(struct replica *r, const struct replica_config *config,
		  const struct replica_record *record,
		  const struct replica_ops *ops, void *arg)
{
	memset(r, 0, sizeof(*r));
	r->is = *config;
	r->record = *record;
	r->highest = record->epoch.count;
	r->ops = ops;
	r->arg = arg;
}

/* What the leader says */

static void done_say(struct replica *r)
{
	const struct replica_msg m = {
		.type = REPLICA_ACK,
		.to = r->leader,
		.seq = r->seq,
	};

	if (r->leader.pid && !replica_same(&r->leader, &r->is.id))
		r->ops->send(r->arg, &m, NULL);
}

/* It goes on from the epoch that is this member's. */
static bool lead_is_of_mine(const struct replica *r,
			    const struct replica_id *from,
			    const struct replica_msg *m)
{
	const bool known = replica_same(from, &r->leader) ||
			   (r->state == REPLICA_SYNC &&
			    r->in_sync & replica_bit(from->node));

	return known && replica_same_epoch(&m->before, &r->epoch);
}

static void lead_follow(struct replica *r, const struct replica_id *from,
			const struct replica_msg *m)
{
	const bool is_new = r->state == REPLICA_COPYING;

	r->state = REPLICA_SYNC;
	r->leader = *from;
	/* Of a node that has left since, another process may be there. */
	r->in_sync = m->nodes & (r->in_sync | r->run);
	r->run &= ~m->nodes;
	if (!replica_keep(r, &m->epoch, m->nodes, false))
		return;
	r->ops->act(r->arg, REPLICA_DO_SYNC, m->nodes);
	if (is_new)
		replica_stand(r);
}

static void lead_of_other(struct replica *r, const struct replica_id *from,
			  const struct replica_msg *m)
{
	const bool named = m->nodes & replica_bit(r->is.id.node);
	const bool is_mine = lead_is_of_mine(r, from, m);

	switch (r->state) {
	case REPLICA_SYNC:
	case REPLICA_COPYING:
		if (is_mine && (named || r->state == REPLICA_COPYING)) {
			r->epoch = m->epoch;
			r->seq = m->seq;
			if (named)
				lead_follow(r, from, m);
			done_say(r);
		} else if (r->state == REPLICA_SYNC) {
			replica_over(r, REPLICA_DO_OVER);
		} else {
			r->state = REPLICA_ASKING;
			replica_ask(r);
		}
		break;
	case REPLICA_ELECTED:
	case REPLICA_CLAIMING:
	case REPLICA_LEADING:
		replica_over(r, REPLICA_DO_OVER);
		break;
	default:
		break;
	}
}

static void lead_deliver(struct replica *r, const struct replica_id *from,
			 const struct replica_msg *m)
{
	const bool own = replica_same(from, &r->is.id);

	if (m->epoch.count > r->highest)
		r->highest = m->epoch.count;
	if (own)
		replica_lead_is_here(r, m);
	else if (m->epoch.count > r->epoch.count || r->state == REPLICA_ELECTED)
		lead_of_other(r, from, m);
}

/* True: it is the next one of the leader that this member follows, or is. */
static bool is_of_leader(struct replica *r, const struct replica_id *from,
			 const struct replica_msg *m)
{
	if (r->state < REPLICA_COPYING || r->state == REPLICA_OVER ||
	    !replica_same(from, &r->leader) ||
	    !replica_same_epoch(&m->epoch, &r->epoch))
		return false;
	if (m->seq == r->seq + 1)
		return true;
	replica_over(r, REPLICA_DO_OVER);
	return false;
}

/* Changes of the images are done by those who have them, or get them. */
static bool is_for_images(const struct replica *r, const struct replica_msg *m)
{
	if (m->type == REPLICA_PIECE)
		return r->state == REPLICA_COPYING;
	return !(REPLICA_FAULT(10) && r->state == REPLICA_COPYING);
}

static void change_deliver(struct replica *r, const struct replica_id *from,
			   const struct replica_msg *m, const void *data)
{
	if (!is_of_leader(r, from, m))
		return;
	if (is_for_images(r, m) && !r->ops->apply(r->arg, m, data)) {
		replica_over(r, REPLICA_DO_OVER);
		return;
	}
	r->seq = m->seq;
	if (r->state == REPLICA_LEADING && r->writing && m->seq == r->write)
		r->written = true;
	done_say(r);
}

/* From here on the images are what comes, and nothing before that is done. */
static void copy_begin(struct replica *r, const struct replica_id *from,
		       const struct replica_msg *m)
{
	if (!replica_keep(r, &m->epoch, replica_bit(from->node), true))
		return;
	r->state = REPLICA_COPYING;
	r->asking = false;
	r->leader = *from;
	r->epoch = m->epoch;
	r->seq = m->seq;
	r->in_sync = replica_there(r) & ~m->nodes;
	r->run = replica_there(r) & m->nodes;
	r->ops->act(r->arg, REPLICA_DO_COPY, replica_bit(from->node));
	done_say(r);
}

static void copy_of_others(struct replica *r, const struct replica_id *from,
			   const struct replica_msg *m)
{
	if (r->state != REPLICA_LEADING && replica_same(from, &r->leader))
		r->run = replica_there(r) & m->nodes;
	change_deliver(r, from, m, NULL);
}

static void copy_deliver(struct replica *r, const struct replica_id *from,
			 const struct replica_msg *m)
{
	const bool named = m->nodes & replica_bit(r->is.id.node);

	switch (r->state) {
	case REPLICA_ASKING:
	case REPLICA_WAITING:
		if (named)
			copy_begin(r, from, m);
		break;
	case REPLICA_COPYING:
		if (named && !replica_same(from, &r->leader)) {
			copy_begin(r, from, m);
			break;
		}
		/* fall through */
	case REPLICA_SYNC:
	case REPLICA_CLAIMING:
	case REPLICA_LEADING:
		if (named && r->state != REPLICA_COPYING)
			replica_over(r, REPLICA_DO_OVER);
		else
			copy_of_others(r, from, m);
		break;
	case REPLICA_ELECTED:
		if (named)
			replica_over(r, REPLICA_DO_OVER);
		break;
	default:
		break;
	}
}

void replica_deliver(struct replica *r, const struct replica_id *from,
		     const struct replica_msg *m, const void *data)
{
	if (r->state == REPLICA_OUT || r->state == REPLICA_OVER ||
	    from->node >= REPLICA_NODES)
		return;
	replica_heard(r, from);
	if (r->member[from->node].pid != from->pid)
		return;
	switch (m->type) {
	case REPLICA_QUERY:
		replica_answer(r, from, m);
		break;
	case REPLICA_STATE:
		replica_told(r, from, m);
		break;
	case REPLICA_LEAD:
		lead_deliver(r, from, m);
		break;
	case REPLICA_COPY:
		copy_deliver(r, from, m);
		break;
	case REPLICA_PIECE:
	case REPLICA_WRITE:
	case REPLICA_FLUSH:
		change_deliver(r, from, m, data);
		break;
	case REPLICA_ACK:
		replica_acked(r, from, m);
		break;
	default:
		break;
	}
	replica_go(r);
}
