// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Failing allocations: what a node does by itself (see fault.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "raw.h"

static int fd = -1, epoll_fd;
static struct actor *partner;
static struct m3ipc_page *page;

static int make_open(void)
{
	fd = open("/dev/m3ipc", O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : 0;
}

static void undo_open(void)
{
	close(fd);
}

static int make_vm(void)
{
	VM_usr_t vm = VM_USR_INIT(1, "fault");

	return raw_ioctl(fd, M3IPC_IOC_VM_INIT, &vm);
}

static void undo_vm(void)
{
	ASSERT_RC(mnx_vm_end(1), OK);
}

static void check_no_vm(void)
{
	struct stat st;
	VM_usr_t vm;

	ASSERT_RC(mnx_getvminfo(1, &vm), EMOLVMNOTRUN);
	ck_assert(stat("/proc/drvs/fault", &st) < 0);
}

static int make_bind(void)
{
	int rc = raw_bind(fd, MY_SYS_NR);

	return rc > 0 ? 0 : rc;
}

static void undo_bind(void)
{
	ASSERT_RC(raw_unbind(fd, VMID, SELF), OK);
}

static void check_not_bound(void)
{
	ck_assert(slot_is(MY_SYS_NR, SLOT_FREE));
	ASSERT_RC(raw_self(fd), EMOLNOTBIND);
}

static void prepare_bound(void)
{
	ck_assert_int_ge(raw_bind(fd, MY_SYS_NR), 0);
	partner = actor_new(PROCESS, 100);
}

static void finish_bound(void)
{
	actor_kill(partner);
	undo_bind();
}

static int make_mmap(void)
{
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	return page == MAP_FAILED ? -errno : 0;
}

static void undo_mmap(void)
{
	munmap(page, sizeof(*page));
}

static void prepare_page(void)
{
	prepare_bound();
	page = raw_map(fd);
	page->call[0].src_nr = SELF;
}

/* The partner has no table of notifications until this succeeds. */
static int make_notify(void)
{
	return raw_prim(fd, page, 0, M3IPC_IOC_NOTIFY, partner->ep, 0);
}

/* The partner is blocked on me: I may copy, from memory that it has not. */
static void prepare_copy(void)
{
	int self;

	prepare_bound();
	self = raw_self(fd);
	START(partner, .op = OP_RECEIVE, .peer = self, .ms = TIMEOUT_FOREVER);
	actor_await(partner, RECEIVING);
}

static int make_vcopy(void)
{
	static char from[3 * 4096] = "";
	struct m3ipc_iovec segments[2] = {
		{ (uintptr_t)from, 4096 },
		{ (uintptr_t)from + 8192, 4096 },
	};
	struct m3ipc_vcopy arg = {
		.src = SELF,
		.dst = partner->ep,
		.saddr = (uintptr_t)segments,
		.daddr = (uintptr_t)from,
		.bytes = 8192,
		.nr_src = 2,
	};

	return raw_ioctl(fd, M3IPC_IOC_VCOPY, &arg);
}

static int make_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	/* What could not be watched says so. */
	return epoll_wait(epoll_fd, &event, 1, 0) > 0 ? -ENOMEM : 0;
}

static void undo_epoll(void)
{
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static void prepare_epoll(void)
{
	prepare_bound();
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
}

static void finish_epoll(void)
{
	close(epoll_fd);
	finish_bound();
}

static int make_read(void)
{
	char text[4096];
	int f = open("/proc/drvs/stage/procs", O_RDONLY), rc;

	if (f < 0)
		return -errno;
	rc = read(f, text, sizeof(text)) < 0 ? -errno : 0;
	close(f);
	return rc;
}

static int make_namespace(void)
{
	return unshare(CLONE_NEWNET) ? -errno : 0;
}

static void up(void)
{
	stage_up();
	ASSERT_RC(make_open(), 0);
}

/* A log: of the VM that the test began with, which has none */
static int make_log(void)
{
	uint64_t seq = 0;

	return mnx_getevents(VMID, &seq, NULL, 0);
}

static const struct way ways[] = {
	{ .name = "open", .make = make_open, .undo = undo_open },
	{ .name = "vm_init",
	  .make = make_vm,
	  .check_failed = check_no_vm,
	  .undo = undo_vm },
	{ .name = "bind",
	  .make = make_bind,
	  .check_failed = check_not_bound,
	  .undo = undo_bind },
	{ .name = "getevents", .make = make_log },
	{ .name = "mmap",
	  .prepare = prepare_bound,
	  .make = make_mmap,
	  .undo = undo_mmap,
	  .finish = finish_bound },
	{ .name = "notify",
	  .prepare = prepare_page,
	  .make = make_notify,
	  .finish = finish_bound },
	{ .name = "epoll",
	  .prepare = prepare_epoll,
	  .make = make_epoll,
	  .check_failed = undo_epoll,
	  .undo = undo_epoll,
	  .finish = finish_epoll },
	{ .name = "vcopy",
	  .prepare = prepare_copy,
	  .make = make_vcopy,
	  .finish = finish_bound },
	{ .name = "/proc",
	  .prepare = prepare_bound,
	  .make = make_read,
	  .finish = finish_bound },
	{ .name = "namespace", .make = make_namespace, .last = 60 },
};

int main(void)
{
	return run_ways("failing allocations", up, stage_down, ways,
			NR_OF(ways));
}
