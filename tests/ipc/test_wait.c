// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each call that waits, begun while the peer is in each state that makes it
 * wait, and ended in each way there is.
 *
 * What must be true afterwards: a message has passed once or not at all; who
 * did not get one is not left waiting for it; an answer nobody waits for is
 * refused to its sender.
 */
#include <signal.h>

#include "blocked.h"

enum end {
	DELIVERED,
	TIMED_OUT,
	RESTARTED,   /* a signal, SA_RESTART; then delivered */
	STOPPED,     /* stopped, continued; then delivered */
	INTERRUPTED, /* a signal without SA_RESTART */
	PEER_UNBOUND,
	PEER_KILLED,
	ME_UNBOUND,
	ME_KILLED,
	VM_ENDED,
	NODE_ENDED,
	NR_ENDS
};

static const char *const wait_names[NR_WAITS] = {
	"send",          "sendrec",          "sendrec (taken)",
	"receive",       "receive from any", "rcvrqst",
	"reply_rcvrqst",
};

static const char *const end_names[NR_ENDS] = {
	"delivered",   "timed out",    "restarted",   "stopped",
	"interrupted", "peer unbound", "peer killed", "me unbound",
	"me killed",   "VM ended",     "node ended",
};

/* What the peer does meanwhile */
static const enum state states[] = {
	RUNS, RECEIVES_OTHER, SENDS_OTHER, REQUESTS_OTHER, AWAITS_OTHER,
};

#define NR_STATES_HERE ((int)(sizeof(states) / sizeof(states[0])))
#define NR_CASES       (NR_WAITS * NR_ENDS * NR_STATES_HERE)

static enum wait wait_;
static enum end end_;
static enum state state_;

/* The combination that is tested stands before each message. */
#define CHECK_RC(rc, expected)                                                \
	do {                                                                  \
		int rc__ = (rc), expected__ = (expected);                     \
		ck_assert_msg(rc__ == expected__,                             \
			      "%s, peer %s, %s: %s is %d (%s), not %s",       \
			      wait_names[wait_], state_names[state_],         \
			      end_names[end_], #rc, rc__, mnx_strerror(rc__), \
			      mnx_strerror(expected__));                      \
	} while (0)

static void peer_does(enum op op, int whom, const char *text)
{
	CHECK_RC(CALL_RC(peer, .op = op, .peer = whom, .ms = PATIENCE,
			 .m = text_message(9, text)),
		 OK);
}

/* A request is taken before the peer turns to others. */
static void set_stage(enum kind kind)
{
	long ms = end_ == TIMED_OUT ? SHORT : TIMEOUT_FOREVER;

	if (wait_ != SENDREC_TAKEN) {
		roles_set(kind, state_);
		start_call(wait_, ms);
	} else {
		roles_set(kind, RUNS);
		start_call(wait_, ms);
		peer_does(OP_RCVRQST, 0, "");
		peer_enter(state_);
	}
	if (end_ != TIMED_OUT)
		actor_await(me, my_flags());
}

/* Ends of the wait by what it was for */

static void check_mine(int source, int type, const char *text)
{
	struct result r = actor_end(me);

	CHECK_RC(r.rc, OK);
	ASSERT_MESSAGE(r.m, source, type, text);
	if (wait_ == REPLY_RCVRQST)
		CHECK_RC(r.reply_rc, OK);
	ck_assert_int_eq(r.handled, end_ == RESTARTED);
	ck_assert(slot_is(ME_NR, 0));
}

static void take_mine(enum op op)
{
	struct result r = CALL(peer, .op = op, .peer = me->ep, .ms = PATIENCE);

	CHECK_RC(r.rc, OK);
	ASSERT_MESSAGE(r.m, me->ep, 7, "from me");
}

static void request_of_me(struct actor *from)
{
	START(from, .op = OP_SENDREC, .peer = me->ep, .ms = PATIENCE,
	      .m = text_message(9, "a request"));
	check_mine(from->ep, 9, "a request");
	CHECK_RC(CALL_RC(me, .op = OP_REPLY, .peer = from->ep), OK);
	CHECK_RC(actor_end(from).rc, OK);
}

static void deliver_once(void)
{
	switch (wait_) {
	case SEND:
		take_mine(OP_RECEIVE);
		check_mine(4711, 7, "from me");
		break;
	case SENDREC:
		take_mine(OP_RCVRQST);
		actor_await(me, RECEIVING);
		/* fall through */
	case SENDREC_TAKEN:
		peer_does(OP_REPLY, me->ep, "the answer");
		check_mine(peer->ep, 9, "the answer");
		break;
	case RECEIVE:
	case RECEIVE_ANY:
		peer_does(OP_SEND, me->ep, "a message");
		check_mine(peer->ep, 9, "a message");
		break;
	case RCVRQST:
	case REPLY_RCVRQST:
		request_of_me(peer);
		break;
	case NR_WAITS:
		break;
	}
	/* It has passed once. */
	CHECK_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		 EMOLAGAIN);
	CHECK_RC(CALL_RC(me, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		 EMOLAGAIN);
}

/* My call has ended without a message; bound: I still have an endpoint. */
static void check_no_trace(bool bound)
{
	role_settle(me, bound);
	peer_release(state_);
	CHECK_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		 EMOLAGAIN);
	CHECK_RC(CALL_RC(peer, .op = OP_REPLY, .peer = me->ep),
		 bound ? EMOLNOTREADY : EMOLDSTDIED);
	CHECK_RC(CALL_RC(peer, .op = OP_SEND, .peer = me->ep, .ms = 0),
		 bound ? EMOLAGAIN : EMOLDSTDIED);
}

static void end_without_message(int rc)
{
	struct result r = actor_end(me);

	CHECK_RC(r.rc, rc);
	ASSERT_MESSAGE(r.m, 4711, 7, "from me");
	if (wait_ == REPLY_RCVRQST)
		CHECK_RC(r.reply_rc, OK);
}

/* The peer's own call, if it is in one */
static void end_of_peer(int rc)
{
	if (state_ != RUNS)
		CHECK_RC(actor_end(peer).rc, rc);
}

static void after_peer(void)
{
	switch (wait_) {
	case SEND:
	case SENDREC:
		end_without_message(EMOLDSTDIED);
		break;
	case SENDREC_TAKEN:
	case RECEIVE:
		end_without_message(EMOLSRCDIED);
		break;
	case RECEIVE_ANY:
	case RCVRQST:
	case REPLY_RCVRQST:
		/* It waits for whoever comes. */
		ck_assert(slot_is(ME_NR, RECEIVING));
		if (state_ != RUNS && state_ != AWAITS_OTHER)
			actor_kill(other);
		if (!other->dead)
			request_of_me(other);
		else
			request_of_me(actor_new(PROCESS, CLIENT_NR));
		break;
	case NR_WAITS:
		break;
	}
	ck_assert(slot_is(ME_NR, 0));
}

static void end_wait(void)
{
	switch (end_) {
	case RESTARTED:
		actor_signal(me, SIG_RESTART);
		break;
	case STOPPED:
		actor_stop(me);
		actor_continue(me);
		break;
	case DELIVERED:
		break;
	case TIMED_OUT:
		end_without_message(EMOLTIMEDOUT);
		check_no_trace(true);
		return;
	case INTERRUPTED:
		actor_signal(me, SIG_INTERRUPT);
		end_without_message(EMOLINTR);
		check_no_trace(true);
		return;
	case PEER_UNBOUND:
		CHECK_RC(actor_unbind(peer), OK);
		slot_await(PEER_NR, SLOT_FREE);
		end_of_peer(EMOLNOTBIND);
		after_peer();
		return;
	case PEER_KILLED:
		actor_kill(peer);
		slot_await(PEER_NR, SLOT_FREE);
		after_peer();
		return;
	case ME_UNBOUND:
		CHECK_RC(mnx_unbind(VMID, me->ep), OK);
		end_without_message(EMOLNOTBIND);
		check_no_trace(false);
		return;
	case ME_KILLED:
		actor_kill(me);
		slot_await(ME_NR, SLOT_FREE);
		check_no_trace(false);
		return;
	case VM_ENDED:
		CHECK_RC(mnx_vm_end(VMID), OK);
		end_without_message(EMOLVMNOTRUN);
		if (!peer_is_remote())
			end_of_peer(EMOLVMNOTRUN);
		return;
	case NODE_ENDED:
		CHECK_RC(mnx_drvs_end(), OK);
		end_without_message(EMOLDRVSINIT);
		if (!peer_is_remote())
			end_of_peer(EMOLDRVSINIT);
		return;
	case NR_ENDS:
		return;
	}
	/* These went on as if nothing had happened. */
	ck_assert(slot_is(ME_NR, my_flags()));
	peer_release(state_);
	deliver_once();
}

static void check_case(enum kind kind, int i)
{
	state_ = states[i % NR_STATES_HERE];
	end_ = i / NR_STATES_HERE % NR_ENDS;
	wait_ = i / NR_STATES_HERE / NR_ENDS;
	if (end_ == NODE_ENDED && !peer_is_remote())
		stage_new_node();
	set_stage(kind);
	end_wait();
}

START_TEST(processes)
{
	check_case(PROCESS, _i);
}
END_TEST

START_TEST(threads)
{
	check_case(THREAD, _i);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ processes, NR_CASES },
		{ threads, NR_CASES },
	};

	stage_init();
	return RUN_ROLES("waiting", roles_up, roles_down, tests);
}
