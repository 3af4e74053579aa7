// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * common/blockdriver over devices of the test, with clients whose memory is an
 * arena: requests that make sense, that do not, and any.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/sys.h>

#include "common/blockdriver.h"
#include "common/serve.h"
#include "common/util.h"
#include "sim/lib/dice.h"
#include "suite.h"

#define NODE   0
#define FAR    1
#define FS     1 /* a system slot */
#define ROOT   (FIRST_USER_NR + 1)
#define USER   (FIRST_USER_NR + 2)
#define ROOT_2 (FIRST_USER_NR + 3)
#define FAR_0  (FIRST_USER_NR + 4) /* root's, of another node */
#define FAR_1  (FIRST_USER_NR + 5) /* a user's */
#define CROWD  (FIRST_USER_NR + 10)
#define SIZE   10000
#define COPY   1000 /* bytes of a copy, at most */
#define ARENA  (6 << 20)

enum minor {
	RAM,    /* in memory */
	FILE_,  /* by its ops */
	FIXED,  /* read-only, without commits */
	SINK,   /* for all */
	SECRET, /* for nobody */
	HOLE,   /* none */
	MINORS
};

/* Clients */

static struct client {
	bool lives;
	uint64_t incarnation;
	uint32_t uid;
	int node;
} clients[NR_PROCS];

static unsigned char *arena;

static uint64_t address(const void *p)
{
	return (uintptr_t)p;
}

int mnx_getprocinfo(int vmid, int p_nr, proc_usr_t *info)
{
	const struct client *c = &clients[p_nr];

	ck_assert_int_eq(vmid, 3);
	if (!info)
		return EMOLFAULT;
	memset(info, 0, sizeof(*info));
	info->p_rts_flags = c->lives ? 0 : SLOT_FREE;
	info->p_endpoint = p_nr;
	info->p_incarnation = c->incarnation;
	info->p_nodeid = c->node;
	info->p_uid = c->node == NODE ? c->uid : PROC_NO_ID;
	return OK;
}

int sys_nextproc(int nodeid, int p_nr, sys_process_t *process, long ms)
{
	ck_assert_int_eq(nodeid, FAR);
	ck_assert_int_gt(ms, 0);
	if (!process)
		return EMOLFAULT;
	process->endpoint = p_nr;
	process->uid = clients[p_nr].uid;
	return OK;
}

int mnx_getvminfo(int vmid, VM_usr_t *info)
{
	ck_assert_int_eq(vmid, 3);
	info->vm_nr_tasks = NR_TASKS;
	info->vm_nr_sysprocs = NR_SYS_PROCS;
	return OK;
}

int mnx_getdrvsinfo(drvs_usr_t *info)
{
	info->d_max_copylen = COPY;
	return OK;
}

static bool in_arena(const struct iovec *iov)
{
	const uintptr_t at = (uintptr_t)iov->iov_base;
	const uintptr_t from = (uintptr_t)arena;

	return at >= from && at - from <= ARENA &&
	       iov->iov_len <= ARENA - (at - from);
}

static void gather(unsigned char *to, const struct iovec *iov, int nr)
{
	for (int i = 0; i < nr; to += iov[i++].iov_len)
		memcpy(to, iov[i].iov_base, iov[i].iov_len);
}

static void scatter(const struct iovec *iov, int nr, const unsigned char *from)
{
	for (int i = 0; i < nr; from += iov[i++].iov_len)
		memcpy(iov[i].iov_base, from, iov[i].iov_len);
}

static size_t iov_bytes(const struct iovec *iov, int nr)
{
	size_t bytes = 0;

	ck_assert_int_ge(nr, 1);
	ck_assert_int_le(nr, 1024);
	for (int i = 0; i < nr; i++)
		bytes += iov[i].iov_len;
	return bytes;
}

static unsigned int nr_copies;

int mnx_vcopyv(int src, const struct iovec *siov, int nr_src, int dst,
	       const struct iovec *diov, int nr_dst)
{
	const struct iovec *theirs = src == SELF ? diov : siov;
	const int nr = src == SELF ? nr_dst : nr_src;
	unsigned char bytes[COPY];

	ck_assert((src == SELF) != (dst == SELF));
	ck_assert_uint_le(iov_bytes(siov, nr_src), COPY);
	ck_assert_uint_eq(iov_bytes(siov, nr_src), iov_bytes(diov, nr_dst));
	nr_copies++;
	for (int i = 0; i < nr; i++)
		if (!in_arena(&theirs[i]))
			return EMOLFAULT;
	gather(bytes, siov, nr_src);
	scatter(diov, nr_dst, bytes);
	return OK;
}

/* Devices */

static unsigned char ram[SIZE], file[SIZE];
static unsigned int nr_flushed, nr_commits;
static int op_error;

static void *ram_memory(void *of)
{
	return of;
}

static int any_read(void *of, const struct iovec *iov, size_t nr,
		    int64_t position)
{
	ck_assert(position >= 0 && iov->iov_len);
	if (of) {
		ck_assert_int_le(position, SIZE);
		ck_assert_uint_le(iov->iov_len, (size_t)(SIZE - position));
		scatter(iov, (int)nr, (unsigned char *)of + position);
	} else {
		memset(iov->iov_base, 0, iov->iov_len);
	}
	return op_error;
}

static int any_write(void *of, const struct iovec *iov, size_t nr,
		     int64_t position)
{
	ck_assert(position >= 0 && iov->iov_len);
	if (of && !op_error) {
		ck_assert_int_le(position, SIZE);
		ck_assert_uint_le(iov->iov_len, (size_t)(SIZE - position));
		gather((unsigned char *)of + position, iov, (int)nr);
	}
	return op_error;
}

static int any_commit(void *of, const struct piece *pieces, size_t nr)
{
	nr_commits++;
	for (size_t i = 0; !op_error && i < nr; i++) {
		ck_assert(pieces[i].position >= 0 &&
			  pieces[i].position <= SIZE);
		ck_assert_uint_le(pieces[i].bytes,
				  (size_t)(SIZE - pieces[i].position));
		memcpy((unsigned char *)of + pieces[i].position, pieces[i].data,
		       pieces[i].bytes);
	}
	return op_error;
}

static int any_flush(void *of)
{
	(void)of;
	nr_flushed++;
	return op_error;
}

static const struct blockdev_ops ram_ops = { .memory = ram_memory,
					     .read = any_read,
					     .write = any_write,
					     .commit = any_commit };
static const struct blockdev_ops file_ops = { .read = any_read,
					      .write = any_write,
					      .commit = any_commit,
					      .flush = any_flush };
static const struct blockdev_ops sink_ops = { .read = any_read,
					      .write = any_write };

static const struct blockdev dev_ram = { "ram", &ram_ops, ram, SIZE, 0, 0, 0 };
static const struct blockdev dev_file = { .name = "file",
					  .ops = &file_ops,
					  .of = file,
					  .bytes = SIZE,
					  .flags = DEV_LASTS };
static const struct blockdev dev_fixed = { .name = "fixed",
					   .ops = &sink_ops,
					   .of = file,
					   .bytes = SIZE,
					   .flags = DEV_READ_ONLY };
static const struct blockdev dev_sink = { .ops = &sink_ops,
					  .bytes = INT64_MAX,
					  .for_all = true,
					  .endless = true };
static const struct blockdev dev_secret = { .ops = NULL };

static const struct blockdev *const minors[MINORS] = {
	[RAM] = &dev_ram,   [FILE_] = &dev_file,    [FIXED] = &dev_fixed,
	[SINK] = &dev_sink, [SECRET] = &dev_secret,
};

/* Requests */

static const struct serve *server;

int serve_run(const struct serve *s)
{
	server = s;
	return OK;
}

static int request(int client, int type, message *m)
{
	struct serve_request rq = { .client = client, .m = m };
	int n = type - server->first;

	m->m_type = type;
	if (n < 0 || n >= server->nr || !server->calls[n])
		return EMOLBADCALL;
	return server->calls[n](&rq);
}

#define REQUEST(client, type, arg)                    \
	({                                            \
		message m_;                           \
		int rc_;                              \
		com_put(&m_, (arg));                  \
		rc_ = request((client), (type), &m_); \
		com_get(&m_, (arg));                  \
		rc_;                                  \
	})

static int dev_open(int client, int minor, uint32_t flags)
{
	dev_open_t arg = { .minor = minor, .flags = flags };

	return REQUEST(client, DEV_OPEN, &arg);
}

static int dev_close(int client, int minor)
{
	dev_open_t arg = { .minor = minor };

	return REQUEST(client, DEV_CLOSE, &arg);
}

/* How many bytes, or an error */
static int dev_io(int client, int type, int minor, int64_t position,
		  const void *at, int64_t bytes)
{
	dev_io_t arg = { .position = position,
			 .address = address(at),
			 .bytes = bytes,
			 .minor = minor };
	int rc = REQUEST(client, type, &arg);

	if (rc)
		ck_assert_int_eq(arg.bytes, 0);
	return rc ? rc : (int)arg.bytes;
}

static int dev_vector(int client, int type, int minor, int64_t position,
		      const void *at, int nr)
{
	dev_vector_t arg = { .position = position,
			     .address = address(at),
			     .nr = nr,
			     .minor = minor };
	int rc = REQUEST(client, type, &arg);

	if (rc)
		ck_assert_int_eq(arg.bytes, 0);
	return rc ? rc : (int)arg.bytes;
}

static int dev_ioctl(int client, int minor, int what, int64_t *value)
{
	dev_ioctl_t arg = { .minor = minor, .request = what, .value = *value };
	int rc = REQUEST(client, DEV_IOCTL, &arg);

	*value = arg.value;
	return rc;
}

static void set_up(void)
{
	static const struct blockdriver driver = { .vmid = 3,
						   .node = NODE,
						   .minors = minors,
						   .nr_minors = MINORS };

	arena = calloc(1, ARENA);
	memset(clients, 0, sizeof(clients));
	for (int i = 0; i < NR_PROCS; i++)
		clients[i] = (struct client){ .lives = true,
					      .incarnation = 1,
					      .uid = 1000,
					      .node = NODE };
	clients[ROOT].uid = clients[ROOT_2].uid = clients[FAR_0].uid = 0;
	clients[FAR_0].node = clients[FAR_1].node = FAR;
	memset(ram, 0, SIZE);
	memset(file, 0, SIZE);
	nr_flushed = 0;
	nr_commits = 0;
	op_error = 0;
	ck_assert_int_eq(blockdriver_run(&driver), OK);
}

static void tear_down(void)
{
	free(arena);
}

START_TEST(what_opening_says)
{
	dev_open_t arg = { .minor = FILE_, .flags = DEV_WRITABLE };

	ck_assert_int_eq(REQUEST(FS, DEV_OPEN, &arg), OK);
	ck_assert_int_eq(arg.bytes, SIZE);
	ck_assert_uint_eq(arg.flags, DEV_WRITABLE | DEV_COMMITS | DEV_LASTS);
	ck_assert_str_eq(arg.name, "file");
	ck_assert(arg.key);
	arg = (dev_open_t){ .minor = DEV_MINOR_NAMED, .name = "fixed" };
	ck_assert_int_eq(REQUEST(FS, DEV_OPEN, &arg), OK);
	ck_assert_int_eq(arg.minor, FIXED);
	ck_assert_uint_eq(arg.flags, DEV_READ_ONLY);
	arg = (dev_open_t){ .minor = SINK, .flags = DEV_WRITABLE };
	ck_assert_int_eq(REQUEST(USER, DEV_OPEN, &arg), OK);
	ck_assert_int_eq(arg.bytes, INT64_MAX);
	ck_assert_uint_eq(arg.flags, DEV_WRITABLE);
}
END_TEST

START_TEST(what_cannot_be_opened)
{
	dev_open_t arg = { .minor = DEV_MINOR_NAMED, .name = "nothing" };

	ck_assert_int_eq(REQUEST(FS, DEV_OPEN, &arg), -ENXIO);
	ck_assert_int_eq(dev_open(FS, HOLE, 0), -ENXIO);
	ck_assert_int_eq(dev_open(FS, MINORS, 0), -ENXIO);
	ck_assert_int_eq(dev_open(FS, -2, 0), -ENXIO);
	ck_assert_int_eq(dev_open(FS, INT32_MIN, 0), -ENXIO);
	ck_assert_int_eq(dev_open(FS, SECRET, 0), -EPERM);
	ck_assert_int_eq(dev_open(FS, FIXED, DEV_WRITABLE), -EROFS);
	ck_assert_int_eq(dev_open(FS, RAM, 2), -EINVAL);
	arg = (dev_open_t){ .minor = DEV_MINOR_NAMED };
	memset(arg.name, 'x', sizeof(arg.name));
	ck_assert_int_eq(REQUEST(FS, DEV_OPEN, &arg), -EINVAL);
	arg = (dev_open_t){ .minor = RAM, .name = "ram" };
	ck_assert_int_eq(REQUEST(FS, DEV_OPEN, &arg), -EINVAL);
}
END_TEST

START_TEST(disks_are_for_system_slots_and_root)
{
	ck_assert_int_eq(dev_open(USER, RAM, 0), -EACCES);
	ck_assert_int_eq(dev_open(FAR_1, RAM, 0), -EACCES);
	ck_assert_int_eq(dev_open(FS, RAM, 0), OK);
	ck_assert_int_eq(dev_open(ROOT, RAM, 0), OK);
	ck_assert_int_eq(dev_open(FAR_0, RAM, 0), OK);
	clients[ROOT].lives = false;
	ck_assert_int_eq(dev_open(ROOT, RAM, 0), -EACCES);
}
END_TEST

START_TEST(nothing_without_opening)
{
	int64_t value = 0;

	for (int minor = RAM; minor <= FIXED; minor++) {
		ck_assert_int_eq(dev_io(FS, DEV_READ, minor, 0, arena, 1),
				 -EBADF);
		ck_assert_int_eq(dev_vector(FS, DEV_GATHER, minor, 0, arena, 1),
				 -EBADF);
		ck_assert_int_eq(dev_ioctl(FS, minor, DIOC_SIZE, &value),
				 -EBADF);
		ck_assert_int_eq(dev_close(FS, minor), -EBADF);
		ck_assert_int_eq(dev_open(FS, minor, 0), OK);
		ck_assert_int_eq(dev_io(FS, DEV_READ, minor, 0, arena, 1), 1);
		ck_assert_int_eq(dev_io(FS, DEV_WRITE, minor, 0, arena, 1),
				 -EBADF);
		ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, minor, 0, arena, 1),
				 -EBADF);
		ck_assert_int_eq(dev_io(ROOT, DEV_READ, minor, 0, arena, 1),
				 -EBADF);
		ck_assert_int_eq(dev_close(FS, minor), OK);
		ck_assert_int_eq(dev_io(FS, DEV_READ, minor, 0, arena, 1),
				 -EBADF);
	}
	ck_assert_int_eq(dev_io(FS, DEV_READ, SECRET, 0, arena, 1), -EBADF);
	ck_assert_int_eq(dev_io(FS, DEV_READ, HOLE, 0, arena, 1), -ENXIO);
	ck_assert_int_eq(dev_io(USER, DEV_READ, SINK, 5, arena, 1), 1);
	ck_assert_int_eq(dev_io(USER, DEV_WRITE, SINK, INT64_MAX, arena, 9), 9);
	ck_assert_int_eq(dev_close(USER, SINK), OK);
}
END_TEST

START_TEST(who_writes_is_alone)
{
	ck_assert_int_eq(dev_open(FS, RAM, DEV_WRITABLE), OK);
	ck_assert_int_eq(dev_open(ROOT, RAM, DEV_WRITABLE), -EBUSY);
	ck_assert_int_eq(dev_open(ROOT, RAM, 0), -EBUSY);
	ck_assert_int_eq(dev_open(ROOT, FILE_, DEV_WRITABLE), OK);
	/* Anew, by itself */
	ck_assert_int_eq(dev_open(FS, RAM, DEV_WRITABLE), OK);
	ck_assert_int_eq(dev_open(FS, RAM, 0), OK);
	ck_assert_int_eq(dev_open(ROOT, RAM, 0), OK);
	ck_assert_int_eq(dev_open(FS, RAM, DEV_WRITABLE), -EBUSY);
	ck_assert_int_eq(dev_io(FS, DEV_READ, RAM, 0, arena, 1), 1);
	ck_assert_int_eq(dev_close(ROOT, RAM), OK);
	ck_assert_int_eq(dev_open(FS, RAM, DEV_WRITABLE), OK);
}
END_TEST

START_TEST(an_opening_ends_with_its_opener)
{
	ck_assert_int_eq(dev_open(FS, RAM, DEV_WRITABLE), OK);
	clients[FS].lives = false;
	ck_assert_int_eq(dev_open(ROOT, RAM, DEV_WRITABLE), OK);
	/* Another one in the same slot has opened nothing. */
	clients[FS].lives = true;
	ck_assert_int_eq(dev_io(FS, DEV_READ, RAM, 0, arena, 1), -EBADF);
	ck_assert_int_eq(dev_open(FS, FILE_, 0), OK);
	clients[FS].incarnation++;
	ck_assert_int_eq(dev_io(FS, DEV_READ, FILE_, 0, arena, 1), -EBADF);
	/* This node does not know which one it is. */
	clients[FS].incarnation = 0;
	ck_assert_int_eq(dev_open(FS, FILE_, 0), OK);
	clients[FS].incarnation = 7;
	ck_assert_int_eq(dev_io(FS, DEV_READ, FILE_, 0, arena, 1), 1);
}
END_TEST

START_TEST(an_opening_is_shared_by_its_key)
{
	dev_open_t arg = { .minor = RAM, .flags = DEV_WRITABLE }, other;

	ck_assert_int_eq(REQUEST(FS, DEV_OPEN, &arg), OK);
	other = (dev_open_t){ .minor = RAM,
			      .flags = DEV_WRITABLE,
			      .key = arg.key };
	ck_assert_int_eq(REQUEST(USER, DEV_OPEN, &other), OK);
	ck_assert(other.key == arg.key);
	ck_assert_int_eq(dev_io(USER, DEV_WRITE, RAM, 0, arena, 1), 1);
	ck_assert_int_eq(dev_io(FS, DEV_WRITE, RAM, 0, arena, 1), 1);
	other = (dev_open_t){ .minor = FILE_, .key = arg.key };
	ck_assert_int_eq(REQUEST(USER, DEV_OPEN, &other), -EKEYREJECTED);
	other = (dev_open_t){ .minor = RAM, .key = arg.key ^ 1 };
	ck_assert_int_eq(REQUEST(ROOT, DEV_OPEN, &other), -EKEYREJECTED);
	ck_assert_int_eq(dev_close(FS, RAM), OK);
	ck_assert_int_eq(dev_open(ROOT, RAM, 0), -EBUSY);
	ck_assert_int_eq(dev_close(USER, RAM), OK);
	ck_assert_int_eq(dev_open(ROOT, RAM, 0), OK);
	/* A key of one that reads opens nothing that writes. */
	arg = (dev_open_t){ .minor = FILE_ };
	ck_assert_int_eq(REQUEST(FS, DEV_OPEN, &arg), OK);
	other = (dev_open_t){ .minor = FILE_,
			      .flags = DEV_WRITABLE,
			      .key = arg.key };
	ck_assert_int_eq(REQUEST(USER, DEV_OPEN, &other), -EKEYREJECTED);
}
END_TEST

/* Three disks for each of many clients: room is made by those that ended. */
START_TEST(too_many_openings)
{
	int rc = OK, p_nr = CROWD;

	for (; !rc; p_nr++) {
		clients[p_nr].uid = 0;
		rc = dev_open(p_nr, RAM, 0);
		rc = rc ? rc : dev_open(p_nr, FILE_, 0);
		rc = rc ? rc : dev_open(p_nr, FIXED, 0);
	}
	ck_assert_int_eq(rc, -EAGAIN);
	clients[CROWD].lives = false;
	ck_assert_int_eq(dev_open(FS, RAM, 0), OK);
	ck_assert_int_eq(dev_open(FS, FILE_, 0), OK);
	ck_assert_int_eq(dev_open(FS, FIXED, 0), OK);
	ck_assert_int_eq(dev_open(ROOT, RAM, 0), -EAGAIN);
	ck_assert_int_eq(dev_open(FS, RAM, 0), OK);
}
END_TEST

START_TEST(the_last_close_flushes)
{
	int64_t value = 0;

	ck_assert_int_eq(dev_open(FS, FILE_, 0), OK);
	ck_assert_int_eq(dev_open(ROOT, FILE_, 0), OK);
	ck_assert_int_eq(dev_close(FS, FILE_), OK);
	ck_assert_uint_eq(nr_flushed, 0);
	ck_assert_int_eq(dev_ioctl(ROOT, FILE_, DIOC_FLUSH, &value), OK);
	ck_assert_uint_eq(nr_flushed, 1);
	op_error = -EIO;
	ck_assert_int_eq(dev_close(ROOT, FILE_), -EIO);
	ck_assert_uint_eq(nr_flushed, 2);
	ck_assert_int_eq(dev_close(ROOT, FILE_), -EBADF);
}
END_TEST

START_TEST(ioctls)
{
	int64_t value = 0;

	ck_assert_int_eq(dev_open(FS, RAM, 0), OK);
	ck_assert_int_eq(dev_ioctl(FS, RAM, DIOC_SIZE, &value), OK);
	ck_assert_int_eq(value, SIZE);
	ck_assert_int_eq(dev_ioctl(FS, RAM, DIOC_SIZE, &value), -EINVAL);
	value = 0;
	ck_assert_int_eq(dev_ioctl(FS, RAM, DIOC_FLUSH, &value), OK);
	ck_assert_int_eq(dev_ioctl(FS, RAM, 0, &value), -ENOTTY);
	ck_assert_int_eq(dev_ioctl(FS, RAM, 3, &value), -ENOTTY);
	ck_assert_int_eq(dev_ioctl(FS, HOLE, DIOC_SIZE, &value), -ENXIO);
}
END_TEST

START_TEST(data)
{
	for (int minor = RAM; minor <= FILE_; minor++) {
		unsigned char *of = minor == RAM ? ram : file;

		ck_assert_int_eq(dev_open(FS, minor, DEV_WRITABLE), OK);
		for (int i = 0; i < SIZE; i++)
			arena[i] = (unsigned char)(i * 7 + i / 256);
		nr_copies = 0;
		ck_assert_int_eq(dev_io(FS, DEV_WRITE, minor, 0, arena, SIZE),
				 SIZE);
		ck_assert_uint_eq(nr_copies, SIZE / COPY);
		ck_assert(!memcmp(of, arena, SIZE));
		ck_assert_int_eq(dev_io(FS, DEV_READ, minor, 1234, arena + SIZE,
					3456),
				 3456);
		ck_assert(!memcmp(of + 1234, arena + SIZE, 3456));
		/* Where it ends */
		ck_assert_int_eq(dev_io(FS, DEV_READ, minor, SIZE - 5, arena,
					9),
				 5);
		ck_assert_int_eq(dev_io(FS, DEV_WRITE, minor, SIZE - 5, arena,
					9),
				 5);
		ck_assert_int_eq(dev_io(FS, DEV_READ, minor, SIZE, arena, 9),
				 0);
		ck_assert_int_eq(dev_io(FS, DEV_READ, minor, INT64_MAX, arena,
					9),
				 0);
		ck_assert_int_eq(dev_io(FS, DEV_WRITE, minor, INT64_MAX, arena,
					9),
				 0);
		ck_assert_int_eq(dev_io(FS, DEV_READ, minor, 0, NULL, 0), 0);
	}
}
END_TEST

START_TEST(bad_data)
{
	dev_io_t arg = { .address = address(arena), .reserved = 1 };
	int64_t large = DEV_BYTES_MAX;

	ck_assert_int_eq(dev_open(FS, FILE_, DEV_WRITABLE), OK);
	ck_assert_int_eq(REQUEST(FS, DEV_READ, &arg), -EBADF);
	arg.minor = FILE_;
	ck_assert_int_eq(REQUEST(FS, DEV_READ, &arg), -EINVAL);
	for (int type = DEV_READ; type <= DEV_WRITE; type++) {
		ck_assert_int_eq(dev_io(FS, type, FILE_, -1, arena, 1),
				 -EINVAL);
		ck_assert_int_eq(dev_io(FS, type, FILE_, INT64_MIN, arena, 1),
				 -EINVAL);
		ck_assert_int_eq(dev_io(FS, type, FILE_, 0, arena, -1),
				 -EINVAL);
		ck_assert_int_eq(dev_io(FS, type, FILE_, 0, arena, large + 1),
				 -EINVAL);
		ck_assert_int_eq(dev_io(FS, type, FILE_, 0, arena, INT64_MAX),
				 -EINVAL);
		ck_assert_int_eq(dev_io(FS, type, FILE_, 0, NULL, 1), -EFAULT);
		ck_assert_int_eq(dev_io(FS, type, FILE_, 0, arena + ARENA - 1,
					2),
				 -EFAULT);
		ck_assert_int_eq(dev_io(FS, type, FILE_, 0, (void *)UINTPTR_MAX,
					1000),
				 -EFAULT);
		op_error = -EIO;
		ck_assert_int_eq(dev_io(FS, type, FILE_, 0, arena, 1), -EIO);
		op_error = 0;
	}
	ck_assert_int_eq(dev_io(FS, DEV_READ, SINK, 0, arena, large),
			 DEV_BYTES_MAX);
}
END_TEST

START_TEST(vectors)
{
	dev_iovec_t *v = (dev_iovec_t *)(void *)(arena + 5000000);

	for (int minor = RAM; minor <= FILE_; minor++) {
		unsigned char *of = minor == RAM ? ram : file;

		ck_assert_int_eq(dev_open(FS, minor, DEV_WRITABLE), OK);
		for (int i = 0; i < 8000; i++)
			of[i] = (unsigned char)(i * 3 + i / 256);
		for (int i = 0; i < DEV_VECTOR_MAX; i++)
			v[i] = (dev_iovec_t){ address(arena + 10 * i), 7 };
		v[3].bytes = 0;
		ck_assert_int_eq(dev_vector(FS, DEV_GATHER, minor, 100, v,
					    DEV_VECTOR_MAX),
				 7 * (DEV_VECTOR_MAX - 1));
		ck_assert(!memcmp(arena, of + 100, 7));
		ck_assert(!memcmp(arena + 40, of + 100 + 21, 7));
		ck_assert_int_eq(arena[7], 0);
		/* It ends within the second one. */
		ck_assert_int_eq(dev_vector(FS, DEV_GATHER, minor, SIZE - 9, v,
					    3),
				 9);
		arena[10] = 0xaa;
		ck_assert_int_eq(dev_vector(FS, DEV_SCATTER, minor, SIZE - 9, v,
					    2),
				 9);
		ck_assert_int_eq(of[SIZE - 2], 0xaa);
		ck_assert_int_eq(dev_vector(FS, DEV_GATHER, minor, 0, v, 0),
				 -EINVAL);
		ck_assert_int_eq(dev_vector(FS, DEV_GATHER, minor, 0, v,
					    DEV_VECTOR_MAX + 1),
				 -EINVAL);
		ck_assert_int_eq(dev_vector(FS, DEV_GATHER, minor, 0, v, -1),
				 -EINVAL);
		ck_assert_int_eq(dev_vector(FS, DEV_GATHER, minor, -1, v, 1),
				 -EINVAL);
		ck_assert_int_eq(dev_vector(FS, DEV_GATHER, minor, 0,
					    arena + ARENA - 8, 1),
				 -EFAULT);
		v[1].bytes = UINT64_MAX;
		ck_assert_int_eq(dev_vector(FS, DEV_GATHER, minor, 0, v, 2),
				 -EINVAL);
		v[1].bytes = DEV_BYTES_MAX - 6;
		ck_assert_int_eq(dev_vector(FS, DEV_GATHER, minor, 0, v, 2),
				 -EINVAL);
		v[1].bytes = 5;
		v[1].address = 1;
		ck_assert_int_eq(dev_vector(FS, DEV_SCATTER, minor, 0, v, 2),
				 -EFAULT);
	}
}
END_TEST

START_TEST(commits)
{
	dev_piece_t *p = (dev_piece_t *)(void *)(arena + 5000000);

	ck_assert_int_eq(dev_open(FS, FILE_, DEV_WRITABLE), OK);
	memcpy(arena, "firstsecond", 11);
	p[0] = (dev_piece_t){ 10, address(arena), 5, 0 };
	p[1] = (dev_piece_t){ SIZE - 6, address(arena + 5), 6, 0 };
	p[2] = (dev_piece_t){ SIZE, address(arena), 0, 0 };
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, FILE_, 0, p, 3), 11);
	ck_assert(!memcmp(file + 10, "first", 5));
	ck_assert(!memcmp(file + SIZE - 6, "second", 6));
	ck_assert_uint_eq(nr_commits, 1);
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, FILE_, 1, p, 2), -EINVAL);
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, FILE_, 0, p, 0), -EINVAL);
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, FILE_, 0, p,
				    DEV_COMMIT_MAX + 1),
			 -EINVAL);
	p[1].position++;
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, FILE_, 0, p, 2), -EINVAL);
	p[1].position = -1;
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, FILE_, 0, p, 2), -EINVAL);
	p[1].position = INT64_MAX;
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, FILE_, 0, p, 2), -EINVAL);
	p[1].position = 0;
	p[1].bytes = UINT32_MAX;
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, FILE_, 0, p, 2), -EINVAL);
	p[1].bytes = 4;
	p[1].reserved = 1;
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, FILE_, 0, p, 2), -EINVAL);
	p[1].reserved = 0;
	p[1].address = 4;
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, FILE_, 0, p, 2), -EFAULT);
	op_error = -EIO;
	p[1].address = address(arena);
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, FILE_, 0, p, 2), -EIO);
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, SINK, 0, p, 2),
			 -EOPNOTSUPP);
	ck_assert_uint_eq(nr_commits, 2);
	ck_assert(!memcmp(file + 10, "first", 5) && !file[0]);
}
END_TEST

/* All together no more than a request may have, each being within */
START_TEST(a_group_that_is_too_large)
{
	dev_piece_t *p = (dev_piece_t *)(void *)(arena + 5000000);
	const int nr = DEV_BYTES_MAX / SIZE + 1;

	ck_assert_int_eq(dev_open(FS, RAM, DEV_WRITABLE), OK);
	for (int i = 0; i < nr; i++)
		p[i] = (dev_piece_t){ 0, address(arena), SIZE, 0 };
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, RAM, 0, p, nr), -EINVAL);
	ck_assert_int_eq(dev_vector(FS, DEV_COMMIT, RAM, 0, p, nr - 1),
			 (nr - 1) * SIZE);
}
END_TEST

/* Any requests */

static struct dice dice;

static uint64_t any_number(void)
{
	static const uint64_t some[] = { 0,
					 1,
					 SIZE - 1,
					 SIZE,
					 SIZE + 1,
					 DEV_BYTES_MAX,
					 DEV_BYTES_MAX + 1,
					 INT32_MAX,
					 UINT32_MAX,
					 INT64_MAX,
					 UINT64_MAX,
					 1024,
					 1025 };
	const uint64_t n = some[dice_throw(&dice, ARRAY_SIZE(some))];

	switch (dice_throw(&dice, 4)) {
	case 0:
		return n;
	case 1:
		return n - dice_throw(&dice, 3);
	default:
		return dice_throw(&dice, SIZE);
	}
}

static uint64_t any_address(void)
{
	return dice_hit(&dice, 90) ? address(arena) + dice_throw(&dice, ARENA) :
				     any_number();
}

/* Words that are as an array of vectors or pieces may have them */
static void arena_fill(void)
{
	for (int i = 0; i < 300; i++) {
		const uint64_t word =
			dice_hit(&dice, 40) ? any_address() :
			dice_hit(&dice, 70) ? dice_throw(&dice, SIZE / 2) :
					      any_number();

		memcpy(arena + dice_throw(&dice, ARENA / 8 - 1) / 16 * 8, &word,
		       sizeof(word));
	}
}

static int any_type(void)
{
	static const int types[] = { DEV_READ,   DEV_WRITE,   DEV_IOCTL,
				     DEV_GATHER, DEV_SCATTER, DEV_COMMIT };

	return dice_hit(&dice, 95) ?
		       types[dice_throw(&dice, ARRAY_SIZE(types))] :
		       DEV_BASE + (int)dice_throw(&dice, 64);
}

/* One that makes sense, but for some words */
static int any_request(message *m)
{
	const int type = any_type();
	const bool vector = type != DEV_READ && type != DEV_WRITE;
	const int32_t minor = (int32_t)dice_throw(&dice, MINORS + 2) - 1;
	uint64_t words[COM_BYTES / 8] = { 0 };
	const dev_io_t io = { (int64_t)dice_throw(&dice, SIZE), any_address(),
			      (int64_t)dice_throw(&dice, SIZE), minor, 0 };
	const dev_vector_t v = { type == DEV_COMMIT ? 0 : io.position,
				 any_address(), 0,
				 (int32_t)dice_throw(&dice, 20) - 1, minor };

	memcpy(words, vector ? (const void *)&v : &io, sizeof(io));
	if (type == DEV_IOCTL)
		words[0] = (uint32_t)minor | (uint64_t)dice_throw(&dice, 4)
						     << 32;
	if (dice_hit(&dice, 20))
		words[dice_throw(&dice, ARRAY_SIZE(words))] = any_number();
	memcpy(m->m_raw, words, COM_BYTES);
	return type;
}

START_TEST(any_requests)
{
	const int who[] = { FS, ROOT, ROOT_2, USER, FAR_0 };
	unsigned int nr_ok = 0;
	message m;

	dice.state = (uint64_t)_i + 1;
	for (int i = 0; i < 20000; i++) {
		const int client = who[dice_throw(&dice, ARRAY_SIZE(who))];
		int rc;

		if (i % 50 == 0)
			arena_fill();
		if (i % 100 == 0)
			clients[client].incarnation++;
		rc = any_request(&m);
		rc = request(client, rc, &m);
		nr_ok += rc == OK;
		ck_assert(rc <= 0);
		if (i % 7 == 0)
			dev_open(client, (int)dice_throw(&dice, 3),
				 dice_throw(&dice, 2));
	}
	ck_assert_uint_gt(nr_ok, 500);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_opening_says);
	tcase_add_test(tc, what_cannot_be_opened);
	tcase_add_test(tc, disks_are_for_system_slots_and_root);
	tcase_add_test(tc, nothing_without_opening);
	tcase_add_test(tc, who_writes_is_alone);
	tcase_add_test(tc, an_opening_ends_with_its_opener);
	tcase_add_test(tc, an_opening_is_shared_by_its_key);
	tcase_add_test(tc, too_many_openings);
	tcase_add_test(tc, the_last_close_flushes);
	tcase_add_test(tc, ioctls);
	tcase_add_test(tc, data);
	tcase_add_test(tc, bad_data);
	tcase_add_test(tc, vectors);
	tcase_add_test(tc, commits);
	tcase_add_test(tc, a_group_that_is_too_large);
	tcase_add_loop_test(tc, any_requests, 0, 4);
}

int main(void)
{
	return suite_run("blockdriver", add);
}
