// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Deadlocks: whoever would close a cycle is told so, and nobody else; where
 * there is no cycle nobody is.
 *
 * Links are numbered.  Each waits for the next one, in one of three ways; the
 * last one would wait for the first.
 */
#include <signal.h>

#include "cluster.h"
#include "raw.h"
#include "roles.h"

#define FIRST_NR  101
#define MAX_LINKS 20

enum edge {
	SENDS,
	REQUESTS, /* not taken */
	AWAITS,   /* taken */
	NR_EDGES
};

static struct actor *links[MAX_LINKS];

static enum op op_of(enum edge edge)
{
	return edge == SENDS ? OP_SEND : OP_SENDREC;
}

static uint32_t flags_of(enum edge edge)
{
	return edge == SENDS    ? SENDING :
	       edge == REQUESTS ? SENDING | RECEIVING :
				  RECEIVING;
}

/* Mode 3 is a mixture; there every third link is a thread. */
static enum edge edge_of(int mode, int i)
{
	return mode < NR_EDGES ? (enum edge)mode : (enum edge)(i * 5 % 3);
}

/* Neighbours are on two nodes. */
static void cast(int mode, int length)
{
	int i;

	for (i = 0; i < length; i++)
		links[i] = role_new(i % 2,
				    mode == NR_EDGES && i % 3 == 0 ? THREAD :
								     PROCESS,
				    FIRST_NR + i);
}

/* i waits for the next one. */
static void join(int i, enum edge edge)
{
	START(links[i], .op = op_of(edge), .peer = links[i + 1]->ep, .ms = -1);
	actor_await(links[i], edge == SENDS ? SENDING : SENDING | RECEIVING);
	if (edge == AWAITS)
		ASSERT_RC(CALL_RC(links[i + 1], .op = OP_RECEIVE,
				  .peer = links[i]->ep),
			  OK);
}

/* The next one does what i waits for. */
static void part(int i, enum edge edge)
{
	if (edge != AWAITS)
		ASSERT_RC(CALL_RC(links[i + 1], .op = OP_RECEIVE,
				  .peer = links[i]->ep),
			  OK);
	if (edge != SENDS)
		ASSERT_RC(CALL_RC(links[i + 1], .op = OP_REPLY,
				  .peer = links[i]->ep),
			  OK);
	ASSERT_RC(actor_end(links[i]).rc, OK);
}

static void check_chain(int mode, int length)
{
	int i;

	for (i = 0; i < length - 1; i++)
		ck_assert(slot_is(FIRST_NR + i, flags_of(edge_of(mode, i))));
}

static const int lengths[] = { 2, 3, 4, 5, 8, 20 };

#define NR_LENGTHS ((int)(sizeof(lengths) / sizeof(lengths[0])))

START_TEST(cycle)
{
	int mode = _i / NR_LENGTHS, length = lengths[_i % NR_LENGTHS], i;
	struct actor *last;

	cast(mode, length);
	last = links[length - 1];
	/* What the second of two sends to the first is the answer. */
	if (length == 2 && mode == AWAITS) {
		join(0, AWAITS);
		ASSERT_RC(CALL_RC(last, .op = OP_SEND, .peer = links[0]->ep),
			  OK);
		ASSERT_RC(actor_end(links[0]).rc, OK);
		return;
	}
	for (i = 0; i < length - 1; i++)
		join(i, edge_of(mode, i));
	for (i = 0; i < 2; i++) {
		/* It would be so, but does not wait. */
		ASSERT_RC(CALL_RC(last, .op = OP_SEND, .peer = links[0]->ep),
			  EMOLAGAIN);
		ASSERT_RC(CALL_RC(last, .op = OP_SEND, .peer = links[0]->ep,
				  .ms = i ? PATIENCE : -1),
			  EMOLLOCKED);
		ASSERT_RC(CALL_RC(last, .op = OP_SENDREC, .peer = links[0]->ep,
				  .ms = i ? PATIENCE : -1),
			  EMOLLOCKED);
		ck_assert(slot_is(FIRST_NR + length - 1, 0));
		check_chain(mode, length);
	}
	for (i = length - 2; i >= 0; i--)
		part(i, edge_of(mode, i));
}
END_TEST

/* A cycle that does not contain the one who joins in the middle */
START_TEST(into_the_middle)
{
	int i;

	cast(NR_EDGES, 6);
	for (i = 0; i < 4; i++)
		join(i, edge_of(NR_EDGES, i));
	/* The fifth is free, the sixth waits for the second. */
	START(links[5], .op = OP_SEND, .peer = links[1]->ep, .ms = -1);
	actor_await(links[5], SENDING);
	ASSERT_RC(CALL_RC(links[4], .op = OP_SEND, .peer = links[5]->ep,
			  .ms = -1),
		  EMOLLOCKED);
	ASSERT_RC(CALL_RC(links[4], .op = OP_SENDREC, .peer = links[3]->ep,
			  .ms = -1),
		  EMOLLOCKED);
}
END_TEST

/*
 * If on both nodes one waits for another of the same node, neither node knows
 * all of the cycle, and it is not found: see "Other nodes" in molipc(3).
 */
START_TEST(inside_of_both_nodes)
{
	int i;

	for (i = 0; i < 4; i++)
		links[i] = role_new((i + _i) / 2 % 2, PROCESS, FIRST_NR + i);
	for (i = 0; i < 3; i++)
		join(i, SENDS);
	ASSERT_RC(CALL_RC(links[3], .op = OP_SEND, .peer = links[0]->ep,
			  .ms = peer_is_remote() ? SHORT : -1),
		  peer_is_remote() ? EMOLTIMEDOUT : EMOLLOCKED);
	for (i = 2; i >= 0; i--)
		part(i, SENDS);
}
END_TEST

/* Who only asks, on the way to another node too, is not part of a cycle. */
START_TEST(not_waiting)
{
	bool far = peer_is_remote();

	cast(0, 2);
	if (far)
		cluster_hold();
	START(links[1], .op = OP_SEND, .peer = links[0]->ep);
	if (far)
		actor_await(links[1], SENDING | RMTOPER);
	else
		ASSERT_RC(actor_end(links[1]).rc, EMOLAGAIN);
	START(links[0], .op = OP_SEND, .peer = links[1]->ep, .ms = -1);
	actor_await(links[0], far ? SENDING | RMTOPER : SENDING);
	if (far) {
		cluster_go_on();
		ASSERT_RC(actor_end(links[1]).rc, EMOLAGAIN);
	}
	actor_await(links[0], SENDING);
	part(0, SENDS);
}
END_TEST

/* When one has given up, what would have closed a cycle does not any more. */
START_TEST(opened_again)
{
	cast(0, 3);
	join(0, SENDS);
	join(1, REQUESTS);
	ASSERT_RC(CALL_RC(links[2], .op = OP_SEND, .peer = links[0]->ep,
			  .ms = -1),
		  EMOLLOCKED);
	if (_i)
		actor_kill(links[1]);
	else
		actor_signal(links[1], SIG_INTERRUPT);
	if (!_i)
		ASSERT_RC(actor_end(links[1]).rc, EMOLINTR);
	else
		ASSERT_RC(actor_end(links[0]).rc, EMOLDSTDIED);
	role_settle(links[1], !_i);
	START(links[2], .op = OP_SEND, .peer = links[0]->ep, .ms = -1);
	actor_await(links[2], SENDING);
}
END_TEST

/* A relay that would make the client wait for itself */
START_TEST(relay)
{
	message m = { .m_type = 1 };
	int length = 3 + _i, i;

	/* Client, server, and a chain that ends with the client */
	cast(0, length);
	join(0, AWAITS);
	for (i = 2; i < length - 1; i++)
		join(i, edge_of(NR_EDGES, i));
	START(links[length - 1], .op = OP_SEND, .peer = links[0]->ep, .ms = -1);
	actor_await(links[length - 1], SENDING);
	m.m_source = links[0]->ep;
	ASSERT_RC(CALL_RC(links[1], .op = OP_RELAY, .peer = links[2]->ep,
			  .m = m),
		  EMOLLOCKED);
	/* It still waits for the server. */
	ck_assert(slot_is(FIRST_NR, RECEIVING));
	part(0, AWAITS);
	ASSERT_RC(CALL_RC(links[0], .op = OP_RECEIVE, .peer = ANY), OK);
	ASSERT_RC(actor_end(links[length - 1]).rc, OK);
}
END_TEST

/* A relay that would do so through the server, which does not wait */
START_TEST(relay_is_no_edge)
{
	message m = { .m_type = 1 };

	cast(0, 4);
	join(0, AWAITS);
	START(links[2], .op = OP_SEND, .peer = links[1]->ep, .ms = -1);
	actor_await(links[2], SENDING);
	m.m_source = links[0]->ep;
	ASSERT_RC(CALL_RC(links[1], .op = OP_RELAY, .peer = links[2]->ep,
			  .m = m),
		  OK);
	actor_await(links[0], SENDING | RECEIVING);
	/* Now it would close one: client, third, server. */
	ASSERT_RC(CALL_RC(links[1], .op = OP_SEND, .peer = links[0]->ep,
			  .ms = -1),
		  EMOLLOCKED);
}
END_TEST

/* Receivers wait, but for nobody's taking: they are not part of a cycle. */
START_TEST(receivers)
{
	int i;

	cast(0, 3);
	for (i = 0; i < 3; i++) {
		START(links[i], .op = i == _i ? OP_SEND : OP_RECEIVE,
		      .peer = links[(i + 1) % 3]->ep, .ms = -1);
	}
	for (i = 0; i < 3; i++)
		actor_await(links[i], i == _i ? SENDING : RECEIVING);
}
END_TEST

START_TEST(long_chain)
{
	int i;

	cast(NR_EDGES, MAX_LINKS);
	START(links[MAX_LINKS - 1], .op = OP_RECEIVE, .peer = HARDWARE,
	      .ms = -1);
	for (i = MAX_LINKS - 2; i >= 0; i--)
		join(i, i % 2 ? SENDS : REQUESTS);
	ASSERT_RC(mnx_hdw_notify(VMID, links[MAX_LINKS - 1]->ep), OK);
	ASSERT_RC(actor_end(links[MAX_LINKS - 1]).rc, OK);
	for (i = MAX_LINKS - 2; i >= 0; i--)
		part(i, i % 2 ? SENDS : REQUESTS);
}
END_TEST

/*
 * A chain is as long as it is allowed to be, counting the one who joins at its
 * beginning; it may become longer at its end.
 */
START_TEST(longest_chain)
{
	struct actor *chain[M3IPC_MAX_CHAIN + 1] = { NULL }, *first;
	int n = M3IPC_MAX_CHAIN - 1 + _i, i;

	for (i = 0; i <= n; i++)
		chain[i] = actor_new(PROCESS, FIRST_NR + i);
	first = actor_new(PROCESS, FIRST_NR + n + 1);
	for (i = 0; i < n; i++) {
		START(chain[i], .op = OP_SENDREC, .peer = chain[i + 1]->ep,
		      .ms = -1);
		actor_await(chain[i], SENDING | RECEIVING);
	}
	/* It would be the first of n + 1. */
	ASSERT_RC(CALL_RC(first, .op = OP_SENDREC, .peer = chain[0]->ep,
			  .ms = 1),
		  _i ? EMOLLOCKED : EMOLTIMEDOUT);
	ASSERT_RC(CALL_RC(first, .op = OP_SEND, .peer = chain[0]->ep, .ms = 1),
		  _i ? EMOLLOCKED : EMOLTIMEDOUT);
	ASSERT_RC(CALL_RC(first, .op = OP_SEND, .peer = chain[1]->ep, .ms = 1),
		  EMOLTIMEDOUT);
}
END_TEST

/*
 * Everybody sends to anybody, for ever if need be.  As there is never a cycle
 * one at least can go on: being told of a cycle it takes what there is.
 */

#define NR_BUSY 12
#define STEPS   300

static struct {
	int ep[NR_BUSY];
	int sent, received, locked, finished;
} * all;

static void count(int *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
}

static void take(long ms)
{
	message m;

	if (mnx_receive_T(ANY, &m, ms))
		return;
	count(&all->received);
	if (m.m_type == 1)
		mnx_reply(m.m_source, &m);
}

/* Over two nodes: a cycle with edges inside of both of them is not found. */
static bool may_send(int from, int to)
{
	return peer_is_remote() ? (from + to) % 2 : from != to;
}

static int send_around(struct call *call)
{
	unsigned int seed = (unsigned int)call->value + 1;
	message m = { 0 };
	int i, rc, to;

	for (i = 0; i < STEPS; i++) {
		seed = seed * 1103515245 + 12345;
		to = (int)(seed >> 16) % NR_BUSY;
		if (!may_send(call->value, to))
			continue;
		m.m_type = (seed >> 8) & 1;
		rc = m.m_type ? mnx_sendrec(all->ep[to], &m) :
				mnx_send(all->ep[to], &m);
		REQUIRE(rc == OK || rc == EMOLLOCKED);
		count(rc ? &all->locked : &all->sent);
		if (rc || (seed >> 9) % 2)
			take(0);
	}
	count(&all->finished);
	while (__atomic_load_n(&all->finished, __ATOMIC_SEQ_CST) < NR_BUSY)
		take(5);
	return OK;
}

START_TEST(everybody_to_anybody)
{
	int i;

	for (i = 0; i < NR_BUSY; i++) {
		links[i] = role_new(i % 2, _i ? THREAD : PROCESS, FIRST_NR + i);
		all->ep[i] = links[i]->ep;
	}
	for (i = 0; i < NR_BUSY; i++)
		START(links[i], .op = OP_RUN, .run = send_around, .value = i);
	AWAIT(all->finished == NR_BUSY);
	for (i = 0; i < NR_BUSY; i++)
		ASSERT_RC(actor_end(links[i]).rc, OK);
	ck_assert_int_eq(all->sent, all->received);
	ck_assert_int_gt(all->sent, NR_BUSY * STEPS / 10);
	ck_assert_int_gt(all->locked, 0);
}
END_TEST

static void up(void)
{
	all = shared_new(sizeof(*all));
	roles_up();
}

int main(void)
{
	const struct test tests[] = {
		{ cycle, NR_LENGTHS * (NR_EDGES + 1) },
		{ into_the_middle, 1 },
		{ inside_of_both_nodes, 4 },
		{ not_waiting, 1 },
		{ opened_again, 2 },
		{ relay, 3 },
		{ relay_is_no_edge, 1 },
		{ receivers, 3 },
		{ long_chain, 1 },
		{ longest_chain, 2 },
		{ everybody_to_anybody, 2 },
	};

	stage_init();
	return RUN_ROLES("deadlocks", up, roles_down, tests);
}
