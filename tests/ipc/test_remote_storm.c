// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Five nodes, all of whose clients ask all servers, while links break, clients
 * are killed and calls run out of time: each request is answered once, or fails
 * with an error that says why; no server sees one twice; and at the end nothing
 * is left anywhere.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "cluster.h"
#include "raw.h"

#define NODES   5
#define SERVER  10 /* and the nodeid: a system slot */
#define CLIENT  60 /* and a number */
#define CLIENTS 2  /* a node */
#define VICTIMS 40 /* clients that are killed */

enum type {
	ASK = 1,
	QUIT
};

static struct {
	atomic_long answered;
	atomic_long failed;
	atomic_long wrong;
	atomic_bool stop;
} * shared;

static void set_up(void)
{
	cluster_up(NODES);
	shared = shared_new(sizeof(*shared));
}

/* Numbers of a client rise; a server that sees one again has seen it twice. */
static int run_server(struct call *call)
{
	static struct {
		int ep;
		int64_t n;
	} seen[8192], *last;
	int client = NONE, rc, reply_rc;
	message m;

	(void)call;
	for (;;) {
		rc = mnx_reply_rcvrqst(client, &m, &reply_rc);
		if (rc)
			return rc;
		if (client != NONE && reply_rc && reply_rc != EMOLNOTREADY &&
		    reply_rc != EMOLDSTDIED && reply_rc != EMOLNOTCONN)
			shared->wrong++;
		client = m.m_source;
		if (m.m_type == QUIT)
			return mnx_reply(client, &m);
		last = &seen[_ENDPOINT_P(client)];
		if (client == last->ep && m.m4_l1 <= last->n)
			shared->wrong++;
		last->ep = client;
		last->n = m.m4_l1;
		m.m4_l2 = m.m4_l1 * 3;
	}
}

static bool may_fail(int rc)
{
	return rc == EMOLNOTCONN || rc == EMOLTIMEDOUT;
}

static int run_client(struct call *call)
{
	unsigned int seed = (unsigned int)getpid();
	message m;
	int64_t n;
	int rc;

	for (n = 1; !shared->stop; n++) {
		m = (message){ .m_type = ASK, .m4_l1 = n };
		rc = mnx_sendrec_T(SERVER + rand_r(&seed) % NODES, &m,
				   call->m.m1_i1 && rand_r(&seed) % 8 == 0 ?
					   rand_r(&seed) % 5 :
					   -1);
		if (rc == EMOLAGAIN)
			continue;
		if (!rc && m.m4_l2 == 3 * n)
			shared->answered++;
		else if (may_fail(rc))
			shared->failed++;
		else
			return rc ? rc : -2001;
	}
	return OK;
}

static void storm(bool rough, long ms)
{
	struct actor *servers[NODES], *clients[NODES * CLIENTS], *doomed = NULL;
	unsigned int seed = (unsigned int)getpid();
	long end = now_ms() + ms;
	struct actor *quitter;
	int i, a, b, victims = 0;

	for (i = 0; i < NODES; i++) {
		servers[i] = actor_at(i, PROCESS, SERVER + i);
		START(servers[i], .op = OP_RUN, .run = run_server);
	}
	for (i = 0; i < NODES * CLIENTS; i++) {
		clients[i] = actor_at(i % NODES, PROCESS, CLIENT + i);
		START(clients[i], .op = OP_RUN, .run = run_client,
		      .m = { .m1_i1 = rough });
	}
	while (now_ms() < end) {
		random_delay(&seed, 100000);
		if (!rough)
			continue;
		a = rand_r(&seed) % NODES;
		b = (a + 1 + rand_r(&seed) % (NODES - 1)) % NODES;
		cluster_cut(a, b);
		random_delay(&seed, 5000);
		cluster_mend(a, b);
		if (++victims > VICTIMS)
			continue;
		if (doomed)
			actor_kill(doomed);
		doomed = actor_at(a, PROCESS, CLIENT + NODES * CLIENTS + a);
		START(doomed, .op = OP_RUN, .run = run_client);
	}
	if (doomed)
		actor_kill(doomed);
	shared->stop = true;
	for (i = 0; i < NODES * CLIENTS; i++)
		ASSERT_RC(actor_end(clients[i]).rc, OK);
	ck_assert_int_eq(shared->wrong, 0);
	ck_assert_int_gt(shared->answered, 0);
	if (!rough)
		ck_assert_int_eq(shared->failed, 0);
	quitter = actor_at(0, PROCESS, CLIENT - 1);
	for (i = 0; i < NODES; i++) {
		ASSERT_RC(CALL_RC(quitter, .op = OP_SENDREC, .peer = SERVER + i,
				  .ms = -1, .m = { .m_type = QUIT }),
			  OK);
		ASSERT_RC(actor_end(servers[i]).rc, OK);
	}
	printf("%ld answered, %ld failed\n", (long)shared->answered,
	       (long)shared->failed);
}

static long duration(void)
{
	const char *seconds = getenv("STORM_SECONDS");

	return seconds ? atol(seconds) * 1000 : 6000;
}

START_TEST(calm)
{
	storm(false, duration());
}
END_TEST

START_TEST(rough)
{
	storm(true, 2 * duration());
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ calm, 1 },
		{ rough, 1 },
	};

	stage_init();
	return RUN_TESTS("remote storm", 600, set_up, cluster_down, tests);
}
