/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to be read.  A block that is not in the cache is WANTED, and the
 * operation that lacks it waits; neighbours on the disk become one read.
 *
 *	not there	get: WANTED	ahead: WANTED, AHEAD
 *	WANTED		mfs_next_read: READING
 *	READING		done: VALID; failed, of a run: WANTED, SINGLE
 *			failed, alone: FAILED; AHEAD: not there
 *	FAILED		get: -EIO, not there, so that the next one tries again
 */
#ifndef MINIX_FETCH_H
#define MINIX_FETCH_H

#include "fs.h"

/* Held by the operation in hand: 0, MFS_WAIT or -EIO */
int mx_block_get(struct mfs *fs, uint32_t nr, struct mfs_block **block);
/*
 * The same of a block whose content does not matter: it is not read.  It has no
 * state of its own yet if "fresh" says so.
 */
int mx_block_blank(struct mfs *fs, uint32_t nr, struct mfs_block **block,
		   bool *fresh);
/* Somebody will ask for it, maybe. */
void mx_block_ahead(struct mfs *fs, uint32_t nr);
/* The operation in hand will ask for it. */
void mx_block_want(struct mfs *fs, uint32_t nr);

/* One more block of a read or a write */
void mx_io_add(struct mfs_io *io, struct mfs_block *b, uint32_t bytes);

#endif /* MINIX_FETCH_H */
