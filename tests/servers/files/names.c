// SPDX-License-Identifier: GPL-2.0-or-later
/* Names: what is made, linked, moved and removed */
#include "files.h"

static nlink_t links_of(const char *path)
{
	struct stat st;

	CHECK(!lstat(path, &st));
	return st.st_nlink;
}

static ino_t ino_of(const char *path)
{
	struct stat st;

	CHECK(!lstat(path, &st));
	return st.st_ino;
}

static void directory_made(void)
{
	CHECK(!mkdir("d", 0750) && mode_of("d") == (S_IFDIR | 0750));
	CHECK_ERRNO(mkdir("d", 0777), EEXIST);
	CHECK_ERRNO(mkdir(".", 0777), EEXIST);
	CHECK_ERRNO(mkdir("/", 0777), EEXIST);
	CHECK_ERRNO(mkdir("none/d", 0777), ENOENT);
	CHECK(!mkdir("d/e/", 0777) && links_of("d") == 3);
	CHECK(ino_of("d/e/..") == ino_of("d") && ino_of("d/.") == ino_of("d"));
	file_make("f", "");
	CHECK_ERRNO(mkdir("f", 0777), EEXIST);
	CHECK_ERRNO(mkdir("f/d", 0777), ENOTDIR);
	umask(022);
	CHECK(!mkdir("u", 0777) && mode_of("u") == (S_IFDIR | 0755));
}

static void directory_removed(void)
{
	CHECK(!mkdir("d", 0777) && !mkdir("d/e", 0777));
	CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
	CHECK_ERRNO(rmdir("d/."), EINVAL);
	CHECK_ERRNO(rmdir("d/.."), ENOTEMPTY);
	CHECK_ERRNO(unlink("d"), EISDIR);
	CHECK(!rmdir("d/e/") && links_of("d") == 2 && !rmdir("d"));
	CHECK_ERRNO(rmdir("d"), ENOENT);
	file_make("f", "");
	CHECK_ERRNO(rmdir("f"), ENOTDIR);
	CHECK_ERRNO(unlink("f/"), ENOTDIR);
	CHECK(!unlink("f"));
	CHECK_ERRNO(unlink("f"), ENOENT);
}

static void hard_links(void)
{
	file_make("f", "abc");
	CHECK(!link("f", "g") && links_of("f") == 2);
	CHECK(ino_of("f") == ino_of("g") && file_has("g", "abc"));
	CHECK_ERRNO(link("f", "g"), EEXIST);
	CHECK_ERRNO(link("none", "h"), ENOENT);
	CHECK(!mkdir("d", 0777));
	CHECK_ERRNO(link("d", "h"), EPERM);
	CHECK(!unlink("f") && links_of("g") == 1 && file_has("g", "abc"));
	CHECK(!symlink("g", "l") && !link("l", "m"));
	CHECK(S_ISLNK(mode_of("m")) && links_of("g") == 1);
}

static void symbolic_links(void)
{
	char text[64];
	struct stat st;

	CHECK(!symlink("to/where", "l") && S_ISLNK(mode_of("l")));
	CHECK(readlink("l", text, sizeof(text)) == 8);
	CHECK(!memcmp(text, "to/where", 8));
	CHECK(readlink("l", text, 2) == 2);
	CHECK(!lstat("l", &st) && st.st_size == 8);
	CHECK_ERRNO(symlink("x", "l"), EEXIST);
	CHECK_ERRNO(symlink("", "m"), ENOENT);
	file_make("f", "");
	CHECK_ERRNO(readlink("f", text, 10), EINVAL);
	CHECK_ERRNO(readlink("l", text, 0), EINVAL);
	CHECK_ERRNO(readlink("none", text, 10), ENOENT);
	CHECK(!unlink("l"));
}

static void long_links(void)
{
	char text[800], found[800];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK(!symlink(text, "l"));
	CHECK(readlink("l", found, sizeof(found)) == sizeof(text) - 1);
	CHECK(!memcmp(text, found, sizeof(text) - 1));
}

static void files_moved(void)
{
	ino_t ino;

	file_make("f", "abc");
	ino = ino_of("f");
	CHECK(!rename("f", "g") && ino_of("g") == ino);
	CHECK_ERRNO(access("f", F_OK), ENOENT);
	file_make("h", "def");
	CHECK(!rename("g", "h") && file_has("h", "abc"));
	CHECK(!mkdir("d", 0777) && !rename("h", "d/i"));
	CHECK(file_has("d/i", "abc") && !rename("d/i", "d/i"));
	CHECK(!link("d/i", "j") && !rename("d/i", "j"));
	CHECK(links_of("j") == 2 && links_of("d/i") == 2);
	CHECK_ERRNO(rename("none", "x"), ENOENT);
	CHECK_ERRNO(rename("j", "d"), EISDIR);
	CHECK_ERRNO(rename("d", "j"), ENOTDIR);
	CHECK_ERRNO(rename("j", "none/x"), ENOENT);
	CHECK_ERRNO(rename("j", "k/"), ENOTDIR);
}

static void directories_moved(void)
{
	CHECK(!mkdir("a", 0777) && !mkdir("b", 0777) && !mkdir("a/c", 0777));
	CHECK(links_of("a") == 3 && links_of("b") == 2);
	CHECK(!rename("a/c", "b/d"));
	CHECK(links_of("a") == 2 && links_of("b") == 3);
	CHECK(ino_of("b/d/..") == ino_of("b"));
	CHECK_ERRNO(rename("b", "b/d/x"), EINVAL);
	CHECK_ERRNO(rename("b/.", "x"), EBUSY);
	CHECK_ERRNO(rename("a", "b"), ENOTEMPTY);
	CHECK(!rename("b/d", "a") && links_of("b") == 2);
	CHECK(!rename("a", "n/") && S_ISDIR(mode_of("n")));
	CHECK_ERRNO(rename("n", ".."), EBUSY);
}

static void nodes(void)
{
	struct stat st;

	CHECK(!mknod("p", S_IFIFO | 0640, 0) &&
	      mode_of("p") == (S_IFIFO | 0640));
	CHECK(!mknod("c", S_IFCHR | 0600, makedev(1, 3)));
	CHECK(!lstat("c", &st) && S_ISCHR(st.st_mode));
	CHECK(st.st_rdev == makedev(1, 3));
	CHECK(!mknod("b", S_IFBLK | 0600, makedev(7, 1)));
	CHECK(!mknod("f", 0644, 0) && mode_of("f") == (S_IFREG | 0644));
	CHECK_ERRNO(mknod("p", S_IFIFO | 0600, 0), EEXIST);
	CHECK_ERRNO(mknod("d", S_IFDIR | 0600, 0), EPERM);
	CHECK(!unlink("c") && !rename("p", "q") && !unlink("q"));
}

static void removed_directory(void)
{
	int fd;

	CHECK(!mkdir("d", 0777) && !chdir("d") && !rmdir("../d"));
	CHECK_ERRNO(open("f", O_WRONLY | O_CREAT, 0600), ENOENT);
	CHECK_ERRNO(mkdir("e", 0777), ENOENT);
	CHECK_ERRNO(symlink("e", "f"), ENOENT);
	fd = open(".", O_RDONLY);
	CHECK(fd >= 0 && !close(fd));
}

static void many_names(void)
{
	char name[16];

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		file_make(name, name);
	}
	for (int i = 0; i < 100; i += 2) {
		snprintf(name, sizeof(name), "file%d", i);
		CHECK(!unlink(name));
	}
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		CHECK(access(name, F_OK) == (i & 1 ? 0 : -1));
		if (i & 1)
			CHECK(file_has(name, name));
	}
}

const struct one_case name_cases[] = {
	CASE(directory_made),    CASE(directory_removed),
	CASE(hard_links),        CASE(symbolic_links),
	CASE(long_links),        CASE(files_moved),
	CASE(directories_moved), CASE(nodes),
	CASE(removed_directory), CASE(many_names),
	{ NULL, NULL },
};
