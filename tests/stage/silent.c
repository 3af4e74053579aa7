// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "raw.h"
#include "silent.h"

/* What the server needs */
struct serving {
	int fd;
	atomic_int *asked;
};

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

static void serve_request(const struct serving *s,
			  const struct fuse_in_header *in)
{
	const struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = 4096,
	};
	const struct fuse_attr_out attr = {
		.attr = { .ino = FUSE_ROOT_ID,
			  .size = SILENT_SIZE,
			  .mode = S_IFREG | 0600,
			  .nlink = 1 },
	};
	const struct fuse_open_out opened = { .fh = 0 };

	switch (in->opcode) {
	case FUSE_INIT:
		answer(s->fd, in, 0, &init, sizeof(init));
		break;
	case FUSE_GETATTR:
		answer(s->fd, in, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(s->fd, in, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		++*s->asked;
		break;
	case FUSE_INTERRUPT:
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		answer(s->fd, in, -ENOSYS, "", 0);
	}
}

/* Until it is killed: then its files are gone, and nobody waits for them. */
static void serve(void *arg)
{
	static union {
		struct fuse_in_header in;
		char bytes[1 << 16];
	} request;
	const struct serving *s = arg;
	ssize_t n;

	for (;;) {
		n = read(s->fd, &request, sizeof(request));
		if (n >= (ssize_t)sizeof(request.in))
			serve_request(s, &request.in);
		else if (n >= 0 || (errno != EINTR && errno != ENOENT))
			break;
	}
}

/* Mounted at a file, as it is one, and only until it is open */
static int open_file(struct silent *s)
{
	char at[] = "/tmp/fuse.XXXXXX", options[64];
	struct serving serving = { open("/dev/fuse", O_RDWR | O_CLOEXEC),
				   s->asked };
	int point = mkostemp(at, O_CLOEXEC), fd;

	ck_assert_int_ge(serving.fd, 0);
	ck_assert_int_ge(point, 0);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=100600,user_id=0,group_id=0", serving.fd);
	ck_assert(!mount("fuse", at, "fuse", MS_NOSUID | MS_NODEV, options));
	s->server = child_start(serve, &serving);
	close(serving.fd);
	close(point);
	fd = open(at, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert(!umount2(at, MNT_DETACH));
	unlink(at);
	return fd;
}

/* Without read-ahead, whoever touches a page waits for it to be read. */
struct silent silent_new(void)
{
	struct silent s = { .asked = shared_new(sizeof(*s.asked)) };
	int fd = open_file(&s);
	struct stat st;

	ck_assert(!fstat(fd, &st));
	ck_assert_int_eq(st.st_size, SILENT_SIZE);
	s.memory = mmap(NULL, SILENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			fd, 0);
	ck_assert_ptr_ne(s.memory, MAP_FAILED);
	ck_assert(!madvise(s.memory, SILENT_SIZE, MADV_RANDOM));
	close(fd);
	return s;
}

/* As root there, which takes a process that may write to its own /proc. */
void silent_enter(int more_namespaces)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[32];

	ck_assert(!prctl(PR_SET_DUMPABLE, 1));
	ck_assert(!unshare(CLONE_NEWUSER | CLONE_NEWNS | more_namespaces));
	ck_assert_int_eq(file_put("/proc/self/setgroups", "deny"), 0);
	snprintf(map, sizeof(map), "0 %u 1", uid);
	ck_assert_int_eq(file_put("/proc/self/uid_map", map), 0);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	ck_assert_int_eq(file_put("/proc/self/gid_map", map), 0);
}
