// SPDX-License-Identifier: GPL-2.0-or-later
/* Attributes */
#include "files.h"

#define OLD 100000000 /* a time long ago */

static struct stat st_of(const char *path)
{
	struct stat st;

	CHECK(!lstat(path, &st));
	return st;
}

static void age(const char *path)
{
	const struct utimbuf old = { OLD, OLD };

	CHECK(!utime_of(path, &old));
}

static bool is_aged(time_t t)
{
	return t == OLD;
}

static void modes(void)
{
	int fd;

	file_make("f", "");
	CHECK(!chmod("f", 0) && mode_of("f") == S_IFREG);
	CHECK(!chmod("f", 07777) && mode_of("f") == (S_IFREG | 07777));
	fd = open("f", O_RDONLY);
	CHECK(!fchmod(fd, 0421) && mode_of("f") == (S_IFREG | 0421));
	CHECK_ERRNO(fchmod(99, 0), EBADF);
	CHECK_ERRNO(chmod("none", 0), ENOENT);
	CHECK(!symlink("f", "l") && !chmod("l", 0777));
	CHECK(mode_of("f") == (S_IFREG | 0777));
	CHECK(!mkdir("d", 0777) && !chmod("d", 01755));
	CHECK(mode_of("d") == (S_IFDIR | 01755));
}

static void owners(void)
{
	struct stat st;
	int fd;

	file_make("f", "");
	CHECK(!chmod("f", 06777) && !chown("f", 7, 8));
	st = st_of("f");
	CHECK(st.st_uid == 7 && st.st_gid == 8);
	CHECK(st.st_mode == (S_IFREG | 0777));
	fd = open("f", O_RDONLY);
	CHECK(!fchown(fd, (uid_t)-1, 9));
	st = st_of("f");
	CHECK(st.st_uid == 7 && st.st_gid == 9);
	CHECK(!fchown(fd, 5, (gid_t)-1));
	st = st_of("f");
	CHECK(st.st_uid == 5 && st.st_gid == 9);
	CHECK(!symlink("f", "l") && !lchown("l", 3, 4));
	CHECK(st_of("l").st_uid == 3 && st_of("f").st_uid == 5);
	CHECK(!chown("l", 6, 6) && st_of("f").st_uid == 6);
	CHECK_ERRNO(chown("none", 1, 1), ENOENT);
	CHECK_ERRNO(fchown(99, 1, 1), EBADF);
}

static void times_set(void)
{
	struct timespec both[2] = { { OLD + 1, 0 }, { OLD + 2, 0 } };
	const time_t now = time(NULL);
	struct stat st;
	int fd;

	file_make("f", "");
	CHECK(!utimensat(AT_FDCWD, "f", both, 0));
	st = st_of("f");
	CHECK(st.st_atime == OLD + 1 && st.st_mtime == OLD + 2);
	CHECK(st.st_ctime >= now);
	both[0].tv_nsec = UTIME_OMIT;
	both[1].tv_sec = OLD + 3;
	CHECK(!utimensat(AT_FDCWD, "f", both, 0));
	st = st_of("f");
	CHECK(st.st_atime == OLD + 1 && st.st_mtime == OLD + 3);
	fd = open("f", O_RDONLY);
	both[1].tv_nsec = UTIME_NOW;
	CHECK(!futimens(fd, both));
	st = st_of("f");
	CHECK(st.st_atime == OLD + 1 && st.st_mtime >= now);
	CHECK(!futimens(fd, NULL) && st_of("f").st_atime >= now);
	both[1].tv_nsec = 1000000000;
	CHECK_ERRNO(futimens(fd, both), EINVAL);
	CHECK(!utime_of("f", NULL));
	CHECK_ERRNO(utimensat(AT_FDCWD, "none", NULL, 0), ENOENT);
	CHECK_ERRNO(utimensat(AT_FDCWD, "f", NULL, 0x4000), EINVAL);
}

static void times_of_links(void)
{
	const struct timespec both[2] = { { OLD, 0 }, { OLD, 0 } };

	file_make("f", "");
	CHECK(!symlink("f", "l"));
	CHECK(!utimensat(AT_FDCWD, "l", both, AT_SYMLINK_NOFOLLOW));
	CHECK(is_aged(st_of("l").st_mtime) && !is_aged(st_of("f").st_mtime));
	CHECK(!utimensat(AT_FDCWD, "l", both, 0));
	CHECK(is_aged(st_of("f").st_mtime));
}

static void times_change(void)
{
	char byte;
	int fd;

	file_make("f", "abc");
	age("f");
	fd = open("f", O_RDWR);
	CHECK(read(fd, &byte, 1) == 1);
	CHECK(!is_aged(st_of("f").st_atime) && is_aged(st_of("f").st_mtime));
	CHECK(write(fd, "x", 1) == 1 && !is_aged(st_of("f").st_mtime));
	age("f");
	CHECK(!ftruncate(fd, 0) && !is_aged(st_of("f").st_mtime));
	age("f");
	CHECK(write(fd, "", 0) == 0 && is_aged(st_of("f").st_mtime));
	age("f");
	CHECK(!chmod("f", 0600) && is_aged(st_of("f").st_mtime));
	CHECK(!mkdir("d", 0777));
	age("d");
	file_make("d/g", "");
	CHECK(!is_aged(st_of("d").st_mtime));
	age("d");
	CHECK(!unlink("d/g") && !is_aged(st_of("d").st_mtime));
}

static void accessible(void)
{
	file_make("f", "");
	CHECK(!access("f", F_OK) && !access("f", R_OK | W_OK));
	CHECK(!chmod("f", 0) && !access("f", R_OK | W_OK));
	CHECK_ERRNO(access("f", X_OK), EACCES);
	CHECK(!chmod("f", 0001) && !access("f", X_OK));
	CHECK_ERRNO(access("f", 99), EINVAL);
	CHECK_ERRNO(access("none", F_OK), ENOENT);
}

static void sizes(void)
{
	struct stat st;
	int fd;

	file_make("f", "abc");
	st = st_of("f");
	CHECK(st.st_size == 3 && st.st_nlink == 1 && st.st_blksize > 0);
	fd = open("f", O_RDONLY);
	CHECK(!fstat_of(fd, &st) && st.st_size == 3);
	CHECK(st.st_ino == st_of("f").st_ino && st.st_dev == st_of("f").st_dev);
	CHECK_ERRNO(fstat_of(99, &st), EBADF);
	CHECK_ERRNO(stat_of("none", &st), ENOENT);
}

static void whole_system(void)
{
	struct statvfs v, w;
	struct statfs s;
	int fd;

	CHECK(!statvfs_of(".", &v) && v.f_bsize && v.f_blocks >= v.f_bfree);
	CHECK(v.f_namemax >= 30 && v.f_files >= v.f_ffree);
	CHECK(!statfs_of(".", &s) && (unsigned long)s.f_bsize == v.f_bsize);
	fd = open(".", O_RDONLY);
	CHECK(!fstatvfs(fd, &w) && w.f_blocks == v.f_blocks);
	CHECK_ERRNO(statvfs_of("none", &v), ENOENT);
	CHECK_ERRNO(fstatvfs(99, &v), EBADF);
}

const struct one_case attr_cases[] = {
	CASE(modes),          CASE(owners),       CASE(times_set),
	CASE(times_of_links), CASE(times_change), CASE(accessible),
	CASE(sizes),          CASE(whole_system), { NULL, NULL },
};
