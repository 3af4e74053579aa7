// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whose threads one may name, and to whom a signal of the driver goes: Alice,
 * root of a node in namespaces of her own, against the processes of root.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "users.h"

#define KTHREADD  2
#define ALICE_NR  112
#define ROOT_NR   113
#define PAIR      3
#define OTHER     4 /* another pair */
#define NR_BINDS  50
#define SUID_COPY "/tmp/m3ipc-test-setpriv"

static int proxies_bind(int fd, int pxid, pid_t sender, pid_t receiver)
{
	struct m3ipc_proxies_bind arg = {
		.pxid = pxid,
		.spid = sender,
		.rpid = receiver,
		.name = "pair",
	};

	return raw_ioctl(fd, M3IPC_IOC_PROXIES_BIND, &arg);
}

static bool pair_is_gone(int fd, int pxid)
{
	struct m3ipc_proxyinfo info = { .px.px_id = pxid };

	return raw_ioctl(fd, M3IPC_IOC_GETPROXYINFO, &info) == EMOLPROXYFREE;
}

static void assert_sigpipe(pid_t pid)
{
	int status = child_status(pid);

	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE,
		      "status %#x", status);
}

static void idle(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

/*
 * A pair of two processes of the caller, of which one dies: its twin gets the
 * signal.  When this returns, that of a pair which died before has been sent.
 */
static void kill_own_pair(int fd)
{
	pid_t a, b;

	signal(SIGPIPE, SIG_DFL);
	a = child_start(idle, NULL);
	b = child_start(idle, NULL);
	ASSERT_RC(proxies_bind(fd, OTHER, a, b), OK);
	child_kill(a);
	assert_sigpipe(b);
	ck_assert(pair_is_gone(fd, OTHER));
}

/* Proxies */

/* A thread of root's beside one of hers, which she then ends */
static void register_victim(void *arg)
{
	pid_t victim = *(pid_t *)arg, own;
	int fd = alices_node(), rc, i;

	for (i = 0; i < 2; i++) {
		own = child_start(idle, NULL);
		rc = proxies_bind(fd, PAIR, i ? victim : own, i ? own : victim);
		child_kill(own);
		if (!rc)
			AWAIT(pair_is_gone(fd, PAIR));
		kill_own_pair(fd);
		ASSERT_RC(rc, EMOLPERM);
	}
}

static const struct {
	uid_t ruid, euid, suid;
} victims[] = {
	{ 0, 0, 0 },
	{ BOB, BOB, BOB },
	{ ALICE, 0, 0 },
	{ ALICE, ALICE, 0 },
};

START_TEST(proxies_of_others)
{
	pid_t victim =
		idler(victims[_i].ruid, victims[_i].euid, victims[_i].suid);
	int status = child_status(child_start(register_victim, &victim));

	ck_assert_msg(is_running(victim), "the victim has died");
	ck_assert_int_eq(status, 0);
	child_kill(victim);
}
END_TEST

START_TEST(kernel_thread_as_proxy)
{
	pid_t own = child_start(idle, NULL);

	ASSERT_RC(mnx_proxies_bind("pair", PAIR, KTHREADD, own, 0), EMOLPERM);
	ASSERT_RC(mnx_proxies_bind("pair", PAIR, own, KTHREADD, 0), EMOLPERM);
	ASSERT_RC(MNX_ERR(mnx_lclbind(VMID, KTHREADD, ROOT_NR)), EMOLBADPID);
	child_kill(own);
}
END_TEST

/* A program that makes itself root's, as su does, and then sleeps */

static void make_suid_copy(void)
{
	ck_assert(!system("cp /usr/bin/setpriv " SUID_COPY
			  " && chmod 4755 " SUID_COPY));
}

static void become_roots(void *arg)
{
	atomic_int *go = arg;

	signal(SIGPIPE, SIG_DFL);
	become_user(ALICE);
	*go = 1;
	AWAIT(*go == 2);
	execl(SUID_COPY, SUID_COPY, "--reuid", "0", "sleep", "1000", NULL);
	_exit(1);
}

static bool is_roots(pid_t pid)
{
	char path[32], line[128] = "";
	unsigned int r = 1, e = 1, s = 1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		sscanf(line, "Uid: %u %u %u", &r, &e, &s);
	fclose(f);
	return !r && !e && !s;
}

struct twins {
	pid_t roots; /* to be */
	atomic_int go;
	atomic_int step;
};

/* It was hers when it became a proxy, but is not when the other one dies. */
static void end_the_twin(void *arg)
{
	struct twins *t = arg;
	int fd = alices_node();
	pid_t own = child_start(idle, NULL);

	ASSERT_RC(proxies_bind(fd, PAIR, own, t->roots), OK);
	t->step = 1;
	AWAIT(t->step == 2);
	child_kill(own);
	AWAIT(pair_is_gone(fd, PAIR));
	kill_own_pair(fd);
}

START_TEST(twin_has_become_roots)
{
	struct twins *t = shared_new(sizeof(*t));
	pid_t alice;

	make_suid_copy();
	t->roots = child_start(become_roots, &t->go);
	AWAIT(t->go == 1);
	alice = child_start(end_the_twin, t);
	AWAIT(t->step == 1);
	t->go = 2;
	AWAIT(is_roots(t->roots));
	t->step = 2;
	child_end(alice);
	ck_assert_msg(is_running(t->roots), "root's process was ended");
	child_kill(t->roots);
	unlink(SUID_COPY);
}
END_TEST

/* Unbinding */

enum end {
	BY_UNBIND,
	BY_VM_END,
	BY_DRVS_END,
	BY_NAMESPACE,
	NR_OF_ENDS
};

struct visit {
	enum end how;
	pid_t alice;
	atomic_int node_is_up;
	atomic_int root_ep, alice_ep; /* bound to Alice's node */
	atomic_int done;
};

static void bind_and_wait(int fd, int p_nr, atomic_int *ep, int why)
{
	struct m3ipc_page *page;
	int rc;

	signal(SIGPIPE, SIG_DFL);
	rc = raw_bind(fd, p_nr);
	ck_assert_int_gt(rc, 0);
	page = raw_map(fd);
	*ep = rc;
	ASSERT_RC(raw_prim(fd, page, 0, M3IPC_IOC_RECEIVE, ANY, -1), why);
}

static const int reasons[NR_OF_ENDS] = { EMOLNOTBIND, EMOLVMNOTRUN,
					 EMOLDRVSINIT, EMOLDRVSINIT };

/* A process of root's that has a look at her node, but does not stay in it */
static void visit_as_root(void *arg)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), ns, fd;
	struct visit *v = arg;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", v->alice);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert(!setns(ns, CLONE_NEWNET));
	fd = raw_open();
	ck_assert(!setns(home, CLONE_NEWNET));
	close(ns);
	bind_and_wait(fd, ROOT_NR, &v->root_ep, reasons[v->how]);
	AWAIT(v->done); /* what signal there is has come */
}

/* One of her own, which does not hold the namespace either */
static void be_bound(void *arg)
{
	struct visit *v = arg;
	int fd = raw_open();

	ck_assert(!unshare(CLONE_NEWNET));
	bind_and_wait(fd, ALICE_NR, &v->alice_ep, reasons[v->how]);
	idle(NULL); /* the signal comes after the word */
}

static void end_visit(void *arg)
{
	struct visit *v = arg;
	struct m3ipc_vmid vmid = { .vmid = VMID };
	int fd = alices_node();
	pid_t own = child_start(be_bound, v);

	v->node_is_up = 1;
	AWAIT(v->root_ep && v->alice_ep);
	switch (v->how) {
	case BY_UNBIND:
		ASSERT_RC(raw_unbind(fd, VMID, v->root_ep), OK);
		ASSERT_RC(raw_unbind(fd, VMID, v->alice_ep), OK);
		break;
	case BY_VM_END:
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_VM_END, &vmid), OK);
		break;
	case BY_DRVS_END:
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_DRVS_END, NULL), OK);
		break;
	default:
		ck_assert(!unshare(CLONE_NEWNET));
	}
	assert_sigpipe(own);
}

/* She may unbind it; the signal that comes with it is not hers to send. */
START_TEST(unbound_root)
{
	struct visit *v = shared_new(sizeof(*v));
	int status;
	pid_t root;

	v->how = _i;
	v->alice = child_start(end_visit, v);
	AWAIT(v->node_is_up);
	root = child_start(visit_as_root, v);
	child_end(v->alice);
	v->done = 1;
	status = child_status(root);
	ck_assert_msg(!WIFSIGNALED(status) || WTERMSIG(status) != SIGPIPE,
		      "root's process has died of SIGPIPE");
	ck_assert_int_eq(status, 0);
}
END_TEST

/* What binds others do is of no interest to those who wait for one. */

static int switches(pid_t pid)
{
	char path[32], line[128];
	int n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (n < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "voluntary_ctxt_switches: %d", &n);
	fclose(f);
	return n;
}

static void bind_often(void *arg)
{
	int fd = alices_node(), i;

	(void)arg;
	for (i = 0; i < NR_BINDS; i++) {
		ck_assert_int_gt(raw_bind(fd, ALICE_NR), 0);
		ASSERT_RC(raw_unbind(fd, VMID, SELF), OK);
	}
}

START_TEST(binds_wake_nobody_elsewhere)
{
	struct actor *a = actor_unbound();
	int before, after;

	START(a, .op = OP_WAIT4BIND, .ms = TIMEOUT_FOREVER);
	actor_await_syscall(a, SYS_ioctl);
	before = switches(a->pid);
	child_run(bind_often, NULL);
	after = switches(a->pid);
	ck_assert_msg(after == before, "woken %d times", after - before);
	ck_assert_int_gt(mnx_lclbind(VMID, a->pid, ALICE_NR), 0);
	ck_assert_int_gt(actor_end(a).rc, 0);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ proxies_of_others, NR_OF(victims) },
		{ kernel_thread_as_proxy, 1 },
		{ twin_has_become_roots, 1 },
		{ unbound_root, NR_OF_ENDS },
		{ binds_wake_nobody_elsewhere, 1 },
	};
	int failed;

	stage_init();
	device_open_to_all();
	failed = RUN_TESTS("naming", 60, stage_up, stage_down, tests);
	device_close();
	return failed;
}
