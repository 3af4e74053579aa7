// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies between others: by a server whose answer both wait for, on whatever
 * nodes the three are; and by nobody else who is not the system task.
 */
#include <string.h>

#include "cluster.h"
#include "gate.h"

#define SERVER  10
#define OTHER   11
#define USER    70
#define SOURCE  60
#define SINK    61
#define MAX_LEN 200000

/* Of every actor, at the same address */
static char from[MAX_LEN], to[MAX_LEN + 1];

enum who {
	BOTH_WAIT,
	SOURCE_FOR_OTHER,
	SINK_FOR_OTHER,
	NOBODY_WAITS,
	USER_ASKS,
	NR_WHO
};

static const char *const names[] = {
	"both wait for the server",
	"the source waits for another one",
	"the destination waits for another one",
	"the destination waits for anything",
	"the requester is in a user slot",
};

static struct actor *rqtr, *other, *src, *dst;

static void set_up(void)
{
	int i;

	cluster_up(3);
	for (i = 0; i < MAX_LEN; i++)
		from[i] = (char)(i * 7 + i / 251 + 1);
}

/* One who waits for the answer of a server, or for anything if that is NULL */
static struct actor *new_party(int nodeid, int p_nr, struct actor *server)
{
	struct actor *a = actor_at(nodeid, PROCESS, p_nr);

	if (server) {
		if (slot_on(nodeid, server->p_nr).p_rts_flags == SLOT_FREE)
			cluster_enter(nodeid, server);
		START(a, .op = OP_SENDREC, .peer = server->ep, .ms = -1);
		ASSERT_RC(CALL_RC(server, .op = OP_RCVRQST, .ms = -1), OK);
	} else {
		START(a, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
		actor_await(a, RECEIVING);
		if (nodeid)
			cluster_enter(0, a);
	}
	return a;
}

static void check_sink(bool copied, long len)
{
	static char seen[MAX_LEN + 1];

	peek(dst->pid, to, seen, sizeof(seen));
	ck_assert_int_eq(seen[len], 0);
	if (copied)
		ck_assert(!memcmp(seen, from, (size_t)len));
	else
		ck_assert_int_eq(seen[0], 0);
}

/* The requester is on node 0, the other two where the number says. */
START_TEST(places)
{
	int nodes = _i % 9;
	enum who who = (enum who)(_i / 9 % NR_WHO);
	long len = _i / 9 / NR_WHO ? MAX_LEN : 1;
	int rc;

	rqtr = actor_at(0, PROCESS, who == USER_ASKS ? USER : SERVER);
	other = actor_at(nodes % 2, PROCESS, OTHER);
	src = new_party(nodes / 3, SOURCE,
			who == SOURCE_FOR_OTHER ? other : rqtr);
	dst = new_party(nodes % 3, SINK,
			who == NOBODY_WAITS   ? NULL :
			who == SINK_FOR_OTHER ? other :
						rqtr);
	/* The rights of a user who has bound himself */
	ASSERT_RC(CALL_RC(rqtr, .op = OP_RUN, .run = run_drop_ptrace), OK);
	/* Who waits elsewhere may never have been heard of here. */
	if (who == SOURCE_FOR_OTHER && src->nodeid && other->nodeid)
		cluster_enter(0, src);
	if (who == SINK_FOR_OTHER && dst->nodeid && other->nodeid)
		cluster_enter(0, dst);
	rc = CALL_RC(rqtr, VCOPY(src->ep, from, dst->ep, to, len));
	ck_assert_msg(rc == (who == BOTH_WAIT ? OK : EMOLCALLDENIED),
		      "%s, from node %d to node %d: %s", names[who],
		      src->nodeid, dst->nodeid, mnx_strerror(rc));
	check_sink(who == BOTH_WAIT, len);
	ASSERT_RC(CALL_RC(who == SOURCE_FOR_OTHER ? other : rqtr,
			  .op = OP_REPLY, .peer = src->ep),
		  OK);
	ASSERT_RC(actor_end(src).rc, OK);
}
END_TEST

/* Who has been answered has its memory back. */
START_TEST(answered)
{
	rqtr = actor_at(0, PROCESS, SERVER);
	src = new_party(_i / 3, SOURCE, rqtr);
	dst = new_party(_i % 3, SINK, rqtr);
	ASSERT_RC(CALL_RC(rqtr, .op = OP_REPLY, .peer = dst->ep), OK);
	ASSERT_RC(actor_end(dst).rc, OK);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(src->ep, from, dst->ep, to, 10)),
		  EMOLPROCSTS);
	START(dst, .op = OP_RCVRQST, .ms = -1);
	actor_await(dst, RECEIVING);
	ASSERT_RC(CALL_RC(rqtr, .op = OP_RUN, .run = run_drop_ptrace), OK);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(src->ep, from, dst->ep, to, 10)),
		  EMOLCALLDENIED);
	check_sink(false, 10);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ places, 9 * NR_WHO * 2 },
		{ answered, 9 },
	};

	stage_init();
	return RUN_TESTS("copies between others", 60, set_up, cluster_down,
			 tests);
}
