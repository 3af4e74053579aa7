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
	c->file->user = NULL;
	fs.file_changes++;
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

/* What the client has */

/* A name of a request: in its text, from byte "from" on, or in memory */
static int path_fetch(struct call *c, int i, size_t length, const char *text,
		      uint64_t at)
{
	int rc = 0;

	if (c->path[i])
		return 0;
	if (length > FS_PATH_MAX)
		return -ENAMETOOLONG;
	c->path[i] = malloc(length + 1);
	if (!c->path[i])
		return -ENOMEM;
	if (text)
		memcpy(c->path[i], text, length);
	else
		rc = copy_fetch(c->client, at, c->path[i], length);
	c->path[i][length] = '\0';
	if (!rc && strlen(c->path[i]) != length)
		rc = -EINVAL;
	if (rc) {
		free(c->path[i]);
		c->path[i] = NULL;
	}
	return rc;
}

static int fetch_path(struct call *c)
{
	fs_path_t arg;

	com_get(&c->m, &arg);
	return path_fetch(c, 0, arg.length,
			  arg.length <= FS_SHORT ? arg.text : NULL, arg.at);
}

static int fetch_paths(struct call *c)
{
	fs_paths_t arg;
	bool is_short;
	int rc;

	com_get(&c->m, &arg);
	is_short = arg.length[0] + arg.length[1] <= FS_SHORT_TWO;
	rc = path_fetch(c, 0, arg.length[0], is_short ? arg.text : NULL,
			arg.at[0]);
	if (rc)
		return rc;
	return path_fetch(c, 1, arg.length[1],
			  is_short ? arg.text + arg.length[0] : NULL,
			  arg.at[1]);
}

static void segment_set(struct call *c, uint64_t at, uint64_t bytes)
{
	c->bytes = bytes < FS_BYTES_MAX ? bytes : FS_BYTES_MAX;
	c->segment.iov_base = (void *)(uintptr_t)at;
	c->segment.iov_len = c->bytes;
	c->vector = &c->segment;
	c->nr_vector = 1;
}

static int vector_sum(struct call *c)
{
	uint64_t bytes = 0;

	for (int i = 0; i < c->nr_vector; i++) {
		if (c->vector[i].iov_len > (uint64_t)INT64_MAX - bytes)
			return -EINVAL;
		bytes += c->vector[i].iov_len;
	}
	c->bytes = bytes < FS_BYTES_MAX ? bytes : FS_BYTES_MAX;
	return 0;
}

static int fetch_vector(struct call *c, const fs_rw_t *arg)
{
	const size_t size = arg->nr * sizeof(struct iovec);
	int rc;

	if (arg->nr > FS_VECTOR_MAX)
		return -EINVAL;
	c->vector = malloc(size);
	if (!c->vector)
		return -ENOMEM;
	rc = copy_fetch(c->client, arg->at, c->vector, size);
	if (rc) {
		free(c->vector);
		c->vector = NULL;
		return rc;
	}
	c->nr_vector = (int)arg->nr;
	return vector_sum(c);
}

static int fetch_bytes(struct call *c)
{
	fs_rw_t arg;

	com_get(&c->m, &arg);
	if (arg.nr)
		return fetch_vector(c, &arg);
	segment_set(c, arg.at, arg.bytes);
	return 0;
}

static int fetch_text(struct call *c)
{
	fs_path_t arg;

	com_get(&c->m, &arg);
	segment_set(c, (uint64_t)arg.wide, arg.flags);
	return fetch_path(c);
}

int call_fetch(struct call *c)
{
	int rc = 0;

	if (c->row->has & CALL_TEXT)
		rc = fetch_text(c);
	else if (c->row->has & CALL_PATH)
		rc = fetch_path(c);
	else if (c->row->has & CALL_PATHS)
		rc = fetch_paths(c);
	else if (c->row->has & (CALL_IN | CALL_OUT))
		rc = fetch_bytes(c);
	c->fetched = !rc;
	return rc;
}

bool call_needs_user(const struct call *c)
{
	fs_fd_t arg;

	com_get(&c->m, &arg);
	return c->row->has & CALL_USER || (c->row->has & CALL_FD && arg.owner);
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

	TAILQ_FOREACH(other, &parked, link)
	{
		if (other != c && other->writes.dev &&
		    place_is(&other->writes, at))
			return true;
	}
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
	struct call *c, *next;
	bool more;

	do {
		more = false;
		mounts_pump();
		for (c = TAILQ_FIRST(&parked); c; c = next) {
			next = TAILQ_NEXT(c, link);
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

	TAILQ_FOREACH(c, &parked, link)
	{
		if (c->wait == CALL_CLIENT)
			return true;
	}
	return false;
}

void calls_drop(int client)
{
	struct call *c, *next;

	for (c = TAILQ_FIRST(&parked); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (client == NONE || c->client != client)
			continue;
		TAILQ_REMOVE(&parked, c, link);
		call_end(c);
		if (c->node)
			node_answer(c, NODE_NOBODY);
		else
			call_free(c);
	}
}
