// SPDX-License-Identifier: GPL-2.0-or-later
/* common/serve: which answer goes to whom, and what ends the loop */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

#include "common/log.h"
#include "common/serve.h"
#include "unit.h"

#define FIRST  0x700
#define CLIENT (_ENDPOINT(1, 40))
#define OTHER  (_ENDPOINT(2, 41))

/* What comes in, one call after the other */
struct in {
	int from; /* NONE: nobody; then "rc" ends the call */
	int type;
	int rc;
	int signal; /* that comes during the call, before "rc" or the message */
	int reply_rc;
};

/* What went out */
struct out {
	int nr; /* of the ioctl */
	int to; /* or NONE */
	int type;
};

static struct in in[16];
static int nr_in;
static struct out out[16];
static int nr_out;
static int notified_by, notified_value, nr_reloads;

static int device(unsigned int nr, struct m3ipc_call *call)
{
	const struct in *i = &in[nr_in];

	out[nr_out++] = (struct out){ (int)nr, call->peer, call->msg.m_type };
	if (nr == _IOC_NR(M3IPC_IOC_REPLY)) {
		call->op = M3IPC_OP_DONE;
		return 0;
	}
	ck_assert_uint_eq(nr, _IOC_NR(M3IPC_IOC_REPLY_RCVRQST));
	nr_in++;
	call->reply_rc = i->reply_rc;
	if (i->signal)
		raise(i->signal);
	if (i->from == NONE)
		return i->rc;
	call->msg = unit_message(7);
	call->msg.m_source = i->from;
	call->msg.m_type = i->type;
	call->msg.m9_i1 = 5;
	call->op = M3IPC_OP_DONE;
	return 0;
}

static int do_answer(struct serve_request *rq)
{
	ck_assert_int_eq(rq->client, CLIENT);
	return EMOLPERM;
}

static int do_put_off(struct serve_request *rq)
{
	(void)rq;
	return SERVE_LATER;
}

/* Answers somebody else, whose request was put off, too */
static int do_answer_both(struct serve_request *rq)
{
	message m = *rq->m;

	serve_answer(OTHER, &m, 3);
	return OK;
}

static int do_end(struct serve_request *rq)
{
	(void)rq;
	raise(SIGTERM);
	return OK;
}

static serve_handler *const calls[] = {
	[0] = do_answer,
	[1] = do_put_off,
	[3] = do_answer_both,
	[4] = do_end,
};

static void notified(int p_nr, int value)
{
	notified_by = p_nr;
	notified_value = value;
}

static void reload(void)
{
	nr_reloads++;
}

static const struct serve server = { .first = FIRST,
				     .nr = ARRAY_SIZE(calls),
				     .calls = calls,
				     .notified = notified,
				     .reload = reload };

/* Runs it with what "in" has; the last of it is the end. */
static int serve(void)
{
	fake_bind(0);
	fake.primitive = device;
	return serve_run(&server);
}

/* A request of "who", or a notification; and with what goes before it */
#define FROM(who, type_, ...)                               \
	{                                                   \
		.from = (who), .type = (type_), __VA_ARGS__ \
	}
/* The call ends with an error. */
#define FAILS(rc_, ...)                                \
	{                                              \
		.from = NONE, .rc = (rc_), __VA_ARGS__ \
	}
#define END FAILS(EMOLNOTBIND, )

#define CHECK_OUT(i, to_, type_)                              \
	do {                                                  \
		ck_assert_int_eq(out[i].to, to_);             \
		if (out[i].to != NONE)                        \
			ck_assert_int_eq(out[i].type, type_); \
	} while (0)

/* In "in"; the rest is zeros. */
#define COMES(...)                                          \
	do {                                                \
		const struct in comes_[] = { __VA_ARGS__ }; \
		memcpy(in, comes_, sizeof(comes_));         \
	} while (0)

START_TEST(answers)
{
	COMES(FROM(CLIENT, FIRST, ), FROM(CLIENT, FIRST, ), END);
	ck_assert_int_eq(serve(), EMOLNOTBIND);
	ck_assert_int_eq(nr_out, 3);
	CHECK_OUT(0, NONE, 0);
	CHECK_OUT(1, CLIENT, EMOLPERM);
	CHECK_OUT(2, CLIENT, EMOLPERM);
}
END_TEST

START_TEST(numbers)
{
	static const int bad[] = { FIRST - 1, FIRST + 2, FIRST + 5, 0,
				   -1,        INT32_MIN, INT32_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		in[i] = (struct in)FROM(CLIENT, bad[i], );
	in[ARRAY_SIZE(bad)] = (struct in)END;
	ck_assert_int_eq(serve(), EMOLNOTBIND);
	for (size_t i = 1; i <= ARRAY_SIZE(bad); i++)
		CHECK_OUT(i, CLIENT, EMOLBADCALL);
}
END_TEST

START_TEST(put_off)
{
	COMES(FROM(OTHER, FIRST + 1, ), FROM(CLIENT, FIRST + 3, ), END);
	ck_assert_int_eq(serve(), EMOLNOTBIND);
	ck_assert_int_eq(nr_out, 4);
	CHECK_OUT(1, NONE, 0);
	ck_assert_int_eq(out[2].nr, _IOC_NR(M3IPC_IOC_REPLY));
	CHECK_OUT(2, OTHER, 3);
	CHECK_OUT(3, CLIENT, OK);
}
END_TEST

/* A client that is gone keeps nobody. */
START_TEST(gone)
{
	COMES(FROM(CLIENT, FIRST, ),
	      FROM(CLIENT, FIRST, .reply_rc = EMOLDSTDIED), END);
	ck_assert_int_eq(serve(), EMOLNOTBIND);
	CHECK_OUT(2, CLIENT, EMOLPERM);
}
END_TEST

START_TEST(notifications)
{
	COMES(FROM(CLOCK, NOTIFY_FROM(CLOCK), ), END);
	ck_assert_int_eq(serve(), EMOLNOTBIND);
	ck_assert_int_eq(notified_by, CLOCK);
	ck_assert_int_eq(notified_value, 5);
	CHECK_OUT(1, NONE, 0);
}
END_TEST

/* A request is none, whatever number it has. */
START_TEST(no_notifications)
{
	COMES(FROM(CLIENT, NOTIFY_FROM(CLOCK), ),
	      FROM(CLIENT, NOTIFY_FROM(CLIENT), ),
	      FROM(5, NOTIFY_FROM(CLOCK), ), END);
	ck_assert_int_eq(serve(), EMOLNOTBIND);
	ck_assert_int_eq(notified_by, NONE);
	CHECK_OUT(1, CLIENT, EMOLBADCALL);
	CHECK_OUT(2, CLIENT, EMOLBADCALL);
	CHECK_OUT(3, 5, EMOLBADCALL);
}
END_TEST

/* The answer was given; it is not given twice. */
START_TEST(interrupted)
{
	COMES(FROM(CLIENT, FIRST, ), FAILS(EMOLINTR, .signal = SIGHUP),
	      FROM(CLIENT, FIRST, ), FAILS(EMOLINTR, .signal = SIGTERM));
	ck_assert_int_eq(serve(), 0);
	ck_assert_int_eq(nr_reloads, 1);
	ck_assert_int_eq(nr_out, 4);
	CHECK_OUT(1, CLIENT, EMOLPERM);
	CHECK_OUT(2, NONE, 0);
	CHECK_OUT(3, CLIENT, EMOLPERM);
}
END_TEST

/* Told to end when it works at a request, it gives the answer yet. */
START_TEST(end_in_a_request)
{
	COMES(FROM(CLIENT, FIRST + 4, ));
	ck_assert_int_eq(serve(), 0);
	ck_assert_int_eq(nr_out, 2);
	ck_assert_int_eq(out[1].nr, _IOC_NR(M3IPC_IOC_REPLY));
	CHECK_OUT(1, CLIENT, OK);
}
END_TEST

/*
 * As if the signal had come just before the wait, which it does not interrupt;
 * the next one does.
 */
static int sleeps(unsigned int nr, struct m3ipc_call *call)
{
	(void)nr, (void)call;
	nr_out++;
	kill(getpid(), SIGTERM);
	pause();
	return EMOLINTR;
}

START_TEST(a_signal_before_the_wait)
{
	fake_bind(0);
	fake.primitive = sleeps;
	ck_assert_int_eq(serve_run(&server), 0);
	ck_assert_int_eq(nr_out, 1);
}
END_TEST

static void set_up(void)
{
	memset(in, 0, sizeof(in));
	nr_in = 0;
	nr_out = 0;
	nr_reloads = 0;
	notified_by = NONE;
}

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, answers);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, put_off);
	tcase_add_test(tc, gone);
	tcase_add_test(tc, notifications);
	tcase_add_test(tc, no_notifications);
	tcase_add_test(tc, interrupted);
	tcase_add_test(tc, end_in_a_request);
	tcase_add_test(tc, a_signal_before_the_wait);
}

int main(void)
{
	return unit_run("serve", add);
}
