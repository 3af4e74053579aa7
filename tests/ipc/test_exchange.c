// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages under a rain of signals.  Handlers change at random between those
 * that restart calls and those that do not, and some make a call themselves.
 *
 * Each message has a number.  A sender notes how its call ended, the receiver
 * what it got: a plain send passed once if it was OK, and else not at all; a
 * request passed once if its answer came, and else at most once; an answer
 * came if, and only if, the server was told so.
 */
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "raw.h"

#define SERVER_NR  40
#define NR_CLIENTS 3
#define COUNT      1500
#define SIG_RAIN   (SIGRTMIN + 1)
#define LAST       4711 /* m_type of the message that ends the server */

enum outcome {
	NONE_YET,
	PASSED,
	FAILED
};

struct record {
	char sent;     /* enum outcome: what the sender was told */
	char answered; /* what the server was told of its answer */
	char got;      /* how many times the server has got it */
	char is_request;
};

static struct shared {
	struct record record[NR_CLIENTS][COUNT];
	int interrupted;
	int restarted;
	int finished;
} * shared;

static unsigned int seed;

static unsigned int random_below(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static void on_rain(int sig)
{
	struct sigaction sa = { .sa_handler = on_rain };
	message m;

	sa.sa_flags = random_below(2) ? SA_RESTART : 0;
	sigaction(sig, &sa, NULL);
	if (!random_below(8))
		mnx_receive_T(HARDWARE, &m, 0);
	__atomic_add_fetch(&shared->restarted, 1, __ATOMIC_RELAXED);
}

/* It may rain from now on. */
static int let_it_rain(struct call *call)
{
	seed = (unsigned int)call->value;
	return signal(SIG_RAIN, on_rain) == SIG_ERR;
}

static void note(int rc)
{
	if (rc == EMOLINTR)
		__atomic_add_fetch(&shared->interrupted, 1, __ATOMIC_RELAXED);
}

/* Client `value' sends COUNT messages to `peer', every other as a request. */
static int run_client(struct call *call)
{
	struct record *record = shared->record[call->value];
	int i, rc;

	for (i = 0; i < COUNT; i++) {
		message m = { .m_type = 1 };

		m.m1_i1 = call->value;
		m.m1_i2 = i;
		record[i].is_request = i & 1;
		m.m1_i3 = i & 1;
		rc = i & 1 ? mnx_sendrec(call->peer, &m) :
			     mnx_send(call->peer, &m);
		note(rc);
		REQUIRE(rc == OK || rc == EMOLINTR);
		record[i].sent = rc ? FAILED : PASSED;
		if (i & 1 && !rc)
			REQUIRE(m.m1_i1 == call->value && m.m1_i2 == ~i);
	}
	__atomic_add_fetch(&shared->finished, 1, __ATOMIC_SEQ_CST);
	return OK;
}

/* How long it waits for the next request is limited: others only send. */
static int serve_one(const message *m, bool together, message *next,
		     bool *have_next)
{
	struct record *r = &shared->record[m->m1_i1][m->m1_i2];
	message answer = *m;
	int rc;

	r->got++;
	if (!m->m1_i3)
		return OK;
	answer.m1_i2 = ~m->m1_i2;
	*next = answer;
	if (!together)
		rc = mnx_reply(m->m_source, &answer);
	else
		*have_next = mnx_reply_rcvrqst_T(m->m_source, next, &rc,
						 SHORT) == OK;
	REQUIRE(rc == OK || rc == EMOLNOTREADY);
	r->answered = rc ? FAILED : PASSED;
	return OK;
}

static int run_server(struct call *call)
{
	message m, next;
	bool have_next;
	int rc;

	(void)call;
	for (;;) {
		rc = mnx_receive(ANY, &m);
		note(rc);
		REQUIRE(rc == OK || rc == EMOLINTR);
		if (rc)
			continue;
		do {
			if (m.m_type == LAST)
				return OK;
			have_next = false;
			if (serve_one(&m, random_below(2), &next, &have_next))
				return -1;
			m = next;
		} while (have_next);
	}
}

static void check_records(void)
{
	int c, i, passed = 0;

	for (c = 0; c < NR_CLIENTS; c++) {
		for (i = 0; i < COUNT; i++) {
			const struct record *r = &shared->record[c][i];

			ck_assert_int_ne(r->sent, NONE_YET);
			passed += r->sent == PASSED;
			if (r->sent == PASSED)
				ck_assert_int_eq(r->got, 1);
			else
				ck_assert_int_le(r->got, r->is_request);
			if (r->is_request)
				ck_assert_int_eq(r->answered == PASSED,
						 r->sent == PASSED);
		}
	}
	ck_assert_int_gt(passed, COUNT);
}

START_TEST(rain)
{
	struct actor *a[NR_CLIENTS + 1];
	enum kind kind = _i ? THREAD : PROCESS;
	int i, drops = 0;

	for (i = 0; i <= NR_CLIENTS; i++) {
		a[i] = actor_new(kind, SERVER_NR + i);
		ASSERT_RC(CALL_RC(a[i], .op = OP_RUN, .run = let_it_rain,
				  .value = i + 1),
			  OK);
	}
	START(a[0], .op = OP_RUN, .run = run_server);
	for (i = 1; i <= NR_CLIENTS; i++)
		START(a[i], .op = OP_RUN, .run = run_client, .value = i - 1,
		      .peer = a[0]->ep);
	seed = 4;
	while (shared->finished < NR_CLIENTS && drops < 1000000) {
		i = (int)random_below(NR_CLIENTS + 1);
		syscall(SYS_tgkill, a[i]->pid, a[i]->tid, SIG_RAIN);
		drops++;
		random_delay(&seed, random_below(4) ? 1 : 400);
	}
	for (i = 1; i <= NR_CLIENTS; i++)
		ASSERT_RC(actor_end(a[i]).rc, OK);
	ASSERT_RC(CALL_RC(a[1], .op = OP_SEND, .peer = a[0]->ep, .ms = PATIENCE,
			  .m.m_type = LAST),
		  OK);
	ASSERT_RC(actor_end(a[0]).rc, OK);
	check_records();
	/* It did rain. */
	ck_assert_int_gt(shared->interrupted, 50);
	ck_assert_int_gt(shared->restarted, shared->interrupted);
}
END_TEST

static void up(void)
{
	shared = shared_new(sizeof(*shared));
	stage_up();
}

int main(void)
{
	const struct test tests[] = {
		{ rain, 2 },
	};

	stage_init();
	return RUN_TESTS("exchange", 100, up, stage_down, tests);
}
