// SPDX-License-Identifier: GPL-2.0-or-later
/* open() and what belongs to descriptors */
#include "files.h"

void file_make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	CHECK(!close(fd));
}

bool file_has(const char *path, const char *text)
{
	char found[256];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	CHECK(fd >= 0);
	n = read(fd, found, sizeof(found));
	CHECK(!close(fd));
	return n == (ssize_t)strlen(text) && !memcmp(found, text, (size_t)n);
}

mode_t mode_of(const char *path)
{
	struct stat st;

	CHECK(!lstat(path, &st));
	return st.st_mode;
}

static void creates(void)
{
	int fd;

	CHECK_ERRNO(open("f", O_RDWR), ENOENT);
	fd = open("f", O_RDWR | O_CREAT, 0640);
	CHECK(fd >= 0 && mode_of("f") == (S_IFREG | 0640));
	CHECK_ERRNO(open("f", O_RDWR | O_CREAT | O_EXCL, 0640), EEXIST);
	CHECK(write(fd, "abc", 3) == 3 && !close(fd));
	fd = open("f", O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0 && mode_of("f") == (S_IFREG | 0640) && !close(fd));
	CHECK(file_has("f", "abc"));
	fd = creat("f", 0600);
	CHECK(fd >= 0 && !close(fd) && file_has("f", ""));
	umask(027);
	fd = open("g", O_WRONLY | O_CREAT, 0777);
	CHECK(fd >= 0 && mode_of("g") == (S_IFREG | 0750) && !close(fd));
	CHECK(umask(0) == 027);
}

static void lowest_number(void)
{
	int a = open(".", O_RDONLY), b = open(".", O_RDONLY), c;

	CHECK(a >= 0 && b == a + 1);
	CHECK(!close(a));
	c = open(".", O_RDONLY);
	CHECK(c == a && !close(b) && !close(c));
	CHECK_ERRNO(close(a), EBADF);
	CHECK_ERRNO(close(-1), EBADF);
	CHECK_ERRNO(close(100000), EBADF);
}

static void access_modes(void)
{
	char byte;
	int fd;

	file_make("f", "abc");
	fd = open("f", O_RDONLY);
	CHECK_ERRNO(write(fd, "x", 1), EBADF);
	CHECK_ERRNO(ftruncate(fd, 0), EINVAL);
	CHECK(!close(fd));
	fd = open("f", O_WRONLY);
	CHECK_ERRNO(read(fd, &byte, 1), EBADF);
	CHECK(!close(fd));
	CHECK_ERRNO(read(fd, &byte, 1), EBADF);
	CHECK_ERRNO(write(fd, &byte, 1), EBADF);
}

static void directories(void)
{
	char byte;
	int fd;

	CHECK(!mkdir("d", 0777));
	file_make("f", "");
	CHECK_ERRNO(open("d", O_WRONLY), EISDIR);
	CHECK_ERRNO(open("d", O_RDWR), EISDIR);
	CHECK_ERRNO(open("d", O_RDONLY | O_CREAT, 0600), EISDIR);
	CHECK_ERRNO(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERRNO(open("n/", O_WRONLY | O_CREAT, 0600), EISDIR);
	fd = open("d", O_RDONLY | O_DIRECTORY);
	CHECK(fd >= 0);
	CHECK_ERRNO(read(fd, &byte, 1), EISDIR);
	CHECK_ERRNO(write(fd, &byte, 1), EBADF);
	CHECK(!close(fd));
}

static void links_at_the_end(void)
{
	int fd;

	CHECK(!symlink("f", "l"));
	CHECK_ERRNO(open("l", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("l", O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_ERRNO(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
	fd = open("l", O_WRONLY | O_CREAT, 0600);
	CHECK(fd >= 0 && !close(fd));
	CHECK(S_ISREG(mode_of("f")) && S_ISLNK(mode_of("l")));
}

static void truncates(void)
{
	int fd;

	file_make("f", "abc");
	fd = open("f", O_WRONLY | O_TRUNC);
	CHECK(fd >= 0 && file_has("f", ""));
	CHECK(!close(fd));
}

static void doubles(void)
{
	char bytes[4];
	int a, b;

	file_make("f", "abcdef");
	a = open("f", O_RDONLY);
	b = dup(a);
	CHECK(b >= 0 && b != a);
	CHECK(read(a, bytes, 2) == 2 && read(b, bytes, 2) == 2);
	CHECK(!memcmp(bytes, "cd", 2));
	CHECK(!close(a) && read(b, bytes, 4) == 2);
	CHECK(dup2(b, 40) == 40 && lseek(40, 0, SEEK_CUR) == 6);
	CHECK(dup2(40, 40) == 40 && dup2(40, b) == b);
	CHECK(!close(40) && !close(b));
	CHECK_ERRNO(dup(b), EBADF);
	CHECK_ERRNO(dup2(b, b), EBADF);
	a = open("f", O_RDONLY);
	CHECK_ERRNO(dup2(a, -1), EBADF);
	CHECK(fcntl(a, F_DUPFD, 50) == 50);
	CHECK(fcntl(a, F_DUPFD, 50) == 51);
	CHECK(fcntl(a, F_DUPFD_CLOEXEC, 50) == 52);
	CHECK(fcntl(52, F_GETFD) == FD_CLOEXEC && !fcntl(51, F_GETFD));
	CHECK_ERRNO(fcntl(a, F_DUPFD, -1), EINVAL);
	CHECK_ERRNO(fcntl(99, F_DUPFD, 0), EBADF);
}

static void flags(void)
{
	int fd, other;

	file_make("f", "");
	fd = open("f", O_RDWR | O_APPEND | O_CLOEXEC | O_CREAT | O_TRUNC, 0);
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(!fcntl(fd, F_SETFD, 0) && !fcntl(fd, F_GETFD));
	CHECK((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_TRUNC)) ==
	      (O_RDWR | O_APPEND));
	other = dup(fd);
	CHECK(!fcntl(fd, F_SETFL, O_RDONLY));
	CHECK((fcntl(other, F_GETFL) & (O_ACCMODE | O_APPEND)) == O_RDWR);
	CHECK(!fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
	CHECK((fcntl(other, F_GETFL) & (O_APPEND | O_NONBLOCK)) ==
	      (O_APPEND | O_NONBLOCK));
	CHECK_ERRNO(fcntl(fd, 12345), EINVAL);
	CHECK_ERRNO(fcntl(99, F_GETFD), EBADF);
}

static void too_many(void)
{
	int fd, first = open(".", O_RDONLY), n = 1;

	CHECK(first >= 0);
	while ((fd = open(".", O_RDONLY)) >= 0)
		n++;
	CHECK(errno == EMFILE && n > 200);
	CHECK_ERRNO(open("new", O_WRONLY | O_CREAT, 0600), EMFILE);
	CHECK(!close(first));
	CHECK(open(".", O_RDONLY) == first);
	CHECK_ERRNO(access("new", F_OK), ENOENT);
}

static void bad_flags(void)
{
	file_make("f", "");
	CHECK_ERRNO(open("", O_RDONLY), ENOENT);
	CHECK_ERRNO(ioctl(99, FIONREAD), EBADF);
	CHECK(!mknod("fifo", S_IFIFO | 0600, 0));
	CHECK(S_ISFIFO(mode_of("fifo")));
	CHECK(!mknod("sock", S_IFSOCK | 0600, 0));
	CHECK_ERRNO(open("sock", O_RDONLY), ENXIO);
}

static void controls(void)
{
	int fd, n = -1;

	file_make("f", "abcdef");
	fd = open("f", O_RDONLY);
	CHECK(lseek(fd, 2, SEEK_SET) == 2);
	CHECK(!ioctl(fd, FIONREAD, &n) && n == 4);
	CHECK(!ioctl(fd, FIOCLEX) && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(!ioctl(fd, FIONCLEX) && !fcntl(fd, F_GETFD));
	CHECK_ERRNO(ioctl(fd, TIOCGWINSZ, &n), ENOTTY);
}

const struct one_case open_cases[] = {
	CASE(creates),          CASE(lowest_number),
	CASE(access_modes),     CASE(directories),
	CASE(links_at_the_end), CASE(truncates),
	CASE(doubles),          CASE(flags),
	CASE(too_many),         CASE(bad_flags),
	CASE(controls),         { NULL, NULL },
};
