// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Backups that are refused, threads that stand by, and what another node may
 * say of backups: the test is both proxies of node 1 here.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gate.h"
#include "peer.h"

#define HERE    10
#define USER    60
#define THERE   21 /* of node 1 */
#define OTHER   22 /* the same */
#define THIRD   23 /* of node 2 */
#define NOWHERE 99

/* A generic error of a call that returns an endpoint */
#define MOVED(code) ((code)-1000)

/* Shared with a thread of an actor */
static struct shared {
	atomic_int tid;
	atomic_bool waits; /* it is to */
	atomic_int ep;     /* what it has waited for, or 0 */
} * shared;

static struct actor *here, *spare;

static void cast(void)
{
	here = actor_new(PROCESS, HERE);
	spare = actor_unbound();
	ASSERT_RC(mnx_rmtbind(VMID, "there", THERE, 1), THERE);
	ASSERT_RC(mnx_rmtbind(VMID, "third", THIRD, 2), THIRD);
}

static bool is_backed(int p_nr)
{
	return slot_on(0, p_nr).p_misc_flags & MIS_BACKUP;
}

START_TEST(refused)
{
	int i, kthread = 2;
	const struct {
		int vmid, pid, ep, nodeid, rc;
	} binds[] = {
		{ NOWHERE, spare->pid, THERE, 1, EMOLBADVMID },
		{ VMID + 1, spare->pid, THERE, 1, EMOLVMNOTRUN },
		{ VMID, spare->pid, NONE, 1, EMOLENDPOINT },
		{ VMID, spare->pid, NR_PROCS, 1, EMOLENDPOINT },
		{ VMID, spare->pid, SYSTASK(1), 1, EMOLENDPOINT },
		{ VMID, spare->pid, THERE, 0, EMOLBADNODEID },
		{ VMID, spare->pid, THERE, -1, EMOLBADNODEID },
		{ VMID, spare->pid, THERE, NOWHERE, EMOLBADNODEID },
		{ VMID, spare->pid, THERE, 2, EMOLBADNODEID },
		{ VMID, spare->pid, OTHER, 5, EMOLNOVMNODE },
		{ VMID, spare->pid, HERE, 1, EMOLLCLPROC },
		{ VMID, here->pid, THERE, 1, MOVED(EMOLBUSY) },
		{ VMID, 0x7fffffff, THERE, 1, EMOLBADPID },
		{ VMID, 0, THERE, 1, EMOLBADPID },
		{ VMID, -1, THERE, 1, EMOLBADPID },
		{ VMID, kthread, THERE, 1, EMOLBADPID },
	};

	for (i = 0; i < NR_OF(binds); i++)
		ASSERT_RC(mnx_bkupbind(binds[i].vmid, binds[i].pid, binds[i].ep,
				       binds[i].nodeid),
			  binds[i].rc);
	ck_assert(!is_backed(THERE));
	ck_assert(slot_is(OTHER, SLOT_FREE));
	ASSERT_RC(mnx_lclbind(VMID, spare->pid, OTHER), OTHER);
}
END_TEST

/* One endpoint has one backup here, and that is nothing else. */
START_TEST(one)
{
	struct actor *second = actor_unbound();

	ASSERT_RC(mnx_bkupbind(VMID, spare->pid, OTHER, 1), OTHER);
	ck_assert(is_backed(OTHER));
	ASSERT_RC(mnx_bkupbind(VMID, second->pid, OTHER, 1), EMOLSLOTUSED);
	ASSERT_RC(mnx_bkupbind(VMID, spare->pid, THERE, 1), MOVED(EMOLBUSY));
	ASSERT_RC(mnx_bkupbind(VMID, spare->pid, OTHER, 1), EMOLSLOTUSED);
	ASSERT_RC(mnx_lclbind(VMID, spare->pid, HERE + 1), MOVED(EMOLBUSY));
	ASSERT_RC(CALL_RC(spare, .op = OP_BIND, .peer = HERE + 1),
		  MOVED(EMOLBUSY));
	ck_assert(slot_is(HERE + 1, SLOT_FREE));
	/* No other process of this node gets the endpoint. */
	ASSERT_RC(mnx_migr_start(VMID, OTHER), OK);
	ASSERT_RC(mnx_migr_commit(second->pid, VMID, OTHER, 0), EMOLBADPID);
	ASSERT_RC(mnx_migr_commit(here->pid, VMID, OTHER, 0), EMOLBADPID);
	ck_assert(is_backed(OTHER));
	/* Nor does it get another. */
	ASSERT_RC(mnx_migr_start(VMID, THERE), OK);
	ASSERT_RC(mnx_migr_commit(spare->pid, VMID, THERE, 0), EMOLBUSY);
	ASSERT_RC(mnx_migr_rollback(VMID, THERE), OK);
	ASSERT_RC(mnx_migr_commit(spare->pid, VMID, OTHER, 0), OK);
	ASSERT_RC(CALL_RC(spare, .op = OP_WAIT4BIND, .ms = 0), OTHER);
	ck_assert(slot_is(OTHER, 0));
}
END_TEST

static int run_bkupbind(struct call *call)
{
	return mnx_bkupbind(VMID, getpid(), call->peer, 1);
}

START_TEST(rights)
{
	ASSERT_RC(CALL_RC(spare, .op = OP_RUN, .run = run_drop_all), OK);
	ASSERT_RC(CALL_RC(spare, .op = OP_RUN, .run = run_bkupbind,
			  .peer = THERE),
		  MOVED(EMOLPERM));
	ck_assert(!is_backed(THERE));
}
END_TEST

/* Threads */

static void *wait_to_be_bound(void *unused)
{
	(void)unused;
	shared->tid = (int)syscall(SYS_gettid);
	while (!shared->waits)
		usleep(1000);
	shared->ep = mnx_wait4bind();
	for (;;)
		pause();
	return NULL;
}

static int run_thread(struct call *call)
{
	pthread_t thread;

	(void)call;
	return -pthread_create(&thread, NULL, wait_to_be_bound, NULL);
}

static int thread_of(struct actor *a)
{
	shared->tid = 0;
	shared->waits = false;
	shared->ep = 0;
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = run_thread), 0);
	AWAIT(shared->tid);
	return shared->tid;
}

static void thread_waits(const struct actor *a, int tid)
{
	struct actor thread = *a;

	thread.tid = tid;
	shared->waits = true;
	actor_await_syscall(&thread, SYS_ioctl);
}

/* Its leader has to be there, and to be bound when it gets its endpoint. */
START_TEST(threads)
{
	int tid = thread_of(spare);

	ASSERT_RC(mnx_bkupbind(VMID, tid, THERE, 1), EMOLGRPLEADER);
	ASSERT_RC(mnx_bkupbind(VMID, spare->pid, OTHER, 1), OTHER);
	ASSERT_RC(mnx_lclbind(VMID, tid, HERE + 1), EMOLGRPLEADER);
	ASSERT_RC(mnx_bkupbind(VMID, tid, THERE, 1), THERE);
	ck_assert(is_backed(THERE));
	thread_waits(spare, tid);
	ASSERT_RC(mnx_migr_start(VMID, THERE), OK);
	ASSERT_RC(mnx_migr_commit(tid, VMID, THERE, 0), EMOLGRPLEADER);
	ASSERT_RC(mnx_migr_start(VMID, OTHER), OK);
	ASSERT_RC(mnx_migr_commit(spare->pid, VMID, OTHER, 0), OK);
	ck_assert(is_backed(THERE));
	ASSERT_RC(mnx_migr_commit(tid, VMID, THERE, 0), OK);
	AWAIT(shared->ep == THERE);
	ck_assert_uint_eq(slot_on(0, THERE).p_misc_flags, MIS_THREAD);
	actor_kill(spare);
	AWAIT(slot_is(THERE, SLOT_FREE) && slot_is(OTHER, SLOT_FREE));
}
END_TEST

/* It goes with its leader. */
START_TEST(threads_go)
{
	struct actor *leader = _i < 2 ? spare : here;
	int tid = thread_of(leader);

	if (_i < 2)
		ASSERT_RC(mnx_bkupbind(VMID, spare->pid, OTHER, 1), OTHER);
	ASSERT_RC(mnx_bkupbind(VMID, tid, THERE, 1), THERE);
	thread_waits(leader, tid);
	if (_i == 0)
		actor_kill(spare);
	else if (_i == 1)
		ASSERT_RC(mnx_unbind(VMID, OTHER), OK);
	else if (_i == 2)
		ASSERT_RC(mnx_unbind(VMID, HERE), OK);
	if (_i == 3) {
		ASSERT_RC(mnx_migr_start(VMID, HERE), OK);
		ASSERT_RC(mnx_migr_commit(PROC_NO_PID, VMID, HERE, 1), OK);
	}
	AWAIT(!is_backed(THERE));
	ck_assert_uint_eq(slot_on(0, THERE).p_rts_flags, REMOTE);
	if (_i)
		AWAIT(shared->ep == EMOLNOTBIND);
}
END_TEST

/* What node 1 says */

static int says(int ep, int dst, uint64_t flags)
{
	cmd_t cmd = raw_command(1, BKUP_MSG, ep, dst);

	cmd.c_flags = flags;
	return peer_says(cmd);
}

/* Of itself, and of nobody else; what it says of others makes nobody forget. */
START_TEST(word)
{
	ASSERT_RC(says(HERE, NONE, CMD_STANDS), OK);
	ck_assert_uint_eq(slot_on(0, HERE).p_nodemap, 1 << 0 | 1 << 1);
	ASSERT_RC(says(THIRD, NONE, CMD_STANDS), OK);
	ck_assert_uint_eq(slot_on(0, THIRD).p_nodemap, 1 << 2 | 1 << 1);
	ASSERT_RC(says(THIRD, NONE, 0), OK);
	ASSERT_RC(says(THIRD, NONE, 0), OK);
	ck_assert_uint_eq(slot_on(0, THIRD).p_nodemap, 1 << 2);
	ASSERT_RC(says(HERE, NONE, CMD_STANDS | CMD_NOWAIT), EMOLBADMSG);
	ASSERT_RC(says(NONE, NONE, CMD_STANDS), EMOLBADMSG);
	ASSERT_RC(says(NR_PROCS, NONE, CMD_STANDS), EMOLBADMSG);
	ck_assert_uint_eq(slot_on(0, HERE).p_nodemap, 1 << 0 | 1 << 1);
	ASSERT_RC(mnx_proxy_conn(1, DISCONNECT_SPROXY), OK);
	AWAIT(slot_on(0, HERE).p_nodemap == 1 << 0);
}
END_TEST

/* It hears of ours, and that it is none any more. */
START_TEST(hears)
{
	ASSERT_RC(mnx_bkupbind(VMID, spare->pid, THERE, 1), THERE);
	AWAIT(peer_last(BKUP_MSG).c_flags == CMD_STANDS);
	ck_assert_int_eq(peer_last(BKUP_MSG).c_src, THERE);
	if (_i) {
		ASSERT_RC(mnx_migr_start(VMID, THERE), OK);
		ASSERT_RC(mnx_migr_commit(spare->pid, VMID, THERE, 0), OK);
	} else {
		actor_kill(spare);
	}
	AWAIT(peer_last(BKUP_MSG).c_flags == 0);
	ck_assert_int_eq(peer_last(BKUP_MSG).c_src, THERE);
}
END_TEST

static void set_up(void)
{
	peer_up();
	cast();
}

int main(void)
{
	const struct test tests[] = {
		{ refused, 1 },    { one, 1 },  { rights, 1 }, { threads, 1 },
		{ threads_go, 4 }, { word, 1 }, { hears, 2 },
	};

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	stage_init();
	return RUN_TESTS("refused backups", 60, set_up, peer_down, tests);
}
