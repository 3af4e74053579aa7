/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look through the blocks of a directory, which goes on after a wait */
#ifndef MINIX_SCAN_H
#define MINIX_SCAN_H

#include "dir.h"
#include "memo.h"

struct mx_scan {
	const struct mx_inode *dir;
	struct mx_leaf leaf;
	uint32_t n, end; /* blocks */
	uint64_t vacant; /* the first place that was seen to be so */
	unsigned char key[MX_KEY];
};

/* From the block "from" on, or where one of the same key has come to */
void mx_scan_begin(struct mfs *fs, struct mx_scan *s,
		   const struct mx_inode *dir, uint32_t from,
		   const unsigned char key[MX_KEY]);
/*
 * The next block, which is held, and how many bytes of it are entries: 0,
 * -ENOENT at the end.
 */
int mx_scan_next(struct mfs *fs, struct mx_scan *s, struct mfs_block **b,
		 uint32_t *bytes);
/* Block n of a directory, which has no holes */
int mx_scan_block(struct mfs *fs, const struct mx_inode *dir,
		  struct mx_leaf *leaf, uint32_t n, struct mfs_block **b);

#endif /* MINIX_SCAN_H */
