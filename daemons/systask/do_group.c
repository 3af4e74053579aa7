// SPDX-License-Identifier: GPL-2.0-or-later
/* The word of an administrator about nodes */
#include "member.h"

static bool forget_translate(const struct systask *s, uint64_t nodes,
			     uint64_t *indexes)
{
	*indexes = 0;
	for (int n = 0; n < SLOTS_NODES; n++) {
		if (!(nodes >> n & 1))
			continue;
		if (s->node_index[n] < 0)
			return false;
		*indexes |= UINT64_C(1) << s->node_index[n];
	}
	return *indexes;
}

int do_forget(struct systask *s, struct request *rq)
{
	sys_forget_t arg;
	uint64_t indexes;

	com_get(rq->m, &arg);
	if (rq->uid)
		return EMOLPERM;
	if (!forget_translate(s, arg.nodes, &indexes))
		return EMOLNOVMNODE;
	if (s->slots.state != SLOTS_RUNNING || s->forgetting != NONE)
		return EMOLAGAIN;
	for (uint32_t i = 0; i < s->slots.nr_members; i++)
		if (indexes >> s->slots.member[i].id.node & 1)
			return EMOLNODEBUSY;
	s->forgetting = rq->client;
	s->forget_left = false;
	s->forget = *rq->m;
	slots_forget(&s->slots, indexes);
	return SYSTASK_LATER;
}

int do_found(struct systask *s, struct request *rq)
{
	if (rq->uid)
		return EMOLPERM;
	if (s->slots.state == SLOTS_INIT)
		return EMOLAGAIN;
	if (s->slots.state != SLOTS_WAIT_VMINFO)
		return EMOLBUSY;
	slots_found(&s->slots);
	return OK;
}
