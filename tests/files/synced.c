// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files that are written and synced until it is killed, and a log of those that
 * must be there, by the calls of Linux or, with a VM, by those of libmol:
 *
 *	synced write LOG DIR PREFIX [VMID]
 *	synced check LOG DIR PREFIX [VMID]
 *
 * A line "- N" of the log is there before file N is touched, and "+ N CONTENT"
 * after it is on the disk.  So one whose last line is "+" has to be there with
 * that, whatever was killed meanwhile.  An error is no end: it is logged, and
 * the next file is tried.  "check" prints how many have to be there and how
 * many are not, and fails if there are any.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mol/fs.h>

#include "user_slot.h"

#define FILES 12
#define BYTES 40000
#define PATH  256
#define AGAIN 50000 /* us, after an error */

/* Both have the same calls. */
struct calls {
	int (*open)(const char *path, int flags, ...);
	int (*close)(int fd);
	ssize_t (*read)(int fd, void *to, size_t bytes);
	ssize_t (*write)(int fd, const void *from, size_t bytes);
	int (*fsync)(int fd);
	int (*mkdir)(const char *path, mode_t mode);
	int (*rmdir)(const char *path);
	int (*rename)(const char *from, const char *to);
	int (*unlink)(const char *path);
};

static const struct calls of_linux = { open,  close, read,   write, fsync,
				       mkdir, rmdir, rename, unlink };
static const struct calls of_mol = { mol_open,  mol_close,  mol_read,
				     mol_write, mol_fsync,  mol_mkdir,
				     mol_rmdir, mol_rename, mol_unlink };

static const struct calls *calls = &of_linux;
static const char *dir, *prefix;
static char data[BYTES], found[BYTES + 1];

/* What is in a file, of which its content is told by a number */
static size_t data_make(unsigned int content)
{
	const size_t bytes = 500 + content * 777 % (BYTES - 500);
	unsigned int state = content * 2654435761u + (unsigned char)prefix[0];

	for (size_t i = 0; i < bytes; i++) {
		state = state * 1103515245 + 12345;
		data[i] = (char)(state >> 16);
	}
	return bytes;
}

static void path_make(char path[PATH], const char *what, unsigned int n)
{
	snprintf(path, PATH, "%s/%s%s%u", dir, prefix, what, n);
}

static void line_add(int log, char mark, unsigned int n, unsigned int content)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "%c %u %u\n", mark, n, content);

	if (write(log, line, (size_t)len) == len)
		return;
	perror("synced: the log");
	exit(EXIT_FAILURE);
}

static int file_write(const char *path, unsigned int content)
{
	const size_t bytes = data_make(content);
	const int fd = calls->open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	int rc;

	if (fd < 0)
		return -1;
	rc = calls->write(fd, data, bytes) == (ssize_t)bytes ? 0 : -1;
	if (!rc)
		rc = calls->fsync(fd);
	if (calls->close(fd))
		rc = -1;
	return rc;
}

/* Under another name first: what is synced then is the new name. */
static int file_replace(const char *path, unsigned int content)
{
	char other[PATH];
	int fd, rc;

	path_make(other, "new", 0);
	if (file_write(other, content) || calls->rename(other, path))
		return -1;
	fd = calls->open(path, O_RDONLY);
	if (fd < 0)
		return -1;
	rc = calls->fsync(fd);
	if (calls->close(fd))
		rc = -1;
	return rc;
}

/* Each file in a way of its own, beside what is never synced */
static int step(const char *path, unsigned int content)
{
	char other[PATH];

	path_make(other, "dir", content % 3);
	if (calls->rmdir(other) && errno == ENOENT)
		calls->mkdir(other, 0755);
	switch (content % 3) {
	case 0:
		return file_replace(path, content);
	case 1:
		calls->unlink(path);
		break;
	default:
		break;
	}
	return file_write(path, content);
}

static int write_on(const char *log_path)
{
	int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	unsigned int content = (unsigned int)getpid() * 1000u;
	char path[PATH];

	if (log < 0)
		return EXIT_FAILURE;
	for (;;) {
		const unsigned int n = ++content % FILES;

		path_make(path, "", n);
		line_add(log, '-', n, 0);
		if (!step(path, content)) {
			line_add(log, '+', n, content);
			continue;
		}
		line_add(log, '!', n, (unsigned int)errno);
		usleep(AGAIN);
	}
}

/* 0, or it is not what it has to be, which was said. */
static int file_check(unsigned int n, unsigned int content)
{
	const size_t bytes = data_make(content);
	char path[PATH];
	ssize_t len = -1;
	int fd;

	path_make(path, "", n);
	fd = calls->open(path, O_RDONLY);
	if (fd >= 0) {
		len = calls->read(fd, found, sizeof(found));
		calls->close(fd);
	}
	if (len == (ssize_t)bytes && !memcmp(found, data, bytes))
		return 0;
	fprintf(stderr, "synced: %s: %s, of %zu bytes: %zd are found\n", path,
		len < 0 ? strerror(errno) : "another", bytes, len);
	return -1;
}

static int check(const char *log_path)
{
	unsigned int last[FILES] = { 0 }, n, content, nr = 0, lost = 0;
	FILE *log = fopen(log_path, "r");
	char mark;

	if (!log)
		return EXIT_FAILURE;
	while (fscanf(log, "%c %u %u\n", &mark, &n, &content) == 3)
		if (n < FILES && mark != '!')
			last[n] = mark == '+' ? content : 0;
	fclose(log);
	for (n = 0; n < FILES; n++) {
		if (!last[n])
			continue;
		nr++;
		if (file_check(n, last[n]))
			lost++;
	}
	printf("%u %u\n", nr, lost);
	return lost ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int rc;

	if (argc < 5 || argc > 6)
		return 2;
	dir = argv[3];
	prefix = argv[4];
	if (argc == 6) {
		rc = user_slot_bind(atoi(argv[5]));
		if (mnx_bind_failed(rc)) {
			fprintf(stderr, "synced: %s\n", mnx_strerror(rc));
			return EXIT_FAILURE;
		}
		calls = &of_mol;
	}
	return strcmp(argv[1], "write") ? check(argv[2]) : write_on(argv[2]);
}
