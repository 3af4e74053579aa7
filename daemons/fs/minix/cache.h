/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache: blocks by their number, in buffers of one arena.
 *
 *	on fs->free	of no block
 *	looked up, and	VALID, or FAILED, on fs->lru: idle, to be had for
 *	in the hash	another block when it is the least recently used one
 *			WANTED, READING: fetch.h
 *			DIRTY, RUN, COMMIT, WRITING: dirty.h and txn.h
 *			FILL: a write replaces it, rw.c
 *			pinned: its user reads it or writes to it
 *	GONE		in no hash, as its zone is free; busy or pinned still,
 *			then free
 *
 * A block that the operation in hand has looked up is held: it stays until that
 * operation has ended.  The ages of two operations tell who holds it, so that
 * holding costs nothing.
 */
#ifndef MINIX_CACHE_H
#define MINIX_CACHE_H

#include "fs.h"

/* When the superblock is known: 0 or -ENOMEM */
int mx_cache_init(struct mfs *fs);
void mx_cache_free(struct mfs *fs);

/* NULL: it is not in the cache, in whatever state. */
struct mfs_block *mx_cache_find(const struct mfs *fs, uint32_t nr);
/*
 * A buffer for a block that is not in the cache, of no state yet.  NULL: there
 * is none now.
 */
struct mfs_block *mx_cache_take(struct mfs *fs, uint32_t nr);
/* What to return when there was none: MFS_WAIT, or -EIO if it is hopeless */
int mx_cache_starved(struct mfs *fs);

/* For the operation in hand: held from now on, or not any more */
void mx_block_hold(struct mfs *fs, struct mfs_block *b);
void mx_block_release(struct mfs *fs, struct mfs_block *b);
void mx_block_pin(struct mfs *fs, struct mfs_block *b);
void mx_block_unpin(struct mfs *fs, struct mfs_block *b);

/* After each change of flags or pins: it goes where it belongs. */
void mx_block_settle(struct mfs *fs, struct mfs_block *b);
/* Out of the hash; settled when what makes it busy is over */
void mx_block_gone(struct mfs *fs, struct mfs_block *b);
/* Of no block any more; it is not busy. */
void mx_block_drop(struct mfs *fs, struct mfs_block *b);

#endif /* MINIX_CACHE_H */
