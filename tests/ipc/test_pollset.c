// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The descriptor among others: in large sets, in other processes and threads,
 * closed while it is watched.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

#define POLLER_NR 101
#define CHILD_NR  102
#define SENDER_NR 103
#define MANY      300

static struct actor *poller, *sender;

static void cast(void)
{
	poller = actor_new(PROCESS, POLLER_NR);
	sender = actor_new(PROCESS, SENDER_NR);
}

static int poll_now(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	poll(&pfd, 1, 0);
	return pfd.revents;
}

/* Many descriptors, of which two are ready, ours among them or not */

static int efd[MANY];

static int ready_in_set(int set, int *ours)
{
	struct epoll_event ev[8];
	int i, n = epoll_wait(set, ev, 8, 0);

	*ours = 0;
	for (i = 0; i < n; i++)
		*ours += ev[i].data.u32 == MANY;
	return n;
}

static int among_many(struct call *call)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int set = epoll_create1(0), i, ours;
	uint64_t one = 1;

	for (i = 0; i <= MANY; i++) {
		ev.data.u32 = (uint32_t)i;
		if (i < MANY)
			efd[i] = eventfd(0, EFD_NONBLOCK);
		REQUIRE(!epoll_ctl(set, EPOLL_CTL_ADD,
				   i < MANY ? efd[i] : mnx_fd(), &ev));
	}
	REQUIRE(ready_in_set(set, &ours) == 0);
	REQUIRE(write(efd[7], &one, sizeof(one)) == sizeof(one));
	REQUIRE(ready_in_set(set, &ours) == 1 && ours == 0);
	/* Somebody sends now. */
	REQUIRE(mnx_send(call->peer, &call->m) == OK);
	AWAIT(poll_now(mnx_fd()) == POLLIN);
	REQUIRE(ready_in_set(set, &ours) == 2 && ours == 1);
	REQUIRE(read(efd[7], &one, sizeof(one)) == sizeof(one));
	REQUIRE(ready_in_set(set, &ours) == 1 && ours == 1);
	REQUIRE(mnx_receive(ANY, &call->m) == OK);
	REQUIRE(ready_in_set(set, &ours) == 0);
	return OK;
}

/* The poller sends when it is ready for the message that it then gets. */
static void poll_in_turn(int (*run)(struct call *call))
{
	cast();
	START(sender, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	START(poller, .op = OP_RUN, .run = run, .peer = sender->ep);
	ASSERT_RC(actor_end(sender).rc, OK);
	ASSERT_RC(CALL_RC(sender, .op = OP_SEND, .peer = poller->ep,
			  .ms = PATIENCE),
		  OK);
	ASSERT_RC(actor_end(poller).rc, OK);
}

START_TEST(in_large_set)
{
	poll_in_turn(among_many);
}
END_TEST

/* The descriptor says what is there for whoever polls it. */

static int child_polls(int fd)
{
	message m;

	if (poll_now(fd) != POLLHUP)
		return 1;
	if (mnx_bind(VMID, CHILD_NR) != _ENDPOINT(1, CHILD_NR))
		return 2;
	/* The parent has a message, the child none. */
	if (poll_now(fd) != 0)
		return 3;
	if (mnx_receive_T(ANY, &m, PATIENCE) != OK)
		return 4;
	AWAIT(poll_now(fd) == POLLIN);
	if (mnx_receive_T(ANY, &m, 0) != OK)
		return 5;
	return 0;
}

static int inherited(struct call *call)
{
	int fd = mnx_fd(), status;
	pid_t pid;

	(void)call;
	AWAIT(poll_now(fd) == POLLIN);
	pid = fork();
	if (!pid)
		_exit(child_polls(fd));
	REQUIRE(waitpid(pid, &status, 0) == pid);
	REQUIRE(poll_now(fd) == POLLIN);
	return status;
}

START_TEST(inherited_by_child)
{
	struct actor *second = actor_new(PROCESS, SENDER_NR + 1);

	cast();
	START(second, .op = OP_SEND, .peer = poller->ep, .ms = PATIENCE);
	START(poller, .op = OP_RUN, .run = inherited);
	slot_await(CHILD_NR, RECEIVING);
	ASSERT_RC(CALL_RC(sender, .op = OP_SEND, .peer = _ENDPOINT(1, CHILD_NR),
			  .ms = PATIENCE),
		  OK);
	ASSERT_RC(CALL_RC(sender, .op = OP_SEND, .peer = _ENDPOINT(1, CHILD_NR),
			  .ms = PATIENCE),
		  OK);
	ASSERT_RC(actor_end(poller).rc, 0);
	ck_assert(slot_is(SENDER_NR + 1, SENDING));
}
END_TEST

/* Two threads with an endpoint each wait in the same descriptor. */

static int thread_result;

static void *thread_polls(void *unused)
{
	struct pollfd pfd = { .fd = mnx_fd(), .events = POLLIN };
	message m;

	mnx_tbind(VMID, CHILD_NR);
	thread_result = poll(&pfd, 1, PATIENCE) == 1 && pfd.revents == POLLIN &&
			!mnx_receive_T(ANY, &m, 0);
	return unused;
}

static int poll_in_threads(struct call *call)
{
	pthread_t thread;

	REQUIRE(!pthread_create(&thread, NULL, thread_polls, NULL));
	pthread_join(thread, NULL);
	REQUIRE(thread_result == 1);
	REQUIRE(poll_now(mnx_fd()) == 0);
	REQUIRE(mnx_receive_T(ANY, &call->m, 0) == EMOLAGAIN);
	return OK;
}

START_TEST(shared_by_threads)
{
	cast();
	START(poller, .op = OP_RUN, .run = poll_in_threads);
	slot_await(CHILD_NR, 0);
	ASSERT_RC(CALL_RC(sender, .op = OP_SEND, .peer = _ENDPOINT(1, CHILD_NR),
			  .ms = PATIENCE),
		  OK);
	ASSERT_RC(actor_end(poller).rc, OK);
}
END_TEST

/* Closed while it is watched; the library opens another one. */

static void *close_soon(void *event)
{
	struct actor waiter = { .pid = getpid(), .tid = getpid() };

	actor_await_syscall(&waiter, SYS_epoll_wait);
	close(mnx_fd());
	eventfd_write(*(int *)event, 1);
	return event;
}

static int close_watched(struct call *call)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int set = epoll_create1(0), event = eventfd(0, 0), rc;
	struct epoll_event both[2];
	pthread_t thread;

	REQUIRE(!epoll_ctl(set, EPOLL_CTL_ADD, mnx_fd(), &ev));
	ev.data.fd = event;
	REQUIRE(!epoll_ctl(set, EPOLL_CTL_ADD, event, &ev));
	pthread_create(&thread, NULL, close_soon, &event);
	rc = epoll_wait(set, both, 2, PATIENCE);
	pthread_join(thread, NULL);
	REQUIRE(rc == 1 && both[0].data.fd == event);
	close(event);
	REQUIRE(mnx_receive_T(ANY, &call->m, 0) == EMOLAGAIN);
	REQUIRE(!epoll_ctl(set, EPOLL_CTL_ADD, mnx_fd(), &ev));
	REQUIRE(mnx_send(call->peer, &call->m) == OK);
	REQUIRE(epoll_wait(set, &ev, 1, PATIENCE) == 1);
	REQUIRE(mnx_receive_T(ANY, &call->m, 0) == OK);
	REQUIRE(epoll_wait(set, &ev, 1, 0) == 0);
	close(mnx_fd());
	/* The message page keeps the old one open, hence the set. */
	REQUIRE(mnx_unbind(VMID, SELF) == OK);
	REQUIRE(epoll_wait(set, &ev, 1, 0) == 1 && ev.events & EPOLLHUP);
	close(set);
	return OK;
}

START_TEST(closed)
{
	poll_in_turn(close_watched);
}
END_TEST

/* A set that outlives the process: the end of the watcher ends its watch. */

static int over[2]; /* a pipe that hangs up */

static int watch_and_wait(struct call *call)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	int set = epoll_create1(0);

	REQUIRE(!epoll_ctl(set, EPOLL_CTL_ADD, mnx_fd(), &ev));
	REQUIRE(!epoll_ctl(set, EPOLL_CTL_ADD, over[0], &ev));
	if (!fork()) {
		/* It keeps both descriptors until the test is over. */
		close(over[1]);
		while (!poll_now(over[0]))
			epoll_wait(set, &ev, 1, PATIENCE);
		_exit(0);
	}
	return call->value;
}

START_TEST(watcher_dies)
{
	int i;

	ck_assert(!pipe(over));
	cast();
	for (i = 0; i < 20; i++) {
		struct actor *a = actor_new(PROCESS, CHILD_NR);

		ck_assert_int_eq(CALL_RC(a, .op = OP_RUN, .run = watch_and_wait,
					 .value = i),
				 i);
		actor_kill(a);
		slot_await(CHILD_NR, SLOT_FREE);
	}
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ in_large_set, 1 },      { inherited_by_child, 1 },
		{ shared_by_threads, 1 }, { closed, 1 },
		{ watcher_dies, 1 },
	};

	stage_init();
	return RUN_TESTS("sets of descriptors", 60, stage_up, stage_down,
			 tests);
}
