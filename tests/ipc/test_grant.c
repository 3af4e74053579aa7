// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies into memory of this node that a third node orders: the word of the
 * requester's own node, which is for one copy, from one node.  The test is what
 * the nodes 1 and 2 say, behind one pair of proxies; node 2 has the requester,
 * and node 1 the source, or an attacker.
 */
#include <string.h>
#include <unistd.h>

#include "gate.h"
#include "peer.h"

#define SERVER 20 /* of node 2: the client waits for its answer */
#define OTHER  21 /* of node 2: nobody waits for it */
#define SOURCE 22 /* of node 1 */
#define CLIENT 60
#define USER   _ENDPOINT(3, 100) /* of node 2 */
#define BYTES  8192
#define FRAME  4096
#define LIMIT  10000 /* ms that a silent requester may hold a client */

#define WAITING (SENDING | RECEIVING | RMTOPER)

static cmd_t last[3]; /* what each node was told last */
static atomic_int sent[3];
static int fd;
static unsigned char payload[M3IPC_MAX_COPYBUF];
static char sink[BYTES + FRAME];
static struct actor *client;

/* What this node says to the others */
static void hears(const cmd_t *cmd)
{
	if (cmd->c_cmd == WHO_RQST) /* of those that are entered */
		return;
	last[cmd->c_dnode] = *cmd;
	sent[cmd->c_dnode]++;
}

static void set_up(void)
{
	peer_up_for(hears, NULL);
	fd = raw_open();
	ASSERT_RC(mnx_node_up("node2", 2, 1), OK);
	ASSERT_RC(mnx_rmtbind(VMID, "systask", SYSTASK(2), 2), SYSTASK(2));
	ASSERT_RC(mnx_rmtbind(VMID, "server", SERVER, 2), SERVER);
	ASSERT_RC(mnx_rmtbind(VMID, "other", OTHER, 2), OTHER);
	ASSERT_RC(mnx_rmtbind(VMID, "source", SOURCE, 1), SOURCE);
	ASSERT_RC(mnx_rmtbind(VMID, "systask", SYSTASK(1), 1), SYSTASK(1));
	client = actor_new(PROCESS, CLIENT);
	START(client, .op = OP_SENDREC, .peer = SERVER, .ms = -1);
	AWAIT(sent[2] == 1);
	memset(payload, 0xee, sizeof(payload));
}

static void tear_down(void)
{
	close(fd);
	peer_down();
}

static int put_in(cmd_t cmd)
{
	return mnx_put2lcl(&cmd, payload);
}

/* A command about the copy that is tested, of which so much is to come */
static cmd_t command(int node, int kind, int src, int rqtr)
{
	cmd_t cmd = raw_command(node, kind, src, client->ep);

	cmd.c_u.cu_vcopy = (vcopy_t){ .v_src = SOURCE,
				      .v_dst = client->ep,
				      .v_rqtr = rqtr,
				      .v_daddr = (uintptr_t)sink,
				      .v_bytes = BYTES };
	return cmd;
}

static cmd_t grant(int rqtr)
{
	cmd_t cmd = command(2, COPYGRT_RQST, rqtr, rqtr);

	cmd.c_flags = 1 << CMD_NODE_SHIFT;
	return cmd;
}

static cmd_t frame(int rqtr, int at)
{
	cmd_t cmd = command(1, COPYIN_RQST, SOURCE, rqtr);

	cmd.c_len = FRAME;
	cmd.c_u.cu_vcopy.v_daddr += (uint64_t)at;
	cmd.c_u.cu_vcopy.v_bytes -= (uint64_t)at;
	return cmd;
}

/* How much of the client's memory somebody has written */
static int written(void)
{
	static char seen[sizeof(sink)];
	int i, n = 0;

	peek(client->pid, sink, seen, sizeof(seen));
	for (i = 0; i < (int)sizeof(seen); i++)
		n += seen[i] != 0;
	return n;
}

static void await_told(int node, int nr, int kind, int rc)
{
	AWAIT(sent[node] > nr);
	ck_assert_int_eq(last[node].c_cmd, kind);
	ASSERT_RC(last[node].c_rcode, rc);
	ck_assert_uint_eq(last[node].c_ack_seq, 1);
}

static void make_grant(int rqtr)
{
	int nr = sent[2];

	ASSERT_RC(put_in(grant(rqtr)), OK);
	await_told(2, nr, COPYGRT_ACK, OK);
	actor_await(client, WAITING | ONCOPY);
}

/* Nobody asked node 1 for anything: it says that somebody of node 2 did. */
START_TEST(nobody_ordered_that)
{
	static const int rqtrs[] = { SYSTASK(2), SERVER,     OTHER,
				     SYSTASK(1), SYSTASK(0), USER };
	cmd_t cmd = frame(rqtrs[_i / 2], 0);

	cmd.c_flags = _i % 2 ? CMD_FIRST : 0;
	put_in(cmd);
	cmd.c_len = 0;
	cmd.c_u.cu_vcopy.v_bytes = 0;
	put_in(cmd);
	ck_assert_int_eq(written(), 0);
	actor_await(client, WAITING);
	ck_assert_int_eq(sent[1], 0);
	ck_assert_int_eq(sent[2], 1);
}
END_TEST

/* Once, by the server that the client waits for, or by the system task */
START_TEST(ordered)
{
	int rqtr = _i ? SYSTASK(2) : SERVER, nr;
	cmd_t extra;

	make_grant(rqtr);
	ck_assert_int_eq(written(), 0);
	ASSERT_RC(put_in(frame(rqtr, 0)), OK);
	ck_assert_int_eq(written(), FRAME);
	actor_await(client, WAITING | ONCOPY);
	nr = sent[2];
	ASSERT_RC(put_in(frame(rqtr, FRAME)), OK);
	await_told(2, nr, COPYRMT_ACK, OK);
	ck_assert_int_eq(written(), BYTES);
	actor_await(client, WAITING);
	ASSERT_RC(put_in(frame(rqtr, 0)), OK);
	extra = frame(rqtr, 0);
	extra.c_u.cu_vcopy.v_daddr += BYTES;
	ASSERT_RC(put_in(extra), OK);
	ck_assert_int_eq(written(), BYTES);
	ck_assert_int_eq(sent[1], 0);
}
END_TEST

/* What is not what was ordered is not written; some of it ends the copy. */
START_TEST(ordered_otherwise)
{
	bool ends = false;
	cmd_t cmd = frame(SERVER, 0);
	int nr;

	make_grant(SERVER);
	nr = sent[2];
	switch (_i) {
	case 0: /* of another node, even that of the requester */
		cmd.c_snode = 2;
		cmd.c_src = SERVER;
		break;
	case 1:
		cmd.c_snd_seq++;
		break;
	case 2:
		cmd.c_u.cu_vcopy.v_rqtr = SYSTASK(2);
		break;
	case 3: /* a copy of another kind */
		cmd = command(2, COPYIN_DATA, SERVER, SERVER);
		cmd.c_len = FRAME;
		break;
	case 4:
		cmd.c_u.cu_vcopy.v_daddr += FRAME;
		ends = true;
		break;
	case 5:
		cmd.c_u.cu_vcopy.v_bytes += FRAME;
		ends = true;
		break;
	case 6:
		cmd.c_len = BYTES + FRAME;
		ends = true;
		break;
	}
	ASSERT_RC(put_in(cmd), ends ? EMOLBADMSG : OK);
	ck_assert_int_eq(written(), 0);
	if (ends)
		await_told(2, nr, COPYRMT_ACK, EMOLBADMSG);
	actor_await(client, ends ? WAITING : WAITING | ONCOPY);
}
END_TEST

/* The memory of who does not wait for the requester is not his to give. */
START_TEST(refused)
{
	static const struct {
		int rqtr, third, rc;
	} orders[] = {
		{ OTHER, 1, EMOLCALLDENIED }, { USER, 1, EMOLCALLDENIED },
		{ SERVER, 0, EMOLBADNODEID }, { SERVER, 2, EMOLBADNODEID },
		{ SERVER, 3, EMOLNOVMNODE },  { SERVER, 63, EMOLBADNODEID },
	};
	cmd_t cmd = grant(orders[_i].rqtr);
	int nr = sent[2];

	cmd.c_flags = (uint64_t)orders[_i].third << CMD_NODE_SHIFT;
	ASSERT_RC(put_in(cmd), OK);
	await_told(2, nr, COPYGRT_ACK, orders[_i].rc);
	ASSERT_RC(put_in(frame(orders[_i].rqtr, 0)), OK);
	ck_assert_int_eq(written(), 0);
	actor_await(client, WAITING);
}
END_TEST

/* In the name of a requester of another node */
START_TEST(not_its_own)
{
	cmd_t cmd = grant(SERVER);

	cmd.c_snode = 1;
	cmd.c_flags = 2 << CMD_NODE_SHIFT;
	ASSERT_RC(put_in(cmd), EMOLBADMSG);
	actor_await(client, WAITING);
}
END_TEST

/* An order that is not used ends with its requester, in whatever way. */
START_TEST(unused)
{
	long start = now_ms(), ms;
	cmd_t cmd;
	int nr;

	make_grant(SYSTASK(2));
	nr = sent[2];
	switch (_i) {
	case 0:
		cmd = command(2, CANCEL_MSG, SYSTASK(2), 0);
		cmd.c_ack_seq = 1;
		ASSERT_RC(put_in(cmd), OK);
		break;
	case 1:
		cmd = command(2, EXIT_MSG, SYSTASK(2), 0);
		ASSERT_RC(put_in(cmd), OK);
		break;
	case 2: /* its next operation */
		cmd = raw_command(2, SEND_MSG, SYSTASK(2), client->ep);
		cmd.c_snd_seq = 2;
		ASSERT_RC(put_in(cmd), OK);
		break;
	case 3:
		ASSERT_RC(mnx_node_down(2), OK);
		break;
	case 4:
		ASSERT_RC(mnx_node_down(1), OK);
		await_told(2, nr, COPYRMT_ACK, EMOLNOPROXY);
		break;
	case 5:
		ASSERT_RC(mnx_unbind(VMID, SYSTASK(2)), OK);
		break;
	case 6: /* which says nothing */
		await_told(2, nr, COPYRMT_ACK, EMOLTIMEDOUT);
		ms = now_ms() - start;
		ck_assert_int_ge(ms, LIMIT - 1000);
		ck_assert_int_lt(ms, 2 * LIMIT * slowness());
		break;
	}
	AWAIT(!(slot_on(0, CLIENT).p_rts_flags & ONCOPY));
	put_in(frame(SYSTASK(2), 0));
	ck_assert_int_eq(written(), 0);
}
END_TEST

/* Nor does one that began a copy itself and says no more. */
START_TEST(begun)
{
	cmd_t cmd = command(2, COPYIN_DATA, SERVER, SERVER);
	int nr = sent[2];

	cmd.c_flags = CMD_FIRST;
	cmd.c_len = FRAME;
	ASSERT_RC(put_in(cmd), OK);
	actor_await(client, WAITING | ONCOPY);
	await_told(2, nr, COPYIN_ACK, EMOLTIMEDOUT);
	actor_await(client, WAITING);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ nobody_ordered_that, 12 },
		{ ordered, 2 },
		{ ordered_otherwise, 7 },
		{ refused, 6 },
		{ not_its_own, 1 },
		{ unused, 7 },
		{ begun, 1 },
	};

	stage_init();
	return RUN_TESTS("orders of third nodes", 60, set_up, tear_down, tests);
}
