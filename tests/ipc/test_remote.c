// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages between nodes: each primitive, what arrives and what is told to
 * whom.
 */
#include "cluster.h"
#include "copy.h"
#include "raw.h"

#define SERVER 10 /* a system slot */
#define CLIENT 60 /* user slots */
#define OTHER  61

static void set_up(void)
{
	cluster_up(3);
}

#define MESSAGE(number) .m = { .m_type = 7, .m1_i1 = (number) }

START_TEST(send_then_receive)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *c = actor_at(0, PROCESS, CLIENT);
	struct result r;

	START(c, .op = OP_SEND, .peer = s->ep, .ms = -1, MESSAGE(41));
	actor_await(c, SENDING);
	r = CALL(s, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, c->ep);
	ck_assert_int_eq(r.m.m1_i1, 41);
	ASSERT_RC(actor_end(c).rc, OK);
}
END_TEST

START_TEST(receive_then_send)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *c = actor_at(0, PROCESS, CLIENT);

	START(s, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(s, RECEIVING);
	ASSERT_RC(CALL_RC(c, .op = OP_SEND, .peer = s->ep, .ms = -1,
			  MESSAGE(1)),
		  OK);
	ASSERT_RC(actor_end(s).rc, OK);
}
END_TEST

START_TEST(request_and_reply)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *c = actor_at(0, PROCESS, CLIENT);
	struct result r;
	int i;

	r = (struct result){ .m = { .m_source = NONE } };
	for (i = 0; i < 200; i++) {
		START(c, .op = OP_SENDREC, .peer = s->ep, .ms = -1, MESSAGE(i));
		r = CALL(s, .op = OP_REPLY_RCVRQST, .peer = r.m.m_source,
			 .ms = -1, .m = r.m);
		ASSERT_RC(r.rc, OK);
		ASSERT_RC(r.reply_rc, OK);
		ck_assert_int_eq(r.m.m_source, c->ep);
		ck_assert_int_eq(r.m.m1_i1, i);
		r.m.m1_i1 = -i;
		ASSERT_RC(CALL_RC(s, .op = OP_REPLY, .peer = c->ep, .m = r.m),
			  OK);
		r = actor_end(c);
		ASSERT_RC(r.rc, OK);
		ck_assert_int_eq(r.m.m1_i1, -i);
		ck_assert_int_eq(r.m.m_source, s->ep);
		r.m.m_source = NONE;
	}
}
END_TEST

START_TEST(notification)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *n = actor_at(0, PROCESS, SERVER + 1);
	struct result r;

	ASSERT_RC(CALL_RC(n, .op = OP_NOTIFY, .peer = s->ep, .value = 5), OK);
	r = CALL(s, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, n->ep);
	ck_assert_int_eq(r.m.m_type, NOTIFY_FROM(n->p_nr));
	ck_assert_int_eq(r.m.m9_i1, 5);
	ck_assert_int_eq(r.m.m9_l1, 1);
}
END_TEST

START_TEST(time_passes)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *c = actor_at(0, PROCESS, CLIENT);
	struct result r;

	ASSERT_RC(CALL_RC(c, .op = OP_SEND, .peer = s->ep, .ms = SHORT,
			  MESSAGE(1)),
		  EMOLTIMEDOUT);
	ASSERT_RC(CALL_RC(c, .op = OP_SENDREC, .peer = s->ep, .ms = SHORT,
			  MESSAGE(2)),
		  EMOLTIMEDOUT);
	ASSERT_RC(CALL_RC(c, .op = OP_SEND, .peer = s->ep, .ms = 0, MESSAGE(3)),
		  EMOLAGAIN);
	START(c, .op = OP_SEND, .peer = s->ep, .ms = -1, MESSAGE(4));
	r = CALL(s, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 4);
	ASSERT_RC(actor_end(c).rc, OK);
}
END_TEST

START_TEST(late_answer)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *c = actor_at(0, PROCESS, CLIENT);

	START(c, .op = OP_SENDREC, .peer = s->ep, .ms = 400, MESSAGE(1));
	ASSERT_RC(CALL_RC(s, .op = OP_RCVRQST, .ms = -1), OK);
	ASSERT_RC(actor_end(c).rc, EMOLTIMEDOUT);
	AWAIT(!(slot_on(1, CLIENT).p_rts_flags & RECEIVING));
	ASSERT_RC(CALL_RC(s, .op = OP_REPLY, .peer = c->ep), EMOLNOTREADY);
}
END_TEST

static uint64_t nr_refused(void)
{
	node_usr_t node = { .n_nodeid = 1 };

	ASSERT_RC(raw_ioctl(cluster_fd(0), M3IPC_IOC_GETNODEINFO, &node), OK);
	return node.n_refused;
}

/*
 * The server's node does not know yet that the client has given up: the answer
 * is refused where that is known.  It is not that to the client's next request.
 */
START_TEST(later_answer)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *c = actor_at(0, PROCESS, CLIENT);

	START(c, .op = OP_SENDREC, .peer = s->ep, .ms = 400, MESSAGE(1));
	ASSERT_RC(CALL_RC(s, .op = OP_RCVRQST, .ms = -1), OK);
	cluster_hold();
	ASSERT_RC(actor_end(c).rc, EMOLTIMEDOUT);
	ASSERT_RC(CALL_RC(s, .op = OP_REPLY, .peer = c->ep, MESSAGE(1)), OK);
	ASSERT_RC(CALL_RC(s, .op = OP_REPLY, .peer = c->ep, MESSAGE(1)),
		  EMOLNOTREADY);
	START(c, .op = OP_SENDREC, .peer = s->ep, .ms = -1, MESSAGE(2));
	cluster_go_on();
	AWAIT(nr_refused() == 1);
	ASSERT_RC(CALL_RC(s, .op = OP_RCVRQST, .ms = -1), OK);
	ASSERT_RC(CALL_RC(s, .op = OP_REPLY, .peer = c->ep, MESSAGE(2)), OK);
	ck_assert_int_eq(actor_end(c).m.m1_i1, 2);
}
END_TEST

/* Nothing goes over the wires: servers go on all the same. */
START_TEST(answers_do_not_wait)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *t = actor_at(0, PROCESS, SERVER + 1);
	struct actor *c = actor_at(0, PROCESS, CLIENT);
	struct actor *d = actor_at(0, PROCESS, OTHER);
	struct result r;

	START(c, .op = OP_SENDREC, .peer = s->ep, .ms = -1, MESSAGE(1));
	START(d, .op = OP_SENDREC, .peer = s->ep, .ms = -1, MESSAGE(2));
	AWAIT(slot_on(1, CLIENT).p_rts_flags & SENDING &&
	      slot_on(1, OTHER).p_rts_flags & SENDING);
	cluster_hold();
	r = CALL(s, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	r = CALL(s, .op = OP_REPLY_RCVRQST, .peer = r.m.m_source, .ms = 0);
	ASSERT_RC(r.rc, OK);
	ASSERT_RC(r.reply_rc, OK);
	ASSERT_RC(CALL_RC(s, .op = OP_RELAY, .peer = t->ep, .m = r.m), OK);
	cluster_go_on();
	r = CALL(t, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(CALL_RC(t, .op = OP_REPLY, .peer = r.m.m_source), OK);
	ASSERT_RC(actor_end(c).rc, OK);
	ASSERT_RC(actor_end(d).rc, OK);
}
END_TEST

/*
 * A request is relayed, where the client's privileges are not known, to one
 * whom it may not receive from, or send to.
 */
START_TEST(relayed_to_forbidden)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *t = actor_at(1 + _i / 2, PROCESS, SERVER + 1);
	struct actor *c = actor_at(0, PROCESS, CLIENT);
	unsigned int bit = SERVER + 1 + NR_TASKS;
	priv_usr_t priv;
	struct result r;

	ASSERT_RC(mnx_getpriv(VMID, c->ep, &priv), OK);
	if (_i % 2)
		priv.s_ipc_to[bit / 64] &= ~(1ull << bit % 64);
	else
		priv.s_ipc_from[bit / 64] &= ~(1ull << bit % 64);
	ASSERT_RC(mnx_setpriv(VMID, c->ep, &priv), OK);
	START(c, .op = OP_SENDREC, .peer = s->ep, .ms = -1, MESSAGE(1));
	r = CALL(s, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(CALL_RC(s, .op = OP_RELAY, .peer = t->ep, .m = r.m), OK);
	if (_i < 2) {
		START(t, .op = OP_RCVRQST, .ms = SHORT);
		if (actor_end(t).rc == OK)
			CALL(t, .op = OP_REPLY, .peer = c->ep, .m = r.m);
	}
	ASSERT_RC(actor_end(c).rc, EMOLCALLDENIED);
}
END_TEST

/* Whose request was taken, who sends, who receives */
static struct actor *requester, *sender, *receiver;

static void all_wait_for(struct actor *server)
{
	requester = actor_at(0, PROCESS, CLIENT);
	sender = actor_at(0, PROCESS, OTHER);
	receiver = actor_at(0, PROCESS, OTHER + 1);
	START(requester, .op = OP_SENDREC, .peer = server->ep, .ms = -1,
	      MESSAGE(1));
	ASSERT_RC(CALL_RC(server, .op = OP_RCVRQST, .ms = -1), OK);
	START(sender, .op = OP_SEND, .peer = server->ep, .ms = -1, MESSAGE(1));
	START(receiver, .op = OP_RECEIVE, .peer = server->ep, .ms = -1,
	      MESSAGE(1));
	actor_await(sender, SENDING);
	actor_await(receiver, RECEIVING);
}

START_TEST(server_dies)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);

	all_wait_for(s);
	actor_kill(s);
	ASSERT_RC(actor_end(requester).rc, EMOLSRCDIED);
	ASSERT_RC(actor_end(sender).rc, EMOLDSTDIED);
	ASSERT_RC(actor_end(receiver).rc, EMOLSRCDIED);
	AWAIT(slot_is(SERVER, SLOT_FREE));
}
END_TEST

START_TEST(client_dies)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *c = actor_at(0, PROCESS, CLIENT);
	struct actor *d = actor_at(0, PROCESS, OTHER);

	START(c, .op = OP_SENDREC, .peer = s->ep, .ms = -1, MESSAGE(1));
	ASSERT_RC(CALL_RC(s, .op = OP_RCVRQST, .ms = -1), OK);
	START(d, .op = OP_SEND, .peer = s->ep, .ms = -1, MESSAGE(1));
	actor_await(d, SENDING);
	actor_kill(c);
	actor_kill(d);
	AWAIT(slot_on(1, CLIENT).p_rts_flags == SLOT_FREE);
	ASSERT_RC(CALL_RC(s, .op = OP_REPLY, .peer = c->ep), EMOLDSTDIED);
	AWAIT(slot_on(1, OTHER).p_rts_flags == SLOT_FREE);
	ASSERT_RC(CALL_RC(s, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
}
END_TEST

START_TEST(relayed_there)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *t = actor_at(_i, PROCESS, SERVER + 1);
	struct actor *c = actor_at(0, PROCESS, CLIENT);
	struct result r;

	START(c, .op = OP_SENDREC, .peer = s->ep, .ms = -1, MESSAGE(1));
	r = CALL(s, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	r.m.m1_i1 = 2;
	ASSERT_RC(CALL_RC(s, .op = OP_RELAY, .peer = t->ep, .m = r.m), OK);
	r = CALL(t, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, c->ep);
	ck_assert_int_eq(r.m.m1_i1, 2);
	ASSERT_RC(CALL_RC(s, .op = OP_REPLY, .peer = c->ep), EMOLNOTREADY);
	ASSERT_RC(CALL_RC(t, .op = OP_REPLY, .peer = c->ep, .m = r.m), OK);
	r = actor_end(c);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, t->ep);
}
END_TEST

/* The first server ends, and the second writes into the client's memory. */
START_TEST(relayed_and_served)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *t = actor_at(1, PROCESS, SERVER + 1);
	struct actor *c = actor_at(0, PROCESS, CLIENT);
	struct result r;

	START(c, .op = OP_SENDREC, .peer = s->ep, .ms = -1, MESSAGE(1));
	r = CALL(s, .op = OP_RCVRQST, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ASSERT_RC(CALL_RC(s, .op = OP_RELAY, .peer = t->ep, .m = r.m), OK);
	actor_kill(s);
	AWAIT(slot_is(SERVER, SLOT_FREE));
	ASSERT_RC(CALL_RC(t, .op = OP_RCVRQST, .ms = -1), OK);
	ASSERT_RC(CALL_RC(t, VCOPY(SELF, source, c->ep, sink, sizeof(sink))),
		  OK);
	ASSERT_RC(CALL_RC(t, .op = OP_REPLY, .peer = c->ep), OK);
	ASSERT_RC(actor_end(c).rc, OK);
}
END_TEST

START_TEST(link_breaks)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);

	all_wait_for(s);
	cluster_cut(0, 1);
	ASSERT_RC(actor_end(requester).rc, EMOLNOTCONN);
	ASSERT_RC(actor_end(sender).rc, EMOLNOTCONN);
	ASSERT_RC(actor_end(receiver).rc, EMOLNOTCONN);
	ASSERT_RC(CALL_RC(requester, .op = OP_SEND, .peer = s->ep, .ms = -1),
		  EMOLNOTCONN);
	ASSERT_RC(CALL_RC(s, .op = OP_REPLY, .peer = requester->ep),
		  EMOLNOTCONN);
	ASSERT_RC(CALL_RC(s, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
	cluster_mend(0, 1);
	START(requester, .op = OP_SENDREC, .peer = s->ep, .ms = -1, MESSAGE(1));
	ASSERT_RC(CALL_RC(s, .op = OP_RCVRQST, .ms = -1), OK);
	ASSERT_RC(CALL_RC(s, .op = OP_REPLY, .peer = requester->ep), OK);
	ASSERT_RC(actor_end(requester).rc, OK);
}
END_TEST

/* How many commands for node 0 have been taken from node 1 */
static uint64_t nr_taken(void)
{
	node_usr_t node = { .n_nodeid = 0 };

	ASSERT_RC(raw_ioctl(cluster_fd(1), M3IPC_IOC_GETNODEINFO, &node), OK);
	return node.n_pxsent;
}

/*
 * What ends while its node cannot be reached is heard of afterwards; also if
 * the word was on the way when the link broke.
 */
START_TEST(dies_unheard)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct actor *c = actor_at(0, PROCESS, CLIENT);
	uint64_t before = nr_taken();

	if (_i) {
		cluster_hold();
		actor_kill(s);
		AWAIT(nr_taken() > before);
		cluster_cut(0, 1);
		cluster_go_on();
	} else {
		cluster_cut(0, 1);
		actor_kill(s);
	}
	ASSERT_RC(CALL_RC(c, .op = OP_RECEIVE, .peer = s->ep, .ms = -1),
		  EMOLNOTCONN);
	cluster_mend(0, 1);
	ASSERT_RC(CALL_RC(c, .op = OP_RECEIVE, .peer = s->ep, .ms = -1),
		  EMOLSRCDIED);
}
END_TEST

/* A node that no longer wants to know of a process tells it so. */
START_TEST(no_longer_known)
{
	struct actor *s = actor_at(1, PROCESS, SERVER);
	struct m3ipc_vmnode node = { .vmid = VMID, .nodeid = 0 };
	int end;

	all_wait_for(s);
	if (_i)
		ASSERT_RC(raw_ioctl(cluster_fd(1), M3IPC_IOC_DEL_NODE, &node),
			  OK);
	else
		ASSERT_RC(raw_unbind(cluster_fd(1), VMID, requester->ep), OK);
	end = _i ? EMOLNOVMNODE : EMOLNOTBIND;
	ASSERT_RC(actor_end(requester).rc, end);
	if (!_i)
		ASSERT_RC(raw_unbind(cluster_fd(1), VMID, sender->ep), OK);
	ASSERT_RC(actor_end(sender).rc, end);
}
END_TEST

/* Ends of others are told all the time: binds and unbinds slot after slot. */
static void come_and_go(void *arg)
{
	int *slot = arg;

	for (;;) {
		int ep = raw_bind(cluster_fd(1), *slot);

		ck_assert_int_gt(ep, 0);
		ASSERT_RC(raw_unbind(cluster_fd(1), VMID, ep), OK);
		/* No generation comes again soon: the next slot */
		*slot = *slot < 150 ? *slot + 2 : *slot - 78;
	}
}

/* A server answers and ends: its client has the answer all the same. */
START_TEST(last_words)
{
	struct actor *s = actor_at(1, PROCESS, OTHER);
	struct actor *c = actor_at(0, PROCESS, CLIENT);
	int slots[2] = { 72, 73 };
	pid_t pids[2];
	int i;

	for (i = 0; i < 2; i++)
		pids[i] = child_start(come_and_go, &slots[i]);
	for (i = 0; i < 300; i++) {
		cluster_enter(0, s);
		START(c, .op = OP_SENDREC, .peer = s->ep, .ms = -1, MESSAGE(i));
		ASSERT_RC(CALL_RC(s, .op = OP_RCVRQST, .ms = -1), OK);
		ASSERT_RC(CALL_RC(s, .op = OP_REPLY, .peer = c->ep), OK);
		ASSERT_RC(CALL_RC(s, .op = OP_UNBIND, .peer = SELF), OK);
		s->ep = CALL_RC(s, .op = OP_BIND, .peer = OTHER);
		ck_assert_int_gt(s->ep, 0);
		ASSERT_RC(actor_end(c).rc, OK);
	}
	for (i = 0; i < 2; i++)
		child_kill(pids[i]);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ send_then_receive, 1 },   { receive_then_send, 1 },
		{ request_and_reply, 1 },   { notification, 1 },
		{ time_passes, 1 },         { late_answer, 1 },
		{ server_dies, 1 },         { client_dies, 1 },
		{ relayed_there, 2 },       { link_breaks, 1 },
		{ relayed_and_served, 1 },  { dies_unheard, 2 },
		{ no_longer_known, 2 },     { later_answer, 1 },
		{ answers_do_not_wait, 1 }, { relayed_to_forbidden, 4 },
		{ last_words, 1 },
	};

	stage_init();
	return RUN_TESTS("remote", 60, set_up, cluster_down, tests);
}
