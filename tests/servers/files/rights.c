// SPDX-License-Identifier: GPL-2.0-or-later
/* Who may do what */
#include "files.h"

static int file_rights(int arg)
{
	int fd;

	(void)arg;
	CHECK_ERRNO(open("root", O_RDONLY), EACCES);
	CHECK_ERRNO(open("others", O_WRONLY), EACCES);
	CHECK(open("others", O_RDONLY) >= 0);
	CHECK_ERRNO(open("new", O_WRONLY | O_CREAT, 0600), EACCES);
	CHECK_ERRNO(unlink("others"), EACCES);
	CHECK_ERRNO(rename("others", "x"), EACCES);
	CHECK_ERRNO(mkdir("new", 0777), EACCES);
	CHECK_ERRNO(truncate("others", 0), EACCES);
	CHECK_ERRNO(chmod("others", 0777), EPERM);
	CHECK_ERRNO(chown("others", USER, USER), EPERM);
	CHECK_ERRNO(access("others", W_OK), EACCES);
	CHECK(!access("others", R_OK));
	CHECK_ERRNO(open("group", O_WRONLY), EACCES);
	fd = open("group", O_RDONLY);
	CHECK(fd >= 0);
	CHECK_ERRNO(chroot("."), EPERM);
	CHECK_ERRNO(mknod("open/c", S_IFCHR | 0600, makedev(1, 3)), EPERM);
	return 0;
}

static void of_files(void)
{
	CHECK(!chmod(".", 0755));
	file_make("root", "");
	file_make("others", "");
	file_make("group", "");
	CHECK(!mkdir("open", 0777));
	CHECK(!chmod("root", 0600) && !chmod("others", 0604));
	CHECK(!chown("group", 0, USER) && !chmod("group", 0646));
	as_user(USER, file_rights, 0);
}

static int search_rights(int arg)
{
	(void)arg;
	CHECK_ERRNO(access("closed/f", F_OK), EACCES);
	CHECK_ERRNO(chdir("closed"), EACCES);
	CHECK(!access("search/f", R_OK) && !chdir("search"));
	CHECK_ERRNO(open(".", O_RDONLY), EACCES);
	CHECK(!chdir("..") && !access("read", F_OK));
	CHECK(opendir("read"));
	CHECK_ERRNO(access("read/f", F_OK), EACCES);
	return 0;
}

static void of_directories(void)
{
	CHECK(!mkdir("closed", 0777) && !mkdir("search", 0777) &&
	      !mkdir("read", 0777));
	file_make("closed/f", "");
	file_make("search/f", "");
	file_make("read/f", "");
	CHECK(!chmod("closed", 0700) && !chmod("search", 0711) &&
	      !chmod("read", 0744));
	as_user(USER, search_rights, 0);
}

static int sticky_rights(int arg)
{
	(void)arg;
	CHECK_ERRNO(unlink("t/root"), EPERM);
	CHECK_ERRNO(rename("t/root", "t/x"), EPERM);
	file_make("t/own", "");
	CHECK_ERRNO(rename("t/own", "t/root"), EPERM);
	CHECK(!unlink("t/own"));
	CHECK(!unlink("t/users"));
	return 0;
}

static void of_the_sticky_bit(void)
{
	CHECK(!mkdir("t", 0777) && !chmod("t", 01777));
	file_make("t/root", "");
	file_make("t/users", "");
	CHECK(!chown("t/users", USER, USER));
	as_user(USER, sticky_rights, 0);
}

static int owner_rights(int arg)
{
	const struct utimbuf times = { 1, 2 };
	struct stat st;

	(void)arg;
	CHECK(!chmod("f", 0640) && mode_of("f") == (S_IFREG | 0640));
	CHECK(!chown("f", USER, USER) && !chown("f", (uid_t)-1, USER));
	CHECK_ERRNO(chown("f", 0, (gid_t)-1), EPERM);
	CHECK_ERRNO(chown("f", (uid_t)-1, 0), EPERM);
	CHECK(!utime_of("f", &times));
	CHECK(!lstat("f", &st) && st.st_mtime == 2);
	CHECK_ERRNO(utime_of("w", &times), EPERM);
	CHECK(!utime_of("w", NULL));
	CHECK_ERRNO(utime_of("r", NULL), EACCES);
	/* What its owner may not is not for others either. */
	CHECK_ERRNO(open("none", O_RDONLY), EACCES);
	return 0;
}

static void of_owners(void)
{
	file_make("f", "");
	file_make("w", "");
	file_make("r", "");
	file_make("none", "");
	CHECK(!chown("f", USER, USER) && !chmod("w", 0666));
	CHECK(!chmod("r", 0644));
	CHECK(!chown("none", USER, USER) && !chmod("none", 0066));
	as_user(USER, owner_rights, 0);
}

static int set_ids(int arg)
{
	int fd;

	(void)arg;
	fd = open("s", O_WRONLY);
	CHECK(fd >= 0 && write(fd, "x", 1) == 1);
	CHECK(mode_of("s") == (S_IFREG | 0777));
	CHECK(!chmod("own", 06755) && mode_of("own") == (S_IFREG | 06755));
	CHECK(!chmod("mixed", 02755) && mode_of("mixed") == (S_IFREG | 0755));
	return 0;
}

static void of_set_ids(void)
{
	file_make("s", "");
	file_make("own", "");
	file_make("mixed", "");
	CHECK(!chmod("s", 06777));
	CHECK(!chown("own", USER, USER) && !chown("mixed", USER, 77));
	as_user(USER, set_ids, 0);
}

static int new_owners(int arg)
{
	struct stat st;

	(void)arg;
	file_make("d/f", "");
	CHECK(!lstat("d/f", &st) && st.st_uid == USER && st.st_gid == USER);
	file_make("g/f", "");
	CHECK(!lstat("g/f", &st) && st.st_uid == USER && st.st_gid == 77);
	CHECK(!mkdir("g/d", 0755) && !lstat("g/d", &st));
	CHECK(st.st_gid == 77 && st.st_mode == (S_IFDIR | 02755));
	CHECK(!symlink("x", "g/l") && !lstat("g/l", &st) && st.st_gid == 77);
	return 0;
}

static void of_new_files(void)
{
	CHECK(!mkdir("d", 0777) && !mkdir("g", 0777));
	CHECK(!chown("g", 0, 77) && !chmod("g", 02777));
	as_user(USER, new_owners, 0);
}

static int move_rights(int arg)
{
	(void)arg;
	/* Its ".." would change. */
	CHECK_ERRNO(rename("a/d", "b/d"), EACCES);
	CHECK(!rename("a/d", "a/e") && !rename("a/f", "b/f"));
	return 0;
}

static void of_moved_directories(void)
{
	CHECK(!mkdir("a", 0777) && !mkdir("b", 0777) && !mkdir("a/d", 0755));
	file_make("a/f", "");
	as_user(USER, move_rights, 0);
}

/* The rights are those of the time when it was opened. */
static int opened_before(int arg)
{
	CHECK(write(arg, "abc", 3) == 3);
	CHECK_ERRNO(open("f", O_WRONLY), EACCES);
	return 0;
}

static void of_what_is_open(void)
{
	int fd;

	file_make("f", "");
	CHECK(!chmod("f", 0600));
	fd = open("f", O_WRONLY);
	as_user(USER, opened_before, fd);
	CHECK(file_has("f", "abc"));
}

const struct one_case right_cases[] = {
	CASE(of_files),        CASE(of_directories),       CASE(of_owners),
	CASE(of_set_ids),      CASE(of_the_sticky_bit),    CASE(of_new_files),
	CASE(of_what_is_open), CASE(of_moved_directories), { NULL, NULL },
};
