/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An operation: done wholly, or not at all.
 *
 *	begin	it looks blocks up, which are held, and changes them: of each an
 *		image is kept of what it was; what it changes in memory besides,
 *		sets of zones and numbers, is logged
 *	end 0	blocks are dirty, or in the running transaction; buffers of
 *		zones that were freed are forgotten
 *	end !0	all is as it was
 *
 * Operations do not nest and never overlap: one begins and ends within a call.
 */
#ifndef MINIX_OP_H
#define MINIX_OP_H

#include "fs.h"

enum mx_kind {
	MX_DATA, /* in place, before the group */
	MX_META, /* in the group */
};

/* What a zone or an inode was before, and has become */
enum mx_move {
	MX_ALLOC, /* free, of a file */
	MX_FREE,  /* of a file, free but not to be used before a commit */
	MX_HOLD,  /* of a file, free on the disk but an orphan's in memory */
	MX_TAKE,  /* free, an orphan's */
	MX_LEAVE, /* an orphan's, free but not to be used before a commit */
	MX_INODE_ALLOC,
	MX_INODE_FREE,
	MX_INODE_HOLD, /* of a file, free on the disk but an orphan's */
};

int mx_op_init(struct mfs *fs);
void mx_op_free(struct mfs *fs);

/* 0, -EROFS, or -EINVAL if nothing is mounted */
int mx_op_begin(struct mfs *fs);
int mx_op_begin_change(struct mfs *fs);
/* Returns rc. */
int mx_op_end(struct mfs *fs, int rc);

/*
 * Before the first change of a block that is held: 0, MFS_WAIT if its group has
 * no room, or MX_TOO_MUCH.
 */
int mx_op_change(struct mfs *fs, struct mfs_block *b, enum mx_kind kind);
/* A block of a zone that was just allocated: zeros.  It may wait as well. */
int mx_op_fresh(struct mfs *fs, uint32_t nr, enum mx_kind kind,
		struct mfs_block **block);
/* Before the change of an inode that is in memory alone, MX_INODE_MAX bytes */
int mx_op_raw(struct mfs *fs, unsigned char *raw);
/* Before a flag of an orphan is set */
int mx_op_flag(struct mfs *fs, bool *flag);
/*
 * A zone, by its bit, or an inode: sets and numbers follow.  "own" is the set
 * of the orphan.  0 or -ENOMEM.
 */
int mx_op_move(struct mfs *fs, enum mx_move move, struct mx_set *own,
	       uint32_t bit);

/* Zones that it has freed, and that are among the freed for that reason */
uint32_t mx_op_freed(const struct mfs *fs);

#endif /* MINIX_OP_H */
