// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMs: their sizes and names, the largest one, and VMs that end under those who
 * use them.
 *
 * Each test has a namespace of its own, whose node is down when it begins.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin.h"

/* VMs, in a node of 10 nodes, 8 VMs, 20 + 100 slots, 30 of them system slots */

static void small_node(void)
{
	ASSERT_RC(INIT_NODE(.d_nodeid = 4, .d_nr_nodes = 10, .d_nr_vms = 8,
			    .d_nr_tasks = 20, .d_nr_procs = 100,
			    .d_nr_sysprocs = 30),
		  OK);
}

static const struct vm_case {
	int rc;
	VM_usr_t vm;
} vm_cases[] = {
	{ OK, { .vm_warn2proc = NONE } },
	{ EMOLBADVMID, { .vm_vmid = -1 } },
	{ EMOLBADVMID, { .vm_vmid = 8 } },
	{ OK, { .vm_vmid = 7 } },
	{ OK, { .vm_flags = VM_FLAG_NOLINGER } },
	{ OK, { .vm_flags = VM_FLAG_REDO } },
	{ EMOLINVAL, { .vm_flags = 4 } },
	{ EMOLINVAL, { .vm_flags = INT_MIN } },
	/* nodes */
	{ EMOLRANGE, { .vm_nr_nodes = -1 } },
	{ EMOLRANGE, { .vm_nr_nodes = 11 } },
	{ OK, { .vm_nr_nodes = 1 } },
	{ EMOLRANGE, { .vm_nr_nodes = 1, .vm_nodes = 1 } },
	{ OK, { .vm_nr_nodes = 2, .vm_nodes = 1 } },
	{ OK, { .vm_nodes = 0x3ff } },
	{ EMOLBADNODEID, { .vm_nodes = 0x400 } },
	{ EMOLBADNODEID, { .vm_nodes = 1ULL << 63 } },
	/* tasks: each node's SYSTASK needs a slot */
	{ EMOLRANGE, { .vm_nr_tasks = -1 } },
	{ EMOLRANGE, { .vm_nr_tasks = 21 } },
	{ EMOLRANGE, { .vm_nr_tasks = 5 } },
	{ OK, { .vm_nr_tasks = 6 } },
	{ EMOLRANGE, { .vm_nr_tasks = 10, .vm_nodes = 0x200 } },
	{ OK, { .vm_nr_tasks = 11, .vm_nodes = 0x200 } },
	/* slots */
	{ EMOLRANGE, { .vm_nr_procs = -1 } },
	{ EMOLRANGE, { .vm_nr_procs = 101 } },
	{ EMOLRANGE, { .vm_nr_procs = 9 } },
	{ OK, { .vm_nr_procs = 10 } },
	{ OK, { .vm_nr_procs = 1, .vm_nr_sysprocs = 21 } },
	{ EMOLRANGE, { .vm_nr_sysprocs = 20 } },
	{ EMOLRANGE, { .vm_nr_sysprocs = 31 } },
	{ EMOLRANGE, { .vm_nr_sysprocs = -1 } },
	{ EMOLRANGE, { .vm_nr_sysprocs = INT_MIN } },
	/* who is warned: a system slot, or NONE */
	{ OK, { .vm_warn2proc = -20 } },
	{ EMOLRANGE, { .vm_warn2proc = -21 } },
	{ OK, { .vm_warn2proc = 9 } },
	{ EMOLRANGE, { .vm_warn2proc = 10 } },
	{ EMOLRANGE, { .vm_warn2proc = INT_MAX } },
};

START_TEST(vm_sizes)
{
	const struct vm_case *c = &vm_cases[_i];
	VM_usr_t vm;

	small_node();
	ASSERT_RC(init_vm(c->vm), c->rc);
	if (c->rc) {
		node_usr_t n = { .n_nodeid = 4 };

		ASSERT_RC(mnx_getnodeinfo(4, &n), OK);
		ck_assert_uint_eq(n.n_vms[0], 0);
		return;
	}
	ASSERT_RC(mnx_getvminfo(c->vm.vm_vmid, &vm), OK);
#define SIZE(member, dflt) \
	ck_assert_int_eq(vm.member, c->vm.member ? c->vm.member : (dflt))
	SIZE(vm_nr_nodes, 10);
	SIZE(vm_nr_tasks, 20);
	SIZE(vm_nr_procs, 100);
	SIZE(vm_nr_sysprocs, 30);
#undef SIZE
	ck_assert_uint_eq(vm.vm_nodes, c->vm.vm_nodes | 1 << 4);
	ck_assert_int_eq(vm.vm_warn2proc, c->vm.vm_warn2proc);
	/* The slots at its edges are there, those beyond are not. */
	ASSERT_RC(raw_bind_in(admin_fd, vm.vm_vmid, vm.vm_nr_procs), EMOLRANGE);
	ASSERT_RC(raw_bind_in(admin_fd, vm.vm_vmid, -vm.vm_nr_tasks - 1),
		  EMOLRANGE);
	ASSERT_RC(raw_bind_in(admin_fd, vm.vm_vmid, -vm.vm_nr_tasks), 0);
	ASSERT_RC(raw_unbind(admin_fd, vm.vm_vmid, SELF), OK);
	ck_assert_int_gt(raw_bind_in(admin_fd, vm.vm_vmid, vm.vm_nr_procs - 1),
			 -1);
}
END_TEST

START_TEST(vm_states)
{
	VM_usr_t vm = { .vm_cpumask = { 5, 0, 7 }, /* has CPU 0 */
			.vm_warn2proc = -1,
			.vm_warnmsg = INT_MIN,
			.vm_vmid = 2,
			.vm_name = "two" };
	VM_usr_t got;

	small_node();
	ASSERT_RC(mnx_getvminfo(2, &got), EMOLVMNOTRUN);
	ASSERT_RC(mnx_vm_end(2), EMOLVMNOTRUN);
	ASSERT_RC(mnx_vm_end(-1), EMOLBADVMID);
	ASSERT_RC(mnx_vm_end(8), EMOLBADVMID);
	ASSERT_RC(mnx_getvminfo(8, &got), EMOLBADVMID);
	ASSERT_RC(raw_bind_in(admin_fd, 2, 20), EMOLVMNOTRUN);
	ASSERT_RC(raw_bind_in(admin_fd, 8, 20), EMOLBADVMID);
	ASSERT_RC(mnx_vm_init(&vm), OK);
	ASSERT_RC(mnx_vm_init(&vm), EMOLVMRUN);
	ASSERT_RC(INIT_VM(.vm_vmid = 2, .vm_name = "other"), EMOLVMRUN);
	ASSERT_RC(INIT_VM(.vm_vmid = 3, .vm_name = "two"), EMOLEXIST);
	ASSERT_RC(mnx_getvminfo(2, &got), OK);
	ck_assert_str_eq(got.vm_name, "two");
	ck_assert_mem_eq(got.vm_cpumask, vm.vm_cpumask, sizeof(vm.vm_cpumask));
	ck_assert_int_eq(got.vm_warn2proc, -1);
	ck_assert_int_eq(got.vm_warnmsg, INT_MIN);
	ASSERT_RC(mnx_vm_end(2), OK);
	ASSERT_RC(mnx_vm_end(2), EMOLVMNOTRUN);
	ASSERT_RC(INIT_VM(.vm_vmid = 3, .vm_name = "two"), OK);
}
END_TEST

static const struct name_case {
	int rc;
	char name[M3IPC_NAME_LEN + 1];
} name_cases[] = {
	{ OK, "a" },
	{ OK, "A.b_c-9" },
	{ OK, "0" },
	{ OK, "a.." },
	{ OK, "exactly15chars." },
	{ EMOLNAMESIZE, "exactly16chars.." },
	{ EMOLINVAL, "\001" },
	{ EMOLINVAL, "." },
	{ EMOLINVAL, ".." },
	{ EMOLINVAL, ".hidden" },
	{ EMOLINVAL, "-option" },
	{ EMOLINVAL, "_x" },
	{ EMOLINVAL, "a/b" },
	{ EMOLINVAL, "/" },
	{ EMOLINVAL, "../x" },
	{ EMOLINVAL, "a b" },
	{ EMOLINVAL, " a" },
	{ EMOLINVAL, "a\n" },
	{ EMOLINVAL, "a\tb" },
	{ EMOLINVAL, "a\033[1m" },
	{ EMOLINVAL, "a\177" },
	{ EMOLINVAL, "a%s" },
	{ EMOLINVAL, "a*" },
	{ EMOLINVAL, "a\200" },
	{ EMOLINVAL, "a\351" },
	{ EMOLINVAL, "\351" },
	{ EMOLEXIST, "info" },
	{ EMOLEXIST, "nodes" },
	{ EMOLEXIST, "proxies" },
	{ OK, "Info" },
	{ OK, "info2" },
};

START_TEST(vm_names)
{
	const struct name_case *c = &name_cases[_i];
	VM_usr_t vm = VM_USR_INIT(0, "");
	char path[64];

	small_node();
	memcpy(vm.vm_name, c->name, M3IPC_NAME_LEN);
	ASSERT_RC(mnx_vm_init(&vm), c->rc);
	snprintf(path, sizeof(path), "/proc/drvs/%s/stats", c->name);
	ck_assert_int_eq(access(path, R_OK), c->rc ? -1 : 0);
	if (!c->rc)
		ASSERT_RC(mnx_vm_end(0), OK);
	ck_assert_int_eq(dir_count("/proc/drvs/"), 3);
}
END_TEST

START_TEST(vm_without_name)
{
	VM_usr_t vm = VM_USR_INIT(0, "");

	small_node();
	ASSERT_RC(mnx_vm_init(&vm), EMOLINVAL);
}
END_TEST

/* The largest VM */

#define BIG_PROCS   8125
#define NR_CHILDREN 200
#define NR_THREADS  500

static void big_vm(void)
{
	ASSERT_RC(INIT_NODE(.d_nodeid = 63, .d_nr_nodes = 64, .d_nr_vms = 256,
			    .d_nr_procs = BIG_PROCS, .d_nr_sysprocs = 8000),
		  OK);
	ASSERT_RC(INIT_VM(.vm_vmid = 255, .vm_nodes = ~0ULL), OK);
}

START_TEST(largest)
{
	const int start = 63 * (_ENDPOINT_MAX_GENERATION / M3IPC_MAX_NODES);
	proc_usr_t p;
	int p_nr, generation;

	big_vm();
	for (p_nr = -NR_TASKS; p_nr < BIG_PROCS; p_nr += 64) {
		ASSERT_RC(mnx_getprocinfo(255, p_nr, &p), OK);
		ck_assert_uint_eq(p.p_rts_flags, SLOT_FREE);
	}
	ASSERT_RC(mnx_getprocinfo(255, BIG_PROCS, &p), EMOLRANGE);
	for (generation = start + 1; generation < start + 10; generation++) {
		int ep = raw_bind_in(admin_fd, 255, BIG_PROCS - 1);

		ck_assert_int_eq(ep, _ENDPOINT(generation, BIG_PROCS - 1));
		ck_assert_int_eq(_ENDPOINT_P(ep), BIG_PROCS - 1);
		ASSERT_RC(mnx_unbind(255, SELF), OK);
	}
	/* 7,999 - 67 is the last system slot: its endpoint is its number. */
	ASSERT_RC(raw_bind_in(admin_fd, 255, 7932), 7932);
}
END_TEST

static atomic_int *bound;

static void *bind_thread(void *arg)
{
	int ep = mnx_tbind(255, (int)(intptr_t)arg);

	ck_assert_msg(!mnx_bind_failed(ep), "tbind: %s", mnx_strerror(ep));
	++*bound;
	for (;;)
		pause();
	return NULL;
}

static void many_threads(void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;
	int i;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	ck_assert_int_ge(mnx_bind(255, 0), 0);
	for (i = 1; i <= NR_THREADS; i++)
		ck_assert(!pthread_create(&thread, &attr, bind_thread,
					  (void *)(intptr_t)i));
	(void)arg;
	for (;;)
		pause();
}

static void idle(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

/* How many of the VM's slots are bound */
static int count_bound(void)
{
	proc_usr_t p;
	int p_nr, n = 0;

	for (p_nr = -NR_TASKS; p_nr < BIG_PROCS; p_nr++) {
		ASSERT_RC(mnx_getprocinfo(255, p_nr, &p), OK);
		n += !(p.p_rts_flags & SLOT_FREE);
	}
	return n;
}

START_TEST(crowded)
{
	pid_t pids[NR_CHILDREN], threads;
	int i;

	bound = shared_new(sizeof(*bound));
	big_vm();
	threads = child_start(many_threads, NULL);
	for (i = 0; i < NR_CHILDREN; i++) {
		pids[i] = child_start(idle, NULL);
		ck_assert_int_gt(mnx_lclbind(255, pids[i], 1000 + i * 35), 0);
	}
	AWAIT(*bound == NR_THREADS);
	ck_assert_int_eq(count_bound(), 1 + NR_THREADS + NR_CHILDREN);
	/* All threads of a process go with it. */
	child_kill(threads);
	ck_assert_int_eq(count_bound(), NR_CHILDREN);
	for (i = 0; i < NR_CHILDREN / 2; i++)
		child_kill(pids[i]);
	ck_assert_int_eq(count_bound(), NR_CHILDREN / 2);
	ASSERT_RC(mnx_vm_end(255), OK);
	for (; i < NR_CHILDREN; i++)
		child_kill(pids[i]);
}
END_TEST

/* VMs that end and begin while others are at work in them */

#define NR_WORKERS 8
#define RACE_MS    5000

static bool expected_then(int rc)
{
	return rc == OK || rc == EMOLVMNOTRUN || rc == EMOLNOTBIND ||
	       rc == EMOLSLOTUSED || rc == EMOLDSTDIED || rc == EMOLSRCDIED ||
	       rc == EMOLTIMEDOUT || rc == EMOLLOCKED || rc == EMOLENDPOINT;
}

static void check_expected(const char *what, int rc)
{
	ck_assert_msg(expected_then(rc), "%s: %s", what, mnx_strerror(rc));
}

static void work(void *arg)
{
	int nr = *(int *)arg, vmid = nr / 2 % 2, ep;
	proc_usr_t p;
	message m;

	for (;;) {
		ep = mnx_bind(vmid, nr);
		if (mnx_bind_failed(ep)) {
			check_expected("bind", MNX_ERR(ep));
			continue;
		}
		if (!mnx_getprocinfo(vmid, nr ^ 1, &p) && p.p_endpoint != NONE)
			check_expected("send",
				       nr % 2 ? mnx_receive_T(ANY, &m, 3) :
						mnx_sendrec_T(p.p_endpoint, &m,
							      3));
		check_expected("notify", mnx_notify(p.p_endpoint));
		check_expected("unbind", mnx_unbind(vmid, SELF));
	}
}

START_TEST(ends_and_begins)
{
	int numbers[NR_WORKERS], i, n;
	pid_t pids[NR_WORKERS];
	unsigned int seed = 1;
	long end;

	ASSERT_RC(INIT_NODE(), OK);
	for (i = 0; i < NR_WORKERS; i++) {
		numbers[i] = i;
		pids[i] = child_start(work, &numbers[i]);
	}
	end = now_ms() + RACE_MS;
	for (n = 0; now_ms() < end; n++) {
		ASSERT_RC(INIT_VM(.vm_vmid = n % 2, .vm_name = "x"), OK);
		ASSERT_RC(INIT_VM(.vm_vmid = !(n % 2), .vm_name = "y"), OK);
		random_delay(&seed, RACE_DELAY);
		for (i = 0; i < NR_WORKERS; i++)
			ck_assert_int_eq(waitpid(pids[i], NULL, WNOHANG), 0);
		ASSERT_RC(mnx_vm_end(0), OK);
		ASSERT_RC(mnx_vm_end(1), OK);
	}
	for (i = 0; i < NR_WORKERS; i++)
		child_kill(pids[i]);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ vm_sizes, NR_OF(vm_cases) },
		{ vm_states, 1 },
		{ vm_names, NR_OF(name_cases) },
		{ vm_without_name, 1 },
		{ largest, 1 },
		{ crowded, 1 },
		{ ends_and_begins, 1 },
	};

	signal(SIGPIPE, SIG_IGN);
	return RUN_TESTS("VMs", 60, admin_up, admin_down, tests);
}
