// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "moves_world.h"

#define PEACE_STEPS 20000

struct world w;

void world_wrong(const char *what)
{
	if (!w.wrong)
		w.wrong = what;
}

static void member_start(uint32_t node)
{
	struct place *p = &w.place[node];
	const struct moves_config config = { .node = node,
					     .pid = ++w.lives,
					     .life = 1000 + w.lives,
					     .nr_nodes = w.nr };
	const struct slots_id me = { .node = node, .pid = w.lives };

	moves_init(&p->systask, &config, &driver_ops, (void *)(uintptr_t)node);
	p->alive = true;
	p->fenced = false;
	p->asked = 0;
	p->pid = me.pid;
	driver_restart(node);
	group_join(&w.group, &me);
}

static void node_crash(uint32_t node)
{
	struct place *p = &w.place[node];

	w.forgot = true;
	driver_end_all(node);
	group_down(&w.group, node);
	p->alive = false;
	memset(p->driver, 0, sizeof(p->driver));
	for (int i = 0; i < ENDPOINTS; i++)
		p->driver[i].at = -1;
	driver_links();
}

/* Its daemon ends and starts again; its member, the same, joins again. */
static void node_disconnect(uint32_t node)
{
	const struct slots_id me = w.group.node[node].process;
	const struct slots_view view = { 0 };

	group_down(&w.group, node);
	group_up(&w.group, node);
	driver_links();
	moves_view(&w.place[node].systask, &view);
	group_join(&w.group, &me);
}

static void node_leave(uint32_t node)
{
	w.forgot = true;
	driver_end_all(node);
	w.place[node].alive = false;
	w.place[node].fenced = true;
	memset(w.place[node].driver, 0, sizeof(w.place[node].driver));
	for (int i = 0; i < ENDPOINTS; i++)
		w.place[node].driver[i].at = -1;
	group_leave(&w.group, node, SLOTS_LEAVE);
}

static void node_deliver(uint32_t node)
{
	struct place *p = &w.place[node];
	static struct group_item item;
	struct slots_view view;

	if (!group_deliver(&w.group, node, &item, &view) || !p->alive)
		return;
	if (w.verbose)
		printf("\t%u delivers %d of %u\n", node,
		       item.kind == GROUP_MSG ? (int)item.msg.type :
						-(int)item.kind,
		       item.from.node);
	if (item.kind == GROUP_MSG) {
		moves_deliver(&p->systask, &item.from, &item.msg);
		return;
	}
	moves_view(&p->systask, &view);
	for (uint32_t i = 0; i < view.nr_left; i++)
		if (view.left[i].reason == SLOTS_LEAVE)
			moves_dead(&p->systask, view.left[i].id.node);
}

static bool node_migrate(uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	const int i = (int)(arg % ENDPOINTS);
	const uint32_t to = arg / ENDPOINTS % w.nr;
	const struct moves_want want = { .pid = 7, .uid = 8 };
	enum moves_why why;

	if (!p->alive || p->driver[i].at < 0)
		return false;
	if (moves_migrate(&p->systask, driver_endpoint(i),
			  (uint32_t)p->driver[i].at, to, &want, &why))
		p->asked++;
	return true;
}

static bool node_ready(uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	const int i = (int)(arg % ENDPOINTS);
	struct driver *d = &p->driver[i];
	const bool fails = !w.gentle && arg / ENDPOINTS % 8 == 0;

	if (!p->alive || !(d->preparing || (fails && d->prepared)))
		return false;
	d->preparing = false;
	d->prepared = !fails;
	moves_ready(&p->systask, driver_endpoint(i), fails ? -1 : 0);
	return true;
}

static bool node_stand(uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	const int i = (int)(arg % ENDPOINTS);
	struct driver *d = &p->driver[i];

	if (!w.group.node[node].up || d->here || d->preparing || d->prepared ||
	    (!p->alive && p->fenced))
		return false;
	if (w.gentle && d->stands)
		return false;
	d->stands = !d->stands;
	if (p->alive)
		moves_backup(&p->systask, driver_endpoint(i), d->stands);
	return true;
}

/* Others say so of a process that has no entry. */
static bool node_claim(uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	const int i = (int)(arg % ENDPOINTS);

	if (!p->alive || !p->driver[i].stands)
		return false;
	for (uint32_t n = 0; n < w.nr; n++)
		if (w.place[n].driver[i].here && !w.place[n].driver[i].is_kept)
			return false;
	moves_claim(&p->systask, driver_endpoint(i));
	return true;
}

static bool node_end(uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	const int i = (int)(arg % ENDPOINTS);

	if (w.gentle || !p->driver[i].here)
		return false;
	driver_end(node, i);
	if (p->alive)
		moves_unbound(&p->systask, driver_endpoint(i));
	return true;
}

/* A new one, where there is none anywhere */
static bool node_bind(uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	const int i = (int)(arg % ENDPOINTS);

	for (uint32_t n = 0; n < w.nr; n++) {
		const struct driver *d = &w.place[n].driver[i];

		if (d->here || d->stands || d->prepared || d->preparing ||
		    d->moving)
			return false;
	}
	if (!p->alive)
		return false;
	p->driver[i].here = true;
	p->driver[i].at = (int)node;
	for (uint32_t n = 0; n < w.nr; n++)
		if (driver_reaches(n, node) && w.place[n].driver[i].at < 0 &&
		    !w.place[n].driver[i].is_kept)
			w.place[n].driver[i].at = (int)node;
	moves_bound(&p->systask, driver_endpoint(i));
	return true;
}

/* Its member has died, as node saw, and its driver has ended its processes. */
static bool node_expired(uint32_t node, uint32_t of)
{
	if (!w.place[node].alive || node == of || w.place[of].alive ||
	    !w.place[of].fenced || !w.group.node[of].up ||
	    !driver_reaches(node, of))
		return false;
	moves_dead(&w.place[node].systask, of);
	return true;
}

/* All who reach the node are told that another is dead. */
static bool node_forget(uint32_t node, uint32_t of)
{
	const struct place *p = &w.place[of];
	const bool dead = !w.group.node[of].up || (!p->alive && p->fenced);

	if (!w.place[node].alive || (!dead && !w.liars) ||
	    driver_reaches(node, of))
		return false;
	w.lied |= !dead;
	for (uint32_t n = 0; n < w.nr; n++)
		if (w.place[n].alive && driver_reaches(node, n))
			moves_dead(&w.place[n].systask, of);
	return true;
}

static bool node_kill(uint32_t node)
{
	w.place[node].alive = false;
	group_leave(&w.group, node, SLOTS_PROCDOWN);
	return true;
}

static bool event_of_group(enum event event, uint32_t node)
{
	if (event == EVENT_ORDER) {
		if (!w.group.node[node].out.nr)
			return false;
		group_order(&w.group, node);
		return true;
	}
	if (!w.group.node[node].in.nr)
		return false;
	node_deliver(node);
	return true;
}

static bool event_of_life(enum event event, uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	const bool up = w.group.node[node].up;

	switch (event) {
	case EVENT_START:
		if (!up || p->alive)
			return false;
		member_start(node);
		return true;
	case EVENT_KILL:
		return p->alive && !w.gentle && node_kill(node);
	case EVENT_FENCE:
		if (!up || p->alive || p->fenced)
			return false;
		p->fenced = true;
		driver_end_all(node);
		return true;
	case EVENT_EXPIRED:
		return node_expired(node, arg % w.nr);
	case EVENT_LEAVE:
		if (!p->alive || w.gentle)
			return false;
		node_leave(node);
		return true;
	case EVENT_CRASH:
		if (!up || w.gentle)
			return false;
		node_crash(node);
		return true;
	case EVENT_BOOT:
		if (up)
			return false;
		group_up(&w.group, node);
		return true;
	case EVENT_DISCONNECT:
		if (!up || !p->alive)
			return false;
		node_disconnect(node);
		return true;
	case EVENT_FORGET:
		return node_forget(node, arg % w.nr);
	default:
		return false;
	}
}

/* Alone; what has got its place is delivered before, or not. */
static void node_cut(uint32_t node, bool late)
{
	uint8_t part[GROUP_NODES] = { 0 };

	part[node] = 1;
	w.group.late = late;
	world_change(part, NULL);
	w.group.late = false;
}

/* The worst moment: nobody, somebody or everybody has heard what it said. */
static bool node_strike(uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	const struct moves_move *move = NULL;

	for (uint32_t i = 0; p->alive && i < p->systask.nr; i++)
		if (p->systask.item[i].move.state == MOVES_DECIDED)
			move = &p->systask.item[i].move;
	if (!move)
		return false;
	while (arg & 64 && w.group.node[node].out.nr)
		group_order(&w.group, node);
	if (arg % 8 < 4)
		node_cut(arg & 2 ? node : move->to.node, arg & 1);
	if (arg / 8 % 4 == 0)
		return event_of_life(EVENT_DISCONNECT, node, arg);
	return event_of_life(arg / 8 % 4 == 1 ? EVENT_CRASH : EVENT_KILL, node,
			     arg);
}

bool world_event(enum event event, uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	const int i = (int)(arg % ENDPOINTS);
	const int32_t endpoint = driver_endpoint(i);

	w.clock++;
	switch (event) {
	case EVENT_ORDER:
	case EVENT_DELIVER:
		return event_of_group(event, node);
	case EVENT_MIGRATE:
		return node_migrate(node, arg);
	case EVENT_PROMOTE:
		if (!p->alive)
			return false;
		moves_promote(&p->systask, endpoint);
		return true;
	case EVENT_READY:
		return node_ready(node, arg);
	case EVENT_TIMEOUT:
		if (p->alive)
			moves_timeout(&p->systask, endpoint);
		return p->alive;
	case EVENT_CLAIM:
		return node_claim(node, arg);
	case EVENT_STAND:
		return node_stand(node, arg);
	case EVENT_END:
		return node_end(node, arg);
	case EVENT_BIND:
		return node_bind(node, arg);
	case EVENT_CALL:
		return w.group.node[node].up && driver_call(node, i);
	case EVENT_SERVE:
		return driver_serve(node, i);
	case EVENT_STRIKE:
		return node_strike(node, arg);
	default:
		return event_of_life(event, node, arg);
	}
}

void world_change(const uint8_t *part, struct dice *dice)
{
	group_change(&w.group, part, dice);
	driver_links();
}

/* What must be true at every moment */

static bool serves(uint32_t node, int i)
{
	const struct driver *d = &w.place[node].driver[i];

	return d->here && !d->moving;
}

/* It has delivered all that there is. */
static bool is_up_to_date(uint32_t node)
{
	return w.place[node].alive && !w.group.node[node].in.nr &&
	       w.group.node[node].joined;
}

static bool is_settled(uint32_t node)
{
	return is_up_to_date(node) && moves_is_settled(&w.place[node].systask);
}

static bool same_epoch(const struct driver *a, const struct driver *b)
{
	const struct moves_entry *x = &a->kept.e, *y = &b->kept.e;

	return (!a->is_kept && !b->is_kept) ||
	       (a->is_kept && b->is_kept && x->term == y->term &&
		x->maker == y->maker && x->count == y->count);
}

static void check_pair(uint32_t a, uint32_t b, int i)
{
	const struct place *x = &w.place[a], *y = &w.place[b];

	if (!serves(a, i) || !serves(b, i))
		return;
	if (same_epoch(&x->driver[i], &y->driver[i]))
		world_wrong("two nodes have it in one epoch");
	if (!is_up_to_date(a) || !is_up_to_date(b))
		return;
	if (!w.lied && !w.forgot)
		world_wrong("two nodes have it that know who is there");
	else if (driver_reaches(a, b) && is_settled(a) && is_settled(b))
		world_wrong("two nodes of one part have it");
}

/* Of two that have delivered the same each entry is the same. */
static bool is_even(uint32_t a, uint32_t b)
{
	const struct group_node *x = &w.group.node[a], *y = &w.group.node[b];

	return x->up && y->up && x->ring == y->ring && x->seq == y->seq &&
	       is_settled(a) && is_settled(b) && !x->out.nr && !y->out.nr;
}

static void check_tables(uint32_t a, uint32_t b, int i)
{
	const struct moves_item *x, *y;

	if (!is_even(a, b))
		return;
	x = moves_find(&w.place[a].systask, driver_endpoint(i));
	y = moves_find(&w.place[b].systask, driver_endpoint(i));
	if ((x ? x->e.term : 0) != (y ? y->e.term : 0) ||
	    (x && y && (x->e.node != y->e.node || moves_compare(&x->e, &y->e))))
		world_wrong("two tables differ");
}

void world_check(void)
{
	if (w.group.overflow)
		world_wrong("the simulation has too little room");
	for (int i = 0; i < ENDPOINTS; i++)
		for (uint32_t a = 0; a < w.nr; a++)
			for (uint32_t b = a + 1; b < w.nr; b++) {
				check_pair(a, b, i);
				check_tables(a, b, i);
			}
}

/* The end */

void world_settle(void)
{
	uint32_t left = PEACE_STEPS, i;
	bool any = true;

	while (any && !w.wrong) {
		any = false;
		for (i = 0; i < w.nr; i++) {
			any |= world_event(EVENT_ORDER, i, 0);
			any |= world_event(EVENT_DELIVER, i, 0);
			world_check();
		}
		if (!left--)
			world_wrong("messages without end");
	}
}

static int holder(int i)
{
	int found = -1;

	for (uint32_t n = 0; n < w.nr; n++) {
		const struct driver *d = &w.place[n].driver[i];

		if (d->here && found >= 0)
			world_wrong("two nodes have it in the end");
		if (d->here)
			found = (int)n;
	}
	return found;
}

static void check_node(uint32_t n, int i, int at)
{
	struct place *p = &w.place[n];
	const struct driver *d = &p->driver[i];
	const struct moves_item *it =
		moves_find(&p->systask, driver_endpoint(i));

	if (!moves_is_settled(&p->systask))
		world_wrong("a table is not settled");
	if (p->asked)
		world_wrong("a move has no answer");
	if (it && it->move.state != MOVES_IDLE)
		world_wrong("a move does not end");
	if (d->moving || d->prepared || d->preparing)
		world_wrong("an endpoint is held for ever");
	if (it && it->e.term &&
	    it->e.node != (at < 0 ? MOVES_NOBODY : (uint32_t)at))
		world_wrong("the table says something else");
	if (at >= 0 && it && it->e.term && d->at != at && d->at >= 0)
		world_wrong("a client does not find it");
	if (at < 0 && d->stands && it && it->e.term &&
	    it->e.map & it->ready & UINT64_C(1) << n)
		world_wrong("a backup has not taken over");
}

/* That nobody has it the table of processes says to all drivers. */
static void peace_gone(int i)
{
	for (struct request *r = w.request; r < w.request + REQUESTS; r++)
		if (r->waits && r->endpoint == i && r->where == r->client &&
		    w.place[r->client].driver[i].heard)
			r->waits = false;
}

static void check_peace(void)
{
	for (int i = 0; i < ENDPOINTS; i++) {
		const int at = holder(i);

		if (at < 0 && w.gentle && !w.lied)
			world_wrong("it is lost, and nobody has died");
		for (uint32_t n = 0; n < w.nr; n++)
			check_node(n, i, at);
		while (at >= 0 && driver_serve((uint32_t)at, i))
			;
		if (at < 0)
			peace_gone(i);
	}
	for (struct request *r = w.request; r < w.request + REQUESTS; r++)
		if (r->waits)
			world_wrong("a request never ends");
}

/* What was on its way to be there is so soon. */
static void peace_ready(void)
{
	for (uint32_t n = 0; n < w.nr; n++)
		for (uint32_t i = 0; i < ENDPOINTS; i++)
			world_event(EVENT_READY, n, i + ENDPOINTS);
	world_settle();
}

void world_peace(void)
{
	const uint8_t together[GROUP_NODES] = { 0 };
	uint8_t apart[GROUP_NODES];
	uint32_t i, round;

	for (i = 0; i < w.nr; i++)
		world_event(EVENT_BOOT, i, 0);
	world_settle();
	for (round = 0; round < 2; round++) {
		/* Ghosts end when rings change. */
		for (i = 0; i < w.nr; i++)
			apart[i] = (uint8_t)(i + !round);
		world_change(round ? together : apart, NULL);
		world_settle();
	}
	for (i = 0; i < w.nr; i++)
		world_event(EVENT_START, i, 0);
	world_settle();
	peace_ready();
	check_peace();
}

void world_init(uint32_t nr, uint32_t nr_spares)
{
	w.nr = nr;
	group_init(&w.group, nr);
	for (uint32_t n = 0; n < nr; n++)
		for (int i = 0; i < ENDPOINTS; i++) {
			struct driver *d = &w.place[n].driver[i];

			d->at = (int)(i % nr);
			d->here = d->at == (int)n;
			d->stands = !d->here && n < nr_spares;
		}
}

void world_print(void)
{
	for (uint32_t n = 0; n < w.nr; n++) {
		const struct place *p = &w.place[n];

		printf("\t%u ring %u in %u out %u%s%s:", n,
		       w.group.node[n].ring, w.group.node[n].in.nr,
		       w.group.node[n].out.nr, p->alive ? "" : " dead",
		       p->alive && moves_is_settled(&p->systask) ?
			       "" :
			       " unsettled");
		for (int i = 0; i < ENDPOINTS; i++) {
			const struct driver *d = &p->driver[i];
			const struct moves_item *it =
				moves_find(&p->systask, driver_endpoint(i));

			printf(" [%s%s%s%s%s%s at %d", d->here ? "H" : "",
			       d->moving ? "M" : "", d->preparing ? "p" : "",
			       d->prepared ? "P" : "", d->stands ? "S" : "",
			       d->heard ? "?" : "", d->at);
			if (it && p->alive)
				printf("; %d in %u.%u.%u.%u map %llx stands "
				       "%llx ready %llx state %d",
				       (int)it->e.node, it->e.term, it->e.maker,
				       it->e.count, it->e.revision,
				       (unsigned long long)it->e.map,
				       (unsigned long long)it->stands,
				       (unsigned long long)it->ready,
				       it->move.state);
			printf("]");
		}
		printf("\n");
	}
}
