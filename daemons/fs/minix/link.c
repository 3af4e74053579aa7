// SPDX-License-Identifier: GPL-2.0-or-later
/* mfs.h: names are removed; where symbolic links lead to */
#include <string.h>

#include "fetch.h"
#include "names.h"
#include "scan.h"

/* An entry of a directory, and its inode: *ino is that too. */
static int remove_find(struct mfs *fs, uint32_t dir_ino,
		       const struct mx_name *name, struct mx_inode *dir,
		       struct mx_entry *e, struct mx_inode *in)
{
	int rc = mx_name_check(fs, name->text, name->len);

	if (!rc)
		rc = mx_inode_get_dir(fs, dir_ino, dir);
	if (!rc)
		rc = mx_dir_find(fs, dir, name->text, name->len, e);
	if (!rc)
		rc = mx_inode_get(fs, e->ino, in);
	return rc;
}

static int remove_entry(struct mfs *fs, const struct mx_inode *dir,
			const struct mx_entry *e, int64_t now)
{
	int rc = mx_inode_change(fs, dir);

	if (!rc)
		rc = mx_dir_set(fs, e, 0);
	if (!rc)
		mx_inode_touch(fs, dir, now);
	return rc;
}

static int unlink_op(struct mfs *fs, uint32_t dir_ino,
		     const struct mx_name *name, int64_t now, uint32_t *ino)
{
	struct mx_inode dir, in;
	struct mx_entry e;
	int rc;

	if (name->len && mx_name_is_dots(name->text, name->len))
		return -EISDIR;
	rc = remove_find(fs, dir_ino, name, &dir, &e, &in);
	if (rc)
		return rc;
	if (mx_inode_is(&in, S_IFDIR))
		return -EISDIR;
	*ino = e.ino;
	rc = remove_entry(fs, &dir, &e, now);
	return rc ? rc : mx_name_lost(fs, &in, now);
}

int mfs_unlink(struct mfs *fs, uint32_t dir, const char *name, size_t len,
	       int64_t now)
{
	const struct mx_name n = { name, len };
	uint32_t ino = 0;
	int rc;

	do {
		rc = mx_op_begin_change(fs);
		if (rc)
			return rc;
		rc = mx_op_end(fs, unlink_op(fs, dir, &n, now, &ino));
		if (rc != MX_TOO_MUCH)
			return rc;
		rc = mx_name_shorten(fs, ino);
	} while (!rc);
	return rc;
}

static int rmdir_check(struct mfs *fs, uint32_t dir_ino,
		       const struct mx_inode *in)
{
	if (!mx_inode_is(in, S_IFDIR))
		return -ENOTDIR;
	/* A name that no directory has, but an image may */
	if (in->ino == MFS_ROOT_INO || in->ino == dir_ino)
		return -EBUSY;
	return mx_dir_is_empty(fs, in);
}

static int rmdir_op(struct mfs *fs, uint32_t dir_ino,
		    const struct mx_name *name, int64_t now)
{
	struct mx_inode dir, in;
	struct mx_entry e;
	int rc;

	if (name->len && mx_name_is_dots(name->text, name->len))
		return name->len == 1 ? -EINVAL : -ENOTEMPTY;
	rc = remove_find(fs, dir_ino, name, &dir, &e, &in);
	if (!rc)
		rc = rmdir_check(fs, dir_ino, &in);
	if (!rc)
		rc = remove_entry(fs, &dir, &e, now);
	return rc ? rc : mx_dir_lost(fs, &in, &dir, now);
}

int mfs_rmdir(struct mfs *fs, uint32_t dir, const char *name, size_t len,
	      int64_t now)
{
	const struct mx_name n = { name, len };
	int rc = mx_op_begin_change(fs);

	if (rc)
		return rc;
	rc = mx_op_end(fs, rmdir_op(fs, dir, &n, now));
	return rc == MX_TOO_MUCH ? -EBUSY : rc;
}

static int readlink_op(struct mfs *fs, uint32_t ino, char *target, size_t *size)
{
	struct mx_leaf leaf = { 0 };
	struct mfs_block *b;
	struct mx_inode in;
	uint32_t zone;
	size_t len;
	int rc = mx_inode_get(fs, ino, &in);

	if (rc)
		return rc;
	if (!mx_inode_is(&in, S_IFLNK))
		return -EINVAL;
	rc = mx_map_zone(fs, &in, 0, &leaf, &zone);
	if (!rc && !zone)
		rc = mx_unclean(fs, "a symbolic link has no block", ino, 0);
	if (!rc)
		rc = mx_block_get(fs, zone, &b);
	if (rc)
		return rc;
	/* What others write may have a 0 within its size. */
	len = (size_t)mx_inode_size(&fs->geo, in.raw);
	len = strnlen((const char *)b->data, len);
	if (*size > len)
		*size = len;
	memcpy(target, b->data, *size);
	return 0;
}

int mfs_readlink(struct mfs *fs, uint32_t ino, char *target, size_t *size)
{
	int rc = mx_op_begin(fs);

	return rc ? rc : mx_op_end(fs, readlink_op(fs, ino, target, size));
}
