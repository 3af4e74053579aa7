// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which slots a node's processes get: those that are its own, some of those of
 * nobody, and never an endpoint that somebody else had.  The test is another
 * node, which wants them all.
 */
#include <string.h>

#include "peer.h"

#define SERVER    10
#define NR        100
#define FIRST     FIRST_USER_NR
#define NR_USERS  (NR_PROCS - FIRST)
#define LAST_GEN  _ENDPOINT_MAX_GENERATION
#define GUESTS    (NR_USERS - NR_USERS / 4)
#define THEIR_GEN 5000 /* of node 1, that node 0 will not give here */

static int at(int p_nr)
{
	return _ENDPOINT(THEIR_GEN, p_nr);
}

static int own(int nodeid, int first, int last)
{
	uint64_t slots[M3IPC_SLOT_WORDS] = { 0 };
	int i;

	for (i = first; i <= last; i++)
		slots[i / 64] |= 1ull << i % 64;
	return mnx_setowners(VMID, nodeid, slots);
}

static void ends(int endpoint)
{
	cmd_t cmd = raw_command(1, EXIT_MSG, endpoint, NONE);

	cmd.c_snd_seq = 1u << 30;
	ASSERT_RC(peer_says(cmd), OK);
}

/* A node takes what it can get, one message a slot. */
START_TEST(all_slots)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	int p_nr, rc, got = 0;

	for (p_nr = FIRST; p_nr < NR_PROCS; p_nr++) {
		rc = peer_sends(at(p_nr), s->ep);
		if (rc == EMOLAGAIN)
			got++;
		else
			ASSERT_RC(rc, EMOLOVERRUN);
	}
	ck_assert_int_eq(got, GUESTS);
	ck_assert_int_ge(got, 100);
	actor_new(PROCESS, NR_PROCS - 1);
	/* One goes, another one may come; who is there may be replaced. */
	ends(at(FIRST));
	ASSERT_RC(peer_sends(at(NR_PROCS - 2), s->ep), EMOLAGAIN);
	ASSERT_RC(peer_sends(at(NR_PROCS - 3), s->ep), EMOLOVERRUN);
	ASSERT_RC(peer_sends(_ENDPOINT(THEIR_GEN + 1, FIRST + 1), s->ep),
		  EMOLAGAIN);
	/* Those that the administrator enters do not count. */
	ASSERT_RC(mnx_rmtbind(VMID, "entered", at(NR_PROCS - 3), 1),
		  at(NR_PROCS - 3));
	ASSERT_RC(peer_sends(at(NR_PROCS - 3), s->ep), EMOLAGAIN);
}
END_TEST

/* The last generation, and its end: the next one here is not the first. */
START_TEST(old_endpoint)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	struct actor *a = actor_new(PROCESS, NR);
	int ep = a->ep;

	actor_kill(a);
	AWAIT(slot_is(NR, SLOT_FREE));
	ASSERT_RC(peer_sends(_ENDPOINT(LAST_GEN, NR), s->ep), EMOLAGAIN);
	ends(_ENDPOINT(LAST_GEN, NR));
	AWAIT(slot_is(NR, SLOT_FREE));
	ck_assert_int_eq(actor_new(PROCESS, NR)->ep, _ENDPOINT(2, NR));
	ck_assert_int_eq(ep, _ENDPOINT(1, NR));
}
END_TEST

/* The very endpoint of a process that was here */
START_TEST(same_endpoint)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	struct actor *a = actor_new(PROCESS, NR);
	int ep = a->ep;

	actor_kill(a);
	AWAIT(slot_is(NR, SLOT_FREE));
	ASSERT_RC(peer_sends(ep, s->ep), EMOLSLOTUSED);
	ck_assert(slot_is(NR, SLOT_FREE));
	ASSERT_RC(CALL_RC(s, .op = OP_SEND, .peer = ep, .ms = 0), EMOLDSTDIED);
}
END_TEST

/* A process of node 2 stays, whatever node 1 says. */
START_TEST(third_node)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	int ep = _ENDPOINT(7, NR);

	ASSERT_RC(mnx_rmtbind(VMID, "other", ep, 2), ep);
	ASSERT_RC(peer_sends(at(NR), s->ep), EMOLSLOTUSED);
	ck_assert_int_eq(slot_endpoint(NR), ep);
	/* The administrator may. */
	ASSERT_RC(mnx_rmtbind(VMID, "newer", at(NR), 1), at(NR));
	ASSERT_RC(peer_sends(at(NR), s->ep), EMOLAGAIN);
}
END_TEST

START_TEST(owners)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	struct actor *a = actor_unbound();

	ASSERT_RC(own(0, NR, NR), OK);
	ASSERT_RC(own(1, NR + 1, NR + 1), OK);
	ASSERT_RC(own(2, NR + 2, NR + 2), OK);
	ASSERT_RC(peer_sends(at(NR), s->ep), EMOLBADOWNER);
	ASSERT_RC(peer_sends(at(NR + 2), s->ep), EMOLBADOWNER);
	ASSERT_RC(peer_sends(at(NR + 1), s->ep), EMOLAGAIN);
	ASSERT_RC(CALL_RC(a, .op = OP_BIND, .peer = NR + 1), EMOLBADOWNER);
	ASSERT_RC(CALL_RC(a, .op = OP_BIND, .peer = NR + 2), EMOLBADOWNER);
	ck_assert(slot_is(NR + 2, SLOT_FREE));
	/* Who is there stays; the next one is another node's. */
	ASSERT_RC(own(0, NR + 1, NR + 2), OK);
	ASSERT_RC(peer_sends(at(NR + 1), s->ep), EMOLAGAIN);
	ASSERT_RC(peer_sends(_ENDPOINT(THEIR_GEN + 1, NR + 1), s->ep),
		  EMOLBADOWNER);
	ck_assert_int_eq(slot_endpoint(NR + 1), at(NR + 1));
	ASSERT_RC(own(M3IPC_NOBODY, NR, NR + 2), OK);
	ASSERT_RC(peer_sends(at(NR + 2), s->ep), EMOLBADOWNER);
	ASSERT_RC(CALL_RC(a, .op = OP_BIND, .peer = NR), EMOLBADOWNER);
	ASSERT_RC(own(NONE, NR, NR + 2), OK);
	ASSERT_RC(peer_sends(at(NR + 2), s->ep), EMOLAGAIN);
	ck_assert_int_eq(actor_new(PROCESS, NR)->ep, _ENDPOINT(1, NR));
}
END_TEST

/* In its own slots a node has as many as there are. */
START_TEST(all_own)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	int p_nr;

	ASSERT_RC(own(1, FIRST, NR_PROCS - 1), OK);
	for (p_nr = FIRST; p_nr < NR_PROCS; p_nr++)
		ASSERT_RC(peer_sends(at(p_nr), s->ep), EMOLAGAIN);
}
END_TEST

static int set_one(struct call *call)
{
	return own(1, call->value, call->value);
}

/* Each bind of a slot gives another endpoint, until there is none left. */
static int wear_out(struct call *call)
{
	int generation, ep;

	for (generation = 1; generation <= LAST_GEN; generation++) {
		ep = mnx_bind(VMID, call->peer);
		REQUIRE(ep == _ENDPOINT(generation, call->peer));
		REQUIRE(mnx_unbind(VMID, SELF) == OK);
	}
	return mnx_bind(VMID, call->peer);
}

START_TEST(every_endpoint)
{
	struct actor *a = actor_unbound();

	START(a, .op = OP_RUN, .run = wear_out, .peer = NR);
	ASSERT_RC(actor_end(a).rc, EMOLOVERRUN);
	ASSERT_RC(CALL_RC(a, .op = OP_BIND, .peer = NR + 1),
		  _ENDPOINT(1, NR + 1));
}
END_TEST

/* Arguments, and who may */
START_TEST(refusals)
{
	struct actor *systask = actor_new(PROCESS, SYSTASK_0);
	uint64_t slots[M3IPC_SLOT_WORDS] = { 0 };

	ASSERT_RC(own(3, NR, NR), EMOLNOVMNODE);
	ASSERT_RC(own(-1, NR, NR), EMOLBADNODEID);
	ASSERT_RC(own(NR_NODES, NR, NR), EMOLBADNODEID);
	ASSERT_RC(own(1, FIRST - 1, FIRST), EMOLRANGE);
	ASSERT_RC(own(1, NR, NR_PROCS), EMOLRANGE);
	ASSERT_RC(own(1, M3IPC_MAX_SLOTS - 1, M3IPC_MAX_SLOTS - 1), EMOLRANGE);
	ASSERT_RC(mnx_setowners(VMID + 1, 1, slots), EMOLVMNOTRUN);
	ASSERT_RC(mnx_setowners(-1, 1, slots), EMOLBADVMID);
	ASSERT_RC(mnx_setowners(VMID, 1, slots), OK);
	ASSERT_RC(CALL_RC(systask, .op = OP_RUN, .run = set_one, .value = NR),
		  OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ all_slots, 1 },  { old_endpoint, 1 },   { same_endpoint, 1 },
		{ third_node, 1 }, { owners, 1 },         { all_own, 1 },
		{ refusals, 1 },   { every_endpoint, 1 },
	};

	stage_init();
	return RUN_TESTS("owner", 120, peer_up, peer_down, tests);
}
