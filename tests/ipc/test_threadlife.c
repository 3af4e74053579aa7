// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that come and go: what ends with a thread, what with the last one,
 * and what does not.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

#define LEADER_NR 101
#define OTHER_NR  103
#define FIRST_NR  110
#define NR_PAIRS  10
#define ROUNDS    50

#define NR_SUCCESSORS 5000

/* A thread that binds, receives one message, and ends */

static void *receive_and_end(void *p_nr)
{
	message m;

	if (p_nr)
		mnx_tbind(VMID, *(int *)p_nr);
	mnx_receive(ANY, &m);
	return NULL;
}

static int start_receiver(struct call *call)
{
	static int p_nr;
	pthread_t thread;

	p_nr = call->peer;
	REQUIRE(!pthread_create(&thread, NULL, receive_and_end, &p_nr));
	pthread_detach(thread);
	return OK;
}

/* Those who wait for a thread learn of its end; its process stays. */
START_TEST(thread_with_endpoint_ends)
{
	struct actor *a = actor_new(PROCESS, LEADER_NR);
	struct actor *s = actor_new(PROCESS, OTHER_NR);
	struct actor *q = actor_new(PROCESS, OTHER_NR + 1);
	struct actor *r = actor_new(PROCESS, OTHER_NR + 2);
	int ep = _ENDPOINT(1, FIRST_NR);

	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = start_receiver,
			  .peer = FIRST_NR),
		  OK);
	slot_await(FIRST_NR, RECEIVING);
	START(r, .op = OP_RECEIVE, .peer = ep, .ms = PATIENCE);
	actor_await(r, RECEIVING);
	/* It takes the request, and ends. */
	START(q, .op = OP_SENDREC, .peer = ep, .ms = PATIENCE);
	ASSERT_RC(actor_end(q).rc, EMOLSRCDIED);
	ASSERT_RC(actor_end(r).rc, EMOLSRCDIED);
	ck_assert(slot_is(FIRST_NR, SLOT_FREE));
	ASSERT_RC(CALL_RC(s, .op = OP_SEND, .peer = ep, .ms = PATIENCE),
		  EMOLDSTDIED);
	START(s, .op = OP_SEND, .peer = a->ep, .ms = PATIENCE);
	ASSERT_RC(CALL_RC(a, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE),
		  OK);
	ASSERT_RC(actor_end(s).rc, OK);
}
END_TEST

/* The main thread ends, and the process goes on. */

static void *last_thread(void *leader_tid)
{
	message m;

	while (mnx_receive(ANY, &m) == OK) {
		m.m1_i1 = mnx_getep(getpid()) == mnx_getep(gettid());
		m.m1_i2 = *(int *)leader_tid;
		if (m.m_type == 2)
			syscall(SYS_exit, 0);
		mnx_reply(m.m_source, &m);
	}
	return NULL;
}

static int end_leader(struct call *call)
{
	static int tid;
	pthread_t thread;

	(void)call;
	tid = gettid();
	REQUIRE(!pthread_create(&thread, NULL, last_thread, &tid));
	syscall(SYS_exit, 0);
	return -1;
}

START_TEST(leader_ends_first)
{
	struct actor *a = actor_new(PROCESS, LEADER_NR);
	struct actor *s = actor_new(PROCESS, OTHER_NR);
	struct result r;
	int i, status;

	START(a, .op = OP_RUN, .run = end_leader);
	for (i = 0; i < 3; i++) {
		r = CALL(s, .op = OP_SENDREC, .peer = a->ep, .ms = PATIENCE,
			 .m.m_type = 1);
		ASSERT_RC(r.rc, OK);
		ck_assert_int_eq(r.m.m_source, a->ep);
		ck_assert_int_eq(r.m.m1_i1, 1);
		ck_assert_int_eq(r.m.m1_i2, a->tid);
	}
	slot_await(LEADER_NR, RECEIVING);
	/* The last thread takes the process's endpoint with it. */
	ASSERT_RC(CALL_RC(s, .op = OP_SENDREC, .peer = a->ep, .ms = PATIENCE,
			  .m.m_type = 2),
		  EMOLSRCDIED);
	ck_assert(slot_is(LEADER_NR, SLOT_FREE));
	status = actor_wait(a);
	ck_assert(WIFEXITED(status));
}
END_TEST

/* A thread that ends in a handler frees the endpoint that it was using. */

static int worker_tid;

static void on_end(int sig)
{
	(void)sig;
	syscall(SYS_exit, 0);
}

static void *receive_on_process(void *unused)
{
	worker_tid = gettid();
	return receive_and_end(unused);
}

static int start_sharing(struct call *call)
{
	struct sigaction sa = { .sa_handler = on_end, .sa_flags = SA_RESTART };
	pthread_t thread;

	sigaction(SIGRTMIN + 1, &sa, NULL);
	REQUIRE(!pthread_create(&thread, NULL, receive_on_process, NULL));
	pthread_detach(thread);
	AWAIT(slot_is(LEADER_NR, RECEIVING));
	REQUIRE(mnx_receive_T(ANY, &call->m, 0) == EMOLBUSY);
	return worker_tid;
}

/* It has no call, and can make one. */
static void check_leader(struct actor *a)
{
	struct actor *s = actor_new(PROCESS, OTHER_NR);

	ck_assert(slot_is(LEADER_NR, 0));
	START(s, .op = OP_SEND, .peer = a->ep, .ms = PATIENCE);
	ASSERT_RC(CALL_RC(a, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE),
		  OK);
	ASSERT_RC(actor_end(s).rc, OK);
}

START_TEST(thread_ends_in_handler)
{
	struct actor *a = actor_new(PROCESS, LEADER_NR);
	int tid = CALL_RC(a, .op = OP_RUN, .run = start_sharing);

	ck_assert(!syscall(SYS_tgkill, a->pid, tid, SIGRTMIN + 1));
	AWAIT(syscall(SYS_tgkill, a->pid, tid, 0));
	check_leader(a);
}
END_TEST

/*
 * A thread gets an endpoint of its own while a handler interrupts its call on
 * its process's.  That call cannot go on, and must not stay there either.
 */

static int worker_rc = 1;

static void on_nothing(int sig)
{
	(void)sig;
}

static void *receive_then_stay(void *unused)
{
	message m;

	worker_tid = gettid();
	__atomic_store_n(&worker_rc, mnx_receive(ANY, &m), __ATOMIC_SEQ_CST);
	for (;;)
		pause();
	return unused;
}

static int start_receiving(struct call *call)
{
	struct sigaction sa = { .sa_handler = on_nothing,
				.sa_flags = SA_RESTART };
	pthread_t thread;

	(void)call;
	sigaction(SIGRTMIN + 1, &sa, NULL);
	REQUIRE(!pthread_create(&thread, NULL, receive_then_stay, NULL));
	AWAIT(slot_is(LEADER_NR, RECEIVING));
	return worker_tid;
}

static int get_worker_rc(struct call *call)
{
	(void)call;
	AWAIT(__atomic_load_n(&worker_rc, __ATOMIC_SEQ_CST) != 1);
	return worker_rc;
}

START_TEST(bound_in_a_call)
{
	struct actor *a = actor_new(PROCESS, LEADER_NR);
	int tid = CALL_RC(a, .op = OP_RUN, .run = start_receiving);

	ck_assert_int_eq(mnx_lclbind(VMID, tid, FIRST_NR),
			 _ENDPOINT(1, FIRST_NR));
	ck_assert(!syscall(SYS_tgkill, a->pid, tid, SIGRTMIN + 1));
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = get_worker_rc), EMOLINTR);
	check_leader(a);
}
END_TEST

/* Ten pairs of threads, each with an endpoint; each client asks each server. */

static int failures;

static void *serve(void *p_nr)
{
	int i, client, rc = mnx_tbind(VMID, *(int *)p_nr);
	message m;

	client = NONE;
	for (i = 0; i < NR_PAIRS * ROUNDS && !mnx_bind_failed(rc); i++) {
		rc = mnx_reply_rcvrqst(client, &m, NULL);
		client = m.m_source;
		m.m1_i1 = m.m1_i1 * 3 + *(int *)p_nr;
	}
	if (mnx_bind_failed(rc) || mnx_reply(client, &m))
		__atomic_add_fetch(&failures, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void *ask(void *p_nr)
{
	int i, k, server, rc = mnx_tbind(VMID, *(int *)p_nr);
	message m;

	for (i = 0; i < ROUNDS && !mnx_bind_failed(rc); i++) {
		for (k = 0; k < NR_PAIRS; k++) {
			server = FIRST_NR + k;
			m.m1_i1 = i * 1000 + *(int *)p_nr;
			rc = mnx_sendrec(_ENDPOINT(1, server), &m);
			if (rc || m.m_source != _ENDPOINT(1, server) ||
			    m.m1_i1 != (i * 1000 + *(int *)p_nr) * 3 + server)
				rc = EMOLERRCODE - 1;
		}
	}
	if (mnx_bind_failed(rc))
		__atomic_add_fetch(&failures, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static bool all_wait(void)
{
	int k;

	for (k = 0; k < NR_PAIRS; k++)
		if (!slot_is(FIRST_NR + k, RECEIVING))
			return false;
	return true;
}

static int twenty_threads(struct call *call)
{
	pthread_t thread[2 * NR_PAIRS];
	int p_nr[2 * NR_PAIRS];
	int i;

	(void)call;
	for (i = 0; i < 2 * NR_PAIRS; i++) {
		p_nr[i] = FIRST_NR + i;
		if (i == NR_PAIRS)
			AWAIT(all_wait());
		REQUIRE(!pthread_create(&thread[i], NULL,
					i < NR_PAIRS ? serve : ask, &p_nr[i]));
	}
	for (i = 0; i < 2 * NR_PAIRS; i++)
		pthread_join(thread[i], NULL);
	return failures;
}

START_TEST(many_threads)
{
	struct actor *a = actor_new(PROCESS, LEADER_NR);
	int i;

	START(a, .op = OP_RUN, .run = twenty_threads);
	ASSERT_RC(actor_end(a).rc, OK);
	/* A thread can be joined shortly before its endpoint has gone. */
	for (i = 0; i < 2 * NR_PAIRS; i++)
		slot_await(FIRST_NR + i, SLOT_FREE);
}
END_TEST

/* The slot of a thread that has been joined can be bound again at once. */

static void *bind_and_end(void *p_rc)
{
	*(int *)p_rc = mnx_tbind(VMID, FIRST_NR);
	return NULL;
}

static int one_after_the_other(struct call *call)
{
	pthread_t thread;
	int i, rc;

	(void)call;
	for (i = 0; i < NR_SUCCESSORS; i++) {
		REQUIRE(!pthread_create(&thread, NULL, bind_and_end, &rc));
		pthread_join(thread, NULL);
		REQUIRE(rc == _ENDPOINT(i + 1, FIRST_NR));
	}
	return OK;
}

START_TEST(successors)
{
	struct actor *a = actor_new(PROCESS, LEADER_NR);

	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = one_after_the_other), OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ thread_with_endpoint_ends, 1 },
		{ leader_ends_first, 1 },
		{ thread_ends_in_handler, 1 },
		{ bound_in_a_call, 1 },
		{ many_threads, 1 },
		{ successors, 1 },
	};

	stage_init();
	return RUN_TESTS("lives of threads", 60, stage_up, stage_down, tests);
}
