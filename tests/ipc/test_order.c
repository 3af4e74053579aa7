// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whose message is taken when several wait, how requests are handed on, and
 * that messages arrive as they were sent.
 */
#include <signal.h>
#include <string.h>

#include "roles.h"

#define SERVER_NR   30
#define FIRST_NR    101
#define MAX_CLIENTS 20

static struct actor *server, *client[MAX_CLIENTS];

/* Each second client is on the server's node. */
static void cast(int clients)
{
	int i;

	server = role_new(true, PROCESS, SERVER_NR);
	for (i = 0; i < clients; i++)
		client[i] =
			role_new(i % 2, i % 5 ? PROCESS : THREAD, FIRST_NR + i);
}

static void queue(int i, enum op op)
{
	START(client[i], .op = op, .peer = server->ep, .ms = -1,
	      .m = text_message(i, op == OP_SEND ? "send" : "request"));
	actor_await(client[i], op == OP_SEND ? SENDING : SENDING | RECEIVING);
}

/* The server takes the message of client i now. */
static void expect(enum op op, int src, int i)
{
	struct result r = CALL(server, .op = op, .peer = src);

	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, client[i]->ep);
	ck_assert_int_eq(r.m.m_type, i);
	if (!strcmp(r.m.m6_ca1, "request"))
		ASSERT_RC(CALL_RC(server, .op = OP_REPLY,
				  .peer = client[i]->ep),
			  OK);
	ASSERT_RC(actor_end(client[i]).rc, OK);
}

static void expect_none(enum op op)
{
	ASSERT_RC(CALL_RC(server, .op = op, .peer = ANY), EMOLAGAIN);
}

/* Neither the number of the slot nor the kind of call counts. */
static const int arrivals[] = { 7, 2, 9, 0, 4, 1, 8, 3, 6, 5 };

static enum op kind_of(int i)
{
	return i * 7 % 10 < 5 ? OP_SEND : OP_SENDREC;
}

START_TEST(in_order_of_arrival)
{
	int i;

	cast(10);
	for (i = 0; i < 10; i++)
		queue(arrivals[i], kind_of(arrivals[i]));
	for (i = 0; i < 10; i++)
		expect(OP_RECEIVE, ANY, arrivals[i]);
	expect_none(OP_RECEIVE);
}
END_TEST

START_TEST(requests_alone)
{
	int i;

	cast(10);
	for (i = 0; i < 10; i++)
		queue(arrivals[i], kind_of(arrivals[i]));
	for (i = 0; i < 10; i++)
		if (kind_of(arrivals[i]) == OP_SENDREC)
			expect(OP_RCVRQST, ANY, arrivals[i]);
	expect_none(OP_RCVRQST);
	for (i = 0; i < 10; i++)
		if (kind_of(arrivals[i]) == OP_SEND)
			expect(OP_RECEIVE, ANY, arrivals[i]);
	expect_none(OP_RECEIVE);
}
END_TEST

START_TEST(from_one)
{
	int i;

	cast(5);
	for (i = 0; i < 5; i++)
		queue(i, i % 2 ? OP_SEND : OP_SENDREC);
	expect(OP_RECEIVE, client[3]->ep, 3);
	expect(OP_RECEIVE, client[2]->ep, 2);
	ASSERT_RC(CALL_RC(server, .op = OP_RECEIVE, .peer = client[3]->ep),
		  EMOLAGAIN);
	expect(OP_RECEIVE, ANY, 0);
	expect(OP_RECEIVE, ANY, 1);
	expect(OP_RECEIVE, ANY, 4);
	expect_none(OP_RECEIVE);
}
END_TEST

/* Those who wait for one leave others waiting, however many come. */
START_TEST(waiting_for_one)
{
	struct result r;

	cast(3);
	START(server, .op = OP_RECEIVE, .peer = client[2]->ep, .ms = -1);
	actor_await(server, RECEIVING);
	queue(0, OP_SEND);
	queue(1, OP_SENDREC);
	ck_assert(slot_is(SERVER_NR, RECEIVING));
	START(client[2], .op = OP_SEND, .peer = server->ep, .ms = -1,
	      .m = text_message(2, "send"));
	ASSERT_RC(actor_end(client[2]).rc, OK);
	r = actor_end(server);
	ASSERT_RC(r.rc, OK);
	ASSERT_MESSAGE(r.m, client[2]->ep, 2, "send");
	expect(OP_RECEIVE, ANY, 0);
	expect(OP_RECEIVE, ANY, 1);
}
END_TEST

/* A signal does not cost one's place; to come again does. */
START_TEST(places)
{
	cast(3);
	queue(0, OP_SEND);
	queue(1, OP_SENDREC);
	queue(2, OP_SEND);
	actor_signal(client[1], SIG_RESTART);
	actor_stop(client[1]);
	actor_continue(client[1]);
	actor_signal(client[0], SIG_INTERRUPT);
	ASSERT_RC(actor_end(client[0]).rc, EMOLINTR);
	queue(0, OP_SENDREC);
	expect(OP_RECEIVE, ANY, 1);
	expect(OP_RECEIVE, ANY, 2);
	expect(OP_RECEIVE, ANY, 0);
}
END_TEST

/* Twenty who send whenever they can: everyone has a turn in each round. */
START_TEST(fair)
{
	int i, round, turn[MAX_CLIENTS];
	struct result r;

	cast(MAX_CLIENTS);
	for (round = 0; round < 4; round++) {
		memset(turn, 0, sizeof(turn));
		for (i = 0; i < MAX_CLIENTS; i++)
			START(client[i], .op = kind_of(i), .peer = server->ep,
			      .ms = -1, .m.m_type = i);
		for (i = 0; i < MAX_CLIENTS; i++)
			actor_await(client[i], kind_of(i) == OP_SEND ?
						       SENDING :
						       SENDING | RECEIVING);
		for (i = 0; i < MAX_CLIENTS; i++) {
			int c;

			r = CALL(server, .op = OP_RECEIVE, .peer = ANY);
			ASSERT_RC(r.rc, OK);
			c = r.m.m_type;
			ck_assert_int_eq(turn[c]++, 0);
			if (kind_of(c) == OP_SENDREC)
				ASSERT_RC(CALL_RC(server, .op = OP_REPLY,
						  .peer = client[c]->ep),
					  OK);
			ASSERT_RC(actor_end(client[c]).rc, OK);
			/* It comes again at once, and has to wait. */
			queue(c, OP_SEND);
		}
		for (i = 0; i < MAX_CLIENTS; i++) {
			r = CALL(server, .op = OP_RECEIVE, .peer = ANY);
			ASSERT_RC(actor_end(client[r.m.m_type]).rc, OK);
		}
	}
}
END_TEST

/* reply_rcvrqst takes the next one in turn. */
START_TEST(served_in_turn)
{
	struct result r, answer;
	int i;

	cast(5);
	for (i = 0; i < 5; i++)
		queue(i, i == 2 ? OP_SEND : OP_SENDREC);
	r = CALL(server, .op = OP_REPLY_RCVRQST, .peer = NONE);
	for (i = 0; i < 5; i++) {
		if (i == 2)
			continue;
		ASSERT_RC(r.rc, OK);
		ASSERT_MESSAGE(r.m, client[i]->ep, i, "request");
		r = CALL(server, .op = OP_REPLY_RCVRQST, .peer = client[i]->ep,
			 .m = text_message(i + 100, "answer"));
		ASSERT_RC(r.reply_rc, OK);
		answer = actor_end(client[i]);
		ASSERT_RC(answer.rc, OK);
		ASSERT_MESSAGE(answer.m, server->ep, i + 100, "answer");
	}
	ASSERT_RC(r.rc, EMOLAGAIN);
	expect(OP_RECEIVE, ANY, 2);
}
END_TEST

/* A request goes from hand to hand; the last one answers. */

static void hand_on(struct actor *from, struct actor *to, const char *text)
{
	message m = text_message(1, text);

	m.m_source = client[0]->ep;
	ASSERT_RC(CALL_RC(from, .op = OP_RELAY, .peer = to->ep, .m = m), OK);
	ASSERT_RC(CALL_RC(from, .op = OP_REPLY, .peer = client[0]->ep),
		  EMOLNOTREADY);
}

START_TEST(relayed)
{
	struct result r;
	int i, last = 3 + _i;

	cast(last + 1);
	queue(0, OP_SENDREC);
	r = CALL(server, .op = OP_RCVRQST);
	ASSERT_MESSAGE(r.m, client[0]->ep, 0, "request");
	hand_on(server, client[1], "from the server");
	for (i = 1; i <= last; i++) {
		slot_becomes(FIRST_NR, SENDING | RECEIVING);
		r = CALL(client[i], .op = i % 2 ? OP_RCVRQST : OP_RECEIVE,
			 .peer = client[0]->ep);
		ASSERT_RC(r.rc, OK);
		ASSERT_MESSAGE(r.m, client[0]->ep, 1,
			       i == 1 ? "from the server" : "further");
		slot_becomes(FIRST_NR, RECEIVING);
		if (i < last)
			hand_on(client[i], client[i + 1], "further");
	}
	ASSERT_RC(CALL_RC(client[last], .op = OP_REPLY, .peer = client[0]->ep,
			  .m = text_message(2, "answer")),
		  OK);
	r = actor_end(client[0]);
	ASSERT_RC(r.rc, OK);
	ASSERT_MESSAGE(r.m, client[last]->ep, 2, "answer");
}
END_TEST

/* Whoever has it when it dies takes the client's hope along. */
START_TEST(relayed_to_the_dying)
{
	cast(3);
	queue(0, OP_SENDREC);
	ASSERT_RC(CALL_RC(server, .op = OP_RCVRQST), OK);
	hand_on(server, client[1], "from the server");
	if (_i)
		ASSERT_RC(CALL_RC(client[1], .op = OP_RCVRQST), OK);
	actor_kill(client[1]);
	ASSERT_RC(actor_end(client[0]).rc, _i ? EMOLSRCDIED : EMOLDSTDIED);
}
END_TEST

/* All bytes of the payload, both ways; the source is the driver's. */
START_TEST(payload)
{
	message m, answer;
	struct result r;
	int i;
	size_t k;

	cast(1);
	for (i = 0; i < 30; i++) {
		for (k = 0; k < sizeof(m.m_raw); k++) {
			m.m_raw[k] = (uint8_t)(k * 37 + (size_t)i * 11 + 1);
			answer.m_raw[k] = (uint8_t)(m.m_raw[k] ^ 0x5a);
		}
		m.m_type = i * 0x1234567;
		answer.m_type = ~m.m_type;
		m.m_source = answer.m_source = i % 2 ? SYSTEM : 1000 + i;
		START(client[0], .op = OP_SENDREC, .peer = server->ep, .ms = -1,
		      .m = m);
		r = CALL(server, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
		ASSERT_RC(r.rc, OK);
		ck_assert_mem_eq(r.m.m_raw, m.m_raw, sizeof(m.m_raw));
		ck_assert_int_eq(r.m.m_type, m.m_type);
		ck_assert_int_eq(r.m.m_source, client[0]->ep);
		ASSERT_RC(CALL_RC(server, .op = i % 3 ? OP_REPLY : OP_SEND,
				  .peer = client[0]->ep, .m = answer),
			  OK);
		r = actor_end(client[0]);
		ASSERT_RC(r.rc, OK);
		ck_assert_mem_eq(r.m.m_raw, answer.m_raw, sizeof(m.m_raw));
		ck_assert_int_eq(r.m.m_type, answer.m_type);
		ck_assert_int_eq(r.m.m_source, server->ep);
	}
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ in_order_of_arrival, 1 },
		{ requests_alone, 1 },
		{ from_one, 1 },
		{ waiting_for_one, 1 },
		{ places, 1 },
		{ fair, 1 },
		{ served_in_turn, 1 },
		{ relayed, 4 },
		{ relayed_to_the_dying, 2 },
		{ payload, 1 },
	};

	stage_init();
	return RUN_ROLES("order", roles_up, roles_down, tests);
}
