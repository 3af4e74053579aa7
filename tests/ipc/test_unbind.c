// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waiting to be bound, being unbound, and looking at slots.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "roles.h"

#define NR    101
#define OTHER 102

#define MOVED(code) ((code)-1000)

/* wait4bind */

static struct actor *waiting(long ms)
{
	struct actor *a = actor_unbound();

	START(a, .op = OP_WAIT4BIND, .ms = ms);
	actor_await_syscall(a, SYS_ioctl);
	return a;
}

START_TEST(woken_by_bind)
{
	struct actor *a = waiting(_i ? PATIENCE : TIMEOUT_FOREVER);
	struct actor *b = waiting(TIMEOUT_FOREVER);

	/* That of somebody else is not what it waits for. */
	ck_assert_int_eq(mnx_lclbind(VMID, b->pid, OTHER), _ENDPOINT(1, OTHER));
	ck_assert_int_eq(actor_end(b).rc, _ENDPOINT(1, OTHER));
	actor_await_syscall(a, SYS_ioctl);
	ck_assert_int_eq(mnx_lclbind(VMID, a->pid, NR), _ENDPOINT(1, NR));
	ck_assert_int_eq(actor_end(a).rc, _ENDPOINT(1, NR));
	/* Now it does not wait. */
	ck_assert_int_eq(CALL_RC(a, .op = OP_WAIT4BIND, .ms = 0),
			 _ENDPOINT(1, NR));
	ck_assert_int_eq(CALL_RC(a, .op = OP_WAIT4BIND, .ms = TIMEOUT_FOREVER),
			 _ENDPOINT(1, NR));
}
END_TEST

START_TEST(woken_with_a_task)
{
	struct actor *a = waiting(TIMEOUT_FOREVER);

	ck_assert_int_eq(mnx_lclbind(VMID, a->pid, SYSTEM), SYSTEM);
	ck_assert_int_eq(actor_end(a).rc, SYSTEM);
}
END_TEST

START_TEST(not_bound_in_time)
{
	struct actor *a = actor_unbound();
	long begin = now_ms();

	ASSERT_RC(CALL_RC(a, .op = OP_WAIT4BIND, .ms = 0), MOVED(EMOLAGAIN));
	ASSERT_RC(CALL_RC(a, .op = OP_WAIT4BIND, .ms = SHORT),
		  MOVED(EMOLTIMEDOUT));
	ck_assert_int_ge(now_ms() - begin, SHORT);
}
END_TEST

START_TEST(signal_in_wait4bind)
{
	struct actor *a = waiting(_i ? PATIENCE : TIMEOUT_FOREVER);

	actor_signal(a, SIG_RESTART);
	actor_stop(a);
	actor_continue(a);
	actor_await_syscall(a, SYS_ioctl);
	actor_signal(a, SIG_INTERRUPT);
	ASSERT_RC(actor_end(a).rc, MOVED(EMOLINTR));
}
END_TEST

/* Signals do not start the time anew. */
START_TEST(time_of_wait4bind)
{
	struct actor *a = waiting(600);
	long begin = now_ms();
	int i;

	for (i = 0; i < 40 && now_ms() - begin < 500; i++)
		actor_signal(a, SIG_RESTART);
	ASSERT_RC(actor_end(a).rc, MOVED(EMOLTIMEDOUT));
	ck_assert_int_lt(now_ms() - begin, 5000);
}
END_TEST

START_TEST(node_ends_in_wait4bind)
{
	struct actor *a;

	stage_new_node();
	a = waiting(TIMEOUT_FOREVER);
	ASSERT_RC(mnx_drvs_end(), OK);
	ASSERT_RC(actor_end(a).rc, EMOLDRVSINIT);
}
END_TEST

/* unbind */

START_TEST(unbind_oneself)
{
	struct actor *a = actor_new(PROCESS, NR);

	ASSERT_RC(CALL_RC(a, .op = OP_UNBIND, .peer = _i ? SELF : a->ep), OK);
	ck_assert(slot_is(NR, SLOT_FREE));
	ASSERT_RC(CALL_RC(a, .op = OP_UNBIND, .peer = SELF), EMOLNOTBIND);
	ASSERT_RC(CALL_RC(a, .op = OP_UNBIND, .peer = a->ep), EMOLNOTBIND);
	ASSERT_RC(CALL_RC(a, .op = OP_RECEIVE, .peer = ANY), EMOLNOTBIND);
	ASSERT_RC(CALL_RC(a, .op = OP_GETEP, .peer = a->pid), EMOLNOTBIND);
	ck_assert_int_eq(CALL_RC(a, .op = OP_BIND, .peer = OTHER),
			 _ENDPOINT(1, OTHER));
}
END_TEST

START_TEST(unbind_nobody)
{
	struct actor *a = actor_new(PROCESS, NR);
	int nobody[] = { a->ep - 1,
			 a->ep + 1,
			 _ENDPOINT(2, NR),
			 _ENDPOINT(0, NR),
			 _ENDPOINT(1, NR_PROCS),
			 SYSTEM,
			 IDLE - 1,
			 ANY,
			 NONE,
			 SELF };
	size_t i;

	for (i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		ASSERT_RC(mnx_unbind(VMID, nobody[i]), EMOLNOTBIND);
	ck_assert(slot_is(NR, 0));
}
END_TEST

static int default_sigpipe(struct call *call)
{
	(void)call;
	return signal(SIGPIPE, SIG_DFL) == SIG_ERR;
}

/* Whoever does not care for SIGPIPE dies of it. */
START_TEST(unbound_by_another)
{
	struct actor *a = actor_new(PROCESS, NR);
	int status;

	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = default_sigpipe), OK);
	if (_i) {
		START(a, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
		actor_await(a, RECEIVING);
	}
	ASSERT_RC(mnx_unbind(VMID, a->ep), OK);
	ck_assert(slot_is(NR, SLOT_FREE));
	status = actor_wait(a);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}
END_TEST

START_TEST(goes_on_without_endpoint)
{
	struct actor *a = actor_new(_i ? THREAD : PROCESS, NR);
	proc_usr_t info;

	ASSERT_RC(mnx_unbind(VMID, a->ep), OK);
	ck_assert(slot_is(NR, SLOT_FREE));
	if (_i) {
		/* It has its process's now. */
		ASSERT_RC(mnx_getprocinfo(VMID, NR + LEADER_OFFSET, &info), OK);
		ck_assert_int_eq(CALL_RC(a, .op = OP_GETEP, .peer = a->tid),
				 info.p_endpoint);
		ASSERT_RC(CALL_RC(a, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
	} else {
		ASSERT_RC(CALL_RC(a, .op = OP_RECEIVE, .peer = ANY),
			  EMOLNOTBIND);
		ck_assert_int_eq(CALL_RC(a, .op = OP_BIND, .peer = NR),
				 _ENDPOINT(2, NR));
	}
}
END_TEST

static void *unbind_process(void *rc)
{
	*(int *)rc = mnx_unbind(VMID, SELF);
	return NULL;
}

/* SIGPIPE is for what others do: not oneself, nor a thread of one's own. */
static int unbind_quietly(struct call *call)
{
	pthread_t thread;
	int rc = 1;

	signal(SIGPIPE, SIG_DFL);
	REQUIRE(mnx_unbind(VMID, SELF) == OK);
	REQUIRE(!mnx_bind_failed(mnx_bind(VMID, call->peer)));
	REQUIRE(mnx_unbind(VMID, mnx_getep(getpid())) == OK);
	REQUIRE(!mnx_bind_failed(mnx_bind(VMID, call->peer)));
	REQUIRE(!pthread_create(&thread, NULL, unbind_process, &rc));
	pthread_join(thread, NULL);
	REQUIRE(rc == OK);
	return mnx_getep(getpid());
}

START_TEST(no_signal_for_oneself)
{
	struct actor *a = actor_new(PROCESS, NR);

	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = unbind_quietly, .peer = NR),
		  EMOLNOTBIND);
}
END_TEST

START_TEST(threads_go_with_their_process)
{
	struct actor *a = actor_new(THREAD, NR);
	proc_usr_t leader;

	ASSERT_RC(mnx_getprocinfo(VMID, NR + LEADER_OFFSET, &leader), OK);
	ck_assert_uint_eq(leader.p_misc_flags, MIS_GRPLEADER);
	START(a, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(a, RECEIVING);
	ASSERT_RC(mnx_unbind(VMID, leader.p_endpoint), OK);
	ck_assert(slot_is(NR, SLOT_FREE));
	ck_assert(slot_is(NR + LEADER_OFFSET, SLOT_FREE));
	ASSERT_RC(actor_end(a).rc, EMOLNOTBIND);
	ASSERT_RC(CALL_RC(a, .op = OP_GETEP, .peer = a->tid), EMOLNOTBIND);
}
END_TEST

/* Looking */

START_TEST(endpoint_of)
{
	struct actor *a = actor_new(PROCESS, NR), *t = actor_new(THREAD, OTHER);
	struct actor *n = actor_unbound(), *far = actor_unbound();
	VM_usr_t vm = VM_USR_INIT(VMID + 1, "second");

	ASSERT_RC(mnx_vm_init(&vm), OK);
	ck_assert(!mnx_bind_failed(mnx_lclbind(VMID + 1, far->pid, NR)));
	ck_assert_int_eq(CALL_RC(a, .op = OP_GETEP, .peer = a->pid), a->ep);
	ck_assert_int_eq(CALL_RC(a, .op = OP_GETEP, .peer = t->tid), t->ep);
	ck_assert_int_eq(CALL_RC(a, .op = OP_GETEP, .peer = t->pid),
			 _ENDPOINT(1, OTHER + LEADER_OFFSET));
	ASSERT_RC(CALL_RC(a, .op = OP_GETEP, .peer = n->pid), EMOLNOTBIND);
	ASSERT_RC(CALL_RC(a, .op = OP_GETEP, .peer = far->pid), EMOLNOTBIND);
	ASSERT_RC(CALL_RC(n, .op = OP_GETEP, .peer = a->pid), EMOLNOTBIND);
	ASSERT_RC(mnx_vm_end(VMID + 1), OK);
}
END_TEST

START_TEST(free_slot)
{
	proc_usr_t info;

	memset(&info, 0x55, sizeof(info));
	ASSERT_RC(mnx_getprocinfo(VMID, NR, &info), OK);
	ck_assert_int_eq(info.p_nr, NR);
	ck_assert_int_eq(info.p_vmid, VMID);
	ck_assert_uint_eq(info.p_rts_flags, SLOT_FREE);
	ck_assert_int_eq(info.p_endpoint, NONE);
	ck_assert_int_eq(info.p_lpid, PROC_NO_PID);
}
END_TEST

START_TEST(bound_slot)
{
	proc_usr_t info;

	roles_set(_i % 2 ? THREAD : PROCESS, _i / 2);
	ASSERT_RC(mnx_getprocinfo(VMID, PEER_NR, &info), OK);
	ck_assert_int_eq(info.p_nr, PEER_NR);
	ck_assert_int_eq(info.p_endpoint, peer->ep);
	ck_assert_int_eq(info.p_vmid, VMID);
	ck_assert_int_eq(info.p_lpid, peer->tid);
	ck_assert_uint_eq(info.p_misc_flags,
			  _i % 2 ? MIS_THREAD : MIS_GRPLEADER);
	ck_assert_int_eq(info.p_nodeid, 0);
	ck_assert_uint_eq(info.p_rts_flags, state_flags(_i / 2));
	ck_assert_int_eq(info.p_sendto != NONE, !!(info.p_rts_flags & SENDING));
	ck_assert_int_eq(info.p_getfrom != NONE,
			 !!(info.p_rts_flags & RECEIVING));
	ck_assert_str_eq(info.p_name, "test_unbind");
}
END_TEST

/* Of a process of another node one sees what it wants of those of this one. */
static uint32_t request_flags(enum state state)
{
	switch (state) {
	case SENDS_ME:
	case REQUESTS_ME:
	case AWAITS_ME:
	case SENDS_OTHER:
	case REQUESTS_OTHER:
	case AWAITS_OTHER:
		return state_flags(state);
	default:
		return 0;
	}
}

START_TEST(slot_of_another_node)
{
	enum state state = _i / 2;
	proc_usr_t info;

	roles_set(_i % 2 ? THREAD : PROCESS, state);
	ASSERT_RC(mnx_getprocinfo(VMID, PEER_NR, &info), OK);
	ck_assert_int_eq(info.p_nr, PEER_NR);
	ck_assert_int_eq(info.p_endpoint, peer->ep);
	ck_assert_int_eq(info.p_vmid, VMID);
	ck_assert_int_eq(info.p_lpid, PROC_NO_PID);
	ck_assert_uint_eq(info.p_misc_flags, 0);
	ck_assert_int_eq(info.p_nodeid, peer->nodeid);
	ck_assert_uint_eq(info.p_rts_flags, REMOTE | request_flags(state));
	ck_assert_int_eq(info.p_sendto != NONE, !!(info.p_rts_flags & SENDING));
	ck_assert_int_eq(info.p_getfrom != NONE,
			 !!(info.p_rts_flags & RECEIVING));
}
END_TEST

/*
 * In a pid namespace of its own a process has the numbers of that one; it sees
 * no number of those outside.
 */
static int in_pid_namespace(int nr, int outside_nr)
{
	proc_usr_t info;
	message m;
	int ep;

	REQUIRE(getpid() == 1);
	ep = mnx_lclbind(VMID, 1, nr);
	REQUIRE(!mnx_bind_failed(ep));
	REQUIRE(mnx_getep(1) == ep);
	REQUIRE(mnx_getprocinfo(VMID, nr, &info) == OK);
	REQUIRE(info.p_lpid == 1);
	REQUIRE(mnx_getprocinfo(VMID, outside_nr, &info) == OK);
	REQUIRE(info.p_rts_flags == 0 && info.p_lpid == PROC_NO_PID);
	REQUIRE(mnx_lclbind(VMID, getppid() + 1000, nr + 1) == EMOLBADPID);
	REQUIRE(mnx_receive_T(ANY, &m, PATIENCE) == OK);
	return 0;
}

static int pid_namespace(struct call *call)
{
	int pid, status;

	REQUIRE(!unshare(CLONE_NEWPID));
	pid = fork();
	if (!pid)
		_exit(in_pid_namespace(call->peer, call->value) ? 1 : 0);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	REQUIRE(status == 0);
	return pid;
}

START_TEST(pids_of_the_namespace)
{
	struct actor *a = actor_unbound(), *b = actor_new(PROCESS, OTHER);
	proc_usr_t info;

	START(a, .op = OP_RUN, .run = pid_namespace, .peer = NR,
	      .value = OTHER);
	slot_await(NR, RECEIVING);
	ASSERT_RC(mnx_getprocinfo(VMID, NR, &info), OK);
	ck_assert_int_eq(CALL_RC(b, .op = OP_GETEP, .peer = info.p_lpid),
			 info.p_endpoint);
	ASSERT_RC(CALL_RC(b, .op = OP_SEND, .peer = info.p_endpoint), OK);
	ck_assert_int_eq(actor_end(a).rc, info.p_lpid);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ woken_by_bind, 2 },
		{ woken_with_a_task, 1 },
		{ not_bound_in_time, 1 },
		{ signal_in_wait4bind, 2 },
		{ time_of_wait4bind, 1 },
		{ node_ends_in_wait4bind, 1 },
		{ unbind_oneself, 2 },
		{ unbind_nobody, 1 },
		{ unbound_by_another, 2 },
		{ goes_on_without_endpoint, 2 },
		{ no_signal_for_oneself, 1 },
		{ threads_go_with_their_process, 1 },
		{ endpoint_of, 1 },
		{ free_slot, 1 },
		{ bound_slot, 2 * NR_LIVE_STATES },
		{ pids_of_the_namespace, 1 },
	};
	const struct test remote[] = {
		{ slot_of_another_node, 2 * NR_LIVE_STATES },
	};

	stage_init();
	if (peer_is_remote())
		return RUN_ROLES("slots", roles_up, roles_down, remote);
	return RUN_TESTS("unbinding", 60, stage_up, stage_down, tests);
}
