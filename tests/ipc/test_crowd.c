// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server is killed while fifty clients are blocked on it: all return, each
 * with the error that fits what it waited for, within 50 ms.
 *
 * A process with thousands of bound threads is killed: its end takes about as
 * long as if they had not been bound, not the square of their number.
 *
 * The machine may be busy with other things, so there are some attempts for the
 * times; the errors must be right in all of them.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "raw.h"

#define SERVER_NR    30
#define FIRST_CLIENT 40
#define NR_CLIENTS   50
#define FIRST_THREAD 100
#define NR_THREADS   3000
#define STACK_BYTES  16384
#define MANY_TIMES   3
#define LIMIT_NS     50000000L
#define ATTEMPTS     40

struct client {
	volatile int rc;
	volatile long returned; /* ns */
};

static struct client *clients; /* shared with them */
static pid_t pids[NR_CLIENTS];

static long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static enum op op_of(int i)
{
	static const enum op ops[] = { OP_SENDREC, OP_SEND, OP_RECEIVE };

	return ops[i % 3];
}

static void client(int i, int server)
{
	message m = { .m_type = i };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (mnx_bind_failed(mnx_bind(VMID, FIRST_CLIENT + i)))
		_exit(1);
	switch (op_of(i)) {
	case OP_SENDREC:
		clients[i].rc = mnx_sendrec(server, &m);
		break;
	case OP_SEND:
		clients[i].rc = mnx_send(server, &m);
		break;
	default:
		clients[i].rc = mnx_receive(server, &m);
		break;
	}
	clients[i].returned = now_ns();
	for (;;)
		pause(); /* its end would take time from the others */
}

/* Clients that the server has taken a request of wait for its answer. */
static int expected(int i, int nr_taken)
{
	switch (op_of(i)) {
	case OP_SENDREC:
		return i / 3 < nr_taken ? EMOLSRCDIED : EMOLDSTDIED;
	case OP_SEND:
		return EMOLDSTDIED;
	default:
		return EMOLSRCDIED;
	}
}

static bool is_blocked(int i)
{
	return slot_is(FIRST_CLIENT + i, SENDING) ||
	       slot_is(FIRST_CLIENT + i, RECEIVING) ||
	       slot_is(FIRST_CLIENT + i, SENDING | RECEIVING);
}

/* Returns how long it took until the last client was back. */
static long kill_server(void)
{
	struct actor *server = actor_new(PROCESS, SERVER_NR);
	const int nr_taken = 5;
	long killed, last = 0;
	int i;

	for (i = 0; i < NR_CLIENTS; i++) {
		clients[i].rc = 1;
		clients[i].returned = 0;
		pids[i] = fork();
		if (!pids[i])
			client(i, server->ep);
		AWAIT(is_blocked(i));
	}
	for (i = 0; i < nr_taken; i++)
		ASSERT_RC(CALL_RC(server, .op = OP_RCVRQST, .ms = PATIENCE),
			  OK);
	killed = now_ns();
	kill(server->pid, SIGKILL);
	for (i = 0; i < NR_CLIENTS; i++) {
		AWAIT(clients[i].returned);
		ASSERT_RC(clients[i].rc, expected(i, nr_taken));
		if (clients[i].returned > last)
			last = clients[i].returned;
	}
	for (i = 0; i < NR_CLIENTS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	actor_kill(server);
	return last - killed;
}

START_TEST(server_killed)
{
	long took = LIMIT_NS + 1;
	int i;

	clients = shared_new(NR_CLIENTS * sizeof(*clients));
	for (i = 0; i < ATTEMPTS && took > LIMIT_NS; i++) {
		took = kill_server();
		printf("%d clients of a killed server were back in %.1f ms\n",
		       NR_CLIENTS, (double)took / 1e6);
	}
	fflush(stdout);
	ck_assert_int_le(took, LIMIT_NS);
}
END_TEST

static bool crowd_binds;
static volatile int *nr_ready; /* shared with the crowd */

static void *thread_of_crowd(void *p_nr)
{
	if (crowd_binds &&
	    mnx_bind_failed(mnx_tbind(VMID, (int)(intptr_t)p_nr)))
		_exit(1);
	__atomic_add_fetch(nr_ready, 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
	return NULL;
}

static void be_crowd(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	intptr_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (mnx_bind_failed(mnx_bind(VMID, SERVER_NR)))
		_exit(1);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (i = 0; i < NR_THREADS; i++)
		if (pthread_create(&thread, &attr, thread_of_crowd,
				   (void *)(FIRST_THREAD + i)))
			_exit(1);
	for (;;)
		pause();
}

/* Returns how long the end of a crowd took, in ns. */
static long kill_crowd(bool binds)
{
	long killed;
	pid_t pid;

	crowd_binds = binds;
	*nr_ready = 0;
	pid = fork();
	if (!pid)
		be_crowd();
	AWAIT(*nr_ready == NR_THREADS || waitpid(pid, NULL, WNOHANG));
	ck_assert_int_eq(*nr_ready, NR_THREADS);
	killed = now_ns();
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	return now_ns() - killed;
}

START_TEST(threads_killed)
{
	long bound, unbound;
	int i;

	nr_ready = shared_new(sizeof(*nr_ready));
	i = 0;
	do {
		unbound = kill_crowd(false);
		bound = kill_crowd(true);
		printf("the end of %d threads took %.1f ms, bound %.1f ms\n",
		       NR_THREADS, (double)unbound / 1e6, (double)bound / 1e6);
	} while (++i < ATTEMPTS && bound > MANY_TIMES * unbound);
	fflush(stdout);
	ck_assert_int_le(bound, MANY_TIMES * unbound);
	for (i = 0; i < NR_THREADS; i++)
		ck_assert(slot_is(FIRST_THREAD + i, SLOT_FREE));
}
END_TEST

int main(void)
{
	const drvs_usr_t sizes = { .d_nr_procs = FIRST_THREAD + NR_THREADS };
	const struct test tests[] = {
		{ server_killed, 1 },
		{ threads_killed, 1 },
	};

	stage_init_sized(&sizes);
	return RUN_TESTS("crowd", 60, stage_up, stage_down, tests);
}
