// SPDX-License-Identifier: GPL-2.0-or-later
/* mfs.h: mount, unmount, and what there is of all */
#include <stdlib.h>

#include "bitmap.h"
#include "cache.h"
#include "inode.h"
#include "txn.h"

struct mfs *mfs_new(const struct mfs_config *config)
{
	struct mfs *fs = calloc(1, sizeof(*fs));

	if (!fs)
		return NULL;
	fs->config = *config;
	fs->read_only = config->flags & MFS_RDONLY;
	mx_list_init(&fs->free);
	mx_list_init(&fs->lru);
	mx_list_init(&fs->wanted);
	mx_list_init(&fs->run);
	mx_list_init(&fs->dirty);
	mx_list_init(&fs->flush);
	return fs;
}

void mfs_free(struct mfs *fs)
{
	if (!fs)
		return;
	mx_handle_free_all(fs);
	mx_bitmap_free(fs);
	mx_txn_free(fs);
	mx_op_free(fs);
	mx_cache_free(fs);
	free(fs);
}

static int mount_super(struct mfs *fs)
{
	const char *wrong;
	int rc = mx_layout_read(&fs->geo, fs->super, fs->config.device_size,
				&wrong);

	if (rc)
		mx_report(fs, wrong, 0, 0);
	if (!rc)
		rc = mx_cache_init(fs);
	if (!rc)
		rc = mx_txn_init(fs);
	if (!rc)
		rc = mx_op_init(fs);
	if (!rc)
		rc = mx_bitmap_init(fs);
	return rc;
}

static int mount_root(struct mfs *fs)
{
	struct mx_inode in;
	int rc = mx_inode_get_dir(fs, MFS_ROOT_INO, &in);

	return rc == -ENOTDIR ? mx_unclean(fs, "the root is no directory",
					   MFS_ROOT_INO, 0) :
				rc;
}

static int mount_count(struct mfs *fs)
{
	int rc = 0;

	if (!fs->blocks)
		rc = mount_super(fs);
	if (!rc)
		rc = mx_op_begin(fs);
	if (rc)
		return rc;
	rc = mx_bitmap_count(fs);
	if (!rc)
		rc = mount_root(fs);
	return mx_op_end(fs, rc);
}

int mfs_mount(struct mfs *fs)
{
	int rc = -EINVAL;

	switch (fs->state) {
	case MX_NEW:
		fs->state = MX_SUPER_WANTED;
		return MFS_WAIT;
	case MX_SUPER_WANTED:
	case MX_SUPER_READING:
		return MFS_WAIT;
	case MX_SUPER_FAILED:
		mx_report(fs, "the superblock cannot be read", 0, 1);
		rc = -EIO;
		break;
	case MX_COUNTING:
		rc = mount_count(fs);
		break;
	case MX_MOUNTED:
	case MX_UNMOUNTED:
		return -EINVAL;
	}
	if (rc == MFS_WAIT)
		return rc;
	fs->state = rc ? MX_UNMOUNTED : MX_MOUNTED;
	return rc;
}

int mfs_unmount(struct mfs *fs)
{
	if (fs->state != MX_MOUNTED)
		return -EINVAL;
	if (fs->references || fs->pinned)
		return -EBUSY;
	if (!fs->failed && (mfs_is_dirty(fs) || fs->commit != MX_IDLE)) {
		mfs_sync_begin(fs);
		return MFS_WAIT;
	}
	fs->state = MX_UNMOUNTED;
	return fs->failed ? -EIO : 0;
}

void mfs_statfs(const struct mfs *fs, struct mfs_statfs *st)
{
	const struct mx_geo *g = &fs->geo;

	*st = (struct mfs_statfs){
		.version = g->version,
		.name_max = g->name_max,
		.link_max = g->link_max,
		.block_size = g->block_size,
		.blocks = g->zones - g->first_zone,
		.blocks_free = fs->zones_free,
		.inodes = g->inodes,
		.inodes_free = fs->inodes_free,
		.file_max = g->file_max,
		.read_only = fs->read_only || fs->failed,
	};
}

void mfs_stats(const struct mfs *fs, struct mfs_stats *st)
{
	*st = fs->stats;
	st->blocks = fs->nr_blocks;
	st->dirty = fs->nr_run + fs->nr_group + fs->nr_dirty + fs->nr_flush;
	st->pinned = fs->pinned;
}
