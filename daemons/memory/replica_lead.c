// SPDX-License-Identifier: GPL-2.0-or-later
#include "replica_parts.h"

static bool lead_is_here(const struct replica *r)
{
	return replica_same_epoch(&r->lead, &r->epoch);
}

/* One that begins is above all that its predecessor still says to itself. */
#define TERM (UINT64_C(1) << 32)

static void lead_say(struct replica *r, uint64_t in_sync)
{
	const struct replica_msg m = {
		.type = REPLICA_LEAD,
		.epoch = { ++r->highest, r->is.id.node },
		.before = r->lead,
		.seq = ++r->sent,
		.nodes = in_sync,
	};

	r->lead = m.epoch;
	r->said = in_sync;
	r->ops->send(r->arg, &m, NULL);
}

/* Who had the endpoint has it no more, whether the view says so or not. */
void replica_claim(struct replica *r)
{
	r->granted = false;
	if (r->leader.pid)
		r->in_sync &= ~replica_bit(r->leader.node);
	r->in_sync |= replica_bit(r->is.id.node);
	r->state = REPLICA_CLAIMING;
	r->lead = r->epoch;
	r->sent = 0;
	r->highest |= TERM - 1;
	lead_say(r, r->in_sync);
}

void replica_promoted(struct replica *r)
{
	if (r->state != REPLICA_SYNC && r->state != REPLICA_ELECTED) {
		replica_over(r, REPLICA_DO_OVER);
		return;
	}
	r->granted = true;
	if (!r->asking)
		replica_claim(r);
}

static void lead_begin(struct replica *r)
{
	r->state = REPLICA_LEADING;
	r->leader = r->is.id;
	r->enough = true;
	r->was_few = false;
	r->writing = false;
	r->run = 0;
	r->ending = false;
	for (uint32_t i = 0; i < REPLICA_NODES; i++)
		r->member[i].acked = 0;
	r->ops->act(r->arg, REPLICA_DO_LEAD, r->in_sync);
	/* Who they are is asked, so that it is known to whom to copy. */
	replica_ask(r);
}

void replica_lead_is_here(struct replica *r, const struct replica_msg *m)
{
	const bool begins = r->state == REPLICA_CLAIMING;

	if (!begins && r->state != REPLICA_LEADING)
		return;
	if (!replica_same_epoch(&m->before, &r->epoch)) {
		replica_over(r, REPLICA_DO_OVER);
		return;
	}
	r->epoch = m->epoch;
	r->seq = m->seq;
	if (!replica_keep(r, &m->epoch, m->nodes, false))
		return;
	if (begins)
		lead_begin(r);
	if (!lead_is_here(r) || !r->ending)
		return;
	r->in_sync |= r->run;
	r->run = 0;
	r->ending = false;
	r->ops->act(r->arg, REPLICA_DO_SYNC, r->in_sync);
}

void replica_acked(struct replica *r, const struct replica_id *from,
		   const struct replica_msg *m)
{
	if (replica_same(&m->to, &r->is.id) &&
	    m->seq > r->member[from->node].acked)
		r->member[from->node].acked = m->seq;
}

/* Nodes that have done all up to there */
static uint64_t nodes_done(const struct replica *r, uint64_t seq)
{
	uint64_t nodes = r->seq >= seq ? replica_bit(r->is.id.node) : 0;

	for (uint32_t i = 0; i < REPLICA_NODES; i++)
		if (r->member[i].pid && r->member[i].acked >= seq)
			nodes |= replica_bit(i);
	return nodes;
}

static void write_finish(struct replica *r)
{
	if (!r->writing || !r->written ||
	    (!lead_is_here(r) && !REPLICA_FAULT(7)) ||
	    (r->in_sync & ~nodes_done(r, r->write) && !REPLICA_FAULT(1)))
		return;
	r->writing = false;
	r->ops->act(r->arg, REPLICA_DO_ANSWER, 0);
}

/* Copies */

static void leader_send(struct replica *r, struct replica_msg *m,
			const void *data)
{
	m->epoch = r->lead;
	m->seq = ++r->sent;
	r->ops->send(r->arg, m, data);
}

static uint64_t run_candidates(const struct replica *r)
{
	uint64_t nodes = 0;

	for (uint32_t i = 0; i < REPLICA_NODES; i++)
		if (r->member[i].pid && r->member[i].told &&
		    r->member[i].params == r->is.params)
			nodes |= replica_bit(i);
	return nodes & ~r->in_sync & ~replica_bit(r->is.id.node);
}

static void run_begin(struct replica *r)
{
	struct replica_msg m = {
		.type = REPLICA_COPY,
		.nodes = run_candidates(r),
	};

	if (!m.nodes || !lead_is_here(r))
		return;
	r->run = m.nodes;
	r->pieces = 0;
	r->ending = false;
	leader_send(r, &m, NULL);
	r->last = r->sent;
	r->ops->act(r->arg, REPLICA_DO_COPY, m.nodes);
}

/* They are not copied to again before they have said what they are. */
static void run_without(struct replica *r, uint64_t late)
{
	r->run &= ~late;
	for (uint32_t i = 0; i < REPLICA_NODES; i++)
		if (late & replica_bit(i))
			r->member[i].told = false;
}

static bool run_is_done(const struct replica *r)
{
	return r->pieces == r->is.nr_pieces ||
	       (REPLICA_FAULT(3) && r->pieces + 1 == r->is.nr_pieces);
}

/*
 * They may lead as soon as they have heard it, also if the leader never does:
 * so he may not begin without them from before that on.
 */
static void run_end(struct replica *r)
{
	if (!lead_is_here(r) ||
	    (!REPLICA_FAULT(8) &&
	     !replica_keep(r, &r->epoch, r->in_sync | r->run, false)))
		return;
	r->ending = true;
	lead_say(r, r->in_sync | r->run);
}

static void run_go(struct replica *r)
{
	struct replica_msg m = {
		.type = REPLICA_PIECE,
		.piece = r->pieces,
	};

	if (r->ending || r->seq < r->last || r->run & ~nodes_done(r, r->last))
		return;
	if (run_is_done(r)) {
		run_end(r);
		return;
	}
	if (r->writing && !r->written && !REPLICA_FAULT(2))
		return;
	r->pieces++;
	leader_send(r, &m, NULL);
	r->last = r->sent;
}

/* Who is still in sync may get the endpoint, however late. */
static bool cannot_lead(enum replica_state state)
{
	return state < REPLICA_ELECTED || state == REPLICA_COPYING;
}

void replica_sure(struct replica *r)
{
	uint64_t sure = r->in_sync;

	for (uint32_t i = 0; i < REPLICA_NODES; i++)
		if (r->member[i].pid && r->member[i].told &&
		    cannot_lead(r->member[i].state))
			sure |= replica_bit(i);
	if (!(r->record.in_sync & ~sure) && r->enough && !r->asking)
		r->was_few = false;
}

bool replica_may_read(const struct replica *r)
{
	return r->state == REPLICA_LEADING && !r->asking &&
	       ((r->enough && (!r->was_few || REPLICA_FAULT(11))) ||
		REPLICA_FAULT(5));
}

void replica_go(struct replica *r)
{
	const uint64_t are = r->in_sync | (r->ending ? r->run : 0);

	if (!replica_may_read(r))
		return;
	if (are != r->said)
		lead_say(r, are);
	write_finish(r);
	if (r->state != REPLICA_LEADING)
		return;
	if (r->run)
		run_go(r);
	else
		run_begin(r);
}

/* Writes */

bool replica_may_write(const struct replica *r)
{
	return replica_may_read(r) && !r->writing;
}

void replica_write(struct replica *r, enum replica_type type, const void *data)
{
	struct replica_msg m = { .type = type };

	r->writing = true;
	r->written = false;
	leader_send(r, &m, data);
	r->write = r->sent;
}

void replica_late(struct replica *r)
{
	uint64_t late;

	if (r->asking)
		replica_asked(r);
	if (r->state != REPLICA_LEADING)
		return;
	late = r->writing && r->written ? ~nodes_done(r, r->write) : 0;
	r->in_sync &= ~late;
	if (r->run && r->seq >= r->last)
		run_without(r, r->run & ~nodes_done(r, r->last));
	replica_go(r);
}
