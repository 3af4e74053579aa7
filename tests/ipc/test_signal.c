// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals while a call is blocked, and what happens to the call meanwhile.
 */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "blocked.h"

static void cast(int i)
{
	roles_set(i % 2 ? THREAD : PROCESS, RUNS);
	handler_runs(wait_at_gate);
}

static int count_signal(struct call *call)
{
	(void)call;
	return OK;
}

START_TEST(many_restarts)
{
	int i;

	cast(_i);
	handler_runs(count_signal);
	begin(_i / 2, TIMEOUT_FOREVER);
	for (i = 0; i < 5; i++) {
		restart();
		if (i == 3) {
			actor_stop(me);
			actor_continue(me);
		}
	}
	deliver();
	check_delivered();
}
END_TEST

/* A request that was taken is not sent again. */
START_TEST(request_once)
{
	int i;

	roles_set(PROCESS, RUNS);
	begin(SENDREC_TAKEN, TIMEOUT_FOREVER);
	for (i = 0; i < 10; i++) {
		restart();
		ASSERT_RC(CALL_RC(peer, .op = OP_RCVRQST), EMOLAGAIN);
		ASSERT_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY),
			  EMOLAGAIN);
	}
	deliver();
	check_delivered();
}
END_TEST

START_TEST(interrupted)
{
	cast(_i);
	handler_runs(count_signal);
	begin(_i / 2, TIMEOUT_FOREVER);
	restart();
	actor_signal(me, SIG_INTERRUPT);
	check_abandoned(EMOLINTR);
}
END_TEST

/* What happens while the handler runs */

START_TEST(delivered_behind_handler)
{
	cast(_i);
	begin(_i / 2, TIMEOUT_FOREVER);
	hold();
	deliver();
	let_go();
	check_delivered();
}
END_TEST

START_TEST(peer_ends_behind_handler)
{
	enum wait wait = _i / 2;

	cast(0);
	begin(wait, TIMEOUT_FOREVER);
	hold();
	if (_i % 2)
		actor_kill(peer);
	else
		ASSERT_RC(actor_unbind(peer), OK);
	slot_await(PEER_NR, SLOT_FREE);
	let_go();
	ASSERT_RC(actor_end(me).rc,
		  wait <= SENDREC ? EMOLDSTDIED : EMOLSRCDIED);
	ASSERT_RC(CALL_RC(me, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
}
END_TEST

/* The call says why the binding ended, as one that sleeps does. */
START_TEST(unbound_behind_handler)
{
	cast(_i);
	begin(_i / 2, TIMEOUT_FOREVER);
	hold();
	ASSERT_RC(mnx_unbind(VMID, me->ep), OK);
	let_go();
	ASSERT_RC(actor_end(me).rc, EMOLNOTBIND);
}
END_TEST

START_TEST(vm_ends_behind_handler)
{
	cast(_i);
	begin(_i / 2, TIMEOUT_FOREVER);
	hold();
	ASSERT_RC(mnx_vm_end(VMID), OK);
	let_go();
	ASSERT_RC(actor_end(me).rc, EMOLVMNOTRUN);
}
END_TEST

START_TEST(killed_behind_handler)
{
	cast(_i);
	begin(_i / 2, TIMEOUT_FOREVER);
	hold();
	START(other, .op = OP_RECEIVE, .peer = me->ep, .ms = PATIENCE);
	actor_await(other, RECEIVING);
	actor_kill(me);
	slot_await(ME_NR, SLOT_FREE);
	ASSERT_RC(actor_end(other).rc, EMOLSRCDIED);
	ASSERT_RC(CALL_RC(peer, .op = OP_SEND, .peer = me->ep), EMOLDSTDIED);
}
END_TEST

/* Time goes on: it neither stops with the process nor starts anew. */

START_TEST(times_out_behind_handler)
{
	bool delivered = _i % 2;
	long end;

	cast(0);
	begin(_i / 2, TIME);
	end = now_ms() + TIME;
	hold();
	if (delivered)
		deliver();
	AWAIT(now_ms() > end);
	let_go();
	if (delivered)
		check_delivered();
	else
		check_abandoned(EMOLTIMEDOUT);
}
END_TEST

START_TEST(times_out_while_stopped)
{
	long end;

	roles_set(PROCESS, RUNS);
	begin(_i, TIME);
	end = now_ms() + TIME;
	actor_stop(me);
	AWAIT(now_ms() > end);
	actor_continue(me);
	check_abandoned(EMOLTIMEDOUT);
}
END_TEST

/* The last restart is so late that a time begun anew would be twice as long. */
START_TEST(time_is_absolute)
{
	long begun = now_ms();

	roles_set(PROCESS, RUNS);
	begin(_i, 1000);
	while (now_ms() < begun + 900)
		actor_signal(me, SIG_RESTART);
	check_abandoned(EMOLTIMEDOUT);
	ck_assert_int_ge(now_ms() - begun, 1000);
	ck_assert_int_lt(now_ms() - begun, 1800);
}
END_TEST

/* A debugger comes, looks, and goes. */

static void attach(void)
{
	int status;

	ck_assert(!ptrace(PTRACE_ATTACH, me->tid, NULL, NULL));
	ck_assert_int_eq(waitpid(me->tid, &status, __WALL), me->tid);
	ck_assert(WIFSTOPPED(status));
	ck_assert(slot_is(ME_NR, my_flags()));
}

START_TEST(traced)
{
	cast(_i);
	begin(_i / 2, TIMEOUT_FOREVER);
	attach();
	ck_assert(!ptrace(PTRACE_DETACH, me->tid, NULL, NULL));
	actor_await_syscall(me, SYS_ioctl);
	attach();
	deliver();
	ck_assert(!ptrace(PTRACE_DETACH, me->tid, NULL, NULL));
	check_delivered();
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ many_restarts, 2 * NR_WAITS },
		{ request_once, 1 },
		{ interrupted, 2 * NR_WAITS },
		{ delivered_behind_handler, 2 * NR_WAITS },
		{ peer_ends_behind_handler, 2 * RECEIVE_ANY },
		{ unbound_behind_handler, 2 * NR_WAITS },
		{ vm_ends_behind_handler, 2 * NR_WAITS },
		{ killed_behind_handler, 2 * NR_WAITS },
		{ times_out_behind_handler, 2 * NR_WAITS },
		{ times_out_while_stopped, NR_WAITS },
		{ time_is_absolute, NR_WAITS },
		{ traced, 2 * NR_WAITS },
	};

	stage_init();
	return RUN_ROLES("signals", blocked_up, roles_down, tests);
}
