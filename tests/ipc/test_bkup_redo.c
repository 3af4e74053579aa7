// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VM in which requests that a lost node has not answered wait for a backup:
 * what waits, what does not, and how it goes on.
 */
#include <sys/syscall.h>

#include "migr.h"
#include "raw.h"

#define NODES   3
#define HOME    1 /* of the primary */
#define AWAY    2 /* of its backup */
#define PRIMARY 10
#define CLIENT  20

#define TEXT(number) .m = { .m_type = 7, .m1_i1 = (number) }

static struct actor *primary, *backup, *client;

static void set_up(void)
{
	cluster_up_with(NODES, VM_FLAG_REDO);
}

static void cast(int at)
{
	primary = actor_at(HOME, PROCESS, PRIMARY);
	client = actor_at(at, PROCESS, CLIENT);
	backup = spare_at(AWAY);
	ASSERT_RC(migr_stand_by(AWAY, backup->pid, PRIMARY, HOME), OK);
	AWAIT(slot_on(0, PRIMARY).p_nodemap == (1 << HOME | 1 << AWAY));
}

static void lose_home(void)
{
	cluster_cut(HOME, 0);
	cluster_cut(HOME, AWAY);
}

static void promote(void)
{
	ASSERT_RC(migr_start(0, PRIMARY), OK);
	ASSERT_RC(migr_start(AWAY, PRIMARY), OK);
	ASSERT_RC(migr_commit(0, PROC_NO_PID, PRIMARY, AWAY), OK);
	ASSERT_RC(migr_commit(AWAY, backup->pid, PRIMARY, AWAY), OK);
}

static void client_waits(uint32_t flags)
{
	AWAIT(slot_on(client->nodeid, CLIENT).p_rts_flags ==
	      (flags | WAITMIGR));
}

/* m has the request, as it was. */
static void answer(struct actor *m)
{
	struct result r = CALL(m, .op = OP_RCVRQST, .ms = -1);

	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, CLIENT);
	ck_assert_int_eq(r.m.m1_i1, 1);
	ASSERT_RC(CALL_RC(m, .op = OP_REPLY, .peer = CLIENT, TEXT(2)), OK);
	r = actor_end(client);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, PRIMARY);
	ck_assert_int_eq(r.m.m1_i1, 2);
}

static int client_node(int i)
{
	return i % 2 ? AWAY : 0;
}

/* A request, taken or not, is sent again to the backup that takes over. */
START_TEST(request)
{
	cast(client_node(_i));
	START(client, .op = OP_SENDREC, .peer = PRIMARY, .ms = -1, TEXT(1));
	if (_i / 2)
		ASSERT_RC(CALL_RC(primary, .op = OP_RCVRQST, .ms = -1), OK);
	else
		AWAIT(slot_on(HOME, CLIENT).p_rts_flags & SENDING);
	lose_home();
	client_waits(SENDING | RECEIVING);
	promote();
	answer(backup);
	ASSERT_RC(CALL_RC(backup, .op = OP_RECEIVE, .peer = ANY, .ms = 0),
		  EMOLAGAIN);
}
END_TEST

/* A message that waited there, and one that comes in between */
START_TEST(plain_message)
{
	struct result r;

	cast(client_node(_i));
	if (_i / 2) {
		lose_home();
		AWAIT(slot_on(client->nodeid, PRIMARY).p_rts_flags & MIGRATING);
	}
	START(client, .op = OP_SEND, .peer = PRIMARY, .ms = -1, TEXT(1));
	if (!(_i / 2)) {
		AWAIT(slot_on(HOME, CLIENT).p_rts_flags & SENDING);
		lose_home();
	}
	client_waits(SENDING);
	promote();
	r = CALL(backup, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m1_i1, 1);
	ASSERT_RC(actor_end(client).rc, OK);
}
END_TEST

/* The node is there again before anybody has taken its place. */
START_TEST(comes_back)
{
	cast(client_node(_i));
	START(client, .op = OP_SENDREC, .peer = PRIMARY, .ms = -1, TEXT(1));
	AWAIT(slot_on(HOME, CLIENT).p_rts_flags & SENDING);
	lose_home();
	client_waits(SENDING | RECEIVING);
	cluster_mend(HOME, 0);
	cluster_mend(HOME, AWAY);
	answer(primary);
	ck_assert_uint_eq(slot_on(client->nodeid, PRIMARY).p_rts_flags, REMOTE);
}
END_TEST

/* Nobody takes its place: who administers the VM says so; or time is over. */
START_TEST(in_vain)
{
	bool late = _i / 2;

	cast(client_node(_i));
	START(client, .op = OP_SENDREC, .peer = PRIMARY, .ms = late ? 500 : -1,
	      TEXT(1));
	AWAIT(slot_on(HOME, CLIENT).p_rts_flags & SENDING);
	lose_home();
	client_waits(SENDING | RECEIVING);
	if (!late)
		ASSERT_RC(migr_rollback(client->nodeid, PRIMARY), OK);
	ASSERT_RC(actor_end(client).rc, late ? EMOLTIMEDOUT : EMOLNOTCONN);
}
END_TEST

/* What waits for something of it, and without a backup all, is told. */
START_TEST(told)
{
	cast(client_node(_i));
	if (_i / 2) {
		actor_kill(backup);
		AWAIT(slot_on(client->nodeid, PRIMARY).p_nodemap == 1 << HOME);
	}
	START(client, .op = _i / 2 ? OP_SENDREC : OP_RECEIVE, .peer = PRIMARY,
	      .ms = -1, TEXT(1));
	if (_i / 2)
		AWAIT(slot_on(HOME, CLIENT).p_rts_flags & SENDING);
	else
		actor_await(client, RECEIVING);
	lose_home();
	ASSERT_RC(actor_end(client).rc, EMOLNOTCONN);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ request, 4 }, { plain_message, 4 }, { comes_back, 2 },
		{ in_vain, 4 }, { told, 4 },
	};

	stage_init();
	return RUN_TESTS("requests again", 60, set_up, cluster_down, tests);
}
