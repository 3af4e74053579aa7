// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Network namespaces: each is a node of its own, which goes when it goes, under
 * whoever is blocked in it.
 *
 * The processes that live in other namespaces are children; a descriptor of
 * theirs does not keep a namespace alive.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

#define NR_BLOCKED    6
#define NR_NAMESPACES 200

static int home; /* the namespace of the test */

static void set_up(void)
{
	stage_up();
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(home, 0);
}

/* A node with a VM in a new namespace; the descriptor acts there. */
static int new_node(int nodeid, const char *name)
{
	drvs_usr_t drvs = { .d_nodeid = nodeid };
	VM_usr_t vm = VM_USR_INIT(VMID, "");
	int fd;

	strncpy(vm.vm_name, name, sizeof(vm.vm_name) - 1);
	ck_assert(!unshare(CLONE_NEWNET));
	fd = raw_open();
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_DRVS_INIT, &drvs), OK);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_VM_INIT, &vm), OK);
	return fd;
}

/* The same as new_node(), but the caller stays at home. */
static int new_node_elsewhere(int nodeid, const char *name)
{
	int fd = new_node(nodeid, name);

	ck_assert(!setns(home, CLONE_NEWNET));
	return fd;
}

/* Has the namespace of that descriptor gone? */
static bool is_gone(int fd)
{
	struct m3ipc_vmid vmid = { .vmid = VMID };

	return raw_ioctl(fd, M3IPC_IOC_VM_END, &vmid) == EMOLDRVSINIT;
}

/* Separate nodes */

static void live_apart(void *arg)
{
	int fd = new_node(7, "stage"), ep;
	drvs_usr_t drvs;
	VM_usr_t vm = { .vm_vmid = VMID };
	struct m3ipc_page *page;

	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETDRVSINFO, &drvs), OK);
	ck_assert_int_eq(drvs.d_nodeid, 7);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETVMINFO, &vm), OK);
	ck_assert_str_eq(vm.vm_name, "stage");
	ck_assert_uint_eq(vm.vm_nodes, 1u << 7);
	/* Another's slot at home is free here; its endpoint is nobody's. */
	ep = raw_bind(fd, MY_NR + 1);
	ck_assert_int_gt(ep, 0);
	page = raw_map(fd);
	ASSERT_RC(raw_prim(fd, page, 0, M3IPC_IOC_SEND, *(int *)arg, 0),
		  EMOLDSTDIED);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_DRVS_END, NULL), OK);
	ASSERT_RC(raw_self(fd), EMOLDRVSINIT);
}

START_TEST(separate)
{
	struct actor *a = actor_new(PROCESS, MY_NR);
	VM_usr_t vm;
	drvs_usr_t drvs;

	START(a, .op = OP_RECEIVE, .peer = ANY, .ms = TIMEOUT_FOREVER);
	actor_await(a, RECEIVING);
	child_run(live_apart, &a->ep);
	ASSERT_RC(mnx_getdrvsinfo(&drvs), OK);
	ck_assert_int_eq(drvs.d_nodeid, 0);
	ASSERT_RC(mnx_getvminfo(VMID, &vm), OK);
	ck_assert_uint_eq(vm.vm_nodes, 1);
	ck_assert(slot_is(MY_NR, RECEIVING));
}
END_TEST

static void bind_twice(void *arg)
{
	int here = raw_open(), there = new_node_elsewhere(1, "other");

	(void)arg;
	ck_assert_int_gt(raw_bind(here, MY_NR), 0);
	ASSERT_RC(raw_bind(there, MY_NR), EMOLBUSY);
	ASSERT_RC(raw_bind(there, MY_NR + 1), EMOLBUSY);
	ASSERT_RC(raw_self(there), EMOLNOTBIND);
	ASSERT_RC(raw_unbind(there, VMID, SELF), EMOLNOTBIND);
	ck_assert_int_gt(raw_self(here), 0);
	ASSERT_RC(raw_unbind(here, VMID, SELF), OK);
	ck_assert_int_gt(raw_bind(there, MY_NR), 0);
	ASSERT_RC(raw_bind(here, MY_NR), EMOLBUSY);
	ASSERT_RC(raw_self(here), EMOLNOTBIND);
}

START_TEST(one_binding_on_the_machine)
{
	child_run(bind_twice, NULL);
}
END_TEST

/* Namespaces that vanish */

static const unsigned long blocking[NR_BLOCKED] = {
	M3IPC_IOC_SEND,    M3IPC_IOC_SENDREC,       M3IPC_IOC_RECEIVE,
	M3IPC_IOC_RCVRQST, M3IPC_IOC_REPLY_RCVRQST, M3IPC_IOC_WAIT4BIND,
};

struct vanishing {
	int fd;
	int target; /* an endpoint that never answers */
	int i;
	atomic_int bound;
};

static void check_dead_node(int fd)
{
	struct m3ipc_wait4bind wait = { .timeout = -1 };
	drvs_usr_t drvs = { .d_nodeid = 0 };
	VM_usr_t vm = VM_USR_INIT(VMID, "late");
	int i;

	for (i = 0; i < NR_PRIMS; i++)
		ASSERT_RC(raw_ioctl(fd, raw_prims[i], NULL), EMOLDRVSINIT);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_WAIT4BIND, &wait), EMOLDRVSINIT);
	ASSERT_RC(raw_bind(fd, MY_NR), EMOLDRVSINIT);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_DRVS_INIT, &drvs), EMOLDRVSINIT);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_DRVS_END, NULL), EMOLDRVSINIT);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_VM_INIT, &vm), EMOLDRVSINIT);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETVMINFO, &vm), EMOLDRVSINIT);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETDRVSINFO, &drvs), OK);
	ck_assert_int_eq(drvs.d_nodeid, LOCALNODE);
}

static void block_there(void *arg)
{
	struct vanishing *v = arg;
	struct m3ipc_wait4bind wait = { .timeout = -1 };
	unsigned long request = blocking[v->i];
	struct m3ipc_page *page;
	int rc;

	v->bound = 1;
	if (request == M3IPC_IOC_WAIT4BIND) {
		rc = raw_ioctl(v->fd, request, &wait);
	} else {
		ck_assert_int_gt(raw_bind(v->fd, MY_NR + 1 + v->i), 0);
		page = raw_map(v->fd);
		rc = raw_prim(v->fd, page, 0, request,
			      request == M3IPC_IOC_REPLY_RCVRQST ? NONE :
								   v->target,
			      TIMEOUT_FOREVER);
	}
	ASSERT_RC(rc, EMOLDRVSINIT);
	check_dead_node(v->fd);
}

static bool is_blocked(int fd, int p_nr)
{
	proc_usr_t info = { .p_vmid = VMID, .p_nr = p_nr };

	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETPROCINFO, &info), OK);
	return info.p_rts_flags && !(info.p_rts_flags & SLOT_FREE);
}

static void idle(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

/*
 * One process is in the namespace and does nothing else; all others have only
 * descriptors of it.  Whom they wait for has a lower or a higher slot.
 */
START_TEST(vanishes_under_blocked_calls)
{
	struct vanishing *v = shared_new(NR_BLOCKED * sizeof(*v));
	pid_t pids[NR_BLOCKED], holder, partner = child_start(idle, NULL);
	int fd, i, target;

	fd = new_node(1, "vanishing");
	holder = child_start(idle, NULL);
	ck_assert(!setns(home, CLONE_NEWNET));
	target = raw_lclbind(fd, VMID, _i ? MY_NR + 20 : MY_NR, partner);
	ck_assert_int_gt(target, 0);
	for (i = 0; i < NR_BLOCKED; i++) {
		v[i] = (struct vanishing){ fd, target, i, 0 };
		pids[i] = child_start(block_there, &v[i]);
		AWAIT(v[i].bound);
		if (blocking[i] != M3IPC_IOC_WAIT4BIND)
			AWAIT(is_blocked(fd, MY_NR + 1 + i));
	}
	child_kill(holder);
	for (i = 0; i < NR_BLOCKED; i++)
		child_end(pids[i]);
	check_dead_node(fd);
	child_kill(partner);
}
END_TEST

/* The namespace ends because its last process moves on, still bound in it. */
static void wander(void *arg)
{
	int i, n = *(int *)arg, fd = -1;
	pid_t pid = 0;

	for (i = 0; i < n; i++) {
		int old = fd;

		fd = new_node(i % 32, "wandering");
		if (pid)
			child_kill(pid);
		if (old >= 0) {
			AWAIT(is_gone(old));
			close(old);
		}
		ck_assert_int_gt(raw_bind(fd, MY_NR + i % 3), 0);
		if (i % 2)
			raw_map(fd);
		pid = child_start(idle, NULL);
		ck_assert_int_gt(raw_lclbind(fd, VMID, MY_NR + 5, pid), 0);
	}
	child_kill(pid);
}

START_TEST(many)
{
	int n = NR_NAMESPACES / 4, i;
	pid_t pids[4];

	for (i = 0; i < 4; i++)
		pids[i] = child_start(wander, &n);
	for (i = 0; i < 4; i++)
		child_end(pids[i]);
}
END_TEST

/* Nodes that end and begin while others call in them */

static bool expected_then(int rc)
{
	switch (rc) {
	case EMOLDRVSINIT:
	case EMOLVMNOTRUN:
	case EMOLBADVMID:
	case EMOLNOTBIND:
	case EMOLSLOTUSED:
	case EMOLDSTDIED:
	case EMOLSRCDIED:
	case EMOLTIMEDOUT:
	case EMOLAGAIN:
	case EMOLLOCKED:
	case EMOLBUSY:
		return true;
	}
	return false;
}

static void check_expected(const char *what, int rc)
{
	ck_assert_msg(!rc || expected_then(rc), "%s: %d (%s)", what, rc,
		      mnx_strerror(rc));
}

#define NR_CALLERS 6
#define STORM_MS   4000

/* They talk in pairs. */
static void call_all_the_time(void *arg)
{
	int nr = *(int *)arg, ep;
	int peer_nr = MY_NR + (nr ^ 1);
	proc_usr_t info;
	message m;

	for (;;) {
		ep = mnx_bind(VMID, MY_NR + nr);
		if (mnx_bind_failed(ep)) {
			check_expected("bind", MNX_ERR(ep));
			ep = MNX_ERR(mnx_wait4bind_T(1));
			check_expected("wait4bind", ep > 0 ? OK : ep);
			continue;
		}
		if (mnx_getprocinfo(VMID, peer_nr, &info) ||
		    info.p_rts_flags & SLOT_FREE)
			info.p_endpoint = ANY;
		if (nr % 2)
			check_expected("receive", mnx_receive_T(ANY, &m, 5));
		else if (info.p_endpoint != ANY)
			check_expected("send",
				       mnx_send_T(info.p_endpoint, &m, 5));
		check_expected("unbind", mnx_unbind(VMID, SELF));
	}
}

START_TEST(ends_and_begins)
{
	VM_usr_t vm = VM_USR_INIT(VMID, "again");
	int numbers[NR_CALLERS], i;
	pid_t pids[NR_CALLERS];
	unsigned int seed = 1;
	long end;

	stage_new_node();
	for (i = 0; i < NR_CALLERS; i++) {
		numbers[i] = i;
		pids[i] = child_start(call_all_the_time, &numbers[i]);
	}
	for (end = now_ms() + STORM_MS; now_ms() < end;) {
		ASSERT_RC(mnx_drvs_end(), OK);
		ASSERT_RC(mnx_drvs_init(0, NULL), OK);
		ASSERT_RC(mnx_vm_init(&vm), OK);
		for (i = 0; i < NR_CALLERS; i++)
			ck_assert_int_eq(waitpid(pids[i], NULL, WNOHANG), 0);
		random_delay(&seed, RACE_DELAY);
	}
	for (i = 0; i < NR_CALLERS; i++)
		child_kill(pids[i]);
	for (i = 0; i < NR_CALLERS; i++)
		ck_assert(slot_is(MY_NR + i, SLOT_FREE));
}
END_TEST

/* Process ids */

static void be_first(void *arg)
{
	proc_usr_t info;
	int ep;

	ck_assert_int_eq(getpid(), 1);
	ASSERT_RC(mnx_getprocinfo(VMID, *(int *)arg, &info), OK);
	ck_assert_int_eq(info.p_lpid, PROC_NO_PID);
	/* Numbers of processes that are not in here */
	ASSERT_RC(MNX_ERR(mnx_lclbind(VMID, 4000, MY_NR + 1)), EMOLBADPID);
	ep = mnx_lclbind(VMID, 1, MY_NR + 1);
	ck_assert_int_gt(ep, 0);
	ASSERT_RC(mnx_getep(1), ep);
	ASSERT_RC(mnx_wait4bind(), ep);
	ASSERT_RC(mnx_getprocinfo(VMID, MY_NR + 1, &info), OK);
	ck_assert_int_eq(info.p_lpid, 1);
	for (;;)
		pause();
}

START_TEST(process_ids)
{
	struct actor *a = actor_new(PROCESS, MY_NR);
	proc_usr_t info;
	pid_t pid;

	ck_assert(!unshare(CLONE_NEWPID));
	pid = child_start(be_first, &a->p_nr);
	AWAIT(slot_is(MY_NR + 1, 0));
	ASSERT_RC(mnx_getprocinfo(VMID, MY_NR + 1, &info), OK);
	ck_assert_int_eq(info.p_lpid, pid);
	ck_assert_int_eq(info.p_endpoint,
			 CALL_RC(a, .op = OP_GETEP, .peer = pid));
	child_kill(pid);
	ck_assert(slot_is(MY_NR + 1, SLOT_FREE));
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ separate, 1 },
		{ one_binding_on_the_machine, 1 },
		{ vanishes_under_blocked_calls, 2 },
		{ many, 1 },
		{ ends_and_begins, 1 },
		{ process_ids, 1 },
	};

	stage_init();
	return RUN_TESTS("namespaces", 120, set_up, stage_down, tests);
}
