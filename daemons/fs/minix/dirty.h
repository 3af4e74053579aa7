/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which blocks are to be written, and before what.
 *
 *	data		DIRTY on fs->dirty: some time.  When a commit begins all
 *			of them are put on fs->flush, with FLUSH: before its
 *			group.
 *	metadata	RUN on fs->run: in the running transaction, which is the
 *			next group.
 *
 * A block whose zone is freed is in no group any more, and written only if it
 * is to be before the group that is being committed, to which it still belongs.
 */
#ifndef MINIX_DIRTY_H
#define MINIX_DIRTY_H

#include "fs.h"

void mx_block_set_dirty(struct mfs *fs, struct mfs_block *b);
void mx_block_clear_dirty(struct mfs *fs, struct mfs_block *b);
void mx_block_set_run(struct mfs *fs, struct mfs_block *b);
/* Its zone is free. */
void mx_block_forget(struct mfs *fs, struct mfs_block *b);

#endif /* MINIX_DIRTY_H */
