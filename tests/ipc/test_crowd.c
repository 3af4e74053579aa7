// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server is killed while fifty clients are blocked on it: all return, each
 * with the error that fits what it waited for, within 50 ms.
 *
 * The machine may be busy with other things, so there are some attempts for the
 * time; the errors must be right in all of them.
 */
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
	_exit(0);
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
		waitpid(pids[i], NULL, 0);
		ASSERT_RC(clients[i].rc, expected(i, nr_taken));
		if (clients[i].returned > last)
			last = clients[i].returned;
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

int main(void)
{
	const struct test tests[] = {
		{ server_killed, 1 },
	};

	stage_init();
	return RUN_TESTS("crowd", 60, stage_up, stage_down, tests);
}
