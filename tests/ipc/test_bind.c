// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Binding: slots, endpoints, who can be bound and who cannot, and what each
 * call of the family says when it fails.
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

#define NR        101
#define OTHER     102
#define SYSTEM_NR PM_PROC_NR

/* A generic error as calls report it that return endpoints */
#define MOVED(code) ((code)-1000)

/* Endpoints and generations */

START_TEST(generations)
{
	struct actor *a = actor_unbound();
	int generation, ep, last = 0;

	ck_assert_int_eq(_ENDPOINT(1, 165), 35767);
	for (generation = 1; generation <= 4; generation++) {
		ep = CALL_RC(a, .op = OP_BIND, .peer = NR);
		ck_assert_int_eq(ep, _ENDPOINT(generation, NR));
		ck_assert_int_eq(_ENDPOINT_P(ep), NR);
		ck_assert_int_eq(_ENDPOINT_G(ep), generation);
		ck_assert_int_eq(CALL_RC(a, .op = OP_GETEP, .peer = a->pid),
				 ep);
		ASSERT_RC(mnx_unbind(VMID, last), EMOLNOTBIND);
		ASSERT_RC(mnx_hdw_notify(VMID, ep), OK);
		ASSERT_RC(mnx_hdw_notify(VMID, last ? last : ep - 1),
			  EMOLDSTDIED);
		ASSERT_RC(CALL_RC(a, .op = OP_UNBIND, .peer = ep), OK);
		last = ep;
	}
}
END_TEST

/* Both ends of the VM, and of its system slots */
static const int slots[] = { IDLE,          CLOCK,       SYSTEM,
			     HARDWARE,      SYSTEM_NR,   FIRST_USER_NR - 1,
			     FIRST_USER_NR, NR_PROCS - 1 };

START_TEST(each_kind_of_slot)
{
	struct actor *a = actor_unbound();
	int p_nr = slots[_i], i, ep;
	proc_usr_t info;

	for (i = 1; i <= 3; i++) {
		ep = CALL_RC(a, .op = OP_BIND, .peer = p_nr);
		ck_assert(!mnx_bind_failed(ep));
		ck_assert_int_eq(ep, p_nr < FIRST_USER_NR ? p_nr :
							    _ENDPOINT(i, p_nr));
		ck_assert_int_eq(_ENDPOINT_P(ep), p_nr);
		ASSERT_RC(mnx_getprocinfo(VMID, p_nr, &info), OK);
		ck_assert_int_eq(info.p_endpoint, ep);
		ASSERT_RC(CALL_RC(a, .op = OP_UNBIND, .peer = SELF), OK);
		ck_assert(slot_is(p_nr, SLOT_FREE));
	}
}
END_TEST

static const int bad_slots[] = { IDLE - 1, NR_PROCS, INT_MIN, INT_MAX };

START_TEST(slot_out_of_range)
{
	struct actor *a = actor_unbound();
	int p_nr = bad_slots[_i];
	proc_usr_t info;

	ASSERT_RC(CALL_RC(a, .op = OP_BIND, .peer = p_nr), MOVED(EMOLRANGE));
	ASSERT_RC(mnx_tbind(VMID, p_nr), MOVED(EMOLRANGE));
	ASSERT_RC(mnx_lclbind(VMID, a->pid, p_nr), MOVED(EMOLRANGE));
	ASSERT_RC(mnx_getprocinfo(VMID, p_nr, &info), EMOLRANGE);
}
END_TEST

/* The first argument of each */

static const struct {
	int vmid;
	int rc;
} bad_vms[] = {
	{ -1, EMOLBADVMID },          { NR_VMS, EMOLBADVMID },
	{ INT_MAX, EMOLBADVMID },     { VMID + 1, EMOLVMNOTRUN },
	{ NR_VMS - 1, EMOLVMNOTRUN },
};

#define NR_BAD_VMS ((int)(sizeof(bad_vms) / sizeof(bad_vms[0])))

START_TEST(no_such_vm)
{
	int vmid = bad_vms[_i].vmid, rc = bad_vms[_i].rc;
	proc_usr_t info;

	ASSERT_RC(mnx_bind(vmid, NR), rc);
	ASSERT_RC(mnx_tbind(vmid, NR), rc);
	ASSERT_RC(mnx_lclbind(vmid, getpid(), NR), rc);
	ASSERT_RC(mnx_unbind(vmid, SELF), rc);
	ASSERT_RC(mnx_unbind_T(vmid, SELF, 10), rc);
	ASSERT_RC(mnx_getprocinfo(vmid, NR, &info), rc);
	ASSERT_RC(mnx_hdw_notify(vmid, NR), rc);
}
END_TEST

START_TEST(no_node)
{
	proc_usr_t info;

	stage_new_node();
	ASSERT_RC(mnx_drvs_end(), OK);
	ASSERT_RC(mnx_bind(VMID, NR), EMOLDRVSINIT);
	ASSERT_RC(mnx_tbind(VMID, NR), EMOLDRVSINIT);
	ASSERT_RC(mnx_lclbind(VMID, getpid(), NR), EMOLDRVSINIT);
	ASSERT_RC(mnx_wait4bind(), EMOLDRVSINIT);
	ASSERT_RC(mnx_wait4bind_T(0), EMOLDRVSINIT);
	ASSERT_RC(mnx_unbind(VMID, SELF), EMOLDRVSINIT);
	ASSERT_RC(mnx_getep(getpid()), EMOLDRVSINIT);
	ASSERT_RC(mnx_getprocinfo(VMID, NR, &info), EMOLDRVSINIT);
}
END_TEST

START_TEST(arguments)
{
	ASSERT_RC(mnx_getprocinfo(VMID, NR, NULL), EMOLFAULT);
	ASSERT_RC(mnx_wait4bind_T(-2), MOVED(EMOLINVAL));
	ASSERT_RC(mnx_unbind_T(VMID, SELF, -2), EMOLINVAL);

	ck_assert(!mnx_bind_failed(IDLE));
	ck_assert(!mnx_bind_failed(_ENDPOINT(1, NR)));
	ck_assert(mnx_bind_failed(EMOLSLOTUSED));
	ck_assert(mnx_bind_failed(MOVED(EMOLBUSY)));
	ck_assert_int_eq(MNX_ERR(MOVED(EMOLBUSY)), EMOLBUSY);
	ck_assert_str_eq(mnx_strerror(MOVED(EMOLBUSY)), mnx_strerror(EMOLBUSY));
}
END_TEST

/* What is taken */

START_TEST(slot_used)
{
	struct actor *a = actor_new(PROCESS, NR);
	struct actor *b = actor_unbound();

	ASSERT_RC(CALL_RC(b, .op = OP_BIND, .peer = NR), EMOLSLOTUSED);
	ASSERT_RC(mnx_lclbind(VMID, b->pid, NR), EMOLSLOTUSED);
	actor_kill(a);
	slot_await(NR, SLOT_FREE);
	ck_assert_int_eq(CALL_RC(b, .op = OP_BIND, .peer = NR),
			 _ENDPOINT(2, NR));
}
END_TEST

START_TEST(already_bound)
{
	struct actor *a = actor_new(_i ? THREAD : PROCESS, NR);
	VM_usr_t vm = VM_USR_INIT(VMID + 1, "second");

	ASSERT_RC(mnx_vm_init(&vm), OK);
	ASSERT_RC(mnx_lclbind(VMID, a->tid, NR), MOVED(EMOLBUSY));
	ASSERT_RC(mnx_lclbind(VMID, a->tid, OTHER), MOVED(EMOLBUSY));
	ASSERT_RC(mnx_lclbind(VMID + 1, a->tid, NR), MOVED(EMOLBUSY));
	ASSERT_RC(CALL_RC(a, .op = OP_BIND, .peer = OTHER), MOVED(EMOLBUSY));
	ck_assert(slot_is(NR, 0));
	ck_assert(slot_is(OTHER, SLOT_FREE));
	ASSERT_RC(mnx_vm_end(VMID + 1), OK);
}
END_TEST

/* A node in a namespace of its own, and what a bound process can do there */
static int bind_elsewhere(struct call *call)
{
	VM_usr_t vm = VM_USR_INIT(VMID, "elsewhere");
	message m;
	int here = mnx_fd();

	REQUIRE(!unshare(CLONE_NEWNET));
	/* The library opens another one, here. */
	here = dup(here);
	close(mnx_fd());
	REQUIRE(mnx_drvs_init(0, NULL) == OK);
	REQUIRE(mnx_vm_init(&vm) == OK);
	REQUIRE(mnx_bind(VMID, call->peer) == MOVED(EMOLBUSY));
	REQUIRE(mnx_getep(getpid()) == EMOLNOTBIND);
	REQUIRE(mnx_receive_T(ANY, &m, 0) == EMOLNOTBIND);
	REQUIRE(mnx_wait4bind_T(0) == MOVED(EMOLAGAIN));
	REQUIRE(mnx_drvs_end() == OK);
	/* A descriptor of the first node still reaches it. */
	REQUIRE(dup3(here, mnx_fd(), O_CLOEXEC) >= 0);
	REQUIRE(mnx_receive_T(ANY, &m, 0) == EMOLAGAIN);
	return OK;
}

START_TEST(bound_in_another_namespace)
{
	struct actor *a = actor_new(PROCESS, NR);

	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = bind_elsewhere, .peer = NR),
		  OK);
	ck_assert(slot_is(NR, 0));
}
END_TEST

/* Who cannot be bound */

START_TEST(no_such_process)
{
	int nobody[] = { 0, -1, INT_MIN, INT_MAX, 0 };
	struct actor *a = actor_new(PROCESS, OTHER);
	siginfo_t info;
	int i;

	nobody[4] = fork();
	if (!nobody[4])
		_exit(0);
	waitpid(nobody[4], NULL, 0);
	for (i = 0; i < 5; i++) {
		ASSERT_RC(mnx_lclbind(VMID, nobody[i], NR), EMOLBADPID);
		ASSERT_RC(CALL_RC(a, .op = OP_GETEP, .peer = nobody[i]),
			  EMOLBADPID);
	}
	/* A zombie, and a thread of the kernel */
	nobody[0] = fork();
	if (!nobody[0])
		_exit(0);
	waitid(P_PID, (id_t)nobody[0], &info, WEXITED | WNOWAIT);
	ASSERT_RC(mnx_lclbind(VMID, nobody[0], NR), EMOLBADPID);
	waitpid(nobody[0], NULL, 0);
	ASSERT_RC(mnx_lclbind(VMID, 2, NR), EMOLBADPID);
	ck_assert(slot_is(NR, SLOT_FREE));
}
END_TEST

static void *wait_for_ever(void *tid)
{
	__atomic_store_n((int *)tid, gettid(), __ATOMIC_SEQ_CST);
	for (;;)
		pause();
	return NULL;
}

static int start_thread(struct call *call)
{
	static int tid;
	pthread_t thread;

	(void)call;
	REQUIRE(!pthread_create(&thread, NULL, wait_for_ever, &tid));
	AWAIT(__atomic_load_n(&tid, __ATOMIC_SEQ_CST));
	return tid;
}

static void *tbind_and_return(void *p_nr)
{
	*(int *)p_nr = mnx_tbind(VMID, *(int *)p_nr);
	return NULL;
}

static int tbind_in_thread(struct call *call)
{
	int rc = call->peer;
	pthread_t thread;

	REQUIRE(!pthread_create(&thread, NULL, tbind_and_return, &rc));
	pthread_join(thread, NULL);
	return rc;
}

START_TEST(leader_not_bound_here)
{
	VM_usr_t vm = VM_USR_INIT(VMID + 1, "second");
	struct actor *a = actor_unbound();
	int tid = CALL_RC(a, .op = OP_RUN, .run = start_thread);

	ASSERT_RC(mnx_vm_init(&vm), OK);
	if (_i)
		ASSERT_RC(mnx_lclbind(VMID + 1, a->pid, OTHER),
			  _ENDPOINT(1, OTHER));
	ASSERT_RC(mnx_lclbind(VMID, tid, NR), EMOLGRPLEADER);
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = tbind_in_thread, .peer = NR),
		  EMOLGRPLEADER);
	ck_assert(slot_is(NR, SLOT_FREE));
	ASSERT_RC(mnx_vm_end(VMID + 1), OK);
}
END_TEST

/* Binding others */

START_TEST(bind_thread_of_another)
{
	struct actor *a = actor_new(PROCESS, OTHER);
	int tid = CALL_RC(a, .op = OP_RUN, .run = start_thread);
	proc_usr_t info;

	ASSERT_RC(mnx_lclbind(VMID, tid, NR), _ENDPOINT(1, NR));
	ASSERT_RC(mnx_getprocinfo(VMID, NR, &info), OK);
	ck_assert_int_eq(info.p_lpid, tid);
	ck_assert_uint_eq(info.p_misc_flags, MIS_THREAD);
	ck_assert_int_eq(CALL_RC(a, .op = OP_GETEP, .peer = tid),
			 _ENDPOINT(1, NR));
	ck_assert_int_eq(CALL_RC(a, .op = OP_GETEP, .peer = a->pid), a->ep);
}
END_TEST

START_TEST(bind_oneself_as_another)
{
	int ep = mnx_lclbind(VMID, getpid(), NR);

	ck_assert_int_eq(ep, _ENDPOINT(1, NR));
	ck_assert_int_eq(mnx_getep(getpid()), ep);
	ASSERT_RC(mnx_bind(VMID, OTHER), MOVED(EMOLBUSY));
	ASSERT_RC(mnx_unbind(VMID, SELF), OK);
	/* The main thread's own is the process's. */
	ck_assert_int_eq(mnx_tbind(VMID, OTHER), _ENDPOINT(1, OTHER));
	ASSERT_RC(mnx_unbind(VMID, SELF), OK);
}
END_TEST

START_TEST(one_of_many_gets_the_slot)
{
	struct actor *a[8];
	int i, rc, won = 0;

	for (i = 0; i < 8; i++)
		a[i] = actor_unbound();
	for (i = 0; i < 8; i++)
		START(a[i], .op = OP_BIND, .peer = NR);
	for (i = 0; i < 8; i++) {
		rc = actor_end(a[i]).rc;
		if (!mnx_bind_failed(rc))
			won++;
		else
			ASSERT_RC(rc, EMOLSLOTUSED);
	}
	ck_assert_int_eq(won, 1);
}
END_TEST

/* A process that dies while it is being bound leaves nothing behind. */
START_TEST(bind_of_the_dying)
{
	int i, pid, rc, died = 0;

	for (i = 0; i < 300; i++) {
		pid = fork();
		if (!pid) {
			volatile int n = i % 50 * 200;

			while (n--)
				;
			_exit(0);
		}
		rc = mnx_lclbind(VMID, pid, NR);
		if (mnx_bind_failed(rc))
			ASSERT_RC(rc, EMOLBADPID);
		died += mnx_bind_failed(rc);
		waitpid(pid, NULL, 0);
		AT_ONCE(slot_is(NR, SLOT_FREE));
	}
	ck_assert_int_lt(died, 300);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ generations, 1 },
		{ each_kind_of_slot, 8 },
		{ slot_out_of_range, 4 },
		{ no_such_vm, NR_BAD_VMS },
		{ no_node, 1 },
		{ arguments, 1 },
		{ slot_used, 1 },
		{ already_bound, 2 },
		{ bound_in_another_namespace, 1 },
		{ no_such_process, 1 },
		{ leader_not_bound_here, 2 },
		{ bind_thread_of_another, 1 },
		{ bind_oneself_as_another, 1 },
		{ one_of_many_gets_the_slot, 1 },
		{ bind_of_the_dying, 1 },
	};

	stage_init();
	return RUN_TESTS("binding", 60, stage_up, stage_down, tests);
}
