// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Notifications: what they say, in which order they are received, who may send
 * them, and to whom.
 */
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "cluster.h"
#include "roles.h"

#define USER_NR      101
#define THIRD_NR     102
#define LOW_NR       5
#define HIGH_NR      25
#define FAR_NR       26
#define MESSENGER_NR 27
#define TASK_NR      CLOCK

static struct actor *user, *low, *high, *task;

static void cast(void)
{
	user = role_new(true, PROCESS, USER_NR);
	high = role_new(false, PROCESS, HIGH_NR);
	low = role_new(false, PROCESS, LOW_NR);
	task = role_new(false, PROCESS, TASK_NR);
}

/*
 * Waits until what has been sent to user's node is there: commands arrive in
 * order, and this one, whose answer comes back, does nothing.
 */
static void settle(void)
{
	static struct actor *messenger;

	if (!peer_is_remote())
		return;
	if (!messenger)
		messenger = role_new(false, PROCESS, MESSENGER_NR);
	ASSERT_RC(CALL_RC(messenger, .op = OP_SEND, .peer = user->ep),
		  EMOLAGAIN);
}

static int notify(struct actor *a, int dst, int value)
{
	return CALL_RC(a, .op = OP_NOTIFY, .peer = dst, .value = value);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static int64_t time_of(const message *m)
{
	return m->m9_t1.tv_sec * 1000000000L + m->m9_t1.tv_nsec;
}

/* What user gets from src now */
static message receive(int src)
{
	struct result r;

	settle();
	r = CALL(user, .op = OP_RECEIVE, .peer = src);
	ASSERT_RC(r.rc, OK);
	return r.m;
}

#define ASSERT_NOTIFICATION(msg, nr, value, count)            \
	do {                                                  \
		message m_ = (msg);                           \
		ck_assert_int_eq(m_.m_source, (nr));          \
		ck_assert_int_eq(m_.m_type, NOTIFY_FROM(nr)); \
		ck_assert_int_eq(m_.m9_i1, (value));          \
		ck_assert_int_eq(m_.m9_l1, (count));          \
	} while (0)

static void assert_none(void)
{
	settle();
	ASSERT_RC(CALL_RC(user, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
}

/* What it says */

START_TEST(waited_for)
{
	int64_t before = now_ns();
	struct result r;

	cast();
	START(user, .op = _i ? OP_RCVRQST : OP_RECEIVE, .peer = ANY,
	      .ms = PATIENCE, .m = text_message(1, "to be overwritten"));
	actor_await(user, RECEIVING);
	ASSERT_RC(notify(low, user->ep, 0x11), OK);
	r = actor_end(user);
	ASSERT_RC(r.rc, OK);
	ASSERT_NOTIFICATION(r.m, LOW_NR, 0x11, 1);
	ck_assert(time_of(&r.m) >= before && time_of(&r.m) <= now_ns());
	ck_assert_int_eq(NOTIFY_FROM(LOW_NR), 0x1000 | (LOW_NR + 67));
	assert_none();
}
END_TEST

START_TEST(merged)
{
	int64_t before, after;
	message m;
	int i;

	cast();
	before = now_ns();
	ASSERT_RC(notify(low, user->ep, 1), OK);
	after = now_ns();
	for (i = 1; i < 10; i++)
		ASSERT_RC(notify(low, user->ep, 1 << i), OK);
	m = receive(ANY);
	ASSERT_NOTIFICATION(m, LOW_NR, 0x3ff, 10);
	/* The time is that of the first. */
	ck_assert(time_of(&m) >= before && time_of(&m) <= after);
	assert_none();
	/* Nothing of it is left in the next. */
	ASSERT_RC(notify(low, user->ep, INT_MIN), OK);
	ASSERT_NOTIFICATION(receive(ANY), LOW_NR, INT_MIN, 1);
	ASSERT_RC(notify(low, user->ep, 0), OK);
	ASSERT_NOTIFICATION(receive(ANY), LOW_NR, 0, 1);
}
END_TEST

/* In which order */

START_TEST(lowest_first)
{
	struct result r;

	cast();
	if (peer_is_remote()) { /* whose the names are is known there */
		role_new(false, PROCESS, IDLE);
		role_new(false, PROCESS, FIRST_USER_NR - 1);
	}
	START(task, .op = OP_SEND, .peer = user->ep, .ms = PATIENCE);
	actor_await(task, SENDING);
	ASSERT_RC(notify(high, user->ep, 0), OK);
	ASSERT_RC(notify(low, user->ep, 0), OK);
	ASSERT_RC(mnx_hdw_notify(VMID, user->ep), OK);
	ASSERT_RC(CALL_RC(high, .op = OP_NOTIFY, .peer = user->ep,
			  .src_nr = IDLE),
		  OK);
	ASSERT_RC(CALL_RC(high, .op = OP_NOTIFY, .peer = user->ep,
			  .src_nr = FIRST_USER_NR - 1),
		  OK);
	ASSERT_NOTIFICATION(receive(ANY), IDLE, 0, 1);
	ASSERT_NOTIFICATION(receive(ANY), HARDWARE, 0, 1);
	ASSERT_NOTIFICATION(receive(ANY), LOW_NR, 0, 1);
	r = CALL(user, .op = OP_RCVRQST);
	ASSERT_RC(r.rc, OK);
	ASSERT_NOTIFICATION(r.m, HIGH_NR, 0, 1);
	ASSERT_NOTIFICATION(receive(ANY), FIRST_USER_NR - 1, 0, 1);
	/* Messages come after all notifications. */
	ck_assert_int_eq(receive(ANY).m_source, TASK_NR);
	ASSERT_RC(actor_end(task).rc, OK);
}
END_TEST

START_TEST(before_own_message)
{
	cast();
	ASSERT_RC(notify(low, user->ep, 0), OK);
	START(low, .op = OP_SEND, .peer = user->ep, .ms = PATIENCE,
	      .m.m_type = 3);
	actor_await(low, SENDING);
	ASSERT_NOTIFICATION(receive(low->ep), LOW_NR, 0, 1);
	ck_assert_int_eq(receive(low->ep).m_type, 3);
	ASSERT_RC(actor_end(low).rc, OK);
}
END_TEST

/* It comes before its source's next message, also on the way to a node. */
START_TEST(before_next_message)
{
	bool far = peer_is_remote();
	struct result r;

	cast();
	START(user, .op = OP_RECEIVE, .peer = high->ep, .ms = PATIENCE);
	actor_await(user, RECEIVING);
	if (far)
		cluster_hold();
	ASSERT_RC(notify(low, user->ep, 0), OK);
	ASSERT_RC(notify(task, user->ep, 0), OK);
	ASSERT_RC(notify(high, user->ep, 5), OK);
	START(high, .op = OP_SEND, .peer = user->ep, .ms = PATIENCE,
	      .m.m_type = 3);
	actor_await(high, far ? SENDING | RMTOPER : SENDING);
	if (far)
		cluster_go_on();
	r = actor_end(user);
	ASSERT_RC(r.rc, OK);
	ASSERT_NOTIFICATION(r.m, HIGH_NR, 5, 1);
	ck_assert_int_eq(receive(high->ep).m_type, 3);
	ASSERT_RC(actor_end(high).rc, OK);
	ASSERT_NOTIFICATION(receive(ANY), TASK_NR, 0, 1);
	ASSERT_NOTIFICATION(receive(ANY), LOW_NR, 0, 1);
	assert_none();
}
END_TEST

START_TEST(of_one_source)
{
	struct result r;

	cast();
	ASSERT_RC(notify(high, user->ep, 0), OK);
	ASSERT_RC(CALL_RC(user, .op = OP_RECEIVE, .peer = low->ep), EMOLAGAIN);
	START(user, .op = OP_RECEIVE, .peer = low->ep, .ms = PATIENCE);
	actor_await(user, RECEIVING);
	ASSERT_RC(notify(task, user->ep, 0), OK);
	ASSERT_RC(notify(high, user->ep, 0), OK);
	settle();
	ck_assert(slot_is(USER_NR, RECEIVING));
	ASSERT_RC(notify(low, user->ep, 7), OK);
	r = actor_end(user);
	ASSERT_RC(r.rc, OK);
	ASSERT_NOTIFICATION(r.m, LOW_NR, 7, 1);
	ASSERT_NOTIFICATION(receive(high->ep), HIGH_NR, 0, 2);
	ASSERT_NOTIFICATION(receive(ANY), TASK_NR, 0, 1);
}
END_TEST

/* An answer is not to be taken for a notification, nor the other way round. */
START_TEST(not_for_the_answer)
{
	struct result r;

	cast();
	START(user, .op = OP_SENDREC, .peer = low->ep, .ms = PATIENCE);
	actor_await(user, SENDING | RECEIVING);
	ASSERT_RC(notify(low, user->ep, 1), OK);
	ASSERT_RC(CALL_RC(low, .op = OP_RCVRQST), OK);
	ASSERT_RC(notify(low, user->ep, 2), OK);
	ASSERT_RC(notify(high, user->ep, 4), OK);
	settle();
	ck_assert(slot_is(USER_NR, RECEIVING));
	ASSERT_RC(CALL_RC(low, .op = OP_REPLY, .peer = user->ep, .m.m_type = 8),
		  OK);
	r = actor_end(user);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_type, 8);
	ASSERT_NOTIFICATION(receive(ANY), LOW_NR, 3, 2);
	ASSERT_NOTIFICATION(receive(ANY), HIGH_NR, 4, 1);
}
END_TEST

/* HARDWARE is nobody and can be waited for; it may also be somebody. */
START_TEST(of_hardware)
{
	struct actor *hardware = NULL;
	struct result r;

	cast();
	if (_i)
		hardware = role_new(false, PROCESS, HARDWARE);
	START(user, .op = OP_RECEIVE, .peer = HARDWARE, .ms = PATIENCE);
	actor_await(user, RECEIVING);
	ASSERT_RC(notify(low, user->ep, 0), OK);
	settle();
	ck_assert(slot_is(USER_NR, RECEIVING));
	ASSERT_RC(mnx_hdw_notify(VMID, user->ep), OK);
	r = actor_end(user);
	ASSERT_RC(r.rc, OK);
	ASSERT_NOTIFICATION(r.m, HARDWARE, 0, 1);
	ASSERT_RC(mnx_hdw_notify(VMID, user->ep), OK);
	ASSERT_RC(mnx_hdw_notify(VMID, user->ep), OK);
	ASSERT_NOTIFICATION(receive(HARDWARE), HARDWARE, 0, 2);
	ASSERT_RC(CALL_RC(user, .op = OP_RECEIVE, .peer = HARDWARE,
			  .ms = SHORT),
		  EMOLTIMEDOUT);
	if (hardware) {
		START(user, .op = OP_RECEIVE, .peer = HARDWARE, .ms = PATIENCE);
		actor_await(user, RECEIVING);
		actor_kill(hardware);
		ASSERT_RC(actor_end(user).rc, EMOLSRCDIED);
	}
}
END_TEST

/* Pending ones remain when their source is gone; not when their target is. */

START_TEST(source_dies)
{
	cast();
	ASSERT_RC(notify(low, user->ep, 6), OK);
	ASSERT_RC(notify(high, user->ep, 5), OK);
	actor_kill(low);
	actor_kill(high);
	slot_await(LOW_NR, SLOT_FREE);
	ASSERT_NOTIFICATION(receive(LOW_NR), LOW_NR, 6, 1);
	ASSERT_RC(CALL_RC(user, .op = OP_RECEIVE, .peer = LOW_NR), EMOLSRCDIED);
	ASSERT_NOTIFICATION(receive(ANY), HIGH_NR, 5, 1);
	assert_none();
}
END_TEST

START_TEST(target_is_bound_anew)
{
	struct actor *far = role_new(true, PROCESS, FAR_NR);

	cast();
	ASSERT_RC(notify(low, far->ep, 6), OK);
	settle();
	ASSERT_RC(CALL_RC(far, .op = OP_UNBIND, .peer = SELF), OK);
	ck_assert_int_eq(CALL_RC(far, .op = OP_BIND, .peer = FAR_NR), FAR_NR);
	ASSERT_RC(CALL_RC(far, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
}
END_TEST

/* Who may */

START_TEST(in_whose_name)
{
	int ep;

	cast();
	ep = user->ep;
	ASSERT_RC(notify(user, low->ep, 0), EMOLPRIVILEGES);
	ASSERT_RC(CALL_RC(user, .op = OP_NOTIFY, .peer = low->ep,
			  .src_nr = HIGH_NR),
		  EMOLPRIVILEGES);
	/* Not even towards one that does not exist */
	ASSERT_RC(notify(user, NONE, 0), EMOLPRIVILEGES);
	ASSERT_RC(CALL_RC(low, .op = OP_NOTIFY, .peer = ep, .src_nr = HIGH_NR,
			  .value = 9),
		  OK);
	ASSERT_NOTIFICATION(receive(ANY), HIGH_NR, 9, 1);
	ASSERT_RC(CALL_RC(task, .op = OP_NOTIFY, .peer = ep, .src_nr = SELF),
		  OK);
	ASSERT_NOTIFICATION(receive(ANY), TASK_NR, 0, 1);
	/* In that of the target: it is not the one who calls. */
	ASSERT_RC(CALL_RC(task, .op = OP_NOTIFY, .peer = LOW_NR,
			  .src_nr = LOW_NR),
		  OK);
}
END_TEST

static const int no_sources[] = { FIRST_USER_NR, USER_NR, IDLE - 1, INT_MAX,
				  INT_MIN,       ANY,     NONE };

START_TEST(no_source)
{
	cast();
	ASSERT_RC(CALL_RC(low, .op = OP_NOTIFY, .peer = user->ep,
			  .src_nr = no_sources[_i]),
		  EMOLRANGE);
	ASSERT_RC(CALL_RC(task, .op = OP_NOTIFY, .peer = user->ep,
			  .src_nr = no_sources[_i]),
		  EMOLRANGE);
	assert_none();
}
END_TEST

START_TEST(no_target)
{
	cast();
	ASSERT_RC(notify(low, low->ep, 0), EMOLENDPOINT);
	ASSERT_RC(notify(low, ANY, 0), EMOLENDPOINT);
	ASSERT_RC(notify(low, NONE, 0), EMOLENDPOINT);
	ASSERT_RC(notify(low, SELF, 0), EMOLENDPOINT);
	ASSERT_RC(notify(low, _ENDPOINT(1, NR_PROCS), 0), EMOLENDPOINT);
	ASSERT_RC(notify(low, _ENDPOINT(2, USER_NR), 0), EMOLDSTDIED);
	ASSERT_RC(notify(low, _ENDPOINT(1, THIRD_NR), 0), EMOLDSTDIED);
	ASSERT_RC(notify(low, PM_PROC_NR, 0), EMOLDSTDIED);
	ASSERT_RC(mnx_hdw_notify(VMID, _ENDPOINT(1, NR_PROCS)), EMOLENDPOINT);
	ASSERT_RC(mnx_hdw_notify(VMID, PM_PROC_NR), EMOLDSTDIED);
	ASSERT_RC(mnx_hdw_notify(VMID, _ENDPOINT(2, USER_NR)), EMOLDSTDIED);
	assert_none();
}
END_TEST

/* In the library's other forms */
static int by_name(struct call *call)
{
	REQUIRE(mnx_notify(call->peer) == OK);
	REQUIRE(mnx_src_notify(HIGH_NR, call->peer) == OK);
	REQUIRE(mnx_src_notify(SELF, call->peer) == OK);
	REQUIRE(mnx_ntfy_value(SELF, call->peer, 5) == OK);
	return OK;
}

START_TEST(each_call)
{
	cast();
	ASSERT_RC(CALL_RC(low, .op = OP_RUN, .run = by_name, .peer = user->ep),
		  OK);
	ASSERT_NOTIFICATION(receive(ANY), LOW_NR, 5, 3);
	ASSERT_NOTIFICATION(receive(ANY), HIGH_NR, 0, 1);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ waited_for, 2 },          { merged, 1 },
		{ lowest_first, 1 },        { before_own_message, 1 },
		{ before_next_message, 1 }, { of_one_source, 1 },
		{ not_for_the_answer, 1 },  { of_hardware, 2 },
		{ source_dies, 1 },         { target_is_bound_anew, 1 },
		{ in_whose_name, 1 },       { no_source, 7 },
		{ no_target, 1 },           { each_call, 1 },
	};

	stage_init();
	return RUN_ROLES("notifications", roles_up, roles_down, tests);
}
