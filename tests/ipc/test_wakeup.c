// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waking one that is blocked: each call, in each state of the peer that it
 * waits for, ends with EMOLINTR and leaves nothing behind, as after a signal.
 */
#include <signal.h>
#include <string.h>

#include "blocked.h"
#include "users.h"

static const enum state states[] = { RUNS, RECEIVES_OTHER, REQUESTS_OTHER };

#define NR_CASES (NR_WAITS * NR_OF(states))

static void me_ready(void)
{
	roles_set(PROCESS, RUNS);
}

static int wake(void)
{
	return mnx_wakeup(VMID, ME_NR);
}

START_TEST(each_wait)
{
	enum wait wait = _i % NR_WAITS;
	enum state state = states[_i / NR_WAITS];
	long ms = _i % 2 ? TIMEOUT_FOREVER : PATIENCE;

	if (wait == SENDREC_TAKEN) {
		me_ready();
		begin(wait, ms);
		peer_enter(state);
	} else {
		roles_set(PROCESS, state);
		start_call(wait, ms);
		actor_await(me, my_flags());
	}
	ASSERT_RC(wake(), OK);
	if (state != RUNS)
		peer_release(state);
	check_abandoned(EMOLINTR);
	ASSERT_RC(wake(), EMOLPROCSTS);
}
END_TEST

/* A call that waits, as if it had been the first */
START_TEST(goes_on)
{
	me_ready();
	begin(_i, TIMEOUT_FOREVER);
	ASSERT_RC(wake(), OK);
	check_abandoned(EMOLINTR);
	begin(_i, TIMEOUT_FOREVER);
	deliver();
	check_delivered();
}
END_TEST

/* While a handler runs: the call that it interrupted does not go on. */
START_TEST(in_a_handler)
{
	me_ready();
	handler_runs(wait_at_gate);
	begin(_i, TIMEOUT_FOREVER);
	hold();
	ASSERT_RC(wake(), OK);
	let_go();
	check_abandoned(EMOLINTR);
}
END_TEST

START_TEST(not_blocked)
{
	me_ready();
	ASSERT_RC(wake(), EMOLPROCSTS);
	/* The next call does not know of that. */
	begin(RECEIVE_ANY, TIMEOUT_FOREVER);
	deliver();
	check_delivered();
	START(me, .op = OP_RUN, .run = wait_at_gate);
	ASSERT_RC(wake(), EMOLPROCSTS);
	let_go();
	ASSERT_RC(actor_end(me).rc, OK);
}
END_TEST

/* When it is woken just as what it waits for comes: one of the two */
START_TEST(race)
{
	unsigned int seed = (unsigned int)_i;
	struct result r;
	int rc;

	me_ready();
	begin(RECEIVE, TIMEOUT_FOREVER);
	START(peer, .op = OP_SEND, .peer = me->ep, .ms = PATIENCE,
	      .m = text_message(9, "to me"));
	random_delay(&seed, RACE_DELAY);
	rc = wake();
	r = actor_end(me);
	if (r.rc == EMOLINTR) {
		ASSERT_RC(rc, OK);
		r = CALL(me, .op = OP_RECEIVE, .peer = peer->ep,
			 .ms = PATIENCE);
	} else {
		ASSERT_RC(rc, EMOLPROCSTS);
	}
	ASSERT_RC(r.rc, OK);
	ASSERT_MESSAGE(r.m, peer->ep, 9, "to me");
	ASSERT_RC(actor_end(peer).rc, OK);
}
END_TEST

static int wake_as_alice(struct call *call)
{
	become_user(ALICE);
	return mnx_wakeup(VMID, call->peer);
}

START_TEST(refusals)
{
	struct actor *systask = actor_new(PROCESS, SYSTASK_0);
	struct actor *server = actor_new(PROCESS, 9);
	struct actor *a = actor_new(PROCESS, ME_NR);

	ASSERT_RC(mnx_wakeup(VMID, ME_NR + 1), EMOLNOTBIND);
	ASSERT_RC(mnx_wakeup(VMID, NR_PROCS), EMOLRANGE);
	ASSERT_RC(mnx_wakeup(VMID, -NR_TASKS - 1), EMOLRANGE);
	ASSERT_RC(mnx_wakeup(VMID + 1, ME_NR), EMOLVMNOTRUN);
	ASSERT_RC(mnx_wakeup(-1, ME_NR), EMOLBADVMID);
	START(a, .op = OP_RECEIVE, .peer = ANY, .ms = TIMEOUT_FOREVER);
	actor_await(a, RECEIVING);
	ASSERT_RC(CALL_RC(server, .op = OP_RUN, .run = wake_as_alice,
			  .peer = ME_NR),
		  EMOLPERM);
	ck_assert(slot_is(ME_NR, RECEIVING));
	ASSERT_RC(CALL_RC(systask, .op = OP_RUN, .run = wake_as_alice,
			  .peer = ME_NR),
		  OK);
	ASSERT_RC(actor_end(a).rc, EMOLINTR);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ each_wait, NR_CASES },
		{ goes_on, NR_WAITS },
		{ in_a_handler, NR_WAITS },
		{ not_blocked, 1 },
		{ race, 20 },
		{ refusals, 1 },
	};
	int rc;

	stage_init();
	device_open_to_all();
	rc = RUN_ROLES("wakeup", blocked_up, roles_down, tests);
	device_close();
	return rc;
}
