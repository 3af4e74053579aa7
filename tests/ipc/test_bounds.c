// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What thousands of threads do to a VM does not keep its lock for long: they
 * are unbound together, or wait for one who is killed, or in a chain.
 *
 * A module built with M3_LOCK_STATS=y says how long the lock was held; without
 * one only what becomes of the threads is tested.  Times are worth something
 * where instructions are counted: tests/vm/run -i -m 2048.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "raw.h"

#define LOCK_MAX "/sys/module/m3ipc/parameters/lock_max_ns"

#define LIMIT_NS     200000
#define LEADER_NR    30
#define SERVER_NR    31
#define STRANGER_NR  32
#define OTHER_NR     33
#define FIRST_THREAD 100
#define MAX_THREADS  8000
#define FEW_THREADS  1000
#define STACK_BYTES  16384

static int nr_threads;
static bool measured;

/* Shared with the crowd */
struct crowd {
	int server;   /* whom all call, or NONE */
	bool chained; /* or each calls the next one */
	atomic_int ready;
	atomic_int ended;      /* calls */
	atomic_int unexpected; /* results */
	int eps[MAX_THREADS];
};

static struct crowd *crowd;

static void lock_max_reset(void)
{
	if (measured)
		ck_assert_int_eq(file_put(LOCK_MAX, "0"), 0);
}

static void lock_max_check(const char *what)
{
	char text[32] = "";
	long ns;
	int file;

	if (!measured)
		return;
	file = open(LOCK_MAX, O_RDONLY);
	ck_assert_int_gt(read(file, text, sizeof(text) - 1), 0);
	close(file);
	ns = atol(text);
	printf("%d %s: a lock was held for %.1f us at most\n", nr_threads, what,
	       (double)ns / 1e3);
	fflush(stdout);
	if (!getenv("M3_BOUNDS_SHOW"))
		ck_assert_int_le(ns, LIMIT_NS);
}

/* The crowd: threads of one process, each with a slot */

static bool is_expected(int rc)
{
	return rc == EMOLDSTDIED || rc == EMOLSRCDIED || rc == EMOLNOTBIND;
}

static sem_t go[MAX_THREADS];

static void *thread_of_crowd(void *arg)
{
	int i = (int)(intptr_t)arg, ep, peer;
	message m = { .m_type = 1 };

	ep = mnx_tbind(VMID, FIRST_THREAD + i);
	if (mnx_bind_failed(ep))
		_exit(1);
	crowd->eps[i] = ep;
	crowd->ready++;
	peer = crowd->server;
	if (crowd->chained) {
		sem_wait(&go[i]);
		peer = crowd->eps[i + 1];
	}
	if (peer != NONE) {
		crowd->unexpected += !is_expected(mnx_sendrec(peer, &m));
		crowd->ended++;
	}
	for (;;)
		pause();
	return NULL;
}

/* Each calls the one that has just come, who waits for nobody yet. */
static void add_to_chain(int i)
{
	while (crowd->ready <= i)
		sched_yield();
	sem_post(&go[i - 1]);
	while (!slot_is(FIRST_THREAD + i - 1, SENDING | RECEIVING))
		sched_yield();
}

static void be_crowd(void *unused)
{
	pthread_attr_t attr;
	pthread_t thread;
	intptr_t i;

	(void)unused;
	signal(SIGPIPE, SIG_IGN);
	if (mnx_bind_failed(mnx_bind(VMID, LEADER_NR)))
		_exit(1);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (i = 0; i < nr_threads; i++) {
		if (pthread_create(&thread, &attr, thread_of_crowd, (void *)i))
			_exit(1);
		if (crowd->chained && i)
			add_to_chain((int)i);
	}
	for (;;)
		pause();
}

static pid_t start_crowd(int server, bool chained)
{
	pid_t pid;

	crowd = shared_new(sizeof(*crowd));
	crowd->server = server;
	crowd->chained = chained;
	pid = child_start(be_crowd, NULL);
	AWAIT(crowd->ready == nr_threads);
	return pid;
}

static bool all_wait(int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (!slot_is(FIRST_THREAD + i, SENDING | RECEIVING))
			return false;
	return true;
}

static bool all_free(void)
{
	int i;

	for (i = 0; i < nr_threads; i++)
		if (!slot_is(FIRST_THREAD + i, SLOT_FREE))
			return false;
	return true;
}

static int endpoint_of(int p_nr)
{
	proc_usr_t info;

	ASSERT_RC(mnx_getprocinfo(VMID, p_nr, &info), OK);
	return info.p_endpoint;
}

/* When the call returns all are gone, whether they waited or not. */
START_TEST(unbound)
{
	struct actor *server = actor_new(PROCESS, SERVER_NR);
	pid_t pid = start_crowd(_i ? server->ep : NONE, false);

	if (_i)
		AWAIT(all_wait(nr_threads));
	lock_max_reset();
	ASSERT_RC(mnx_unbind(VMID, endpoint_of(LEADER_NR)), OK);
	lock_max_check(_i ? "threads, which wait, are unbound" :
			    "threads are unbound");
	ck_assert(all_free());
	if (_i)
		AWAIT(crowd->ended == nr_threads);
	ck_assert_int_eq(crowd->unexpected, 0);
	child_kill(pid);
}
END_TEST

/* They are told although the one they waited for is gone already. */
START_TEST(server_killed)
{
	struct actor *server = actor_new(PROCESS, SERVER_NR);
	pid_t pid = start_crowd(server->ep, false);

	AWAIT(all_wait(nr_threads));
	lock_max_reset();
	actor_kill(server);
	actor_new(PROCESS, SERVER_NR);
	AWAIT(crowd->ended == nr_threads);
	lock_max_check("waiters of a killed server");
	ck_assert_int_eq(crowd->unexpected, 0);
	child_kill(pid);
}
END_TEST

/* The VM ends while they wait: all are told of that. */
START_TEST(vm_ended)
{
	struct actor *server = actor_new(PROCESS, SERVER_NR);
	pid_t pid = start_crowd(server->ep, false);

	AWAIT(all_wait(nr_threads));
	lock_max_reset();
	ASSERT_RC(mnx_vm_end(VMID), OK);
	lock_max_check("waiters in a VM that ends");
	AWAIT(crowd->ended == nr_threads);
	child_kill(pid);
}
END_TEST

START_TEST(chain)
{
	struct actor *stranger = actor_new(PROCESS, STRANGER_NR);
	pid_t pid = start_crowd(NONE, true);
	int i;

	AWAIT(all_wait(nr_threads - 1));
	lock_max_reset();
	for (i = 0; i < 20; i++)
		CALL(stranger, .op = OP_SEND, .peer = crowd->eps[0], .ms = 1);
	lock_max_check("in a chain, of which one calls the first");
	ASSERT_RC(CALL_RC(stranger, .op = OP_SEND, .peer = crowd->eps[0],
			  .ms = 1),
		  EMOLLOCKED);
	child_kill(pid);
}
END_TEST

int main(void)
{
	const drvs_usr_t sizes = { .d_nr_procs = FIRST_THREAD + MAX_THREADS };
	const struct test tests[] = {
		{ unbound, 2 },
		{ server_killed, 1 },
		{ vm_ended, 1 },
		{ chain, 1 },
	};

	measured = !access(LOCK_MAX, F_OK);
	nr_threads = measured ? MAX_THREADS : FEW_THREADS;
	stage_init_sized(&sizes);
	return RUN_TESTS("bounds", 60, stage_up, stage_down, tests);
}
