// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A descriptor is a way to a node and nothing more: whoever has it is himself,
 * wherever it comes from.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "raw.h"

#define CHILD_NR 112

static int fd, ep;
static struct m3ipc_page *page;

static void set_up(void)
{
	stage_up();
	fd = raw_open();
	ep = raw_bind(fd, MY_NR);
	ck_assert_int_gt(ep, 0);
	page = raw_map(fd);
}

/* A process that is not bound has no way to the endpoint of another. */
static void be_a_stranger(int file)
{
	struct pollfd pfd = { .fd = file, .events = POLLIN };
	int i;

	for (i = 0; i < NR_PRIMS; i++)
		ASSERT_RC(raw_ioctl(file, raw_prims[i], NULL), EMOLNOTBIND);
	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_CANCEL, NULL), EMOLNOTBIND);
	ASSERT_RC(raw_self(file), EMOLNOTBIND);
	ck_assert_ptr_eq(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			      file, 0),
			 MAP_FAILED);
	ck_assert_int_eq(errno, -EMOLNOTBIND);
	ck_assert_int_eq(poll(&pfd, 1, 0), 1);
	ck_assert_int_eq(pfd.revents, POLLHUP);
}

/* Bound on its own it acts in its own name through the same descriptor. */
static void be_oneself(int file)
{
	struct m3ipc_page *mine;
	int own = raw_bind(file, CHILD_NR);

	ck_assert_int_gt(own, 0);
	ASSERT_RC(raw_self(file), own);
	mine = raw_map(file);
	ck_assert_int_eq(mine->id.endpoint, own);
	mine->call[0].msg.m_source = 1;
	mine->call[0].msg.m_type = 33;
	ASSERT_RC(raw_prim(file, mine, 0, M3IPC_IOC_SEND, ep, PATIENCE), OK);
}

static void inherit(void *arg)
{
	(void)arg;
	be_a_stranger(fd);
	be_oneself(fd);
}

static void hear_from_child(pid_t pid)
{
	int child_ep;

	AWAIT(slot_is(CHILD_NR, SENDING));
	child_ep = mnx_getep(pid);
	ASSERT_RC(raw_prim(fd, page, 0, M3IPC_IOC_RECEIVE, ANY, PATIENCE), OK);
	ck_assert_int_eq(page->call[0].msg.m_source, child_ep);
	ck_assert_int_eq(page->call[0].msg.m_type, 33);
	child_end(pid);
}

START_TEST(inherited)
{
	hear_from_child(child_start(inherit, NULL));
}
END_TEST

/* Passed over a socket */

static void pass(int socket, int file)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &file, sizeof(int));
	ck_assert_int_eq(sendmsg(socket, &msg, 0), 1);
}

static int take(int socket)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int file;

	ck_assert_int_eq(recvmsg(socket, &msg, 0), 1);
	memcpy(&file, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return file;
}

static void take_and_use(void *arg)
{
	int *pair = arg, file;

	close(pair[0]);
	close(fd);
	file = take(pair[1]);
	be_a_stranger(file);
	be_oneself(file);
}

START_TEST(passed)
{
	int pair[2];
	pid_t pid;

	ck_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	pid = child_start(take_and_use, pair);
	pass(pair[0], fd);
	hear_from_child(pid);
}
END_TEST

/*
 * One in a socket that nobody reads, and that is closed: it goes when the
 * socket does, or the module could not be unloaded.
 */
START_TEST(left_in_a_socket)
{
	int pair[2], i;

	ck_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	for (i = 0; i < 100; i++) {
		int file = raw_open();

		pass(pair[0], file);
		close(file);
	}
	pass(pair[0], pair[1]);
	pass(pair[1], pair[0]);
	close(pair[0]);
	close(pair[1]);
	ASSERT_RC(raw_self(fd), ep);
}
END_TEST

/* Kept through exec */

static char number[16];

/* Bound, it execs this program: the binding goes on, the page does not. */
static void exec_bound(void *arg)
{
	char *args[] = { "test_fd", "execed", number, NULL };

	(void)arg;
	ck_assert_int_gt(raw_bind(fd, CHILD_NR), 0);
	raw_map(fd);
	fcntl(fd, F_SETFD, 0);
	snprintf(number, sizeof(number), "%d", fd);
	execv("/proc/self/exe", args);
}

static int after_exec(int file)
{
	struct m3ipc_page *mine;
	struct m3ipc_self self;

	if (raw_ioctl(file, M3IPC_IOC_SELF, &self))
		return 2;
	mine = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (mine == MAP_FAILED || mine->id.serial != self.serial)
		return 3;
	return raw_prim(file, mine, 0, M3IPC_IOC_RECEIVE, ANY, 0) == EMOLAGAIN ?
		       0 :
		       4;
}

static void exec_unbound(void *arg)
{
	char *args[] = { "test_fd", "stranger", number, NULL };

	(void)arg;
	fcntl(fd, F_SETFD, 0);
	snprintf(number, sizeof(number), "%d", fd);
	execv("/proc/self/exe", args);
}

START_TEST(kept_by_exec)
{
	child_run(exec_bound, NULL);
	slot_await(CHILD_NR, SLOT_FREE);
	child_run(exec_unbound, NULL);
	ASSERT_RC(raw_self(fd), ep);
}
END_TEST

/* Duplicates and closing */

START_TEST(duplicates)
{
	int files[1000], i;
	char path[64];
	struct rlimit limit = { 4096, 4096 };

	setrlimit(RLIMIT_NOFILE, &limit);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (i = 0; i < 1000; i++) {
		files[i] = i % 3 == 0 ? dup(fd) :
			   i % 3 == 1 ? raw_open() :
					open(path, O_RDWR | O_CLOEXEC);
		ck_assert_int_ge(files[i], 0);
		ASSERT_RC(raw_self(files[i]), ep);
	}
	for (i = 0; i < 1000; i++) {
		ASSERT_RC(raw_prim(files[i], page, i % 31, M3IPC_IOC_RECEIVE,
				   ANY, 0),
			  EMOLAGAIN);
		close(files[i]);
	}
	ASSERT_RC(raw_self(fd), ep);
}
END_TEST

static void *receive_all(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)raw_prim(fd, page, 0, M3IPC_IOC_RECEIVE, ANY,
					  -1);
}

START_TEST(closed_while_blocked)
{
	struct actor *peer = actor_new(PROCESS, CHILD_NR);
	pthread_t thread;
	void *rc;

	pthread_create(&thread, NULL, receive_all, NULL);
	slot_await(MY_NR, RECEIVING);
	close(fd);
	ck_assert(slot_is(MY_NR, RECEIVING));
	ASSERT_RC(CALL_RC(peer, .op = OP_SEND, .peer = ep, .ms = 0), OK);
	pthread_join(thread, &rc);
	ASSERT_RC((int)(intptr_t)rc, OK);
	/* Another file at its number is another file. */
	fd = raw_open();
	ASSERT_RC(raw_self(fd), ep);
}
END_TEST

/* All descriptors gone: the binding is the process's, not theirs. */
START_TEST(binding_needs_no_descriptor)
{
	close(fd);
	munmap(page, 4096);
	fd = open("/dev/null", O_RDWR);
	ck_assert(slot_is(MY_NR, 0));
	close(fd);
	fd = raw_open();
	ASSERT_RC(raw_self(fd), ep);
}
END_TEST

START_TEST(kinds_of_open)
{
	int ro = open("/dev/m3ipc", O_RDONLY),
	    wo = open("/dev/m3ipc", O_WRONLY);
	int path = open("/dev/m3ipc", O_PATH), again;
	char name[64];

	ASSERT_RC(raw_self(ro), ep);
	ASSERT_RC(raw_self(wo), ep);
	ASSERT_RC(raw_self(path), -EBADF);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", path);
	again = open(name, O_RDWR);
	ASSERT_RC(raw_self(again), ep);
	ck_assert(open("/dev/m3ipc", O_DIRECTORY) < 0);
	ck_assert(open("/dev/m3ipc", O_RDWR | O_TRUNC | O_APPEND | O_NONBLOCK) >
		  0);
}
END_TEST

/* The library's descriptor goes, and another file gets its number. */

static const char *const strangers[] = {
	"pipe",
	"socket",
	"eventfd",
	"/dev/null",
	"/dev/urandom",
	"/dev/ptmx",
	"/dev/kmsg",
	"/proc/self/status",
	"/",
	"/proc/self/exe",
};

static int stranger_open(const char *what)
{
	int pair[2];

	if (*what == '/')
		return open(what, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (!strcmp(what, "eventfd"))
		return eventfd(0, EFD_CLOEXEC);
	if (!strcmp(what, "pipe") ? pipe(pair) :
				    socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	return pair[0];
}

static void lose_to(const char *what)
{
	int stranger = stranger_open(what), lost = mnx_fd();

	ck_assert_int_ge(lost, 0);
	ck_assert_int_eq(dup2(stranger, lost), lost);
}

/* Its first call is a primitive, with what its parent's library had open. */
static void lose_and_call(void *arg)
{
	const char *what = arg;
	message m = { .m_type = 33 };
	int lost = mnx_fd();

	ck_assert_int_gt(raw_bind(fd, CHILD_NR), 0);
	lose_to(what);
	ASSERT_RC(mnx_send_T(ep, &m, PATIENCE), OK);
	ck_assert_int_ne(mnx_fd(), lost);
	lose_to(what);
	ASSERT_RC(mnx_receive_T(ANY, &m, SHORT), EMOLTIMEDOUT);
	lose_to(what);
	ck_assert_int_gt(mnx_getep(getpid()), 0);
}

START_TEST(number_used_again)
{
	ck_assert_int_ge(mnx_fd(), 200);
	hear_from_child(child_start(lose_and_call, (void *)strangers[_i]));
}
END_TEST

/* The node of a descriptor is that in which it was opened. */

static void act_elsewhere(void *arg)
{
	int here;

	(void)arg;
	ck_assert(!unshare(CLONE_NEWNET));
	here = raw_open();
	ASSERT_RC(raw_self(here), EMOLDRVSINIT);
	be_oneself(fd);
	ASSERT_RC(raw_self(here), EMOLDRVSINIT);
	ck_assert_int_gt(raw_self(fd), 0);
}

static void reopen_elsewhere(void *arg)
{
	char path[64];
	int again;

	(void)arg;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ck_assert(!unshare(CLONE_NEWNET));
	again = open(path, O_RDWR);
	/* Opened anew, here. */
	ASSERT_RC(raw_self(again), EMOLDRVSINIT);
	ASSERT_RC(raw_self(fd), EMOLNOTBIND);
}

START_TEST(used_in_another_namespace)
{
	hear_from_child(child_start(act_elsewhere, NULL));
	child_run(reopen_elsewhere, NULL);
}
END_TEST

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ inherited, 1 },
		{ passed, 1 },
		{ left_in_a_socket, 1 },
		{ kept_by_exec, 1 },
		{ duplicates, 1 },
		{ closed_while_blocked, 1 },
		{ binding_needs_no_descriptor, 1 },
		{ kinds_of_open, 1 },
		{ number_used_again, NR_OF(strangers) },
		{ used_in_another_namespace, 1 },
	};

	if (argc == 3 && !strcmp(argv[1], "execed"))
		return after_exec(atoi(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "stranger"))
		return raw_self(atoi(argv[2])) == EMOLNOTBIND ? 0 : 5;
	stage_init();
	return RUN_TESTS("descriptors", 60, set_up, stage_down, tests);
}
