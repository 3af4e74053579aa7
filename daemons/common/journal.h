/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of an image: a file beside it, IMAGE.journal, with the group of
 * pieces that was written last.
 *
 *	empty		there is nothing to do
 *	whole		the group is written into the image, which may be so
 *			already: that changes nothing then
 *	torn		it was never in the image, and is thrown away
 *
 * A group lies in it as
 *
 *	0	"m3ipcJ01"
 *	8	u64 bytes of the image
 *	16	u64 bytes of all pieces
 *	24	u32 pieces, u32 0
 *	32	u64 checksum of all that is before and behind it
 *	40	of each piece: u64 position, u64 bytes
 *		and then what they hold
 *
 * all little-endian.  The next group overwrites it, so that a file that has
 * grown stays as it is and to write it out is cheap.  Who does that sees to it
 * that what the group before has changed is on the disk.
 *
 * A journal holds positions alone: it is of the image that it lies beside, and
 * who writes that by other means removes it first.
 */
#ifndef COMMON_JOURNAL_H
#define COMMON_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "piece.h"

/* Of a group */
#define JOURNAL_PIECES 1024
#define JOURNAL_BYTES  (4 << 20)

/* Within an image of that size, and few enough */
bool journal_fits(const struct piece *pieces, size_t nr, int64_t image_bytes);

/* Writes a group over the one before; 0, or -1 and errno. */
int journal_write(int fd, const struct piece *pieces, size_t nr,
		  int64_t image_bytes);

/* A group that was read; its pieces are in its memory. */
struct journal_group {
	struct piece *pieces;
	size_t nr;
	void *memory;
};

enum journal_state {
	JOURNAL_EMPTY,
	JOURNAL_TORN,
	JOURNAL_WHOLE, /* journal_free() is for the group. */
	JOURNAL_ERROR, /* errno */
};

enum journal_state journal_read(int fd, int64_t image_bytes,
				struct journal_group *group);
void journal_free(struct journal_group *group);

#endif /* COMMON_JOURNAL_H */
