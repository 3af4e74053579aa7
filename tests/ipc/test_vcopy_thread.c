// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies with threads of one process, which are parties as any other, and by
 * one that has no endpoint of its own.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "copy.h"
#include "roles.h"

#define NR_THREADS   2
#define THREAD_NR(i) (130 + (i))
#define THREAD_BYTES (50 * PAGE + 77)

static char thread_memory[NR_THREADS][THREAD_BYTES];

static void *thread_waits(void *arg)
{
	int ep = mnx_tbind(VMID, THREAD_NR((int)(intptr_t)arg));
	message m;

	if (!mnx_bind_failed(ep))
		mnx_receive(ANY, &m);
	return NULL;
}

static int run_threads(struct call *call)
{
	pthread_t thread;
	intptr_t i;

	(void)call;
	fill(thread_memory[0], THREAD_BYTES, 9);
	for (i = 0; i < NR_THREADS; i++)
		REQUIRE(!pthread_create(&thread, NULL, thread_waits,
					(void *)i));
	return OK;
}

static void check_thread_memory(pid_t pid)
{
	static char got[THREAD_BYTES], want[THREAD_BYTES];

	fill(want, THREAD_BYTES, 9);
	peek(pid, thread_memory[1], got, THREAD_BYTES);
	ck_assert(!memcmp(got, want, THREAD_BYTES));
}

START_TEST(threads_of_one)
{
	struct actor *a = actor_new(PROCESS, ME_NR);
	struct actor *third = actor_new(PROCESS, SYSTASK_0);
	struct actor *rqtr = _i == 0 ? third : a;
	int ep[NR_THREADS], i;

	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = run_threads), OK);
	for (i = 0; i < NR_THREADS; i++) {
		slot_await(THREAD_NR(i), RECEIVING);
		ep[i] = slot_endpoint(THREAD_NR(i));
	}
	/* between the two; from one to the leader; from the leader to one */
	ASSERT_RC(CALL_RC(rqtr, VCOPY(_i == 2 ? SELF : ep[0], thread_memory[0],
				      _i == 1 ? SELF : ep[1], thread_memory[1],
				      THREAD_BYTES)),
		  OK);
	check_thread_memory(a->pid);
	for (i = 0; i < NR_THREADS; i++)
		ASSERT_RC(CALL_RC(third, .op = OP_SEND, .peer = ep[i],
				  .ms = PATIENCE),
			  OK);
}
END_TEST

/* A thread without an endpoint copies as its process, if that has no call. */
static struct call thread_call;
static atomic_int thread_rc;

static void *thread_copies(void *arg)
{
	struct call call = thread_call;

	while (!slot_is(ME_NR, RECEIVING))
		breathe();
	atomic_store(&thread_rc, run_vcopy(&call));
	return arg;
}

/* cppcheck-suppress constParameter; it is OP_RUN's */
static int run_second(struct call *call)
{
	pthread_t thread;

	atomic_store(&thread_rc, 1);
	thread_call = *call;
	REQUIRE(!pthread_create(&thread, NULL, thread_copies, NULL));
	return OK;
}

static int thread_result(void)
{
	int rc = 1;

	peek(me->pid, &thread_rc, &rc, sizeof(rc));
	return rc;
}

static void second_copies(struct call call)
{
	call.run = run_second;
	ASSERT_RC(actor_do(me, call).rc, OK);
	START(me, .op = OP_RECEIVE, .peer = other->ep, .ms = TIMEOUT_FOREVER);
	AWAIT(thread_result() != 1);
	ASSERT_RC(thread_result(), EMOLBUSY);
	ck_assert(slot_is(ME_NR, RECEIVING));
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = me->ep), OK);
	ASSERT_RC(actor_end(me).rc, OK);
}

START_TEST(second_thread)
{
	roles_set(PROCESS, RECEIVES_ME);
	second_copies((struct call){ VCOPY(peer_ep, source, SELF, sink, LEN) });
	second_copies((struct call){ VCOPY(SELF, source, peer_ep, sink, LEN) });
	ck_assert(is_untouched(me->pid));
	ck_assert(is_untouched(peer->pid));
	ASSERT_RC(copy_in_role(me, SELF, peer_ep, FROM_PEER), OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ threads_of_one, 3 },
		{ second_thread, 1 },
	};

	stage_init();
	return RUN_TESTS("copies of threads", 120, copy_up, copies_down, tests);
}
