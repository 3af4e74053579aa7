// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * systask/group_cpg: beside a libcpg that says what a test tells it to, in
 * particular what a real one seldom says
 */
#include <corosync/cpg.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "group_log.h"
#include "suite.h"

#define NODE 1

/* The library: each call first ends with the errors that are left. */

enum cpg_call {
	INIT,
	JOIN,
	LEAVE,
	MCAST,
	CALLS
};

struct cpg_event {
	const char *text; /* NULL: a change */
	uint32_t from;    /* a node */
	const char *in;   /* nodes, each one digit */
	const char *left;
	uint32_t reason;
};

static struct {
	int nr_errors[CALLS];
	cs_error_t error[CALLS];
	int calls[CALLS];
	unsigned int nodeid;
	int connections;
	int fd;
	bool dead;
	bool dispatching;
	void *context;
	cpg_model_v1_data_t model;
	struct cpg_event event[8];
	int nr_events;
	char sent[4096];
} cpg;

static cs_error_t called(enum cpg_call call)
{
	ck_assert_msg(!cpg.dispatching, "from within a callback");
	cpg.calls[call]++;
	if (cpg.nr_errors[call] == 0)
		return CS_OK;
	cpg.nr_errors[call]--;
	return cpg.error[call];
}

static void fails(enum cpg_call call, cs_error_t error, int times)
{
	cpg.error[call] = error;
	cpg.nr_errors[call] = times;
}

cs_error_t cpg_model_initialize(cpg_handle_t *handle, cpg_model_t model,
				cpg_model_data_t *data, void *context)
{
	cs_error_t error = called(INIT);

	ck_assert_int_eq(model, CPG_MODEL_V1);
	if (error != CS_OK)
		return error;
	cpg.model = *(cpg_model_v1_data_t *)data;
	cpg.context = context;
	cpg.connections++;
	cpg.dead = false;
	cpg.nr_events = 0;
	cpg.fd = eventfd(0, EFD_NONBLOCK);
	*handle = 7;
	return CS_OK;
}

cs_error_t cpg_finalize(cpg_handle_t handle)
{
	ck_assert_uint_eq(handle, 7);
	cpg.connections--;
	close(cpg.fd);
	return CS_OK;
}

cs_error_t cpg_fd_get(cpg_handle_t handle, int *fd)
{
	(void)handle;
	*fd = cpg.fd;
	return CS_OK;
}

cs_error_t cpg_local_get(cpg_handle_t handle, unsigned int *nodeid)
{
	(void)handle;
	*nodeid = cpg.nodeid;
	return CS_OK;
}

cs_error_t cpg_context_get(cpg_handle_t handle, void **context)
{
	(void)handle;
	*context = cpg.context;
	return CS_OK;
}

cs_error_t cpg_join(cpg_handle_t handle, const struct cpg_name *name)
{
	(void)handle;
	ck_assert_uint_eq(name->length, 3);
	ck_assert_mem_eq(name->value, "VM0", 3);
	return called(JOIN);
}

cs_error_t cpg_leave(cpg_handle_t handle, const struct cpg_name *name)
{
	(void)handle;
	(void)name;
	return called(LEAVE);
}

cs_error_t cpg_mcast_joined(cpg_handle_t handle, cpg_guarantee_t guarantee,
			    const struct iovec *iov, unsigned int nr)
{
	cs_error_t error = called(MCAST);

	(void)handle;
	ck_assert_int_eq(guarantee, CPG_TYPE_AGREED);
	ck_assert_uint_eq(nr, 1);
	if (error == CS_OK)
		strncat(cpg.sent, iov->iov_base, iov->iov_len);
	return error;
}

static size_t addresses(struct cpg_address *to, const char *nodes,
			uint32_t reason)
{
	size_t nr = 0;

	for (; *nodes; nodes++)
		to[nr++] = (struct cpg_address){
			.nodeid = (uint32_t)(*nodes - '0') + 1,
			.pid = (uint32_t)getpid(),
			.reason = reason,
		};
	return nr;
}

static void happen(const struct cpg_event *event)
{
	struct cpg_address in[8], left[8];
	char text[16];

	if (event->text) {
		strcpy(text, event->text);
		cpg.model.cpg_deliver_fn(7, NULL, event->from + 1,
					 (uint32_t)getpid(), text,
					 strlen(text));
		return;
	}
	cpg.model.cpg_confchg_fn(7, NULL, in, addresses(in, event->in, 0), left,
				 addresses(left, event->left, event->reason),
				 NULL, 0);
}

cs_error_t cpg_dispatch(cpg_handle_t handle, cs_dispatch_flags_t flags)
{
	uint64_t count;

	(void)handle;
	ck_assert_int_eq(flags, CS_DISPATCH_ALL);
	cpg.dispatching = true;
	for (int i = 0; i < cpg.nr_events; i++)
		happen(&cpg.event[i]);
	cpg.dispatching = false;
	if (cpg.nr_events && !cpg.dead)
		ck_assert_int_eq(read(cpg.fd, &count, sizeof(count)), 8);
	cpg.nr_events = 0;
	return cpg.dead ? CS_ERR_LIBRARY : CS_OK;
}

static void wake(void)
{
	const uint64_t one = 1;

	ck_assert_int_eq(write(cpg.fd, &one, sizeof(one)), 8);
}

static void change(const char *in, const char *left, uint32_t reason)
{
	cpg.event[cpg.nr_events++] = (struct cpg_event){
		.in = in,
		.left = left,
		.reason = reason,
	};
	wake();
}

static void say_as(uint32_t node, const char *text)
{
	cpg.event[cpg.nr_events++] = (struct cpg_event){
		.text = text,
		.from = node,
	};
	wake();
}

static void say(const char *text)
{
	say_as(2, text);
}

static void die(void)
{
	cpg.dead = true;
	wake();
}

/* The group */

static struct group *group;

static void set_up(void)
{
	cpg.nodeid = NODE + 1;
	group = group_cpg_open("VM0", NODE, &group_log_ops, NULL);
	ck_assert_ptr_nonnull(group);
}

static void tear_down(void)
{
	group_close(group);
	ck_assert_int_eq(cpg.connections, 0);
}

#define TOLD(text) ck_assert_str_eq(group_log_take(group), text)

/* A call that fails is made again by the timer. */
static void wait_for_call(enum cpg_call call, int times)
{
	struct pollfd fd = { .fd = group_fd(group), .events = POLLIN };

	while (cpg.calls[call] < times) {
		ck_assert_int_eq(poll(&fd, 1, 10000), 1);
		group_dispatch(group);
	}
}

static void enter(void)
{
	group_join(group);
	TOLD("");
	change("12", "", 0);
	TOLD("(1 2)");
}

START_TEST(joins_when_it_can)
{
	int fd = group_fd(group);

	fails(INIT, CS_ERR_TRY_AGAIN, 1);
	fails(JOIN, CS_ERR_TRY_AGAIN, 3);
	group_join(group);
	ck_assert_ptr_null(group_trouble(group));
	TOLD("");
	ck_assert_ptr_nonnull(group_trouble(group));
	wait_for_call(INIT, 2);
	wait_for_call(JOIN, 4);
	change("12", "", 0);
	TOLD("(1 2)");
	ck_assert_ptr_null(group_trouble(group));
	ck_assert_int_eq(cpg.calls[JOIN], 4);
	ck_assert_int_eq(group_fd(group), fd);
}
END_TEST

START_TEST(says_why_it_cannot)
{
	fails(INIT, CS_ERR_LIBRARY, 1);
	group_join(group);
	TOLD("");
	ck_assert_ptr_nonnull(strstr(group_trouble(group), "does not run"));
	fails(INIT, CS_ERR_ACCESS, 1);
	wait_for_call(INIT, 2);
	ck_assert_ptr_nonnull(strstr(group_trouble(group), "uidgid.d"));
	cpg.nodeid = 7;
	wait_for_call(INIT, 3);
	ck_assert_ptr_nonnull(strstr(group_trouble(group), "nodeid"));
	ck_assert_int_eq(cpg.connections, 0);
	ck_assert_int_eq(cpg.calls[JOIN], 0);
}
END_TEST

START_TEST(names_reasons)
{
	enter();
	change("1", "2", CPG_REASON_NODEDOWN);
	change("12", "", 0);
	change("1", "2", CPG_REASON_LEAVE);
	change("12", "", 0);
	change("1", "2", CPG_REASON_PROCDOWN);
	say("a");
	TOLD("(1 -2:down)(1 2)(1 -2:leave)(1 2)(1 -2:proc) 2:a");
}
END_TEST

START_TEST(keeps_what_corosync_is_too_busy_for)
{
	enter();
	fails(MCAST, CS_ERR_TRY_AGAIN, 5);
	group_log_send(group, "a");
	group_log_send(group, "b");
	fails(MCAST, CS_ERR_TRY_AGAIN, 5);
	wait_for_call(MCAST, 7);
	group_log_send(group, "c");
	ck_assert_str_eq(cpg.sent, "abc");
}
END_TEST

/* The library would go round and round until it has room. */
START_TEST(has_only_some_on_their_way)
{
	enter();
	for (int i = 0; i < 100; i++)
		group_log_send(group, i < 64 ? "a" : "b");
	ck_assert_int_eq(cpg.calls[MCAST], 64);
	TOLD("");
	say_as(2, "c");
	TOLD(" 2:c");
	ck_assert_int_eq(cpg.calls[MCAST], 64);
	say_as(NODE, "a");
	say_as(NODE, "a");
	TOLD(" 1:a 1:a");
	ck_assert_int_eq(cpg.calls[MCAST], 66);
	ck_assert_str_eq(cpg.sent + 63, "abb");
}
END_TEST

/* What was on its way is not heard any more. */
START_TEST(has_none_on_their_way_when_it_is_back)
{
	enter();
	for (int i = 0; i < 64; i++)
		group_log_send(group, "a");
	die();
	TOLD("()");
	wait_for_call(JOIN, 2);
	change("12", "", 0);
	TOLD("(1 2)");
	group_log_send(group, "b");
	ck_assert_int_eq(cpg.calls[MCAST], 65);
}
END_TEST

static void send_one(void)
{
	group_log_send(group, "x");
}

/* A view may be outdated: the next one comes before anything is said. */
START_TEST(speaks_when_all_is_delivered)
{
	enter();
	group_log_on_view = send_one;
	change("1", "2", CPG_REASON_NODEDOWN);
	change("12", "", 0);
	TOLD("(1 -2:down)(1 2)");
	ck_assert_str_eq(cpg.sent, "xx");
}
END_TEST

START_TEST(a_leave)
{
	enter();
	fails(MCAST, CS_ERR_TRY_AGAIN, 1);
	fails(LEAVE, CS_ERR_TRY_AGAIN, 2);
	group_log_send(group, "a");
	group_leave(group);
	group_log_send(group, "b");
	wait_for_call(LEAVE, 3);
	say("c");
	change("2", "1", CPG_REASON_LEAVE);
	say("d");
	TOLD(" 2:c()");
	ck_assert_str_eq(cpg.sent, "");
	ck_assert_int_eq(cpg.connections, 0);
	ck_assert(!group_log_ready(group));
	enter();
}
END_TEST

START_TEST(a_leave_before_the_view)
{
	fails(INIT, CS_ERR_LIBRARY, 1);
	group_join(group);
	TOLD("");
	group_leave(group);
	TOLD("()");
	ck_assert_ptr_null(group_trouble(group));
	group_join(group);
	TOLD("");
	group_leave(group);
	group_join(group);
	TOLD("");
	ck_assert_int_eq(cpg.calls[LEAVE], 1);
	change("12", "", 0);
	change("2", "1", CPG_REASON_LEAVE);
	TOLD("(1 2)()");
	change("12", "", 0);
	TOLD("(1 2)");
}
END_TEST

static void leave(void)
{
	group_leave(group);
}

START_TEST(a_leave_from_within)
{
	enter();
	group_log_on_deliver = leave;
	say("a");
	TOLD(" 2:a");
	group_log_on_deliver = NULL;
	ck_assert_int_eq(cpg.calls[LEAVE], 1);
	change("2", "1", CPG_REASON_LEAVE);
	TOLD("()");
}
END_TEST

START_TEST(corosync_dies)
{
	enter();
	group_log_send(group, "a");
	say("b");
	die();
	fails(INIT, CS_ERR_LIBRARY, 2);
	TOLD(" 2:b()");
	group_log_send(group, "c");
	wait_for_call(INIT, 4);
	ck_assert_str_eq(cpg.sent, "a");
	change("12", "", 0);
	TOLD("(1 2)");
	group_log_send(group, "d");
	ck_assert_str_eq(cpg.sent, "ad");
}
END_TEST

/* It is back before anything is asked of it. */
START_TEST(corosync_dies_unseen)
{
	enter();
	fails(MCAST, CS_ERR_LIBRARY, 1);
	group_log_send(group, "a");
	group_log_send(group, "b");
	change("12", "", 0);
	TOLD("()");
	wait_for_call(JOIN, 2);
	change("12", "", 0);
	TOLD("(1 2)");
	ck_assert_str_eq(cpg.sent, "");
}
END_TEST

START_TEST(corosync_dies_before_the_view)
{
	group_join(group);
	TOLD("");
	die();
	TOLD("");
	wait_for_call(JOIN, 2);
	change("12", "", 0);
	TOLD("(1 2)");
	group_leave(group);
	TOLD("");
	die();
	TOLD("()");
	ck_assert_int_eq(cpg.calls[INIT], 2);
	ck_assert(!group_log_ready(group));
}
END_TEST

START_TEST(corosync_puts_us_out)
{
	enter();
	change("2", "1", CPG_REASON_NODEDOWN);
	say("a");
	change("12", "", 0);
	TOLD("()");
	wait_for_call(JOIN, 2);
	change("12", "", 0);
	TOLD("(1 2)");
}
END_TEST

/* The same process: its corosync was away and is back. */
START_TEST(who_left_and_joined_in_one_change)
{
	enter();
	change("12", "2", CPG_REASON_NODEDOWN);
	TOLD("(1 -2:down)(1 2)");
	change("123", "", 0);
	change("13", "2", CPG_REASON_NODEDOWN);
	TOLD("(1 2 3)(1 3 -2:down)");
}
END_TEST

START_TEST(names)
{
	static char name[CPG_MAX_NAME_LENGTH + 2];
	struct group *other;

	memset(name, 'x', CPG_MAX_NAME_LENGTH);
	other = group_cpg_open(name, NODE, &group_log_ops, NULL);
	ck_assert_ptr_nonnull(other);
	group_close(other);
	name[CPG_MAX_NAME_LENGTH] = 'x';
	ck_assert_ptr_null(group_cpg_open(name, NODE, &group_log_ops, NULL));
	ck_assert_int_eq(errno, ENAMETOOLONG);
}
END_TEST

static void group_cpg_suite(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, joins_when_it_can);
	tcase_add_test(tc, says_why_it_cannot);
	tcase_add_test(tc, names_reasons);
	tcase_add_test(tc, keeps_what_corosync_is_too_busy_for);
	tcase_add_test(tc, has_only_some_on_their_way);
	tcase_add_test(tc, has_none_on_their_way_when_it_is_back);
	tcase_add_test(tc, speaks_when_all_is_delivered);
	tcase_add_test(tc, a_leave);
	tcase_add_test(tc, a_leave_before_the_view);
	tcase_add_test(tc, a_leave_from_within);
	tcase_add_test(tc, corosync_dies);
	tcase_add_test(tc, corosync_dies_unseen);
	tcase_add_test(tc, corosync_dies_before_the_view);
	tcase_add_test(tc, corosync_puts_us_out);
	tcase_add_test(tc, who_left_and_joined_in_one_change);
	tcase_add_test(tc, names);
}

int main(void)
{
	return suite_run("systask/group_cpg", group_cpg_suite);
}
