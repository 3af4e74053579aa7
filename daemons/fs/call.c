// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "common/log.h"
#include "copy.h"
#include "fs.h"
#include "node.h"

#define PATIENCE 10000 /* ms, for a device that says nothing */

static TAILQ_HEAD(calls, call) parked = TAILQ_HEAD_INITIALIZER(parked);
/* Whose turn it is after the one that runs */
static struct call *next_turn;

struct call *call_new(int client, const message *m)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->client = client;
	c->m = *m;
	return c;
}

static void map_abort(struct call *c)
{
	struct mount *m = mount_find(c->map_dev);

	if (m)
		mfs_write_abort(m->core, c->map);
	free(c->map);
	c->map = NULL;
}

static void file_leave(struct call *c)
{
	if (c->file->user == c) {
		c->file->user = NULL;
		fs.file_changes++;
	}
	file_put(&fs.files, c->file);
	c->file = NULL;
}

/* What it has begun and not done is undone. */
static void call_end(struct call *c)
{
	if (c->map)
		map_abort(c);
	if (c->file)
		file_leave(c);
	if (c->writes.dev)
		fs.file_changes++;
	if (c->mounting)
		mount_abandon(c->mounting);
	lock_wait_end(&fs.locks, &c->want);
}

void call_free(struct call *c)
{
	if (c->vector != &c->segment)
		free(c->vector);
	free(c->path[0]);
	free(c->path[1]);
	free(c->stage);
	free(c);
}

bool call_needs_user(const struct call *c)
{
	fs_head_t head;

	com_get(&c->m, &head);
	return c->row->has & CALL_USER || (c->row->has & CALL_FD && head.owner);
}

void call_identify(struct call *c, uint32_t uid, uint32_t gid)
{
	c->identified = true;
	c->asker = c->uid = uid;
	c->gid = gid;
}

/* Waiting */

static uint64_t all_events(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < MOUNTS_MAX; i++)
		if (mount_at(i))
			sum += mount_events(mount_at(i));
	return sum;
}

/* What changes when a call that waits so may go on */
static uint64_t wait_count(enum call_wait why)
{
	switch (why) {
	case CALL_RUNS:
		break;
	case CALL_MOUNT:
		return all_events();
	case CALL_LOCK:
		return fs.locks.changes;
	case CALL_FILE:
		return fs.file_changes;
	case CALL_CLIENT:
		return fs.ticks;
	case CALL_ROOT:
		return fs.root.dev;
	}
	return 0;
}

int call_waits(struct call *c, enum call_wait why, uint32_t dev)
{
	c->wait = why;
	c->dev = dev;
	/* Of a mount: what it was before the core was asked */
	c->seen = why == CALL_MOUNT ? c->events : wait_count(why);
	return CALL_LATER;
}

/* Running */

static int call_run(struct call *c)
{
	int rc = c->node ? c->rc : c->fetched ? 0 : call_fetch(c);

	c->wait = CALL_RUNS;
	c->events = all_events();
	if (rc)
		return rc == CALL_LATER ? call_waits(c, CALL_CLIENT, 0) : rc;
	if (!fs.root.dev && !(c->row->has & CALL_FIRST))
		return call_waits(c, CALL_ROOT, 0);
	if (!c->begun) {
		rc = client_begin(c);
		if (rc)
			return rc;
		c->begun = true;
	}
	return c->row->handler(c);
}

static void call_answer(struct call *c, int rc)
{
	call_end(c);
	if (c->node) {
		node_answer(c, rc);
		return;
	}
	if (c->client != NONE)
		serve_answer(c->client, &c->m, rc);
	else
		fs.failed = rc;
	call_free(c);
}

bool call_writes(const struct call *c, const struct place *at)
{
	const struct call *other;

	for (other = TAILQ_FIRST(&parked); other;
	     other = TAILQ_NEXT(other, link))
		if (other != c && other->writes.dev &&
		    place_is(&other->writes, at))
			return true;
	return false;
}

static void call_park(struct call *c)
{
	c->since = log_now();
	TAILQ_INSERT_TAIL(&parked, c, link);
}

void call_enter(struct call *c)
{
	int rc;

	calls_drop(c->client);
	rc = call_run(c);
	if (rc == CALL_LATER)
		call_park(c);
	else
		call_answer(c, rc);
}

/* Its process may have ended meanwhile, or have closed the file. */
void call_undo(struct call *c)
{
	struct fproc *p = fproc_find(&fs.procs, c->client), *of;
	struct file *f;
	fs_rw_t arg;
	int rc;

	com_get(&c->m, &arg);
	c->proc = p;
	f = p && c->row->has & CALL_OUT ? client_file(c, &of, &rc) : NULL;
	if (f && arg.position == -1)
		f->position = c->position;
	node_answer(c, c->rc);
}

void call_start(struct call *c, const struct call_row *row)
{
	c->row = row;
	call_enter(c);
}

int call_take(struct serve_request *rq)
{
	const struct call_row *row = &call_rows[rq->m->m_type - FS_BASE];
	struct call *c;
	int rc, node;

	if (!row->handler)
		return EMOLBADCALL;
	calls_drop(rq->client);
	node = client_node(rq->client);
	if (node != fs.node)
		return node_pass(rq, node);
	c = call_new(rq->client, rq->m);
	if (!c)
		return EMOLAGAIN;
	c->row = row;
	rc = call_run(c);
	if (rc == CALL_LATER) {
		call_park(c);
		return SERVE_LATER;
	}
	call_end(c);
	*rq->m = c->m;
	call_free(c);
	return rc;
}

static bool call_again(struct call *c)
{
	int rc;

	if (c->seen == wait_count(c->wait))
		return false;
	rc = call_run(c);
	if (rc == CALL_LATER) {
		c->since = log_now();
		return true;
	}
	TAILQ_REMOVE(&parked, c, link);
	call_answer(c, rc);
	return true;
}

void calls_go_on(void)
{
	struct call *c;
	bool more;

	do {
		more = false;
		mounts_pump();
		for (c = TAILQ_FIRST(&parked); c; c = next_turn) {
			next_turn = TAILQ_NEXT(c, link);
			more = call_again(c) || more;
		}
	} while (more);
}

static bool is_too_late(const struct call *c, int64_t now)
{
	const struct mount *m = mount_find(c->dev);

	return c->wait == CALL_MOUNT && now - c->since > PATIENCE &&
	       (!m || now - m->heard > PATIENCE);
}

void calls_tick(int64_t now)
{
	struct call *c, *next;

	for (c = TAILQ_FIRST(&parked); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (!is_too_late(c, now))
			continue;
		TAILQ_REMOVE(&parked, c, link);
		call_answer(c, -EIO);
	}
}

bool calls_are_parked(void)
{
	return !TAILQ_EMPTY(&parked);
}

bool calls_wait_for_clients(void)
{
	const struct call *c;

	for (c = TAILQ_FIRST(&parked); c; c = TAILQ_NEXT(c, link))
		if (c->wait == CALL_CLIENT)
			return true;
	return false;
}

static void call_drop(struct call *c)
{
	if (c == next_turn)
		next_turn = TAILQ_NEXT(c, link);
	TAILQ_REMOVE(&parked, c, link);
	call_end(c);
	if (c->node)
		node_answer(c, NODE_NOBODY);
	else
		call_free(c);
}

void calls_drop(int client)
{
	struct call *c, *next;

	for (c = TAILQ_FIRST(&parked); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (client != NONE && c->client == client)
			call_drop(c);
	}
}

void calls_end(const struct fproc *p)
{
	struct call *c, *next;

	for (c = TAILQ_FIRST(&parked); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->proc == p)
			call_drop(c);
	}
}
