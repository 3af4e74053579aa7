// SPDX-License-Identifier: GPL-2.0-or-later
/* How a name leads to a file */
#include "files.h"

static void slashes(void)
{
	CHECK(!mkdir("d", 0777));
	file_make("d/f", "abc");
	CHECK(file_has("d//f", "abc") && file_has("./d/./f", "abc"));
	CHECK(file_has("d/../d/f", "abc"));
	CHECK_ERRNO(access("d/f/", F_OK), ENOTDIR);
	CHECK_ERRNO(access("d/f/.", F_OK), ENOTDIR);
	CHECK_ERRNO(access("d/f/..", F_OK), ENOTDIR);
	CHECK(!access("d/", F_OK) && !access("d///", F_OK));
	CHECK(!access("/", F_OK) && !access("/..", F_OK) &&
	      !access("//", F_OK));
	CHECK_ERRNO(access("", F_OK), ENOENT);
	CHECK_ERRNO(access("none/..", F_OK), ENOENT);
}

static void through_links(void)
{
	struct stat st;

	CHECK(!mkdir("d", 0777) && !mkdir("d/e", 0777));
	file_make("d/e/f", "abc");
	CHECK(!symlink("d/e", "l") && file_has("l/f", "abc"));
	CHECK(!symlink("../e/f", "d/e/m") && file_has("l/m", "abc"));
	CHECK(!access("l/../e", F_OK));
	CHECK(!lstat("l", &st) && S_ISLNK(st.st_mode));
	CHECK(!lstat("l/", &st) && S_ISDIR(st.st_mode));
	CHECK(!stat_of("l", &st) && S_ISDIR(st.st_mode));
	CHECK_ERRNO(unlink("l/"), ENOTDIR);
	CHECK_ERRNO(rmdir("l"), ENOTDIR);
	CHECK(!rename("l", "k") && file_has("k/f", "abc"));
}

static void circles(void)
{
	CHECK(!symlink("b", "a") && !symlink("a", "b"));
	CHECK_ERRNO(access("a", F_OK), ELOOP);
	CHECK_ERRNO(open("a", O_RDONLY), ELOOP);
	CHECK_ERRNO(chdir("a/x"), ELOOP);
	CHECK(S_ISLNK(mode_of("a")));
	CHECK(!symlink("c/x", "c"));
	CHECK_ERRNO(access("c", F_OK), ELOOP);
}

static void chains(void)
{
	char from[8], to[8] = "f";

	file_make("f", "abc");
	for (int i = 0; i < 40; i++) {
		snprintf(from, sizeof(from), "l%d", i);
		CHECK(!symlink(to, from));
		memcpy(to, from, sizeof(to));
	}
	CHECK(file_has("l39", "abc"));
	CHECK(!symlink("l39", "l40"));
	CHECK_ERRNO(access("l40", F_OK), ELOOP);
}

static void long_names(void)
{
	static char path[5000];
	char name[300];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK_ERRNO(access(name, F_OK), ENAMETOOLONG);
	CHECK_ERRNO(mkdir(name, 0777), ENAMETOOLONG);
	name[30] = '\0';
	CHECK(!mkdir(name, 0777) && !access(name, F_OK));
	for (int i = 0; i < 2047; i++)
		memcpy(path + 2 * i, "./", 2);
	path[4094] = '.';
	path[4095] = '\0';
	CHECK(!access(path, F_OK));
	memset(path, '/', 4096);
	path[4096] = '\0';
	CHECK_ERRNO(access(path, F_OK), ENAMETOOLONG);
	for (int i = 0; i < 30; i++)
		memcpy(path + 2 * i, "./", 2);
	memcpy(path + 60, name, 31);
	CHECK(!access(path, F_OK));
}

static void current(void)
{
	struct stat here, there;
	int fd;

	CHECK(!mkdir("d", 0777) && !stat_of(".", &here));
	fd = open(".", O_RDONLY);
	CHECK(!chdir("d") && !stat_of("..", &there));
	CHECK(here.st_ino == there.st_ino);
	file_make("f", "abc");
	CHECK(!chdir("..") && file_has("d/f", "abc"));
	CHECK_ERRNO(chdir("d/f"), ENOTDIR);
	CHECK_ERRNO(chdir("none"), ENOENT);
	CHECK(!chdir("d") && !fchdir(fd) && file_has("d/f", "abc"));
	CHECK_ERRNO(fchdir(99), EBADF);
	CHECK(!close(fd));
	fd = open("d/f", O_RDONLY);
	CHECK_ERRNO(fchdir(fd), ENOTDIR);
}

static void another_root(void)
{
	struct stat root, up;

	CHECK(!mkdir("r", 0777) && !mkdir("r/d", 0777));
	file_make("r/f", "abc");
	CHECK(!symlink("/f", "r/d/l"));
	CHECK(!chroot("r") && !chdir("/"));
	CHECK(file_has("/f", "abc") && file_has("d/l", "abc"));
	CHECK(!stat_of("/", &root) && !stat_of("/..", &up));
	CHECK(root.st_ino == up.st_ino);
	CHECK(file_has("../../f", "abc"));
	CHECK_ERRNO(chroot("f"), ENOTDIR);
	CHECK_ERRNO(chroot("none"), ENOENT);
}

const struct one_case path_cases[] = {
	CASE(slashes),      CASE(through_links), CASE(circles),
	CASE(chains),       CASE(long_names),    CASE(current),
	CASE(another_root), { NULL, NULL },
};
