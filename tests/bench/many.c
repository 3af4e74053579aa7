// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures round trips when there are many: clients of one server, bound
 * endpoints that do nothing, and pairs on CPUs of their own.  The time is that
 * of a server from one request to the next.
 *
 *	usage: many clients NUMBER...
 *	       many endpoints NUMBER...
 *	       many pairs NUMBER...
 */
#include <fcntl.h>
#include <molipc/molipc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define COUNT        2000
#define BATCH        100
#define LIMIT_NS     1e9
#define SERVER_NR    30
#define FIRST_CLIENT 31
#define STACK_BYTES  16384

/* All else of a VM's 8,192 slots */
#define MAX_PROCS (M3IPC_MAX_SLOTS - NR_TASKS)

static void bind_to(int vmid, int p_nr)
{
	int rc = mnx_bind(vmid, p_nr);

	bench_check(!mnx_bind_failed(rc), mnx_strerror(rc));
}

/* A process that does not outlive this one */
static pid_t spawn(void)
{
	pid_t pid = fork();

	bench_check(pid >= 0, "fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void be_client(int vmid, int p_nr, int server)
{
	message m = { .m_type = 1 };

	bind_to(vmid, p_nr);
	for (;;)
		bench_check_mnx(mnx_sendrec(server, &m));
}

/* Binds the server and starts its clients; all have asked when it returns. */
static void start_clients(int vmid, int nr, pid_t *pids, int *sources)
{
	proc_usr_t info;
	message m;

	bind_to(vmid, SERVER_NR);
	bench_check_mnx(mnx_getprocinfo(vmid, SERVER_NR, &info));
	for (int i = 0; i < nr; i++) {
		pids[i] = spawn();
		if (!pids[i])
			be_client(vmid, FIRST_CLIENT + i, info.p_endpoint);
	}
	for (int i = 0; i < nr; i++) {
		bench_check_mnx(mnx_rcvrqst(&m));
		sources[i] = m.m_source;
	}
}

/*
 * So many requests, or as many as there is time for, the first of which is
 * here; returns the ns for each.
 */
static double serve(message *m, int count)
{
	double start = bench_now(), ns;
	int made = 0;

	do {
		for (int i = 0; i < BATCH; i++)
			bench_check_mnx(
				mnx_reply_rcvrqst(m->m_source, m, NULL));
		made += BATCH;
		ns = bench_now() - start;
	} while (made < count && ns < LIMIT_NS);
	return ns / made;
}

static void first_request(int nr, const int *sources, message *m)
{
	memset(m, 0, sizeof(*m));
	for (int i = 0; i < nr; i++)
		bench_check_mnx(mnx_reply(sources[i], m));
	bench_check_mnx(mnx_rcvrqst(m));
}

static double measure(const char *group, int vmid, int nr, const char *name)
{
	pid_t *pids = calloc((size_t)nr, sizeof(*pids));
	int *sources = calloc((size_t)nr, sizeof(*sources));
	double ns[BENCH_REPEATS];
	message m;

	bench_check(pids && sources, "calloc");
	start_clients(vmid, nr, pids, sources);
	first_request(nr, sources, &m);
	serve(&m, 2 * COUNT);
	for (int i = 0; i < BENCH_REPEATS; i++)
		ns[i] = serve(&m, COUNT);
	for (int i = 0; i < nr; i++)
		end(pids[i]);
	free(pids);
	free(sources);
	mnx_unbind(vmid, SELF);
	return bench_figure(group, name, ns);
}

static void clients(int nr, const char *name)
{
	bench_node_up(FIRST_CLIENT + nr);
	measure("clients", 0, nr, name);
	mnx_drvs_end();
}

/* A thread that is bound and waits for a message that does not come */
static void *idle(void *p_nr)
{
	message m;
	int rc = mnx_tbind(0, (int)(long)p_nr);

	bench_check(!mnx_bind_failed(rc), mnx_strerror(rc));
	mnx_receive(ANY, &m);
	return NULL;
}

static int crowd_size;

static void start_crowd(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	bind_to(0, FIRST_CLIENT + 1);
	for (long i = 1; i < crowd_size; i++)
		bench_check(!pthread_create(&thread, &attr, idle,
					    (void *)(FIRST_CLIENT + 1 + i)),
			    "pthread_create");
}

static void stay(void)
{
	pause();
}

/* How many of the crowd are blocked */
static int waiting(void)
{
	proc_usr_t info;
	int blocked = 0;

	for (int i = 1; i < crowd_size; i++)
		blocked += !mnx_getprocinfo(0, FIRST_CLIENT + 1 + i, &info) &&
			   info.p_rts_flags == RECEIVING;
	return blocked;
}

/* `nr' counts the server and its client. */
static void endpoints(int nr, const char *name)
{
	pid_t crowd;

	crowd_size = nr - 2;
	bench_node_up(MAX_PROCS);
	crowd = bench_start(BENCH_HERE, start_crowd, stay);
	while (waiting() < crowd_size - 1)
		usleep(10000);
	measure("endpoints", 0, 1, name);
	end(crowd);
	mnx_drvs_end();
}

static int other_vmid;
static message other_request;

static void start_other_pair(void)
{
	pid_t client;
	int source;

	start_clients(other_vmid, 1, &client, &source);
	first_request(1, &source, &other_request);
}

static void serve_other_pair(void)
{
	for (;;)
		serve(&other_request, COUNT);
}

/* One pair is measured; each has a VM of its own, which has a CPU. */
static void pairs(int nr, const char *name)
{
	pid_t *others = calloc((size_t)nr, sizeof(*others));

	bench_check(others != NULL, "calloc");
	bench_check_mnx(mnx_drvs_init(0, NULL));
	for (int i = 0; i < nr; i++) {
		VM_usr_t vm = VM_USR_INIT(0, "");

		vm.vm_vmid = i;
		vm.vm_cpumask[0] = 1UL << i;
		snprintf(vm.vm_name, sizeof(vm.vm_name), "pair%d", i);
		bench_check_mnx(mnx_vm_init(&vm));
	}
	for (int i = 1; i < nr; i++) {
		other_vmid = i;
		others[i] = bench_start(BENCH_HERE, start_other_pair,
					serve_other_pair);
	}
	measure("pairs", 0, 1, name);
	for (int i = 1; i < nr; i++)
		end(others[i]);
	free(others);
	mnx_drvs_end();
}

/* In a process of its own, since a bind may narrow its CPUs for good */
static void run_alone(void (*run)(int nr, const char *name), const char *name)
{
	pid_t pid = spawn();
	int status;

	if (!pid) {
		run(atoi(name), name);
		exit(EXIT_SUCCESS);
	}
	waitpid(pid, &status, 0);
	if (status)
		exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(int nr, const char *name);
	} kinds[] = {
		{ "clients", clients },
		{ "endpoints", endpoints },
		{ "pairs", pairs },
	};

	for (size_t i = 0; argc > 1 && i < 3; i++) {
		if (strcmp(argv[1], kinds[i].name))
			continue;
		for (int n = 2; n < argc; n++)
			run_alone(kinds[i].run, argv[n]);
		return EXIT_SUCCESS;
	}
	fprintf(stderr, "usage: many clients|endpoints|pairs NUMBER...\n");
	return EXIT_FAILURE;
}
