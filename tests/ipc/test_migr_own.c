// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an endpoint that moves was itself waiting for: its calls that are
 * blocked, and those that it makes later.
 */
#include <sys/syscall.h>

#include "migr.h"
#include "raw.h"

#define NODES 3
#define MOVER 10
#define PEER  20
#define OTHER 21

#define TEXT(number) .m = { .m_type = 7, .m1_i1 = (number) }

static struct actor *mover, *peer;

static void set_up(void)
{
	cluster_up(NODES);
}

static void cast(int nodeid)
{
	mover = actor_at(0, PROCESS, MOVER);
	peer = actor_at(nodeid, PROCESS, PEER);
}

static void flags_await(uint32_t flags)
{
	AWAIT((slot_on(0, MOVER).p_rts_flags & ~(uint32_t)RMTOPER) == flags);
}

/* A message that comes in vain while it moves, and is there when it stays */
START_TEST(receiver_stays)
{
	struct result r;

	cast(_i % NODES);
	if (_i / NODES == 2)
		START(mover, .op = OP_RCVRQST, .ms = -1);
	else
		START(mover, .op = OP_RECEIVE, .ms = -1,
		      .peer = _i / NODES ? peer->ep : ANY);
	flags_await(RECEIVING);
	migr_start_all(NODES, mover->ep);
	ck_assert_int_eq(slot_on(0, MOVER).p_rts_flags, RECEIVING | MIGRATING);
	START(peer, .op = OP_SENDREC, .peer = mover->ep, .ms = -1, TEXT(1));
	AWAIT(slot_on(peer->nodeid, PEER).p_rts_flags & WAITMIGR);
	ck_assert_int_eq(slot_on(0, MOVER).p_rts_flags, RECEIVING | MIGRATING);
	migr_rollback_all(NODES, mover->ep);
	r = actor_end(mover);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 1);
	ASSERT_RC(CALL_RC(mover, .op = OP_REPLY, .peer = peer->ep), OK);
	ASSERT_RC(actor_end(peer).rc, OK);
}
END_TEST

/* Its request has been taken; the answer comes while it moves. */
START_TEST(answer_comes)
{
	bool stays = _i / NODES % 2, sent = _i / NODES / 2;
	struct actor *spare;
	struct result r;

	cast(_i % NODES);
	spare = spare_at(1);
	START(mover, .op = OP_SENDREC, .peer = peer->ep, .ms = -1, TEXT(1));
	r = CALL(peer, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	flags_await(peer->nodeid ? SENDING | RECEIVING : RECEIVING);
	migr_start_all(NODES, mover->ep);
	if (sent) {
		START(peer, .op = OP_SEND, .peer = mover->ep, .ms = -1,
		      TEXT(2));
		AWAIT(slot_on(peer->nodeid, PEER).p_rts_flags & SENDING);
	} else {
		ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = mover->ep,
				  TEXT(2)),
			  OK);
		ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = mover->ep,
				  TEXT(3)),
			  EMOLNOTREADY);
	}
	ck_assert(slot_on(0, MOVER).p_rts_flags & MIGRATING);
	if (!stays) {
		migr_commit_all(NODES, _i % NODES, mover, spare);
		ASSERT_RC(actor_end(mover).rc, EMOLMIGRATE);
		if (!sent)
			return;
		r = CALL(spare, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
		ck_assert_int_eq(r.m.m1_i1, 2);
		ASSERT_RC(actor_end(peer).rc, OK);
		return;
	}
	migr_rollback_all(NODES, mover->ep);
	r = actor_end(mover);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 2);
	ck_assert_int_eq(r.m.m_source, peer->ep);
	if (sent)
		ASSERT_RC(actor_end(peer).rc, OK);
}
END_TEST

/* Its message is not there while it moves, but where its peer has it. */
START_TEST(sender_stays)
{
	bool request = _i / NODES;
	struct result r;

	cast(_i % NODES);
	if (peer->nodeid && !request)
		return;
	START(mover, .op = request ? OP_SENDREC : OP_SEND, .peer = peer->ep,
	      .ms = -1, TEXT(1));
	AWAIT(slot_on(peer->nodeid, MOVER).p_rts_flags & SENDING);
	migr_start_all(NODES, mover->ep);
	if (!peer->nodeid)
		ASSERT_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
			  EMOLAGAIN);
	migr_rollback_all(NODES, mover->ep);
	r = CALL(peer, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 1);
	if (request)
		ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = mover->ep), OK);
	ASSERT_RC(actor_end(mover).rc, OK);
}
END_TEST

/* Its request is relayed while it moves. */
START_TEST(request_relayed)
{
	struct actor *other;
	struct result r;

	cast(_i % NODES);
	other = actor_at(_i / NODES, PROCESS, OTHER);
	START(mover, .op = OP_SENDREC, .peer = peer->ep, .ms = -1, TEXT(1));
	r = CALL(peer, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	flags_await(peer->nodeid ? SENDING | RECEIVING : RECEIVING);
	migr_start_all(NODES, mover->ep);
	r.m.m1_i1 = 2;
	ASSERT_RC(CALL_RC(peer, .op = OP_RELAY, .peer = other->ep, .m = r.m),
		  OK);
	migr_rollback_all(NODES, mover->ep);
	r = CALL(other, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, mover->ep);
	ck_assert_int_eq(r.m.m1_i1, 2);
	ASSERT_RC(CALL_RC(other, .op = OP_REPLY, .peer = mover->ep, TEXT(3)),
		  OK);
	ck_assert_int_eq(actor_end(mover).m.m1_i1, 3);
}
END_TEST

/* Whom it waits for dies while it moves. */
START_TEST(peer_dies)
{
	int what = _i / NODES, rc;

	cast(_i % NODES);
	if (!what && peer->nodeid)
		return;
	START(mover,
	      .op = what == 0 ? OP_SEND :
		    what == 1 ? OP_SENDREC :
				OP_RECEIVE,
	      .peer = peer->ep, .ms = -1, TEXT(1));
	if (what == 1)
		ASSERT_RC(CALL_RC(peer, .op = OP_RCVRQST, .ms = -1), OK);
	else
		flags_await(what ? RECEIVING : SENDING);
	migr_start_all(NODES, mover->ep);
	actor_kill(peer);
	rc = actor_end(mover).rc;
	ASSERT_RC(rc, what ? EMOLSRCDIED : EMOLDSTDIED);
	AWAIT(slot_on(0, MOVER).p_misc_flags & MIS_NEEDMIGR);
	migr_rollback_all(NODES, mover->ep);
}
END_TEST

/* One that runs waits with its next call, whichever. */
static const struct call calls[] = {
	{ .op = OP_RECEIVE, .peer = ANY, .ms = -1 },
	{ .op = OP_RCVRQST, .ms = -1 },
	{ .op = OP_SEND, .peer = PEER, .ms = -1 },
	{ .op = OP_SENDREC, .peer = PEER, .ms = -1 },
	{ .op = OP_NOTIFY, .peer = PEER },
	{ .op = OP_REPLY, .peer = PEER },
	{ .op = OP_REPLY_RCVRQST, .peer = PEER, .ms = -1 },
};

START_TEST(runner)
{
	bool stays = _i % 2;
	struct call call = calls[_i / 2];
	struct actor *spare;
	int rc;

	cast(2);
	spare = spare_at(1);
	START(peer, .op = OP_SENDREC, .peer = mover->ep, .ms = -1);
	ASSERT_RC(CALL_RC(mover, .op = OP_RCVRQST, .ms = -1), OK);
	migr_start_all(NODES, mover->ep);
	ck_assert_int_eq(slot_on(0, MOVER).p_rts_flags, 0);
	ck_assert(slot_on(0, MOVER).p_misc_flags & MIS_NEEDMIGR);
	actor_start(mover, call);
	AWAIT(slot_on(0, MOVER).p_rts_flags == MIGRATING);
	ck_assert(!(slot_on(0, MOVER).p_misc_flags & MIS_NEEDMIGR));
	if (!stays) {
		migr_commit_all(NODES, 0, mover, spare);
		ASSERT_RC(actor_end(mover).rc, EMOLMIGRATE);
		ASSERT_RC(CALL_RC(spare, .op = OP_REPLY, .peer = peer->ep), OK);
		ASSERT_RC(actor_end(peer).rc, OK);
		return;
	}
	migr_rollback_all(NODES, mover->ep);
	switch (call.op) {
	case OP_RECEIVE:
	case OP_RCVRQST:
		flags_await(RECEIVING);
		break;
	case OP_SEND: /* is an answer, too */
	case OP_REPLY:
		ASSERT_RC(actor_end(mover).rc, OK);
		ASSERT_RC(actor_end(peer).rc, OK);
		break;
	case OP_REPLY_RCVRQST:
	case OP_SENDREC:
		ASSERT_RC(actor_end(peer).rc, OK);
		break;
	default:
		rc = actor_end(mover).rc;
		ASSERT_RC(rc, OK);
	}
}
END_TEST

/* Time passes before its call has begun; one that may not wait does not. */
START_TEST(runner_has_no_time)
{
	cast(1);
	migr_start_all(NODES, mover->ep);
	ASSERT_RC(CALL_RC(mover, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
	ASSERT_RC(CALL_RC(mover, .op = OP_RECEIVE, .peer = ANY, .ms = SHORT),
		  EMOLTIMEDOUT);
	ASSERT_RC(CALL_RC(mover, .op = OP_SENDREC, .peer = PEER, .ms = SHORT),
		  EMOLTIMEDOUT);
	START(mover, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	AWAIT(slot_on(0, MOVER).p_rts_flags == MIGRATING);
	actor_signal(mover, SIG_RESTART);
	AWAIT(slot_on(0, MOVER).p_rts_flags == MIGRATING);
	actor_signal(mover, SIG_INTERRUPT);
	ASSERT_RC(actor_end(mover).rc, EMOLINTR);
	START(mover, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	AWAIT(slot_on(0, MOVER).p_rts_flags == MIGRATING);
	if (_i) {
		ASSERT_RC(mnx_unbind(VMID, mover->ep), OK);
		ASSERT_RC(actor_end(mover).rc, EMOLNOTBIND);
	} else {
		ASSERT_RC(mnx_vm_end(VMID), OK);
		ASSERT_RC(actor_end(mover).rc, EMOLVMNOTRUN);
	}
}
END_TEST

/* Time, or a signal, ends a call of it that is blocked. */
START_TEST(blocked_gives_up)
{
	cast(_i);
	START(mover, .op = OP_RECEIVE, .peer = ANY, .ms = 500);
	flags_await(RECEIVING);
	migr_start_all(NODES, mover->ep);
	ASSERT_RC(actor_end(mover).rc, EMOLTIMEDOUT);
	migr_rollback_all(NODES, mover->ep);
	START(mover, .op = OP_SENDREC, .peer = peer->ep, .ms = -1);
	ASSERT_RC(CALL_RC(peer, .op = OP_RCVRQST, .ms = -1), OK);
	migr_start_all(NODES, mover->ep);
	actor_signal(mover, SIG_RESTART);
	actor_await_syscall(mover, SYS_ioctl);
	ck_assert(slot_on(0, MOVER).p_rts_flags & MIGRATING);
	actor_signal(mover, SIG_INTERRUPT);
	ASSERT_RC(actor_end(mover).rc, EMOLINTR);
	migr_rollback_all(NODES, mover->ep);
	AWAIT(!(slot_on(_i, MOVER).p_rts_flags & (SENDING | RECEIVING)));
	ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = mover->ep),
		  EMOLNOTREADY);
}
END_TEST

/* A send that the other node has cannot be interrupted. */
START_TEST(busy)
{
	cast(1);
	START(mover, .op = OP_SEND, .peer = peer->ep, .ms = -1, TEXT(1));
	AWAIT(slot_on(1, MOVER).p_rts_flags & SENDING);
	ASSERT_RC(migr_start(0, mover->ep), EMOLBUSY);
	ASSERT_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY, .ms = -1), OK);
	ASSERT_RC(actor_end(mover).rc, OK);
	ASSERT_RC(migr_start(0, mover->ep), OK);
	ASSERT_RC(migr_rollback(0, mover->ep), OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ receiver_stays, 3 * NODES },
		{ answer_comes, 4 * NODES },
		{ sender_stays, 2 * NODES },
		{ request_relayed, NODES * NODES },
		{ peer_dies, 3 * NODES },
		{ runner, 2 * NR_OF(calls) },
		{ runner_has_no_time, 2 },
		{ blocked_gives_up, NODES },
		{ busy, 1 },
	};

	stage_init();
	return RUN_TESTS("migrants", 60, set_up, cluster_down, tests);
}
