// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server that moves between three nodes again and again, while clients of all
 * of them ask and notify it: each request is answered once, each notification
 * counted once.  It takes two requests before it answers one, so that somebody
 * always waits for an answer that another process gives than the one that was
 * asked.  What it knows is in memory that all share: moving that is for others.
 */
#include <inttypes.h>

#include "migr.h"
#include "raw.h"

#define NODES     3
#define SERVER    10
#define USER      50
#define CLIENT    60
#define NOTIFIER  20
#define CLIENTS   2 /* a node */
#define KEPT      2
#define QUIT      99
#define MAX_ASKED 200000

struct client {
	atomic_int asked; /* so many requests */
	long longest;     /* ms for an answer */
	unsigned char served[MAX_ASKED];
};

static struct shared {
	atomic_bool stop;
	atomic_long notified; /* as the notifiers have it */
	atomic_long heard;    /* as the server has it */
	atomic_int wrong;
	int ep;

	/* the state of the server, whichever process that is */
	int nr;
	message kept[KEPT];

	struct client clients[NODES * CLIENTS];
} * shared;

static void set_up(void)
{
	cluster_up(NODES);
	shared = shared_new(sizeof(*shared));
}

/* Clients */

static int run_client(struct call *call)
{
	struct client *c = &shared->clients[call->m.m1_i1];
	message m;
	long begin;
	int rc;

	while (!shared->stop && c->asked < MAX_ASKED) {
		m = (message){ .m_type = 1,
			       .m1_i1 = call->m.m1_i1,
			       .m1_i2 = c->asked };
		begin = now_ms();
		rc = mnx_sendrec(shared->ep, &m);
		if (rc)
			fprintf(stderr, "client: %s\n", mnx_strerror(rc));
		REQUIRE(rc == OK);
		REQUIRE(m.m_source == shared->ep);
		REQUIRE(m.m1_i2 == c->asked);
		REQUIRE(m.m1_i3 == 4711);
		c->asked++;
		begin = now_ms() - begin;
		if (begin > c->longest)
			c->longest = begin;
	}
	return OK;
}

static int run_notifier(struct call *call)
{
	unsigned int seed = (unsigned int)call->m.m1_i1;
	int rc;

	while (!shared->stop) {
		rc = mnx_notify(shared->ep);
		if (rc)
			fprintf(stderr, "notifier: %s\n", mnx_strerror(rc));
		REQUIRE(rc == OK);
		shared->notified++;
		random_delay(&seed, 2000);
	}
	return OK;
}

/* The server */

static void serve(message m)
{
	struct client *c = &shared->clients[m.m1_i1];

	if (m.m1_i1 < 0 || m.m1_i1 >= NODES * CLIENTS || m.m1_i2 < 0 ||
	    m.m1_i2 >= MAX_ASKED || c->served[m.m1_i2]++)
		shared->wrong++;
}

/* Answers the oldest; what is not OK kept it from that. */
static int answer(void)
{
	message m = shared->kept[0];
	int rc;

	m.m1_i3 = 4711;
	rc = mnx_reply(m.m_source, &m);
	if (rc)
		return rc;
	serve(m);
	shared->kept[0] = shared->kept[1];
	shared->nr--;
	return OK;
}

/* Takes requests, until the endpoint is somewhere else. */
static int run_here(void)
{
	message m;
	int rc;

	for (;;) {
		while (shared->nr == KEPT || (shared->nr && shared->stop)) {
			rc = answer();
			if (rc)
				return rc;
		}
		rc = mnx_rcvrqst(&m);
		if (rc)
			return rc;
		if ((m.m_type & ~0xfff) == NOTIFY_MESSAGE)
			shared->heard += m.m9_l1;
		else if (m.m_type == QUIT)
			return mnx_reply(m.m_source, &m);
		else
			shared->kept[shared->nr++] = m;
	}
}

/* Of each node one; the others wait for their turn. */
static int run_server(struct call *call)
{
	int rc;

	(void)call;
	for (;;) {
		do
			rc = mnx_wait4bind();
		while (MNX_ERR(rc) == EMOLINTR);
		if (mnx_bind_failed(rc))
			return OK;
		REQUIRE(rc == shared->ep);
		rc = run_here();
		if (rc == OK)
			return OK;
		if (rc != EMOLMIGRATE && rc != EMOLNOTBIND) {
			fprintf(stderr, "server: %s\n", mnx_strerror(rc));
			return rc;
		}
	}
}

/* It does nothing more at its old node: its state is complete. */
static bool has_stopped(int at)
{
	return slot_on(at, _ENDPOINT_P(shared->ep)).p_rts_flags & MIGRATING;
}

static void move(struct actor *from, struct actor *to, int first, bool back)
{
	migr_start_all(NODES, shared->ep);
	AWAIT(has_stopped(from->nodeid));
	if (back)
		migr_rollback_all(NODES, shared->ep);
	else
		migr_commit_all(NODES, first, from, to);
}

static int moves(void)
{
	const char *number = getenv("MIGRATIONS");

	return number ? atoi(number) : 1000;
}

static void account(int nr_moves, long ms)
{
	long asked = 0, longest = 0;
	int i, j;

	for (i = 0; i < NODES * CLIENTS; i++) {
		struct client *c = &shared->clients[i];

		asked += c->asked;
		if (c->longest > longest)
			longest = c->longest;
		ck_assert_int_gt(c->asked, 0);
		for (j = 0; j < c->asked; j++)
			ck_assert_int_eq(c->served[j], 1);
		if (c->asked < MAX_ASKED)
			ck_assert_int_eq(c->served[c->asked], 0);
	}
	ck_assert_int_eq(shared->wrong, 0);
	ck_assert_int_eq(shared->heard, shared->notified);
	printf("%d migrations in %ld ms, %ld requests answered once, "
	       "%ld notifications counted once, longest wait %ld ms\n",
	       nr_moves, ms, asked, (long)shared->heard, longest);
}

START_TEST(exactly_once)
{
	struct actor *servers[NODES], *clients[NODES * CLIENTS];
	struct actor *notifiers[NODES], *quitter;
	unsigned int seed = 1 + (unsigned int)_i;
	int i, now = 0, next, n = moves();
	long begin;

	servers[0] = actor_at(0, PROCESS, _i ? USER : SERVER);
	shared->ep = servers[0]->ep;
	for (i = 1; i < NODES; i++) {
		servers[i] = spare_at(i);
		if (_i)
			cluster_enter(i, servers[0]);
	}
	for (i = 0; i < NODES; i++) {
		START(servers[i], .op = OP_RUN, .run = run_server);
		notifiers[i] = actor_at(i, PROCESS, NOTIFIER + i);
		START(notifiers[i], .op = OP_RUN, .run = run_notifier,
		      .m = { .m1_i1 = i });
	}
	for (i = 0; i < NODES * CLIENTS; i++) {
		clients[i] = actor_at(i % NODES, PROCESS, CLIENT + i);
		START(clients[i], .op = OP_RUN, .run = run_client,
		      .m = { .m1_i1 = i });
	}
	begin = now_ms();
	for (i = 0; i < n; i++) {
		next = (now + 1 + rand_r(&seed) % (NODES - 1)) % NODES;
		if (i % 10 == 9) {
			move(servers[now], servers[next], 0, true);
			continue;
		}
		servers[now]->p_nr = _ENDPOINT_P(shared->ep);
		servers[now]->ep = shared->ep;
		move(servers[now], servers[next], rand_r(&seed) % NODES, false);
		now = next;
	}
	begin = now_ms() - begin;
	shared->stop = true;
	quitter = actor_at(now, PROCESS, NOTIFIER + NODES);
	for (i = 0; i < NODES; i++)
		ASSERT_RC(actor_end(notifiers[i]).rc, OK);
	/* The server has it that no more will come, and answers all. */
	for (i = 0; i < NODES * CLIENTS; i++) {
		shared->notified++;
		ASSERT_RC(CALL_RC(quitter, .op = OP_NOTIFY, .peer = shared->ep),
			  OK);
		ASSERT_RC(actor_end(clients[i]).rc, OK);
	}
	AWAIT(shared->heard == shared->notified);
	ASSERT_RC(CALL_RC(quitter, .op = OP_SENDREC, .peer = shared->ep,
			  .ms = -1, .m = { .m_type = QUIT }),
		  OK);
	ASSERT_RC(actor_end(servers[now]).rc, OK);
	account(n, begin);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ exactly_once, 2 },
	};

	stage_init();
	return RUN_TESTS("migrations under load", 900, set_up, cluster_down,
			 tests);
}
