// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cluster.h"
#include "raw.h"

#define MAX_ACTORS 96

/* What goes to an actor */
struct order {
	bool in_handler; /* for later: OP_* in the handler */
	struct call call;
};

/* What comes back; a handler reports by itself. */
struct report {
	bool signal;
	int ep; /* of the first one, that says who it is */
	pid_t tid;
	struct result result;
};

static struct actor *actors[MAX_ACTORS];
static int nr_actors;

int slowness(void)
{
	const char *multiplier = getenv("CK_TIMEOUT_MULTIPLIER");

	return multiplier ? atoi(multiplier) : 1;
}

long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void nap(unsigned int us)
{
	struct timespec ts = { .tv_nsec = (long)us * 1000 };

	nanosleep(&ts, NULL);
}

void breathe(void)
{
	nap(200);
}

void random_delay(unsigned int *seed, unsigned int below)
{
	nap((unsigned int)rand_r(seed) % below);
}

/* The actor's side */

static __thread int actor_fd;
static __thread volatile int handled;
static __thread struct order handler_order;

static void put(int fd, const void *data, size_t size)
{
	if (write(fd, data, size) != (ssize_t)size)
		_exit(99);
}

static int fork_receive(void)
{
	pid_t pid = fork();
	int status;
	message m;

	if (!pid)
		_exit(mnx_receive_T(ANY, &m, 0) == EMOLNOTBIND ? 0 : 1);
	waitpid(pid, &status, 0);
	return status ? -1 : EMOLNOTBIND;
}

static struct result perform(const struct call *call)
{
	struct result r = { .reply_rc = 12345, .m = call->m };
	int src = call->src_nr ? call->src_nr : SELF;
	struct call own = *call;

	switch (call->op) {
	case OP_SEND:
		r.rc = mnx_send_T(call->peer, &r.m, call->ms);
		break;
	case OP_RECEIVE:
		r.rc = mnx_receive_T(call->peer, &r.m, call->ms);
		break;
	case OP_SENDREC:
		r.rc = mnx_sendrec_T(call->peer, &r.m, call->ms);
		break;
	case OP_RCVRQST:
		r.rc = mnx_rcvrqst_T(&r.m, call->ms);
		break;
	case OP_REPLY:
		r.rc = mnx_reply(call->peer, &r.m);
		break;
	case OP_REPLY_RCVRQST:
		r.rc = mnx_reply_rcvrqst_T(call->peer, &r.m, &r.reply_rc,
					   call->ms);
		break;
	case OP_RELAY:
		r.rc = mnx_relay(call->peer, &r.m);
		break;
	case OP_NOTIFY:
		r.rc = mnx_ntfy_value(src, call->peer, call->value);
		break;
	case OP_WAIT4BIND:
		r.rc = mnx_wait4bind_T(call->ms);
		break;
	case OP_BIND:
		r.rc = mnx_bind(VMID, call->peer);
		break;
	case OP_UNBIND:
		r.rc = mnx_unbind(VMID, call->peer);
		break;
	case OP_GETEP:
		r.rc = mnx_getep(call->peer);
		break;
	case OP_FORK:
		r.rc = fork_receive();
		break;
	case OP_RUN:
		r.rc = call->run(&own);
		r.m = own.m;
		break;
	}
	return r;
}

static void on_signal(int sig)
{
	struct report report = { .signal = true };

	handled++;
	if (sig == SIG_RESTART && handler_order.in_handler)
		report.result = perform(&handler_order.call);
	report.result.handled = handled;
	put(actor_fd, &report, sizeof(report));
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIG_INTERRUPT, &sa, NULL);
	sa.sa_flags = SA_RESTART;
	sigaction(SIG_RESTART, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Introduces itself, then obeys until the director is gone. */
static void act(int fd, int ep)
{
	struct report report = { .ep = ep, .tid = gettid() };
	struct order order;
	ssize_t n;

	actor_fd = fd;
	put(fd, &report, sizeof(report));
	for (;;) {
		n = read(fd, &order, sizeof(order));
		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof(order))
			_exit(0);
		if (order.in_handler) {
			handler_order = order;
			continue;
		}
		report.result = perform(&order.call);
		report.result.handled = handled;
		put(fd, &report, sizeof(report));
	}
}

struct thread_args {
	int fd;
	int p_nr;
};

static void *act_thread(void *p)
{
	struct thread_args *args = p;

	act(args->fd, mnx_tbind(VMID, args->p_nr));
	return NULL;
}

static void act_process(enum kind kind, int p_nr, int fd)
{
	struct thread_args args = { fd, p_nr };
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	catch_signals();
	if (p_nr == NONE) {
		act(fd, NONE);
	} else if (kind == PROCESS) {
		act(fd, mnx_bind(VMID, p_nr));
	} else {
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIG_RESTART);
		sigaddset(&set, SIG_INTERRUPT);
		if (mnx_bind_failed(mnx_bind(VMID, p_nr + LEADER_OFFSET)))
			_exit(98);
		pthread_create(&thread, NULL, act_thread, &args);
		/* Whatever is sent to the process is for that thread. */
		pthread_sigmask(SIG_BLOCK, &set, NULL);
		pthread_join(thread, NULL);
	}
	_exit(0);
}

/* The director's side */

static struct report get_report(struct actor *a)
{
	struct pollfd pfd = { .fd = a->fd, .events = POLLIN };
	struct report report;
	ssize_t n;
	int rc;

	do
		rc = poll(&pfd, 1, PATIENCE * slowness());
	while (rc < 0 && errno == EINTR);
	ck_assert_msg(rc == 1, "slot %d is silent", a->p_nr);
	n = read(a->fd, &report, sizeof(report));
	ck_assert_msg(n == sizeof(report), "slot %d has died", a->p_nr);
	return report;
}

static struct actor *new (enum kind kind, int p_nr, int node_fd)
{
	struct actor *a = calloc(1, sizeof(*a));
	struct report hello;
	int pair[2];

	ck_assert(nr_actors < MAX_ACTORS);
	ck_assert(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	a->kind = kind;
	a->p_nr = p_nr;
	a->node_fd = node_fd;
	a->fd = pair[0];
	a->pid = fork();
	ck_assert(a->pid >= 0);
	if (!a->pid) {
		int i;

		close(pair[0]);
		for (i = 0; i < nr_actors; i++)
			if (!actors[i]->dead)
				close(actors[i]->fd);
		if (node_fd >= 0)
			close(mnx_fd()); /* of the test's namespace */
		act_process(kind, p_nr, pair[1]);
	}
	close(pair[1]);
	actors[nr_actors++] = a;
	hello = get_report(a);
	a->ep = hello.ep;
	a->tid = hello.tid;
	return a;
}

struct actor *actor_new_at(int nodeid, int node_fd, enum kind kind, int p_nr)
{
	struct actor *a = new (kind, p_nr, node_fd);

	a->nodeid = nodeid;
	ck_assert_msg(!mnx_bind_failed(a->ep), "bind to %d: %s", p_nr,
		      mnx_strerror(a->ep));
	return a;
}

struct actor *actor_new(enum kind kind, int p_nr)
{
	return actor_new_at(0, -1, kind, p_nr);
}

struct actor *actor_unbound(void)
{
	return new (PROCESS, NONE, -1);
}

void actor_start(struct actor *a, struct call call)
{
	struct order order = { .call = call };

	ck_assert(write(a->fd, &order, sizeof(order)) == sizeof(order));
}

struct result actor_end(struct actor *a)
{
	struct report report;

	do
		report = get_report(a);
	while (report.signal);
	return report.result;
}

struct result actor_do(struct actor *a, struct call call)
{
	actor_start(a, call);
	return actor_end(a);
}

void actor_handler_call(struct actor *a, struct call call)
{
	struct order order = { .in_handler = true, .call = call };

	ck_assert(write(a->fd, &order, sizeof(order)) == sizeof(order));
}

proc_usr_t slot_on(int nodeid, int p_nr)
{
	proc_usr_t info = { .p_vmid = VMID, .p_nr = p_nr };

	if (nodeid)
		ck_assert_int_eq(raw_ioctl(cluster_fd(nodeid),
					   M3IPC_IOC_GETPROCINFO, &info),
				 OK);
	else
		ck_assert_int_eq(mnx_getprocinfo(VMID, p_nr, &info), OK);
	return info;
}

/*
 * Of an operation with another node only that one knows whether it has arrived,
 * and whether a request has been taken.
 */
static uint32_t abroad_flags(const proc_usr_t *info)
{
	proc_usr_t to;

	if (info->p_sendto == NONE || info->p_sendto == ANY) /* no more */
		return info->p_rts_flags;
	to = slot_on(info->p_nodeid, _ENDPOINT_P(info->p_sendto));
	if (to.p_rts_flags == SLOT_FREE)
		return info->p_rts_flags;
	return slot_on(to.p_nodeid, info->p_nr).p_rts_flags & ~(uint32_t)REMOTE;
}

static bool slot_is_on(int nodeid, int p_nr, uint32_t rts_flags)
{
	proc_usr_t info = slot_on(nodeid, p_nr);

	if (info.p_rts_flags & REMOTE && rts_flags != SLOT_FREE)
		info = slot_on(info.p_nodeid, p_nr);
	if (info.p_rts_flags & RMTOPER && !(rts_flags & RMTOPER))
		return abroad_flags(&info) == rts_flags;
	return info.p_rts_flags == rts_flags;
}

bool slot_is(int p_nr, uint32_t rts_flags)
{
	return slot_is_on(0, p_nr, rts_flags);
}

int slot_endpoint(int p_nr)
{
	proc_usr_t info;

	ASSERT_RC(mnx_getprocinfo(VMID, p_nr, &info), OK);
	return info.p_endpoint;
}

void slot_await(int p_nr, uint32_t rts_flags)
{
	AWAIT(slot_is(p_nr, rts_flags));
}

void actor_await(struct actor *a, uint32_t rts_flags)
{
	AWAIT(slot_is_on(a->nodeid, a->p_nr, rts_flags));
}

struct result actor_signal(struct actor *a, int sig)
{
	struct report report;

	ck_assert(!syscall(SYS_tgkill, a->pid, a->tid, sig));
	report = get_report(a);
	ck_assert(report.signal);
	return report.result;
}

/* The file has the number first, or "running". */
static bool sleeps_in(struct actor *a, long nr)
{
	char name[64], text[32] = "";
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/syscall", a->pid,
		 a->tid);
	f = fopen(name, "r");
	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = 0;
	fclose(f);
	return text[0] != 'r' && atol(text) == nr;
}

void actor_await_syscall(struct actor *a, long nr)
{
	AWAIT(sleeps_in(a, nr));
}

int actor_wait(struct actor *a)
{
	siginfo_t info = { .si_pid = 0 };
	int status;

	AWAIT(!waitid(P_PID, (id_t)a->pid, &info,
		      WEXITED | WNOHANG | WNOWAIT) &&
	      info.si_pid);
	ck_assert_int_eq(waitpid(a->pid, &status, 0), a->pid);
	close(a->fd);
	a->dead = true;
	return status;
}

void actor_kill(struct actor *a)
{
	if (a->dead)
		return;
	kill(a->pid, SIGKILL);
	waitpid(a->pid, NULL, 0);
	close(a->fd);
	a->dead = true;
}

static bool is_stopped(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	waitid(P_PID, (id_t)pid, &info,
	       WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT);
	return info.si_pid && info.si_code == CLD_STOPPED;
}

void actor_stop(struct actor *a)
{
	kill(a->pid, SIGSTOP);
	AWAIT(is_stopped(a->pid));
}

void actor_continue(struct actor *a)
{
	kill(a->pid, SIGCONT);
}

/* Stage */

static void node_up(const drvs_usr_t *sizes)
{
	int rc = mnx_drvs_init(0, sizes);

	if (rc) {
		fprintf(stderr, "no node: %s\n", mnx_strerror(rc));
		exit(EXIT_FAILURE);
	}
}

void stage_init(void)
{
	stage_init_sized(NULL);
}

void stage_init_sized(const drvs_usr_t *sizes)
{
	signal(SIGPIPE, SIG_IGN);
	if (unshare(CLONE_NEWNET)) {
		perror("unshare");
		exit(EXIT_FAILURE);
	}
	node_up(sizes);
}

/* The library's descriptor is of the old namespace: it has to be given up. */
void stage_new_node(void)
{
	ck_assert(!unshare(CLONE_NEWNET));
	close(mnx_fd());
	node_up(NULL);
	stage_up();
}

void stage_up(void)
{
	VM_usr_t vm = VM_USR_INIT(VMID, "stage");

	mnx_vm_end(VMID);
	ASSERT_RC(mnx_vm_init(&vm), OK);
}

void stage_down(void)
{
	int i, rc;

	for (i = 0; i < nr_actors; i++) {
		actor_kill(actors[i]);
		free(actors[i]);
	}
	nr_actors = 0;
	rc = mnx_vm_end(VMID);
	ck_assert_msg(!rc || rc == EMOLVMNOTRUN || rc == EMOLDRVSINIT,
		      "vm_end: %s", mnx_strerror(rc));
}

/* One in so many, but never in step with what a loop counts */
static bool is_chosen(unsigned int nr, int one_in)
{
	return (nr * 2654435761u >> 16) % (unsigned int)one_in == 0;
}

int run_tests(const char *name, double seconds, SFun up, SFun down, int one_in,
	      const struct test *tests, int nr_tests)
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	unsigned int nr = 0;
	int i, k, failed;

	tcase_set_timeout(tc, seconds);
	tcase_add_checked_fixture(tc, up, down);
	for (i = 0; i < nr_tests; i++)
		for (k = 0; k < tests[i].times; k++)
			if (tests[i].times == 1 || is_chosen(nr++, one_in))
				tcase_add_loop_test(tc, tests[i].test, k,
						    k + 1);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
