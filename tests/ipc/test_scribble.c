// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The message page as memory: scribbled in while calls run, read and written
 * by way of the kernel, and kept when its binding is gone.  It hurts nobody but
 * its owner, and what is left of it is dead.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

#define PEER_SLOT 111
#define NR_RALLY  3000
#define RALLY_MS  3000

static int fd;
static struct m3ipc_page *page;

static void set_up(void)
{
	stage_up();
	fd = raw_open();
	ck_assert_int_gt(raw_bind(fd, MY_NR), 0);
	page = raw_map(fd);
}

/* Scribbling */

static atomic_bool stop;

static void *scribble(void *arg)
{
	volatile uint32_t *word = arg;
	unsigned int seed = 1;
	uint32_t i;

	while (!stop) {
		for (i = 0; i < 4096 / 4; i++)
			word[i] = (uint32_t)rand_r(&seed);
		/* Now and then something that is nearly a call */
		for (i = 0; i < M3IPC_NR_CALLS; i++)
			memset((void *)page->call[i].reserved, 0,
			       sizeof(page->call[i].reserved));
	}
	return NULL;
}

/* Receives all that comes, with nobody's name but the scribbler's. */
static void serve(int expected, int until)
{
	message m;
	int rc;

	for (;;) {
		rc = mnx_receive_T(ANY, &m, PATIENCE);
		ASSERT_RC(rc, OK);
		ck_assert_msg(m.m_source == expected || m.m_source == until,
			      "a message of %d", m.m_source);
		if (m.m_source == until)
			return;
		rc = mnx_reply(m.m_source, &m);
		ck_assert_msg(rc == OK || rc == EMOLNOTREADY, "reply: %s",
			      mnx_strerror(rc));
	}
}

static void server(void *arg)
{
	int *eps = arg;

	mnx_bind(VMID, PEER_SLOT);
	eps[0] = mnx_getep(getpid());
	AWAIT(*(volatile int *)&eps[2]);
	serve(eps[1], eps[2]);
}

/* Says when the scribbling is over; not bound to what is scribbled in. */
static void closer(void *arg)
{
	int *eps = arg;
	message m = { .m_type = 1 };

	eps[2] = mnx_bind(VMID, PEER_SLOT + 1);
	AWAIT(*(volatile int *)&eps[3]);
	ASSERT_RC(mnx_send_T(eps[0], &m, PATIENCE), OK);
}

static void rally(int server_ep)
{
	long end = now_ms() + RALLY_MS;
	unsigned int seed = 2;
	int i;

	for (i = 0; now_ms() < end; i++) {
		int nr = i % NR_PRIMS;

		page->call[i % 31].msg.m_source = PEER_SLOT;
		raw_prim(fd, page, i % 31, raw_prims[nr], server_ep,
			 rand_r(&seed) % 3);
		if (i % 100 == 99)
			raw_ioctl(fd, M3IPC_IOC_CANCEL,
				  (void *)(intptr_t)(i % 31));
	}
	ck_assert_int_gt(i, 100);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* A timeout that was scribbled may be for ever: nobody waits that long. */
static void interrupt_often(int how, long us)
{
	struct itimerval timer = { { 0, us }, { 0, us } };
	struct sigaction sa = { .sa_handler = on_alarm };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(how, &set, NULL);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

START_TEST(scribbled)
{
	int *eps = shared_new(4096);
	pid_t pid, pid2;
	pthread_t thread;

	eps[1] = raw_self(fd);
	pid = child_start(server, eps);
	pid2 = child_start(closer, eps);
	AWAIT(*(volatile int *)&eps[0] && *(volatile int *)&eps[2]);
	/* The scribbler inherits the mask, and is left in peace. */
	interrupt_often(SIG_BLOCK, 0);
	pthread_create(&thread, NULL, scribble, page);
	interrupt_often(SIG_UNBLOCK, 50000);
	rally(eps[0]);
	interrupt_often(SIG_UNBLOCK, 0);
	stop = true;
	pthread_join(thread, NULL);
	eps[3] = 1;
	child_end(pid2);
	child_end(pid);
	/* The scribbler itself gets well. */
	memset(page, 0, sizeof(page->call));
	ASSERT_RC(raw_prim(fd, page, 0, M3IPC_IOC_RECEIVE, ANY, 0), EMOLAGAIN);
}
END_TEST

/* A blocked sender that rewrites its message sends either text, not m_source */
static void *swap_source(void *arg)
{
	volatile message *m = arg;

	while (!stop) {
		m->m_source = 1;
		m->m_source = HARDWARE;
	}
	return NULL;
}

static void honest(void *arg)
{
	int *eps = arg, i;
	message m;

	eps[0] = mnx_bind(VMID, PEER_SLOT);
	for (i = 0; i < NR_RALLY; i++) {
		ASSERT_RC(mnx_receive_T(ANY, &m, PATIENCE), OK);
		ck_assert_int_eq(m.m_source, eps[1]);
		ck_assert_int_eq(m.m_type, i);
	}
}

START_TEST(source_forged)
{
	int *eps = shared_new(4096), i;
	pthread_t thread;
	pid_t pid;

	eps[1] = raw_self(fd);
	pid = child_start(honest, eps);
	AWAIT(*(volatile int *)&eps[0]);
	pthread_create(&thread, NULL, swap_source, &page->call[0].msg);
	for (i = 0; i < NR_RALLY; i++) {
		page->call[0].msg.m_type = i;
		ASSERT_RC(raw_prim(fd, page, 0, M3IPC_IOC_SEND, eps[0],
				   PATIENCE),
			  OK);
	}
	stop = true;
	pthread_join(thread, NULL);
	child_end(pid);
}
END_TEST

/*
 * What a slot says that the driver has not put there, and never would: numbers
 * that the kernel means for itself, to restart system calls.
 */
START_TEST(internal_numbers)
{
	int rc;

	for (rc = -512; rc >= -531; rc--) {
		page->call[0].op = (uint32_t)rc;
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_RECEIVE, 0), -ESTALE);
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_CANCEL, 0), -EINTR);
	}
}
END_TEST

#define FORGED 4711

static atomic_int nr_forged;

static void *watch_source(void *unused)
{
	const volatile int32_t *source = &page->call[0].msg.m_source;

	(void)unused;
	while (!stop)
		if (*source == FORGED)
			nr_forged++;
	return NULL;
}

static void forge_source(void *server)
{
	int own = raw_open();
	struct m3ipc_page *p;

	ck_assert_int_gt(raw_bind(own, PEER_SLOT), 0);
	p = raw_map(own);
	do
		p->call[0].msg.m_source = FORGED;
	while (!raw_prim(own, p, 0, M3IPC_IOC_SEND, *(int *)server, -1));
}

/* Who watches a receiver's page never sees whom the sender claims to be. */
START_TEST(forged_source)
{
	long end = now_ms() + RALLY_MS;
	int self = raw_self(fd);
	pid_t child = child_start(forge_source, &self);
	pthread_t watcher;

	stop = false;
	nr_forged = 0;
	pthread_create(&watcher, NULL, watch_source, NULL);
	while (now_ms() < end)
		ASSERT_RC(raw_prim(fd, page, 0, M3IPC_IOC_RECEIVE, ANY, -1),
			  OK);
	stop = true;
	pthread_join(watcher, NULL);
	child_kill(child);
	ck_assert_int_eq(nr_forged, 0);
}
END_TEST

/* Pages of earlier bindings */

START_TEST(dead_page)
{
	struct m3ipc_page *now;

	page->call[0].peer = ANY;
	page->call[0].timeout = 0;
	ASSERT_RC(raw_unbind(fd, VMID, SELF), OK);
	ASSERT_RC(raw_enter(fd, page, 0, M3IPC_IOC_RECEIVE), EMOLNOTBIND);
	ck_assert_int_gt(raw_bind(fd, MY_NR), 0);
	ASSERT_RC(raw_enter(fd, page, 0, M3IPC_IOC_RECEIVE), -ESTALE);
	now = raw_map(fd);
	ck_assert_uint_ne(now->id.serial, page->id.serial);
	memset(page, 0xa5, sizeof(*page));
	ck_assert_uint_eq(now->call[0].op, 0);
	ck_assert_int_eq(now->call[5].msg.m_type, 0);
	ASSERT_RC(raw_enter(fd, page, 0, M3IPC_IOC_RECEIVE), -ESTALE);
	ASSERT_RC(raw_prim(fd, now, 0, M3IPC_IOC_RECEIVE, ANY, 0), EMOLAGAIN);
	ck_assert_int_eq(page->call[5].msg.m_type, (int)0xa5a5a5a5);
}
END_TEST

/* The slot's next owner gets a page of its own, and an empty one. */

static void next_owner(void *arg)
{
	const struct m3ipc_page *old = arg;
	struct m3ipc_page *now;
	uint32_t i, rest = 0;

	(void)old;
	ck_assert_int_gt(raw_bind(fd, MY_NR), 0);
	now = raw_map(fd);
	for (i = 0; i < offsetof(struct m3ipc_page, id); i++)
		rest |= ((unsigned char *)now)[i];
	ck_assert_uint_eq(rest, 0);
	ASSERT_RC(raw_prim(fd, now, 0, M3IPC_IOC_RECEIVE, ANY, 0), EMOLAGAIN);
}

START_TEST(page_of_the_next)
{
	int i;

	for (i = 0; i < 50; i++) {
		memset(page, 0xff, sizeof(*page));
		ASSERT_RC(raw_unbind(fd, VMID, SELF), OK);
		if (i % 2)
			munmap(page, 4096);
		child_run(next_owner, page);
		ck_assert_int_gt(raw_bind(fd, MY_NR), 0);
		page = raw_map(fd);
	}
}
END_TEST

/* Old pages stay readable as long as they are mapped. */
START_TEST(many_dead_pages)
{
	struct m3ipc_page *pages[300];
	uint64_t last = 0;
	int i;

	for (i = 0; i < 300; i++) {
		pages[i] = page;
		page->call[0].value = i;
		ck_assert_uint_gt(page->id.serial, last);
		last = page->id.serial;
		ASSERT_RC(raw_unbind(fd, VMID, SELF), OK);
		ck_assert_int_gt(raw_bind(fd, MY_NR + i % 2), 0);
		page = raw_map(fd);
	}
	ASSERT_RC(mnx_vm_end(VMID), OK);
	for (i = 0; i < 300; i++)
		ck_assert_int_eq(pages[i]->call[0].value, i);
}
END_TEST

/* By way of the kernel */

START_TEST(by_proc_mem)
{
	int mem = open("/proc/self/mem", O_RDWR);
	int32_t value = 4711;
	off_t at = (off_t)(intptr_t)&page->call[2].value;

	ck_assert_int_ge(mem, 0);
	ck_assert_int_eq(pwrite(mem, &value, 4, at), 4);
	ck_assert_int_eq(page->call[2].value, 4711);
	page->call[2].value = 12;
	ck_assert_int_eq(pread(mem, &value, 4, at), 4);
	ck_assert_int_eq(value, 12);
	/* A view of it that the mapping does not allow */
	mprotect(page, 4096, PROT_READ);
	pwrite(mem, &value, 4, at);
	close(mem);
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
	ASSERT_RC(raw_prim(fd, page, 0, M3IPC_IOC_RECEIVE, ANY, 0), EMOLAGAIN);
}
END_TEST

static void read_parents(void *arg)
{
	char buf[4096];
	struct iovec to = { buf, 4096 }, from = { arg, 4096 };

	ck_assert_int_eq(process_vm_readv(getppid(), &to, 1, &from, 1, 0),
			 4096);
	ck_assert_int_eq(((struct m3ipc_page *)buf)->call[1].value, 99);
	((struct m3ipc_page *)buf)->call[1].value = 98;
	ck_assert_int_eq(process_vm_writev(getppid(), &to, 1, &from, 1, 0),
			 4096);
}

START_TEST(by_another_process)
{
	page->call[1].value = 99;
	child_run(read_parents, page);
	ck_assert_int_eq(page->call[1].value, 98);
}
END_TEST

/* The kernel holds the page in a pipe while the binding and the map go. */
START_TEST(held_in_a_pipe)
{
	struct iovec iov = { page, 4096 };
	static char buf[4096];
	int pipe_[2], i;

	ck_assert(!pipe(pipe_));
	memset(page->call, 0x5a, sizeof(page->call));
	ck_assert_int_eq(vmsplice(pipe_[1], &iov, 1, 0), 4096);
	ASSERT_RC(raw_unbind(fd, VMID, SELF), OK);
	munmap(page, 4096);
	for (i = 0; i < 200; i++) {
		ck_assert_int_gt(raw_bind(fd, MY_NR), 0);
		page = raw_map(fd);
		memset(page, i, sizeof(*page));
		munmap(page, 4096);
		ASSERT_RC(raw_unbind(fd, VMID, SELF), OK);
	}
	ck_assert_int_eq(read(pipe_[0], buf, 4096), 4096);
	for (i = 0; i < (int)offsetof(struct m3ipc_page, id); i++)
		ck_assert_int_eq(buf[i], 0x5a);
}
END_TEST

/* O_DIRECT from and to the page; what the file system makes of it is its own */
START_TEST(direct_io)
{
	int file = open("/tmp/m3ipc_direct", O_RDWR | O_CREAT | O_DIRECT, 0600);
	int i;

	if (file < 0)
		file = open("/tmp/m3ipc_direct", O_RDWR | O_CREAT, 0600);
	ck_assert_int_ge(file, 0);
	unlink("/tmp/m3ipc_direct");
	for (i = 0; i < 100; i++) {
		page->call[3].value = i;
		ck_assert_int_eq(pwrite(file, page, 4096, 0), 4096);
		page->call[3].value = -1;
		ck_assert_int_eq(pread(file, page, 4096, 0), 4096);
		ck_assert_int_eq(page->call[3].value, i);
	}
	ASSERT_RC(raw_prim(fd, page, 0, M3IPC_IOC_RECEIVE, ANY, 0), EMOLAGAIN);
	close(file);
}
END_TEST

/* Core dumps */

#define CORE   "/tmp/m3ipc_core"
#define SECRET "this is in no core dump of mine"

static char other_secret[] = "this is in each core dump of me!";

static void die_with_core(void *arg)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	(void)arg;
	setrlimit(RLIMIT_CORE, &unlimited);
	/* Shared mappings too: but for its flag, the page would be in it. */
	ck_assert(!file_put("/proc/self/coredump_filter", "0x1b"));
	ck_assert_int_gt(raw_bind(fd, MY_NR + 1), 0);
	page = raw_map(fd);
	/* Put together here, so that no other memory has it. */
	snprintf(page->call[4].msg.m6_ca1, 56, "%s %s", "this is in no core",
		 "dump of mine");
	other_secret[0] = 'T';
	abort();
}

static bool file_has(const char *path, const char *text, size_t len)
{
	int file = open(path, O_RDONLY);
	off_t size = lseek(file, 0, SEEK_END);
	void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, file, 0);
	bool found = memmem(p, (size_t)size, text, len);

	munmap(p, (size_t)size);
	close(file);
	return found;
}

START_TEST(not_in_core_dumps)
{
	char wanted[sizeof(other_secret)], pattern[256] = "";
	int status, old = open("/proc/sys/kernel/core_pattern", O_RDONLY);

	ck_assert_int_gt(read(old, pattern, sizeof(pattern) - 1), 0);
	close(old);
	memcpy(wanted, other_secret, sizeof(wanted));
	wanted[0] = 'T';
	ck_assert(!file_put("/proc/sys/kernel/core_pattern", CORE));
	file_put("/proc/sys/kernel/core_uses_pid", "0");
	status = child_status(child_start(die_with_core, NULL));
	ck_assert(!file_put("/proc/sys/kernel/core_pattern", pattern));
	ck_assert(WIFSIGNALED(status) && WCOREDUMP(status));
	ck_assert(file_has(CORE, wanted, sizeof(wanted) - 1));
	ck_assert(!file_has(CORE, SECRET, 31));
	unlink(CORE);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ scribbled, 1 },          { source_forged, 1 },
		{ internal_numbers, 1 },   { forged_source, 1 },
		{ dead_page, 1 },          { page_of_the_next, 1 },
		{ many_dead_pages, 1 },    { by_proc_mem, 1 },
		{ by_another_process, 1 }, { held_in_a_pipe, 1 },
		{ direct_io, 1 },          { not_in_core_dumps, 1 },
	};

	stage_init();
	return RUN_TESTS("the message page as memory", 60, set_up, stage_down,
			 tests);
}
