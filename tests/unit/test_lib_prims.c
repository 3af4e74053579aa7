// SPDX-License-Identifier: GPL-2.0-or-later
/* libmolipc: what primitives put into the message page, and take out of it */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdint.h>

#include "unit.h"

#define PEER 35767

static int reply_rc;

static int send(message *m)
{
	return mnx_send(PEER, m);
}

static int send_T(message *m)
{
	return mnx_send_T(PEER, m, 77);
}

static int receive(message *m)
{
	return mnx_receive(PEER, m);
}

static int receive_T(message *m)
{
	return mnx_receive_T(ANY, m, 0);
}

static int sendrec(message *m)
{
	return mnx_sendrec(PEER, m);
}

static int sendrec_T(message *m)
{
	return mnx_sendrec_T(PEER, m, LONG_MAX);
}

static int rcvrqst(message *m)
{
	return mnx_rcvrqst(m);
}

static int rcvrqst_T(message *m)
{
	return mnx_rcvrqst_T(m, 78);
}

static int reply(message *m)
{
	return mnx_reply(PEER, m);
}

static int reply_T(message *m)
{
	return mnx_reply_T(PEER, m, 79);
}

static int reply_rcvrqst(message *m)
{
	return mnx_reply_rcvrqst(PEER, m, &reply_rc);
}

static int reply_rcvrqst_T(message *m)
{
	return mnx_reply_rcvrqst_T(NONE, m, NULL, 79);
}

static int relay(message *m)
{
	return mnx_relay(PEER, m);
}

static int notify(message *m)
{
	(void)m;
	return mnx_notify(PEER);
}

static int src_notify(message *m)
{
	(void)m;
	return mnx_src_notify(-3, PEER);
}

static int ntfy_value(message *m)
{
	(void)m;
	return mnx_ntfy_value(4, PEER, INT_MIN);
}

enum {
	IN = 1,
	OUT = 2,
	TIMED = 4
};

static const struct {
	int (*call)(message *m);
	unsigned long request;
	int flags;
	int peer;
	long timeout;
	int src_nr;
	int value;
} prims[] = {
	{ send, M3IPC_IOC_SEND, IN | TIMED, PEER, -1, 0, 0 },
	{ send_T, M3IPC_IOC_SEND, IN | TIMED, PEER, 77, 0, 0 },
	{ receive, M3IPC_IOC_RECEIVE, OUT | TIMED, PEER, -1, 0, 0 },
	{ receive_T, M3IPC_IOC_RECEIVE, OUT | TIMED, ANY, 0, 0, 0 },
	{ sendrec, M3IPC_IOC_SENDREC, IN | OUT | TIMED, PEER, -1, 0, 0 },
	{ sendrec_T, M3IPC_IOC_SENDREC, IN | OUT | TIMED, PEER, LONG_MAX, 0,
	  0 },
	{ rcvrqst, M3IPC_IOC_RCVRQST, OUT | TIMED, ANY, -1, 0, 0 },
	{ rcvrqst_T, M3IPC_IOC_RCVRQST, OUT | TIMED, ANY, 78, 0, 0 },
	{ reply, M3IPC_IOC_REPLY, IN, PEER, 0, 0, 0 },
	{ reply_T, M3IPC_IOC_REPLY, IN, PEER, 0, 0, 0 },
	{ reply_rcvrqst, M3IPC_IOC_REPLY_RCVRQST, IN | OUT | TIMED, PEER, -1, 0,
	  0 },
	{ reply_rcvrqst_T, M3IPC_IOC_REPLY_RCVRQST, IN | OUT | TIMED, NONE, 79,
	  0, 0 },
	{ relay, M3IPC_IOC_RELAY, IN, PEER, 0, 0, 0 },
	{ notify, M3IPC_IOC_NOTIFY, 0, PEER, 0, SELF, 0 },
	{ src_notify, M3IPC_IOC_NOTIFY, 0, PEER, 0, -3, 0 },
	{ ntfy_value, M3IPC_IOC_NOTIFY, 0, PEER, 0, 4, INT_MIN },
};

/* What the driver hands out */
static message answer;

static int hand_out(unsigned int nr, struct m3ipc_call *call)
{
	(void)nr;
	call->msg = answer;
	call->reply_rc = OK;
	return 0;
}

/* A driver that fails writes into the page all the same. */
static int fail_all(unsigned int nr, struct m3ipc_call *call)
{
	(void)nr;
	call->msg = answer;
	return EMOLDSTDIED;
}

START_TEST(arguments)
{
	static const uint32_t zeros[7];
	message m = unit_message(3), given = m;

	fake_bind(0);
	ck_assert_int_eq(prims[_i].call(&m), OK);
	ck_assert_int_eq(fake.nr_primitives, 1);
	ck_assert_uint_eq(fake.request, prims[_i].request);
	ck_assert_uint_eq(fake.call.op, _IOC_NR(prims[_i].request));
	ck_assert_int_eq(fake.call.peer, prims[_i].peer);
	ck_assert(fake.call.timeout == prims[_i].timeout);
	ck_assert_int_eq(fake.call.src_nr, prims[_i].src_nr);
	ck_assert_int_eq(fake.call.value, prims[_i].value);
	ck_assert_mem_eq(fake.call.reserved, zeros, sizeof(zeros));
	if (prims[_i].flags & IN)
		ck_assert_mem_eq(&fake.call.msg, &given, sizeof(given));
}
END_TEST

START_TEST(message_out)
{
	message m = unit_message(3), given = m;

	fake_bind(0);
	fake.primitive = hand_out;
	answer = unit_message(4);
	ck_assert_int_eq(prims[_i].call(&m), OK);
	if (prims[_i].flags & OUT)
		ck_assert_mem_eq(&m, &answer, sizeof(m));
	else
		ck_assert_mem_eq(&m, &given, sizeof(m));
}
END_TEST

START_TEST(failure)
{
	message m = unit_message(3), given = m;

	fake_bind(0);
	fake.primitive = fail_all;
	answer = unit_message(4);
	errno = 66;
	ck_assert_int_eq(prims[_i].call(&m), EMOLDSTDIED);
	ck_assert_int_eq(errno, 66);
	ck_assert_mem_eq(&m, &given, sizeof(m));
	ck_assert_int_eq(fake.nr_primitives, 1);
}
END_TEST

START_TEST(null_message)
{
	fake_bind(0);
	if (prims[_i].flags & (IN | OUT)) {
		ck_assert_int_eq(prims[_i].call(NULL), EMOLFAULT);
		ck_assert_int_eq(fake.nr_primitives, 0);
	}
}
END_TEST

START_TEST(not_bound)
{
	message m = unit_message(3);

	ck_assert_int_eq(prims[_i].call(&m), EMOLNOTBIND);
	fake_bind(0);
	ck_assert_int_eq(prims[_i].call(&m), OK);
	fake_unbind(0);
	ck_assert_int_eq(prims[_i].call(&m), EMOLNOTBIND);
}
END_TEST

/* The page's own buffer is neither copied in nor out. */
START_TEST(message_buffer)
{
	message *m;

	fake_bind(0);
	m = mnx_msgbuf();
	ck_assert_ptr_nonnull(m);
	*m = unit_message(5);
	ck_assert_mem_eq(m, &fake_page(0)->call[0].msg, sizeof(*m));
	fake.primitive = hand_out;
	answer = unit_message(6);
	ck_assert_int_eq(prims[_i].call(m), OK);
	if (prims[_i].flags & IN)
		ck_assert_int_eq(fake.call.msg.m_type, 5);
	ck_assert_int_eq(m->m_type, 6);
	ck_assert_ptr_eq(mnx_msgbuf(), m);
}
END_TEST

START_TEST(slots_are_left_clean)
{
	message m = unit_message(3);
	int i;

	fake_bind(0);
	ck_assert_int_eq(prims[_i].call(&m), OK);
	for (i = 0; i < M3IPC_NR_CALLS; i++)
		ck_assert_uint_eq(fake_page(0)->call[i].op, 0);
}
END_TEST

/* The driver judges the timeout. */
START_TEST(timeouts)
{
	static const long values[] = { -2, LONG_MIN, -1, 0, 1, INT_MAX };
	message m;
	size_t i;

	fake_bind(0);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		m = unit_message(1);
		ck_assert_int_eq(mnx_send_T(1, &m, values[i]), OK);
		ck_assert(fake.call.timeout == values[i]);
		ck_assert_int_eq(mnx_receive_T(1, &m, values[i]), OK);
		ck_assert(fake.call.timeout == values[i]);
		ck_assert_int_eq(mnx_sendrec_T(1, &m, values[i]), OK);
		ck_assert(fake.call.timeout == values[i]);
		ck_assert_int_eq(mnx_rcvrqst_T(&m, values[i]), OK);
		ck_assert(fake.call.timeout == values[i]);
		ck_assert_int_eq(mnx_reply_rcvrqst_T(1, &m, NULL, values[i]),
				 OK);
		ck_assert(fake.call.timeout == values[i]);
	}
}
END_TEST

static int driver_reply_rc;
static int driver_rc;

static int reply_ended(unsigned int nr, struct m3ipc_call *call)
{
	(void)nr;
	call->reply_rc = driver_reply_rc;
	return driver_rc;
}

START_TEST(reply_rc_of_the_driver)
{
	static const int rcs[][2] = {
		{ OK, OK },
		{ EMOLNOTREADY, OK },
		{ EMOLDSTDIED, EMOLINTR },
		{ OK, EMOLTIMEDOUT },
		{ EMOLENDPOINT, EMOLENDPOINT },
	};
	message m = unit_message(1);
	size_t i;

	fake_bind(0);
	fake.primitive = reply_ended;
	for (i = 0; i < ARRAY_SIZE(rcs); i++) {
		driver_reply_rc = rcs[i][0];
		driver_rc = rcs[i][1];
		reply_rc = 99;
		ck_assert_int_eq(mnx_reply_rcvrqst(PEER, &m, &reply_rc),
				 driver_rc);
		ck_assert_int_eq(reply_rc, driver_reply_rc);
		ck_assert_int_eq(mnx_reply_rcvrqst(PEER, &m, NULL), driver_rc);
	}
}
END_TEST

static int refuse(unsigned int nr, struct m3ipc_call *call)
{
	(void)nr;
	(void)call;
	return driver_rc;
}

/* What kept the call from being made kept the reply from it too. */
START_TEST(reply_rc_of_a_call_not_made)
{
	message m = unit_message(1);

	ck_assert_int_eq(mnx_reply_rcvrqst(PEER, &m, &reply_rc), EMOLNOTBIND);
	ck_assert_int_eq(reply_rc, EMOLNOTBIND);
	fake_bind(0);
	ck_assert_int_eq(mnx_reply_rcvrqst(PEER, NULL, &reply_rc), EMOLFAULT);
	ck_assert_int_eq(reply_rc, EMOLFAULT);
	fake.primitive = refuse;
	driver_rc = EMOLBUSY;
	ck_assert_int_eq(mnx_reply_rcvrqst(PEER, &m, &reply_rc), EMOLBUSY);
	ck_assert_int_eq(reply_rc, EMOLBUSY);
	ck_assert_int_eq(mnx_reply_rcvrqst(NONE, &m, &reply_rc), EMOLBUSY);
	ck_assert_int_eq(reply_rc, OK);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, arguments, 0, ARRAY_SIZE(prims));
	tcase_add_loop_test(tc, message_out, 0, ARRAY_SIZE(prims));
	tcase_add_loop_test(tc, failure, 0, ARRAY_SIZE(prims));
	tcase_add_loop_test(tc, null_message, 0, ARRAY_SIZE(prims));
	tcase_add_loop_test(tc, not_bound, 0, ARRAY_SIZE(prims));
	tcase_add_loop_test(tc, message_buffer, 0, ARRAY_SIZE(prims));
	tcase_add_loop_test(tc, slots_are_left_clean, 0, ARRAY_SIZE(prims));
	tcase_add_test(tc, timeouts);
	tcase_add_test(tc, reply_rc_of_the_driver);
	tcase_add_test(tc, reply_rc_of_a_call_not_made);
}

int main(void)
{
	return unit_run("libmolipc primitives", add);
}
