// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Children, however made, are not bound, and do not disturb their parent.
 *
 * This program is also what is exec'ed: as "test_fork unbound" it ends with 0
 * if it has no endpoint.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

#define PARENT_NR 101
#define CHILD_NR  102
#define OTHER_NR  103

extern char **environ;

static char *const unbound_args[] = { "test_fork", "unbound", NULL };

static struct actor *parent, *other;

static void cast(void)
{
	parent = actor_new(PROCESS, PARENT_NR);
	other = actor_new(PROCESS, OTHER_NR);
}

/* The parent is as it was: it can be reached, and uses its page. */
static void check_parent(void)
{
	struct result r;

	ck_assert(slot_is(PARENT_NR, 0));
	START(other, .op = OP_SENDREC, .peer = parent->ep, .ms = PATIENCE,
	      .m.m_type = 5);
	r = CALL(parent, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_type, 5);
	ASSERT_RC(CALL_RC(parent, .op = OP_REPLY, .peer = other->ep,
			  .m.m_type = 6),
		  OK);
	r = actor_end(other);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_type, 6);
}

static int unbound(void)
{
	message m;

	return mnx_getep(getpid()) != EMOLNOTBIND ||
	       mnx_receive_T(ANY, &m, 0) != EMOLNOTBIND || mnx_msgbuf();
}

static int status_of(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static int by_fork(struct call *call)
{
	pid_t pid = fork();

	(void)call;
	if (!pid)
		_exit(unbound());
	return status_of(pid);
}

static int by_vfork(struct call *call)
{
	pid_t pid = vfork();

	(void)call;
	if (!pid)
		_exit(0);
	return status_of(pid);
}

static int by_vfork_and_exec(struct call *call)
{
	pid_t pid = vfork();

	(void)call;
	if (!pid) {
		execv("/proc/self/exe", unbound_args);
		_exit(1);
	}
	return status_of(pid);
}

static int by_fork_and_exec(struct call *call)
{
	pid_t pid = fork();

	(void)call;
	if (!pid) {
		execv("/proc/self/exe", unbound_args);
		_exit(1);
	}
	return status_of(pid);
}

static int by_spawn(struct call *call)
{
	pid_t pid;

	(void)call;
	REQUIRE(!posix_spawn(&pid, "/proc/self/exe", NULL, NULL, unbound_args,
			     environ));
	return status_of(pid);
}

/* A child that binds itself is another one. */
static int by_fork_and_bind(struct call *call)
{
	pid_t pid = fork();
	message m = { .m_type = 5 };

	if (!pid) {
		if (mnx_bind(VMID, CHILD_NR) != _ENDPOINT(1, CHILD_NR))
			_exit(1);
		/* To its parent, which does not receive. */
		if (mnx_send_T(call->peer, &m, 0) != EMOLAGAIN)
			_exit(2);
		_exit(0);
	}
	return status_of(pid);
}

static int (*const children[])(struct call *call) = {
	by_fork,          by_vfork, by_vfork_and_exec,
	by_fork_and_exec, by_spawn, by_fork_and_bind,
};

#define NR_CHILDREN ((int)(sizeof(children) / sizeof(children[0])))

START_TEST(child)
{
	cast();
	ASSERT_RC(CALL_RC(parent, .op = OP_RUN, .run = children[_i],
			  .peer = parent->ep),
		  0);
	ck_assert(slot_is(CHILD_NR, SLOT_FREE));
	check_parent();
}
END_TEST

/* A child dies while its parent is in a call. */

static int *go;

static int keep_child(struct call *call)
{
	pid_t pid = fork();

	(void)call;
	if (!pid) {
		while (!__atomic_load_n(go, __ATOMIC_SEQ_CST))
			breathe();
		_exit(unbound());
	}
	return pid;
}

static int reap(struct call *call)
{
	return status_of(call->value);
}

START_TEST(child_of_the_blocked)
{
	int pid;

	cast();
	pid = CALL_RC(parent, .op = OP_RUN, .run = keep_child);
	START(parent, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	actor_await(parent, RECEIVING);
	if (_i)
		kill(pid, SIGKILL);
	else
		__atomic_store_n(go, 1, __ATOMIC_SEQ_CST);
	/* SIGCHLD comes too. */
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = parent->ep,
			  .ms = PATIENCE),
		  OK);
	ASSERT_RC(actor_end(parent).rc, OK);
	ASSERT_RC(CALL_RC(parent, .op = OP_RUN, .run = reap, .value = pid),
		  _i ? SIGKILL : 0);
	check_parent();
}
END_TEST

/* A handler forks; the child returns from it into the interrupted call. */

static volatile pid_t forked;

static void fork_in_handler(int sig)
{
	(void)sig;
	forked = fork();
	__atomic_store_n(go, 1, __ATOMIC_SEQ_CST);
}

static int call_with_fork(struct call *call)
{
	struct sigaction sa = { .sa_handler = fork_in_handler,
				.sa_flags = call->value };
	int rc;

	forked = -1;
	sigaction(SIGRTMIN + 1, &sa, NULL);
	rc = mnx_receive(ANY, &call->m);
	if (!forked)
		_exit(rc == EMOLNOTBIND ? unbound() : 1);
	REQUIRE(forked > 0 && status_of(forked) == 0);
	return rc;
}

START_TEST(fork_in_call)
{
	struct result r;

	cast();
	START(parent, .op = OP_RUN, .run = call_with_fork,
	      .value = _i ? SA_RESTART : 0);
	actor_await(parent, RECEIVING);
	actor_await_syscall(parent, SYS_ioctl);
	kill(parent->pid, SIGRTMIN + 1);
	AWAIT(__atomic_load_n(go, __ATOMIC_SEQ_CST));
	if (_i)
		ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = parent->ep,
				  .ms = PATIENCE, .m.m_type = 8),
			  OK);
	r = actor_end(parent);
	ASSERT_RC(r.rc, _i ? OK : EMOLINTR);
	if (_i)
		ck_assert_int_eq(r.m.m_type, 8);
	check_parent();
}
END_TEST

/* One thread forks while another is in a call. */

static void *receive_in_thread(void *rc)
{
	message m;

	*(int *)rc = mnx_receive(ANY, &m);
	return NULL;
}

static int fork_beside_call(struct call *call)
{
	pthread_t thread;
	int rc = 1;

	REQUIRE(!pthread_create(&thread, NULL, receive_in_thread, &rc));
	AWAIT(slot_is(PARENT_NR, RECEIVING));
	REQUIRE(by_fork(call) == 0);
	REQUIRE(by_spawn(call) == 0);
	REQUIRE(by_vfork_and_exec(call) == 0);
	REQUIRE(slot_is(PARENT_NR, RECEIVING));
	__atomic_store_n(go, 1, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	return rc;
}

START_TEST(fork_beside)
{
	cast();
	START(parent, .op = OP_RUN, .run = fork_beside_call);
	AWAIT(__atomic_load_n(go, __ATOMIC_SEQ_CST));
	ASSERT_RC(CALL_RC(other, .op = OP_SEND, .peer = parent->ep,
			  .ms = PATIENCE),
		  OK);
	ASSERT_RC(actor_end(parent).rc, OK);
	check_parent();
}
END_TEST

static int closes_on_exec(struct call *call)
{
	(void)call;
	return fcntl(mnx_fd(), F_GETFD);
}

START_TEST(descriptor)
{
	cast();
	ck_assert_int_eq(CALL_RC(parent, .op = OP_RUN, .run = closes_on_exec),
			 FD_CLOEXEC);
}
END_TEST

static void up(void)
{
	go = shared_new(sizeof(*go));
	stage_up();
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ child, NR_CHILDREN }, { child_of_the_blocked, 2 },
		{ fork_in_call, 2 },    { fork_beside, 1 },
		{ descriptor, 1 },
	};

	if (argc == 2 && !strcmp(argv[1], "unbound"))
		return unbound();
	stage_init();
	return RUN_TESTS("children", 60, up, stage_down, tests);
}
