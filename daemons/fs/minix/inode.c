// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "fetch.h"
#include "inode.h"

/* Where its bytes are, whatever they say */
static int inode_find(struct mfs *fs, uint32_t ino, struct mx_inode *in)
{
	const struct mx_geo *g = &fs->geo;
	int rc;

	if (!ino || ino > g->inodes)
		return mx_unclean(fs, "an inode has a number that is none", ino,
				  0);
	in->ino = ino;
	in->handle = mx_handle_find(fs, ino);
	in->block = NULL;
	if (in->handle && in->handle->orphan) {
		in->raw = in->handle->raw;
		return 0;
	}
	rc = mx_block_get(fs, g->itable + (ino - 1) / g->inodes_a_block,
			  &in->block);
	if (rc)
		return rc;
	in->raw = in->block->data +
		  (size_t)((ino - 1) % g->inodes_a_block) * g->inode_size;
	return 0;
}

/* A directory has no holes: it is not larger than all zones. */
static const char *inode_check(const struct mx_geo *g,
			       const struct mx_inode *in)
{
	const uint64_t size = mx_inode_size(g, in->raw);

	if (!mx_inode_is_orphan(in) && !mx_inode_nlink(g, in->raw))
		return "an inode without names has one";
	switch (mx_inode_mode(in->raw) & S_IFMT) {
	case S_IFDIR:
		if (size > (uint64_t)(g->zones - g->first_zone) * g->block_size)
			return "a directory is larger than all zones";
		/* fallthrough */
	case S_IFREG:
		if (size > g->file_max)
			return "a file is larger than it can be";
		break;
	case S_IFLNK:
		if (size > g->block_size)
			return "a symbolic link is larger than a block";
		break;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		break;
	default:
		return "an inode has no type";
	}
	return NULL;
}

int mx_inode_get(struct mfs *fs, uint32_t ino, struct mx_inode *in)
{
	const char *wrong;
	int rc = inode_find(fs, ino, in);

	if (rc)
		return rc;
	wrong = inode_check(&fs->geo, in);
	return wrong ? mx_unclean(fs, wrong, ino, 0) : 0;
}

int mx_inode_blank(struct mfs *fs, uint32_t ino, struct mx_inode *in)
{
	int rc = inode_find(fs, ino, in);

	if (!rc)
		rc = mx_inode_change(fs, in);
	if (!rc)
		memset(in->raw, 0, fs->geo.inode_size);
	return rc;
}

int mx_inode_get_dir(struct mfs *fs, uint32_t ino, struct mx_inode *in)
{
	int rc = mx_inode_get(fs, ino, in);

	if (rc)
		return rc;
	if (!mx_inode_is(in, S_IFDIR))
		return -ENOTDIR;
	return mx_inode_is_orphan(in) ? -ENOENT : 0;
}

int mx_inode_change(struct mfs *fs, const struct mx_inode *in)
{
	return in->block ? mx_op_change(fs, in->block, MX_META) :
			   mx_op_raw(fs, in->raw);
}

int mx_inode_change_indirect(struct mfs *fs, const struct mx_inode *in,
			     struct mfs_block *b)
{
	if (mx_inode_is_orphan(in))
		b->after = in->handle->since;
	return mx_op_change(fs, b, mx_inode_kind(in));
}

uint32_t mx_time_of(int64_t now)
{
	if (now < 0)
		return 0;
	return now > UINT32_MAX ? UINT32_MAX : (uint32_t)now;
}

void mx_inode_touch(const struct mfs *fs, const struct mx_inode *in,
		    int64_t now)
{
	mx_inode_set_time(&fs->geo, in->raw, MX_MTIME, mx_time_of(now));
	mx_inode_set_time(&fs->geo, in->raw, MX_CTIME, mx_time_of(now));
}
