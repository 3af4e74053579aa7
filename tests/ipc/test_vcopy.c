// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies: who may, with whom, in which state, and how much.
 */
#include <limits.h>
#include <sched.h>
#include <unistd.h>

#include "copy.h"
#include "roles.h"

/* Each state of a party, as source and as destination */

enum rights {
	ADMINISTRATOR, /* with CAP_SYS_PTRACE */
	SERVER,        /* without */
	NR_RIGHTS
};

static bool is_mine(enum state state)
{
	return state == RECEIVES_ME || state == SENDS_ME ||
	       state == REQUESTS_ME || state == AWAITS_ME;
}

static int expected(enum state state, enum role role, enum rights rights)
{
	switch (state) {
	case RUNS:
	case SENDS_OTHER:
	case REQUESTS_OTHER:
		return EMOLPROCSTS;
	case FREE_SLOT:
	case STALE:
	case KILLED:
		return role == FROM_PEER ? EMOLSRCDIED : EMOLDSTDIED;
	case IS_MYSELF:
	case IS_ANY:
	case IS_NONE:
	case IS_SELF:
	case OUTSIDE:
		return EMOLENDPOINT;
	default:
		return rights == ADMINISTRATOR || is_mine(state) ?
			       OK :
			       EMOLCALLDENIED;
	}
}

static void check_state(enum kind kind, enum state state, enum role role,
			enum rights rights)
{
	int rc, want = expected(state, role, rights);

	roles_set(kind, state);
	if (rights == SERVER)
		ASSERT_RC(CALL_RC(me, .op = OP_RUN, .run = run_drop_ptrace),
			  OK);
	rc = copy_in_role(me, SELF, peer_ep, role);
	ck_assert_msg(rc == want, "%s, the peer %s: %s, not %s",
		      role == FROM_PEER ? "from" : "to", state_names[state],
		      mnx_strerror(rc), mnx_strerror(want));
	if (rc == OK)
		ck_assert(has_arrived(role == FROM_PEER ? me->pid : peer->pid));
	else
		ck_assert(is_untouched(me->pid));
	if (state < NR_LIVE_STATES) {
		ck_assert(rc == OK || is_untouched(peer->pid));
		ck_assert(slot_is(PEER_NR, state_flags(state)));
		peer_release(state);
	}
	ck_assert(slot_is(ME_NR, 0));
}

START_TEST(states)
{
	check_state(_i % 2 ? THREAD : PROCESS, _i / 4 % NR_LIVE_STATES,
		    _i / 2 % 2, _i / (4 * NR_LIVE_STATES));
}
END_TEST

START_TEST(endpoints)
{
	check_state(PROCESS, FREE_SLOT + _i / 4, _i / 2 % 2, _i % 2);
}
END_TEST

/* The caller's own number is as good as SELF, and counts its bytes. */
START_TEST(own_number)
{
	proc_usr_t info;

	roles_set(PROCESS, RECEIVES_ME);
	ASSERT_RC(copy_in_role(me, me->ep, peer_ep, _i), OK);
	ck_assert(has_arrived(_i == FROM_PEER ? me->pid : peer->pid));
	ASSERT_RC(mnx_getprocinfo(VMID, ME_NR, &info), OK);
	ck_assert_uint_eq(info.p_lclcopy, LEN);
	ASSERT_RC(mnx_getprocinfo(VMID, PEER_NR, &info), OK);
	ck_assert_uint_eq(info.p_lclcopy, 0);
}
END_TEST

/* Users */

START_TEST(user_slot)
{
	struct actor *a = actor_new(PROCESS, 110);
	struct actor *b = actor_new(PROCESS, 111);

	START(b, .op = OP_RECEIVE, .peer = a->ep, .ms = TIMEOUT_FOREVER);
	actor_await(b, RECEIVING);
	ASSERT_RC(copy_in_role(a, SELF, b->ep, _i), OK);
	ck_assert(has_arrived(_i == FROM_PEER ? a->pid : b->pid));
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = run_drop_ptrace), OK);
	ASSERT_RC(copy_in_role(a, SELF, b->ep, _i), EMOLCALLDENIED);
	ASSERT_RC(CALL_RC(a, .op = OP_SEND, .peer = b->ep), OK);
	ASSERT_RC(actor_end(b).rc, OK);
}
END_TEST

/* Third parties */

static void by_third(int rqtr_nr, enum state state, bool with_cap, int want)
{
	struct actor *rqtr = actor_new(PROCESS, rqtr_nr);
	struct actor *b = actor_new(PROCESS, 120);
	bool from_peer = state % 2;

	roles_set(PROCESS, state);
	START(b, .op = OP_RCVRQST, .ms = TIMEOUT_FOREVER);
	actor_await(b, RECEIVING);
	if (!with_cap)
		ASSERT_RC(CALL_RC(rqtr, .op = OP_RUN, .run = run_drop_ptrace),
			  OK);
	if (from_peer)
		ASSERT_RC(CALL_RC(rqtr,
				  VCOPY(peer_ep, source, b->ep, sink, LEN)),
			  want);
	else
		ASSERT_RC(CALL_RC(rqtr,
				  VCOPY(b->ep, source, peer_ep, sink, LEN)),
			  want);
	ck_assert(slot_is(120, RECEIVING));
	ck_assert(slot_is(PEER_NR, state_flags(state)));
	if (want == OK)
		ck_assert(has_arrived(from_peer ? b->pid : peer->pid));
}

static int third_expected(enum state state)
{
	switch (state) {
	case RUNS:
	case SENDS_ME:
	case REQUESTS_ME:
	case SENDS_OTHER:
	case REQUESTS_OTHER:
		return EMOLPROCSTS;
	default:
		return OK;
	}
}

START_TEST(third_systask)
{
	by_third(SYSTASK_0, _i, false, third_expected(_i));
}
END_TEST

START_TEST(third_capable)
{
	by_third(_i / NR_LIVE_STATES ? 110 : 5, _i % NR_LIVE_STATES, true,
		 third_expected(_i % NR_LIVE_STATES));
}
END_TEST

/* Not even that of another node is entitled. */
START_TEST(third_denied)
{
	static const int slots[] = { 5, 110, SYSTASK(1), CLOCK };

	by_third(slots[_i], RECEIVES_ANY, false, EMOLCALLDENIED);
}
END_TEST

/* One of the two runs. */
START_TEST(third_is_running)
{
	struct actor *rqtr = actor_new(PROCESS, SYSTASK_0);

	roles_set(PROCESS, RECEIVES_ANY);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(peer_ep, source, other->ep, sink, LEN)),
		  EMOLPROCSTS);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(other->ep, source, peer_ep, sink, LEN)),
		  EMOLPROCSTS);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(peer_ep, source, peer_ep, sink, LEN)),
		  EMOLENDPOINT);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(SELF, source, SELF, sink, LEN)),
		  EMOLENDPOINT);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(peer_ep, source, NONE, sink, LEN)),
		  EMOLENDPOINT);
	ck_assert(slot_is(PEER_NR, RECEIVING));
}
END_TEST

START_TEST(not_bound)
{
	struct actor *a = actor_unbound();

	roles_set(PROCESS, RECEIVES_ANY);
	ASSERT_RC(copy_in_role(a, SELF, peer_ep, FROM_PEER), EMOLNOTBIND);
	ASSERT_RC(copy_in_role(a, me->ep, peer_ep, TO_PEER), EMOLNOTBIND);
	ASSERT_RC(CALL_RC(me, .op = OP_UNBIND, .peer = SELF), OK);
	ASSERT_RC(copy_in_role(me, SELF, peer_ep, FROM_PEER), EMOLNOTBIND);
}
END_TEST

static int run_elsewhere(struct call *call)
{
	REQUIRE(!unshare(CLONE_NEWNET));
	close(mnx_fd());
	return run_vcopy(call);
}

/* A node that was never initialised */
START_TEST(no_node)
{
	struct actor *a = actor_unbound();
	struct call call = { VCOPY(SELF, source, 35767, sink, LEN) };

	call.run = run_elsewhere;
	ASSERT_RC(actor_do(a, call).rc, EMOLDRVSINIT);
}
END_TEST

/* Numbers */

START_TEST(lengths)
{
	drvs_usr_t drvs;
	long max;

	roles_set(PROCESS, RECEIVES_ME);
	ASSERT_RC(mnx_getdrvsinfo(&drvs), OK);
	max = drvs.d_max_copylen;
	ck_assert_int_eq(max, 16 << 20);
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, peer_ep, sink, max + 1)),
		  EMOLRANGE);
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, peer_ep, sink, -1)),
		  EMOLRANGE);
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, peer_ep, sink, LONG_MIN)),
		  EMOLRANGE);
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, peer_ep, sink, LONG_MAX)),
		  EMOLRANGE);
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, peer_ep, sink, 0)), OK);
	ASSERT_RC(CALL_RC(me, VCOPY(peer_ep, NULL, SELF, NULL, 0)), OK);
	ck_assert(is_untouched(me->pid));
	ck_assert(is_untouched(peer->pid));
	/* 0 bytes are checked as others are. */
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, SELF, sink, 0)),
		  EMOLENDPOINT);
	ASSERT_RC(CALL_RC(me, VCOPY(SELF, source, other->ep, sink, 0)),
		  EMOLPROCSTS);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ states, 4 * NR_LIVE_STATES * NR_RIGHTS },
		{ endpoints, 4 * (NR_STATES - FREE_SLOT) },
		{ own_number, NR_ROLES },
		{ user_slot, NR_ROLES },
		{ third_systask, NR_LIVE_STATES },
		{ third_capable, 2 * NR_LIVE_STATES },
		{ third_denied, 4 },
		{ third_is_running, 1 },
		{ not_bound, 1 },
		{ no_node, 1 },
		{ lengths, 1 },
	};

	stage_init();
	return RUN_TESTS("copies", 120, copy_up, copies_down, tests);
}
