// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies between nodes from and to memory that a process provides late, or not
 * at all: what else a link carries does not wait for them.
 */
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cluster.h"
#include "gate.h"

#define SERVER 10
#define PARTY  12
#define CLIENT 60
#define OTHERS 100 /* ms: what others wait at most; the copy waits for 200 */
#define FRAME  65536L
#define SMALL  (8 * FRAME)
#define LARGE  (40 * FRAME)

/* Every actor has its own, at the same addresses; a gate is in each. */
static char *from, *to;

static struct actor *rqtr, *src, *dst; /* of the copy */
static struct actor *server, *client;  /* the others, of nodes 0 and 1 */
static struct gate gate;

/* Where they are, and the gate; the requester is a party if on its node. */
static const struct place {
	int src, dst;
	bool source;
} places[] = {
	{ 0, 1, false }, { 1, 0, true }, { 1, 1, true },
	{ 1, 1, false }, { 1, 2, true }, { 2, 1, false },
};

static void new_areas(void)
{
	long i;

	from = mmap(NULL, 2 * LARGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (from == MAP_FAILED)
		exit(EXIT_FAILURE);
	to = from + LARGE;
	for (i = 0; i < LARGE; i++)
		from[i] = (char)(i * 7 + i / 251);
}

static void set_up(void)
{
	cluster_up(3);
	set_patience(IMPATIENT);
}

static struct actor *new_party(int nodeid, int p_nr)
{
	return nodeid ? actor_at(nodeid, PROCESS, p_nr) : rqtr;
}

static void receive(struct actor *a)
{
	if (a == rqtr)
		return;
	START(a, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(a, RECEIVING);
}

static void take_places(const struct place *p)
{
	rqtr = actor_at(0, PROCESS, SYSTASK(0));
	src = new_party(p->src, PARTY);
	dst = new_party(p->dst, PARTY + 1);
	/* Before there is a gate, which they would inherit */
	server = actor_at(0, PROCESS, SERVER);
	client = actor_at(1, PROCESS, CLIENT);
	gate = p->source ? gate_over(src, from + 2 * PAGE, PAGE) :
			   gate_over(dst, to + 2 * PAGE, PAGE);
	receive(src);
	receive(dst);
}

static void start_copy(long size)
{
	START(rqtr, VCOPY(src == rqtr ? SELF : src->ep, from,
			  dst == rqtr ? SELF : dst->ep, to, size));
}

/* A request and its answer: how long they took */
static long round_trip(void)
{
	long start = now_ms();

	START(client, .op = OP_SENDREC, .peer = server->ep, .ms = -1);
	ASSERT_RC(CALL_RC(server, .op = OP_RCVRQST, .ms = -1), OK);
	ASSERT_RC(CALL_RC(server, .op = OP_REPLY, .peer = client->ep), OK);
	ASSERT_RC(actor_end(client).rc, OK);
	return now_ms() - start;
}

static bool has_ended(const struct actor *a)
{
	struct pollfd pfd = { .fd = a->fd, .events = POLLIN };

	return poll(&pfd, 1, 0) == 1;
}

static void check_arrived(long size)
{
	static char seen[LARGE];

	peek(dst->pid, to, seen, (size_t)size);
	if (src == rqtr || gate.page > to) {
		ck_assert(!memcmp(seen, from, (size_t)size));
		return;
	}
	/* The gate's page was one of zeros. */
	ck_assert(!memcmp(seen, from, 2 * PAGE));
	ck_assert(!seen[2 * PAGE] &&
		  !memcmp(seen + 2 * PAGE, seen + 2 * PAGE + 1, PAGE - 1));
	ck_assert(!memcmp(seen + 3 * PAGE, from + 3 * PAGE,
			  (size_t)size - 3 * PAGE));
}

START_TEST(never)
{
	long longest = 0, took;

	take_places(&places[_i]);
	round_trip(); /* they know each other */
	start_copy(SMALL);
	do {
		took = round_trip();
		if (took > longest)
			longest = took;
	} while (!has_ended(rqtr));
	ASSERT_RC(actor_end(rqtr).rc, EMOLFAULT);
	ck_assert_msg(longest < OTHERS * slowness(), "others took %ld ms",
		      longest);
	/* Nobody is held, and it is like that again. */
	start_copy(SMALL);
	ASSERT_RC(actor_end(rqtr).rc, EMOLFAULT);
	gate_open(&gate);
	start_copy(LARGE);
	ASSERT_RC(actor_end(rqtr).rc, OK);
	check_arrived(LARGE);
}
END_TEST

START_TEST(late)
{
	take_places(&places[_i]);
	set_patience(PATIENT);
	start_copy(SMALL);
	gate_await(&gate);
	round_trip();
	round_trip();
	ck_assert(!has_ended(rqtr));
	gate_open(&gate);
	ASSERT_RC(actor_end(rqtr).rc, OK);
	check_arrived(SMALL);
}
END_TEST

/* More comes than is kept. */
START_TEST(too_much)
{
	take_places(&places[0]);
	set_patience(PATIENT);
	start_copy(LARGE);
	ASSERT_RC(actor_end(rqtr).rc, EMOLFAULT);
	round_trip();
	gate_open(&gate);
	start_copy(LARGE);
	ASSERT_RC(actor_end(rqtr).rc, OK);
	check_arrived(LARGE);
}
END_TEST

/* Somebody dies while the worker waits, or the link breaks. */
START_TEST(ends)
{
	const struct place *p = &places[_i / 3];
	struct actor *party;
	int rc;

	take_places(p);
	set_patience(PATIENT);
	party = p->source ? src : dst;
	start_copy(SMALL);
	gate_await(&gate);
	if (_i % 3 == 0) {
		actor_kill(rqtr);
		/* It is not held. */
		if (src != rqtr && dst != rqtr) {
			ASSERT_RC(CALL_RC(server, .op = OP_SEND,
					  .peer = party->ep),
				  OK);
		}
		close(gate.fd);
		return;
	}
	if (_i % 3 == 1)
		actor_kill(party);
	else
		cluster_cut(0, party->nodeid);
	close(gate.fd);
	rc = actor_end(rqtr).rc;
	ASSERT_RC(rc, _i % 3 == 2 ? EMOLNOTCONN :
		      p->source   ? EMOLSRCDIED :
				    EMOLDSTDIED);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ never, NR_OF(places) },
		{ late, NR_OF(places) },
		{ too_much, 1 },
		{ ends, 3 * NR_OF(places) },
	};

	new_areas();
	stage_init();
	return RUN_TESTS("copies put aside", 30, set_up, cluster_down, tests);
}
