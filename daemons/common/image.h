/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image of a disk as a device: bytes that are read, written, and written in
 * groups of which all pieces are on it afterwards, or none.
 *
 *	IMAGE_READ_ONLY	the file; nobody may write
 *	IMAGE_COPY	a copy in memory, of which the file learns nothing
 *	IMAGE_SYNC	the file, which has a journal (journal.h)
 *	image_empty()	memory
 *
 * A file is locked as long as it is in use, shared by who only read: two
 * servers are not on one image.  Its size is that when it was opened.
 *
 * HOW A GROUP IS WRITTEN (IMAGE_SYNC)
 *	1. all that was written before is made durable, and with it what the
 *	   group before has changed: the journal is not needed any more
 *	2. the group goes into the journal, and that is made durable: from here
 *	   on it is in the image, whatever happens
 *	3. it goes into the image
 *	The journal keeps it, and who opens the image after an end in the middle
 *	writes it once more.  That must not undo what was written since: before
 *	something else is written there the journal is emptied.
 *
 * ERRORS
 *	are logged, at which block of 1024 bytes.  A file that has become
 *	shorter is one.  If 2. or 3. fails nobody knows what is where: the image
 *	has failed then, and all else does, until it is opened anew.
 *
 * One thread at a time uses an image.
 */
#ifndef COMMON_IMAGE_H
#define COMMON_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "piece.h"

enum image_mode {
	IMAGE_READ_ONLY,
	IMAGE_COPY,
	IMAGE_SYNC,
};

struct image;

/* NULL: it was logged why not. */
struct image *image_open(const char *path, enum image_mode mode);
struct image *image_empty(const char *name, int64_t bytes);

/*
 * Its end: what was written is made durable, and the journal goes.  False: that
 * has failed, and was logged; the journal is still there.
 */
bool image_close(struct image *image);

int64_t image_bytes(const struct image *image);

/* All of it, if it is in memory; or NULL */
void *image_memory(struct image *image);

/*
 * 0, or -EIO.  It has to be within the image.  Writing one that is read-only is
 * an error of the caller's: -EROFS.
 */
int image_read(struct image *image, const struct iovec *iov, size_t nr,
	       int64_t position);
int image_write(struct image *image, const struct iovec *iov, size_t nr,
		int64_t position);

/*
 * A group, in the order of its pieces, of which there are as many, and as large
 * ones, as journal.h has room for: else -EINVAL.  0: it is durable.
 */
int image_commit(struct image *image, const struct piece *pieces, size_t nr);

/* All that was written before is durable. */
int image_flush(struct image *image);

#endif /* COMMON_IMAGE_H */
