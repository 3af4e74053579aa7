// SPDX-License-Identifier: GPL-2.0-or-later
#include "cache.h"
#include "dirty.h"

void mx_block_set_dirty(struct mfs *fs, struct mfs_block *b)
{
	if (b->flags & MX_DIRTY)
		return;
	b->flags |= MX_DIRTY;
	mx_list_add_last(&fs->dirty, &b->dirty);
	fs->nr_dirty++;
	mx_block_settle(fs, b);
}

void mx_block_clear_dirty(struct mfs *fs, struct mfs_block *b)
{
	if (b->flags & MX_FLUSH)
		fs->nr_flush--;
	else if (b->flags & MX_DIRTY)
		fs->nr_dirty--;
	mx_list_del(&b->dirty);
	b->flags &= ~(uint32_t)(MX_DIRTY | MX_FLUSH);
}

void mx_block_set_run(struct mfs *fs, struct mfs_block *b)
{
	if (b->flags & MX_RUN)
		return;
	b->flags |= MX_RUN;
	mx_list_add_last(&fs->run, &b->run);
	fs->nr_run++;
	mx_block_settle(fs, b);
}

void mx_block_forget(struct mfs *fs, struct mfs_block *b)
{
	if (b->flags & MX_RUN) {
		mx_list_del(&b->run);
		fs->nr_run--;
	}
	if (!(b->flags & MX_FLUSH))
		mx_block_clear_dirty(fs, b);
	if (b->flags & MX_WANTED)
		mx_list_del(&b->link);
	b->flags &= ~(uint32_t)(MX_RUN | MX_WANTED | MX_FILL | MX_AHEAD);
	mx_block_gone(fs, b);
}
