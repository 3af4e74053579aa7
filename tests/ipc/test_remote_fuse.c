// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies between nodes, of a file whose file system is a process that never
 * answers a read: the proxies do not wait for it.
 */
#include "cluster.h"
#include "gate.h"
#include "raw.h"
#include "silent.h"

#define OTHER  11
#define CLIENT 60

/* The same in all actors */
static char *file;
static char memory[SILENT_SIZE];

static struct silent silent;

static void set_up(void)
{
	cluster_up(2);
	silent = silent_new();
	file = silent.memory;
}

static void tear_down(void)
{
	child_kill(silent.server);
	cluster_down();
}

/* The link */

static struct actor *server, *client;

static void make_request(void)
{
	START(client, .op = OP_SENDREC, .peer = server->ep, .ms = -1);
	ASSERT_RC(CALL_RC(server, .op = OP_RCVRQST, .ms = -1), OK);
}

static void make_reply(void)
{
	ASSERT_RC(CALL_RC(server, .op = OP_REPLY, .peer = client->ep), OK);
	ASSERT_RC(actor_end(client).rc, OK);
}

static const struct {
	int other; /* the node of who has not mapped the file */
	bool from_file;
} copies[] = {
	{ 0, true },
	{ 0, false },
	{ 1, true },
	{ 1, false },
};

/* A party that waits */
static struct actor *new_other(int nodeid)
{
	struct actor *a = actor_at(nodeid, PROCESS, OTHER);

	START(a, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(a, RECEIVING);
	return a;
}

START_TEST(file_that_does_not_come)
{
	bool from_file = copies[_i].from_file;
	struct actor *src, *dst;

	server = actor_at(0, PROCESS, SYSTASK(0));
	client = actor_at(1, PROCESS, CLIENT);
	src = dst = copies[_i].other ? new_other(1) : server;
	if (from_file)
		src = client;
	else
		dst = client;
	make_request();
	ASSERT_RC(CALL_RC(server,
			  VCOPY(src->ep, from_file ? file : memory, dst->ep,
				from_file ? memory : file, SILENT_SIZE)),
		  EMOLFAULT);
	ASSERT_RC(CALL_RC(server,
			  VCOPY(src->ep, memory, dst->ep, memory, SILENT_SIZE)),
		  OK);
	make_reply();
	make_request();
	make_reply();
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ file_that_does_not_come, NR_OF(copies) },
	};

	stage_init();
	return RUN_TESTS("remote copies of files that do not come", 60, set_up,
			 tear_down, tests);
}
