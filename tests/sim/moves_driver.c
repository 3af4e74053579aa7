// SPDX-License-Identifier: GPL-2.0-or-later
/* Drivers of all nodes, and requests: see moves_world.h */
#include <stdio.h>
#include <string.h>

#include "moves_world.h"
#include "systask/moves_record.h"

#define MAX_HOPS 16

static struct driver *driver_of(uint32_t node, int32_t endpoint)
{
	return &w.place[node].driver[endpoint - driver_endpoint(0)];
}

int32_t driver_endpoint(int i)
{
	return 100 + i;
}

bool driver_reaches(uint32_t a, uint32_t b)
{
	const struct group_node *x = &w.group.node[a], *y = &w.group.node[b];

	return a == b || (x->up && y->up && x->ring == y->ring);
}

/* Requests */

static void request_fail(struct request *r)
{
	if (!r->waits)
		world_wrong("a request ends twice");
	r->waits = false;
	w.failed++;
}

static void request_transmit(struct request *r, int to);

/* That node has it not: so the client is told, and may know better. */
static void request_return(struct request *r, uint32_t from)
{
	struct driver *d = &w.place[r->client].driver[r->endpoint];

	if (d->at >= 0 && d->at != (int)from) {
		request_transmit(r, d->at);
	} else if (d->at < 0 || r->client == from ||
		   !w.place[from].driver[r->endpoint].left) {
		request_fail(r);
	} else {
		r->where = r->client;
		d->heard = !d->moving;
	}
}

static void request_transmit(struct request *r, int to)
{
	struct driver *d;

	if (to < 0 || !driver_reaches(r->client, (uint32_t)to) ||
	    r->hops++ == MAX_HOPS) {
		request_fail(r);
		return;
	}
	d = &w.place[to].driver[r->endpoint];
	if (d->here || d->moving)
		r->where = (uint32_t)to;
	else if (d->at >= 0 && d->at != to)
		request_return(r, (uint32_t)to);
	else
		request_fail(r);
}

bool driver_call(uint32_t node, int i)
{
	struct driver *d = &w.place[node].driver[i];
	struct request *r;

	for (r = w.request; r < w.request + REQUESTS && r->waits; r++)
		;
	if (r == w.request + REQUESTS)
		return false;
	*r = (struct request){ .waits = true,
			       .endpoint = i,
			       .client = node,
			       .where = node };
	if (!d->here && !d->moving && !d->heard)
		request_transmit(r, d->at);
	return true;
}

bool driver_serve(uint32_t node, int i)
{
	struct driver *d = &w.place[node].driver[i];

	for (struct request *r = w.request; r < w.request + REQUESTS; r++) {
		if (!r->waits || r->where != node || r->endpoint != i)
			continue;
		if (!d->here || d->moving)
			continue;
		r->waits = false;
		w.answered++;
		return true;
	}
	return false;
}

/* What this node has of the endpoint's requests goes on. */
static void requests_go(uint32_t node, int i)
{
	struct driver *d = &w.place[node].driver[i];

	for (struct request *r = w.request; r < w.request + REQUESTS; r++) {
		if (!r->waits || r->where != node || r->endpoint != i ||
		    d->here)
			continue;
		if (r->client == node)
			request_transmit(r, d->at);
		else
			request_return(r, node);
	}
}

static void requests_fail(uint32_t node, int i)
{
	for (struct request *r = w.request; r < w.request + REQUESTS; r++)
		if (r->waits && r->where == node && r->endpoint == i)
			request_fail(r);
}

/* What is on its way where it cannot go ends. */
void driver_links(void)
{
	for (struct request *r = w.request; r < w.request + REQUESTS; r++) {
		struct driver *d = &w.place[r->client].driver[r->endpoint];

		if (!r->waits)
			continue;
		if (r->where != r->client) {
			if (!driver_reaches(r->client, r->where))
				request_fail(r);
		} else if (d->heard &&
			   (d->at < 0 ||
			    !driver_reaches(r->client, (uint32_t)d->at))) {
			request_fail(r);
		}
	}
	for (uint32_t n = 0; n < w.nr; n++)
		for (int i = 0; i < ENDPOINTS; i++) {
			struct driver *d = &w.place[n].driver[i];

			if (d->heard &&
			    (d->at < 0 || !driver_reaches(n, (uint32_t)d->at)))
				d->heard = false;
		}
}

/* A process has ended: who knows of it hears so. */
void driver_end(uint32_t node, int i)
{
	struct driver *d = &w.place[node].driver[i];

	d->here = false;
	d->moving = false;
	d->at = -1;
	requests_fail(node, i);
	for (uint32_t n = 0; n < w.nr; n++) {
		struct driver *o = &w.place[n].driver[i];

		if (n == node || o->at != (int)node || !driver_reaches(n, node))
			continue;
		o->at = -1;
		o->moving = false;
		o->heard = false;
		requests_fail(n, i);
	}
}

void driver_end_all(uint32_t node)
{
	for (int i = 0; i < ENDPOINTS; i++) {
		struct driver *d = &w.place[node].driver[i];

		if (d->here)
			driver_end(node, i);
		d->stands = d->preparing = d->prepared = false;
	}
	for (struct request *r = w.request; r < w.request + REQUESTS; r++)
		if (r->waits && r->client == node)
			r->waits = false;
}

void driver_restart(uint32_t node)
{
	struct place *p = &w.place[node];

	for (int i = 0; i < ENDPOINTS; i++) {
		struct driver *d = &p->driver[i];

		d->preparing = d->prepared = false;
		if (d->moving && (!d->here || !d->is_kept)) {
			d->moving = false;
			requests_go(node, i);
		}
		if (d->is_kept)
			moves_had(&p->systask, &d->kept, d->here && d->moving);
		if (d->stands)
			moves_backup(&p->systask, driver_endpoint(i), true);
	}
}

/* What SYSTASK wants */

static uint32_t node_of(void *arg)
{
	return (uint32_t)(uintptr_t)arg;
}

static void driver_send(void *arg, const struct moves_msg *m)
{
	static unsigned char bytes[MOVES_RECORD_MAX];
	static struct moves_msg copy;

	if (moves_decode(&copy, bytes, moves_encode(bytes, m)) != RECORD_OK)
		world_wrong("a message that nobody would take");
	if (w.verbose)
		printf("\t%u sends %d, why %d, to %u, %u facts, %d of %d: "
		       "node %d, epoch %u.%u.%u.%u map %llx\n",
		       node_of(arg), m->type, m->why, m->to.node, m->nr,
		       m->nr ? m->fact[0].kind : 0,
		       m->nr ? m->fact[0].e.endpoint : 0,
		       m->nr ? (int)m->fact[0].e.node : 0,
		       m->nr ? m->fact[0].e.term : 0,
		       m->nr ? m->fact[0].e.maker : 0,
		       m->nr ? m->fact[0].e.count : 0,
		       m->nr ? m->fact[0].e.revision : 0,
		       m->nr ? (unsigned long long)m->fact[0].e.map : 0);
	group_send(&w.group, node_of(arg), &copy);
}

static void driver_say(void *arg, const char *what, int32_t endpoint, int more)
{
	if (w.verbose)
		printf("\t%u %s %d, %d\n", node_of(arg), what, endpoint, more);
}

static int driver_start(void *arg, int32_t endpoint, enum moves_role role,
			const struct moves_want *want)
{
	struct driver *d = driver_of(node_of(arg), endpoint);

	if (want->pid != 7 || want->uid != 8)
		world_wrong("another process is wanted");
	driver_say(arg, "starts", endpoint, role);
	if (d->moving)
		world_wrong("started twice");
	if (d->here != (role == MOVES_FORMER))
		return -1;
	if (w.clock % 16 == 0 || (role == MOVES_NEW && d->stands))
		return -2;
	d->moving = true;
	if (role != MOVES_NEW)
		return 0;
	d->prepared = w.clock % 2;
	d->preparing = !d->prepared;
	return d->preparing ? MOVES_LATER : 0;
}

static void driver_take(struct driver *d, uint32_t node)
{
	if (d->prepared)
		d->prepared = false;
	else if (d->stands)
		d->stands = false;
	else
		world_wrong("it is to be where there is no process");
	d->here = true;
	d->left = false;
	d->at = (int)node;
}

static void driver_commit(void *arg, int32_t endpoint, uint32_t node,
			  enum moves_role role)
{
	const uint32_t me = node_of(arg);
	struct driver *d = driver_of(me, endpoint);

	driver_say(arg, "commits", endpoint, (int)node);
	w.moved++;
	d->moving = false;
	d->heard = false;
	switch (role) {
	case MOVES_NEW:
		if (d->here)
			world_wrong("a second process");
		driver_take(d, me);
		break;
	case MOVES_FORMER:
		if (!d->here)
			world_wrong("it leaves where it is not");
		d->here = false;
		d->left = true;
		d->at = (int)node;
		break;
	case MOVES_OTHER:
		if (d->here)
			world_wrong("it is elsewhere, and here");
		d->at = (int)node;
		break;
	}
	requests_go(me, endpoint - driver_endpoint(0));
}

static void driver_rollback(void *arg, int32_t endpoint, enum moves_role role)
{
	struct driver *d = driver_of(node_of(arg), endpoint);

	driver_say(arg, "rolls back", endpoint, role);
	d->moving = false;
	if (role == MOVES_NEW)
		d->preparing = d->prepared = false;
	requests_go(node_of(arg), endpoint - driver_endpoint(0));
}

static void driver_fence(void *arg, int32_t endpoint)
{
	driver_say(arg, "fences", endpoint, 0);
	if (!driver_of(node_of(arg), endpoint)->here)
		world_wrong("fenced where it is not");
	driver_end(node_of(arg), endpoint - driver_endpoint(0));
}

static void driver_hold(void *arg, int32_t endpoint, bool held)
{
	struct driver *d = driver_of(node_of(arg), endpoint);

	driver_say(arg, "holds", endpoint, held);
	/* What it is to take over may have ended, as all know. */
	if (d->here ? d->moving == held : held && !d->stands)
		world_wrong("held, or not, as it is already");
	d->moving = held;
	if (!held)
		requests_go(node_of(arg), endpoint - driver_endpoint(0));
}

static bool driver_has(void *arg, int32_t endpoint)
{
	return driver_of(node_of(arg), endpoint)->here;
}

static void driver_keep(void *arg, const struct moves_kept *kept)
{
	struct driver *d = driver_of(node_of(arg), kept->e.endpoint);

	d->kept = *kept;
	d->is_kept = kept->e.term || kept->id.life || kept->ready;
}

static void driver_answered(void *arg, uint32_t number, enum moves_why why,
			    int32_t rc)
{
	struct place *p = &w.place[node_of(arg)];

	(void)rc;
	driver_say(arg, "answers", (int)number, why);
	if (!p->asked--)
		world_wrong("an answer that nobody waits for");
}

const struct moves_ops driver_ops = {
	.send = driver_send,
	.start = driver_start,
	.commit = driver_commit,
	.rollback = driver_rollback,
	.fence = driver_fence,
	.hold = driver_hold,
	.has = driver_has,
	.keep = driver_keep,
	.answered = driver_answered,
};
