// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies between nodes, of a file whose file system is a process that never
 * answers a read: the proxies do not wait for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cluster.h"
#include "gate.h"
#include "raw.h"

#define OTHER     11
#define CLIENT    60
#define FILE_SIZE (16 * PAGE)

/* The same in all actors */
static char *file;
static char memory[FILE_SIZE];

static pid_t fuse_pid;

/* The file system: its root is the file. */

static void answer(int fd, const struct fuse_in_header *in, int error,
		   const void *data, size_t size)
{
	char reply[512];
	struct fuse_out_header out = {
		.len = (uint32_t)(sizeof(out) + size),
		.error = error,
		.unique = in->unique,
	};

	memcpy(reply, &out, sizeof(out));
	memcpy(reply + sizeof(out), data, size);
	/* Who asked may have gone meanwhile. */
	if (write(fd, reply, out.len) < 0 && errno != ENOENT)
		_exit(1);
}

static void serve_request(int fd, const struct fuse_in_header *in)
{
	const struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = PAGE,
	};
	const struct fuse_attr_out attr = {
		.attr = { .ino = FUSE_ROOT_ID,
			  .size = FILE_SIZE,
			  .mode = S_IFREG | 0600,
			  .nlink = 1 },
	};
	const struct fuse_open_out opened = { .fh = 0 };

	switch (in->opcode) {
	case FUSE_INIT:
		answer(fd, in, 0, &init, sizeof(init));
		break;
	case FUSE_GETATTR:
		answer(fd, in, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(fd, in, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
	case FUSE_INTERRUPT:
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		answer(fd, in, -ENOSYS, "", 0);
	}
}

/* Until it is killed: then its files are gone, and nobody waits for them. */
static void serve(void *arg)
{
	static union {
		struct fuse_in_header in;
		char bytes[1 << 16];
	} request;
	int fd = *(int *)arg;
	ssize_t n;

	for (;;) {
		n = read(fd, &request, sizeof(request));
		if (n >= (ssize_t)sizeof(request.in))
			serve_request(fd, &request.in);
		else if (n >= 0 || (errno != EINTR && errno != ENOENT))
			break;
	}
}

/* Mounted at a file, as it is one, and only until it is open */
static int open_file(void)
{
	char at[] = "/tmp/fuse.XXXXXX", options[64];
	int dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	int point = mkostemp(at, O_CLOEXEC), fd;

	ck_assert_int_ge(dev, 0);
	ck_assert_int_ge(point, 0);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=100600,user_id=0,group_id=0", dev);
	ck_assert(!mount("fuse", at, "fuse", MS_NOSUID | MS_NODEV, options));
	fuse_pid = child_start(serve, &dev);
	close(dev);
	close(point);
	fd = open(at, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert(!umount2(at, MNT_DETACH));
	unlink(at);
	return fd;
}

/* Without read-ahead, whoever touches a page waits for it to be read. */
static void map_file(void)
{
	int fd = open_file();
	struct stat st;

	ck_assert(!fstat(fd, &st));
	ck_assert_int_eq(st.st_size, FILE_SIZE);
	file = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(file, MAP_FAILED);
	ck_assert(!madvise(file, FILE_SIZE, MADV_RANDOM));
	close(fd);
}

static void set_up(void)
{
	cluster_up(2);
	map_file();
}

static void tear_down(void)
{
	child_kill(fuse_pid);
	cluster_down();
}

/* The link */

static struct actor *server, *client;

static void make_request(void)
{
	START(client, .op = OP_SENDREC, .peer = server->ep, .ms = -1);
	ASSERT_RC(CALL_RC(server, .op = OP_RCVRQST, .ms = -1), OK);
}

static void make_reply(void)
{
	ASSERT_RC(CALL_RC(server, .op = OP_REPLY, .peer = client->ep), OK);
	ASSERT_RC(actor_end(client).rc, OK);
}

static const struct {
	int other; /* the node of who has not mapped the file */
	bool from_file;
} copies[] = {
	{ 0, true },
	{ 0, false },
	{ 1, true },
	{ 1, false },
};

/* A party that waits */
static struct actor *new_other(int nodeid)
{
	struct actor *a = actor_at(nodeid, PROCESS, OTHER);

	START(a, .op = OP_RECEIVE, .peer = ANY, .ms = -1);
	actor_await(a, RECEIVING);
	return a;
}

START_TEST(file_that_does_not_come)
{
	bool from_file = copies[_i].from_file;
	struct actor *src, *dst;

	server = actor_at(0, PROCESS, SYSTASK(0));
	client = actor_at(1, PROCESS, CLIENT);
	src = dst = copies[_i].other ? new_other(1) : server;
	if (from_file)
		src = client;
	else
		dst = client;
	make_request();
	ASSERT_RC(CALL_RC(server,
			  VCOPY(src->ep, from_file ? file : memory, dst->ep,
				from_file ? memory : file, FILE_SIZE)),
		  EMOLFAULT);
	ASSERT_RC(CALL_RC(server,
			  VCOPY(src->ep, memory, dst->ep, memory, FILE_SIZE)),
		  OK);
	make_reply();
	make_request();
	make_reply();
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ file_that_does_not_come, NR_OF(copies) },
	};

	stage_init();
	return RUN_TESTS("remote copies of files that do not come", 60, set_up,
			 tear_down, tests);
}
