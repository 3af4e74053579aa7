// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "image_file.h"
#include "journal.h"
#include "log.h"
#include "memory.h"
#include "vio.h"

#define BLOCK 1024 /* of which the log speaks */

struct image {
	char *path; /* or what the log calls it */
	int64_t bytes;
	enum image_mode mode;
	void *memory; /* or NULL, and the files */
	int file;
	int journal; /* or -1 */
	bool failed;

	/* Where what the journal holds belongs */
	struct range {
		int64_t from, to;
	} ranges[JOURNAL_PIECES];
	size_t nr_ranges;

	struct log_limit limit;
};

/* Errors */

static int image_error(struct image *im, const char *what, int64_t position)
{
	log_limited(&im->limit, log_now(), SD_ERR, "%s: %s block %lld: %m",
		    im->path, what, (long long)(position / BLOCK));
	return -EIO;
}

static int image_fail(struct image *im, const char *what, int64_t position)
{
	im->failed = true;
	log_line(SD_ERR, "%s: %s block %lld: %m; it is not used any more",
		 im->path, what, (long long)(position / BLOCK));
	return -EIO;
}

/* Opening */

static void *memory_map(const char *name, int64_t bytes)
{
	void *p = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED)
		return p;
	log_line(SD_ERR, "%s: memory of %lld bytes: %m", name,
		 (long long)bytes);
	return NULL;
}

static struct image *image_new(const char *path, int64_t bytes,
			       enum image_mode mode)
{
	struct image *im = memory_alloc(sizeof(*im));

	im->path = memory_strdup(path);
	im->bytes = bytes;
	im->mode = mode;
	im->file = -1;
	im->journal = -1;
	return im;
}

static void image_free(struct image *im)
{
	if (im->memory)
		munmap(im->memory, (size_t)im->bytes);
	if (im->journal >= 0)
		close(im->journal);
	if (im->file >= 0)
		close(im->file);
	free(im->path);
	free(im);
}

struct image *image_empty(const char *name, int64_t bytes)
{
	void *memory = memory_map(name, bytes);
	struct image *im;

	if (!memory)
		return NULL;
	im = image_new(name, bytes, IMAGE_COPY);
	im->memory = memory;
	return im;
}

static int piece_write(struct image *im, const struct piece *p)
{
	const struct iovec iov = { .iov_base = (void *)p->data,
				   .iov_len = p->bytes };

	if (!im->memory)
		return vio_write(im->file, &iov, 1, p->position);
	memcpy((char *)im->memory + p->position, p->data, p->bytes);
	return 0;
}

/* Returns the number of the piece that failed, or nr. */
static size_t pieces_write(struct image *im, const struct piece *pieces,
			   size_t nr)
{
	size_t i;

	for (i = 0; i < nr && !piece_write(im, &pieces[i]); i++)
		;
	return i;
}

static bool group_redo(struct image *im, const struct journal_group *group)
{
	if (im->mode == IMAGE_READ_ONLY) {
		log_line(SD_ERR,
			 "%s: its journal has what is not in it yet, and "
			 "comes there when it is opened to be written",
			 im->path);
		return false;
	}
	if (pieces_write(im, group->pieces, group->nr) == group->nr &&
	    (im->memory || !fdatasync(im->file))) {
		log_line(SD_NOTICE,
			 "%s: a group of %zu pieces is taken from "
			 "its journal",
			 im->path, group->nr);
		return true;
	}
	log_line(SD_ERR, "%s: what its journal has: %m", im->path);
	return false;
}

static bool journal_redo(struct image *im)
{
	struct journal_group group;
	bool done;

	switch (journal_read(im->journal, im->bytes, &group)) {
	case JOURNAL_EMPTY:
		return true;
	case JOURNAL_TORN:
		log_line(SD_NOTICE,
			 "%s: the last group was not written wholly "
			 "and is none",
			 im->path);
		return true;
	case JOURNAL_WHOLE:
		done = group_redo(im, &group);
		journal_free(&group);
		return done;
	case JOURNAL_ERROR:
		break;
	}
	log_line(SD_ERR, "%s: its journal: %m", im->path);
	return false;
}

/* Before that the image has what it holds. */
static int journal_empty(struct image *im)
{
	if (ftruncate(im->journal, 0) || fdatasync(im->journal))
		return -1;
	im->nr_ranges = 0;
	return 0;
}

/* A copy is as the file is when it is read. */
static bool image_copy(struct image *im)
{
	struct iovec iov = { .iov_len = (size_t)im->bytes };

	im->memory = memory_map(im->path, im->bytes);
	iov.iov_base = im->memory;
	if (im->memory && vio_read(im->file, &iov, 1, 0) == im->bytes)
		return true;
	if (im->memory)
		log_line(SD_ERR, "%s: it cannot be read: %m", im->path);
	return false;
}

static bool journal_start(struct image *im)
{
	if (!image_file_journal(im->path, im->mode == IMAGE_SYNC, &im->journal))
		return false;
	if (im->journal < 0)
		return true;
	if (!journal_redo(im))
		return false;
	if (im->mode != IMAGE_SYNC || !journal_empty(im))
		return true;
	log_line(SD_ERR, "%s: its journal: %m", im->path);
	return false;
}

struct image *image_open(const char *path, enum image_mode mode)
{
	struct image *im = image_new(path, 0, mode);

	im->file = image_file_open(path, mode == IMAGE_SYNC, &im->bytes);
	if (im->file >= 0 && (mode != IMAGE_COPY || image_copy(im)) &&
	    journal_start(im)) {
		if (mode == IMAGE_COPY) {
			close(im->file);
			im->file = -1;
		}
		return im;
	}
	image_free(im);
	return NULL;
}

bool image_close(struct image *im)
{
	const bool done = !image_flush(im);

	if (done && im->mode == IMAGE_SYNC)
		image_file_forget(im->path);
	image_free(im);
	return done;
}

/* Use */

int64_t image_bytes(const struct image *im)
{
	return im->bytes;
}

void *image_memory(struct image *im)
{
	return im->memory;
}

static void memory_read(const struct image *im, const struct iovec *iov,
			size_t nr, int64_t position)
{
	const char *from = (char *)im->memory + position;

	for (size_t i = 0; i < nr; from += iov[i++].iov_len)
		memcpy(iov[i].iov_base, from, iov[i].iov_len);
}

static void memory_write(struct image *im, const struct iovec *iov, size_t nr,
			 int64_t position)
{
	char *to = (char *)im->memory + position;

	for (size_t i = 0; i < nr; to += iov[i++].iov_len)
		memcpy(to, iov[i].iov_base, iov[i].iov_len);
}

/* Else a write would make it longer again, with zeros between. */
static int file_is_long_enough(struct image *im, int64_t position)
{
	struct stat st;

	if (fstat(im->file, &st))
		return image_error(im, "fstat at", position);
	if (st.st_size >= im->bytes)
		return 0;
	errno = ENODATA;
	return image_error(im, "the file has become shorter, writing",
			   position);
}

int image_read(struct image *im, const struct iovec *iov, size_t nr,
	       int64_t position)
{
	const size_t bytes = vio_bytes(iov, nr);
	ssize_t n;

	if (im->memory) {
		memory_read(im, iov, nr, position);
		return 0;
	}
	if (im->failed)
		return -EIO;
	n = vio_read(im->file, iov, nr, position);
	if (n < 0)
		return image_error(im, "reading", position);
	if ((size_t)n == bytes)
		return 0;
	errno = ENODATA;
	return image_error(im, "the file has become shorter, reading",
			   position + n);
}

static bool journal_has(const struct image *im, int64_t from, int64_t to)
{
	for (size_t i = 0; i < im->nr_ranges; i++)
		if (im->ranges[i].from < to && from < im->ranges[i].to)
			return true;
	return false;
}

int image_write(struct image *im, const struct iovec *iov, size_t nr,
		int64_t position)
{
	const int64_t to = position + (int64_t)vio_bytes(iov, nr);

	if (im->mode == IMAGE_READ_ONLY)
		return -EROFS;
	if (im->memory) {
		memory_write(im, iov, nr, position);
		return 0;
	}
	if (im->failed || file_is_long_enough(im, position))
		return -EIO;
	if (journal_has(im, position, to) &&
	    (fdatasync(im->file) || journal_empty(im)))
		return image_fail(im, "emptying the journal for", position);
	return vio_write(im->file, iov, nr, position) ?
		       image_error(im, "writing", position) :
		       0;
}

static void ranges_set(struct image *im, const struct piece *pieces, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		im->ranges[i] =
			(struct range){ .from = pieces[i].position,
					.to = pieces[i].position +
					      (int64_t)pieces[i].bytes };
	im->nr_ranges = nr;
}

static int file_commit(struct image *im, const struct piece *pieces, size_t nr)
{
	size_t done;

	if (file_is_long_enough(im, pieces[0].position))
		return -EIO;
	if (fdatasync(im->file))
		return image_fail(im, "before a group with",
				  pieces[0].position);
	/* If it is torn, what it held is not needed any more. */
	if (journal_write(im->journal, pieces, nr, im->bytes))
		return image_error(im, "the journal, of a group with",
				   pieces[0].position);
	if (fdatasync(im->journal))
		return image_fail(im, "the journal, of a group with",
				  pieces[0].position);
	ranges_set(im, pieces, nr);
	done = pieces_write(im, pieces, nr);
	return done == nr ? 0 :
			    image_fail(im, "writing a group with",
				       pieces[done].position);
}

int image_commit(struct image *im, const struct piece *pieces, size_t nr)
{
	if (im->mode == IMAGE_READ_ONLY)
		return -EROFS;
	if (!journal_fits(pieces, nr, im->bytes))
		return -EINVAL;
	if (im->failed)
		return -EIO;
	if (!im->memory)
		return file_commit(im, pieces, nr);
	pieces_write(im, pieces, nr);
	return 0;
}

int image_flush(struct image *im)
{
	if (im->failed)
		return -EIO;
	if (im->mode != IMAGE_SYNC)
		return 0;
	return fdatasync(im->file) ? image_fail(im, "what comes to", 0) : 0;
}
