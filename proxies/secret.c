// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "secret.h"

#define KEY_LENGTH (SECRET_SIZE - 1)

static bool is_trusted(uid_t owner)
{
	return owner == 0 || owner == geteuid();
}

/* Why the file may be read, or be, of another; or NULL */
static const char *file_fault(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (!is_trusted(st->st_uid))
		return "its owner is neither root nor who runs this";
	if (st->st_mode & (S_IRWXG | S_IRWXO))
		return "others than its owner may use it";
	return NULL;
}

static const char *folder_fault(const char *folder)
{
	struct stat st;

	if (stat(folder, &st))
		return "cannot be looked at";
	if (!is_trusted(st.st_uid))
		return "its owner is neither root nor who runs this";
	if (st.st_mode & (S_IWGRP | S_IWOTH) && !(st.st_mode & S_ISVTX))
		return "others than its owner may write in it";
	return NULL;
}

/* All folders of the real path: where links lead counts, not where they are. */
static bool folders_are_safe(const char *path)
{
	char folder[PATH_MAX];
	const char *fault;
	char *slash;

	if (!realpath(path, folder)) {
		log_line(SD_ERR, "%s: %m", path);
		return false;
	}
	while ((slash = strrchr(folder, '/'))) {
		slash[slash == folder] = '\0';
		fault = folder_fault(folder);
		if (fault) {
			log_line(SD_ERR, "%s: not safe in the folder %s: %s",
				 path, folder, fault);
			return false;
		}
		if (slash == folder)
			break;
	}
	return true;
}

static bool is_safe(int fd, const char *path)
{
	const char *fault;
	struct stat st;

	if (fstat(fd, &st)) {
		log_line(SD_ERR, "%s: %m", path);
		return false;
	}
	fault = file_fault(&st);
	if (fault)
		log_line(SD_ERR, "%s: %s", path, fault);
	return !fault && folders_are_safe(path);
}

/* A key, and a newline or the end */
static bool read_line(int fd, char key[SECRET_SIZE])
{
	char line[KEY_LENGTH + 2] = "";
	ssize_t size = read(fd, line, sizeof(line) - 1);
	bool good = size >= KEY_LENGTH && strcspn(line, "\n") == KEY_LENGTH;

	if (good)
		memcpy(key, line, KEY_LENGTH);
	explicit_bzero(line, sizeof(line));
	return good;
}

bool secret_read(char key[SECRET_SIZE], const char *path)
{
	/* To open a FIFO would wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool good;

	memset(key, 0, SECRET_SIZE);
	if (fd < 0) {
		log_line(SD_ERR, "%s: %m", path);
		return false;
	}
	good = is_safe(fd, path);
	if (good && !read_line(fd, key)) {
		log_line(SD_ERR, "%s: not a key", path);
		good = false;
	}
	close(fd);
	return good;
}

/* ZeroMQ has copies of keys too, which nobody else can wipe. */
void secret_protect(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}
