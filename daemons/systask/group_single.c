// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A group of one: what it sends it gets, at its next dispatch.
 *
 * State	join		leave		dispatch
 *
 * CLOSED	JOINING		-		-
 * JOINING	-		LEAVING		view of itself; IN
 * IN		-		LEAVING		messages
 * LEAVING	again		not again	view of nobody; CLOSED, or
 *						JOINING if it is to join again
 */
#include <stdlib.h>

#include "group_kind.h"

enum single_state {
	SINGLE_CLOSED,
	SINGLE_JOINING,
	SINGLE_IN,
	SINGLE_LEAVING,
};

struct single {
	struct group group;
	enum single_state state;
	bool again;
};

static struct single *single_of(struct group *g)
{
	return (struct single *)g;
}

static void single_join(struct group *g)
{
	struct single *s = single_of(g);

	if (s->state == SINGLE_CLOSED)
		s->state = SINGLE_JOINING;
	else if (s->state == SINGLE_LEAVING)
		s->again = true;
	group_wake(g);
}

static void single_leave(struct group *g)
{
	struct single *s = single_of(g);

	s->again = false;
	if (s->state == SINGLE_CLOSED)
		return;
	s->state = SINGLE_LEAVING;
	group_wake(g);
}

static void single_begin(struct single *s)
{
	struct slots_view view = { .nr = 1 };

	view.id[0] = s->group.me;
	s->state = SINGLE_IN;
	s->group.in = true;
	group_view(&s->group, &view);
}

static void single_end(struct single *s)
{
	s->state = s->again ? SINGLE_JOINING : SINGLE_CLOSED;
	s->again = false;
	group_view_nobody(&s->group);
	if (s->state == SINGLE_JOINING)
		group_wake(&s->group);
}

/* What is sent meanwhile has its turn later, as the rest of the node has. */
static void single_deliver(struct group *g)
{
	struct group_message *m;
	uint32_t nr = 0;

	for (m = g->first; m; m = m->next)
		nr++;
	while (nr-- && (m = group_take(g))) {
		g->ops->deliver(g->arg, &g->me, m->data, m->size);
		free(m);
	}
	if (g->first)
		group_wake(g);
}

static void single_dispatch(struct group *g)
{
	struct single *s = single_of(g);

	group_drain(g->event);
	if (s->state == SINGLE_LEAVING)
		single_end(s);
	else if (s->state == SINGLE_JOINING)
		single_begin(s);
	else if (s->state == SINGLE_IN)
		single_deliver(g);
}

static void single_close(struct group *g)
{
	(void)g;
}

struct group *group_single_open(uint32_t node, const struct group_ops *ops,
				void *arg)
{
	static const struct group_kind kind = {
		.join = single_join,
		.leave = single_leave,
		.sent = group_wake,
		.dispatch = single_dispatch,
		.close = single_close,
	};
	struct single *s = group_alloc(sizeof(*s), &kind, node, ops, arg);

	if (!s)
		return NULL;
	s->group.fd = s->group.event;
	return &s->group;
}
