// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "slots_world.h"
#include "systask/record.h"

#define PEACE_STEPS 20000

/* Whose callbacks these are: a machine only knows the number of its node. */
static struct world *now;

static void world_wrong(struct world *w, const char *what)
{
	if (!w->wrong)
		w->wrong = what;
}

/* As bytes, as it would go. */
static void place_send(void *arg, const struct slots_msg *m)
{
	const uint32_t node = (uint32_t)(uintptr_t)arg;
	static unsigned char bytes[RECORD_MAX];
	static struct slots_msg copy;

	if (now->verbose)
		printf("\t%u sends %d, %u entries, nonce %u\n", node, m->type,
		       m->nr_entries, m->nonce);
	if (record_decode(&copy, bytes, record_encode(bytes, m)) != RECORD_OK)
		world_wrong(now, "a message that nobody would take");
	group_send(&now->group, node, &copy);
}

static void place_give(struct world *w, struct place *p, int slot)
{
	if (!p->forks)
		world_wrong(w, "a fork was answered twice");
	else
		p->forks--;
	if (slot < 0)
		return;
	if (p->bound[slot])
		world_wrong(w, "a slot was given that a process is in");
	/* At times the one that asked has gone: it is given back at once. */
	if (++w->given % 8)
		p->bound[slot] = true;
	else
		slots_exit(&p->systask, (uint32_t)slot);
}

static void place_unbind(struct world *w, struct place *p, int slot)
{
	if (!p->bound[slot])
		world_wrong(w, "there is no process to unbind");
	p->bound[slot] = false;
}

/* Whoever leaves leaves nothing, if there is somebody to have it. */
static void check_left(struct world *w, const struct slots *s)
{
	uint32_t i;

	for (i = 0; i < s->nr_members; i++)
		if (s->member[i].id.life && !s->member[i].leaves &&
		    s->member[i].id.node != s->is.node &&
		    slots_count(s, SLOTS_FREE))
			world_wrong(w, "a member left with slots");
}

static void place_act(void *arg, const struct slots_action *a)
{
	const uint32_t node = (uint32_t)(uintptr_t)arg;
	struct place *p = &now->place[node];

	if (now->verbose)
		printf("\t%u does %d, slot %d\n", node, a->act, a->slot);
	switch (a->act) {
	case SLOTS_DO_GIVE:
		place_give(now, p, a->slot);
		break;
	case SLOTS_DO_UNBIND:
		place_unbind(now, p, a->slot);
		break;
	case SLOTS_DO_LEAVE:
		check_left(now, &p->systask);
		/* fall through */
	case SLOTS_DO_REJOIN:
		p->alive = false;
		group_leave(&now->group, node, SLOTS_LEAVE);
		break;
	case SLOTS_DO_REFUSE:
	case SLOTS_DO_CONFLICT:
		world_wrong(now, "two tables");
		break;
	default:
		break;
	}
}

static const struct slots_ops ops = { .send = place_send, .act = place_act };

void world_init(struct world *w, uint32_t nr, uint32_t slots)
{
	bool verbose = w->verbose;

	memset(w, 0, sizeof(*w));
	w->verbose = verbose;
	w->nr = nr;
	w->slots = slots;
	group_init(&w->group, nr);
}

static bool node_can_join(const struct world *w, uint32_t node)
{
	return w->group.node[node].up && w->place[node].alive;
}

static void systask_join(struct world *w, uint32_t node)
{
	const struct slots *s = &w->place[node].systask;

	group_join(&w->group,
		   &(struct slots_id){ .node = node, .pid = s->is.pid });
}

static void systask_start(struct world *w, uint32_t node)
{
	struct place *p = &w->place[node];
	const uint32_t life = ++w->lives;
	const struct slots_config config = {
		.node = node,
		.pid = 1000 + life,
		.life = life,
		.nr_nodes = w->nr,
		.nr_slots = w->slots,
		.params = 1,
	};
	uint32_t i;

	slots_init(&p->systask, &config, &ops, (void *)(uintptr_t)node);
	for (i = 0; i < w->slots; i++)
		if (p->bound[i])
			slots_found_process(&p->systask, i);
	p->alive = true;
	p->forks = 0;
	systask_join(w, node);
}

static void systask_out(struct world *w, uint32_t node)
{
	const struct slots_view view = { 0 };

	slots_view(&w->place[node].systask, &view);
}

static void node_crash(struct world *w, uint32_t node)
{
	struct place *p = &w->place[node];

	group_down(&w->group, node);
	p->alive = false;
	memset(p->bound, 0, sizeof(p->bound));
}

static void node_deliver(struct world *w, uint32_t node)
{
	struct place *p = &w->place[node];
	static struct group_item item;
	struct slots_view view;

	if (!group_deliver(&w->group, node, &item, &view) || !p->alive)
		return;
	if (w->verbose)
		printf("\t%u delivers %d of %u, message %d\n", node, item.kind,
		       item.from.node,
		       item.kind == GROUP_MSG ? (int)item.msg.type : 0);
	if (item.kind == GROUP_MSG)
		slots_deliver(&p->systask, &item.from, &item.msg);
	else
		slots_view(&p->systask, &view);
}

/* Processes that nobody looks after: of an ended life, not settled yet */
static bool is_stray(const struct place *p, uint32_t slot)
{
	return p->bound[slot] &&
	       (!p->alive || p->systask.slot[slot].use == SLOTS_HELD);
}

static bool has_strays(const struct world *w, uint32_t node)
{
	uint32_t i;

	for (i = 0; i < w->slots; i++)
		if (is_stray(&w->place[node], i))
			return true;
	return false;
}

static bool node_fence(struct world *w, uint32_t node)
{
	struct place *p = &w->place[node];
	bool any = false;
	uint32_t i;

	for (i = 0; i < w->slots; i++) {
		if (!is_stray(p, i))
			continue;
		any = true;
		p->bound[i] = false;
		if (p->alive)
			slots_exit(&p->systask, i);
	}
	return any;
}

static bool node_exit(struct world *w, uint32_t node, uint32_t slot)
{
	struct place *p = &w->place[node];

	if (p->alive) {
		p->bound[slot] = false;
		slots_exit(&p->systask, slot);
	}
	return p->alive;
}

/* Whose word is true: all that the node does not see are dead. */
static bool node_forget(struct world *w, uint32_t node)
{
	const struct slots *s = &w->place[node].systask;
	uint64_t dead = 0, seen = 0;
	uint32_t i;

	if (!w->place[node].alive || s->state != SLOTS_RUNNING)
		return false;
	for (i = 0; i < w->nr; i++)
		if (!w->group.node[i].up)
			dead |= UINT64_C(1) << i;
	for (i = 0; i < s->nr_members; i++)
		seen |= UINT64_C(1) << s->member[i].id.node;
	dead &= ~seen;
	if (!dead)
		return false;
	slots_forget(&w->place[node].systask, dead);
	return true;
}

/* Nobody has a table, nobody is about to, and no process is left. */
static bool is_void(const struct world *w, uint32_t node)
{
	uint32_t i, j;

	for (i = 0; i < w->nr; i++) {
		const struct place *p = &w->place[i];
		const struct group_node *n = &w->group.node[i];

		if (p->alive && p->systask.table)
			return false;
		for (j = 0; j < w->slots; j++)
			if (p->bound[j] && i != node)
				return false;
		for (j = 0; j < n->out.nr; j++)
			if (n->out.item[j].kind == GROUP_MSG)
				return false;
		for (j = 0; j < n->in.nr; j++)
			if (n->in.item[j].kind == GROUP_MSG)
				return false;
	}
	return true;
}

static bool node_found(struct world *w, uint32_t node)
{
	struct place *p = &w->place[node];

	if (!p->alive || p->systask.state != SLOTS_WAIT_VMINFO ||
	    !is_void(w, node))
		return false;
	slots_found(&p->systask);
	return true;
}

static bool node_expired(struct world *w, uint32_t node, uint32_t other)
{
	struct place *p = &w->place[node];

	if (!p->alive || (has_strays(w, other) && !SLOTS_FAULT(18)) ||
	    !(p->systask.orphan & UINT64_C(1) << other))
		return false;
	slots_expired(&p->systask, other);
	return true;
}

static bool node_event(struct world *w, enum event event, uint32_t node,
		       uint32_t arg)
{
	struct place *p = &w->place[node];
	const bool up = w->group.node[node].up;

	switch (event) {
	case EVENT_START:
		if (!up || p->alive)
			return false;
		systask_start(w, node);
		return true;
	case EVENT_KILL:
		if (!p->alive)
			return false;
		p->alive = false;
		if (up)
			group_leave(&w->group, node, SLOTS_PROCDOWN);
		return true;
	case EVENT_CRASH:
		if (!up)
			return false;
		node_crash(w, node);
		return true;
	case EVENT_BOOT:
		if (up)
			return false;
		group_up(&w->group, node);
		return true;
	case EVENT_DISCONNECT:
		if (!node_can_join(w, node))
			return false;
		group_down(&w->group, node);
		group_up(&w->group, node);
		systask_out(w, node);
		systask_join(w, node);
		return true;
	case EVENT_FENCE:
		return node_fence(w, node);
	case EVENT_EXPIRED:
		return node_expired(w, node, arg % w->nr);
	case EVENT_FORGET:
		return node_forget(w, node);
	case EVENT_FOUND:
		return node_found(w, node);
	default:
		return false;
	}
}

/* A process binds by itself: the driver lets it, as the slot is its node's. */
static bool place_bind(struct place *p, uint32_t slot)
{
	if (p->systask.slot[slot].use != SLOTS_FREE || p->bound[slot])
		return false;
	p->bound[slot] = true;
	slots_bound(&p->systask, slot);
	return true;
}

static bool systask_event(struct world *w, enum event event, uint32_t node,
			  uint32_t arg)
{
	struct place *p = &w->place[node];

	if (event == EVENT_EXIT)
		return node_exit(w, node, arg % w->slots);
	if (!p->alive)
		return false;
	switch (event) {
	case EVENT_FORK:
		p->forks++;
		slots_fork(&p->systask, p->forks);
		return true;
	case EVENT_BIND:
		return place_bind(p, arg % w->slots);
	case EVENT_WANT:
		slots_want(&p->systask);
		return true;
	case EVENT_LEAVE:
		slots_leave(&p->systask);
		return true;
	case EVENT_TIMEOUT:
		slots_timeout(&p->systask);
		return true;
	default:
		return false;
	}
}

bool world_event(struct world *w, enum event event, uint32_t node, uint32_t arg)
{
	now = w;
	switch (event) {
	case EVENT_ORDER:
		if (!w->group.node[node].out.nr)
			return false;
		group_order(&w->group, node);
		return true;
	case EVENT_DELIVER:
		if (!w->group.node[node].in.nr)
			return false;
		node_deliver(w, node);
		return true;
	case EVENT_FORK:
	case EVENT_BIND:
	case EVENT_WANT:
	case EVENT_EXIT:
	case EVENT_LEAVE:
	case EVENT_TIMEOUT:
		return systask_event(w, event, node, arg);
	default:
		return node_event(w, event, node, arg);
	}
}

void world_change(struct world *w, const uint8_t *part, struct dice *dice)
{
	now = w;
	group_change(&w->group, part, dice);
}

static bool is_owner(const struct place *p, uint32_t slot)
{
	const enum slots_use use = p->systask.slot[slot].use;

	return p->alive && (use == SLOTS_FREE || use == SLOTS_USED);
}

static void check_slot(struct world *w, uint32_t slot)
{
	uint32_t owners = 0, users = 0, i;

	for (i = 0; i < w->nr; i++) {
		const struct place *p = &w->place[i];
		const enum slots_use use = p->systask.slot[slot].use;

		owners += is_owner(p, slot);
		users += p->bound[slot];
		if (p->alive &&
		    p->bound[slot] != (use == SLOTS_USED || use == SLOTS_HELD))
			world_wrong(w, "a process is where it should not be");
	}
	if (owners > 1)
		world_wrong(w, "a slot has two owners");
	if (users > 1)
		world_wrong(w, "a slot is used by two");
}

static bool is_covered(const struct slots *s)
{
	uint32_t i;

	for (i = 0; i < s->nr_members; i++)
		if (!s->member[i].covered)
			return false;
	return s->nr_members > 0;
}

/* Whether two have delivered the same, as far as can be seen from outside */
static bool is_even(const struct world *w, uint32_t a, uint32_t b)
{
	const struct group_node *x = &w->group.node[a], *y = &w->group.node[b];

	return w->place[a].alive && w->place[b].alive && x->up && y->up &&
	       x->ring == y->ring && x->seq == y->seq && x->joined &&
	       y->joined && (!x->in.nr || x->in.item[0].ring == x->ring) &&
	       (!y->in.nr || y->in.item[0].ring == y->ring) &&
	       (!x->in.nr || x->in.item[0].kind != GROUP_RING) &&
	       (!y->in.nr || y->in.item[0].kind != GROUP_RING) &&
	       is_covered(&w->place[a].systask) &&
	       is_covered(&w->place[b].systask);
}

static void check_tables(struct world *w, uint32_t a, uint32_t b)
{
	const struct slots *x = &w->place[a].systask;
	const struct slots *y = &w->place[b].systask;
	uint32_t i;

	for (i = 0; i < w->slots; i++)
		if (x->slot[i].version != y->slot[i].version ||
		    x->slot[i].owner.node != y->slot[i].owner.node ||
		    x->slot[i].owner.number != y->slot[i].owner.number)
			world_wrong(w, "two tables differ");
}

void world_check(struct world *w)
{
	uint32_t i, j;

	if (w->group.overflow)
		world_wrong(w, "the simulation has too little room");
	for (i = 0; i < w->slots; i++)
		check_slot(w, i);
	for (i = 0; i < w->nr; i++)
		for (j = i + 1; j < w->nr; j++)
			if (is_even(w, i, j))
				check_tables(w, i, j);
}

void world_settle(struct world *w)
{
	uint32_t left = PEACE_STEPS, i;
	bool any = true;

	now = w;
	while (any && !w->wrong) {
		any = false;
		for (i = 0; i < w->nr; i++) {
			any |= world_event(w, EVENT_ORDER, i, 0);
			any |= world_event(w, EVENT_DELIVER, i, 0);
			world_check(w);
		}
		if (!left--)
			world_wrong(w, "messages without end");
	}
}

static void check_peace(struct world *w)
{
	uint32_t i, j, owners;

	for (i = 0; i < w->slots; i++) {
		for (j = owners = 0; j < w->nr; j++)
			owners += is_owner(&w->place[j], i);
		if (!owners)
			world_wrong(w, "a slot was lost");
	}
	for (i = 0; i < w->nr; i++) {
		if (w->place[i].systask.state != SLOTS_RUNNING)
			world_wrong(w, "a member does not run");
		if (w->place[i].forks)
			world_wrong(w, "a fork was not answered");
		if (!is_covered(&w->place[i].systask))
			world_wrong(w, "the merge has not ended");
	}
}

void world_peace(struct world *w)
{
	const uint8_t together[GROUP_NODES] = { 0 };
	uint8_t apart[GROUP_NODES];
	uint32_t i, round;

	now = w;
	for (i = 0; i < w->nr; i++)
		world_event(w, EVENT_BOOT, i, 0);
	world_settle(w);
	for (round = 0; round < 2; round++) {
		/* Ghosts end when rings change. */
		for (i = 0; i < w->nr; i++)
			apart[i] = (uint8_t)(i + !round);
		world_change(w, round ? together : apart, NULL);
		world_settle(w);
	}
	for (round = 0; round < 3 && !w->wrong; round++) {
		for (i = 0; i < w->nr; i++)
			world_event(w, EVENT_START, i, 0);
		world_settle(w);
		for (i = 0; i < w->nr; i++)
			if (w->place[i].systask.state == SLOTS_WAIT_PST ||
			    w->place[i].systask.state == SLOTS_LEAVING)
				world_event(w, EVENT_TIMEOUT, i, 0);
		world_settle(w);
	}
	check_peace(w);
}

void world_print(const struct world *w)
{
	uint32_t i, j;

	for (i = 0; i < w->nr; i++) {
		const struct slots *s = &w->place[i].systask;

		printf("\t%u ring %u state %d members %u%s: ", i,
		       w->group.node[i].ring, s->state, s->nr_members,
		       w->place[i].alive ? "" : " dead");
		for (j = 0; j < w->slots; j++)
			printf(" %c%u.%llx/%u", "-fudh"[s->slot[j].use],
			       s -> slot[j].owner.node,
			       (unsigned long long)s->slot[j].version,
			       s->slot[j].owner.number);
		printf("\n");
	}
}
