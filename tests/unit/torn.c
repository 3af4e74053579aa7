// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "torn.h"

#define FILES 4

ssize_t __real_pwritev(int fd, const struct iovec *iov, int nr, off_t at);
int __real_fdatasync(int fd);
int __real_ftruncate(int fd, off_t size);
ssize_t __wrap_pwritev(int fd, const struct iovec *iov, int nr, off_t at);
int __wrap_fdatasync(int fd);
int __wrap_ftruncate(int fd, off_t size);

/* A file, as it was when it was made durable */
static struct file {
	ino_t ino;
	int fd;
	char *durable;
	size_t size;
} files[FILES];
static int nr_files;

static bool begun;
static enum torn torn;
static unsigned int last, nr_calls;
static struct dice *dice;

void torn_begin(enum torn how, unsigned int number, struct dice *with)
{
	begun = true;
	torn = how;
	last = number;
	nr_calls = 0;
	nr_files = 0;
	dice = with;
}

unsigned int torn_end(void)
{
	begun = false;
	while (nr_files)
		free(files[--nr_files].durable);
	return nr_calls;
}

static void file_take(struct file *f)
{
	struct stat st;

	free(f->durable);
	if (fstat(f->fd, &st))
		abort();
	f->size = (size_t)st.st_size;
	f->durable = malloc(f->size + 1);
	if (pread(f->fd, f->durable, f->size, 0) != st.st_size)
		abort();
}

/* A file is durable as it is when it is first heard of. */
static struct file *file_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		abort();
	for (int i = 0; i < nr_files; i++)
		if (files[i].ino == st.st_ino)
			return &files[i];
	if (nr_files == FILES)
		abort();
	files[nr_files].ino = st.st_ino;
	files[nr_files].fd = fd;
	files[nr_files].durable = NULL;
	file_take(&files[nr_files]);
	return &files[nr_files++];
}

/* Sectors are again what they were: all, or some. */
static void file_lose(struct file *f)
{
	const unsigned int kept = dice_hit(dice, 30) ? 0 : 50;
	char sector[TORN_SECTOR];
	struct stat st;

	if (fstat(f->fd, &st))
		abort();
	for (off_t at = 0; at < (off_t)f->size || at < st.st_size;
	     at += TORN_SECTOR) {
		size_t n = TORN_SECTOR;

		if (dice_hit(dice, kept))
			continue;
		memset(sector, 0, sizeof(sector));
		if (at < (off_t)f->size) {
			n = f->size - (size_t)at < n ? f->size - (size_t)at : n;
			memcpy(sector, f->durable + at, n);
		}
		if (pwrite(f->fd, sector, n, at) != (ssize_t)n)
			abort();
	}
	if (!dice_hit(dice, kept) && __real_ftruncate(f->fd, (off_t)f->size))
		abort();
}

static void end(void)
{
	for (int i = 0; torn == TORN_OFF && i < nr_files; i++)
		file_lose(&files[i]);
	_exit(TORN_STATUS);
}

/* Is this call the last one?  Those of libcheck do not count. */
static bool is_last(int fd)
{
	if (!begun)
		return false;
	file_of(fd);
	return nr_calls++ == last;
}

ssize_t __wrap_pwritev(int fd, const struct iovec *iov, int nr, off_t at)
{
	const bool now = is_last(fd);
	const bool fails = now && torn == TORN_ERROR;
	ssize_t n;

	if (now && nr > 1)
		nr = (int)dice_throw(dice, (unsigned int)nr);
	if (fails && (!nr || dice_hit(dice, 50)))
		return errno = EIO, -1;
	n = __real_pwritev(fd, iov, nr, at);
	if (fails) /* The next one finds no room. */
		last = nr_calls;
	else if (now)
		end();
	return n;
}

int __wrap_fdatasync(int fd)
{
	if (is_last(fd)) {
		if (torn == TORN_ERROR)
			return errno = EIO, -1;
		end();
	}
	if (begun)
		file_take(file_of(fd));
	return __real_fdatasync(fd);
}

int __wrap_ftruncate(int fd, off_t size)
{
	const bool now = is_last(fd);

	if (now && torn == TORN_ERROR)
		return errno = EIO, -1;
	if (now && dice_hit(dice, 50))
		end();
	if (__real_ftruncate(fd, size))
		return -1;
	if (now)
		end();
	return 0;
}
