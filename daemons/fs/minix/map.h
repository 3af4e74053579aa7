/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From blocks of a file to zones.  A leaf is the array of pointers that has a
 * block: of the inode itself or of an indirect block.  Whoever goes from block
 * to block keeps it.
 */
#ifndef MINIX_MAP_H
#define MINIX_MAP_H

#include "inode.h"

struct mx_leaf {
	uint32_t first, nr;      /* blocks of the file; nr 0: none yet */
	unsigned char *array;    /* NULL: a hole */
	struct mfs_block *block; /* NULL: the inode's */
};

/* The zone of block n, 0 in a hole; it is none that cannot be. */
int mx_map_zone(struct mfs *fs, const struct mx_inode *in, uint32_t n,
		struct mx_leaf *leaf, uint32_t *zone);
/* In a hole: a zone, near "goal", and what it takes to find it */
int mx_map_alloc(struct mfs *fs, const struct mx_inode *in, uint32_t n,
		 struct mx_leaf *leaf, uint32_t goal, uint32_t *zone);

/* All from block "from" on is free then; the inode may be changed. */
int mx_map_cut(struct mfs *fs, const struct mx_inode *in, uint32_t from);
/*
 * All zones are moved, FREE, HOLD or LEAVE, and no pointer is changed.
 * MX_TOO_MUCH: there are too many indirect blocks for the cache.
 */
int mx_map_free(struct mfs *fs, const struct mx_inode *in, enum mx_move move,
		struct mx_set *own);

#endif /* MINIX_MAP_H */
