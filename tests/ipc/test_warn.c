// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Warnings: who is told of ends and forks, by the privileges of whoever ends or
 * forks, and by its VM.
 */
#include <limits.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "priv.h"

#define WATCHER_NR 5

static struct actor *watcher, *ann, *bob;

static void set_warn(int ep, int whom)
{
	priv_usr_t priv = priv_get(ep);

	priv.s_warn = whom;
	priv_set(ep, &priv);
}

#define ASSERT_WARNING(r, value, count)                                \
	do {                                                           \
		struct result r_ = (r);                                \
		ASSERT_RC(r_.rc, OK);                                  \
		ck_assert_int_eq(r_.m.m_source, SYSTASK_0);            \
		ck_assert_int_eq(r_.m.m_type, NOTIFY_FROM(SYSTASK_0)); \
		ck_assert_int_eq(r_.m.m9_i1, (value));                 \
		ck_assert_int_eq(r_.m.m9_l1, (count));                 \
	} while (0)

static struct result watch(void)
{
	return CALL(watcher, .op = OP_RECEIVE, .peer = ANY);
}

static void assert_no_warning(void)
{
	ASSERT_RC(watch().rc, EMOLAGAIN);
}

static int run_exit(struct call *call)
{
	exit(call->peer);
}

static int run_thread_exit(struct call *call)
{
	(void)call;
	pthread_exit(NULL);
}

enum end {
	EXIT,
	KILL,
	UNBIND,
	UNBOUND,
	NR_ENDS
};

static void end(struct actor *who, enum end how)
{
	switch (how) {
	case EXIT:
		START(who, .op = OP_RUN, .run = run_exit);
		actor_wait(who);
		break;
	case KILL:
		actor_kill(who);
		break;
	case UNBIND:
		ASSERT_RC(CALL_RC(who, .op = OP_UNBIND, .peer = SELF), OK);
		break;
	case UNBOUND:
		ASSERT_RC(mnx_unbind(VMID, who->ep), OK);
		break;
	case NR_ENDS:
		break;
	}
}

static const int subjects[] = { 100, 9, CLOCK, SYSTASK_0 };

/* The watcher does something else, receives, or takes requests. */
START_TEST(told_of_end)
{
	enum op op = _i / NR_ENDS % 3 == 1 ? OP_RECEIVE : OP_RCVRQST;
	bool waits = _i / NR_ENDS % 3;

	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(PROCESS, subjects[_i / NR_ENDS / 3]);
	set_warn(ann->ep, WATCHER_NR);
	if (waits) {
		START(watcher, .op = op, .peer = ANY, .ms = PATIENCE);
		actor_await(watcher, RECEIVING);
	}
	end(ann, _i % NR_ENDS);
	ASSERT_WARNING(waits ? actor_end(watcher) : watch(), M3IPC_WARN_EXIT,
		       1);
	ck_assert(slot_is(ann->p_nr, SLOT_FREE));
	assert_no_warning();
}
END_TEST

/* One that is blocked, and one on whom the watcher waits */
START_TEST(told_of_end_while_blocked)
{
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(PROCESS, 100);
	set_warn(ann->ep, WATCHER_NR);
	START(ann, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	actor_await(ann, RECEIVING);
	START(watcher, .op = OP_RECEIVE, .peer = ann->ep, .ms = PATIENCE);
	actor_await(watcher, RECEIVING);
	actor_kill(ann);
	ASSERT_RC(actor_end(watcher).rc, EMOLSRCDIED);
	ASSERT_WARNING(watch(), M3IPC_WARN_EXIT, 1);
	assert_no_warning();
}
END_TEST

/* In the name of SYSTASK, as one that receives from it sees it */
START_TEST(told_by_systask)
{
	bob = _i ? actor_new(PROCESS, SYSTASK_0) : NULL;
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(PROCESS, 100);
	set_warn(ann->ep, WATCHER_NR);
	if (bob) {
		START(watcher, .op = OP_RECEIVE, .peer = SYSTASK_0,
		      .ms = PATIENCE);
		actor_await(watcher, RECEIVING);
	}
	actor_kill(ann);
	ASSERT_WARNING(bob ? actor_end(watcher) :
			     CALL(watcher, .op = OP_RECEIVE, .peer = SYSTASK_0),
		       M3IPC_WARN_EXIT, 1);
	ASSERT_RC(CALL_RC(watcher, .op = OP_RECEIVE, .peer = SYSTASK_0),
		  bob ? EMOLAGAIN : EMOLSRCDIED);
}
END_TEST

/* SYSTASK itself, whom no masks keep from it */
START_TEST(systask_is_told)
{
	watcher = actor_new(PROCESS, SYSTASK_0);
	ann = actor_new(PROCESS, 100);
	priv_set(watcher->ep,
		 &(priv_usr_t){ .s_warn = NONE, .s_trap_mask = ALL_TRAPS });
	priv_set(ann->ep, &(priv_usr_t){ .s_warn = SYSTASK_0 });
	actor_kill(ann);
	ASSERT_WARNING(watch(), M3IPC_WARN_EXIT, 1);
}
END_TEST

/* A thread, alone and with its process */
START_TEST(told_of_thread)
{
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(THREAD, 100);
	set_warn(ann->ep, WATCHER_NR);
	if (_i) {
		set_warn(slot_endpoint(100 + LEADER_OFFSET), WATCHER_NR);
		actor_kill(ann);
		ASSERT_WARNING(watch(), M3IPC_WARN_EXIT, 2);
	} else {
		START(ann, .op = OP_RUN, .run = run_thread_exit);
		slot_await(100, SLOT_FREE);
		ASSERT_WARNING(watch(), M3IPC_WARN_EXIT, 1);
	}
	assert_no_warning();
}
END_TEST

static void *do_nothing(void *arg)
{
	return arg;
}

static int run_threads(struct call *call)
{
	pthread_t thread;

	(void)call;
	REQUIRE(!pthread_create(&thread, NULL, do_nothing, NULL));
	REQUIRE(!pthread_join(thread, NULL));
	return OK;
}

static int run_vfork(struct call *call)
{
	pid_t pid = vfork();
	int status;

	(void)call;
	if (!pid)
		_exit(0);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return OK;
}

START_TEST(told_of_forks)
{
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(PROCESS, subjects[_i]);
	ASSERT_RC(CALL_RC(ann, .op = OP_FORK), EMOLNOTBIND);
	assert_no_warning();
	set_warn(ann->ep, WATCHER_NR);
	/* A child that ends was not bound. */
	ASSERT_RC(CALL_RC(ann, .op = OP_FORK), EMOLNOTBIND);
	ASSERT_WARNING(watch(), M3IPC_WARN_FORK, 1);
	ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_threads), OK);
	assert_no_warning();
	ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_vfork), OK);
	ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_vfork), OK);
	actor_kill(ann);
	ASSERT_WARNING(watch(), M3IPC_WARN_FORK | M3IPC_WARN_EXIT, 3);
	assert_no_warning();
}
END_TEST

/* Not any more, or another */
START_TEST(warn_is_changed)
{
	bob = actor_new(PROCESS, 6);
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(PROCESS, 100);
	set_warn(ann->ep, WATCHER_NR);
	set_warn(ann->ep, _i ? 6 : NONE);
	ASSERT_RC(CALL_RC(ann, .op = OP_FORK), EMOLNOTBIND);
	actor_kill(ann);
	assert_no_warning();
	watcher = bob;
	if (_i)
		ASSERT_WARNING(watch(), M3IPC_WARN_FORK | M3IPC_WARN_EXIT, 2);
	assert_no_warning();
}
END_TEST

/* An empty slot, and one's own */
START_TEST(nobody_to_warn)
{
	ann = actor_new(PROCESS, 9);
	set_warn(ann->ep, _i ? 9 : WATCHER_NR);
	ASSERT_RC(CALL_RC(ann, .op = OP_FORK), EMOLNOTBIND);
	ASSERT_RC(CALL_RC(ann, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
	actor_kill(ann);
	slot_await(9, SLOT_FREE);
	/* Nothing is kept for who comes later. */
	watcher = actor_new(PROCESS, _i ? 9 : WATCHER_NR);
	assert_no_warning();
}
END_TEST

/* Two that watch each other, and end with their VM */
START_TEST(vm_ends)
{
	ann = actor_new(PROCESS, 5);
	bob = actor_new(PROCESS, 6);
	set_warn(ann->ep, 6);
	set_warn(bob->ep, 5);
	START(ann, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	START(bob, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	actor_await(ann, RECEIVING);
	actor_await(bob, RECEIVING);
	ASSERT_RC(mnx_vm_end(VMID), OK);
	ASSERT_RC(actor_end(ann).rc, EMOLVMNOTRUN);
	ASSERT_RC(actor_end(bob).rc, EMOLVMNOTRUN);
}
END_TEST

/* Whom the VM tells */

static void vm_that_warns(int whom, int value)
{
	VM_usr_t vm = VM_USR_INIT(VMID, "warns");

	ASSERT_RC(mnx_vm_end(VMID), OK);
	vm.vm_warn2proc = whom;
	vm.vm_warnmsg = value;
	ASSERT_RC(mnx_vm_init(&vm), OK);
}

START_TEST(vm_tells)
{
	vm_that_warns(WATCHER_NR, 0x40);
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(PROCESS, subjects[_i / NR_ENDS]);
	ASSERT_RC(CALL_RC(ann, .op = OP_FORK), EMOLNOTBIND);
	assert_no_warning();
	end(ann, _i % NR_ENDS);
	ASSERT_WARNING(watch(), 0x40, 1);
	assert_no_warning();
}
END_TEST

START_TEST(vm_and_process_tell)
{
	vm_that_warns(WATCHER_NR, 0x40);
	watcher = actor_new(PROCESS, WATCHER_NR);
	bob = actor_new(PROCESS, 6);
	ann = actor_new(PROCESS, 100);
	set_warn(ann->ep, _i ? 6 : WATCHER_NR);
	actor_kill(ann);
	if (_i) {
		ASSERT_WARNING(watch(), 0x40, 1);
		ASSERT_WARNING(CALL(bob, .op = OP_RECEIVE, .peer = ANY),
			       M3IPC_WARN_EXIT, 1);
	} else {
		ASSERT_WARNING(watch(), 0x40 | M3IPC_WARN_EXIT, 2);
	}
	assert_no_warning();
}
END_TEST

START_TEST(vm_tells_of_threads)
{
	vm_that_warns(WATCHER_NR, INT_MIN);
	watcher = actor_new(PROCESS, WATCHER_NR);
	ann = actor_new(THREAD, 100);
	actor_kill(ann);
	ASSERT_WARNING(watch(), INT_MIN, 2);
}
END_TEST

START_TEST(vm_tells_nobody)
{
	vm_that_warns(_i == 1 ? NONE : WATCHER_NR, _i ? 0x40 : 0);
	ann = actor_new(PROCESS, 100);
	if (_i == 2) { /* nobody is there yet */
		actor_kill(ann);
		watcher = actor_new(PROCESS, WATCHER_NR);
		assert_no_warning();
		/* nor of its own end */
		actor_kill(watcher);
		watcher = actor_new(PROCESS, WATCHER_NR);
	} else {
		watcher = actor_new(PROCESS, WATCHER_NR);
		actor_kill(ann);
	}
	assert_no_warning();
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ told_of_end, NR_OF(subjects) * 3 * NR_ENDS },
		{ told_of_end_while_blocked, 1 },
		{ told_by_systask, 2 },
		{ systask_is_told, 1 },
		{ told_of_thread, 2 },
		{ told_of_forks, NR_OF(subjects) },
		{ warn_is_changed, 2 },
		{ nobody_to_warn, 2 },
		{ vm_ends, 1 },
		{ vm_tells, NR_OF(subjects) * NR_ENDS },
		{ vm_and_process_tell, 2 },
		{ vm_tells_of_threads, 1 },
		{ vm_tells_nobody, 3 },
	};

	stage_init();
	return RUN_TESTS("warnings", 60, stage_up, stage_down, tests);
}
