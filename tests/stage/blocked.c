// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "blocked.h"
#include "raw.h"

/* What the director and the handlers of actors share */
static struct {
	int entered;
	int open;
} * gate;

static enum wait wait_;

uint32_t my_flags(void)
{
	if (wait_ == SEND)
		return SENDING;
	return wait_ == SENDREC ? SENDING | RECEIVING : RECEIVING;
}

void start_call(enum wait wait, long ms)
{
	static const enum op ops[NR_WAITS] = {
		OP_SEND,    OP_SENDREC, OP_SENDREC,       OP_RECEIVE,
		OP_RECEIVE, OP_RCVRQST, OP_REPLY_RCVRQST,
	};

	wait_ = wait;
	START(me, .op = ops[wait],
	      .peer = wait == RECEIVE_ANY   ? ANY :
		      wait == REPLY_RCVRQST ? NONE :
					      peer->ep,
	      .ms = ms, .m = text_message(7, "from me"));
}

void begin(enum wait wait, long ms)
{
	start_call(wait, ms);
	if (wait == SENDREC_TAKEN)
		ASSERT_RC(CALL_RC(peer, .op = OP_RCVRQST, .ms = PATIENCE), OK);
	actor_await(me, my_flags());
}

void deliver(void)
{
	struct result r;

	if (wait_ == SEND || wait_ == SENDREC) {
		r = CALL(peer, .op = OP_RECEIVE, .peer = me->ep,
			 .ms = PATIENCE);
		ASSERT_RC(r.rc, OK);
		ASSERT_MESSAGE(r.m, me->ep, 7, "from me");
	}
	switch (wait_) {
	case SENDREC:
	case SENDREC_TAKEN:
		ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = me->ep,
				  .m = text_message(9, "to me")),
			  OK);
		break;
	case RECEIVE:
	case RECEIVE_ANY:
		ASSERT_RC(CALL_RC(peer, .op = OP_SEND, .peer = me->ep,
				  .m = text_message(9, "to me")),
			  OK);
		break;
	case RCVRQST:
	case REPLY_RCVRQST:
		START(peer, .op = OP_SENDREC, .peer = me->ep, .ms = PATIENCE,
		      .m = text_message(9, "to me"));
		actor_await(peer, RECEIVING);
		break;
	default:
		break;
	}
}

void check_delivered(void)
{
	struct result r = actor_end(me);

	ASSERT_RC(r.rc, OK);
	if (wait_ != SEND)
		ASSERT_MESSAGE(r.m, peer->ep, 9, "to me");
	ck_assert(slot_is(ME_NR, 0));
	if (wait_ == RCVRQST || wait_ == REPLY_RCVRQST) {
		ASSERT_RC(CALL_RC(me, .op = OP_REPLY, .peer = peer->ep), OK);
		ASSERT_RC(actor_end(peer).rc, OK);
	}
	ASSERT_RC(CALL_RC(me, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
	ASSERT_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
}

void check_abandoned(int rc)
{
	struct result r = actor_end(me);

	ASSERT_RC(r.rc, rc);
	ASSERT_MESSAGE(r.m, 4711, 7, "from me");
	role_settle(me, true);
	ASSERT_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
	ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = me->ep), EMOLNOTREADY);
	ASSERT_RC(CALL_RC(peer, .op = OP_SEND, .peer = me->ep), EMOLAGAIN);
}

/* Handlers */

void handler_calls(enum op op, int whom, long ms)
{
	actor_handler_call(me, (struct call){ .op = op,
					      .peer = whom,
					      .ms = ms,
					      .m = text_message(8, "in it") });
}

void handler_runs(int (*run)(struct call *call))
{
	actor_handler_call(me, (struct call){ .op = OP_RUN, .run = run });
}

int wait_at_gate(struct call *call)
{
	(void)call;
	__atomic_store_n(&gate->entered, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&gate->open, __ATOMIC_SEQ_CST))
		breathe();
	return OK;
}

void hold(void)
{
	ck_assert(!syscall(SYS_tgkill, me->pid, me->tid, SIG_RESTART));
	AWAIT(__atomic_load_n(&gate->entered, __ATOMIC_SEQ_CST));
	ck_assert(slot_is(ME_NR, my_flags()));
}

void let_go(void)
{
	__atomic_store_n(&gate->open, 1, __ATOMIC_SEQ_CST);
}

void restart(void)
{
	actor_signal(me, SIG_RESTART);
	actor_await_syscall(me, SYS_ioctl);
	ck_assert(slot_is(ME_NR, my_flags()));
}

void blocked_up(void)
{
	gate = shared_new(sizeof(*gate));
	roles_up();
}
