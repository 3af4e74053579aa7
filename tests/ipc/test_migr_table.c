// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was under way when an endpoint began to move, and how that ends: a
 * table.  The mover is on node 0, and moves to node 1 if it does; the waiter is
 * on the node that the number says: the old one, the new one, or a third.
 */
#include <sys/syscall.h>

#include "migr.h"
#include "raw.h"

#define NODES  3
#define MOVER  10
#define WAITER 20 /* a system slot: it may notify */

#define TEXT(number) .m = { .m_type = 7, .m1_i1 = (number) }

/* What the waiter has to do with the mover; later: when that has started */
enum waits {
	SENDS,
	SENDS_LATER,
	REQUESTS,
	REQUESTS_LATER,
	AWAITS,
	RECEIVES,
	RECEIVES_LATER,
	NOTIFIES,
	NOTIFIES_LATER,
	NR_WAITS
};

enum end {
	COMMIT,
	ROLLBACK,
	MOVER_DIES,
	MOVER_UNBOUND,
	VM_ENDS,
	LINK_BREAKS,
	WAITER_DIES,
	WAITER_INTERRUPTED,
	TIME_PASSES,
	NR_ENDS
};

static struct actor *mover, *waiter, *spare;

static void set_up(void)
{
	cluster_up(NODES);
}

static bool is_far(void)
{
	return waiter->nodeid;
}

/* The mover's node has what the waiter has sent. */
static void await_arrival(uint32_t flags)
{
	uint32_t others = REMOTE | WAITMIGR;

	AWAIT((slot_on(0, WAITER).p_rts_flags & ~others) == flags);
}

static long limit(enum end end)
{
	return end == TIME_PASSES ? 600 : -1;
}

static void wait_now(enum waits waits, enum end end)
{
	long ms = limit(end);

	switch (waits) {
	case SENDS:
	case SENDS_LATER:
		START(waiter, .op = OP_SEND, .peer = mover->ep, .ms = ms,
		      TEXT(5));
		break;
	case REQUESTS:
	case REQUESTS_LATER:
	case AWAITS:
		START(waiter, .op = OP_SENDREC, .peer = mover->ep, .ms = ms,
		      TEXT(5));
		break;
	case RECEIVES:
	case RECEIVES_LATER:
		START(waiter, .op = OP_RECEIVE, .peer = mover->ep, .ms = ms);
		break;
	case NOTIFIES:
	case NOTIFIES_LATER:
		ASSERT_RC(CALL_RC(waiter, .op = OP_NOTIFY, .peer = mover->ep,
				  .value = 5),
			  OK);
		break;
	case NR_WAITS:
		break;
	}
}

/* Until the wait is where it is to be when the migration begins. */
static void settle(enum waits waits)
{
	struct result r;

	switch (waits) {
	case SENDS:
		await_arrival(SENDING);
		break;
	case REQUESTS:
		await_arrival(SENDING | RECEIVING);
		break;
	case AWAITS:
		r = CALL(mover, .op = OP_RCVRQST, .ms = -1);
		ASSERT_RC(r.rc, OK);
		ck_assert_int_eq(r.m.m1_i1, 5);
		await_arrival(RECEIVING);
		break;
	case RECEIVES:
		actor_await(waiter, RECEIVING);
		break;
	case NOTIFIES: /* commands of a wire stay in order */
		START(waiter, .op = OP_SEND, .peer = mover->ep, .ms = -1);
		if (is_far())
			await_arrival(SENDING);
		break;
	default:
		break;
	}
}

static bool is_later(enum waits waits)
{
	return waits == SENDS_LATER || waits == REQUESTS_LATER ||
	       waits == RECEIVES_LATER || waits == NOTIFIES_LATER;
}

static bool is_notice(enum waits waits)
{
	return waits == NOTIFIES || waits == NOTIFIES_LATER;
}

static void settle_later(enum waits waits)
{
	if (waits == SENDS_LATER)
		AWAIT(slot_on(waiter->nodeid, WAITER).p_rts_flags ==
		      (SENDING | WAITMIGR));
	else if (waits == REQUESTS_LATER)
		AWAIT(slot_on(waiter->nodeid, WAITER).p_rts_flags ==
		      (SENDING | RECEIVING | WAITMIGR));
	else if (waits == RECEIVES_LATER)
		actor_await(waiter, RECEIVING);
}

static void notice_check(const struct result *r)
{
	ASSERT_RC(r->rc, OK);
	ck_assert_int_eq(r->m.m_source, waiter->ep);
	ck_assert_int_eq(r->m.m_type, NOTIFY_FROM(WAITER));
	ck_assert_int_eq(r->m.m9_i1, 5);
	ck_assert_int_eq(r->m.m9_l1, 1);
}

/* A message from a third node, which is sent again there, may be faster. */
static void notice_then_message(struct actor *m)
{
	struct result first, second;

	first = CALL(m, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	second = CALL(m, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	if (m->nodeid && waiter->nodeid == NODES - 1 && !first.m.m_type) {
		notice_check(&second);
	} else {
		notice_check(&first);
		ASSERT_RC(second.rc, OK);
	}
	ASSERT_RC(actor_end(waiter).rc, OK);
}

/* The endpoint is that of m: it does its part, which is done once. */
static void go_on(enum waits waits, struct actor *m)
{
	struct result r;
	int from = waiter->ep;

	switch (waits) {
	case SENDS:
	case SENDS_LATER:
	case REQUESTS:
	case REQUESTS_LATER:
		r = CALL(m, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
		ASSERT_RC(r.rc, OK);
		ck_assert_int_eq(r.m.m_source, from);
		ck_assert_int_eq(r.m.m1_i1, 5);
		if (waits == SENDS || waits == SENDS_LATER) {
			ASSERT_RC(actor_end(waiter).rc, OK);
			break;
		}
		/* fall through */
	case AWAITS:
		ASSERT_RC(CALL_RC(m, .op = OP_REPLY, .peer = from, TEXT(6)),
			  OK);
		r = actor_end(waiter);
		ASSERT_RC(r.rc, OK);
		ck_assert_int_eq(r.m.m_source, m->ep);
		ck_assert_int_eq(r.m.m1_i1, 6);
		ASSERT_RC(CALL_RC(m, .op = OP_REPLY, .peer = from, TEXT(7)),
			  EMOLNOTREADY);
		break;
	case RECEIVES:
	case RECEIVES_LATER:
		ASSERT_RC(CALL_RC(m, .op = OP_SEND, .peer = from, .ms = -1,
				  TEXT(6)),
			  OK);
		r = actor_end(waiter);
		ASSERT_RC(r.rc, OK);
		ck_assert_int_eq(r.m.m1_i1, 6);
		break;
	case NOTIFIES:
		notice_then_message(m);
		break;
	case NOTIFIES_LATER:
		r = CALL(m, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
		notice_check(&r);
		break;
	case NR_WAITS:
		break;
	}
	ASSERT_RC(CALL_RC(m, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
}

/* How the waiter hears that the mover is gone */
static int gone(enum waits waits)
{
	return waits == AWAITS || waits == RECEIVES || waits == RECEIVES_LATER ?
		       EMOLSRCDIED :
		       EMOLDSTDIED;
}

static void waiter_ends(enum waits waits, int rc)
{
	if (waits != NOTIFIES_LATER)
		ASSERT_RC(actor_end(waiter).rc, rc);
}

static void vm_ends(int at)
{
	struct m3ipc_vmid vm = { .vmid = VMID };

	ASSERT_RC(raw_ioctl(cluster_fd(at), M3IPC_IOC_VM_END, &vm), OK);
}

/* The waiter has gone: nothing of it is left for the mover, wherever that is */
static void nothing_is_left(enum waits waits)
{
	migr_commit_all(NODES, 0, mover, spare);
	AWAIT(slot_on(1, WAITER).p_rts_flags == SLOT_FREE ||
	      !(slot_on(1, WAITER).p_rts_flags & (SENDING | RECEIVING)));
	if (!is_notice(waits))
		ASSERT_RC(CALL_RC(spare, .op = OP_RECEIVE, .peer = ANY,
				  .ms = SHORT),
			  EMOLTIMEDOUT);
}

static void end(enum waits waits, enum end how)
{
	switch (how) {
	case COMMIT:
		migr_commit_all(NODES, (int)waits % NODES, mover, spare);
		go_on(waits, spare);
		break;
	case ROLLBACK:
		migr_rollback_all(NODES, mover->ep);
		go_on(waits, mover);
		break;
	case MOVER_DIES:
		actor_kill(mover);
		waiter_ends(waits, gone(waits));
		break;
	case MOVER_UNBOUND:
		mnx_unbind(VMID, mover->ep);
		waiter_ends(waits, gone(waits));
		break;
	case VM_ENDS:
		vm_ends(waiter->nodeid);
		waiter_ends(waits, EMOLVMNOTRUN);
		break;
	case LINK_BREAKS:
		cluster_cut(0, waiter->nodeid);
		waiter_ends(waits, EMOLNOTCONN);
		cluster_mend(0, waiter->nodeid);
		break;
	case WAITER_DIES:
		actor_kill(waiter);
		nothing_is_left(waits);
		break;
	case WAITER_INTERRUPTED:
		actor_signal(waiter, SIG_RESTART);
		actor_await_syscall(waiter, SYS_ioctl);
		actor_signal(waiter, SIG_INTERRUPT);
		waiter_ends(waits, EMOLINTR);
		break;
	case TIME_PASSES:
		waiter_ends(waits, EMOLTIMEDOUT);
		nothing_is_left(waits);
		break;
	case NR_ENDS:
		break;
	}
}

/* Which do not make sense together */
static bool is_void(enum waits waits, enum end how, int nodeid)
{
	if (how == LINK_BREAKS && !nodeid)
		return true;
	if (how == WAITER_INTERRUPTED) /* a send waits for the other node */
		return waits == SENDS || is_notice(waits);
	return is_notice(waits) && how != COMMIT && how != ROLLBACK;
}

START_TEST(table)
{
	enum waits waits = _i / (NR_ENDS * NODES);
	enum end how = _i / NODES % NR_ENDS;
	int nodeid = _i % NODES;

	if (is_void(waits, how, nodeid))
		return;
	mover = actor_at(0, PROCESS, MOVER);
	waiter = actor_at(nodeid, PROCESS, WAITER);
	spare = spare_at(1);
	if (!is_later(waits)) {
		wait_now(waits, how);
		settle(waits);
	}
	migr_start_all(NODES, mover->ep);
	if (is_later(waits)) {
		wait_now(waits, how);
		settle_later(waits);
	}
	end(waits, how);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ table, NR_WAITS * NR_ENDS * NODES },
	};

	stage_init();
	return RUN_TESTS("migration table", 60, set_up, cluster_down, tests);
}
