// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FS and requests that make no sense, from anybody: an error of POSIX, nothing
 * of another's touched, and FS goes on.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "users.h"
#include "volume.h"

#define USER  40
#define OTHER 41
#define PAGE  4096

static int ask(int type, message *m)
{
	m->m_type = type;
	REQUIRE(!mnx_sendrec_T(FS_PROC_NR, m, PATIENCE));
	return m->m_type;
}

#define ASK_FS(type, layout, ...)                         \
	({                                                \
		message m_;                               \
		com_put(&m_, &((layout){ __VA_ARGS__ })); \
		ask((type), &m_);                         \
	})

#define NOBODYS .uid = PROC_NO_ID, .gid = PROC_NO_ID

/* Names */

static int bad_names(struct call *call)
{
	char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static const char nul[40] = "/tmp\0hidden";

	(void)call;
	REQUIRE(page != MAP_FAILED && !mprotect(page + PAGE, PAGE, PROT_NONE));
	memset(page, '/', PAGE);
	/* Up to its end, and beyond */
	REQUIRE(ASK_FS(FS_STAT, fs_path_t, NOBODYS, .length = 100,
		       .at = (uintptr_t)page + PAGE - 100) == OK);
	REQUIRE(ASK_FS(FS_STAT, fs_path_t, NOBODYS, .length = 101,
		       .at = (uintptr_t)page + PAGE - 100) == -EFAULT);
	REQUIRE(ASK_FS(FS_STAT, fs_path_t, NOBODYS, .length = 100, .at = 0) ==
		-EFAULT);
	REQUIRE(ASK_FS(FS_STAT, fs_path_t, NOBODYS, .length = 100,
		       .at = UINT64_MAX - 50) == -EFAULT);
	REQUIRE(ASK_FS(FS_STAT, fs_path_t, NOBODYS, .length = FS_PATH_MAX,
		       .at = (uintptr_t)page) == OK);
	REQUIRE(ASK_FS(FS_STAT, fs_path_t, NOBODYS, .length = FS_PATH_MAX + 1,
		       .at = (uintptr_t)page) == -ENAMETOOLONG);
	REQUIRE(ASK_FS(FS_STAT, fs_path_t, NOBODYS, .length = UINT32_MAX,
		       .at = (uintptr_t)page) == -ENAMETOOLONG);
	REQUIRE(ASK_FS(FS_STAT, fs_path_t, NOBODYS, .length = 0) == -ENOENT);
	REQUIRE(ASK_FS(FS_STAT, fs_path_t, NOBODYS, .length = 11,
		       .text = "/tmp\0hidden") == -EINVAL);
	REQUIRE(ASK_FS(FS_STAT, fs_path_t, NOBODYS, .length = 40,
		       .at = (uintptr_t)nul) == -EINVAL);
	REQUIRE(ASK_FS(FS_RENAME, fs_paths_t, NOBODYS,
		       .length = { 65535, 65535 }) == -ENAMETOOLONG);
	REQUIRE(ASK_FS(FS_RENAME, fs_paths_t, NOBODYS, .length = { 100, 1 },
		       .at = { (uintptr_t)page, 8 }) == -EFAULT);
	REQUIRE(ASK_FS(FS_LINK, fs_paths_t, NOBODYS, .length = { 0, 0 }) ==
		-ENOENT);
	return munmap(page, 2 * PAGE);
}

/* Bytes */

static int opens(const char *name, int flags)
{
	return mol_open(name, flags, 0600);
}

static int bad_bytes(struct call *call)
{
	char byte;
	int fd = opens("/b", O_RDWR | O_CREAT), dir = opens("/", O_RDONLY);
	struct iovec v[3] = { { &byte, 1 }, { NULL, SIZE_MAX }, { &byte, 1 } };
	const uint64_t at = (uintptr_t)&byte;

	(void)call;
	REQUIRE(fd >= 0 && dir >= 0 && mol_write(fd, "abc", 3) == 3);
	REQUIRE(ASK_FS(FS_READ, fs_rw_t, .fd = fd, .at = 8, .bytes = 3) ==
		-EFAULT);
	REQUIRE(ASK_FS(FS_READ, fs_rw_t, .fd = fd, .at = 8,
		       .bytes = UINT64_MAX) == -EFAULT);
	REQUIRE(ASK_FS(FS_READ, fs_rw_t, .fd = fd, .at = at, .bytes = 1,
		       .position = -2) == -EINVAL);
	REQUIRE(ASK_FS(FS_READ, fs_rw_t, .fd = fd, .at = at, .bytes = 1,
		       .position = INT64_MAX) == OK);
	REQUIRE(ASK_FS(FS_WRITE, fs_rw_t, .fd = fd, .at = at, .bytes = 1,
		       .position = INT64_MAX) == -EFBIG);
	REQUIRE(ASK_FS(FS_WRITE, fs_rw_t, .fd = fd, .at = at, .bytes = 1,
		       .position = INT64_MIN) == -EINVAL);
	REQUIRE(ASK_FS(FS_READ, fs_rw_t, .fd = fd, .at = (uintptr_t)v,
		       .nr = 3) == -EINVAL);
	REQUIRE(ASK_FS(FS_READ, fs_rw_t, .fd = fd, .at = (uintptr_t)v,
		       .nr = FS_VECTOR_MAX + 1) == -EINVAL);
	REQUIRE(ASK_FS(FS_READ, fs_rw_t, .fd = fd, .at = (uintptr_t)v,
		       .nr = UINT32_MAX) == -EINVAL);
	REQUIRE(ASK_FS(FS_READ, fs_rw_t, .fd = fd, .at = 8, .nr = 1) ==
		-EFAULT);
	REQUIRE(ASK_FS(FS_GETDENTS, fs_rw_t, .fd = fd, .at = at, .bytes = 1) ==
		-ENOTDIR);
	REQUIRE(ASK_FS(FS_GETDENTS, fs_rw_t, .fd = dir, .at = at, .bytes = 1) ==
		-EINVAL);
	REQUIRE(ASK_FS(FS_GETDENTS, fs_rw_t, .fd = dir, .at = 8,
		       .bytes = 1000) == -EFAULT);
	REQUIRE(ASK_FS(FS_GETDENTS, fs_rw_t, .fd = dir, .at = at, .bytes = 1,
		       .position = INT64_MIN) == -EINVAL);
	for (int i = 0; i < 64; i++)
		REQUIRE(ASK_FS(FS_GETDENTS, fs_rw_t, .fd = dir, .at = 8,
			       .bytes = 1000,
			       .position = (int64_t)1 << i & INT64_MAX) <= 0);
	/* It is another opening by now. */
	REQUIRE(ASK_FS(FS_READ, fs_rw_t, .fd = fd, .opening = 1, .at = at,
		       .bytes = 1) == -EBADF);
	REQUIRE(ASK_FS(FS_CLOSE, fs_fd_t, .fd = fd, .opening = 1) == -EBADF);
	REQUIRE(ASK_FS(FS_FCNTL, fs_fcntl_t, .fd = fd, .opening = 1,
		       .command = F_GETFD) == -EBADF);
	REQUIRE(ASK_FS(FS_READ, fs_rw_t, .fd = -1, .at = at, .bytes = 1) ==
		-EBADF);
	REQUIRE(ASK_FS(FS_READ, fs_rw_t, .fd = INT32_MAX, .at = at,
		       .bytes = 1) == -EBADF);
	REQUIRE(ASK_FS(FS_READ, fs_rw_t, .fd = fd, .owner = INT32_MIN, .at = at,
		       .bytes = 1) == -EBADF);
	REQUIRE(ASK_FS(FS_READLINK, fs_path_t, NOBODYS, .flags = UINT32_MAX,
		       .length = 2, .wide = 8, .text = "/b") == -EINVAL);
	return mol_close(fd) || mol_close(dir);
}

/* Descriptors, and what else has numbers */
static int bad_numbers(struct call *call)
{
	int fd = opens("/n", O_RDWR | O_CREAT);

	(void)call;
	REQUIRE(fd >= 0);
	REQUIRE(ASK_FS(FS_DUP, fs_fd_t, .fd = fd, .wide = INT64_MAX) == -EBADF);
	REQUIRE(ASK_FS(FS_DUP, fs_fd_t, .fd = fd, .wide = INT64_MIN) == -EBADF);
	REQUIRE(ASK_FS(FS_DUP, fs_fd_t, .fd = fd, .wide = FS_OPEN_MAX) ==
		-EBADF);
	REQUIRE(ASK_FS(FS_FCNTL, fs_fcntl_t, .fd = fd, .command = F_DUPFD,
		       .value = INT32_MAX) == -EINVAL);
	REQUIRE(ASK_FS(FS_FCNTL, fs_fcntl_t, .fd = fd, .command = F_SETLK,
		       .type = 99) == -EINVAL);
	REQUIRE(ASK_FS(FS_FCNTL, fs_fcntl_t, .fd = fd, .command = F_SETLK,
		       .whence = 99) == -EINVAL);
	REQUIRE(ASK_FS(FS_FCNTL, fs_fcntl_t, .fd = fd, .command = F_SETLK,
		       .type = F_WRLCK, .start = INT64_MAX,
		       .length = INT64_MAX) == -EOVERFLOW);
	REQUIRE(ASK_FS(FS_LSEEK, fs_fd_t, .fd = fd, .flags = SEEK_END,
		       .wide = INT64_MIN) == -EINVAL);
	REQUIRE(ASK_FS(FS_LSEEK, fs_fd_t, .fd = fd, .flags = SEEK_SET,
		       .wide = INT64_MAX) == OK);
	REQUIRE(ASK_FS(FS_LSEEK, fs_fd_t, .fd = fd, .flags = SEEK_CUR,
		       .wide = 1) == -EOVERFLOW);
	REQUIRE(ASK_FS(FS_FTRUNCATE, fs_fd_t, .fd = fd, NOBODYS,
		       .wide = INT64_MAX) == -EFBIG);
	REQUIRE(ASK_FS(FS_OPEN, fs_path_t, NOBODYS, .flags = UINT32_MAX,
		       .length = 2, .text = "/n") < 0);
	REQUIRE(ASK_FS(FS_MKNOD, fs_path_t, NOBODYS, .value = { UINT32_MAX },
		       .length = 2, .text = "/m") == -EINVAL);
	REQUIRE(ASK_FS(FS_CHOWN, fs_path_t, NOBODYS, .value = { 70000, 1 },
		       .length = 2, .text = "/n") == -EOVERFLOW);
	REQUIRE(ASK_FS(FS_MOUNT, fs_paths_t, NOBODYS, .flags = 77,
		       .length = { 1, 1 }, .text = "x/") == -EINVAL);
	REQUIRE(ASK_FS(FS_NEXTPROC, fs_process_t, .endpoint = INT32_MIN) ==
		-EINVAL);
	REQUIRE(ASK_FS(FS_NEXTPROC, fs_process_t, .endpoint = INT32_MAX) <= 0);
	REQUIRE(ASK_FS(FS_NEXTFILE, fs_file_t, .endpoint = INT32_MIN) <= 0);
	REQUIRE(ASK_FS(FS_NEXTFILE, fs_file_t, .endpoint = INT32_MAX,
		       .fd = INT32_MAX) <= 0);
	REQUIRE(ASK_FS(FS_BASE, fs_fd_t, .fd = 0) == EMOLBADCALL);
	REQUIRE(ASK_FS(FS_END - 1, fs_fd_t, .fd = 0) == EMOLBADCALL);
	REQUIRE(ASK_FS(FS_END, fs_fd_t, .fd = 0) == EMOLBADCALL);
	return mol_close(fd);
}

START_TEST(bad_input)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(ASK(a, bad_names), OK);
	ASSERT_RC(ASK(a, bad_bytes), OK);
	ASSERT_RC(ASK(a, bad_numbers), OK);
}
END_TEST

/* Anything */

static char pool[1 << 16];

/* Mostly something that means something */
static uint64_t word(void)
{
	static const uint64_t words[] = { 0,         1,          2,
					  3,         UINT64_MAX, INT64_MAX,
					  INT64_MIN, UINT32_MAX, 1 << 20,
					  24,        100,        4096,
					  256,       02000,      0102 };

	if (rand() % 3 == 0)
		return (uintptr_t)pool + (uint64_t)rand() % sizeof(pool);
	if (rand() % 3 == 0)
		return (uint64_t)rand();
	return words[rand() % NR_OF(words)];
}

static void message_make(message *m)
{
	uint64_t w;
	uint32_t h;

	for (int i = 0; i < COM_BYTES; i += 8) {
		w = word();
		memcpy(m->m_raw + i, &w, 8);
	}
	for (int i = 0; i < COM_BYTES; i += 4) {
		h = (uint32_t)word();
		if (rand() % 2)
			memcpy(m->m_raw + i, &h, 4);
	}
}

/* Names that are there, or could be */
static void path_make(message *m)
{
	static const char *const names[] = { "a",    "b/c", "..",  "b",
					     "./b",  "/",   "l",   "b/../a",
					     "c/d/", "a/",  "b/l", "",
					     "/b/d" };
	const char *name = names[rand() % NR_OF(names)];
	fs_path_t arg;

	com_get(m, &arg);
	arg.uid = arg.gid = PROC_NO_ID;
	arg.length = (uint32_t)strlen(name);
	memcpy(arg.text, name, strlen(name));
	com_put(m, &arg);
}

static void paths_make(message *m)
{
	static const char *const names[] = { "ab",      "b/cb",    "bb/d",
					     "lb/l",    "b/d..",   "a..",
					     "b/lb/ll", "c/dc/d/e" };
	const char *name = names[rand() % NR_OF(names)];
	fs_paths_t arg;

	com_get(m, &arg);
	arg.uid = arg.gid = PROC_NO_ID;
	arg.length[0] = (uint16_t)(strlen(name) / 2);
	arg.length[1] = (uint16_t)(strlen(name) - strlen(name) / 2);
	memcpy(arg.text, name, strlen(name));
	com_put(m, &arg);
}

static void fd_make(message *m)
{
	fs_fd_t arg;

	com_get(m, &arg);
	arg.fd = rand() % 12;
	arg.owner = 0;
	arg.opening = 0;
	arg.uid = arg.gid = PROC_NO_ID;
	com_put(m, &arg);
}

/* It does not wait for a lock for ever, nor unmount the root. */
static int type_of(void)
{
	int type;

	do {
		type = FS_BASE + rand() % (FS_END - FS_BASE);
	} while (type == FS_FCNTL || type == FS_FLOCK || type == FS_CHROOT);
	return type;
}

static int asks_anything(struct call *call)
{
	message m;

	srand((unsigned int)call->value);
	if (call->value % 2)
		become_user(ALICE);
	for (int i = 0; i < 4000; i++) {
		message_make(&m);
		switch (rand() % 4) {
		case 0:
			path_make(&m);
			break;
		case 1:
			paths_make(&m);
			break;
		case 2:
			fd_make(&m);
		}
		REQUIRE(ask(type_of(), &m) <= 0);
	}
	return OK;
}

static int hides(struct call *call)
{
	(void)call;
	REQUIRE(!mol_chmod("/", 0777) && !mol_mkdir("/hidden", 0700));
	return file_fill("/hidden/f", 5, 100000);
}

static int is_hidden(struct call *call)
{
	(void)call;
	return file_is("/hidden/f", 5, 100000);
}

/* Root's may do anything, but Alice's nothing to what is not hers. */
START_TEST(anything)
{
	struct actor *a[4], *b = actor_new(PROCESS, OTHER);

	ASSERT_RC(ASK(b, hides), OK);
	for (int i = 0; i < NR_OF(a); i++) {
		a[i] = actor_new(PROCESS, USER + 2 + i);
		START(a[i], .op = OP_RUN, .run = asks_anything,
		      .value = _i * 10 + 2 * i + 1);
	}
	for (int i = 0; i < NR_OF(a); i++)
		ASSERT_RC(actor_end(a[i]).rc, OK);
	ASSERT_RC(ASK(b, is_hidden), OK);
	fs_kill(SIGTERM);
	volume_check(VOLUME);
}
END_TEST

START_TEST(anything_by_root)
{
	struct actor *a = actor_new(PROCESS, USER), *b;

	ASSERT_RC(ASK(a, asks_anything, .value = 100 + 2 * _i), OK);
	b = actor_new(PROCESS, OTHER);
	ASSERT_RC(ASK(b, hides), OK);
	ASSERT_RC(ASK(b, is_hidden), OK);
	fs_kill(SIGTERM);
	volume_check(VOLUME);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ bad_input, 1 },
		{ anything, 4 },
		{ anything_by_root, 4 },
	};

	device_open_to_all();
	stage_init();
	return RUN_TESTS("input of the file system", 120, volume_up,
			 volume_down, tests);
}
