// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Masks of peers, s_ipc_to and s_ipc_from: each call with one that is
 * forbidden, from either side, and what no mask keeps out.
 */
#include <signal.h>
#include <string.h>

#include "gate.h"
#include "priv.h"
#include "roles.h"

/* The bit of a slot in s_ipc_to and s_ipc_from */
static int bit_of(int p_nr)
{
	return p_nr < FIRST_USER_NR ? p_nr + NR_TASKS : IPC_USERS_BIT;
}

static void clear_bit(uint64_t *mask, int bit)
{
	mask[bit / 64] &= ~(1ULL << bit % 64);
}

static void set_bit(uint64_t *mask, int bit)
{
	mask[bit / 64] |= 1ULL << bit % 64;
}

static void forbid_to(struct actor *a, int p_nr)
{
	priv_usr_t priv = priv_get(a->ep);

	clear_bit(priv.s_ipc_to, bit_of(p_nr));
	priv_set(a->ep, &priv);
}

static void forbid_from(struct actor *a, int p_nr)
{
	priv_usr_t priv = priv_get(a->ep);

	clear_bit(priv.s_ipc_from, bit_of(p_nr));
	priv_set(a->ep, &priv);
}

static void allow_all(struct actor *a)
{
	priv_usr_t priv = priv_get(a->ep);

	memset(priv.s_ipc_to, 0xff, sizeof(priv.s_ipc_to));
	memset(priv.s_ipc_from, 0xff, sizeof(priv.s_ipc_from));
	priv.s_trap_mask = ALL_TRAPS;
	priv_set(a->ep, &priv);
}

/* Each call and each mask: a calls, b is named. */

enum mask {
	A_TO,
	B_FROM,
	B_TO,
	A_FROM,
	NR_MASKS
};

static const struct {
	const char *name;
	enum op op;
	bool any;
	bool sends, receives; /* names one to whom, from whom */
	int rc;               /* if nothing is forbidden; b runs */
} peer_rows[] = {
	{ "send", OP_SEND, false, true, false, EMOLAGAIN },
	{ "sendrec", OP_SENDREC, false, true, true, EMOLAGAIN },
	{ "reply", OP_REPLY, false, true, false, EMOLNOTREADY },
	{ "reply_rcvrqst", OP_REPLY_RCVRQST, false, false, false, EMOLAGAIN },
	{ "notify", OP_NOTIFY, false, true, false, OK },
	{ "receive", OP_RECEIVE, false, false, true, EMOLAGAIN },
	{ "receive from any", OP_RECEIVE, true, false, false, EMOLAGAIN },
	{ "rcvrqst", OP_RCVRQST, false, false, false, EMOLAGAIN },
};

static const int pairs[][2] = {
	{ 20, 101 },      { 20, 5 },    { CLOCK, 28 }, { IDLE, 0 },
	{ 5, SYSTASK_0 }, { 101, 102 }, { 101, 3 },
};

#define NR_PEER_TESTS (NR_OF(pairs) * NR_MASKS * NR_OF(peer_rows))

static struct actor *ann, *bob;

static void cast(int a_nr, int b_nr)
{
	ann = actor_new(PROCESS, a_nr);
	bob = actor_new(PROCESS, b_nr);
}

static void forbid(enum mask mask)
{
	switch (mask) {
	case A_TO:
		forbid_to(ann, bob->p_nr);
		break;
	case B_FROM:
		forbid_from(bob, ann->p_nr);
		break;
	case B_TO:
		forbid_to(bob, ann->p_nr);
		break;
	case A_FROM:
		forbid_from(ann, bob->p_nr);
		break;
	case NR_MASKS:
		break;
	}
}

static void check_pair(int row, enum mask mask)
{
	bool to = mask == A_TO || mask == B_FROM;
	bool from = mask == B_TO || mask == A_FROM;
	bool denied = (to && peer_rows[row].sends) ||
		      (from && peer_rows[row].receives);
	enum op op = peer_rows[row].op;
	int want = denied ? EMOLCALLDENIED : peer_rows[row].rc;
	struct result r;

	if (op == OP_NOTIFY && ann->p_nr >= FIRST_USER_NR)
		want = EMOLPRIVILEGES;
	r = CALL(ann, .op = op, .peer = peer_rows[row].any ? ANY : bob->ep);
	ck_assert_msg(r.rc == want, "%s, %d with %d, mask %d: %s, not %s",
		      peer_rows[row].name, ann->p_nr, bob->p_nr, mask,
		      mnx_strerror(r.rc), mnx_strerror(want));
	if (op == OP_REPLY_RCVRQST)
		ASSERT_RC(r.reply_rc, to ? EMOLCALLDENIED : EMOLNOTREADY);
	ASSERT_RC(CALL_RC(bob, .op = OP_RECEIVE, .peer = ANY),
		  op == OP_NOTIFY && r.rc == OK ? OK : EMOLAGAIN);
}

START_TEST(peer_forbidden)
{
	int row = _i % NR_OF(peer_rows), rest = _i / NR_OF(peer_rows);
	const int *pair = pairs[rest / NR_MASKS];

	cast(pair[0], pair[1]);
	forbid(rest % NR_MASKS);
	check_pair(row, rest % NR_MASKS);
	allow_all(ann);
	allow_all(bob);
	check_pair(row, NR_MASKS);
}
END_TEST

/* With only the bits of the pair set nothing is missing between them. */
START_TEST(peer_allowed)
{
	priv_usr_t priv;
	int row;

	cast(pairs[_i][0], pairs[_i][1]);
	priv = priv_get(ann->ep);
	memset(priv.s_ipc_to, 0, sizeof(priv.s_ipc_to));
	memset(priv.s_ipc_from, 0, sizeof(priv.s_ipc_from));
	set_bit(priv.s_ipc_to, bit_of(bob->p_nr));
	set_bit(priv.s_ipc_from, bit_of(bob->p_nr));
	priv_set(ann->ep, &priv);
	for (row = 0; row < NR_OF(peer_rows); row++)
		check_pair(row, NR_MASKS);
}
END_TEST

/* And only between them; but a bit of users is that of all of them. */
static int send_to(struct actor *from, struct actor *to)
{
	return CALL_RC(from, .op = OP_SEND, .peer = to->ep);
}

START_TEST(one_bit_one_slot)
{
	struct actor *c = actor_new(PROCESS, 6), *d = actor_new(PROCESS, 4);
	struct actor *u = actor_new(PROCESS, FIRST_USER_NR);
	struct actor *v = actor_new(PROCESS, NR_PROCS - 1);
	priv_usr_t priv;

	cast(20, 5);
	priv = priv_get(ann->ep);
	memset(priv.s_ipc_to, 0, sizeof(priv.s_ipc_to));
	set_bit(priv.s_ipc_to, 5 + NR_TASKS);
	priv_set(ann->ep, &priv);
	ASSERT_RC(send_to(ann, bob), EMOLAGAIN);
	ASSERT_RC(send_to(ann, c), EMOLCALLDENIED);
	ASSERT_RC(send_to(ann, d), EMOLCALLDENIED);
	ASSERT_RC(send_to(ann, u), EMOLCALLDENIED);
	ASSERT_RC(send_to(ann, v), EMOLCALLDENIED);
	/* The other way is not forbidden. */
	ASSERT_RC(send_to(c, ann), EMOLAGAIN);
	ASSERT_RC(send_to(u, ann), EMOLAGAIN);

	memset(priv.s_ipc_to, 0, sizeof(priv.s_ipc_to));
	set_bit(priv.s_ipc_to, IPC_USERS_BIT);
	priv_set(ann->ep, &priv);
	ASSERT_RC(send_to(ann, bob), EMOLCALLDENIED);
	ASSERT_RC(send_to(ann, u), EMOLAGAIN);
	ASSERT_RC(send_to(ann, v), EMOLAGAIN);
}
END_TEST

/* What is wrong with an endpoint is said first. */
START_TEST(no_peer)
{
	priv_usr_t priv;

	cast(20, 101);
	priv = priv_get(ann->ep);
	memset(priv.s_ipc_to, 0, sizeof(priv.s_ipc_to));
	memset(priv.s_ipc_from, 0, sizeof(priv.s_ipc_from));
	priv_set(ann->ep, &priv);
	ASSERT_RC(CALL_RC(ann, .op = OP_SEND, .peer = NONE), EMOLENDPOINT);
	ASSERT_RC(CALL_RC(ann, .op = OP_SEND, .peer = ann->ep), EMOLENDPOINT);
	ASSERT_RC(CALL_RC(ann, .op = OP_SEND, .peer = 6), EMOLDSTDIED);
	ASSERT_RC(CALL_RC(ann, .op = OP_RECEIVE, .peer = 6), EMOLSRCDIED);
	/* HARDWARE is nobody. */
	ASSERT_RC(CALL_RC(ann, .op = OP_RECEIVE, .peer = HARDWARE), EMOLAGAIN);
	ASSERT_RC(mnx_hdw_notify(VMID, ann->ep), OK);
	ASSERT_RC(CALL_RC(ann, .op = OP_RECEIVE, .peer = HARDWARE), OK);
}
END_TEST

/* What is there already passes. */
START_TEST(already_there)
{
	struct result r;

	cast(20, 101);
	START(bob, .op = OP_SEND, .peer = ann->ep, .ms = PATIENCE,
	      .m.m_type = 3);
	actor_await(bob, SENDING);
	forbid(_i ? A_FROM : B_TO);
	ASSERT_RC(CALL_RC(ann, .op = OP_RECEIVE, .peer = bob->ep),
		  EMOLCALLDENIED);
	ck_assert(slot_is(101, SENDING));
	r = CALL(ann, .op = OP_RECEIVE, .peer = ANY);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, bob->ep);
	ck_assert_int_eq(r.m.m_type, 3);
	ASSERT_RC(actor_end(bob).rc, OK);
	ASSERT_RC(CALL_RC(bob, .op = OP_SEND, .peer = ann->ep), EMOLCALLDENIED);
}
END_TEST

START_TEST(already_notified)
{
	cast(20, 101);
	ASSERT_RC(CALL_RC(ann, .op = OP_NOTIFY, .peer = bob->ep), OK);
	forbid(_i ? A_TO : B_FROM);
	ASSERT_RC(CALL_RC(ann, .op = OP_NOTIFY, .peer = bob->ep),
		  EMOLCALLDENIED);
	ASSERT_RC(CALL_RC(bob, .op = OP_RECEIVE, .peer = ann->ep),
		  EMOLCALLDENIED);
	ASSERT_RC(CALL_RC(bob, .op = OP_RCVRQST), OK);
	ASSERT_RC(CALL_RC(bob, .op = OP_RCVRQST), EMOLAGAIN);
}
END_TEST

/* An answer is a message: the client waits until it is allowed. */
START_TEST(answer_forbidden)
{
	cast(20, 101);
	START(bob, .op = OP_SENDREC, .peer = ann->ep, .ms = PATIENCE);
	actor_await(bob, SENDING | RECEIVING);
	ASSERT_RC(CALL_RC(ann, .op = OP_RCVRQST), OK);
	forbid(_i ? A_TO : B_FROM);
	ASSERT_RC(CALL_RC(ann, .op = OP_REPLY, .peer = bob->ep),
		  EMOLCALLDENIED);
	ck_assert(slot_is(101, RECEIVING));
	allow_all(ann);
	allow_all(bob);
	ASSERT_RC(CALL_RC(ann, .op = OP_REPLY, .peer = bob->ep), OK);
	ASSERT_RC(actor_end(bob).rc, OK);
}
END_TEST

/*
 * relay: who hands it on, and whose it is, must be allowed to send, and whose
 * it is to have the answer.
 */
START_TEST(relay_forbidden)
{
	struct actor *client = actor_new(PROCESS, CLIENT_NR);
	message m = text_message(8, "relayed");
	struct result r;

	roles_set(PROCESS, TAKES_REQUESTS);
	START(client, .op = OP_SENDREC, .peer = me->ep, .ms = PATIENCE);
	actor_await(client, SENDING | RECEIVING);
	ASSERT_RC(CALL_RC(me, .op = OP_RCVRQST), OK);
	switch (_i) {
	case 0:
		forbid_to(me, PEER_NR);
		break;
	case 1:
		forbid_from(peer, ME_NR);
		break;
	case 2:
		forbid_to(client, PEER_NR);
		break;
	case 3:
		forbid_from(peer, CLIENT_NR);
		break;
	case 4: /* the answer */
		forbid_to(peer, CLIENT_NR);
		break;
	case 5:
		forbid_from(client, PEER_NR);
		break;
	}
	m.m_source = client->ep;
	ASSERT_RC(CALL_RC(me, .op = OP_RELAY, .peer = peer_ep, .m = m),
		  EMOLCALLDENIED);
	ck_assert(slot_is(PEER_NR, RECEIVING));
	ck_assert(slot_is(CLIENT_NR, RECEIVING));
	allow_all(me);
	allow_all(peer);
	allow_all(client);
	ASSERT_RC(CALL_RC(me, .op = OP_RELAY, .peer = peer_ep, .m = m), OK);
	r = actor_end(peer);
	ASSERT_RC(r.rc, OK);
	ASSERT_MESSAGE(r.m, client->ep, 8, "relayed");
	ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = client->ep), OK);
	ASSERT_RC(actor_end(client).rc, OK);
}
END_TEST

/* In another's name it is still the caller who needs to be allowed. */
START_TEST(in_anothers_name)
{
	struct result r;

	cast(CLOCK, 101);
	forbid_from(bob, 7);
	ASSERT_RC(CALL_RC(ann, .op = OP_NOTIFY, .peer = bob->ep, .src_nr = 7),
		  OK);
	r = CALL(bob, .op = OP_RECEIVE, .peer = ANY);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, 7);
	forbid_from(bob, CLOCK);
	ASSERT_RC(CALL_RC(ann, .op = OP_NOTIFY, .peer = bob->ep, .src_nr = 8),
		  EMOLCALLDENIED);
}
END_TEST

/* Masks of peers are about messages. */
START_TEST(copies_are_no_messages)
{
	static char memory[8];

	roles_set(PROCESS, RECEIVES_ME);
	forbid_to(me, PEER_NR);
	forbid_from(me, PEER_NR);
	forbid_to(peer, ME_NR);
	forbid_from(peer, ME_NR);
	ASSERT_RC(CALL_RC(me, VCOPY(peer_ep, memory, SELF, memory, 8)), OK);
}
END_TEST

/* A call that waits when the privileges change goes on. */
START_TEST(trap_of_blocked)
{
	roles_set(PROCESS, RECEIVES_ANY);
	set_traps(peer->ep, 0);
	forbid_from(peer, ME_NR);
	ck_assert(slot_is(PEER_NR, RECEIVING));
	actor_signal(peer, SIG_RESTART);
	actor_await(peer, RECEIVING);
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = peer_ep), OK);
	ASSERT_RC(actor_end(peer).rc, OK);
	ASSERT_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY), EMOLTRAPDENIED);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ peer_forbidden, NR_PEER_TESTS },
		{ peer_allowed, NR_OF(pairs) },
		{ one_bit_one_slot, 1 },
		{ no_peer, 1 },
		{ already_there, 2 },
		{ already_notified, 2 },
		{ answer_forbidden, 2 },
		{ relay_forbidden, 6 },
		{ in_anothers_name, 1 },
		{ copies_are_no_messages, 1 },
		{ trap_of_blocked, 1 },
	};

	stage_init();
	return RUN_TESTS("masks of peers", 60, stage_up, stage_down, tests);
}
