// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MEMORY of one node: its minors and disks, each request, and what makes no
 * sense.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "server.h"
#include "users.h"

#define USER  40
#define OTHER 41

static char data[DISK_BYTES], more[DISK_BYTES];

/* Minors */

static int minors(struct call *call)
{
	dev_open_t arg = { .minor = DEV_MINOR_NAMED, .name = "sync" };
	message m = { .m_type = DEV_OPEN };

	(void)call;
	com_put(&m, &arg);
	REQUIRE(!mnx_sendrec(MEM_PROC_NR, &m) && !m.m_type);
	com_get(&m, &arg);
	REQUIRE(arg.minor == DISK_SYNC && arg.bytes == DISK_BYTES);
	REQUIRE(arg.flags == (DEV_COMMITS | DEV_LASTS) && arg.key);
	REQUIRE(disk_open(DEV_MINOR_MEM, 0) == -EPERM);
	REQUIRE(disk_open(DEV_MINOR_KMEM, 0) == -EPERM);
	REQUIRE(disk_open(6, 0) == -ENXIO && disk_open(7, 0) == -ENXIO);
	REQUIRE(disk_open(DISK_NONE, 0) == -ENXIO);
	REQUIRE(disk_open(DISK_RO, DEV_WRITABLE) == -EROFS);
	REQUIRE(disk_open(DEV_MINOR_NULL, DEV_WRITABLE) == OK);
	REQUIRE(disk_open(DEV_MINOR_ZERO, DEV_WRITABLE) == OK);
	return OK;
}

/* The first two names of disks are of the same ones. */
static int other_names(struct call *call)
{
	(void)call;
	REQUIRE(disk_open(DEV_MINOR_RAM, DEV_WRITABLE) == OK);
	REQUIRE(disk_open(DEV_MINOR_BOOT, 0) == OK);
	disk_fill(data, 77);
	REQUIRE(disk_io(DEV_WRITE, DEV_MINOR_RAM, 0, data, 512) == 512);
	REQUIRE(disk_io(DEV_READ, DISK_EMPTY, 0, more, 512) == 512);
	REQUIRE(disk_number(more) == 77);
	REQUIRE(disk_io(DEV_READ, DISK_RO, 512, more, 512) == 512);
	REQUIRE(disk_number(more) == 1);
	REQUIRE(disk_close(DISK_EMPTY) == OK);
	REQUIRE(disk_io(DEV_READ, DEV_MINOR_RAM, 0, more, 1) == -EBADF);
	return OK;
}

static int plain(struct call *call)
{
	const int64_t end = INT64_MAX - 100;

	(void)call;
	memset(data, 1, sizeof(data));
	REQUIRE(disk_io(DEV_READ, DEV_MINOR_NULL, 0, data, 100) == 0);
	REQUIRE(disk_io(DEV_WRITE, DEV_MINOR_NULL, end, data, 500) == 500);
	REQUIRE(disk_io(DEV_READ, DEV_MINOR_ZERO, end, data, 100) == 100);
	REQUIRE(!data[0] && !data[99] && data[100]);
	REQUIRE(disk_io(DEV_WRITE, DEV_MINOR_ZERO, 5, data, 500) == 500);
	return OK;
}

START_TEST(which_there_are)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(ASK(a, minors), OK);
	ASSERT_RC(ASK(a, other_names), OK);
	ASSERT_RC(ASK(a, plain), OK);
}
END_TEST

/* Data */

static int vectors(int minor)
{
	const struct iovec iov[] = { { more + 3, 1000 },
				     { more + 2003, 0 },
				     { more + 3003, 9000 },
				     { more, 3 } };

	REQUIRE(disk_vector(DEV_SCATTER, minor, 4321, iov, 4) == 10003);
	memset(data, 0, sizeof(data));
	REQUIRE(disk_io(DEV_READ, minor, 4321, data, 10003) == 10003);
	REQUIRE(!memcmp(data, more + 3, 1000));
	REQUIRE(!memcmp(data + 1000, more + 3003, 9000));
	memset(more, 0, sizeof(more));
	REQUIRE(disk_vector(DEV_GATHER, minor, 4321, iov, 4) == 10003);
	REQUIRE(!memcmp(data, more + 3, 1000));
	REQUIRE(!memcmp(data + 1000, more + 3003, 9000));
	REQUIRE(!memcmp(data + 10000, more, 3));
	return OK;
}

static int commits(int minor)
{
	dev_piece_t pieces[DEV_COMMIT_MAX];

	for (int i = 0; i < DEV_COMMIT_MAX; i++) {
		pieces[i] = (dev_piece_t){
			.position = DISK_BLOCK * (DISK_BLOCKS - 1 - i / 4),
			.address = (uintptr_t)more + i / 4 * DISK_BLOCK,
			.bytes = DISK_BLOCK,
		};
		disk_fill(more + i / 4 * DISK_BLOCK, i / 4);
	}
	REQUIRE(disk_vector(DEV_COMMIT, minor, 0, pieces, DEV_COMMIT_MAX) ==
		DISK_BLOCK * DEV_COMMIT_MAX);
	REQUIRE(disk_io(DEV_READ, minor, 0, data, DISK_BYTES) == DISK_BYTES);
	for (int i = 0; i < DISK_BLOCKS; i++)
		REQUIRE(disk_number(data + i * DISK_BLOCK) ==
			DISK_BLOCKS - 1 - i);
	return OK;
}

static int moves(struct call *call)
{
	const int minor = call->value;
	int64_t value;
	int rc;

	REQUIRE(disk_open(minor, DEV_WRITABLE) == OK);
	REQUIRE(disk_ioctl(minor, DIOC_SIZE, &value) == OK);
	REQUIRE(value == DISK_BYTES);
	for (int i = 0; i < DISK_BYTES; i++)
		more[i] = (char)(i * 5 + i / 512);
	REQUIRE(disk_io(DEV_WRITE, minor, 1, more, DISK_BYTES) ==
		DISK_BYTES - 1);
	REQUIRE(disk_io(DEV_READ, minor, 1, data, DISK_BYTES) ==
		DISK_BYTES - 1);
	REQUIRE(!memcmp(data, more, DISK_BYTES - 1));
	REQUIRE(disk_io(DEV_READ, minor, DISK_BYTES, data, 512) == 0);
	rc = vectors(minor);
	rc = rc ? rc : commits(minor);
	if (rc)
		return rc;
	REQUIRE(disk_ioctl(minor, DIOC_FLUSH, &value) == OK);
	REQUIRE(disk_close(minor) == OK);
	REQUIRE(disk_io(DEV_READ, minor, 0, data, 512) == -EBADF);
	return OK;
}

static int reads_only(struct call *call)
{
	(void)call;
	REQUIRE(disk_open(DISK_RO, 0) == OK);
	REQUIRE(disk_io(DEV_READ, DISK_RO, 0, data, DISK_BYTES) == DISK_BYTES);
	REQUIRE(disk_number(data + DISK_BYTES - DISK_BLOCK) == DISK_BLOCKS - 1);
	REQUIRE(disk_io(DEV_WRITE, DISK_RO, 0, data, 1) == -EBADF);
	return OK;
}

START_TEST(data_moves)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(ASK(a, moves, .value = DISK_EMPTY), OK);
	ASSERT_RC(ASK(a, moves, .value = DISK_COPY), OK);
	ASSERT_RC(ASK(a, moves, .value = DISK_SYNC), OK);
	ASSERT_RC(ASK(a, reads_only), OK);
	ck_assert_int_eq(disk_image_number(DISK_SYNC_IMAGE, 0),
			 DISK_BLOCKS - 1);
	ck_assert_int_eq(disk_image_number(DISK_COPY_IMAGE, 0), 0);
	ck_assert_int_eq(access(DISK_JOURNAL, F_OK), 0);
	memory_kill(SIGTERM);
	ck_assert_int_eq(access(DISK_JOURNAL, F_OK), -1);
	ck_assert_int_eq(disk_image_number(DISK_SYNC_IMAGE, 255), 0);
}
END_TEST

/* Addresses that are not there, or that may only be read */
static int bad_memory(struct call *call)
{
	const int minor = call->value;
	char *page =
		mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov[] = { { data, 10 }, { (void *)8, 10 } };
	dev_piece_t pieces[] = { { 0, (uintptr_t)data, 10, 0 },
				 { 10, 8, 10, 0 } };

	REQUIRE(disk_open(minor, DEV_WRITABLE) == OK);
	REQUIRE(!munmap(page + 4096, 4096));
	REQUIRE(disk_io(DEV_READ, minor, 0, (void *)8, 8) == -EFAULT);
	REQUIRE(disk_io(DEV_READ, minor, 0, page, 8) == -EFAULT);
	REQUIRE(disk_io(DEV_READ, minor, 0, (void *)-9L, 8) == -EFAULT);
	REQUIRE(disk_io(DEV_WRITE, minor, 0, page, 4096) == 4096);
	REQUIRE(disk_io(DEV_WRITE, minor, 0, page, 4097) == -EFAULT);
	REQUIRE(disk_vector(DEV_GATHER, minor, 0, (void *)8, 1) == -EFAULT);
	REQUIRE(disk_vector(DEV_GATHER, minor, 0, iov, 2) == -EFAULT);
	REQUIRE(disk_vector(DEV_GATHER, minor, 0, iov, 1025) == -EINVAL);
	REQUIRE(disk_vector(DEV_SCATTER, minor, 0, iov, 2) == -EFAULT);
	memset(data, 9, 10);
	REQUIRE(disk_vector(DEV_COMMIT, minor, 0, pieces, 2) == -EFAULT);
	REQUIRE(disk_vector(DEV_COMMIT, minor, 0, (void *)8, 1) == -EFAULT);
	REQUIRE(disk_io(DEV_READ, minor, 0, data, 1) == 1 && !data[0]);
	REQUIRE(disk_io(DEV_READ, minor, -1, data, 1) == -EINVAL);
	REQUIRE(disk_io(DEV_READ, minor, 0, data, DEV_BYTES_MAX + 1L) ==
		-EINVAL);
	munmap(page, 4096);
	return disk_close(minor);
}

START_TEST(bad_addresses)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(ASK(a, bad_memory, .value = DISK_EMPTY), OK);
	ASSERT_RC(ASK(a, bad_memory, .value = DISK_SYNC), OK);
}
END_TEST

/* Any request with anything in it */
static int ask_anything(struct call *call)
{
	static const int types[] = { DEV_READ,    DEV_WRITE,  DEV_GATHER,
				     DEV_SCATTER, DEV_COMMIT, DEV_OPEN,
				     DEV_CLOSE,   DEV_IOCTL };
	message m;

	srand((unsigned int)call->value);
	for (int i = 0; i < 1500; i++) {
		for (int j = 0; j < COM_BYTES; j++)
			m.m_raw[j] = (char)(rand() % 5 ? 0 : rand());
		if (rand() % 2)
			m.m_u.m_bytes[24] = (char)(rand() % 14);
		m.m_type = rand() % 9 ? types[rand() % NR_OF(types)] :
					DEV_BASE + rand() % 64;
		REQUIRE(!mnx_sendrec_T(MEM_PROC_NR, &m, PATIENCE));
		REQUIRE(m.m_type <= 0);
	}
	return OK;
}

START_TEST(anything)
{
	struct actor *a[3];

	for (int i = 0; i < NR_OF(a); i++) {
		a[i] = actor_new(PROCESS, USER + i);
		START(a[i], .op = OP_RUN, .run = ask_anything, .value = i);
	}
	for (int i = 0; i < NR_OF(a); i++)
		ASSERT_RC(actor_end(a[i]).rc, OK);
	for (int i = 0; i < NR_OF(a); i++)
		actor_kill(a[i]);
	ASSERT_RC(ASK(actor_new(PROCESS, USER + 5), reads_only), OK);
}
END_TEST

/* Who may */

static int opens(struct call *call)
{
	return disk_open(call->value, call->peer ? DEV_WRITABLE : 0);
}

static int opens_as_user(struct call *call)
{
	REQUIRE(!seteuid(ALICE));
	REQUIRE(disk_open(DISK_EMPTY, 0) == -EACCES);
	REQUIRE(disk_io(DEV_READ, DISK_EMPTY, 0, data, 1) == -EBADF);
	REQUIRE(disk_io(DEV_READ, DEV_MINOR_ZERO, 0, data, 1) == 1);
	return opens(call);
}

START_TEST(disks_are_roots)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(ASK(a, opens_as_user, .value = DISK_SYNC), -EACCES);
	a = actor_new(PROCESS, 20);
	ASSERT_RC(ASK(a, opens, .value = DISK_SYNC), OK);
}
END_TEST

/* Two file systems on one disk, of which one ends */
START_TEST(who_writes_is_alone)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, OTHER);

	ASSERT_RC(ASK(a, opens, .value = DISK_SYNC, .peer = 1), OK);
	ASSERT_RC(ASK(b, opens, .value = DISK_SYNC, .peer = 1), -EBUSY);
	ASSERT_RC(ASK(b, opens, .value = DISK_SYNC), -EBUSY);
	actor_kill(a);
	ASSERT_RC(ASK(b, opens, .value = DISK_SYNC, .peer = 1), OK);
	/* In a system slot an endpoint comes again. */
	actor_kill(b);
	a = actor_new(PROCESS, 20);
	ASSERT_RC(ASK(a, opens, .value = DISK_SYNC, .peer = 1), OK);
	actor_kill(a);
	AWAIT(slot_is(20, SLOT_FREE));
	a = actor_new(PROCESS, 20);
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = opens, .value = DISK_NONE),
		  -ENXIO);
	b = actor_new(PROCESS, USER);
	ASSERT_RC(ASK(b, opens, .value = DISK_SYNC, .peer = 1), OK);
}
END_TEST

/* Starting */

/* It says that it cannot. */
START_TEST(what_it_does_not_start_with)
{
	int fd;

	memory_kill(SIGTERM);
	fd = open(DISK_SYNC_IMAGE, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(fd, LOCK_SH), 0);
	ck_assert_int_eq(memory_fails(), EXIT_FAILURE);
	close(fd);
	server_configure(" memory { node = \"node0\""
			 " disk \"large\" { size = 1000G } }");
	ck_assert_int_eq(memory_fails(), EXIT_FAILURE);
	server_configure("");
	ck_assert_int_eq(memory_fails(), EXIT_FAILURE);
}
END_TEST

static int reads_block(struct call *call)
{
	const int rc = disk_open(DISK_SYNC, 0);

	return rc ? rc :
		    disk_io(DEV_READ, DISK_SYNC, call->value * DISK_BLOCK, data,
			    DISK_BLOCK);
}

START_TEST(an_image_that_shrinks)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(ASK(a, reads_block, .value = DISK_BLOCKS - 1), DISK_BLOCK);
	ck_assert_int_eq(truncate(DISK_SYNC_IMAGE, DISK_BYTES / 2), 0);
	ASSERT_RC(ASK(a, reads_block, .value = 0), DISK_BLOCK);
	ASSERT_RC(ASK(a, reads_block, .value = DISK_BLOCKS - 1), -EIO);
	ASSERT_RC(ASK(a, reads_only), OK);
}
END_TEST

/* Speed: us of a request that moves nothing, MB/s of 64 KiB at a time */

#define AT_ONCE_BYTES 65536
#define TIMES         2000

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int mb_per_s(int64_t begun)
{
	return (int)(INT64_C(1000) * TIMES * AT_ONCE_BYTES /
		     (now_ns() - begun));
}

static int ask_fast(struct call *call)
{
	int64_t begun = now_ns(), value;

	(void)call;
	for (int i = 0; i < TIMES; i++)
		REQUIRE(!disk_ioctl(DEV_MINOR_ZERO, DIOC_SIZE, &value));
	return (int)((now_ns() - begun) / 1000 / TIMES);
}

static int read_fast(struct call *call)
{
	int64_t begun;

	REQUIRE(!disk_open(call->value, 0));
	begun = now_ns();
	for (int i = 0; i < TIMES; i++)
		REQUIRE(disk_io(DEV_READ, call->value, i % 2 * AT_ONCE_BYTES,
				data, AT_ONCE_BYTES) == AT_ONCE_BYTES);
	return mb_per_s(begun);
}

static int readv_fast(struct call *call)
{
	struct iovec own = { data, AT_ONCE_BYTES };
	struct iovec theirs = { more, AT_ONCE_BYTES };
	int64_t begun = now_ns();

	for (int i = 0; i < TIMES; i++)
		REQUIRE(process_vm_readv(call->value, &own, 1, &theirs, 1, 0) ==
			AT_ONCE_BYTES);
	return mb_per_s(begun);
}

static int copy_fast(struct call *call)
{
	int64_t begun = now_ns();

	(void)call;
	for (int i = 0; i < TIMES; i++) {
		memcpy(data, more + i % 2, AT_ONCE_BYTES);
		__asm__ volatile("" : : "r"(data) : "memory");
	}
	return mb_per_s(begun);
}

START_TEST(speed)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, OTHER);
	int ask, ram, file, readv, copy;

	memset(more, 1, sizeof(more));
	ask = ASK(a, ask_fast);
	ram = ASK(a, read_fast, .value = DISK_EMPTY);
	file = ASK(a, read_fast, .value = DISK_SYNC);
	readv = ASK(a, readv_fast, .value = b->pid);
	copy = ASK(a, copy_fast);
	ck_assert(ask >= 0 && ram > 0 && file > 0 && readv > 0 && copy > 0);
	printf("    a request %d us; reads of 64 KiB, MB/s: a disk in memory "
	       "%d, an image %d, process_vm_readv %d, memcpy %d\n",
	       ask, ram, file, readv, copy);
	fflush(stdout);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ which_there_are, 1 },
		{ data_moves, 1 },
		{ bad_addresses, 1 },
		{ anything, 1 },
		{ disks_are_roots, 1 },
		{ who_writes_is_alone, 1 },
		{ what_it_does_not_start_with, 1 },
		{ an_image_that_shrinks, 1 },
		{ speed, 1 },
	};

	stage_init();
	return RUN_TESTS("memory driver", 120, disk_up, disk_down, tests);
}
