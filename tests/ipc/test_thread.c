// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads: whose endpoint a call uses, threads that share one, and what remains
 * when some of them end.
 */
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include "raw.h"

#define LEADER_NR 101
#define THREAD_NR 102
#define OTHER_NR  103

static struct actor *leader, *other;

/* A thread of the actor that obeys: it does one call after another. */

static struct {
	pthread_t thread;
	int tid;
	sem_t go;
	sem_t done;
	int (*run)(void);
	int rc;
} worker;

static void *work(void *unused)
{
	(void)unused;
	worker.tid = gettid();
	sem_post(&worker.done);
	for (;;) {
		sem_wait(&worker.go);
		if (!worker.run)
			return NULL;
		worker.rc = worker.run();
		sem_post(&worker.done);
	}
}

static int hire(struct call *call)
{
	(void)call;
	sem_init(&worker.go, 0, 0);
	sem_init(&worker.done, 0, 0);
	REQUIRE(!pthread_create(&worker.thread, NULL, work, NULL));
	sem_wait(&worker.done);
	return worker.tid;
}

static void begin_work(int (*run)(void))
{
	worker.run = run;
	sem_post(&worker.go);
}

static int end_work(void)
{
	sem_wait(&worker.done);
	return worker.rc;
}

static int by_worker(int (*run)(void))
{
	begin_work(run);
	return end_work();
}

static void dismiss(void)
{
	begin_work(NULL);
	pthread_join(worker.thread, NULL);
}

static void cast(void)
{
	leader = actor_new(PROCESS, LEADER_NR);
	other = actor_new(PROCESS, OTHER_NR);
	ck_assert_int_gt(CALL_RC(leader, .op = OP_RUN, .run = hire), 0);
}

/* Whose endpoint */

static int other_ep;

static int send_one(void)
{
	message m = { .m_type = 5 };

	return mnx_send_T(other_ep, &m, PATIENCE);
}

static int bind_thread(void)
{
	return mnx_tbind(VMID, THREAD_NR);
}

static int unbind_self(void)
{
	return mnx_unbind(VMID, SELF);
}

static int own_endpoint(void)
{
	return mnx_getep(gettid());
}

static int identity(struct call *call)
{
	int ep = mnx_getep(getpid());
	int own;

	other_ep = call->peer;
	REQUIRE(by_worker(own_endpoint) == ep);
	REQUIRE(by_worker(send_one) == OK);
	own = by_worker(bind_thread);
	REQUIRE(!mnx_bind_failed(own) && own != ep);
	REQUIRE(by_worker(own_endpoint) == own);
	REQUIRE(mnx_getep(worker.tid) == own);
	REQUIRE(mnx_getep(getpid()) == ep);
	REQUIRE(by_worker(send_one) == OK);
	REQUIRE(send_one() == OK);
	REQUIRE(by_worker(unbind_self) == OK);
	REQUIRE(by_worker(own_endpoint) == ep);
	REQUIRE(by_worker(send_one) == OK);
	own = by_worker(bind_thread);
	REQUIRE(by_worker(send_one) == OK);
	return own;
}

START_TEST(whose_endpoint)
{
	int thread_ep = _ENDPOINT(1, THREAD_NR);
	int from[5];
	struct result r;
	int i;

	cast();
	from[0] = from[2] = from[3] = leader->ep;
	from[1] = thread_ep;
	from[4] = _ENDPOINT(2, THREAD_NR);
	START(leader, .op = OP_RUN, .run = identity, .peer = other->ep);
	for (i = 0; i < 5; i++) {
		r = CALL(other, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
		ASSERT_RC(r.rc, OK);
		ck_assert_int_eq(r.m.m_source, from[i]);
	}
	ck_assert_int_eq(actor_end(leader).rc, from[4]);
}
END_TEST

/* One call at a time on an endpoint */

static message got;

static int receive_any(void)
{
	return mnx_receive_T(ANY, &got, PATIENCE);
}

/* Everything that another thread can try meanwhile */
static int try_all(void)
{
	message m = { 0 };

	REQUIRE(mnx_send_T(other_ep, &m, 0) == EMOLBUSY);
	REQUIRE(mnx_receive_T(ANY, &m, 0) == EMOLBUSY);
	REQUIRE(mnx_receive_T(other_ep, &m, SHORT) == EMOLBUSY);
	REQUIRE(mnx_sendrec(other_ep, &m) == EMOLBUSY);
	REQUIRE(mnx_rcvrqst(&m) == EMOLBUSY);
	REQUIRE(mnx_reply(other_ep, &m) == EMOLBUSY);
	REQUIRE(mnx_reply_rcvrqst(NONE, &m, NULL) == EMOLBUSY);
	REQUIRE(mnx_relay(other_ep, &m) == EMOLBUSY);
	REQUIRE(mnx_notify(other_ep) == EMOLBUSY);
	REQUIRE(mnx_getep(getpid()) == mnx_getep(worker.tid));
	return OK;
}

/* These two are parts of one test; between them the other sends. */
static int worker_blocks(struct call *call)
{
	other_ep = call->peer;
	begin_work(receive_any);
	AWAIT(slot_is(LEADER_NR, RECEIVING));
	return try_all();
}

static int worker_has_got(struct call *call)
{
	REQUIRE(end_work() == OK);
	REQUIRE(got.m_source == call->peer && got.m_type == 6);
	return send_one();
}

START_TEST(busy_with_worker)
{
	cast();
	ASSERT_RC(CALL_RC(leader, .op = OP_RUN, .run = worker_blocks,
			  .peer = other->ep),
		  OK);
	ck_assert(slot_is(LEADER_NR, RECEIVING));
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = leader->ep,
			  .m.m_type = 6),
		  OK);
	START(other, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	ASSERT_RC(CALL_RC(leader, .op = OP_RUN, .run = worker_has_got,
			  .peer = other->ep),
		  OK);
	ASSERT_RC(actor_end(other).rc, OK);
}
END_TEST

static int *tried;

static int try_when_blocked(void)
{
	AWAIT(slot_is(LEADER_NR, RECEIVING));
	__atomic_store_n(tried, try_all() == OK ? 1 : -1, __ATOMIC_SEQ_CST);
	return OK;
}

static int worker_will_try(struct call *call)
{
	other_ep = call->peer;
	begin_work(try_when_blocked);
	return OK;
}

START_TEST(busy_with_leader)
{
	struct result r;

	cast();
	ASSERT_RC(CALL_RC(leader, .op = OP_RUN, .run = worker_will_try,
			  .peer = other->ep),
		  OK);
	START(leader, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	AWAIT(__atomic_load_n(tried, __ATOMIC_SEQ_CST));
	ck_assert_int_eq(*tried, 1);
	ck_assert(slot_is(LEADER_NR, RECEIVING));
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = leader->ep,
			  .m.m_type = 6),
		  OK);
	r = actor_end(leader);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_type, 6);
}
END_TEST

/* Threads that do not keep off each other: each call is OK or EMOLBUSY. */

#define NR_RIVALS 4
#define NR_SENDS  300

static void *rival(void *passed)
{
	message m = { .m_type = 1 };
	int i, rc;

	for (i = 0; i < NR_SENDS; i++) {
		rc = mnx_send(other_ep, &m);
		if (rc == OK)
			++*(int *)passed;
		else if (rc != EMOLBUSY)
			*(int *)passed = -NR_RIVALS * NR_SENDS;
	}
	return NULL;
}

static int rivals(struct call *call)
{
	int passed[NR_RIVALS] = { 0 };
	pthread_t thread[NR_RIVALS];
	message m = { .m_type = 2 };
	int i, sum = 0;

	other_ep = call->peer;
	for (i = 0; i < NR_RIVALS; i++)
		REQUIRE(!pthread_create(&thread[i], NULL, rival, &passed[i]));
	for (i = 0; i < NR_RIVALS; i++) {
		pthread_join(thread[i], NULL);
		sum += passed[i];
	}
	REQUIRE(mnx_send(other_ep, &m) == OK);
	return sum;
}

START_TEST(shared_by_rivals)
{
	int i, sum;

	cast();
	START(leader, .op = OP_RUN, .run = rivals, .peer = other->ep);
	for (i = 0;; i++) {
		struct result r = CALL(other, .op = OP_RECEIVE, .peer = ANY,
				       .ms = PATIENCE);

		ASSERT_RC(r.rc, OK);
		ck_assert_int_eq(r.m.m_source, leader->ep);
		if (r.m.m_type == 2)
			break;
	}
	sum = actor_end(leader).rc;
	ck_assert_int_eq(sum, i);
	ck_assert_int_gt(sum, 0);
}
END_TEST

/* A buffer for each endpoint */

static int buffer_of_worker(void)
{
	got.m_u.m_m1.m1p1 = mnx_msgbuf();
	return OK;
}

static int buffers(struct call *call)
{
	message *mine = mnx_msgbuf();

	(void)call;
	REQUIRE(mine && mine == mnx_msgbuf());
	REQUIRE(by_worker(buffer_of_worker) == OK && got.m1_p1 == mine);
	REQUIRE(!mnx_bind_failed(by_worker(bind_thread)));
	REQUIRE(by_worker(buffer_of_worker) == OK && got.m1_p1);
	REQUIRE(got.m1_p1 != mine && mnx_msgbuf() == mine);
	REQUIRE(by_worker(unbind_self) == OK);
	REQUIRE(by_worker(buffer_of_worker) == OK && got.m1_p1 == mine);
	dismiss();
	REQUIRE(mnx_msgbuf() == mine);
	REQUIRE(mnx_unbind(VMID, SELF) == OK && !mnx_msgbuf());
	return OK;
}

START_TEST(buffer_of_endpoint)
{
	cast();
	ASSERT_RC(CALL_RC(leader, .op = OP_RUN, .run = buffers), OK);
}
END_TEST

static void up(void)
{
	tried = shared_new(sizeof(*tried));
	stage_up();
}

int main(void)
{
	const struct test tests[] = {
		{ whose_endpoint, 1 },     { busy_with_worker, 1 },
		{ busy_with_leader, 1 },   { shared_by_rivals, 1 },
		{ buffer_of_endpoint, 1 },
	};

	stage_init();
	return RUN_TESTS("threads", 60, up, stage_down, tests);
}
