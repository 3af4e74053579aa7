// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an endpoint that moves takes along, its threads, and what keeps it from
 * moving, or waits until it has: copies with it.
 */
#include <sys/syscall.h>

#include "gate.h"
#include "migr.h"
#include "raw.h"

#define NODES     3
#define MOVER     10
#define PEER      20
#define THREAD_NR 80

#define TEXT(number) .m = { .m_type = 7, .m1_i1 = (number) }

static char memory[4 * 4096] __attribute__((aligned(4096)));

/* Nobody has touched it. */
static char gated[4096] __attribute__((aligned(4096)));

static struct actor *mover, *peer;

static void set_up(void)
{
	cluster_up(NODES);
}

/* Threads go with their process, and each comes by itself. */
START_TEST(threads)
{
	bool stays = _i;
	struct actor *t = actor_at(0, THREAD, THREAD_NR);
	struct actor *s = actor_at(2, PROCESS, PEER);
	int leader = slot_endpoint(THREAD_NR + LEADER_OFFSET), i;
	struct actor *to = spare_at(1);
	struct m3ipc_rmtbind enter = { .vmid = VMID, .endpoint = leader };

	for (i = 1; i < NODES; i++) {
		cluster_enter(i, t);
		ASSERT_RC(raw_ioctl(cluster_fd(i), M3IPC_IOC_RMTBIND, &enter),
			  OK);
	}
	ASSERT_RC(migr_start(0, t->ep), EMOLGRPLEADER);
	START(t, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(t, RECEIVING);
	migr_start_all(NODES, leader);
	ck_assert_int_eq(slot_on(0, THREAD_NR).p_rts_flags,
			 RECEIVING | MIGRATING);
	for (i = 1; i < NODES; i++)
		ASSERT_RC(migr_start(i, t->ep), OK);
	ASSERT_RC(migr_commit(0, -1, t->ep, 1), EMOLGRPLEADER);
	ASSERT_RC(migr_rollback(0, t->ep), EMOLGRPLEADER);
	START(s, .op = OP_SEND, .peer = t->ep, .ms = -1, TEXT(1));
	AWAIT(slot_on(2, PEER).p_rts_flags & WAITMIGR);
	if (stays) {
		migr_rollback_all(NODES, leader);
		for (i = 1; i < NODES; i++)
			ASSERT_RC(migr_rollback(i, t->ep), OK);
		ck_assert_int_eq(actor_end(t).m.m1_i1, 1);
		ASSERT_RC(actor_end(s).rc, OK);
		return;
	}
	ASSERT_RC(migr_commit(0, -1, leader, 1), OK);
	ASSERT_RC(actor_end(t).rc, EMOLMIGRATE);
	ck_assert_int_eq(slot_on(0, THREAD_NR).p_nodeid, 1);
	ck_assert_int_eq(slot_on(0, THREAD_NR + LEADER_OFFSET).p_nodeid, 1);
	/* The process of the thread goes to another endpoint, for once. */
	ASSERT_RC(migr_commit(1, to->pid, t->ep, 1), OK);
	ASSERT_RC(migr_commit(1, to->pid, leader, 1), EMOLBUSY);
	ASSERT_RC(migr_commit(2, -1, leader, 1), OK);
	ASSERT_RC(migr_commit(2, -1, t->ep, 1), OK);
	ck_assert_int_eq(
		CALL(to, .op = OP_RECEIVE, .peer = ANY, .ms = -1).m.m1_i1, 1);
	ASSERT_RC(actor_end(s).rc, OK);
}
END_TEST

/* A copy with one that moves waits. */
START_TEST(copy_waits)
{
	struct result r;

	mover = actor_at(0, PROCESS, MOVER);
	peer = actor_at(_i, PROCESS, PEER);
	START(mover, .op = OP_SENDREC, .peer = peer->ep, .ms = -1);
	r = CALL(peer, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	migr_start_all(NODES, mover->ep);
	START(peer, VCOPY(SELF, memory, mover->ep, memory + 4096, 100));
	actor_await_syscall(peer, SYS_ioctl);
	migr_rollback_all(NODES, mover->ep);
	ASSERT_RC(actor_end(peer).rc, OK);
	ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = mover->ep), OK);
	ASSERT_RC(actor_end(mover).rc, OK);
}
END_TEST

/* One in the middle does not begin to move. */
START_TEST(on_copy)
{
	char *at = gated;
	struct gate gate;

	set_patience(PATIENT);
	mover = actor_at(0, PROCESS, MOVER);
	peer = actor_at(_i, PROCESS, PEER);
	gate = gate_new(mover, at);
	START(mover, .op = OP_SENDREC, .peer = peer->ep, .ms = -1);
	ASSERT_RC(CALL_RC(peer, .op = OP_RCVRQST, .ms = -1), OK);
	START(peer, VCOPY(mover->ep, at, SELF, memory, 100));
	gate_await(&gate);
	ASSERT_RC(migr_start(0, mover->ep), EMOLONCOPY);
	gate_open(&gate);
	ASSERT_RC(actor_end(peer).rc, OK);
	ASSERT_RC(migr_start(0, mover->ep), OK);
	ASSERT_RC(migr_rollback(0, mover->ep), OK);
	set_patience(IMPATIENT);
}
END_TEST

/* It comes to a process that is stopped, as one that is being restored. */
START_TEST(stopped)
{
	struct actor *to = spare_at(1);
	struct result r;

	mover = actor_at(0, PROCESS, MOVER);
	peer = actor_at(_i, PROCESS, PEER);
	START(peer, .op = OP_SENDREC, .peer = MOVER, .ms = -1, TEXT(1));
	AWAIT(slot_on(0, PEER).p_rts_flags & SENDING);
	actor_stop(to);
	migr_start_all(NODES, MOVER);
	migr_commit_all(NODES, _i, mover, to);
	ck_assert_int_eq(slot_on(1, MOVER).p_lpid, to->pid);
	AWAIT(slot_on(1, PEER).p_rts_flags & SENDING);
	actor_continue(to);
	r = CALL(to, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 1);
	ASSERT_RC(CALL_RC(to, .op = OP_REPLY, .peer = PEER), OK);
	ASSERT_RC(actor_end(peer).rc, OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ threads, 2 },
		{ stopped, NODES },
		{ copy_waits, NODES },
		{ on_copy, NODES },
	};

	stage_init();
	return RUN_TESTS("what moves along", 60, set_up, cluster_down, tests);
}
