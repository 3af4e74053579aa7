// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The group as a closed process group of Corosync.  Its number of a node is
 * ours and 1, as it has no node 0.
 *
 * State	event			what is done; next state
 *
 * CLOSED	join			CONNECTING
 * CONNECTING	dispatch		connects to Corosync.  It can: JOINING;
 *					else again a little later
 *		leave			LEFT
 * JOINING	dispatch		cpg_join, until Corosync is not busy
 *		view with us		IN
 *		leave			LEAVING, or LEFT: it has not asked yet
 *		Corosync dies		CONNECTING
 * IN		dispatch, send		cpg_mcast, until Corosync is not busy,
 *					nor has much of ours to deliver
 *		leave			LEAVING
 *		Corosync dies, or a	view of nobody; CONNECTING
 *		view without us
 * LEAVING	dispatch		cpg_leave, until Corosync is not busy
 *		join			it will join again
 *		Corosync dies, or a	LEFT
 *		view without us
 * LEFT		join			it will join again
 *		dispatch		disconnects, view of nobody; CLOSED, or
 *					CONNECTING if it is to join again
 *
 * That Corosync dies is seen by its connection, which is of no use from then
 * on; so however quickly it is back, that comes after the view of nobody.  A
 * process that joined and died while Corosync agreed on a new ring may stay in
 * its views until the next one: nothing here knows better, and who waits for
 * somebody has to have a limit.
 */
#include <corosync/cpg.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "group_kind.h"

/* Until it is tried again: what it is too busy for, and to connect */
#define BUSY_MS 2
#define AWAY_MS 200

/*
 * So many of our messages may be on their way, until we hear them ourselves;
 * the rest is kept here.  For each libqb puts a byte into a socket, and when
 * that is full, as Corosync does not run or is stopped, it tries for ever.
 */
#define MOST_UNHEARD 64

enum corosync_state {
	COROSYNC_CLOSED,
	COROSYNC_CONNECTING,
	COROSYNC_JOINING,
	COROSYNC_IN,
	COROSYNC_LEAVING,
	COROSYNC_LEFT,
};

struct corosync {
	struct group group;
	enum corosync_state state;
	bool again;       /* to join, when it has left */
	bool asked;       /* JOINING, LEAVING: Corosync has agreed to it */
	bool connected;   /* handle is valid, and its descriptor in epoll */
	bool broken;      /* it is of no use: Corosync has died */
	bool dispatching; /* what is sent goes out afterwards */
	uint32_t unheard;
	int timer;
	int connection;
	cpg_handle_t handle;
	struct cpg_name name;
	struct slots_view view;
};

static struct corosync *corosync_of(struct group *g)
{
	return (struct corosync *)g;
}

static void corosync_retry(const struct corosync *c, int ms)
{
	const struct itimerspec in = {
		.it_value = { .tv_nsec = ms * 1000000L },
	};

	timerfd_settime(c->timer, 0, &in, NULL);
}

static void corosync_broke(struct corosync *c)
{
	c->broken = true;
	group_wake(&c->group);
}

/* True if it has done it; if it is busy it is tried again. */
static bool corosync_did(struct corosync *c, cs_error_t error)
{
	if (error == CS_OK)
		return true;
	if (error == CS_ERR_TRY_AGAIN)
		corosync_retry(c, BUSY_MS);
	else
		corosync_broke(c);
	return false;
}

/* What Corosync says; all comes from within cpg_dispatch(). */

static struct corosync *corosync_context(cpg_handle_t handle)
{
	void *context = NULL;

	cpg_context_get(handle, &context);
	return context;
}

static struct slots_id corosync_id(uint32_t node, uint32_t pid)
{
	return (struct slots_id){ .node = node - 1, .pid = pid };
}

static enum slots_reason corosync_reason(uint32_t reason)
{
	switch (reason) {
	case CPG_REASON_LEAVE:
		return SLOTS_LEAVE;
	case CPG_REASON_PROCDOWN:
		return SLOTS_PROCDOWN;
	default:
		return SLOTS_NODEDOWN;
	}
}

static void corosync_deliver(cpg_handle_t handle, const struct cpg_name *name,
			     uint32_t node, uint32_t pid, void *data,
			     size_t size)
{
	struct corosync *c = corosync_context(handle);
	struct slots_id from = corosync_id(node, pid);

	(void)name;
	if (c->broken ||
	    (c->state != COROSYNC_IN && c->state != COROSYNC_LEAVING))
		return;
	if (c->unheard && from.node == c->group.me.node &&
	    from.pid == c->group.me.pid)
		c->unheard--;
	c->group.ops->deliver(c->group.arg, &from, data, size);
}

/* Those of the view who are not among those who left it */
static uint32_t view_rest(const struct slots_view *view,
			  struct slots_view *rest)
{
	struct slots_view gone = { .nr = view->nr_left };

	for (uint32_t i = 0; i < gone.nr; i++)
		gone.id[i] = view->left[i].id;
	*rest = *view;
	rest->nr = 0;
	for (uint32_t i = 0; i < view->nr; i++)
		if (!group_has(&gone, &view->id[i]))
			rest->id[rest->nr++] = view->id[i];
	return rest->nr;
}

static void corosync_view(struct corosync *c)
{
	struct slots_view rest;

	if (c->state == COROSYNC_JOINING)
		c->state = COROSYNC_IN;
	c->group.in = c->state == COROSYNC_IN;
	c->group.trouble = NULL;
	if (view_rest(&c->view, &rest) < c->view.nr) {
		group_view(&c->group, &rest);
		c->view.nr_left = 0;
	}
	group_view(&c->group, &c->view);
}

static void corosync_change(cpg_handle_t handle, const struct cpg_name *name,
			    const struct cpg_address *in, size_t nr_in,
			    const struct cpg_address *left, size_t nr_left,
			    const struct cpg_address *joined, size_t nr_joined)
{
	struct corosync *c = corosync_context(handle);
	struct slots_view *view = &c->view;

	(void)name;
	(void)joined;
	(void)nr_joined;
	view->nr = 0;
	view->nr_left = 0;
	for (size_t i = 0; i < nr_in && view->nr < SLOTS_MEMBERS; i++)
		view->id[view->nr++] = corosync_id(in[i].nodeid, in[i].pid);
	for (size_t i = 0; i < nr_left && view->nr_left < SLOTS_MEMBERS; i++) {
		view->left[view->nr_left].id =
			corosync_id(left[i].nodeid, left[i].pid);
		view->left[view->nr_left++].reason =
			corosync_reason(left[i].reason);
	}
	if (c->broken || c->state == COROSYNC_LEFT)
		return;
	if (group_has(view, &c->group.me))
		corosync_view(c);
	else
		corosync_broke(c);
}

static void corosync_ring(cpg_handle_t handle, struct cpg_ring_id id,
			  uint32_t nr, const uint32_t *members)
{
	const struct group *g = &corosync_context(handle)->group;
	uint64_t nodes = 0;

	(void)id;
	for (uint32_t i = 0; i < nr; i++)
		if (members[i] && members[i] <= SLOTS_NODES)
			nodes |= UINT64_C(1) << (members[i] - 1);
	if (g->ops->ring)
		g->ops->ring(g->arg, nodes);
}

/* What is said to Corosync */

static void corosync_disconnect(struct corosync *c)
{
	if (c->connected) {
		epoll_ctl(c->group.fd, EPOLL_CTL_DEL, c->connection, NULL);
		cpg_finalize(c->handle);
	}
	c->connected = false;
	c->broken = false;
	c->asked = false;
	c->unheard = 0;
}

static const char *corosync_why(cs_error_t error)
{
	switch (error) {
	case CS_ERR_ACCESS:
	case CS_ERR_SECURITY:
		return "corosync does not let this user in: see uidgid.d";
	case CS_ERR_LIBRARY:
	case CS_ERR_NOT_EXIST:
		return "corosync does not run";
	default:
		return "corosync is not ready";
	}
}

/* It has to be the Corosync of this node, and is in epoll then. */
static const char *corosync_check(struct corosync *c)
{
	struct epoll_event wanted = { .events = EPOLLIN };
	unsigned int node;

	if (cpg_local_get(c->handle, &node) != CS_OK ||
	    cpg_fd_get(c->handle, &c->connection) != CS_OK)
		return "corosync is not ready";
	if (node != c->group.me.node + 1)
		return "corosync has not the nodeid that is this node's and 1";
	if (epoll_ctl(c->group.fd, EPOLL_CTL_ADD, c->connection, &wanted))
		return strerror(errno);
	return NULL;
}

static void corosync_connect(struct corosync *c)
{
	static cpg_model_v1_data_t model = {
		.model = CPG_MODEL_V1,
		.cpg_deliver_fn = corosync_deliver,
		.cpg_confchg_fn = corosync_change,
		.cpg_totem_confchg_fn = corosync_ring,
	};
	cs_error_t error;

	error = cpg_model_initialize(&c->handle, CPG_MODEL_V1,
				     (cpg_model_data_t *)&model, c);
	if (error != CS_OK) {
		c->group.trouble = corosync_why(error);
		corosync_retry(c, AWAY_MS);
		return;
	}
	c->group.trouble = corosync_check(c);
	if (!c->group.trouble) {
		c->connected = true;
		c->state = COROSYNC_JOINING;
		return;
	}
	cpg_finalize(c->handle);
	corosync_retry(c, AWAY_MS);
}

static void corosync_flush(struct corosync *c)
{
	struct group *g = &c->group;
	struct iovec iov;
	cs_error_t error;

	while (!c->broken && g->first && c->unheard < MOST_UNHEARD) {
		iov.iov_base = g->first->data;
		iov.iov_len = g->first->size;
		error = cpg_mcast_joined(c->handle, CPG_TYPE_AGREED, &iov, 1);
		if (!corosync_did(c, error))
			return;
		c->unheard++;
		free(group_take(g));
	}
}

/* All that was to be had of this connection has been delivered. */
static void corosync_died(struct corosync *c)
{
	bool was_in = c->state == COROSYNC_IN;

	corosync_disconnect(c);
	if (c->state == COROSYNC_LEAVING) {
		c->state = COROSYNC_LEFT;
		group_wake(&c->group);
		return;
	}
	c->state = COROSYNC_CONNECTING;
	corosync_retry(c, AWAY_MS);
	if (was_in)
		group_view_nobody(&c->group);
}

static void corosync_left(struct corosync *c)
{
	corosync_disconnect(c);
	c->state = c->again ? COROSYNC_CONNECTING : COROSYNC_CLOSED;
	c->again = false;
	group_wake(&c->group);
	group_view_nobody(&c->group);
}

/* JOINING, LEAVING: until it is agreed to */
static void corosync_ask(struct corosync *c,
			 cs_error_t (*call)(cpg_handle_t handle,
					    const struct cpg_name *name))
{
	if (!c->asked)
		c->asked = corosync_did(c, call(c->handle, &c->name));
}

static void corosync_advance(struct corosync *c)
{
	switch (c->state) {
	case COROSYNC_CLOSED:
		break;
	case COROSYNC_CONNECTING:
		corosync_connect(c);
		if (c->state == COROSYNC_CONNECTING)
			break;
		/* fall through */
	case COROSYNC_JOINING:
		corosync_ask(c, cpg_join);
		break;
	case COROSYNC_IN:
		corosync_flush(c);
		break;
	case COROSYNC_LEAVING:
		corosync_ask(c, cpg_leave);
		break;
	case COROSYNC_LEFT:
		corosync_left(c);
		break;
	}
}

static void corosync_dispatch(struct group *g)
{
	struct corosync *c = corosync_of(g);
	cs_error_t error = CS_OK;

	group_drain(g->event);
	group_drain(c->timer);
	c->dispatching = true;
	if (c->connected && !c->broken)
		error = cpg_dispatch(c->handle, CS_DISPATCH_ALL);
	if (error != CS_OK && error != CS_ERR_TRY_AGAIN)
		c->broken = true;
	if (c->broken)
		corosync_died(c);
	else
		corosync_advance(c);
	c->dispatching = false;
}

/* What the user wants */

static void corosync_join(struct group *g)
{
	struct corosync *c = corosync_of(g);

	if (c->state == COROSYNC_LEAVING || c->state == COROSYNC_LEFT)
		c->again = true;
	if (c->state == COROSYNC_CLOSED)
		c->state = COROSYNC_CONNECTING;
	group_wake(g);
}

static void corosync_leave(struct group *g)
{
	struct corosync *c = corosync_of(g);

	c->again = false;
	if (c->state == COROSYNC_IN ||
	    (c->state == COROSYNC_JOINING && c->asked))
		c->state = COROSYNC_LEAVING;
	else if (c->state == COROSYNC_CONNECTING ||
		 c->state == COROSYNC_JOINING)
		c->state = COROSYNC_LEFT;
	else
		return;
	c->asked = false;
	c->group.trouble = NULL;
	group_wake(g);
}

static void corosync_sent(struct group *g)
{
	struct corosync *c = corosync_of(g);

	if (!c->dispatching)
		corosync_flush(c);
}

static void corosync_close(struct group *g)
{
	struct corosync *c = corosync_of(g);

	corosync_disconnect(c);
	close(c->timer);
	close(g->fd);
}

static bool corosync_init(struct corosync *c)
{
	struct epoll_event wanted = { .events = EPOLLIN };

	c->group.fd = epoll_create1(EPOLL_CLOEXEC);
	c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	return c->group.fd >= 0 && c->timer >= 0 &&
	       !epoll_ctl(c->group.fd, EPOLL_CTL_ADD, c->timer, &wanted) &&
	       !epoll_ctl(c->group.fd, EPOLL_CTL_ADD, c->group.event, &wanted);
}

struct group *group_cpg_open(const char *name, uint32_t node,
			     const struct group_ops *ops, void *arg)
{
	static const struct group_kind kind = {
		.join = corosync_join,
		.leave = corosync_leave,
		.sent = corosync_sent,
		.dispatch = corosync_dispatch,
		.close = corosync_close,
	};
	size_t length = strlen(name);
	struct corosync *c;

	if (length > CPG_MAX_NAME_LENGTH) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	c = group_alloc(sizeof(*c), &kind, node, ops, arg);
	if (!c)
		return NULL;
	c->name.length = (uint32_t)length;
	memcpy(c->name.value, name, length);
	if (corosync_init(c))
		return &c->group;
	group_close(&c->group);
	return NULL;
}
