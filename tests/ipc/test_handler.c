// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signal handlers that use the endpoint whose call they interrupted: theirs is
 * made, and the interrupted one ends with EMOLINTR, unless it was done before.
 */
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "blocked.h"
#include "cluster.h"

#define SIG_NESTED (SIGRTMIN + 1)

static void cast(int i)
{
	roles_set(i % 2 ? THREAD : PROCESS, RUNS);
}

START_TEST(sends)
{
	struct result r;

	cast(_i);
	START(other, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	handler_calls(OP_SEND, other->ep, PATIENCE);
	begin(_i / 2, TIMEOUT_FOREVER);
	ASSERT_RC(actor_signal(me, SIG_RESTART).rc, OK);
	r = actor_end(other);
	ASSERT_RC(r.rc, OK);
	ASSERT_MESSAGE(r.m, me->ep, 8, "in it");
	check_abandoned(EMOLINTR);
}
END_TEST

/* Have I come to wait for a message of "other", in the handler? */
static bool waits_for_other(void)
{
	proc_usr_t info;

	ASSERT_RC(mnx_getprocinfo(VMID, ME_NR, &info), OK);
	return info.p_rts_flags == RECEIVING && info.p_getfrom == other->ep;
}

START_TEST(waits)
{
	cast(_i);
	handler_calls(OP_RECEIVE, other->ep, PATIENCE);
	begin(_i / 2, TIMEOUT_FOREVER);
	ck_assert(!syscall(SYS_tgkill, me->pid, me->tid, SIG_RESTART));
	AWAIT(waits_for_other());
	/* What the interrupted call waits for is not what it takes. */
	ASSERT_RC(CALL_RC(peer, .op = OP_SEND, .peer = me->ep), EMOLAGAIN);
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = me->ep, .ms = PATIENCE),
		  OK);
	check_abandoned(EMOLINTR);
}
END_TEST

START_TEST(requests)
{
	cast(_i);
	START(other, .op = OP_RCVRQST, .ms = PATIENCE);
	handler_calls(OP_SENDREC, other->ep, PATIENCE);
	begin(_i / 2, TIMEOUT_FOREVER);
	ck_assert(!syscall(SYS_tgkill, me->pid, me->tid, SIG_RESTART));
	ASSERT_RC(actor_end(other).rc, OK);
	ASSERT_RC(CALL_RC(other, .op = OP_REPLY, .peer = me->ep), OK);
	check_abandoned(EMOLINTR);
}
END_TEST

/* Looking is not a call of the endpoint. */
START_TEST(looks)
{
	cast(_i);
	handler_calls(OP_GETEP, me->tid, 0);
	begin(_i / 2, TIMEOUT_FOREVER);
	ck_assert_int_eq(actor_signal(me, SIG_RESTART).rc, me->ep);
	restart();
	deliver();
	check_delivered();
}
END_TEST

static int gate_then_receive(struct call *call)
{
	message m;

	wait_at_gate(call);
	return mnx_receive_T(ANY, &m, 0);
}

/* An answer of another node is on its way when its server goes on. */
static bool is_delivered(void)
{
	proc_usr_t info;

	ASSERT_RC(mnx_getprocinfo(VMID, ME_NR, &info), OK);
	return !info.p_rts_flags;
}

/* What came before the handler's call belongs to the interrupted one. */
START_TEST(calls_after_delivery)
{
	cast(_i);
	handler_runs(gate_then_receive);
	begin(_i / 2, TIMEOUT_FOREVER);
	hold();
	deliver();
	AWAIT(is_delivered());
	let_go();
	check_delivered();
}
END_TEST

/* The other node has yet to say that it was delivered. */
START_TEST(calls_before_word)
{
	cast(0);
	handler_runs(gate_then_receive);
	begin(SEND, TIMEOUT_FOREVER);
	hold();
	cluster_hold();
	deliver();
	let_go();
	actor_await_syscall(me, SYS_ioctl);
	cluster_go_on();
	check_delivered();
}
END_TEST

START_TEST(calls_after_timeout)
{
	long end;

	cast(_i);
	handler_runs(gate_then_receive);
	begin(_i / 2, TIME);
	end = now_ms() + TIME;
	hold();
	AWAIT(now_ms() > end);
	let_go();
	check_abandoned(EMOLINTR);
}
END_TEST

/* A handler above a handler */

static int nested_rc = 1;
static bool nested_calls;

static void on_nested(int sig)
{
	message m = { 0 };

	(void)sig;
	nested_rc = nested_calls ? mnx_receive_T(ANY, &m, 0) : OK;
}

static int catch_nested(struct call *call)
{
	struct sigaction sa = { .sa_handler = on_nested,
				.sa_flags = SA_RESTART };

	nested_calls = call->value;
	return sigaction(SIG_NESTED, &sa, NULL);
}

static int get_nested_rc(struct call *call)
{
	(void)call;
	return nested_rc;
}

static void nest(enum wait wait, bool calls)
{
	roles_set(PROCESS, RUNS);
	ASSERT_RC(CALL_RC(me, .op = OP_RUN, .run = catch_nested,
			  .value = calls),
		  OK);
	handler_calls(OP_RECEIVE, other->ep, TIMEOUT_FOREVER);
	begin(wait, TIMEOUT_FOREVER);
	ck_assert(!syscall(SYS_tgkill, me->pid, me->tid, SIG_RESTART));
	AWAIT(waits_for_other());
	actor_await_syscall(me, SYS_ioctl);
	ck_assert(!syscall(SYS_tgkill, me->pid, me->tid, SIG_NESTED));
}

static struct result next_report(struct actor *a)
{
	return actor_signal(a, 0);
}

START_TEST(nested_call)
{
	nest(_i, true);
	/* The handler's call is abandoned too. */
	ASSERT_RC(next_report(me).rc, EMOLINTR);
	check_abandoned(EMOLINTR);
	ASSERT_RC(CALL_RC(me, .op = OP_RUN, .run = get_nested_rc), EMOLAGAIN);
}
END_TEST

START_TEST(nested_without_call)
{
	nest(_i, false);
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = me->ep, .ms = PATIENCE),
		  OK);
	ASSERT_RC(next_report(me).rc, OK);
	check_abandoned(EMOLINTR);
	ASSERT_RC(CALL_RC(me, .op = OP_RUN, .run = get_nested_rc), OK);
}
END_TEST

/* Calls that handlers leave by a jump, more often than a page has slots */

static sigjmp_buf away;

static void on_jump(int sig)
{
	(void)sig;
	siglongjmp(away, 1);
}

static int jump_out(struct call *call)
{
	message m;

	signal(SIG_NESTED, on_jump);
	if (!sigsetjmp(away, 1))
		mnx_receive_T(call->peer, &m, TIMEOUT_FOREVER);
	return mnx_send_T(call->peer, &call->m, PATIENCE);
}

START_TEST(jumps)
{
	struct result r;
	int i;

	cast(_i);
	for (i = 0; i < M3IPC_NR_CALLS + 5; i++) {
		START(me, .op = OP_RUN, .run = jump_out, .peer = peer->ep,
		      .m = text_message(i, "after it"));
		actor_await(me, RECEIVING);
		actor_await_syscall(me, SYS_ioctl);
		ck_assert(!syscall(SYS_tgkill, me->pid, me->tid, SIG_NESTED));
		r = CALL(peer, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
		ASSERT_RC(r.rc, OK);
		ASSERT_MESSAGE(r.m, me->ep, i, "after it");
		ASSERT_RC(actor_end(me).rc, OK);
	}
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ sends, 2 * NR_WAITS },
		{ waits, 2 * NR_WAITS },
		{ requests, 2 * NR_WAITS },
		{ looks, 2 * NR_WAITS },
		{ calls_after_delivery, 2 * NR_WAITS },
		{ calls_before_word, peer_is_remote() },
		{ calls_after_timeout, 2 * NR_WAITS },
		{ nested_call, NR_WAITS },
		{ nested_without_call, NR_WAITS },
		{ jumps, 2 },
	};

	stage_init();
	return RUN_ROLES("calls of handlers", blocked_up, roles_down, tests);
}
