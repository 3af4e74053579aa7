// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Endpoints that move between the nodes of a cluster: what each kind of call
 * that is under way sees of it.
 */
#include "migr.h"
#include "raw.h"

#define NODES   3
#define MOVER   10 /* a system slot */
#define CLIENT  60 /* user slots */
#define SENDERS 70

#define MESSAGE(number) .m = { .m_type = 7, .m1_i1 = (number) }

static void set_up(void)
{
	cluster_up(NODES);
}

/* A process of this node receives, and migrates in vain. */
START_TEST(local_stays)
{
	struct actor *r = actor_at(0, PROCESS, MOVER);
	struct actor *s = actor_at(0, PROCESS, CLIENT);
	proc_usr_t info;

	START(r, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(r, RECEIVING);
	ASSERT_RC(migr_start(0, r->ep), OK);
	ck_assert(slot_is(MOVER, RECEIVING | MIGRATING));
	START(s, .op = OP_SEND, .peer = r->ep, .ms = -1, MESSAGE(1));
	actor_await(s, SENDING | WAITMIGR);
	info = slot_on(0, CLIENT);
	ck_assert_int_eq(info.p_waitmigr, r->ep);
	ck_assert_int_eq(info.p_sendto, r->ep);
	ASSERT_RC(migr_rollback(0, r->ep), OK);
	ck_assert_int_eq(actor_end(r).m.m1_i1, 1);
	ASSERT_RC(actor_end(s).rc, OK);
	ck_assert_int_eq(slot_on(0, MOVER).p_rts_flags, 0);
}
END_TEST

/* One of another node migrates in vain, and only this node is told. */
START_TEST(remote_stays)
{
	struct actor *r = actor_at(1, PROCESS, MOVER);
	struct actor *s = actor_at(0, PROCESS, CLIENT);

	ASSERT_RC(migr_start(0, r->ep), OK);
	ck_assert_int_eq(slot_on(0, MOVER).p_rts_flags, REMOTE | MIGRATING);
	START(s, .op = OP_SEND, .peer = r->ep, .ms = -1, MESSAGE(1));
	AWAIT(slot_on(0, CLIENT).p_rts_flags == (SENDING | WAITMIGR));
	START(r, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(r, RECEIVING);
	ASSERT_RC(migr_rollback(0, r->ep), OK);
	ck_assert_int_eq(actor_end(r).m.m1_i1, 1);
	ASSERT_RC(actor_end(s).rc, OK);
}
END_TEST

/* One of this node moves to another one. */
START_TEST(local_moves)
{
	struct actor *r = actor_at(0, PROCESS, MOVER);
	struct actor *s = actor_at(0, PROCESS, CLIENT);
	struct actor *t = spare_at(1);
	struct result got;

	START(r, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(r, RECEIVING);
	migr_start_all(NODES, r->ep);
	START(s, .op = OP_SEND, .peer = r->ep, .ms = -1, MESSAGE(1));
	actor_await(s, SENDING | WAITMIGR);
	migr_commit_all(NODES, _i, r, t);
	ASSERT_RC(actor_end(r).rc, EMOLMIGRATE);
	ASSERT_RC(CALL_RC(r, .op = OP_RECEIVE, .peer = ANY, .ms = -1),
		  EMOLNOTBIND);
	got = CALL(t, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	ASSERT_RC(got.rc, OK);
	ck_assert_int_eq(got.m.m1_i1, 1);
	ck_assert_int_eq(got.m.m_source, s->ep);
	ASSERT_RC(actor_end(s).rc, OK);
	ck_assert_int_eq(slot_on(0, MOVER).p_nodeid, 1);
	ck_assert_int_eq(slot_on(2, MOVER).p_nodeid, 1);
	ck_assert_int_eq(slot_on(1, MOVER).p_lpid, t->pid);
}
END_TEST

/* More than are seen to at once: they arrive in the order that they had. */
START_TEST(in_order)
{
	struct actor *r = actor_at(0, PROCESS, MOVER);
	struct actor *t = spare_at(1), *senders[SENDERS];
	struct result got;
	int i;

	for (i = 0; i < SENDERS; i++) {
		if (i == SENDERS / 2)
			migr_start_all(NODES, r->ep);
		senders[i] = actor_at(0, PROCESS, CLIENT + i);
		START(senders[i], .op = i % 3 ? OP_SEND : OP_SENDREC,
		      .peer = r->ep, .ms = -1, MESSAGE(i));
		AWAIT(slot_on(0, CLIENT + i).p_rts_flags & SENDING);
	}
	if (_i)
		migr_rollback_all(NODES, r->ep);
	else
		migr_commit_all(NODES, 0, r, t);
	for (i = 0; i < SENDERS; i++) {
		got = CALL(_i ? r : t, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
		ASSERT_RC(got.rc, OK);
		ck_assert_int_eq(got.m.m1_i1, i);
		ck_assert_int_eq(got.m.m_source, senders[i]->ep);
	}
	for (i = 0; i < SENDERS; i++) {
		if (i % 3 == 0)
			ASSERT_RC(CALL_RC(_i ? r : t, .op = OP_REPLY,
					  .peer = senders[i]->ep),
				  OK);
		ASSERT_RC(actor_end(senders[i]).rc, OK);
	}
}
END_TEST

/* The same back and forth, with who waits for the answer all the time */
START_TEST(there_and_back)
{
	struct actor *at[2] = { actor_at(0, PROCESS, MOVER), spare_at(1) };
	struct actor *c = actor_at(_i, PROCESS, CLIENT), *next;
	int i;

	START(c, .op = OP_SENDREC, .peer = MOVER, .ms = -1, MESSAGE(1));
	ASSERT_RC(CALL_RC(at[0], .op = OP_RCVRQST, .ms = -1), OK);
	at[0]->p_nr = MOVER;
	for (i = 0; i < 6; i++) {
		next = at[(i + 1) % 2];
		migr_start_all(NODES, MOVER);
		migr_commit_all(NODES, i % NODES, at[i % 2], next);
		ASSERT_RC(CALL_RC(at[i % 2], .op = OP_RECEIVE, .peer = ANY,
				  .ms = 0),
			  EMOLNOTBIND);
	}
	ASSERT_RC(CALL_RC(at[0], .op = OP_REPLY, .peer = c->ep, MESSAGE(2)),
		  OK);
	ck_assert_int_eq(actor_end(c).m.m1_i1, 2);
}
END_TEST

/*
 * The node of an endpoint cannot be reached any more, and another process takes
 * its place, at once: before that whoever waits for it is told.
 */
START_TEST(node_is_lost)
{
	struct actor *old = actor_at(0, PROCESS, MOVER);
	struct actor *c = actor_at(2, PROCESS, CLIENT);
	struct actor *t = spare_at(1);
	struct result r;
	long begin;

	START(c, .op = OP_SENDREC, .peer = MOVER, .ms = -1, MESSAGE(1));
	ASSERT_RC(CALL_RC(old, .op = OP_RCVRQST, .ms = -1), OK);
	if (_i)
		migr_start_all(NODES, MOVER);
	cluster_cut(0, 1);
	cluster_cut(0, 2);
	ASSERT_RC(actor_end(c).rc, EMOLNOTCONN);
	begin = now_ms();
	if (!_i) {
		ASSERT_RC(migr_start(1, MOVER), OK);
		ASSERT_RC(migr_start(2, MOVER), OK);
	}
	START(c, .op = OP_SENDREC, .peer = MOVER, .ms = -1, MESSAGE(2));
	AWAIT(slot_on(2, CLIENT).p_rts_flags & WAITMIGR);
	ASSERT_RC(migr_commit(1, t->pid, MOVER, 1), OK);
	ASSERT_RC(migr_commit(2, -1, MOVER, 1), OK);
	r = CALL(t, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 2);
	ASSERT_RC(CALL_RC(t, .op = OP_REPLY, .peer = c->ep, MESSAGE(3)), OK);
	ck_assert_int_eq(actor_end(c).m.m1_i1, 3);
	AWAIT(migr_start(1, MOVER) == OK);
	ASSERT_RC(migr_rollback(1, MOVER), OK);
	ck_assert_int_lt(now_ms() - begin, M3IPC_LINK_TIMEOUT);
	/* What the former one says, when it is back, is not the endpoint's. */
	cluster_mend(0, 2);
	if (_i)
		ASSERT_RC(migr_rollback(0, MOVER), OK);
	ASSERT_RC(CALL_RC(old, .op = OP_REPLY, .peer = c->ep), EMOLNOTREADY);
	ASSERT_RC(mnx_unbind(VMID, MOVER), OK);
	START(c, .op = OP_SENDREC, .peer = MOVER, .ms = -1, MESSAGE(4));
	ASSERT_RC(CALL_RC(t, .op = OP_RCVRQST, .ms = -1), OK);
	ASSERT_RC(CALL_RC(t, .op = OP_REPLY, .peer = c->ep, MESSAGE(5)), OK);
	ck_assert_int_eq(actor_end(c).m.m1_i1, 5);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ local_stays, 1 },        { remote_stays, 1 },
		{ local_moves, NODES },    { in_order, 2 },
		{ there_and_back, NODES }, { node_is_lost, 2 },
	};

	stage_init();
	return RUN_TESTS("migration", 120, set_up, cluster_down, tests);
}
