// SPDX-License-Identifier: GPL-2.0-or-later
/* mfs.h: new inodes and new names */
#include <string.h>
#include <sys/sysmacros.h>

#include "bitmap.h"
#include "names.h"

struct create {
	struct mx_name name;
	uint32_t mode;
	uint64_t rdev;
	const char *target; /* of a symbolic link */
	const struct mfs_owner *owner;
};

/* What the format can keep */
static int create_check(const struct mfs *fs, const struct create *c)
{
	switch (c->mode & S_IFMT) {
	case S_IFLNK:
		if (!c->target)
			return -EINVAL;
		if (!*c->target)
			return -ENOENT;
		if (strnlen(c->target, fs->geo.block_size) ==
		    fs->geo.block_size)
			return -ENAMETOOLONG;
		break;
	case S_IFCHR:
	case S_IFBLK:
		if (major(c->rdev) > 0xff || minor(c->rdev) > 0xff)
			return -EINVAL;
		break;
	case S_IFREG:
	case S_IFDIR:
	case S_IFIFO:
	case S_IFSOCK:
		break;
	default:
		return -EINVAL;
	}
	if (c->owner->uid > fs->geo.uid_max || c->owner->gid > fs->geo.gid_max)
		return -EOVERFLOW;
	return 0;
}

/* A directory that is to have one more entry of that name, and where */
static int create_place(struct mfs *fs, uint32_t dir_ino,
			const struct mx_name *name, struct mx_inode *dir,
			struct mx_entry *e)
{
	int rc = mx_name_check(fs, name->text, name->len);

	if (!rc)
		rc = mx_inode_get_dir(fs, dir_ino, dir);
	if (rc)
		return rc;
	if (mx_name_is_dots(name->text, name->len))
		return -EEXIST;
	rc = mx_dir_find(fs, dir, name->text, name->len, e);
	if (rc != -ENOENT)
		return rc ? rc : -EEXIST;
	return mx_inode_change(fs, dir);
}

static int inode_fill(struct mfs *fs, const struct mx_inode *in,
		      const struct create *c)
{
	const struct mx_geo *g = &fs->geo;

	mx_inode_set_mode(in->raw, c->mode);
	mx_inode_set_nlink(g, in->raw, S_ISDIR(c->mode) ? 2 : 1);
	mx_inode_set_owner(g, in->raw, c->owner->uid, c->owner->gid);
	mx_inode_touch(fs, in, c->owner->now);
	mx_inode_set_time(g, in->raw, MX_ATIME, mx_time_of(c->owner->now));
	if (S_ISCHR(c->mode) || S_ISBLK(c->mode))
		mx_pointer_set(g, mx_inode_zones(g, in->raw), 0,
			       major(c->rdev) << 8 | minor(c->rdev));
	return 0;
}

static int symlink_fill(struct mfs *fs, const struct mx_inode *in,
			const char *target)
{
	const size_t len = strlen(target);
	struct mx_leaf leaf = { 0 };
	struct mfs_block *b;
	uint32_t zone;
	int rc = mx_map_alloc(fs, in, 0, &leaf, 0, &zone);

	if (!rc)
		rc = mx_op_fresh(fs, zone, MX_META, &b);
	if (rc)
		return rc;
	memcpy(b->data, target, len);
	mx_inode_set_size(&fs->geo, in->raw, len);
	return 0;
}

static int create_op(struct mfs *fs, uint32_t dir_ino, const struct create *c,
		     uint32_t *ino)
{
	const bool is_dir = S_ISDIR(c->mode);
	struct mx_inode dir, in;
	struct mx_entry e;
	int rc = create_place(fs, dir_ino, &c->name, &dir, &e);

	if (!rc)
		rc = create_check(fs, c);
	if (!rc && is_dir &&
	    mx_inode_nlink(&fs->geo, dir.raw) >= fs->geo.link_max)
		rc = -EMLINK;
	if (!rc)
		rc = mx_inode_alloc(fs, ino);
	if (!rc)
		rc = mx_inode_blank(fs, *ino, &in);
	if (!rc)
		rc = inode_fill(fs, &in, c);
	if (!rc && is_dir)
		rc = mx_dir_make(fs, &in, dir_ino);
	if (!rc && c->target)
		rc = symlink_fill(fs, &in, c->target);
	if (!rc)
		rc = mx_dir_add(fs, &dir, c->name.text, c->name.len, e.vacant,
				*ino);
	if (rc)
		return rc;
	if (is_dir)
		mx_links_more(fs, &dir, 1);
	mx_inode_touch(fs, &dir, c->owner->now);
	return 0;
}

/* What is too much for an operation when next to nothing is changed */
static int create_end(struct mfs *fs, int rc)
{
	rc = mx_op_end(fs, rc);
	return rc == MX_TOO_MUCH ? -ENOSPC : rc;
}

int mfs_create(struct mfs *fs, uint32_t dir, const char *name, size_t len,
	       uint32_t mode, uint64_t rdev, const struct mfs_owner *owner,
	       uint32_t *ino)
{
	const struct create c = { .name = { name, len },
				  .mode = mode,
				  .rdev = rdev,
				  .owner = owner };
	int rc = mx_op_begin_change(fs);

	return rc ? rc : create_end(fs, create_op(fs, dir, &c, ino));
}

int mfs_symlink(struct mfs *fs, uint32_t dir, const char *name, size_t len,
		const char *target, const struct mfs_owner *owner,
		uint32_t *ino)
{
	const struct create c = { .name = { name, len },
				  .mode = S_IFLNK | 0777,
				  .target = target,
				  .owner = owner };
	int rc = mx_op_begin_change(fs);

	return rc ? rc : create_end(fs, create_op(fs, dir, &c, ino));
}

static int link_op(struct mfs *fs, uint32_t ino, uint32_t dir_ino,
		   const struct mx_name *name, int64_t now)
{
	struct mx_inode dir, in;
	struct mx_entry e;
	int rc = create_place(fs, dir_ino, name, &dir, &e);

	if (!rc)
		rc = mx_inode_get(fs, ino, &in);
	if (rc)
		return rc;
	if (mx_inode_is(&in, S_IFDIR))
		return -EPERM;
	if (mx_inode_is_orphan(&in))
		return -ENOENT;
	if (mx_inode_nlink(&fs->geo, in.raw) >= fs->geo.link_max)
		return -EMLINK;
	rc = mx_inode_change(fs, &in);
	if (!rc)
		rc = mx_dir_add(fs, &dir, name->text, name->len, e.vacant, ino);
	if (rc)
		return rc;
	mx_links_more(fs, &in, 1);
	mx_inode_set_time(&fs->geo, in.raw, MX_CTIME, mx_time_of(now));
	mx_inode_touch(fs, &dir, now);
	return 0;
}

int mfs_link(struct mfs *fs, uint32_t ino, uint32_t dir, const char *name,
	     size_t len, int64_t now)
{
	const struct mx_name n = { name, len };
	int rc = mx_op_begin_change(fs);

	return rc ? rc : create_end(fs, link_op(fs, ino, dir, &n, now));
}
