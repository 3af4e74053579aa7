// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes of files, and positions */
#include "files.h"

#define MANY (3 << 20) /* more than goes in a request */

static char many[MANY], more[MANY];

static void many_fill(unsigned int seed)
{
	for (size_t i = 0; i < MANY; i++) {
		seed = seed * 1103515245 + 12345;
		many[i] = (char)(seed >> 16);
	}
}

static int file_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0666);

	CHECK(fd >= 0);
	return fd;
}

static off_t size_of(const char *path)
{
	struct stat st;

	CHECK(!stat_of(path, &st));
	return st.st_size;
}

static void in_order(void)
{
	int fd = file_open("f");
	char bytes[8];

	CHECK(write(fd, "abc", 3) == 3 && write(fd, "def", 3) == 3);
	CHECK(read(fd, bytes, 8) == 0);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(read(fd, bytes, 4) == 4 && !memcmp(bytes, "abcd", 4));
	CHECK(read(fd, bytes, 8) == 2 && !memcmp(bytes, "ef", 2));
	CHECK(read(fd, bytes, 8) == 0 && read(fd, bytes, 0) == 0);
	CHECK(write(fd, "", 0) == 0 && size_of("f") == 6);
}

static void of_all_sizes(void)
{
	static const size_t sizes[] = { 1,     511,   1023,    1024, 1025,
					4096,  7000,  7168,    7169, 65536,
					65537, 99999, 1 << 20, MANY };
	int fd;

	many_fill(1);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const ssize_t n = (ssize_t)sizes[i];

		fd = file_open("f");
		CHECK(!ftruncate(fd, 0));
		CHECK(write(fd, many, sizes[i]) == n);
		CHECK(lseek(fd, 0, SEEK_SET) == 0);
		memset(more, 0, MANY);
		CHECK(read(fd, more, MANY) == n);
		CHECK(!memcmp(many, more, sizes[i]));
		CHECK(!close(fd));
	}
}

static void at_positions(void)
{
	int fd = file_open("f");
	char bytes[16];

	CHECK(pwrite(fd, "abc", 3, 5000) == 3);
	CHECK(lseek(fd, 0, SEEK_CUR) == 0 && size_of("f") == 5003);
	CHECK(pread(fd, bytes, 16, 4998) == 5);
	CHECK(!memcmp(bytes, "\0\0abc", 5));
	CHECK(pread(fd, bytes, 16, 5003) == 0);
	CHECK(pread(fd, bytes, 16, 1 << 30) == 0);
	CHECK_ERRNO(pread(fd, bytes, 1, -1), EINVAL);
	CHECK_ERRNO(pwrite(fd, bytes, 1, -5), EINVAL);
	CHECK(lseek(fd, 0, SEEK_CUR) == 0);
}

static void seeks(void)
{
	int fd = file_open("f");

	CHECK(write(fd, "abcdef", 6) == 6);
	CHECK(lseek(fd, -2, SEEK_CUR) == 4 && lseek(fd, 1, SEEK_CUR) == 5);
	CHECK(lseek(fd, -6, SEEK_END) == 0 && lseek(fd, 10, SEEK_END) == 16);
	CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERRNO(lseek(fd, -7, SEEK_END), EINVAL);
	CHECK_ERRNO(lseek(fd, 0, 99), EINVAL);
	CHECK_ERRNO(lseek(99, 0, SEEK_SET), EBADF);
	CHECK(lseek(fd, 0, SEEK_CUR) == 16 && size_of("f") == 6);
	CHECK(lseek(fd, 2, SEEK_DATA) == 2 && lseek(fd, 2, SEEK_HOLE) == 6);
	CHECK_ERRNO(lseek(fd, 6, SEEK_DATA), ENXIO);
}

static void holes(void)
{
	int fd = file_open("f");

	many_fill(2);
	CHECK(pwrite(fd, many, 3000, 10) == 3000);
	CHECK(pwrite(fd, many, 3000, 700000) == 3000);
	CHECK(pread(fd, more, MANY, 0) == 703000);
	CHECK(!memcmp(more + 10, many, 3000));
	CHECK(!memcmp(more + 700000, many, 3000));
	for (int i = 3010; i < 700000; i++)
		CHECK(!more[i]);
}

static void appends(void)
{
	int a = open("f", O_WRONLY | O_CREAT | O_APPEND, 0666);
	int b = open("f", O_WRONLY | O_APPEND);

	CHECK(write(a, "abc", 3) == 3 && write(b, "def", 3) == 3);
	CHECK(lseek(a, 0, SEEK_SET) == 0 && write(a, "g", 1) == 1);
	CHECK(lseek(a, 0, SEEK_CUR) == 7);
	CHECK(file_has("f", "abcdefg"));
}

static void shrinks_and_grows(void)
{
	int fd = file_open("f");

	many_fill(3);
	CHECK(write(fd, many, 300000) == 300000);
	CHECK(!ftruncate(fd, 100001) && size_of("f") == 100001);
	CHECK(!truncate("f", 200000) && size_of("f") == 200000);
	CHECK(pread(fd, more, MANY, 0) == 200000);
	CHECK(!memcmp(more, many, 100001));
	for (int i = 100001; i < 200000; i++)
		CHECK(!more[i]);
	CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
	CHECK_ERRNO(truncate("f", -1), EINVAL);
	CHECK_ERRNO(truncate("none", 0), ENOENT);
	CHECK_ERRNO(truncate(".", 0), EISDIR);
	CHECK(!ftruncate(fd, 0) && pread(fd, more, 1, 0) == 0);
}

static void vectors(void)
{
	char a[3], b[1] = { 0 }, c[10];
	struct iovec out[] = { { "abc", 3 }, { NULL, 0 }, { "defg", 4 } };
	struct iovec in[] = { { a, 3 }, { b, 1 }, { c, 10 } };
	volatile int negative = -1;
	int fd = file_open("f");

	CHECK(writev(fd, out, 3) == 7 && lseek(fd, 0, SEEK_SET) == 0);
	CHECK(readv(fd, in, 3) == 7);
	CHECK(!memcmp(a, "abc", 3) && *b == 'd' && !memcmp(c, "efg", 3));
	CHECK(readv(fd, in, 0) == 0);
	CHECK_ERRNO(readv(fd, in, negative), EINVAL);
	CHECK_ERRNO(readv(99, in, 1), EBADF);
}

static void large_vectors(void)
{
	static struct iovec v[1024];
	int fd = file_open("f");

	many_fill(4);
	for (int i = 0; i < 1024; i++)
		v[i] = (struct iovec){ many + i * 3000, 3000 - (i & 7) };
	CHECK(writev(fd, v, 1024) == 1024 * 3000 - 128 * 28);
	memset(more, 0, MANY);
	for (int i = 0; i < 1024; i++)
		v[i].iov_base = more + i * 3000;
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(readv(fd, v, 1024) == 1024 * 3000 - 128 * 28);
	for (int i = 0; i < 1024; i++)
		CHECK(!memcmp(many + i * 3000, more + i * 3000, v[i].iov_len));
}

static void bad_memory(void)
{
	void *volatile nowhere = (void *)8;
	int fd = file_open("f");

	CHECK(write(fd, "abc", 3) == 3);
	CHECK_ERRNO(write(fd, nowhere, 10), EFAULT);
	CHECK(size_of("f") == 3 && lseek(fd, 0, SEEK_CUR) == 3);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK_ERRNO(read(fd, nowhere, 10), EFAULT);
	CHECK(lseek(fd, 0, SEEK_CUR) == 0);
}

static void unlinked(void)
{
	int fd = file_open("f");
	struct stat st;
	char bytes[3];

	CHECK(write(fd, "abc", 3) == 3 && !unlink("f"));
	CHECK_ERRNO(access("f", F_OK), ENOENT);
	CHECK(!fstat_of(fd, &st) && !st.st_nlink && st.st_size == 3);
	CHECK(pread(fd, bytes, 3, 0) == 3 && !memcmp(bytes, "abc", 3));
	CHECK(pwrite(fd, many, 100000, 3) == 100000);
	file_make("f", "other");
	CHECK(pread(fd, bytes, 3, 0) == 3 && !memcmp(bytes, "abc", 3));
	CHECK(!close(fd) && file_has("f", "other"));
}

static void synced(void)
{
	int fd = open("f", O_WRONLY | O_CREAT | O_SYNC, 0666);

	CHECK(write(fd, "abc", 3) == 3 && !fsync(fd));
	CHECK_ERRNO(fsync(99), EBADF);
	sync();
	CHECK(file_has("f", "abc"));
}

const struct one_case byte_cases[] = {
	CASE(in_order),      CASE(of_all_sizes),
	CASE(at_positions),  CASE(seeks),
	CASE(holes),         CASE(appends),
	CASE(vectors),       CASE(shrinks_and_grows),
	CASE(large_vectors), CASE(unlinked),
	CASE(bad_memory),    CASE(synced),
	{ NULL, NULL },
};
