// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Migrations that are refused, and that nothing has changed then; whose they
 * are to order; and what another node may say of one: the test is both proxies
 * of node 1 here.
 */
#include <errno.h>
#include <unistd.h>

#include "gate.h"
#include "peer.h"

#define MOVER   10
#define PEER    20
#define USER    60
#define THERE   21 /* of node 1 */
#define FREE    25
#define NOWHERE 99

#define OP 1000 /* number of an operation of node 1 */

static struct actor *mover, *peer, *spare;

static void cast(void)
{
	mover = actor_new(PROCESS, MOVER);
	peer = actor_new(PROCESS, PEER);
	spare = actor_unbound();
	ASSERT_RC(mnx_rmtbind(VMID, "there", THERE, 1), THERE);
}

/* They do what they have always done. */
static void nothing_has_changed(void)
{
	START(mover, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(mover, RECEIVING);
	ASSERT_RC(CALL_RC(peer, .op = OP_SEND, .peer = MOVER, .ms = 0), OK);
	ASSERT_RC(actor_end(mover).rc, OK);
	ck_assert_int_eq(slot_on(0, MOVER).p_misc_flags, MIS_GRPLEADER);
	ck_assert_int_eq(slot_on(0, THERE).p_rts_flags, REMOTE);
	ck_assert_int_eq(slot_on(0, THERE).p_nodeid, 1);
}

static int raw(unsigned long request, int ep, int nodeid, int pid)
{
	struct m3ipc_migr arg = { VMID, ep, nodeid, pid };

	return raw_ioctl(mnx_fd(), request, &arg);
}

START_TEST(refused)
{
	int i;
	static const struct {
		int pid, ep, nodeid, rc;
	} commits[] = {
		{ -1, FREE, 1, EMOLNOTBIND },
		{ -1, ANY, 1, EMOLENDPOINT },
		{ -1, NR_PROCS, 1, EMOLENDPOINT },
		{ -1, MOVER, 1, EMOLPROCSTS },
		{ -1, THERE, 2, EMOLPROCSTS },
		{ 0, MOVER, 1, EMOLINVAL },
		{ 1, MOVER, 1, EMOLINVAL },
		{ -1, THERE, 0, EMOLINVAL },
		{ 0, THERE, 0, EMOLINVAL },
		{ -5, THERE, 0, EMOLINVAL },
		{ -1, MOVER, NOWHERE, EMOLBADNODEID },
		{ -1, MOVER, -1, EMOLBADNODEID },
		{ -1, MOVER, 5, EMOLNOVMNODE },
		{ 1, MOVER, 0, EMOLLCLPROC },
	};

	cast();
	for (i = 0; i < NR_OF(commits); i++)
		ASSERT_RC(mnx_migr_commit(commits[i].pid, VMID, commits[i].ep,
					  commits[i].nodeid),
			  commits[i].rc);
	ASSERT_RC(mnx_migr_start(VMID, FREE), EMOLNOTBIND);
	ASSERT_RC(mnx_migr_start(VMID, NONE), EMOLENDPOINT);
	ASSERT_RC(mnx_migr_start(NOWHERE, MOVER), EMOLBADVMID);
	ASSERT_RC(mnx_migr_start(VMID + 1, MOVER), EMOLVMNOTRUN);
	ASSERT_RC(mnx_migr_rollback(VMID, MOVER), EMOLPROCSTS);
	ASSERT_RC(mnx_migr_rollback(VMID, THERE), EMOLPROCSTS);
	ASSERT_RC(mnx_migr_rollback(VMID, FREE), EMOLNOTBIND);
	ASSERT_RC(raw(M3IPC_IOC_MIGR_START, MOVER, 1, 0), EMOLINVAL);
	ASSERT_RC(raw(M3IPC_IOC_MIGR_START, MOVER, 0, 1), EMOLINVAL);
	ASSERT_RC(raw(M3IPC_IOC_MIGR_ROLLBACK, MOVER, 0, -1), EMOLINVAL);
	nothing_has_changed();
}
END_TEST

/* When it has started, too */
START_TEST(refused_later)
{
	int bound, kthread = 2;

	cast();
	bound = peer->pid;
	ASSERT_RC(mnx_migr_start(VMID, MOVER), OK);
	ASSERT_RC(mnx_migr_start(VMID, MOVER), EMOLMIGRATE);
	ASSERT_RC(mnx_migr_commit(1, VMID, MOVER, 0), EMOLLCLPROC);
	ASSERT_RC(mnx_migr_commit(-1, VMID, MOVER, NOWHERE), EMOLBADNODEID);
	ASSERT_RC(mnx_migr_commit(-1, VMID, MOVER, 5), EMOLNOVMNODE);
	ASSERT_RC(mnx_migr_rollback(VMID, MOVER), OK);
	ASSERT_RC(mnx_migr_start(VMID, THERE), OK);
	ASSERT_RC(mnx_migr_start(VMID, THERE), EMOLMIGRATE);
	ASSERT_RC(mnx_migr_commit(-1, VMID, THERE, 1), EMOLRMTPROC);
	ASSERT_RC(mnx_migr_commit(0x7fffffff, VMID, THERE, 0), EMOLBADPID);
	ASSERT_RC(mnx_migr_commit(kthread, VMID, THERE, 0), EMOLBADPID);
	ASSERT_RC(mnx_migr_commit(bound, VMID, THERE, 0), EMOLBUSY);
	ck_assert_int_eq(slot_on(0, THERE).p_rts_flags, REMOTE | MIGRATING);
	ASSERT_RC(mnx_migr_rollback(VMID, THERE), OK);
	nothing_has_changed();
}
END_TEST

/* Each node has its own system task, which does not move. */
START_TEST(systask)
{
	actor_new(PROCESS, SYSTASK_0);
	ASSERT_RC(mnx_migr_start(VMID, SYSTASK_0), EMOLENDPOINT);
	ASSERT_RC(mnx_rmtbind(VMID, "systask", SYSTASK(1), 1), SYSTASK(1));
	ASSERT_RC(mnx_migr_start(VMID, SYSTASK(1)), EMOLENDPOINT);
}
END_TEST

static int run_start(struct call *call)
{
	return mnx_migr_start(VMID, call->peer);
}

static int run_rollback(struct call *call)
{
	return mnx_migr_rollback(VMID, call->peer);
}

static int run_commit(struct call *call)
{
	return mnx_migr_commit(-1, VMID, call->peer, 1);
}

/* Without capabilities only the system task may, whosever the process is. */
START_TEST(rights)
{
	int rc = _i ? OK : EMOLPERM;
	struct actor *a;

	cast();
	a = actor_new(PROCESS, _i ? SYSTASK_0 : USER);
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = run_drop_all), OK);
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = run_start, .peer = MOVER),
		  rc);
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = run_rollback, .peer = MOVER),
		  rc);
	ASSERT_RC(mnx_migr_start(VMID, MOVER), OK);
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = run_commit, .peer = MOVER),
		  rc);
	if (!_i)
		ASSERT_RC(mnx_migr_rollback(VMID, MOVER), OK);
}
END_TEST

/* What node 1 says */

static cmd_t says(int kind, int src, int dst, uint64_t flags)
{
	cmd_t cmd = raw_command(1, kind, src, dst);

	cmd.c_flags = flags;
	return cmd;
}

/* It makes nobody notify in the name of others. */
START_TEST(forged_notification)
{
	cmd_t cmd;

	cast();
	ASSERT_RC(peer_says(says(NTFY_MSG, PEER, MOVER, CMD_MOVED)),
		  EMOLBADMSG);
	ASSERT_RC(peer_says(says(NTFY_MSG, THERE, MOVER, CMD_MOVED)),
		  EMOLBADMSG);
	ASSERT_RC(mnx_migr_start(VMID, MOVER), OK);
	ASSERT_RC(peer_says(says(NTFY_MSG, PEER, MOVER, CMD_MOVED)),
		  EMOLBADMSG);
	ASSERT_RC(mnx_migr_rollback(VMID, MOVER), OK);
	cmd = says(NTFY_ACK, THERE, PEER, 0);
	cmd.c_rcode = EMOLMIGRATE;
	ASSERT_RC(peer_says(cmd), EMOLBADMSG);
	cmd.c_src = MOVER;
	ASSERT_RC(peer_says(cmd), EMOLBADMSG);
	ASSERT_RC(CALL_RC(mover, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
	nothing_has_changed();
}
END_TEST

/* So many notifications come back as have been sent, and no more. */
START_TEST(echo)
{
	cmd_t cmd;

	cast();
	ASSERT_RC(CALL_RC(peer, .op = OP_NOTIFY, .peer = THERE), OK);
	AWAIT(peer_last(NTFY_MSG).c_dst == THERE);
	ASSERT_RC(mnx_migr_start(VMID, THERE), OK);
	ASSERT_RC(mnx_migr_commit(-1, VMID, THERE, 2), OK);
	cmd = says(NTFY_ACK, THERE, PEER, 0);
	cmd.c_rcode = EMOLMIGRATE;
	ASSERT_RC(peer_says(cmd), OK);
	ASSERT_RC(peer_says(cmd), EMOLBADMSG);
}
END_TEST

/* It moves no endpoint but its own. */
START_TEST(forged_word)
{
	struct actor *c;
	cmd_t cmd;

	cast();
	ASSERT_RC(mnx_rmtbind(VMID, "third", THERE + 1, 2), THERE + 1);
	ASSERT_RC(peer_says(says(MIGR_MSG, MOVER, NONE, 0)), OK);
	ASSERT_RC(peer_says(says(MIGR_MSG, THERE + 1, NONE, 0)), OK);
	ASSERT_RC(peer_says(says(MIGR_MSG, FREE, NONE, 0)), OK);
	ASSERT_RC(peer_says(says(MIGR_MSG, NONE, NONE, 0)), EMOLBADMSG);
	ASSERT_RC(peer_says(says(MIGR_MSG, MOVER, NONE, 1)), EMOLBADMSG);
	ck_assert_int_eq(slot_on(0, THERE + 1).p_rts_flags, REMOTE);
	nothing_has_changed();
	/* An operation that it has it may send back, for wherever it says. */
	c = actor_new(PROCESS, USER);
	START(c, .op = OP_SENDREC, .peer = THERE, .ms = -1);
	AWAIT(peer_last(SNDREC_MSG).c_src == c->ep);
	cmd = says(SNDREC_ACK, THERE, c->ep, 0);
	cmd.c_rcode = EMOLMIGRATE;
	cmd.c_ack_seq = peer_last(SNDREC_MSG).c_snd_seq + 1;
	ASSERT_RC(peer_says(cmd), OK);
	actor_await(c, SENDING | RECEIVING | RMTOPER);
	cmd.c_ack_seq--;
	ASSERT_RC(peer_says(cmd), OK);
	AWAIT(slot_on(0, USER).p_rts_flags == (SENDING | RECEIVING | WAITMIGR));
	ck_assert_int_eq(slot_on(0, THERE).p_rts_flags, REMOTE | MIGRATING);
	ASSERT_RC(mnx_migr_rollback(VMID, THERE), OK);
	AWAIT(peer_last(SNDREC_MSG).c_snd_seq == cmd.c_ack_seq + 1);
	ASSERT_RC(mnx_proxy_conn(1, DISCONNECT_SPROXY), OK);
	ASSERT_RC(actor_end(c).rc, EMOLNOTCONN);
}
END_TEST

/* Word that it has left is no more than that if its link breaks. */
START_TEST(word_is_lost)
{
	struct actor *c;

	cast();
	c = actor_new(PROCESS, USER);
	ASSERT_RC(peer_says(says(MIGR_MSG, THERE, NONE, 0)), OK);
	START(c, .op = OP_SEND, .peer = THERE, .ms = -1);
	AWAIT(slot_on(0, USER).p_rts_flags == (SENDING | WAITMIGR));
	ASSERT_RC(mnx_proxy_conn(1, DISCONNECT_SPROXY), OK);
	ASSERT_RC(actor_end(c).rc, EMOLNOTCONN);
	ck_assert_int_eq(slot_on(0, THERE).p_rts_flags, REMOTE);
}
END_TEST

/* A client of there may be said to wait for an answer: that is its own word. */
START_TEST(taken)
{
	cmd_t cmd = says(SNDREC_MSG, THERE, MOVER, CMD_TAKEN);

	cast();
	cmd.c_snd_seq = OP;
	ASSERT_RC(peer_says(cmd), OK);
	ASSERT_RC(CALL_RC(mover, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
	ASSERT_RC(CALL_RC(mover, .op = OP_REPLY, .peer = THERE), OK);
	AWAIT(peer_last(REPLY_MSG).c_ack_seq == OP);
	cmd.c_snd_seq++;
	cmd.c_dst = FREE;
	ASSERT_RC(peer_says(cmd), OK);
	AWAIT(peer_last(SNDREC_ACK).c_ack_seq == OP + 1);
	ASSERT_RC(peer_last(SNDREC_ACK).c_rcode, EMOLSRCDIED);
	cmd.c_cmd = SEND_MSG;
	ASSERT_RC(peer_says(cmd), EMOLBADMSG);
}
END_TEST

/* It came from there: what that says as its node, and says in its name */
START_TEST(former_node)
{
	cmd_t cmd = says(SEND_MSG, THERE, MOVER, 0);
	struct result r;

	cast();
	ASSERT_RC(mnx_migr_start(VMID, THERE), OK);
	ASSERT_RC(mnx_migr_commit(spare->pid, VMID, THERE, 0), OK);
	cmd.c_snd_seq = OP;
	ASSERT_RC(peer_says(cmd), EMOLBADMSG);
	cmd.c_cmd = COPYIN_DATA;
	ASSERT_RC(peer_says(cmd), EMOLBADMSG);
	ASSERT_RC(peer_says(says(NTFY_MSG, PEER, THERE, CMD_MOVED)), OK);
	r = CALL(spare, .op = OP_RECEIVE, .peer = ANY, .ms = 0);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, PEER);
	ASSERT_RC(peer_says(says(NTFY_MSG, THERE, MOVER, 0)), OK);
	ASSERT_RC(CALL_RC(mover, .op = OP_RECEIVE, .peer = ANY, .ms = 0), OK);
	ASSERT_RC(mnx_migr_start(VMID, THERE), EMOLMIGRATE);
	ASSERT_RC(peer_says(says(MIGR_MSG, THERE, NONE, 0)), OK);
	ASSERT_RC(peer_says(says(NTFY_MSG, PEER, THERE, CMD_MOVED)),
		  EMOLBADMSG);
	ASSERT_RC(peer_says(says(NTFY_MSG, THERE, MOVER, 0)), EMOLBADMSG);
	ASSERT_RC(mnx_migr_start(VMID, THERE), OK);
	ASSERT_RC(mnx_migr_rollback(VMID, THERE), OK);
}
END_TEST

/* The old node is asked once, the endpoint being elsewhere: so it says. */
START_TEST(comes_too_late)
{
	cmd_t cmd = says(SNDREC_MSG, THERE, MOVER, 0);

	cast();
	ASSERT_RC(mnx_migr_start(VMID, MOVER), OK);
	ASSERT_RC(mnx_migr_commit(-1, VMID, MOVER, 2), OK);
	AWAIT(peer_last(MIGR_MSG).c_src == MOVER &&
	      peer_last(MIGR_MSG).c_cmd == MIGR_MSG);
	ck_assert_int_eq(peer_last(MIGR_MSG).c_flags >> CMD_NODE_SHIFT, 2);
	cmd.c_snd_seq = OP;
	cmd.c_u.cu_msg.m1_i1 = 4711;
	ASSERT_RC(peer_says(cmd), OK);
	AWAIT(peer_last(SNDREC_ACK).c_ack_seq == OP);
	ASSERT_RC(peer_last(SNDREC_ACK).c_rcode, EMOLMIGRATE);
	ck_assert_int_eq(peer_last(SNDREC_ACK).c_u.cu_msg.m1_i1, 4711);
	ASSERT_RC(peer_says(says(NTFY_MSG, THERE, MOVER, 0)), OK);
	AWAIT(peer_last(NTFY_ACK).c_src == MOVER &&
	      peer_last(NTFY_ACK).c_dst == THERE);
	ASSERT_RC(peer_last(NTFY_ACK).c_rcode, EMOLMIGRATE);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ refused, 1 },     { refused_later, 1 },       { systask, 1 },
		{ rights, 2 },      { forged_notification, 1 }, { echo, 1 },
		{ forged_word, 1 }, { word_is_lost, 1 },        { taken, 1 },
		{ former_node, 1 }, { comes_too_late, 1 },
	};

	stage_init();
	return RUN_TESTS("refused migrations", 60, peer_up, peer_down, tests);
}
