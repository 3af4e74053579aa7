// SPDX-License-Identifier: GPL-2.0-or-later
/* mfs.h: attributes of inodes */
#include <sys/sysmacros.h>

#include "map.h"
#include "size.h"

/* Of a device node: in place of its first zone, 8 bits each */
static uint64_t attr_rdev(const struct mfs *fs, const struct mx_inode *in)
{
	const uint32_t old =
		mx_pointer(&fs->geo, mx_inode_zones(&fs->geo, in->raw), 0);

	if (!mx_inode_is(in, S_IFCHR) && !mx_inode_is(in, S_IFBLK))
		return 0;
	return makedev(old >> 8 & 0xff, old & 0xff);
}

/* What a file without holes has, indirect blocks too, as Linux says it */
static uint64_t attr_blocks(const struct mx_geo *g, uint64_t size)
{
	uint64_t blocks = mx_size_blocks(g, size), all = blocks;
	uint64_t indirect = blocks, direct = MX_DIRECT;

	while (indirect > direct) {
		indirect = (indirect - direct + g->pointers - 1) / g->pointers;
		all += indirect;
		direct = 1;
	}
	return all * (g->block_size / 512);
}

static int getattr_op(struct mfs *fs, uint32_t ino, struct mfs_attr *attr)
{
	const struct mx_geo *g = &fs->geo;
	struct mx_inode in;
	int rc = mx_inode_get(fs, ino, &in);

	if (rc)
		return rc;
	attr->mode = mx_inode_mode(in.raw);
	attr->nlink = mx_inode_nlink(g, in.raw);
	attr->uid = mx_inode_uid(g, in.raw);
	attr->gid = mx_inode_gid(g, in.raw);
	attr->size = mx_inode_size(g, in.raw);
	attr->atime = mx_inode_time(g, in.raw, MX_ATIME);
	attr->mtime = mx_inode_time(g, in.raw, MX_MTIME);
	attr->ctime = mx_inode_time(g, in.raw, MX_CTIME);
	attr->rdev = attr_rdev(fs, &in);
	attr->blocks = attr_blocks(g, attr->size);
	return 0;
}

int mfs_getattr(struct mfs *fs, uint32_t ino, struct mfs_attr *attr)
{
	int rc = mx_op_begin(fs);

	return rc ? rc : mx_op_end(fs, getattr_op(fs, ino, attr));
}

static bool time_fits(int64_t time)
{
	return time >= 0 && time <= UINT32_MAX;
}

static int setattr_check(const struct mfs *fs, const struct mfs_attr *attr,
			 unsigned int set)
{
	if ((set & MFS_SET_UID && attr->uid > fs->geo.uid_max) ||
	    (set & MFS_SET_GID && attr->gid > fs->geo.gid_max) ||
	    (set & MFS_SET_ATIME && !time_fits(attr->atime)) ||
	    (set & MFS_SET_MTIME && !time_fits(attr->mtime)) ||
	    (set & MFS_SET_CTIME && !time_fits(attr->ctime)))
		return -EOVERFLOW;
	return 0;
}

static void setattr_plain(const struct mfs *fs, const struct mx_inode *in,
			  const struct mfs_attr *attr, unsigned int set)
{
	const struct mx_geo *g = &fs->geo;

	if (set & MFS_SET_MODE)
		mx_inode_set_mode(in->raw, (mx_inode_mode(in->raw) & S_IFMT) |
						   (attr->mode & 07777));
	if (set & MFS_SET_UID)
		mx_inode_set_owner(g, in->raw, attr->uid,
				   mx_inode_gid(g, in->raw));
	if (set & MFS_SET_GID)
		mx_inode_set_owner(g, in->raw, mx_inode_uid(g, in->raw),
				   attr->gid);
	if (set & MFS_SET_ATIME)
		mx_inode_set_time(g, in->raw, MX_ATIME, (uint32_t)attr->atime);
	if (set & MFS_SET_MTIME)
		mx_inode_set_time(g, in->raw, MX_MTIME, (uint32_t)attr->mtime);
	if (set & MFS_SET_CTIME)
		mx_inode_set_time(g, in->raw, MX_CTIME, (uint32_t)attr->ctime);
}

static int setattr_op(struct mfs *fs, uint32_t ino, const struct mfs_attr *attr,
		      unsigned int set, uint32_t most, bool *more)
{
	struct mx_inode in;
	int rc = setattr_check(fs, attr, set);

	*more = false;
	if (!rc)
		rc = mx_inode_get(fs, ino, &in);
	if (!rc && set & MFS_SET_SIZE) {
		if (mx_inode_is(&in, S_IFDIR))
			rc = -EISDIR;
		else if (!mx_inode_is(&in, S_IFREG))
			rc = -EINVAL;
		else
			rc = mx_size_set(fs, &in, attr->size, most, more);
	}
	if (!rc)
		rc = mx_inode_change(fs, &in);
	if (!rc && !*more)
		setattr_plain(fs, &in, attr, set);
	return rc;
}

int mfs_setattr(struct mfs *fs, uint32_t ino, const struct mfs_attr *attr,
		unsigned int set)
{
	uint32_t most = MX_CUT_BLOCKS;
	bool more = true;
	int rc = 0;

	while (!rc && more) {
		rc = mx_op_begin_change(fs);
		if (rc)
			break;
		rc = mx_op_end(fs, setattr_op(fs, ino, attr, set, most, &more));
		if (rc == MX_TOO_MUCH && most > 1) {
			most /= 2;
			more = true;
			rc = 0;
		}
	}
	return rc == MX_TOO_MUCH ? -EFBIG : rc;
}
