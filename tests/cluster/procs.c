// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes of a VM with a system task, for tests/cluster/systask:
 *
 *	procs hold COUNT	forks so many by sys_fork() and has them wait;
 *				prints their slots, and stays until SIGTERM
 *	procs cycle COUNT	forks and ends one after the other; prints how
 *				many it got, and how long that took
 *	procs serve NAME	publishes the name, prints its endpoint, and
 *				answers each request with m1_i1 one higher
 *	procs ask NAME MS	looks the name up, for so long, and makes a
 *				request; prints the endpoint
 *	procs last NAME		publishes the name, prints its endpoint, and
 *				"taken" when there is a request; answers that at
 *				SIGUSR1, and ends
 *	procs alarm MS		prints how many ms the alarm took
 *	procs look NODE		asks the system task of another node for a
 *				table; prints the error that this is
 *	procs watch NODE	prints each change of what NODE is to its system
 *				task: the time in ms, its state, its slots
 *
 * VM is number 0.  Each binds itself in the first user slot that it may have.
 * What fails is said, and is exit status 1.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "user_slot.h"

#define VMID     0
#define PATIENCE 30000 /* ms */

static int said(const char *what, int rc)
{
	fprintf(stderr, "procs: %s: %s\n", what, mnx_strerror(rc));
	return EXIT_FAILURE;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Ends with its parent. */
static void child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mnx_wait4bind_T(PATIENCE);
	for (;;)
		pause();
}

/* A child that is bound: its endpoint, or an error, and it has ended */
static int fork_bound(pid_t *pid)
{
	int rc;

	*pid = fork();
	if (!*pid)
		child();
	rc = *pid < 0 ? -1000 - 1 : sys_fork(*pid);
	if (mnx_bind_failed(rc) && *pid > 0) {
		kill(*pid, SIGKILL);
		waitpid(*pid, NULL, 0);
	}
	return rc;
}

static int hold(int count)
{
	pid_t pid;
	int rc;

	for (int i = 0; i < count; i++) {
		rc = fork_bound(&pid);
		if (mnx_bind_failed(rc)) {
			printf("\n");
			return said("fork", rc);
		}
		printf("%d ", _ENDPOINT_P(rc));
	}
	printf("held\n");
	fflush(stdout);
	for (;;)
		pause();
}

static int cycle(int count)
{
	long begin = now_ms();
	pid_t pid;
	int rc, done;

	for (done = 0; done < count; done++) {
		rc = fork_bound(&pid);
		if (mnx_bind_failed(rc))
			return said("fork", rc);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	printf("%d cycles, %ld ms\n", done, now_ms() - begin);
	return EXIT_SUCCESS;
}

static int serve(const char *name, int endpoint)
{
	int client = NONE, rc = sys_publish(name);
	message m;

	if (rc)
		return said("publish", rc);
	printf("%d\n", endpoint);
	fflush(stdout);
	while (!(rc = mnx_reply_rcvrqst(client, &m, NULL))) {
		client = NONE;
		if (m.m_type & NOTIFY_MESSAGE) {
			printf("told %d of %d\n", m.m9_i1, m.m_source);
			fflush(stdout);
			continue;
		}
		client = m.m_source;
		m.m_type = OK;
		m.m1_i1++;
	}
	return said("serve", rc);
}

static int ask(const char *name, long ms)
{
	message m = { .m_type = 1 };
	int server = sys_lookup(name, ms), rc;

	if (mnx_bind_failed(server))
		return said("lookup", server);
	m.m1_i1 = 41;
	rc = mnx_sendrec_T(server, &m, PATIENCE);
	if (rc || m.m_type || m.m1_i1 != 42)
		return said("request", rc ? rc : m.m_type);
	printf("%d\n", server);
	return EXIT_SUCCESS;
}

static int last(const char *name, int endpoint)
{
	int rc = sys_publish(name), signal;
	sigset_t set;
	message m;

	if (rc)
		return said("publish", rc);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	printf("%d\n", endpoint);
	fflush(stdout);
	rc = mnx_rcvrqst(&m);
	if (rc)
		return said("receive", rc);
	puts("taken");
	fflush(stdout);
	sigwait(&set, &signal);
	m.m_type = OK;
	m.m1_i1++;
	rc = mnx_reply(m.m_source, &m);
	return rc ? said("reply", rc) : EXIT_SUCCESS;
}

static int alarm_of(uint64_t ms)
{
	long begin = now_ms();
	message m = { .m_type = 0 };
	int rc = sys_setalarm(ms, 0, NULL);

	if (!rc)
		rc = mnx_receive_T(ANY, &m, PATIENCE);
	if (rc || m.m_type != NOTIFY_FROM(CLOCK))
		return said("alarm", rc);
	printf("%ld\n", now_ms() - begin);
	return EXIT_SUCCESS;
}

static int look(int nodeid)
{
	message m = { .m_type = SYS_GETINFO };
	const sys_info_t arg = { .what = GET_NODES };
	int rc;

	com_put(&m, &arg);
	rc = mnx_sendrec_T(SYSTASK(nodeid), &m, PATIENCE);
	printf("%s\n", mnx_strerror(rc ? rc : m.m_type));
	return EXIT_SUCCESS;
}

static void print_node(const sys_node_t *node)
{
	static const char *const states[] = {
		[SYS_NODE_AWAY] = "away",       [SYS_NODE_CUT] = "cut",
		[SYS_NODE_ENDED] = "ended",     [SYS_NODE_JOINING] = "joining",
		[SYS_NODE_RUNNING] = "running",
	};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	printf("%lld %s %d\n", now.tv_sec * 1000LL + now.tv_nsec / 1000000,
	       states[node->state], node->slots);
	fflush(stdout);
}

static int watch(int nodeid)
{
	sys_node_t nodes[M3IPC_MAX_NODES], was = { .state = -1 };
	int nr;

	for (;;) {
		nr = sys_getinfo(GET_NODES, 0, nodes, sizeof(nodes));
		if (nr < 0)
			return said("nodes", nr);
		for (int i = 0; i < nr; i++) {
			if (nodes[i].nodeid != nodeid ||
			    (nodes[i].state == was.state &&
			     nodes[i].slots == was.slots))
				continue;
			was = nodes[i];
			print_node(&was);
		}
		usleep(1000);
	}
}

int main(int argc, char **argv)
{
	int rc;

	if (argc < 3)
		return 2;
	rc = user_slot_bind(VMID);
	if (mnx_bind_failed(rc))
		return said("bind", rc);
	if (!strcmp(argv[1], "hold"))
		return hold(atoi(argv[2]));
	if (!strcmp(argv[1], "cycle"))
		return cycle(atoi(argv[2]));
	if (!strcmp(argv[1], "serve"))
		return serve(argv[2], rc);
	if (!strcmp(argv[1], "last"))
		return last(argv[2], rc);
	if (!strcmp(argv[1], "ask") && argc == 4)
		return ask(argv[2], atol(argv[3]));
	if (!strcmp(argv[1], "alarm"))
		return alarm_of((uint64_t)atol(argv[2]));
	if (!strcmp(argv[1], "look"))
		return look(atoi(argv[2]));
	if (!strcmp(argv[1], "watch"))
		return watch(atoi(argv[2]));
	return 2;
}
