// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each primitive, when it does not wait, against each state of its peer.
 *
 * A row says what the primitive returns for each state; what else must be true
 * follows from that: a message that has passed is in the peer, unchanged and
 * from me; an error leaves the peer as it was.
 */
#include "roles.h"

#define DST_ROW                                             \
	[FREE_SLOT] = EMOLDSTDIED, [STALE] = EMOLDSTDIED,   \
	[KILLED] = EMOLDSTDIED, [IS_MYSELF] = EMOLENDPOINT, \
	[IS_ANY] = EMOLENDPOINT, [IS_NONE] = EMOLENDPOINT,  \
	[IS_SELF] = EMOLENDPOINT, [OUTSIDE] = EMOLENDPOINT

/* What a server's wait says behind an answer: nothing there, or a request */
#define ALL_LIVE(rc)                                                   \
	[RUNS] = rc, [RECEIVES_ANY] = rc, [RECEIVES_ME] = rc,          \
	[RECEIVES_OTHER] = rc, [TAKES_REQUESTS] = rc, [SENDS_ME] = rc, \
	[REQUESTS_ME] = rc, [AWAITS_ME] = rc, [SENDS_OTHER] = rc,      \
	[REQUESTS_OTHER] = rc, [AWAITS_OTHER] = rc

#define ALL(rc)                                                        \
	ALL_LIVE(rc), [FREE_SLOT] = rc, [STALE] = rc, [KILLED] = rc,   \
		      [IS_MYSELF] = rc, [IS_ANY] = rc, [IS_NONE] = rc, \
		      [IS_SELF] = rc, [OUTSIDE] = rc

#pragma GCC diagnostic ignored "-Woverride-init"

static const struct row {
	const char *name;
	enum op op;
	bool any; /* names ANY instead of the peer */
	int rc[NR_STATES];
	int reply_rc[NR_STATES];
} rows[] = {
	{ .name = "send",
	  .op = OP_SEND,
	  .rc = { ALL_LIVE(EMOLAGAIN), DST_ROW, [RECEIVES_ANY] = OK,
		  [RECEIVES_ME] = OK, [AWAITS_ME] = OK } },
	{ .name = "sendrec",
	  .op = OP_SENDREC,
	  .rc = { ALL_LIVE(EMOLAGAIN), DST_ROW } },
	{ .name = "receive",
	  .op = OP_RECEIVE,
	  .rc = { ALL_LIVE(EMOLAGAIN),
		  DST_ROW, [IS_ANY] = EMOLAGAIN, [FREE_SLOT] = EMOLSRCDIED,
		  [STALE] = EMOLSRCDIED, [KILLED] = EMOLSRCDIED,
		  [SENDS_ME] = OK, [REQUESTS_ME] = OK } },
	{ .name = "receive from any",
	  .op = OP_RECEIVE,
	  .any = true,
	  .rc = { ALL(EMOLAGAIN), [SENDS_ME] = OK, [REQUESTS_ME] = OK } },
	{ .name = "rcvrqst",
	  .op = OP_RCVRQST,
	  .rc = { ALL(EMOLAGAIN), [REQUESTS_ME] = OK } },
	{ .name = "reply",
	  .op = OP_REPLY,
	  .rc = { ALL_LIVE(EMOLNOTREADY),
		  DST_ROW, [RECEIVES_ME] = OK, [AWAITS_ME] = OK } },
	{ .name = "reply_rcvrqst",
	  .op = OP_REPLY_RCVRQST,
	  .rc = { ALL(EMOLAGAIN), [REQUESTS_ME] = OK,
		  [IS_MYSELF] = EMOLENDPOINT, [IS_ANY] = EMOLENDPOINT,
		  [IS_SELF] = EMOLENDPOINT, [OUTSIDE] = EMOLENDPOINT },
	  .reply_rc = { ALL_LIVE(EMOLNOTREADY), DST_ROW, [IS_NONE] = OK,
			[RECEIVES_ME] = OK, [AWAITS_ME] = OK } },
	{ .name = "notify", .op = OP_NOTIFY, .rc = { ALL_LIVE(OK), DST_ROW } },
};

#define NR_ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

/* Only its own node knows of one that receives: none is answered from afar. */
static bool is_answer_from_afar(const struct row *row, enum state state)
{
	return peer_is_remote() && state == RECEIVES_ME &&
	       (row->op == OP_REPLY || row->op == OP_REPLY_RCVRQST);
}

static int wanted_rc(const struct row *row, enum state state)
{
	return row->op == OP_REPLY && is_answer_from_afar(row, state) ?
		       EMOLNOTREADY :
		       row->rc[state];
}

static int wanted_reply_rc(const struct row *row, enum state state)
{
	return is_answer_from_afar(row, state) ? EMOLNOTREADY :
						 row->reply_rc[state];
}

/* Does the peer get a message from me? */
static bool passes_to_peer(const struct row *row, enum state state)
{
	if (is_answer_from_afar(row, state))
		return false;
	switch (row->op) {
	case OP_SEND:
	case OP_REPLY:
		return row->rc[state] == OK;
	case OP_REPLY_RCVRQST:
		return state < NR_LIVE_STATES && row->reply_rc[state] == OK;
	case OP_NOTIFY:
		return state == RECEIVES_ANY || state == RECEIVES_ME ||
		       state == TAKES_REQUESTS;
	default:
		return false;
	}
}

/* Do I get one of the peer? */
static bool passes_to_me(const struct row *row, enum state state)
{
	return row->rc[state] == OK &&
	       (row->op == OP_RECEIVE || row->op == OP_RCVRQST ||
		row->op == OP_REPLY_RCVRQST);
}

static void check_peer(const struct row *row, enum state state)
{
	struct result r;

	if (passes_to_peer(row, state)) {
		r = actor_end(peer);
		ASSERT_RC(r.rc, OK);
		if (row->op == OP_NOTIFY)
			ck_assert_int_eq(r.m.m_type, NOTIFY_FROM(ME_NR));
		else
			ASSERT_MESSAGE(r.m, me->ep, 7, "from me");
		actor_await(peer, 0);
	} else if (passes_to_me(row, state) && state == SENDS_ME) {
		ASSERT_RC(actor_end(peer).rc, OK);
		actor_await(peer, 0);
	} else if (passes_to_me(row, state)) {
		ck_assert(slot_is(PEER_NR, RECEIVING));
	} else if (state < NR_LIVE_STATES) {
		ck_assert(slot_is(PEER_NR, state_flags(state)));
	}
}

static void check_row(const struct row *row, enum kind kind, enum state state)
{
	struct result r;

	roles_set(kind, state);
	r = CALL(me, .op = row->op, .peer = row->any ? ANY : peer_ep,
		 .ms = TIMEOUT_NOWAIT, .m = text_message(7, "from me"));
	ck_assert_msg(r.rc == wanted_rc(row, state),
		      "%s, the peer %s: %s, not %s", row->name,
		      state_names[state], mnx_strerror(r.rc),
		      mnx_strerror(wanted_rc(row, state)));
	if (row->op == OP_REPLY_RCVRQST)
		ASSERT_RC(r.reply_rc, wanted_reply_rc(row, state));
	if (passes_to_me(row, state))
		ASSERT_MESSAGE(r.m, peer->ep, 50, "from the peer");
	else
		ASSERT_MESSAGE(r.m, 4711, 7, "from me");
	check_peer(row, state);
	ck_assert(slot_is(ME_NR, 0));
}

START_TEST(processes)
{
	check_row(&rows[_i / NR_STATES], PROCESS, _i % NR_STATES);
}
END_TEST

START_TEST(threads)
{
	check_row(&rows[_i / NR_LIVE_STATES], THREAD, _i % NR_LIVE_STATES);
}
END_TEST

/* relay hands a client's request to the peer. */

static const struct {
	int rc;
	bool taken; /* at once */
} relayed[NR_STATES] = {
	[RECEIVES_ANY] = { OK, true }, [TAKES_REQUESTS] = { OK, true },
	[FREE_SLOT] = { EMOLDSTDIED }, [STALE] = { EMOLDSTDIED },
	[KILLED] = { EMOLDSTDIED },    [IS_MYSELF] = { EMOLENDPOINT },
	[IS_ANY] = { EMOLENDPOINT },   [IS_NONE] = { EMOLENDPOINT },
	[IS_SELF] = { EMOLENDPOINT },  [OUTSIDE] = { EMOLENDPOINT },
};

static struct actor *client;

static void client_requests(bool far, enum kind kind)
{
	client = role_new(far, kind, CLIENT_NR);
	START(client, .op = OP_SENDREC, .peer = me->ep, .ms = TIMEOUT_FOREVER);
	actor_await(client, SENDING | RECEIVING);
	ASSERT_RC(CALL_RC(me, .op = OP_RECEIVE, .peer = client->ep), OK);
	actor_await(client, RECEIVING);
}

/* The client is on my node, or on that of the peer. */
static void check_relay(enum kind kind, enum state state, bool far)
{
	message m = text_message(8, "relayed");
	struct result r;

	roles_set(kind, state);
	client_requests(far, kind);
	m.m_source = client->ep;
	ASSERT_RC(CALL_RC(me, .op = OP_RELAY, .peer = peer_ep, .m = m),
		  relayed[state].rc);
	if (relayed[state].rc) {
		ck_assert(slot_is(CLIENT_NR, RECEIVING));
		/* It still waits for me. */
		ASSERT_RC(CALL_RC(me, .op = OP_REPLY, .peer = client->ep), OK);
		ASSERT_RC(actor_end(client).rc, OK);
		return;
	}
	if (relayed[state].taken) {
		r = actor_end(peer);
		ASSERT_RC(r.rc, OK);
		ASSERT_MESSAGE(r.m, client->ep, 8, "relayed");
		slot_becomes(CLIENT_NR, RECEIVING);
		ASSERT_RC(CALL_RC(me, .op = OP_REPLY, .peer = client->ep),
			  EMOLNOTREADY);
		ASSERT_RC(CALL_RC(peer, .op = OP_REPLY, .peer = client->ep,
				  .m = text_message(9, "the answer")),
			  OK);
		r = actor_end(client);
		ASSERT_RC(r.rc, OK);
		ASSERT_MESSAGE(r.m, peer->ep, 9, "the answer");
	} else {
		slot_becomes(CLIENT_NR, SENDING | RECEIVING);
		ck_assert(slot_is(PEER_NR, state_flags(state)));
	}
}

START_TEST(relay_processes)
{
	check_relay(PROCESS, _i % NR_STATES, _i / NR_STATES);
}
END_TEST

START_TEST(relay_threads)
{
	check_relay(THREAD, _i % NR_LIVE_STATES, _i / NR_LIVE_STATES);
}
END_TEST

int main(void)
{
	int nodes = peer_is_remote() ? 2 : 1;
	const struct test tests[] = {
		{ processes, NR_ROWS * NR_STATES },
		{ threads, NR_ROWS * NR_LIVE_STATES },
		{ relay_processes, nodes * NR_STATES },
		{ relay_threads, nodes * NR_LIVE_STATES },
	};

	stage_init();
	return RUN_ROLES("not waiting", roles_up, roles_down, tests);
}
