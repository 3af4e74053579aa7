// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a node does with whatever another one sends.  The test is both proxies
 * of node 1, and says what it likes; actors on this node are those it says it
 * to.  Single mistakes, and storms of mutated commands.
 */
#include <string.h>
#include <unistd.h>

#include "priv.h"
#include "peer.h"

#define SERVER 10
#define CLIENT 60
#define THERE  20 /* a system slot of node 1 */
#define USER   100
#define GEN    3
#define NOBODY 26 /* this slot and the next are free */

#define RACE_MS 4000

#define NR_ENDS 30 /* from CLIENT on */

static cmd_t last; /* what came out last, but for questions */
static cmd_t question;
static atomic_int asked;
static atomic_int sent;
static atomic_int told[NR_ENDS]; /* of the end of this slot's */
static atomic_int unlike; /* commands that were half of two, or came twice */
static int fd;
static unsigned char payload[M3IPC_MAX_COPYBUF];

/* Its payload is where the kernel is. */
static const struct m3ipc_batch kernel_batch = {
	.payload = 0xffffffff81000000,
	.nr = 1,
};
static atomic_int into_kernel; /* what the sender gets for it */

/* Nobody is in one of two slots: the request's number says in which. */
static void check_refusal(const cmd_t *cmd)
{
	static uint64_t before;

	if (cmd->c_cmd != SNDREC_ACK || cmd->c_src < NOBODY ||
	    cmd->c_src > NOBODY + 1)
		return;
	unlike += cmd->c_ack_seq % 2 != (uint64_t)(cmd->c_src - NOBODY) ||
		  cmd->c_ack_seq <= before;
	before = cmd->c_ack_seq;
}

static void take_into_kernel(void)
{
	struct m3ipc_batch batch = kernel_batch;

	into_kernel = raw_ioctl(fd, M3IPC_IOC_GET2RMT, &batch);
}

/* What the node says to node 1 */
static void hears(const cmd_t *cmd)
{
	int p_nr = _ENDPOINT_P(cmd->c_src);

	if (cmd->c_cmd == EXIT_MSG && p_nr >= CLIENT && p_nr < CLIENT + NR_ENDS)
		told[p_nr - CLIENT]++;
	check_refusal(cmd);
	if (cmd->c_cmd == WHO_RQST) {
		question = *cmd;
		asked++;
		return;
	}
	last = *cmd;
	sent++;
}

static void set_up(void)
{
	fd = raw_open();
	peer_up_for(hears, take_into_kernel);
	ASSERT_RC(mnx_rmtbind(VMID, "there", THERE, 1), THERE);
}

static void tear_down(void)
{
	close(fd);
	peer_down();
}

/* The first frame of a copy to c, which waits for an answer of its server */
static cmd_t first_frame(struct actor *c, int bytes)
{
	static char sink[3 * 4096] = "";
	cmd_t cmd = raw_command(1, COPYIN_DATA, THERE, c->ep);

	START(c, .op = OP_SENDREC, .peer = THERE, .ms = -1);
	AWAIT(sent == 1);
	cmd.c_u.cu_vcopy = (vcopy_t){ .v_src = THERE,
				      .v_dst = c->ep,
				      .v_rqtr = THERE,
				      .v_daddr = (uintptr_t)sink,
				      .v_bytes = (uint64_t)bytes };
	cmd.c_flags = CMD_FIRST;
	cmd.c_len = 4096;
	return cmd;
}

/* A proxy's payload in the memory of the kernel */
START_TEST(kernel_payload)
{
	struct actor *c = actor_new(PROCESS, CLIENT);
	struct m3ipc_batch batch = kernel_batch;
	cmd_t cmd = first_frame(c, 4096);

	AWAIT(into_kernel == EMOLFAULT);
	batch.cmds = (uintptr_t)&cmd;
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_PUT2LCL, &batch), EMOLFAULT);
	actor_await(c, SENDING | RECEIVING | RMTOPER);
}
END_TEST

static int put_in(cmd_t cmd)
{
	return mnx_put2lcl(&cmd, payload);
}

static cmd_t command(int kind, int src, int dst)
{
	return raw_command(1, kind, src, dst);
}

/* The answer to what was put in, with its result */
static void await_answer(int from, int kind, int rc)
{
	AWAIT(sent > from);
	ck_assert_int_eq(last.c_cmd, kind);
	ASSERT_RC(last.c_rcode, rc);
	ck_assert_uint_eq(last.c_ack_seq, 1);
}

#define REFUSED(change, rc)                             \
	do {                                            \
		cmd_t cmd = command(SEND_MSG, user, s); \
		change;                                 \
		ASSERT_RC(put_in(cmd), rc);             \
	} while (0)

/* Errors of the other proxy: nothing happens, nobody is told. */
START_TEST(what_cannot_be)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	struct actor *c = actor_new(PROCESS, CLIENT);
	int user = _ENDPOINT(GEN, USER);

#define s SERVER
	REFUSED(cmd.c_cmd = 0, EMOLBADMSG);
	REFUSED(cmd.c_cmd = 999, EMOLBADMSG);
	REFUSED(cmd.c_cmd = -1, EMOLBADMSG);
	REFUSED(cmd.c_flags = 1ull << 40, EMOLBADMSG);
	REFUSED(cmd.c_flags = CMD_FIRST, EMOLBADMSG);
	REFUSED(cmd.c_len = 1, EMOLBADMSG);
	REFUSED(cmd.c_len = -1, EMOLBADMSG);
	REFUSED(cmd.c_rcode = 1, EMOLBADMSG);
	REFUSED(cmd.c_rcode = -5, EMOLBADMSG);
	/* ERESTARTSYS */
	REFUSED(cmd.c_cmd = SEND_ACK; cmd.c_rcode = -512, EMOLBADMSG);
	REFUSED(cmd.c_snode = 0, EMOLBADNODEID);
	REFUSED(cmd.c_snode = 2, EMOLBADNODEID);
	REFUSED(cmd.c_snode = 64, EMOLBADNODEID);
	REFUSED(cmd.c_snode = -1, EMOLBADNODEID);
	REFUSED(cmd.c_dnode = 1, EMOLBADNODEID);
	REFUSED(cmd.c_dst = ANY, EMOLBADMSG);
	REFUSED(cmd.c_dst = INT32_MAX, EMOLBADMSG);
	REFUSED(cmd.c_dst = INT32_MIN, EMOLBADMSG);
	REFUSED(cmd.c_src = NONE, EMOLBADMSG);
	REFUSED(cmd.c_src = 190, EMOLBADMSG);
	REFUSED(cmd.c_src = USER, EMOLBADMSG);
	REFUSED(cmd.c_src = _ENDPOINT(1, SERVER), EMOLBADMSG);
	/* In the name of a process of this node */
	REFUSED(cmd.c_src = c->ep, EMOLBADMSG);
	REFUSED(cmd.c_src = SERVER, EMOLBADMSG);
#undef s
	breathe();
	ck_assert_int_eq(sent, 0);
	ASSERT_RC(CALL_RC(s, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
}
END_TEST

/* Requests that are not granted are answered. */
START_TEST(refusals)
{
	int user = _ENDPOINT(GEN, USER);
	cmd_t cmd;

	ASSERT_RC(put_in(command(SEND_MSG, user, SERVER)), OK);
	await_answer(0, SEND_ACK, EMOLDSTDIED);
	ASSERT_RC(put_in(command(SNDREC_MSG, THERE + 1, SERVER)), OK);
	await_answer(1, SNDREC_ACK, EMOLNOTBIND);
	cmd = command(SNDREC_MSG, user, SERVER);
	cmd.c_vmid = 5;
	ASSERT_RC(put_in(cmd), OK);
	await_answer(2, SNDREC_ACK, EMOLVMNOTRUN);
	cmd.c_vmid = 500;
	ASSERT_RC(put_in(cmd), OK);
	await_answer(3, SNDREC_ACK, EMOLBADVMID);
	ASSERT_RC(mnx_del_node(VMID, 1), OK);
	ASSERT_RC(put_in(command(SEND_MSG, user, SERVER)), OK);
	await_answer(4, SEND_ACK, EMOLNOVMNODE);
	ASSERT_RC(mnx_add_node(VMID, 1), OK);
}
END_TEST

/* Nobody waits for these; a newer process takes its slot; a stale one not. */
START_TEST(too_late)
{
	struct actor *c = actor_new(PROCESS, CLIENT);
	int kinds[] = { SEND_ACK,   SNDREC_ACK,   REPLY_MSG,   RELAY_MSG,
			COPYIN_ACK, COPYOUT_DATA, COPYLCL_ACK, COPYRMT_ACK,
			CANCEL_MSG, EXIT_MSG };
	proc_usr_t info;

	START(c, .op = OP_SENDREC, .peer = THERE, .ms = -1);
	AWAIT(sent == 1);
	for (int i = 0; i < NR_OF(kinds); i++) {
		cmd_t cmd = command(kinds[i], _ENDPOINT(GEN, USER), c->ep);

		cmd.c_ack_seq = last.c_snd_seq + 1;
		ASSERT_RC(put_in(cmd), OK);
	}
	actor_await(c, SENDING | RECEIVING | RMTOPER);
	ASSERT_RC(put_in(command(SEND_MSG, _ENDPOINT(GEN, USER), SERVER)), OK);
	AWAIT(sent == 2);
	ASSERT_RC(put_in(command(SEND_MSG, _ENDPOINT(GEN + 1, USER), SERVER)),
		  OK);
	ASSERT_RC(mnx_getprocinfo(VMID, USER, &info), OK);
	ck_assert_int_eq(info.p_endpoint, _ENDPOINT(GEN + 1, USER));
	ck_assert_int_eq(info.p_nodeid, 1);
	ck_assert(info.p_rts_flags & REMOTE);
	AWAIT(sent == 3);
	ASSERT_RC(put_in(command(SEND_MSG, _ENDPOINT(GEN, USER), SERVER)), OK);
	await_answer(3, SEND_ACK, EMOLSLOTUSED);
	ASSERT_RC(put_in(command(EXIT_MSG, _ENDPOINT(GEN + 1, USER), NONE)),
		  OK);
	AWAIT(slot_is(USER, SLOT_FREE));
}
END_TEST

/* Who node 1 says that is, or 0 */
static void answer_who(cmd_t asks, uint64_t incarnation)
{
	cmd_t cmd = command(WHO_ACK, asks.c_dst, NONE);

	cmd.c_ack_seq = asks.c_snd_seq;
	cmd.c_snd_seq = incarnation;
	ASSERT_RC(put_in(cmd), OK);
}

/* Of a process that was not known: one question for each word of an end */
START_TEST(doubts)
{
	cmd_t end = command(EXIT_MSG, THERE, NONE), first;

	AWAIT(asked == 1);
	first = question;
	ck_assert_int_eq(first.c_dst, THERE);
	ASSERT_RC(put_in(end), OK);
	AWAIT(asked == 2);
	/* What was said before it was asked is no answer. */
	answer_who(first, 0);
	ck_assert(!slot_is(THERE, SLOT_FREE));
	answer_who(question, 7);
	answer_who(question, 0);
	end.c_snd_seq = 6;
	ASSERT_RC(put_in(end), OK);
	ck_assert(!slot_is(THERE, SLOT_FREE));
	ck_assert_uint_eq(slot_on(0, THERE).p_incarnation, 7);
	/* One that comes in its place, a word of the one before, its end */
	ASSERT_RC(mnx_rmtbind_as(VMID, "next", THERE, 1, 7), EMOLSLOTUSED);
	ASSERT_RC(mnx_rmtbind_as(VMID, "next", THERE, 1, 20), THERE);
	end.c_snd_seq = 19;
	ASSERT_RC(put_in(end), OK);
	ck_assert(!slot_is(THERE, SLOT_FREE));
	first = command(SEND_MSG, THERE, SERVER);
	first.c_snd_seq = 12;
	ASSERT_RC(put_in(first), OK);
	ck_assert_int_eq(sent, 0);
	/* The link is new: so may all numbers be. */
	ASSERT_RC(mnx_proxy_conn(1, DISCONNECT_SPROXY), OK);
	ASSERT_RC(mnx_proxy_conn(1, CONNECT_SPROXY), OK);
	AWAIT(asked == 3);
	end.c_snd_seq = 2;
	ASSERT_RC(put_in(end), OK);
	AWAIT(asked == 4);
	answer_who(question, 0);
	ck_assert(slot_is(THERE, SLOT_FREE));
}
END_TEST

static int notify(int src_nr, int dst)
{
	cmd_t cmd = command(NTFY_MSG, src_nr, dst);

	cmd.c_u.cu_msg.m9_l1 = 1;
	return put_in(cmd);
}

static int notified(struct actor *s)
{
	struct result r = CALL(s, .op = OP_RECEIVE, .peer = ANY, .ms = 0);

	return r.rc ? r.rc : r.m.m_source;
}

static void deny(int ep, int p_nr)
{
	priv_usr_t priv = priv_get(ep);
	int bit = p_nr + NR_TASKS;

	priv.s_ipc_from[bit / 64] &= ~(1ull << bit % 64);
	priv_set(ep, &priv);
}

/* In whose name a node may notify: its own, and what each node has */
START_TEST(names)
{
	const int good[] = { THERE, HARDWARE, CLOCK, SYSTASK(1) };
	const int bad[] = { THERE + 1, SYSTASK(2), SYSTASK_0, PM_PROC_NR };
	struct actor *s = actor_new(PROCESS, SERVER);
	int i;

	for (i = 0; i < NR_OF(good); i++) {
		ASSERT_RC(notify(good[i], SERVER), OK);
		ck_assert_int_eq(notified(s), good[i]);
	}
	for (i = 0; i < NR_OF(bad); i++)
		ASSERT_RC(notify(bad[i], SERVER), EMOLNOTBIND);
	ASSERT_RC(notify(SERVER, SERVER), EMOLBADMSG);
	ASSERT_RC(mnx_rmtbind(VMID, "third", SYSTASK(2), 2), SYSTASK(2));
	ASSERT_RC(notify(SYSTASK(2), SERVER), EMOLBADMSG);
	actor_new(PROCESS, CLOCK);
	ASSERT_RC(notify(CLOCK, SERVER), EMOLBADMSG);
	for (i = 0; i < NR_OF(good); i++) {
		deny(SERVER, good[i]);
		notify(good[i], SERVER);
	}
	ASSERT_RC(notified(s), EMOLAGAIN);
}
END_TEST

/* Ends of others: of the process before, of one that came after, of this. */
START_TEST(ends)
{
	cmd_t cmd = command(SEND_MSG, THERE, SERVER);

	AWAIT(asked == 1);
	cmd.c_snd_seq = 5;
	ASSERT_RC(put_in(cmd), OK);
	cmd = command(EXIT_MSG, THERE, NONE);
	cmd.c_snd_seq = 4;
	ASSERT_RC(put_in(cmd), OK);
	ck_assert(!slot_is(THERE, SLOT_FREE));
	AWAIT(asked == 2);
	answer_who(question, 5);
	ASSERT_RC(put_in(cmd), OK);
	ck_assert(!slot_is(THERE, SLOT_FREE));
	cmd.c_snd_seq = 5;
	ASSERT_RC(put_in(cmd), OK);
	ck_assert(slot_is(THERE, SLOT_FREE));
	ck_assert_int_eq(asked, 2);
	ASSERT_RC(put_in(command(SEND_MSG, _ENDPOINT(GEN, USER), SERVER)), OK);
	ASSERT_RC(put_in(command(EXIT_MSG, _ENDPOINT(GEN + 1, USER), NONE)),
		  OK);
	ck_assert(slot_is(USER, SLOT_FREE));
}
END_TEST

static bool all_told(void)
{
	int i;

	for (i = 0; i < NR_ENDS; i++)
		if (!told[i])
			return false;
	return true;
}

/* Each end is told once, in whatever order, and once more by a new link. */
START_TEST(every_end)
{
	struct actor *a[NR_ENDS];
	int i;

	for (i = 0; i < NR_ENDS; i++)
		a[i] = actor_new(PROCESS, CLIENT + i);
	for (i = 0; i < NR_ENDS / 2; i++)
		actor_kill(a[i * 7 % NR_ENDS]);
	ASSERT_RC(mnx_proxy_conn(1, DISCONNECT_SPROXY), OK);
	for (i = NR_ENDS / 2; i < NR_ENDS; i++)
		actor_kill(a[i * 7 % NR_ENDS]);
	ASSERT_RC(mnx_proxy_conn(1, CONNECT_SPROXY), OK);
	AWAIT(all_told());
	memset(told, 0, sizeof(told));
	ASSERT_RC(mnx_proxy_conn(1, DISCONNECT_SPROXY), OK);
	ASSERT_RC(mnx_proxy_conn(1, CONNECT_SPROXY), OK);
	AWAIT(all_told());
	ASSERT_RC(put_in(command(SEND_MSG, THERE, 1)), OK);
	AWAIT(last.c_cmd == SEND_ACK);
	for (i = 0; i < NR_ENDS; i++)
		ck_assert_int_eq(told[i], 1);
}
END_TEST

/*
 * Word of a request takes the place of that of the one before, unless this is
 * being taken: then it leaves whole, and the other one after it.
 */
START_TEST(newer_word)
{
	uint64_t n = 1;
	long end;
	cmd_t cmd;

	for (end = now_ms() + RACE_MS; now_ms() < end; n++) {
		cmd = command(SNDREC_MSG, THERE, NOBODY + (int)(n % 2));
		cmd.c_snd_seq = n;
		ASSERT_RC(put_in(cmd), OK);
	}
	ck_assert_msg(!unlike, "%d of %d, of %lu requests", unlike, sent, n);
	ck_assert_int_gt(sent, 1);
}
END_TEST

/* Two processes of a system slot never give the same number to what they do. */
START_TEST(numbers)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	uint64_t first;

	START(s, .op = OP_SENDREC, .peer = THERE, .ms = -1);
	AWAIT(last.c_cmd == SNDREC_MSG);
	first = last.c_snd_seq;
	actor_kill(s);
	AWAIT(last.c_cmd == EXIT_MSG);
	ck_assert_uint_eq(last.c_snd_seq, first);
	s = actor_new(PROCESS, SERVER);
	START(s, .op = OP_SENDREC, .peer = THERE, .ms = -1);
	AWAIT(last.c_cmd == SNDREC_MSG);
	ck_assert_uint_gt(last.c_snd_seq, first);
}
END_TEST

/* A request is answered with one: others who send to its server wait. */
START_TEST(answered_with_request)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	struct actor *c = actor_new(PROCESS, CLIENT);

	ASSERT_RC(put_in(command(SNDREC_MSG, THERE, SERVER)), OK);
	ASSERT_RC(CALL_RC(s, .op = OP_RCVRQST, .ms = -1), OK);
	START(s, .op = _i ? OP_SEND : OP_SENDREC, .peer = THERE, .ms = -1);
	AWAIT(sent == 1);
	ck_assert_uint_eq(last.c_ack_seq, 1);
	ASSERT_RC(CALL_RC(c, .op = OP_SEND, .peer = SERVER, .ms = 20),
		  EMOLTIMEDOUT);
}
END_TEST

/*
 * A node says that a request has gone to one who waits for the client, through
 * a server here: the client's call ends, and the node is told.  Others who send
 * to the client wait.
 */
START_TEST(moved_in_a_circle)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	struct actor *c = actor_new(PROCESS, CLIENT);
	struct actor *o = actor_new(PROCESS, CLIENT + 1);
	cmd_t cmd;

	START(c, .op = OP_SENDREC, .peer = THERE, .ms = -1);
	AWAIT(sent == 1);
	START(s, .op = OP_SEND, .peer = c->ep, .ms = -1);
	actor_await(s, SENDING);
	ASSERT_RC(mnx_rmtbind(VMID, "other", THERE + 1, 1), THERE + 1);
	ASSERT_RC(put_in(command(SNDREC_MSG, THERE + 1, SERVER)), OK);
	cmd = command(SNDREC_ACK, THERE + 1, c->ep);
	cmd.c_ack_seq = last.c_snd_seq;
	ASSERT_RC(put_in(cmd), OK);
	ASSERT_RC(actor_end(c).rc, EMOLLOCKED);
	AWAIT(last.c_cmd == CANCEL_MSG);
	ck_assert_uint_eq(last.c_ack_seq, cmd.c_ack_seq);
	ASSERT_RC(CALL_RC(o, .op = OP_SEND, .peer = c->ep, .ms = 20),
		  EMOLTIMEDOUT);
}
END_TEST

static uint64_t refused(void)
{
	node_usr_t node;

	ASSERT_RC(mnx_getnodeinfo(1, &node), OK);
	return node.n_refused;
}

/* Answers that nobody waits for: dropped, counted, and nobody is told. */
START_TEST(answers_in_vain)
{
	struct actor *c = actor_new(PROCESS, CLIENT);
	uint64_t before = refused();
	cmd_t cmd = command(_i ? RELAY_MSG : REPLY_MSG, THERE, c->ep);

	ASSERT_RC(put_in(cmd), OK);
	ck_assert_uint_eq(refused(), before + 1);
	cmd.c_src = _ENDPOINT(GEN, USER);
	ASSERT_RC(put_in(cmd), OK);
	ck_assert_uint_eq(refused(), before + 2);
	ck_assert(slot_is(USER, SLOT_FREE));
	START(c, .op = OP_RECEIVE, .peer = THERE, .ms = -1);
	actor_await(c, RECEIVING);
	cmd.c_src = THERE;
	ASSERT_RC(put_in(cmd), OK);
	ck_assert_uint_eq(refused(), before + 3);
	actor_await(c, RECEIVING);
	cmd.c_dst = c->ep + 1;
	ASSERT_RC(put_in(cmd), OK);
	ck_assert_uint_eq(refused(), before + 4);
	breathe();
	ck_assert_int_eq(sent, 0);
}
END_TEST

/* The server has gone on: an answer that cannot be is the end of the call. */
START_TEST(answers_that_cannot_be)
{
	struct actor *c = actor_new(PROCESS, CLIENT);
	struct actor *s = actor_new(PROCESS, SERVER);
	const struct {
		int kind, src, to, rc;
	} ways[] = {
		{ REPLY_MSG, THERE + 1, 0, EMOLNOTBIND },
		{ RELAY_MSG, THERE, THERE + 1, EMOLDSTDIED },
		{ RELAY_MSG, THERE, c->ep, EMOLENDPOINT },
		{ RELAY_MSG, THERE, ANY, EMOLENDPOINT },
		{ RELAY_MSG, THERE, SERVER, EMOLLOCKED },
	};
	uint64_t before = refused();
	cmd_t cmd;

	START(s, .op = OP_SEND, .peer = c->ep, .ms = -1);
	actor_await(s, SENDING);
	START(c, .op = OP_SENDREC, .peer = THERE, .ms = -1);
	AWAIT(sent == 1);
	cmd = command(ways[_i].kind, ways[_i].src, c->ep);
	cmd.c_ack_seq = last.c_snd_seq;
	cmd.c_u.cu_msg.m_source = ways[_i].to;
	ASSERT_RC(put_in(cmd), OK);
	ASSERT_RC(actor_end(c).rc, ways[_i].rc);
	ck_assert_uint_eq(refused(), before);
	ASSERT_RC(put_in(cmd), OK);
	ck_assert_uint_eq(refused(), before + 1);
}
END_TEST

/*
 * The node of the clients says nothing: nobody waits for it, and neither do
 * those who come next.
 */
START_TEST(silent_clients)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	struct actor *c = actor_new(PROCESS, CLIENT);
	struct result r = { .m = { .m_source = NONE } };
	int i;

	for (i = 0; i < 20; i++)
		ASSERT_RC(put_in(command(SNDREC_MSG, _ENDPOINT(GEN, USER + i),
					 SERVER)),
			  OK);
	START(c, .op = OP_SENDREC, .peer = SERVER, .ms = -1);
	actor_await(c, SENDING | RECEIVING);
	for (i = 0; i <= 20; i++) {
		r = CALL(s, .op = OP_REPLY_RCVRQST, .peer = r.m.m_source,
			 .ms = -1);
		ASSERT_RC(r.rc, OK);
		ASSERT_RC(r.reply_rc, OK);
	}
	ck_assert_int_eq(r.m.m_source, c->ep);
	AWAIT(sent == 20);
	ck_assert_int_eq(last.c_cmd, REPLY_MSG);
}
END_TEST

/* A copy that its requester, who has gone on, has given up */
START_TEST(left_copy)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	struct actor *c = actor_new(PROCESS, CLIENT);
	cmd_t cmd = first_frame(c, 8192);

	ASSERT_RC(put_in(cmd), OK);
	cmd = command(SNDREC_MSG, THERE, SERVER);
	cmd.c_snd_seq = 2;
	ASSERT_RC(put_in(cmd), OK);
	ASSERT_RC(CALL_RC(s, .op = OP_RCVRQST, .ms = -1), OK);
	actor_kill(c);
	START(s, .op = OP_REPLY, .peer = THERE);
	AWAIT(last.c_cmd == REPLY_MSG);
	ck_assert_uint_eq(last.c_ack_seq, 2);
}
END_TEST

/* Frames in all orders but the right one are no copy. */
START_TEST(frames)
{
	struct actor *c = actor_new(PROCESS, CLIENT);
	cmd_t cmd = first_frame(c, 3 * 4096);
	uint64_t sink = cmd.c_u.cu_vcopy.v_daddr;
	int before;

	cmd.c_flags = 0;
	ASSERT_RC(put_in(cmd), OK); /* belongs to nothing */
	cmd.c_flags = CMD_FIRST;
	ASSERT_RC(put_in(cmd), OK);
	actor_await(c, SENDING | RECEIVING | RMTOPER | ONCOPY);
	before = sent;
	cmd.c_flags = 0;
	switch (_i) {
	case 0: /* twice */
		break;
	case 1: /* one is missing */
		cmd.c_u.cu_vcopy.v_daddr += 8192;
		cmd.c_u.cu_vcopy.v_bytes -= 8192;
		break;
	case 2: /* longer than what is left */
		cmd.c_u.cu_vcopy.v_daddr += 4096;
		cmd.c_u.cu_vcopy.v_bytes -= 4096;
		cmd.c_len = 3 * 4096;
		break;
	case 3: /* empty */
		cmd.c_u.cu_vcopy.v_daddr += 4096;
		cmd.c_u.cu_vcopy.v_bytes -= 4096;
		cmd.c_len = 0;
		break;
	}
	ASSERT_RC(put_in(cmd), EMOLBADMSG);
	await_answer(before, COPYIN_ACK, EMOLBADMSG);
	actor_await(c, SENDING | RECEIVING | RMTOPER);
	/* To addresses nobody offered: the kernel's */
	cmd.c_flags = CMD_FIRST;
	cmd.c_len = 100;
	cmd.c_u.cu_vcopy.v_daddr = (uint64_t)-4096;
	cmd.c_u.cu_vcopy.v_bytes = 100;
	before = sent;
	ASSERT_RC(put_in(cmd), OK);
	await_answer(before, COPYIN_ACK, EMOLFAULT);
	/* By one whom it does not wait for */
	ASSERT_RC(mnx_rmtbind(VMID, "other", THERE + 1, 1), THERE + 1);
	cmd.c_src = THERE + 1;
	cmd.c_u.cu_vcopy.v_daddr = sink;
	before = sent;
	ASSERT_RC(put_in(cmd), OK);
	await_answer(before, COPYIN_ACK, EMOLCALLDENIED);
}
END_TEST

/* Storms */

static int pick(unsigned int *seed, const int *from, int n)
{
	return from[rand_r(seed) % n];
}

static cmd_t mutated(unsigned int *seed, const int *eps, int nr_eps)
{
	static char sink[65536] = { 0 };
	static const int kinds[] = { SEND_MSG,     SEND_ACK,     SNDREC_MSG,
				     SNDREC_ACK,   REPLY_MSG,    RELAY_MSG,
				     NTFY_MSG,     CANCEL_MSG,   EXIT_MSG,
				     COPYIN_DATA,  COPYIN_ACK,   COPYOUT_RQST,
				     COPYOUT_DATA, COPYLCL_RQST, COPYLCL_ACK,
				     COPYRMT_RQST, COPYRMT_ACK,  COPYIN_RQST,
				     COPYGRT_RQST, COPYGRT_ACK,  WHO_RQST,
				     WHO_ACK };
	cmd_t cmd = command(pick(seed, kinds, NR_OF(kinds)),
			    pick(seed, eps, nr_eps), pick(seed, eps, nr_eps));

	cmd.c_snd_seq = (uint64_t)rand_r(seed) % 8;
	cmd.c_ack_seq = (uint64_t)rand_r(seed) % 8;
	cmd.c_rcode = rand_r(seed) % 4 ? 0 : -(rand_r(seed) % 600);
	cmd.c_flags = (uint64_t)rand_r(seed) % 4;
	if (cmd.c_cmd == COPYRMT_RQST || cmd.c_cmd == COPYGRT_RQST)
		cmd.c_flags = (uint64_t)(rand_r(seed) % 64) << CMD_NODE_SHIFT;
	if (rand_r(seed) % 4) {
		cmd.c_u.cu_vcopy = (vcopy_t){
			.v_src = pick(seed, eps, nr_eps),
			.v_dst = pick(seed, eps, nr_eps),
			.v_rqtr = pick(seed, eps, nr_eps),
			.v_saddr = (uintptr_t)sink + (size_t)rand_r(seed) % 99,
			.v_daddr = (uintptr_t)sink + (size_t)rand_r(seed) % 99,
			.v_bytes = (uint64_t)rand_r(seed) % 60000,
		};
		if (cmd.c_cmd == COPYIN_DATA || cmd.c_cmd == COPYIN_RQST ||
		    cmd.c_cmd == COPYOUT_DATA)
			cmd.c_len = rand_r(seed) % 60000;
	}
	if (rand_r(seed) % 8 == 0)
		((unsigned char *)&cmd)[rand_r(seed) % (int)sizeof(cmd)] ^=
			(unsigned char)(1 << rand_r(seed) % 8);
	return cmd;
}

/* A client and a server of this node work on whatever comes between them. */
START_TEST(storm)
{
	struct actor *s = actor_new(PROCESS, SERVER);
	struct actor *c = actor_new(PROCESS, CLIENT);
	int eps[] = { SERVER,
		      c->ep,
		      THERE,
		      SYSTASK(1),
		      HARDWARE,
		      _ENDPOINT(GEN, USER),
		      _ENDPOINT(GEN + 1, USER),
		      12 };
	unsigned int seed = (unsigned int)(_i + getpid() * 100);
	long end = now_ms() + 1500;
	int n, rc;

	ASSERT_RC(mnx_rmtbind(VMID, "systask", SYSTASK(1), 1), SYSTASK(1));
	for (n = 0; now_ms() < end; n++) {
		START(s, .op = rand_r(&seed) % 2 ? OP_RECEIVE : OP_RCVRQST,
		      .peer = ANY, .ms = 5);
		START(c, .op = rand_r(&seed) % 2 ? OP_SEND : OP_SENDREC,
		      .peer = rand_r(&seed) % 2 ? THERE : SERVER, .ms = 5);
		for (int i = 0; i < 200; i++) {
			rc = put_in(mutated(&seed, eps, NR_OF(eps)));
			ck_assert_msg(rc == OK || rc == EMOLBADMSG ||
					      rc == EMOLBADNODEID ||
					      rc == EMOLNOTBIND ||
					      rc == EMOLDSTDIED ||
					      rc == EMOLVMNOTRUN ||
					      rc == EMOLBADVMID,
				      "seed %u: %s", seed, mnx_strerror(rc));
		}
		/* The client's send waits for a word of node 1. */
		for (int i = 0; i < 200; i++) {
			cmd_t cmd = command(SEND_ACK, THERE, c->ep);

			cmd.c_ack_seq = last.c_cmd == CANCEL_MSG ?
						last.c_ack_seq :
						last.c_snd_seq;
			put_in(cmd);
		}
		mnx_proxy_conn(1, DISCONNECT_RPROXY);
		actor_end(s);
		actor_end(c);
		mnx_proxy_conn(1, CONNECT_RPROXY);
	}
	/* All is as ever. */
	START(c, .op = OP_SENDREC, .peer = SERVER, .ms = -1);
	do {
		rc = CALL_RC(s, .op = OP_RCVRQST, .ms = -1);
		ASSERT_RC(rc, OK);
		rc = CALL_RC(s, .op = OP_REPLY, .peer = c->ep);
	} while (rc == EMOLNOTREADY);
	ASSERT_RC(rc, OK);
	ASSERT_RC(actor_end(c).rc, OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ kernel_payload, 1 },
		{ what_cannot_be, 1 },
		{ refusals, 1 },
		{ too_late, 1 },
		{ ends, 1 },
		{ names, 1 },
		{ doubts, 1 },
		{ newer_word, 1 },
		{ numbers, 1 },
		{ frames, 4 },
		{ answered_with_request, 2 },
		{ answers_in_vain, 2 },
		{ answers_that_cannot_be, 5 },
		{ silent_clients, 1 },
		{ every_end, 1 },
		{ left_copy, 1 },
		{ moved_in_a_circle, 1 },
		{ storm, 4 },
	};

	stage_init();
	return RUN_TESTS("inbound", 60, set_up, tear_down, tests);
}
