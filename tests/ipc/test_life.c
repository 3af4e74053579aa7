// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Death in every way, and what looks like it: exec, fork, vfork, spawn.
 *
 * This program is also what is exec'ed: as "test_life serve ENDPOINT" it
 * answers requests, if its endpoint is that one.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

#define VICTIM_NR 101
#define WAITER_NR 110
#define THREAD_NR 120

/* m_type of requests to the exec'ed program */
#define ASK 1
#define END 2

static struct actor *victim;

/* Ways to die */

static int by_exit(struct call *call)
{
	(void)call;
	exit(3);
}

static int by_quick_exit(struct call *call)
{
	(void)call;
	_exit(3);
}

static int by_fault(struct call *call)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	/* With all that dumping core brings about */
	setrlimit(RLIMIT_CORE, &all);
	signal(SIGSEGV, SIG_DFL);
	*(volatile int *)(intptr_t)call->value = 0;
	return 0;
}

static int by_abort(struct call *call)
{
	(void)call;
	signal(SIGABRT, SIG_DFL);
	abort();
}

static int by_sigkill(struct call *call)
{
	(void)call;
	kill(getpid(), SIGKILL);
	return 0;
}

static int by_sigterm(struct call *call)
{
	(void)call;
	signal(SIGTERM, SIG_DFL); /* libcheck has a handler */
	kill(getpid(), SIGTERM);
	return 0;
}

static void *end_thread(void *leader)
{
	pthread_join(*(pthread_t *)leader, NULL);
	return NULL;
}

/* The main thread goes first, the process with the other. */
static int by_last_thread(struct call *call)
{
	static pthread_t leader;
	pthread_t thread;

	(void)call;
	leader = pthread_self();
	pthread_create(&thread, NULL, end_thread, &leader);
	pthread_exit(NULL);
}

static void *exit_when_blocked(void *unused)
{
	AWAIT(slot_is(VICTIM_NR, RECEIVING));
	_exit(3);
	return unused;
}

/* Another thread ends the process while the main one is in a call. */
static int by_exit_of_another(struct call *call)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exit_when_blocked, NULL);
	return mnx_receive(HARDWARE, &call->m);
}

static int by_exec(struct call *call)
{
	(void)call;
	execl("/bin/false", "false", NULL);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct call *call);
	int signal;
	int code;
} ways[] = {
	{ "exit", by_exit, 0, 3 },
	{ "_exit", by_quick_exit, 0, 3 },
	{ "a fault", by_fault, SIGSEGV, 0 },
	{ "abort", by_abort, SIGABRT, 0 },
	{ "SIGKILL", by_sigkill, SIGKILL, 0 },
	{ "SIGTERM", by_sigterm, SIGTERM, 0 },
	{ "the last thread's end", by_last_thread, 0, 0 },
	{ "exit of another thread", by_exit_of_another, 0, 3 },
	{ "exec, and exit", by_exec, 0, 1 },
};

#define NR_WAYS ((int)(sizeof(ways) / sizeof(ways[0])))

/* Those who wait for the victim, each otherwise */
static const struct {
	enum op op;
	uint32_t flags;
	bool taken;
	int rc;
} waiters[] = {
	{ OP_SENDREC, SENDING | RECEIVING, true, EMOLSRCDIED },
	{ OP_SEND, SENDING, false, EMOLDSTDIED },
	{ OP_SENDREC, SENDING | RECEIVING, false, EMOLDSTDIED },
	{ OP_RECEIVE, RECEIVING, false, EMOLSRCDIED },
};

#define NR_WAITERS 4

START_TEST(death)
{
	struct actor *w[NR_WAITERS], *any = actor_new(PROCESS, WAITER_NR + 9);
	int i, status;

	START(any, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	victim = actor_new(PROCESS, VICTIM_NR);
	for (i = 0; i < NR_WAITERS; i++) {
		w[i] = actor_new(PROCESS, WAITER_NR + i);
		START(w[i], .op = waiters[i].op, .peer = victim->ep, .ms = -1);
		actor_await(w[i], waiters[i].flags);
		if (waiters[i].taken)
			ASSERT_RC(CALL_RC(victim, .op = OP_RCVRQST), OK);
	}
	START(victim, .op = OP_RUN, .run = ways[_i].run);
	status = actor_wait(victim);
	ck_assert_msg(WIFSIGNALED(status) ?
			      WTERMSIG(status) == ways[_i].signal :
			      !ways[_i].signal &&
				      WEXITSTATUS(status) == ways[_i].code,
		      "%s: status %#x", ways[_i].name, status);
	/* Whoever knows that it is dead finds its slot free. */
	AT_ONCE(slot_is(VICTIM_NR, SLOT_FREE));
	for (i = 0; i < NR_WAITERS; i++) {
		ASSERT_RC(actor_end(w[i]).rc, waiters[i].rc);
		ck_assert(slot_is(WAITER_NR + i, 0));
	}
	ck_assert(slot_is(WAITER_NR + 9, RECEIVING));
	ck_assert_int_eq(actor_new(PROCESS, VICTIM_NR)->ep,
			 _ENDPOINT(2, VICTIM_NR));
}
END_TEST

/* Exec keeps the endpoint. */

static int serve(const char *ep)
{
	int client = NONE, fd, open = 0;
	struct stat dev, st;
	message m;

	/* What was there of the old program's device is closed. */
	stat("/dev/m3ipc", &dev);
	for (fd = 0; fd < 256; fd++)
		open += !fstat(fd, &st) && st.st_rdev == dev.st_rdev &&
			S_ISCHR(st.st_mode);
	if (open || mnx_getep(getpid()) != atoi(ep))
		return 1;
	do {
		if (mnx_reply_rcvrqst(client, &m, NULL))
			return 2;
		client = m.m_source;
		m.m1_i1 = getpid();
	} while (m.m_type == ASK);
	return mnx_reply(client, &m);
}

static char ep_text[16];
static char *const serve_args[] = { "test_life", "serve", ep_text, NULL };

static int exec_now(struct call *call)
{
	(void)call;
	snprintf(ep_text, sizeof(ep_text), "%d", mnx_getep(getpid()));
	execv("/proc/self/exe", serve_args);
	return -errno;
}

static void *exec_in_thread(void *unused)
{
	AWAIT(slot_is(VICTIM_NR, RECEIVING));
	execv("/proc/self/exe", serve_args);
	return unused;
}

/* By a thread, while the main one is in a call */
static int exec_by_thread(struct call *call)
{
	pthread_t thread;

	snprintf(ep_text, sizeof(ep_text), "%d", mnx_getep(getpid()));
	pthread_create(&thread, NULL, exec_in_thread, NULL);
	return mnx_receive(HARDWARE, &call->m);
}

static void *exec_in_bound_thread(void *unused)
{
	AWAIT(slot_is(THREAD_NR, RECEIVING));
	execv("/proc/self/exe", serve_args);
	return unused;
}

static void *bound_thread(void *unused)
{
	message m;

	mnx_tbind(VMID, THREAD_NR);
	mnx_receive(ANY, &m);
	return unused;
}

/* By the main thread's, with a third that has an endpoint of its own */
static int exec_beside_thread(struct call *call)
{
	pthread_t thread;

	(void)call;
	snprintf(ep_text, sizeof(ep_text), "%d", mnx_getep(getpid()));
	pthread_create(&thread, NULL, bound_thread, NULL);
	exec_in_bound_thread(NULL);
	return -1;
}

static void *bind_and_exec(void *unused)
{
	mnx_tbind(VMID, THREAD_NR);
	return exec_in_thread(unused);
}

/* By one with an endpoint of its own: now it has its process's. */
static int exec_by_bound_thread(struct call *call)
{
	pthread_t thread;

	snprintf(ep_text, sizeof(ep_text), "%d", mnx_getep(getpid()));
	pthread_create(&thread, NULL, bind_and_exec, NULL);
	return mnx_receive(HARDWARE, &call->m);
}

static void exec_in_handler(int sig)
{
	(void)sig;
	execv("/proc/self/exe", serve_args);
}

static void *signal_main(void *unused)
{
	AWAIT(slot_is(VICTIM_NR, RECEIVING));
	kill(getpid(), SIGRTMIN + 1);
	return unused;
}

static int exec_by_handler(struct call *call)
{
	pthread_t thread;
	sigset_t set, old;

	snprintf(ep_text, sizeof(ep_text), "%d", mnx_getep(getpid()));
	signal(SIGRTMIN + 1, exec_in_handler);
	sigfillset(&set);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	pthread_create(&thread, NULL, signal_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return mnx_receive(HARDWARE, &call->m);
}

static int (*const execs[])(struct call *call) = {
	exec_now,           exec_by_thread,
	exec_beside_thread, exec_by_bound_thread,
	exec_by_handler,
};

#define NR_EXECS ((int)(sizeof(execs) / sizeof(execs[0])))

/* Those who waited before it wait on; those who come later are served too. */
START_TEST(exec_keeps_endpoint)
{
	struct actor *early = actor_new(PROCESS, WAITER_NR), *of_thread, *late;
	int status;
	struct result r;

	victim = actor_new(PROCESS, VICTIM_NR);
	START(early, .op = OP_SENDREC, .peer = victim->ep, .ms = PATIENCE,
	      .m.m_type = ASK);
	actor_await(early, SENDING | RECEIVING);
	START(victim, .op = OP_RUN, .run = execs[_i]);
	r = actor_end(early);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, victim->ep);
	ck_assert_int_eq(r.m.m1_i1, victim->pid);
	ck_assert(slot_is(THREAD_NR, SLOT_FREE));
	late = actor_new(PROCESS, WAITER_NR + 1);
	START(late, .op = OP_RECEIVE, .peer = victim->ep, .ms = -1);
	ASSERT_RC(CALL_RC(early, .op = OP_SENDREC, .peer = victim->ep,
			  .ms = PATIENCE, .m.m_type = END),
		  OK);
	status = actor_wait(victim);
	ck_assert_msg(!status, "status %#x", status);
	ASSERT_RC(actor_end(late).rc, EMOLSRCDIED);
	of_thread = actor_new(THREAD, THREAD_NR);
	ck_assert(!mnx_bind_failed(of_thread->ep));
}
END_TEST

static int exec_nothing(struct call *call)
{
	char *const args[] = { "nothing", NULL };

	(void)call;
	execv("/does/not/exist", args);
	return -errno;
}

START_TEST(exec_fails)
{
	struct actor *s = actor_new(PROCESS, WAITER_NR);

	victim = actor_new(PROCESS, VICTIM_NR);
	START(s, .op = OP_SENDREC, .peer = victim->ep, .ms = PATIENCE);
	actor_await(s, SENDING | RECEIVING);
	ASSERT_RC(CALL_RC(victim, .op = OP_RCVRQST), OK);
	ASSERT_RC(CALL_RC(victim, .op = OP_RUN, .run = exec_nothing), -ENOENT);
	ASSERT_RC(CALL_RC(victim, .op = OP_REPLY, .peer = s->ep), OK);
	ASSERT_RC(actor_end(s).rc, OK);
}
END_TEST

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ death, NR_WAYS },
		{ exec_keeps_endpoint, NR_EXECS },
		{ exec_fails, 1 },
	};

	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(argv[2]);
	stage_init();
	return RUN_TESTS("life", 60, stage_up, stage_down, tests);
}
