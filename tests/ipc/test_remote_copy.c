// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies between nodes: every place of requester, source and destination, what
 * arrives, and what ends them.
 */
#include <string.h>
#include <sys/mman.h>

#include "cluster.h"
#include "gate.h"

#define SERVER 10
#define OTHER  11
#define CLIENT 60
#define MIB    (1024 * 1024L)
#define AREA   (16 * MIB + 2 * PAGE)

/* Every actor has its own, at the same addresses; the test has images. */
static char *from, *to;

/* Behind them is memory that nobody has. */
static void new_areas(void)
{
	long i;

	from = mmap(NULL, 2 * AREA + PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	to = from + AREA;
	if (from == MAP_FAILED || mprotect(to + AREA, PAGE, PROT_NONE))
		exit(EXIT_FAILURE);
	for (i = 0; i < AREA; i++)
		from[i] = (char)(i * 7 + i / 251);
}

static void set_up(void)
{
	cluster_up(3);
}

/* Who takes part, and where; the requester is one of the two if so said. */
static const struct place {
	int rqtr, src, dst; /* nodes */
	enum {
		IS_SRC,
		IS_DST,
		IS_NEITHER
	} role;
} places[] = {
	{ 0, 0, 1, IS_SRC },     { 0, 1, 0, IS_DST },
	{ 0, 0, 1, IS_NEITHER }, { 0, 1, 0, IS_NEITHER },
	{ 0, 1, 1, IS_NEITHER }, { 0, 1, 2, IS_NEITHER },
	{ 0, 2, 1, IS_NEITHER },
};

static const long sizes[] = {
	0,       1, 4095, 65536, 65537, 3 * 65536 - 5, MIB + 4099, 16 * MIB - 1,
	16 * MIB
};

static struct actor *rqtr, *src, *dst;

/* A party that waits for a request of nobody, or for the requester's answer */
static struct actor *new_party(int nodeid, int p_nr, bool client)
{
	struct actor *a = actor_at(nodeid, PROCESS, p_nr);

	if (client) {
		START(a, .op = OP_SENDREC, .peer = rqtr->ep, .ms = -1);
		ASSERT_RC(CALL_RC(rqtr, .op = OP_RCVRQST, .ms = -1), OK);
	} else {
		START(a, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
		actor_await(a, RECEIVING);
	}
	return a;
}

static void take_places(const struct place *p)
{
	bool third = p->role == IS_NEITHER;

	rqtr = actor_at(p->rqtr, PROCESS, third ? SYSTASK(p->rqtr) : SERVER);
	src = p->role == IS_SRC ?
		      rqtr :
		      new_party(p->src, third ? OTHER : CLIENT, !third);
	dst = p->role == IS_DST ?
		      rqtr :
		      new_party(p->dst, third ? OTHER + 1 : CLIENT, !third);
}

static int copy(long soff, long doff, long size)
{
	return CALL_RC(rqtr,
		       VCOPY(src->ep, from + soff, dst->ep, to + doff, size));
}

/* What is in dst's memory: size bytes there, and zeros around them */
static void check_arrived(long soff, long doff, long size)
{
	static char seen[16 * MIB + 2];

	peek(dst->pid, to + doff - 1, seen, (size_t)size + 2);
	ck_assert_int_eq(seen[0], 0);
	ck_assert_int_eq(seen[size + 1], 0);
	ck_assert(!memcmp(seen + 1, from + soff, (size_t)size));
}

START_TEST(sizes_and_places)
{
	const struct place *p = &places[_i / NR_OF(sizes)];
	long size = sizes[_i % NR_OF(sizes)];
	proc_usr_t info = { .p_vmid = VMID };

	take_places(p);
	ASSERT_RC(copy(_i % 64, _i % 61 + 1, size), OK);
	check_arrived(_i % 64, _i % 61 + 1, size);
	info.p_nr = rqtr->p_nr;
	ASSERT_RC(mnx_getprocinfo(VMID, rqtr->p_nr, &info), OK);
	ck_assert_uint_eq(info.p_rmtcopy, (uint64_t)size);
	/* A second one, and nobody is held any more. */
	ASSERT_RC(copy(0, 1, 100), OK);
	if (p->role != IS_NEITHER) {
		struct actor *client = src == rqtr ? dst : src;

		ASSERT_RC(CALL_RC(rqtr, .op = OP_REPLY, .peer = client->ep),
			  OK);
		ASSERT_RC(actor_end(client).rc, OK);
	}
}
END_TEST

START_TEST(bad_memory)
{
	take_places(&places[_i]);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(src->ep, PAGE, dst->ep, to, 100000)),
		  EMOLFAULT);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(src->ep, from, dst->ep, PAGE, 100000)),
		  EMOLFAULT);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(src->ep, from, dst->ep, -PAGE, 100)),
		  EMOLFAULT);
	/* There to half */
	ASSERT_RC(CALL_RC(rqtr, VCOPY(src->ep, from, dst->ep, to + AREA - MIB,
				      2 * MIB)),
		  EMOLFAULT);
	ASSERT_RC(CALL_RC(rqtr,
			  VCOPY(src->ep, from, dst->ep, to, 16 * MIB + 1)),
		  EMOLRANGE);
	ASSERT_RC(copy(3, 1, 70000), OK);
	check_arrived(3, 1, 70000);
}
END_TEST

/* Who may: a system slot, with a party that is blocked on it; and SYSTASK. */
START_TEST(rights)
{
	struct actor *idle, *user;

	take_places(&places[0]);
	idle = actor_at(1, PROCESS, OTHER);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(SELF, from, idle->ep, to, 10)),
		  EMOLPROCSTS);
	START(idle, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(idle, RECEIVING);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(SELF, from, idle->ep, to, 10)),
		  EMOLCALLDENIED);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(dst->ep, from, idle->ep, to, 10)),
		  EMOLCALLDENIED);
	user = actor_at(0, PROCESS, CLIENT + 1);
	ASSERT_RC(CALL_RC(user, VCOPY(SELF, from, idle->ep, to, 10)),
		  EMOLCALLDENIED);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(SELF, from, dst->ep + 5, to, 10)),
		  EMOLDSTDIED);
}
END_TEST

/* SYSTASK copies from who waits for the answer of a third node. */
START_TEST(waits_for_another_node)
{
	struct actor *server = actor_at(2, PROCESS, SERVER);

	rqtr = actor_at(0, PROCESS, SYSTASK(0));
	dst = rqtr;
	src = actor_at(1, PROCESS, OTHER);
	START(src, .op = OP_SENDREC, .peer = server->ep, .ms = -1);
	ASSERT_RC(CALL_RC(server, .op = OP_RCVRQST, .ms = -1), OK);
	ASSERT_RC(copy(3, 1, 70000), OK);
	check_arrived(3, 1, 70000);
	ASSERT_RC(CALL_RC(server, .op = OP_REPLY, .peer = src->ep), OK);
	ASSERT_RC(actor_end(src).rc, OK);
}
END_TEST

/* A gate in the memory of a party: the other node does not wait for ever. */
START_TEST(memory_that_does_not_come)
{
	struct gate gate;
	char *page = (char *)(((uintptr_t)to + 8 * PAGE) & ~(PAGE - 1));

	rqtr = actor_at(0, PROCESS, SERVER);
	dst = actor_at(1, PROCESS, CLIENT);
	src = rqtr;
	set_patience(IMPATIENT);
	gate = gate_over(dst, page, PAGE);
	START(dst, .op = OP_SENDREC, .peer = rqtr->ep, .ms = -1);
	ASSERT_RC(CALL_RC(rqtr, .op = OP_RCVRQST, .ms = -1), OK);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(SELF, from, dst->ep, to, 20 * PAGE)),
		  EMOLFAULT);
	gate_open(&gate);
	ASSERT_RC(CALL_RC(rqtr, VCOPY(SELF, from, dst->ep, to, 20 * PAGE)), OK);
}
END_TEST

/* While the frames of a copy are held on the wire */
static void start_held(int place)
{
	take_places(&places[place]);
	cluster_hold();
	START(rqtr, VCOPY(src->ep, from, dst->ep, to, 16 * MIB));
}

static struct actor *remote_party(void)
{
	return src->nodeid ? src : dst;
}

START_TEST(party_dies)
{
	bool source;

	start_held(_i);
	source = remote_party() == src;
	actor_kill(remote_party());
	cluster_go_on();
	ASSERT_RC(actor_end(rqtr).rc, source ? EMOLSRCDIED : EMOLDSTDIED);
}
END_TEST

START_TEST(link_breaks)
{
	start_held(_i);
	cluster_cut(0, remote_party()->nodeid);
	ASSERT_RC(actor_end(rqtr).rc, EMOLNOTCONN);
	cluster_go_on();
}
END_TEST

START_TEST(requester_dies)
{
	struct actor *party;

	start_held(_i);
	party = remote_party();
	actor_kill(rqtr);
	cluster_go_on();
	/* It is not held. */
	if (places[_i].role == IS_NEITHER) {
		struct actor *other = actor_at(party->nodeid, PROCESS, CLIENT);

		ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = party->ep,
				  .ms = -1),
			  OK);
		ASSERT_RC(actor_end(party).rc, OK);
	} else {
		ASSERT_RC(actor_end(party).rc, EMOLSRCDIED);
	}
}
END_TEST

/* Parties and links end at any moment of a copy; nobody hangs or is held. */
START_TEST(any_moment)
{
	unsigned int seed = (unsigned int)_i;
	int rc;

	take_places(&places[_i % NR_OF(places)]);
	START(rqtr, VCOPY(src->ep, from, dst->ep, to, 16 * MIB));
	random_delay(&seed, 20000);
	if (_i % 2)
		actor_kill(remote_party());
	else
		cluster_cut(0, remote_party()->nodeid);
	rc = actor_end(rqtr).rc;
	/* PROCSTS: it is being killed, and has left its wait */
	ck_assert_msg(rc == OK || rc == EMOLSRCDIED || rc == EMOLDSTDIED ||
			      rc == EMOLNOTCONN || rc == EMOLPROCSTS,
		      "the copy ended with %s", mnx_strerror(rc));
	ASSERT_RC(CALL_RC(rqtr, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ sizes_and_places, NR_OF(places) * NR_OF(sizes) },
		{ bad_memory, NR_OF(places) },
		{ rights, 1 },
		{ waits_for_another_node, 1 },
		{ memory_that_does_not_come, 1 },
		{ party_dies, NR_OF(places) },
		{ link_breaks, NR_OF(places) },
		{ requester_dies, NR_OF(places) },
		{ any_moment, 28 },
	};

	new_areas();
	stage_init();
	return RUN_TESTS("remote copies", 60, set_up, cluster_down, tests);
}
