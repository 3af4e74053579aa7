// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Event loops: poll, select and epoll on mnx_fd().
 *
 * The actor polls, the director lets others send to it.  What is polled stays
 * in the actor between its calls: "watch" begins, "events" looks.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

#define POLLER_NR 101
#define SENDER_NR 20 /* a system slot: it may notify */
#define THREAD_NR 103

static struct actor *poller, *sender;

/* Ways to poll.  Each returns EPOLLIN, EPOLLHUP, both or none, or an error. */

static int set = -1;

static int by_poll(struct call *call)
{
	struct pollfd pfd = { .fd = mnx_fd(), .events = POLLIN };
	int rc = poll(&pfd, 1, (int)call->ms);

	REQUIRE(rc == !!pfd.revents);
	return pfd.revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL);
}

/* Select knows no HUP: whoever is gone is readable. */
static int by_select(struct call *call)
{
	struct timeval tv = { call->ms / 1000, call->ms % 1000 * 1000 };
	fd_set fds;
	int rc;

	FD_ZERO(&fds);
	FD_SET(mnx_fd(), &fds);
	rc = select(mnx_fd() + 1, &fds, NULL, NULL, &tv);
	REQUIRE(rc == !!FD_ISSET(mnx_fd(), &fds));
	return rc ? EPOLLIN : 0;
}

static int watch(struct call *call)
{
	struct epoll_event ev = { .events = EPOLLIN | (uint32_t)call->value };

	if (set < 0)
		set = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(set, EPOLL_CTL_DEL, mnx_fd(), &ev);
	return epoll_ctl(set, EPOLL_CTL_ADD, mnx_fd(), &ev);
}

static int by_epoll(struct call *call)
{
	struct epoll_event ev = { .events = 0 };
	int rc;

	if (set < 0)
		REQUIRE(watch(call) == 0);
	rc = epoll_wait(set, &ev, 1, (int)call->ms);
	REQUIRE(rc >= 0);
	return rc ? (int)ev.events : 0;
}

static int by_edge(struct call *call)
{
	call->value = (int)EPOLLET;
	return by_epoll(call);
}

static int (*const ways[])(struct call *call) = {
	by_poll,
	by_select,
	by_epoll,
	by_edge,
};

#define NR_WAYS ((int)(sizeof(ways) / sizeof(ways[0])))

static int hup_of(int way)
{
	return ways[way] == by_select ? EPOLLIN : EPOLLHUP;
}

static void cast(void)
{
	poller = actor_new(PROCESS, POLLER_NR);
	sender = actor_new(PROCESS, SENDER_NR);
}

static int events(int way, long ms)
{
	return CALL_RC(poller, .op = OP_RUN, .run = ways[way], .ms = ms);
}

/* What a message is announced by */

static const enum op announced[] = { OP_SEND, OP_SENDREC, OP_NOTIFY };

#define NR_ANNOUNCED 3

static void announce(enum op op)
{
	START(sender, .op = op, .peer = poller->ep, .ms = PATIENCE);
	if (op == OP_NOTIFY)
		ASSERT_RC(actor_end(sender).rc, OK);
	else
		actor_await(sender,
			    op == OP_SEND ? SENDING : SENDING | RECEIVING);
}

/* The poller takes it. */
static void take(enum op op)
{
	ASSERT_RC(CALL_RC(poller, .op = OP_RECEIVE, .peer = ANY), OK);
	if (op == OP_SENDREC)
		ASSERT_RC(CALL_RC(poller, .op = OP_REPLY, .peer = sender->ep),
			  OK);
	if (op != OP_NOTIFY)
		ASSERT_RC(actor_end(sender).rc, OK);
}

START_TEST(ready)
{
	int way = _i % NR_WAYS, i;
	enum op op = announced[_i / NR_WAYS];

	cast();
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(events(way, 0), 0);
		announce(op);
		ck_assert_int_eq(events(way, PATIENCE), EPOLLIN);
		/* Level-triggered: it stays so. */
		ck_assert_int_eq(events(way, 0),
				 ways[way] == by_edge ? 0 : EPOLLIN);
		take(op);
	}
	ck_assert_int_eq(events(way, SHORT), 0);
}
END_TEST

static const long calls[] = { SYS_poll, SYS_pselect6, SYS_epoll_wait,
			      SYS_epoll_wait };

START_TEST(woken)
{
	int way = _i % NR_WAYS;
	enum op op = announced[_i / NR_WAYS];
	long begin;

	cast();
	START(poller, .op = OP_RUN, .run = ways[way], .ms = PATIENCE);
	actor_await_syscall(poller, calls[way]);
	begin = now_ms();
	announce(op);
	ck_assert_int_eq(actor_end(poller).rc, EPOLLIN);
	ck_assert_int_lt(now_ms() - begin, PATIENCE / 4);
	take(op);
}
END_TEST

/* A second message is another edge; a message that goes away is no level. */

START_TEST(edges)
{
	struct actor *second = actor_new(PROCESS, SENDER_NR + 1);

	cast();
	announce(OP_SEND);
	ck_assert_int_eq(events(3, 0), EPOLLIN);
	ck_assert_int_eq(events(3, 0), 0);
	START(second, .op = OP_SEND, .peer = poller->ep, .ms = PATIENCE);
	actor_await(second, SENDING);
	ck_assert_int_eq(events(3, PATIENCE), EPOLLIN);
	ck_assert_int_eq(events(3, 0), 0);
}
END_TEST

START_TEST(sender_gives_up)
{
	cast();
	announce(OP_SEND);
	ck_assert_int_eq(events(_i, 0), EPOLLIN);
	actor_kill(sender);
	slot_await(SENDER_NR, SLOT_FREE);
	ck_assert_int_eq(events(_i, SHORT), 0);
}
END_TEST

/* What the poller has to do with others but not with receive(ANY) */
START_TEST(not_ready)
{
	struct actor *third = actor_new(PROCESS, THREAD_NR);

	cast();
	START(sender, .op = OP_RECEIVE, .peer = poller->ep, .ms = PATIENCE);
	actor_await(sender, RECEIVING);
	START(third, .op = OP_RECEIVE, .peer = sender->ep, .ms = PATIENCE);
	actor_await(third, RECEIVING);
	ck_assert_int_eq(events(_i, SHORT), 0);
}
END_TEST

/* The end of the binding */

START_TEST(hup_while_polling)
{
	int way = _i % NR_WAYS;

	cast();
	START(poller, .op = OP_RUN, .run = ways[way], .ms = PATIENCE);
	actor_await_syscall(poller, calls[way]);
	if (_i / NR_WAYS)
		ASSERT_RC(mnx_vm_end(VMID), OK);
	else
		ASSERT_RC(mnx_unbind(VMID, poller->ep), OK);
	ck_assert_int_eq(actor_end(poller).rc & hup_of(way), hup_of(way));
}
END_TEST

START_TEST(hup_before)
{
	cast();
	ASSERT_RC(CALL_RC(poller, .op = OP_UNBIND, .peer = SELF), OK);
	ck_assert_int_eq(events(_i, 0), hup_of(_i));
}
END_TEST

/* After it, a new binding can be watched as the first was. */
START_TEST(bound_anew)
{
	int way = _i;

	cast();
	ck_assert_int_eq(events(way, 0), 0);
	ASSERT_RC(CALL_RC(poller, .op = OP_UNBIND, .peer = SELF), OK);
	ck_assert_int_eq(events(way, PATIENCE), hup_of(way));
	poller->ep = CALL_RC(poller, .op = OP_BIND, .peer = POLLER_NR);
	ck_assert_int_eq(poller->ep, _ENDPOINT(2, POLLER_NR));
	if (way >= 2)
		ASSERT_RC(CALL_RC(poller, .op = OP_RUN, .run = watch,
				  .value = way == 3 ? (int)EPOLLET : 0),
			  0);
	ck_assert_int_eq(events(way, 0), 0);
	announce(OP_SEND);
	ck_assert_int_eq(events(way, PATIENCE), EPOLLIN);
	take(OP_SEND);
	ck_assert_int_eq(events(way, 0), 0);
}
END_TEST

/* Entries of epoll in the queues of endpoints that have been freed */
static int many_bindings(struct call *call)
{
	int i;

	for (i = 0; i < 100; i++) {
		REQUIRE(watch(call) == 0);
		REQUIRE(mnx_unbind(VMID, SELF) == OK);
		call->ms = 0;
		if (i % 3)
			REQUIRE(by_epoll(call) & EPOLLHUP);
		REQUIRE(!mnx_bind_failed(mnx_bind(VMID, POLLER_NR + i % 2)));
		if (i % 7 == 0) {
			close(set);
			set = -1;
		}
	}
	REQUIRE(watch(call) == 0);
	return by_epoll(call);
}

START_TEST(many_bindings_watched)
{
	cast();
	ck_assert_int_eq(CALL_RC(poller, .op = OP_RUN, .run = many_bindings),
			 0);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ ready, NR_WAYS * NR_ANNOUNCED },
		{ woken, NR_WAYS * NR_ANNOUNCED },
		{ edges, 1 },
		{ sender_gives_up, NR_WAYS },
		{ not_ready, NR_WAYS },
		{ hup_while_polling, 2 * NR_WAYS },
		{ hup_before, NR_WAYS },
		{ bound_anew, NR_WAYS },
		{ many_bindings_watched, 1 },
	};

	stage_init();
	return RUN_TESTS("polling", 60, stage_up, stage_down, tests);
}
