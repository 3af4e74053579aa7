// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CPUs: the mask of a VM narrows the affinity of whoever is bound in it, and
 * messages leave it alone.
 *
 * Needs a machine with CPUs 0 and 1.
 */
#include <sched.h>

#include "actor.h"

#define CPU0    1u
#define CPU1    2u
#define BOTH    (CPU0 | CPU1)
#define NOWHERE 0x80000000u /* a CPU that is not there */

#define NARROW_VM 1
#define SERVER_NR 40
#define CLIENT_NR 41

/* The affinity of a task as far as CPUs 0 and 1 go */
static unsigned int get_cpus(pid_t tid)
{
	cpu_set_t set;

	ck_assert(!sched_getaffinity(tid, sizeof(set), &set));
	return (CPU_ISSET(0, &set) ? CPU0 : 0) |
	       (CPU_ISSET(1, &set) ? CPU1 : 0);
}

static void set_cpus(pid_t tid, unsigned int cpus)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int i = 0; i < 2; i++)
		if (cpus >> i & 1)
			CPU_SET(i, &set);
	ck_assert(!sched_setaffinity(tid, sizeof(set), &set));
}

static int narrow_vm(uint64_t cpus)
{
	VM_usr_t vm = VM_USR_INIT(NARROW_VM, "narrow");

	vm.vm_cpumask[0] = cpus;
	return mnx_vm_init(&vm);
}

static void set_up(void)
{
	stage_up();
	ck_assert_uint_eq(get_cpus(0), BOTH);
}

static void tear_down(void)
{
	mnx_vm_end(NARROW_VM);
	stage_down();
}

/* What a bind makes of the affinity that the process had */
static const struct {
	uint64_t vm;
	unsigned int before;
	unsigned int after; /* 0: it is refused */
} cases[] = {
	{ 0, CPU1, CPU1 },
	{ CPU0, BOTH, CPU0 },
	{ CPU1, BOTH, CPU1 },
	{ BOTH, CPU1, CPU1 },
	{ CPU1 | NOWHERE, BOTH, CPU1 },
	{ CPU0, CPU1, 0 },
};

START_TEST(bind_narrows)
{
	unsigned int after = cases[_i].after;
	proc_usr_t proc;
	int ep;

	ASSERT_RC(narrow_vm(cases[_i].vm), OK);
	set_cpus(0, cases[_i].before);
	ep = mnx_bind(NARROW_VM, CLIENT_NR);
	if (!after) {
		ASSERT_RC(MNX_ERR(ep), EMOLINVAL);
		ck_assert_uint_eq(get_cpus(0), cases[_i].before);
		ASSERT_RC(mnx_getprocinfo(NARROW_VM, CLIENT_NR, &proc), OK);
		ck_assert_uint_eq(proc.p_rts_flags, SLOT_FREE);
		return;
	}
	ck_assert(!mnx_bind_failed(ep));
	ck_assert_uint_eq(get_cpus(0), after);
	ASSERT_RC(mnx_getprocinfo(NARROW_VM, CLIENT_NR, &proc), OK);
	ck_assert_uint_eq(proc.p_cpumask[0], after);

	/* It is the process's own from now on. */
	set_cpus(0, cases[_i].before);
	ASSERT_RC(mnx_getprocinfo(NARROW_VM, CLIENT_NR, &proc), OK);
	ck_assert_uint_eq(proc.p_cpumask[0], cases[_i].before);
	ASSERT_RC(mnx_unbind(NARROW_VM, ep), OK);
	ck_assert_uint_eq(get_cpus(0), cases[_i].before);
}
END_TEST

/* Whom others bind, and threads, one at a time */
START_TEST(others_and_threads)
{
	struct actor *a = actor_unbound();
	struct actor *thread = actor_new(THREAD, SERVER_NR);
	int main_ep;

	ASSERT_RC(narrow_vm(CPU1), OK);
	ck_assert(!mnx_bind_failed(mnx_lclbind(NARROW_VM, a->pid, CLIENT_NR)));
	ck_assert_uint_eq(get_cpus(a->pid), CPU1);

	ASSERT_RC(mnx_unbind(VMID, mnx_getep(thread->pid)), EMOLNOTBIND);
	main_ep = mnx_lclbind(NARROW_VM, thread->pid, CLIENT_NR + 1);
	ASSERT_RC(MNX_ERR(main_ep), EMOLBUSY);
	ck_assert_uint_eq(get_cpus(thread->pid), BOTH);
}
END_TEST

/* A mask without a CPU that is there */
START_TEST(no_cpu)
{
	ASSERT_RC(narrow_vm(NOWHERE), EMOLRANGE);
	ASSERT_RC(narrow_vm(NOWHERE | CPU0), OK);
}
END_TEST

/* Messages that are handed on leave affinities as they are. */
START_TEST(affinity_is_kept)
{
	struct actor *client = actor_new(PROCESS, CLIENT_NR);
	struct actor *server = actor_new(PROCESS, SERVER_NR);

	set_cpus(client->pid, CPU0);
	for (int i = 0; i < 50; i++) {
		START(server, .op = OP_RCVRQST, .ms = PATIENCE);
		actor_await(server, RECEIVING);
		START(client, .op = OP_SENDREC, .peer = server->ep,
		      .ms = PATIENCE);
		ASSERT_RC(actor_end(server).rc, OK);
		ck_assert_uint_eq(get_cpus(server->pid), BOTH);
		ASSERT_RC(CALL_RC(server, .op = OP_REPLY, .peer = client->ep),
			  OK);
		ASSERT_RC(actor_end(client).rc, OK);
		ck_assert_uint_eq(get_cpus(client->pid), CPU0);
	}
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ bind_narrows, NR_OF(cases) },
		{ others_and_threads, 1 },
		{ no_cpu, 1 },
		{ affinity_is_kept, 1 },
	};

	stage_init();
	return RUN_TESTS("CPUs", 60, set_up, tear_down, tests);
}
