// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "common/log.h"
#include "copy.h"
#include "fs.h"
#include "node.h"
#include "thread.h"

#define ASK     5000  /* ms, for the SYSTASK of the node */
#define MEET    10000 /* ms, for the node to know the thread */
#define AGAIN   50    /* ms, until it is asked again */
#define STOPPED 50    /* ms, until one that is stopped is looked at again */

TAILQ_HEAD(node_calls, call);

struct node {
	int nodeid;
	struct thread thread;
	pthread_mutex_t lock;
	struct node_calls staged;   /* for the loop */
	struct node_calls answered; /* for the thread */
	bool met;                   /* The node knows the thread. */
	struct node_calls early;    /* the loop's: requests before that */
};

static struct node *nodes[M3IPC_MAX_NODES];

/* Both */

static void node_give(struct node *n, struct node_calls *list, struct call *c,
		      int to)
{
	pthread_mutex_lock(&n->lock);
	TAILQ_INSERT_TAIL(list, c, link);
	pthread_mutex_unlock(&n->lock);
	mnx_notify(to);
}

static struct call *node_take(struct node *n, struct node_calls *list)
{
	struct call *c;

	pthread_mutex_lock(&n->lock);
	c = TAILQ_FIRST(list);
	if (c)
		TAILQ_REMOVE(list, c, link);
	pthread_mutex_unlock(&n->lock);
	return c;
}

/* The thread */

/* The word of the node, of now, about a process there */
static bool process_ask(const struct node *n, int endpoint, sys_process_t *info)
{
	return !sys_nextproc(n->nodeid, _ENDPOINT_P(endpoint), info, ASK) &&
	       info->endpoint == endpoint && info->uid != PROC_NO_ID;
}

static int identity_ask(struct call *c)
{
	sys_process_t info;

	if (!process_ask(c->node, c->client, &info))
		return EMOLAGAIN;
	call_identify(c, info.uid, info.gid);
	return 0;
}

static int child_ask(struct call *c)
{
	sys_process_t info;
	fs_fork_t arg;

	com_get(&c->m, &arg);
	if (!process_ask(c->node, arg.endpoint, &info))
		return EMOLNOTBIND;
	c->child_uid = info.uid;
	return 0;
}

/* "bytes" between what is staged and the client's memory */
static int stage_copy_with(struct call *c, size_t bytes, bool out)
{
	const struct iovec own = { c->stage, bytes };
	struct iovec theirs[FS_VECTOR_MAX];
	const int nr = copy_slice(c->vector, c->nr_vector, 0, bytes, theirs);

	if (!bytes || !nr)
		return 0;
	return copy_error(
		out ? mnx_vcopyv(SELF, &own, 1, c->client, theirs, nr) :
		      mnx_vcopyv(c->client, theirs, nr, SELF, &own, 1));
}

static int stage_in(struct call *c)
{
	if (!(c->row->has & (CALL_IN | CALL_OUT | CALL_TEXT)))
		return 0;
	if (!c->stage)
		c->stage = malloc(c->bytes + 1);
	if (!c->stage)
		return -ENOMEM;
	return c->row->has & CALL_IN ? stage_copy_with(c, c->bytes, false) : 0;
}

static size_t bytes_filled(const struct call *c)
{
	fs_path_t text;
	fs_rw_t arg;

	com_get(&c->m, &text);
	com_get(&c->m, &arg);
	if (c->row->has & CALL_TEXT)
		return text.flags;
	return c->row->has & CALL_OUT ? (size_t)arg.done : 0;
}

/* CALL_LATER: the client is stopped. */
static int request_stage(struct node *n, struct call *c)
{
	int rc = 0;

	if (!c->identified && call_needs_user(c))
		rc = identity_ask(c);
	if (!rc && c->m.m_type == FS_FORK)
		rc = child_ask(c);
	if (!rc && !c->fetched)
		rc = call_fetch(c);
	if (!rc)
		rc = stage_in(c);
	if (rc == CALL_LATER)
		return rc;
	c->rc = rc;
	node_give(n, &n->staged, c, FS_PROC_NR);
	return 0;
}

/* What it has not got it has not read. */
static int request_answer(struct node *n, struct call *c)
{
	int rc = c->rc;

	if (!rc)
		rc = stage_copy_with(c, bytes_filled(c), true);
	if (rc == CALL_LATER)
		return rc;
	if (rc && !c->rc) {
		c->rc = rc;
		c->undone = true;
		node_give(n, &n->staged, c, FS_PROC_NR);
		return 0;
	}
	serve_answer(c->client, &c->m, rc);
	call_free(c);
	return 0;
}

/* What waits for clients that are stopped, once more */
static void stopped_go_on(struct node *n, struct node_calls *stopped)
{
	struct call *c, *next;

	for (c = TAILQ_FIRST(stopped); c; c = next) {
		next = TAILQ_NEXT(c, link);
		TAILQ_REMOVE(stopped, c, link);
		if (c->answered ? request_answer(n, c) : request_stage(n, c))
			TAILQ_INSERT_TAIL(stopped, c, link);
	}
}

/* It asks again: nobody waits for the answer to what it asked before. */
static void stopped_drop(struct node_calls *stopped, int client)
{
	struct call *c = TAILQ_FIRST(stopped);

	while (c && c->client != client)
		c = TAILQ_NEXT(c, link);
	if (!c)
		return;
	TAILQ_REMOVE(stopped, c, link);
	call_free(c);
}

static void request_take(struct node *n, struct node_calls *stopped,
			 const message *m)
{
	struct call *c;

	stopped_drop(stopped, m->m_source);
	c = call_new(m->m_source, m);
	if (!c)
		return;
	c->row = &call_rows[m->m_type - FS_BASE];
	c->node = n;
	if (request_stage(n, c))
		TAILQ_INSERT_TAIL(stopped, c, link);
}

static void answers_give(struct node *n, struct node_calls *stopped)
{
	struct call *c;

	while ((c = node_take(n, &n->answered))) {
		c->answered = true;
		if (request_answer(n, c))
			TAILQ_INSERT_TAIL(stopped, c, link);
	}
}

static bool binding_is_there(int rc)
{
	return !rc || rc == EMOLTIMEDOUT || rc == EMOLAGAIN || rc == EMOLINTR;
}

/*
 * That it is bound the node hears by the group, and a request of a client there
 * is here before that: what is answered to it then, and a copy, is refused by
 * its node, as from nobody.  So is this question, to SYSTASK of the node.
 */
static void node_meet(struct node *n)
{
	const struct timespec pause = { .tv_nsec = AGAIN * 1000000L };
	const int64_t end = log_now() + MEET;
	sys_process_t info;

	while (sys_nextproc(n->nodeid, 0, &info, ASK) && log_now() < end)
		nanosleep(&pause, NULL);
	pthread_mutex_lock(&n->lock);
	n->met = true;
	pthread_mutex_unlock(&n->lock);
	mnx_notify(FS_PROC_NR);
}

static void node_run(void *arg)
{
	struct node *n = arg;
	struct node_calls stopped = TAILQ_HEAD_INITIALIZER(stopped);
	message m;
	int rc;

	node_meet(n);
	do {
		rc = mnx_rcvrqst_T(&m, TAILQ_EMPTY(&stopped) ? TIMEOUT_FOREVER :
							       STOPPED);
		if (!rc && !serve_is_notification(&m))
			request_take(n, &stopped, &m);
		answers_give(n, &stopped);
		stopped_go_on(n, &stopped);
	} while (binding_is_there(rc));
}

/* The loop */

static struct node *node_start(int nodeid)
{
	struct node *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->nodeid = nodeid;
	pthread_mutex_init(&n->lock, NULL);
	TAILQ_INIT(&n->staged);
	TAILQ_INIT(&n->answered);
	TAILQ_INIT(&n->early);
	if (thread_start(&n->thread, node_run, n))
		return n;
	pthread_mutex_destroy(&n->lock);
	free(n);
	return NULL;
}

static bool node_has_met(struct node *n)
{
	bool met;

	pthread_mutex_lock(&n->lock);
	met = n->met;
	pthread_mutex_unlock(&n->lock);
	return met;
}

static int node_relay(const struct node *n, int client, message *m)
{
	m->m_source = client;
	return mnx_relay(n->thread.p_nr, m);
}

/* It asks again: what it asked before is given up. */
static void early_drop(struct node *n, int client)
{
	struct call *c = TAILQ_FIRST(&n->early);

	while (c && c->client != client)
		c = TAILQ_NEXT(c, link);
	if (!c)
		return;
	TAILQ_REMOVE(&n->early, c, link);
	call_free(c);
}

static void early_relay(struct node *n)
{
	struct call *c;

	while ((c = TAILQ_FIRST(&n->early))) {
		TAILQ_REMOVE(&n->early, c, link);
		if (node_relay(n, c->client, &c->m))
			serve_answer(c->client, &c->m, EMOLAGAIN);
		call_free(c);
	}
}

static int early_keep(struct node *n, const struct serve_request *rq)
{
	struct call *c = call_new(rq->client, rq->m);

	if (!c)
		return EMOLAGAIN;
	TAILQ_INSERT_TAIL(&n->early, c, link);
	return SERVE_LATER;
}

int node_pass(struct serve_request *rq, int nodeid)
{
	struct node *n;

	if (nodeid < 0 || nodeid >= M3IPC_MAX_NODES)
		return EMOLAGAIN;
	if (!nodes[nodeid])
		nodes[nodeid] = node_start(nodeid);
	n = nodes[nodeid];
	if (!n)
		return EMOLAGAIN;
	early_drop(n, rq->client);
	if (!node_has_met(n))
		return early_keep(n, rq);
	return node_relay(n, rq->client, rq->m) ? EMOLAGAIN : SERVE_LATER;
}

void node_answer(struct call *c, int rc)
{
	if (rc == NODE_NOBODY) {
		call_free(c);
		return;
	}
	c->rc = rc;
	node_give(c->node, &c->node->answered, c, c->node->thread.p_nr);
}

static void node_follow(struct node *n)
{
	struct call *c;

	if (!TAILQ_EMPTY(&n->early) && node_has_met(n))
		early_relay(n);
	while ((c = node_take(n, &n->staged))) {
		if (c->undone)
			call_undo(c);
		else
			call_enter(c);
	}
}

void nodes_take(void)
{
	for (int i = 0; i < M3IPC_MAX_NODES; i++)
		if (nodes[i])
			node_follow(nodes[i]);
}
