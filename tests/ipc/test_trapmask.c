// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mask of primitives, s_trap_mask: each of its bits and each primitive,
 * with a peer in a state in which the primitive comes to an end at once.
 */
#include <unistd.h>

#include "gate.h"
#include "priv.h"
#include "roles.h"

static const struct row {
	const char *name;
	enum op op;
	enum state state; /* of the peer */
	bool nobody;      /* names NONE instead of the peer */
	uint32_t needs;
	int rc;
} rows[] = {
	{ "send", OP_SEND, RECEIVES_ME, false, BIT(TRAP_SEND), OK },
	{ "receive", OP_RECEIVE, SENDS_ME, false, BIT(TRAP_RECEIVE), OK },
	{ "sendrec", OP_SENDREC, RUNS, false, BIT(TRAP_SENDREC), EMOLAGAIN },
	{ "rcvrqst", OP_RCVRQST, REQUESTS_ME, false, BIT(TRAP_RCVRQST), OK },
	{ "reply", OP_REPLY, AWAITS_ME, false, BIT(TRAP_REPLY), OK },
	{ "reply_rcvrqst", OP_REPLY_RCVRQST, AWAITS_ME, false,
	  BIT(TRAP_REPLY) | BIT(TRAP_RCVRQST), EMOLAGAIN },
	{ "reply_rcvrqst to nobody", OP_REPLY_RCVRQST, REQUESTS_ME, true,
	  BIT(TRAP_RCVRQST), OK },
	{ "relay", OP_RELAY, RUNS, false, BIT(TRAP_RELAY), EMOLNOTREADY },
	{ "notify", OP_NOTIFY, RUNS, false, BIT(TRAP_NOTIFY), OK },
	{ "vcopy", OP_RUN, RECEIVES_ME, false, BIT(TRAP_VCOPY), OK },
};

static char memory[8];

static struct result make_call(const struct row *row)
{
	message m = text_message(7, "from me");

	if (row->op == OP_RUN)
		return CALL(me, VCOPY(peer_ep, memory, SELF, memory,
				      sizeof(memory)));
	if (row->op == OP_RELAY)
		m.m_source = other->ep;
	return CALL(me, .op = row->op, .peer = row->nobody ? NONE : peer_ep,
		    .ms = TIMEOUT_NOWAIT, .m = m);
}

static void check_trap(const struct row *row, uint32_t mask)
{
	bool denied = row->needs & ~mask;
	int want = denied ? EMOLTRAPDENIED : row->rc;
	struct result r;

	roles_set(PROCESS, row->state);
	set_traps(me->ep, mask);
	r = make_call(row);
	ck_assert_msg(r.rc == want, "%s with traps %#x: %s, not %s", row->name,
		      mask, mnx_strerror(r.rc), mnx_strerror(want));
	if (!denied)
		return;
	/* Nothing has happened, and afterwards all is as it was. */
	if (row->op != OP_RUN && row->op != OP_RELAY)
		ASSERT_MESSAGE(r.m, 4711, 7, "from me");
	ck_assert(slot_is(PEER_NR, state_flags(row->state)));
	ck_assert(slot_is(ME_NR, 0));
	set_traps(me->ep, ALL_TRAPS);
	ASSERT_RC(make_call(row).rc, row->rc);
}

START_TEST(trap_missing)
{
	check_trap(&rows[_i / 8], ALL_TRAPS & ~BIT(_i % 8));
}
END_TEST

START_TEST(trap_alone)
{
	check_trap(&rows[_i], rows[_i].needs);
}
END_TEST

START_TEST(no_traps)
{
	check_trap(&rows[_i], 0);
}
END_TEST

/* A server that may not answer is told so, and takes no request. */
START_TEST(trap_of_reply)
{
	struct result r;

	roles_set(PROCESS, AWAITS_ME);
	set_traps(me->ep, ALL_TRAPS & ~BIT(TRAP_REPLY));
	r = CALL(me, .op = OP_REPLY_RCVRQST, .peer = peer_ep);
	ASSERT_RC(r.rc, EMOLTRAPDENIED);
	ck_assert_int_ne(r.reply_rc, OK);
	ASSERT_RC(CALL_RC(me, .op = OP_REPLY_RCVRQST, .peer = NONE), EMOLAGAIN);
}
END_TEST

/* Neither identity nor administration is a primitive. */
static int run_ungoverned(struct call *call)
{
	priv_usr_t priv;

	REQUIRE(mnx_getep(getpid()) == call->peer);
	REQUIRE(mnx_getpriv(VMID, call->peer, &priv) == OK);
	REQUIRE(mnx_wait4bind() == call->peer);
	REQUIRE(mnx_hdw_notify(VMID, call->peer) == OK);
	REQUIRE(mnx_unbind(VMID, SELF) == OK);
	return OK;
}

START_TEST(not_governed)
{
	struct actor *a = actor_new(PROCESS, 100);

	set_traps(a->ep, 0);
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = run_ungoverned,
			  .peer = a->ep),
		  OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ trap_missing, NR_OF(rows) * 8 },
		{ trap_alone, NR_OF(rows) },
		{ no_traps, NR_OF(rows) },
		{ trap_of_reply, 1 },
		{ not_governed, 1 },
	};

	stage_init();
	return RUN_TESTS("mask of primitives", 60, stage_up, stage_down, tests);
}
