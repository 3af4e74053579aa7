// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls of an endpoint that moves with its process: they are recalled, and made
 * anew where it is, or stays.
 */
#include <sys/mman.h>

#include "migr.h"
#include "raw.h"

#define NODES 3
#define MOVER 10
#define PEER  20
#define SLOT  29 /* in the page, which the library does not use */

#define TEXT(number) .m = { .m_type = 7, .m1_i1 = (number) }

static struct actor *mover, *peer;

static void set_up(void)
{
	cluster_up(NODES);
}

static void cast(int nodeid)
{
	mover = actor_at(0, PROCESS, MOVER);
	peer = actor_at(nodeid, PROCESS, PEER);
}

static uint32_t flags_at_peer(uint32_t flags)
{
	return slot_on(peer->nodeid, MOVER).p_rts_flags & flags;
}

/* All nodes start, and nothing of the mover's is with another one then. */
static void recall_all(void)
{
	int rc;

	ASSERT_RC(migr_recall(0, mover->ep), EMOLPROCSTS);
	migr_start_all(NODES, mover->ep);
	AWAIT((rc = migr_recall(0, mover->ep)) != EMOLBUSY);
	ASSERT_RC(rc, OK);
	ck_assert(!(slot_on(0, MOVER).p_rts_flags & RMTOPER));
}

/* Of an actor, which may have had another one before: the library looks. */
static int device(void)
{
	drvs_usr_t node;

	ASSERT_RC(mnx_getdrvsinfo(&node), OK);
	return mnx_fd();
}

/* The call that it was in, as a process that is restored enters it again */
static int call_again(struct call *call, uint32_t op)
{
	const int fd = device();
	struct m3ipc_page *page = raw_map(fd);
	struct m3ipc_call *slot = &page->call[SLOT];
	int rc;

	slot->msg = call->m;
	slot->peer = call->peer;
	slot->timeout = call->ms;
	slot->op = op;
	rc = raw_ioctl(fd, M3IPC_IOC_SENDREC, (void *)(intptr_t)SLOT);
	call->m = slot->msg;
	if (slot->op == M3IPC_OP_AWAIT)
		rc = EMOLSTALE;
	munmap(page, M3IPC_PAGE_SIZE);
	return rc;
}

static int await_again(struct call *call)
{
	return call_again(call, M3IPC_OP_AWAIT);
}

/* What has not been taken is nowhere, then it is where it was, once. */
START_TEST(stays)
{
	bool request = _i / NODES;

	cast(_i % NODES);
	START(mover, .op = request ? OP_SENDREC : OP_SEND, .peer = peer->ep,
	      .ms = -1, TEXT(1));
	AWAIT(flags_at_peer(SENDING));
	recall_all();
	ASSERT_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
	migr_rollback_all(NODES, mover->ep);
	ck_assert_int_eq(
		CALL(peer, .op = OP_RECEIVE, .peer = ANY, .ms = -1).m.m1_i1, 1);
	if (request)
		ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = mover->ep), OK);
	ASSERT_RC(actor_end(mover).rc, OK);
	ASSERT_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
}
END_TEST

/* The same, and it is nowhere when it has moved. */
START_TEST(leaves)
{
	bool request = _i / NODES;
	struct actor *spare;

	cast(_i % NODES);
	spare = spare_at(1);
	START(mover, .op = request ? OP_SENDREC : OP_SEND, .peer = peer->ep,
	      .ms = -1, TEXT(1));
	AWAIT(flags_at_peer(SENDING));
	recall_all();
	migr_commit_all(NODES, 0, mover, spare);
	ASSERT_RC(actor_end(mover).rc, EMOLMIGRATE);
	START(spare, .op = OP_SENDREC, .peer = peer->ep, .ms = -1, TEXT(2));
	ck_assert_int_eq(
		CALL(peer, .op = OP_RECEIVE, .peer = ANY, .ms = -1).m.m1_i1, 2);
	ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = mover->ep), OK);
	ASSERT_RC(actor_end(spare).rc, OK);
	ASSERT_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
}
END_TEST

static void take(void)
{
	START(mover, .op = OP_SENDREC, .peer = peer->ep, .ms = -1, TEXT(1));
	ASSERT_RC(CALL_RC(peer, .op = OP_RCVRQST, .ms = -1), OK);
	recall_all();
}

/* As a reply, or by a send, which is done, too, when it is on its way */
static void answer(bool sent)
{
	ASSERT_RC(CALL_RC(peer, .op = sent ? OP_SEND : OP_REPLY,
			  .peer = mover->ep, .ms = -1, TEXT(5)),
		  OK);
}

static void answered(struct actor *client)
{
	struct result r = actor_end(client);

	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 5);
	ck_assert_int_eq(r.m.m_source, peer->ep);
	ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = mover->ep),
		  EMOLNOTREADY);
}

/* What has been taken is waited for, here. */
START_TEST(taken_stays)
{
	bool early = _i / NODES;

	cast(_i % NODES);
	take();
	if (early)
		answer(false);
	migr_rollback_all(NODES, mover->ep);
	if (!early)
		answer(false);
	answered(mover);
}
END_TEST

enum when {
	BEFORE_COMMIT,
	BEFORE_CALL,
	AFTER_CALL
};

/* Or there, whenever the answer comes; one that is kept for it is one. */
START_TEST(taken_leaves)
{
	const int nodeid = _i % NODES, when = _i / NODES % 3;
	struct actor *spare;

	cast(nodeid);
	spare = spare_at(1);
	take();
	/* Here the driver has the answer in the call of the old process. */
	if (when == BEFORE_COMMIT && !nodeid)
		return;
	if (when == BEFORE_COMMIT)
		answer(false);
	migr_commit_all(NODES, 0, mover, spare);
	ASSERT_RC(actor_end(mover).rc, EMOLMIGRATE);
	if (when == BEFORE_CALL)
		answer(_i / NODES / 3 && nodeid != 1);
	START(spare, .op = OP_RUN, .run = await_again, .peer = peer->ep,
	      .ms = -1);
	if (when == AFTER_CALL) {
		AWAIT(flags_at_peer(RECEIVING));
		answer(_i / NODES / 3);
	}
	answered(spare);
}
END_TEST

/* Whoever says that he waits for an answer, and has asked for nothing */
START_TEST(forged)
{
	cast(_i);
	START(mover, .op = OP_RUN, .run = await_again, .peer = peer->ep,
	      .ms = SHORT);
	ASSERT_RC(actor_end(mover).rc, EMOLTIMEDOUT);
	ASSERT_RC(CALL_RC(peer, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
	ASSERT_RC(CALL_RC(mover, .op = OP_RUN, .run = await_again,
			  .peer = MOVER + 1, .ms = SHORT),
		  EMOLSRCDIED);
}
END_TEST

static struct m3ipc_page *mapped; /* in the process that stands by */

static int page_map(struct call *call)
{
	(void)call;
	mapped = raw_map(device());
	return mapped->id.endpoint;
}

static int page_use(struct call *call)
{
	(void)call;
	return raw_prim(device(), mapped, SLOT, M3IPC_IOC_RECEIVE, ANY, 0);
}

/* Its page is there before it has the endpoint, and is the same then. */
START_TEST(page_of_backup)
{
	struct actor *backup;

	cast(2);
	backup = spare_at(1);
	ASSERT_RC(migr_stand_by(1, backup->pid, mover->ep, 0), OK);
	ASSERT_RC(CALL_RC(backup, .op = OP_RUN, .run = page_map), mover->ep);
	ASSERT_RC(CALL_RC(backup, .op = OP_RUN, .run = page_use), EMOLNOTBIND);
	migr_start_all(NODES, mover->ep);
	migr_commit_all(NODES, 0, mover, backup);
	ASSERT_RC(CALL_RC(backup, .op = OP_RUN, .run = page_use), EMOLAGAIN);
}
END_TEST

START_TEST(refused)
{
	cast(1);
	ASSERT_RC(migr_recall(1, mover->ep), EMOLRMTPROC);
	ASSERT_RC(migr_recall(0, MOVER + 1), EMOLNOTBIND);
	ASSERT_RC(migr_recall(0, mover->ep), EMOLPROCSTS);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ stays, 2 * NODES },
		{ leaves, 2 * NODES },
		{ taken_stays, 2 * NODES },
		{ taken_leaves, 6 * NODES },
		{ page_of_backup, 1 },
		{ forged, NODES },
		{ refused, 1 },
	};

	stage_init();
	return RUN_TESTS("recalled", 60, set_up, cluster_down, tests);
}
