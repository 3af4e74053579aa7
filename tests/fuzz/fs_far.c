// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The other node: what its thread does is done when the loop looks for it.  A
 * call is fetched, or has an answer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/call.h"
#include "fs/copy.h"
#include "fs/node.h"
#include "fs_world.h"

#define STAGED 64 /* more than there are clients, as some have ended */

static unsigned char a_node;
static struct call *staged[STAGED];
static int nr_staged;

static void stage_put(struct call *c)
{
	WORLD_EXPECT(nr_staged < STAGED);
	staged[nr_staged++] = c;
}

/* "bytes" between what is staged and the client's memory */
static int stage_copy(struct call *c, size_t bytes, bool out)
{
	const struct iovec own = { c->stage, bytes };
	static struct iovec theirs[FS_VECTOR_MAX];
	const int nr = copy_slice(c->vector, c->nr_vector, 0, bytes, theirs);

	if (!bytes || !nr)
		return 0;
	return copy_error(
		out ? mnx_vcopyv(SELF, &own, 1, c->client, theirs, nr) :
		      mnx_vcopyv(c->client, theirs, nr, SELF, &own, 1));
}

static int stage_in(struct call *c)
{
	const struct client *client = world_client(c->client);
	int rc = 0;

	if (!client)
		return EMOLAGAIN;
	if (!c->identified && call_needs_user(c))
		call_identify(c, client->uid, client->gid);
	if (!c->fetched)
		rc = call_fetch(c);
	if (rc || !(c->row->has & (CALL_IN | CALL_OUT | CALL_TEXT)))
		return rc;
	if (!c->stage)
		c->stage = malloc(c->bytes + 1);
	WORLD_EXPECT(c->stage);
	return c->row->has & CALL_IN ? stage_copy(c, c->bytes, false) : 0;
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

int node_pass(struct serve_request *rq, int nodeid)
{
	struct call *c;

	WORLD_EXPECT(nodeid == WORLD_FAR);
	c = call_new(rq->client, rq->m);
	WORLD_EXPECT(c);
	c->row = &call_rows[rq->m->m_type - FS_BASE];
	c->node = (struct node *)&a_node;
	stage_put(c);
	return SERVE_LATER;
}

void node_answer(struct call *c, int rc)
{
	if (rc == NODE_NOBODY) {
		call_free(c);
		return;
	}
	WORLD_EXPECT(rc != CALL_LATER);
	c->rc = rc;
	c->answered = true;
	stage_put(c);
}

/* What it has not got it has not read. */
static void answer_give(struct call *c)
{
	const size_t bytes = c->rc ? 0 : bytes_filled(c);
	int rc;

	WORLD_EXPECT(bytes <= c->bytes);
	rc = world_client(c->client) ? stage_copy(c, bytes, true) : -EFAULT;
	if (rc == CALL_LATER) {
		stage_put(c);
	} else if (rc && !c->rc) {
		c->rc = rc;
		call_undo(c);
	} else {
		serve_answer(c->client, &c->m, c->rc);
		call_free(c);
	}
}

static void request_give(struct call *c)
{
	const int rc = stage_in(c);

	if (rc == CALL_LATER) {
		stage_put(c);
		return;
	}
	c->rc = rc;
	call_enter(c);
}

void nodes_take(void)
{
	for (int i = nr_staged; i > 0 && nr_staged; i--) {
		struct call *c = staged[0];

		memmove(staged, staged + 1, sizeof(c) * (size_t)--nr_staged);
		if (c->answered)
			answer_give(c);
		else
			request_give(c);
	}
}

bool world_stages(void)
{
	return nr_staged;
}
