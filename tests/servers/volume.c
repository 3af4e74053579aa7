// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "volume.h"

int program_run(const char *const argv[])
{
	const pid_t pid = fork();
	int status;

	if (!pid) {
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

void volume_make(const char *path, const char *version, long bytes)
{
	const char *const make[] = { "mkfs.minix", version, path, NULL };
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	char journal[64];

	snprintf(journal, sizeof(journal), "%s.journal", path);
	unlink(journal);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, bytes), 0);
	close(fd);
	ck_assert_int_eq(program_run(make), 0);
}

void volume_check(const char *path)
{
	const char *const check[] = { "fsck.minix", "-f", path, NULL };

	ck_assert_int_eq(program_run(check), 0);
}

void volume_up(void)
{
	server_up();
	volume_make(VOLUME, "-3", 24 << 20);
	server_configure("fs { node = \"node0\" cache = 1M "
			 "root = \"" VOLUME "\" } ");
	fs_start();
}

void disk_volume_up(void)
{
	server_up();
	volume_make(VOLUME, "-3", 24 << 20);
	server_configure("memory { node = \"node0\" disk \"root\" { "
			 "image = \"" VOLUME "\" mode = \"sync\" } } "
			 "fs { node = \"node0\" cache = 1M root = \"root\" } ");
	memory_start();
	fs_start();
}

void volume_down(void)
{
	if (fs_pid())
		fs_kill(SIGTERM);
	server_down();
}

/* Whatever the piece is, it is known whose it is and where. */
static void piece_fill(char *to, size_t n, int number, size_t at)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (char)((at + i) * 7 + (at + i) / 251 + (size_t)number);
}

#define PIECE 16384

int file_fill(const char *path, int number, size_t bytes)
{
	int fd = mol_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	char piece[PIECE];
	size_t n;

	if (fd < 0)
		return -errno;
	for (size_t at = 0; at < bytes; at += n) {
		n = bytes - at < PIECE ? bytes - at : PIECE;
		piece_fill(piece, n, number, at);
		if (mol_write(fd, piece, n) != (ssize_t)n)
			return -errno;
	}
	return mol_close(fd) ? -errno : 0;
}

/* What comes before an error is there first. */
static int read_whole(int fd, char *to, size_t n)
{
	ssize_t k = 1;

	for (size_t done = 0; k > 0 && done < n; done += (size_t)k) {
		errno = 0;
		k = mol_read(fd, to + done, n - done);
	}
	return k <= 0;
}

int file_is(const char *path, int number, size_t bytes)
{
	int fd = mol_open(path, O_RDONLY);
	char piece[PIECE], found[PIECE];
	size_t n;

	if (fd < 0)
		return -errno;
	for (size_t at = 0; at < bytes; at += n) {
		n = bytes - at < PIECE ? bytes - at : PIECE;
		piece_fill(piece, n, number, at);
		if (read_whole(fd, found, n))
			return -errno;
		REQUIRE(!memcmp(piece, found, n));
	}
	if (mol_read(fd, found, 1) < 0)
		return -errno;
	return mol_close(fd) ? -errno : 0;
}

int file_make(const char *path, const void *bytes, size_t nr, mode_t mode)
{
	const int fd = mol_open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	REQUIRE(fd >= 0 && mol_write(fd, bytes, nr) == (ssize_t)nr);
	REQUIRE(!mol_close(fd) && !mol_chmod(path, mode));
	return OK;
}

int file_bring(const char *from, const char *path)
{
	const int fd = open(from, O_RDONLY);
	struct stat st;
	char *bytes;
	int rc;

	REQUIRE(fd >= 0 && !fstat(fd, &st));
	bytes = malloc((size_t)st.st_size);
	REQUIRE(bytes && read(fd, bytes, (size_t)st.st_size) == st.st_size);
	close(fd);
	rc = file_make(path, bytes, (size_t)st.st_size, 0755);
	free(bytes);
	return rc;
}
