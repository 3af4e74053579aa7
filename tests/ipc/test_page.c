// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The message page: how it may be mapped, what becomes of a call when its
 * mapping goes away, and of a mapping when its binding does.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

#define PEER_SLOT 111
#define RW        (PROT_READ | PROT_WRITE)

static int fd;
static struct m3ipc_page *page;
static struct actor *peer;

static void set_up(void)
{
	stage_up();
	peer = actor_new(PROCESS, PEER_SLOT);
	fd = raw_open();
	ck_assert_int_gt(raw_bind(fd, MY_NR), 0);
	page = raw_map(fd);
}

/* The endpoint works, with that page. */
static void round_trip_with(struct m3ipc_page *with)
{
	message m = { .m_type = 5 };
	struct result r;

	START(peer, .op = OP_SENDREC, .peer = raw_self(fd), .ms = PATIENCE,
	      .m = m);
	ASSERT_RC(raw_prim(fd, with, 0, M3IPC_IOC_RECEIVE, ANY, PATIENCE), OK);
	ck_assert_int_eq(with->call[0].msg.m_source, peer->ep);
	ck_assert_int_eq(with->call[0].msg.m_type, 5);
	with->call[0].msg.m_type = 6;
	ASSERT_RC(raw_prim(fd, with, 0, M3IPC_IOC_REPLY, peer->ep, 0), OK);
	r = actor_end(peer);
	ASSERT_RC(r.rc, OK);
	ck_assert_int_eq(r.m.m_source, raw_self(fd));
	ck_assert_int_eq(r.m.m_type, 6);
}

static void round_trip(void)
{
	round_trip_with(page);
}

/* Does touching the byte there raise a signal?  Which? */

static sigjmp_buf fault_jmp;

static void on_fault(int sig)
{
	siglongjmp(fault_jmp, sig);
}

static int touch(volatile void *at, bool write)
{
	struct sigaction sa = { .sa_handler = on_fault };
	int sig;

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sig = sigsetjmp(fault_jmp, 1);
	if (!sig) {
		volatile char *p = at;
		char c = *p;

		if (write)
			*p = c;
	}
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	return sig;
}

/* Mapping */

static int map_fails(size_t len, int prot, int flags, int file, off_t at)
{
	void *p = mmap(NULL, len, prot, flags, file, at);

	if (p != MAP_FAILED) {
		munmap(p, len);
		return 0;
	}
	return errno;
}

START_TEST(ways_to_map)
{
	int ro = open("/dev/m3ipc", O_RDONLY);
	int wo = open("/dev/m3ipc", O_WRONLY);
	int none = open("/dev/m3ipc", O_PATH);

#define MAP_FAILS(error, ...) ck_assert_int_eq(map_fails(__VA_ARGS__), error)
	MAP_FAILS(EINVAL, 4096, RW, MAP_PRIVATE, fd, 0);
	MAP_FAILS(EINVAL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	MAP_FAILS(EINVAL, 4096, RW | PROT_EXEC, MAP_SHARED, fd, 0);
	MAP_FAILS(EINVAL, 4096, PROT_EXEC, MAP_SHARED, fd, 0);
	MAP_FAILS(EINVAL, 4097, RW, MAP_SHARED, fd, 0);
	MAP_FAILS(EINVAL, 8192, RW, MAP_SHARED, fd, 0);
	MAP_FAILS(EINVAL, 1 << 30, RW, MAP_SHARED, fd, 0);
	MAP_FAILS(EINVAL, 4096, RW, MAP_SHARED, fd, 4096);
	MAP_FAILS(EINVAL, 4096, RW, MAP_SHARED, fd, 1L << 40);
	MAP_FAILS(EINVAL, 4096, RW, MAP_SHARED, fd, 1);
	MAP_FAILS(EINVAL, 0, RW, MAP_SHARED, fd, 0);
	MAP_FAILS(EACCES, 4096, RW, MAP_SHARED, ro, 0);
	MAP_FAILS(EACCES, 4096, RW, MAP_SHARED, wo, 0);
	MAP_FAILS(EACCES, 4096, PROT_READ, MAP_SHARED, wo, 0);
	MAP_FAILS(EBADF, 4096, RW, MAP_SHARED, none, 0);
	MAP_FAILS(0, 1, RW, MAP_SHARED, fd, 0);
	/* What is not writable cannot be shared; the kernel sees to it. */
	MAP_FAILS(EINVAL, 4096, PROT_READ, MAP_SHARED, ro, 0);
	MAP_FAILS(0, 4096, RW, MAP_SHARED_VALIDATE, fd, 0);
	MAP_FAILS(0, 4096, RW, MAP_SHARED | MAP_POPULATE | MAP_LOCKED, fd, 0);
	MAP_FAILS(0, 4096, PROT_NONE, MAP_SHARED, fd, 0);
#undef MAP_FAILS
	close(ro);
	close(wo);
	close(none);
	round_trip();
}
END_TEST

START_TEST(never_executable)
{
	ck_assert(mprotect(page, 4096, RW | PROT_EXEC) && errno == EACCES);
	ck_assert(mprotect(page, 4096, PROT_EXEC) && errno == EACCES);
	ck_assert(!mprotect(page, 4096, PROT_READ));
	ck_assert_int_eq(touch(page, true), SIGSEGV);
	ck_assert(!mprotect(page, 4096, RW));
	round_trip();
}
END_TEST

/* Two views of one page: the second is as good as the first. */
START_TEST(mapped_twice)
{
	struct m3ipc_page *second = raw_map(fd);

	page->call[7].value = 4711;
	ck_assert_int_eq(second->call[7].value, 4711);
	round_trip_with(second);
	round_trip();
	munmap(page, 4096);
	round_trip_with(second);
}
END_TEST

START_TEST(moved)
{
	struct m3ipc_page *to;

	ck_assert_ptr_eq(mremap(page, 4096, 8192, 0), MAP_FAILED);
	ck_assert_ptr_eq(mremap(page, 4096, 8192, MREMAP_MAYMOVE), MAP_FAILED);
	ck_assert_ptr_eq(mremap(page, 0, 4096, MREMAP_MAYMOVE), MAP_FAILED);
	ck_assert_ptr_eq(mremap(page, 4096, 4096,
				MREMAP_MAYMOVE | MREMAP_DONTUNMAP),
			 MAP_FAILED);
	round_trip();
	to = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	to = mremap(page, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	ck_assert_ptr_ne(to, MAP_FAILED);
	ck_assert_int_eq(touch(page, false), SIGSEGV);
	round_trip_with(to);
}
END_TEST

START_TEST(mapped_over)
{
	void *p = mmap(page, 4096, RW, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	ck_assert_ptr_eq(p, page);
	/* What is written there is not what the driver looks at. */
	ASSERT_RC(raw_prim(fd, page, 0, M3IPC_IOC_RECEIVE, ANY, 0), -ESTALE);
	p = mmap(page, 4096, RW, MAP_FIXED | MAP_SHARED, fd, 0);
	ck_assert_ptr_eq(p, page);
	round_trip();
}
END_TEST

/*
 * What can be advised is done to the mapping, or refused; the page itself, and
 * the endpoint, do not notice.
 */
START_TEST(advised)
{
	static const int advice[] = {
		MADV_NORMAL,
		MADV_RANDOM,
		MADV_SEQUENTIAL,
		MADV_WILLNEED,
		MADV_DONTNEED,
		MADV_FREE,
		MADV_REMOVE,
		MADV_DONTFORK,
		MADV_MERGEABLE,
		MADV_UNMERGEABLE,
		MADV_HUGEPAGE,
		MADV_NOHUGEPAGE,
		MADV_DONTDUMP,
		MADV_DODUMP,
		MADV_WIPEONFORK,
		MADV_KEEPONFORK,
		MADV_COLD,
		MADV_PAGEOUT,
		22 /* POPULATE_READ */,
		23 /* POPULATE_WRITE */,
		24 /* DONTNEED_LOCKED */,
		25 /* COLLAPSE */,
	};

	madvise(page, 4096, advice[_i]);
	if (touch(page, true)) {
		ck_assert(advice[_i] == MADV_DONTNEED || advice[_i] == 24);
		page = raw_map(fd);
	}
	round_trip();
	ck_assert(madvise(page, 4096, MADV_DODUMP));
}
END_TEST

START_TEST(locked)
{
	ck_assert(!mlock(page, 4096));
	round_trip();
	ck_assert(!munlock(page, 4096));
	ck_assert(!mlockall(MCL_CURRENT | MCL_FUTURE));
	munmap(page, 4096);
	page = raw_map(fd);
	round_trip();
	ck_assert(!munlockall());
	ck_assert(msync(page, 4096, MS_SYNC) == 0 || errno == EINVAL);
	round_trip();
}
END_TEST

START_TEST(map_cycles)
{
	int i;

	for (i = 0; i < 5000; i++) {
		void *p = mmap(NULL, 4096, RW,
			       MAP_SHARED | (i % 2 ? MAP_POPULATE : 0), fd, 0);

		ck_assert_ptr_ne(p, MAP_FAILED);
		ck_assert(!munmap(p, 4096));
	}
	round_trip();
}
END_TEST

/* Blocked calls do not need the mapping. */

static void *blocked_receive(void *arg)
{
	return (void *)(intptr_t)raw_enter(fd, arg, 0, M3IPC_IOC_RECEIVE);
}

enum loss {
	UNMAPPED,
	READ_ONLY,
	NO_ACCESS,
	OVERMAPPED,
	DROPPED,
	NR_LOSSES
};

static void lose(enum loss loss)
{
	switch (loss) {
	case UNMAPPED:
		ck_assert(!munmap(page, 4096));
		break;
	case READ_ONLY:
		ck_assert(!mprotect(page, 4096, PROT_READ));
		break;
	case NO_ACCESS:
		ck_assert(!mprotect(page, 4096, PROT_NONE));
		break;
	case OVERMAPPED:
		ck_assert_ptr_eq(mmap(page, 4096, RW,
				      MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS,
				      -1, 0),
				 page);
		break;
	case DROPPED:
		ck_assert(!madvise(page, 4096, MADV_DONTNEED));
		break;
	case NR_LOSSES:
		break;
	}
}

START_TEST(lost_while_blocked)
{
	struct m3ipc_page *again;
	pthread_t thread;
	void *rc;

	page->call[0].peer = ANY;
	page->call[0].timeout = TIMEOUT_FOREVER;
	pthread_create(&thread, NULL, blocked_receive, page);
	slot_await(MY_NR, RECEIVING);
	lose(_i);
	ASSERT_RC(CALL_RC(peer, .op = OP_SEND, .peer = raw_self(fd), .ms = 0,
			  .m = { .m_type = 77 }),
		  OK);
	pthread_join(thread, &rc);
	ASSERT_RC((int)(intptr_t)rc, OK);
	again = raw_map(fd);
	ck_assert_int_eq(again->call[0].msg.m_type, 77);
	ck_assert_int_eq(again->call[0].msg.m_source, peer->ep);
	round_trip_with(again);
}
END_TEST

/* A call that finds op taken away has not begun. */
START_TEST(read_only_while_called)
{
	const struct m3ipc_page *ro = page;

	page->call[0].peer = ANY;
	page->call[0].timeout = TIMEOUT_NOWAIT;
	page->call[0].op = _IOC_NR(M3IPC_IOC_RECEIVE);
	ck_assert(!mprotect(page, 4096, PROT_READ));
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_RECEIVE, NULL), EMOLAGAIN);
	ck_assert_uint_eq(ro->call[0].op, _IOC_NR(M3IPC_IOC_RECEIVE));
}
END_TEST

/* Forks */

static void touch_parents_page(void *arg)
{
	ck_assert_int_eq(touch(arg, false), SIGSEGV);
}

START_TEST(not_inherited)
{
	child_run(touch_parents_page, page);
	/* The library's page is another mapping of it. */
	ck_assert_ptr_nonnull(mnx_msgbuf());
	round_trip();
}
END_TEST

static void count_mappings(void *arg)
{
	char line[256];
	FILE *f = fopen("/proc/self/maps", "r");

	(void)arg;
	while (fgets(line, sizeof(line), f))
		ck_assert_ptr_null(strstr(line, "m3ipc"));
	fclose(f);
}

START_TEST(not_listed_in_child)
{
	int i;

	for (i = 0; i < 20; i++)
		raw_map(fd);
	child_run(count_mappings, NULL);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ ways_to_map, 1 },
		{ never_executable, 1 },
		{ mapped_twice, 1 },
		{ moved, 1 },
		{ mapped_over, 1 },
		{ advised, 22 },
		{ locked, 1 },
		{ map_cycles, 1 },
		{ lost_while_blocked, NR_LOSSES },
		{ read_only_while_called, 1 },
		{ not_inherited, 1 },
		{ not_listed_in_child, 1 },
	};

	stage_init();
	return RUN_TESTS("the message page", 60, set_up, stage_down, tests);
}
