// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image_file.h"
#include "log.h"
#include "memory.h"

#define SUFFIX ".journal"

/* No wait for the other end of a FIFO */
#define HOW (O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static int file_refuse(int fd, const char *path, const char *why)
{
	log_line(SD_ERR, "%s: %s", path, why);
	close(fd);
	return -1;
}

static int file_check(int fd, const char *path, bool writes, int64_t *bytes)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return file_refuse(fd, path, "is no regular file");
	if (!st.st_size)
		return file_refuse(fd, path, "is empty");
	*bytes = st.st_size;
	if (!flock(fd, (writes ? LOCK_EX : LOCK_SH) | LOCK_NB))
		return fd;
	return file_refuse(fd, path,
			   errno == EWOULDBLOCK ?
				   "another server has it in use" :
				   strerror(errno));
}

int image_file_open(const char *path, bool writes, int64_t *bytes)
{
	const int fd = open(path, (writes ? O_RDWR : O_RDONLY) | HOW);

	if (fd >= 0)
		return file_check(fd, path, writes, bytes);
	log_line(SD_ERR, "%s: %m", path);
	return -1;
}

/* To be freed */
static char *journal_path(const char *path)
{
	char *name;

	memory_checked(asprintf(&name, "%s" SUFFIX, path) < 0 ? NULL : name);
	return name;
}

bool image_file_name_lasts(const char *path)
{
	char *copy = memory_strdup(path);
	const int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const bool done = fd >= 0 && !fsync(fd);

	free(copy);
	if (fd >= 0)
		close(fd);
	return done;
}

/* Nobody else has put it there, or can write what will be in the image. */
static bool journal_is_ours(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	       st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

bool image_file_journal(const char *path, bool writes, int *fd)
{
	char *name = journal_path(path);
	bool done;

	*fd = open(name,
		   (writes ? O_RDWR | O_CREAT : O_RDONLY) | O_NOFOLLOW | HOW,
		   0600);
	if (*fd < 0) {
		done = !writes && errno == ENOENT;
		if (!done)
			log_line(SD_ERR, "%s: %m", name);
	} else {
		done = journal_is_ours(*fd) &&
		       (!writes || image_file_name_lasts(path));
		if (!done)
			log_line(SD_ERR, "%s: is no journal", name);
	}
	free(name);
	return done;
}

void image_file_forget(const char *path)
{
	char *name = journal_path(path);

	unlink(name);
	free(name);
}
