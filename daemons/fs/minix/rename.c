// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mfs.h: rename.  All is looked up and checked first; then
 *
 *	the new name	is of that inode: instead of another one, which has a
 *			name less, or as one more entry
 *	the old name	is removed
 *	".."		of a directory that has got another parent names that
 *			one; links of both parents follow
 */
#include <string.h>

#include "cache.h"
#include "names.h"

struct rename {
	uint32_t dir_ino, new_dir_ino;
	struct mx_name name, new_name;
	unsigned int flags;
	int64_t now;
	/* looked up */
	struct mx_inode dir, new_dir, in, target;
	struct mx_entry old, new;
	bool is_dir, replaces;
};

static int rename_names(const struct mfs *fs, const struct rename *r)
{
	int rc = mx_name_check(fs, r->name.text, r->name.len);

	if (!rc)
		rc = mx_name_check(fs, r->new_name.text, r->new_name.len);
	if (!rc && (mx_name_is_dots(r->name.text, r->name.len) ||
		    mx_name_is_dots(r->new_name.text, r->new_name.len)))
		rc = -EINVAL;
	return rc;
}

static int rename_find(struct mfs *fs, struct rename *r)
{
	int rc = mx_inode_get_dir(fs, r->dir_ino, &r->dir);

	if (!rc)
		rc = mx_inode_get_dir(fs, r->new_dir_ino, &r->new_dir);
	if (!rc)
		rc = mx_dir_find(fs, &r->dir, r->name.text, r->name.len,
				 &r->old);
	if (!rc)
		rc = mx_inode_get(fs, r->old.ino, &r->in);
	if (rc)
		return rc;
	r->is_dir = mx_inode_is(&r->in, S_IFDIR);
	rc = mx_dir_find(fs, &r->new_dir, r->new_name.text, r->new_name.len,
			 &r->new);
	r->replaces = !rc;
	if (rc == -ENOENT)
		return 0;
	return rc ? rc : mx_inode_get(fs, r->new.ino, &r->target);
}

/* Whether the new name can take the place of another inode's */
static int rename_replace_check(struct mfs *fs, const struct rename *r)
{
	const bool target_is_dir = mx_inode_is(&r->target, S_IFDIR);

	if (r->flags & MFS_RENAME_NOREPLACE)
		return -EEXIST;
	if (r->is_dir && !target_is_dir)
		return -ENOTDIR;
	if (!r->is_dir && target_is_dir)
		return -EISDIR;
	if (!target_is_dir)
		return 0;
	if (r->target.ino == MFS_ROOT_INO || r->target.ino == r->dir_ino ||
	    r->target.ino == r->new_dir_ino)
		return -ENOTEMPTY;
	return mx_dir_is_empty(fs, &r->target);
}

/* A directory does not go into itself, or below: all parents up to the root */
static int rename_tree_check(struct mfs *fs, const struct rename *r)
{
	const uint32_t most = fs->nr_blocks / 4;
	uint32_t ino = r->new_dir_ino;
	struct mx_entry e;
	struct mx_inode up;
	int rc;

	for (uint32_t depth = 0; ino != MFS_ROOT_INO; depth++) {
		if (ino == r->in.ino)
			return -EINVAL;
		if (depth == most)
			return -ELOOP;
		rc = mx_inode_get(fs, ino, &up);
		if (!rc)
			rc = mx_dir_find(fs, &up, "..", 2, &e);
		if (rc == -ENOENT || (!rc && e.ino == ino))
			rc = mx_unclean(fs, "a directory has no parent", ino,
					0);
		if (rc)
			return rc;
		ino = e.ino;
	}
	return r->in.ino == MFS_ROOT_INO ? -EINVAL : 0;
}

static int rename_allowed(struct mfs *fs, const struct rename *r)
{
	const bool moves = r->is_dir && r->dir_ino != r->new_dir_ino;
	int rc = 0;

	if (r->is_dir)
		rc = rename_tree_check(fs, r);
	if (!rc && r->replaces)
		rc = rename_replace_check(fs, r);
	else if (!rc && moves &&
		 mx_inode_nlink(&fs->geo, r->new_dir.raw) >= fs->geo.link_max)
		rc = -EMLINK;
	return rc;
}

static int rename_new(struct mfs *fs, const struct rename *r)
{
	int rc;

	if (!r->replaces)
		return mx_dir_add(fs, &r->new_dir, r->new_name.text,
				  r->new_name.len, r->new.vacant, r->in.ino);
	rc = mx_dir_set(fs, &r->new, r->in.ino);
	if (rc)
		return rc;
	if (r->is_dir)
		return mx_dir_lost(fs, &r->target, &r->new_dir, r->now);
	return mx_name_lost(fs, &r->target, r->now);
}

static int rename_parent(struct mfs *fs, const struct rename *r)
{
	struct mx_entry up;
	int rc = mx_dir_find(fs, &r->in, "..", 2, &up);

	if (rc == -ENOENT)
		rc = mx_unclean(fs, "a directory has no parent", r->in.ino, 0);
	if (!rc)
		rc = mx_dir_set(fs, &up, r->new_dir_ino);
	if (rc)
		return rc;
	mx_links_more(fs, &r->dir, -1);
	mx_links_more(fs, &r->new_dir, 1);
	return 0;
}

static int rename_op(struct mfs *fs, struct rename *r)
{
	int rc = rename_names(fs, r);

	if (!rc)
		rc = rename_find(fs, r);
	if (rc)
		return rc;
	/* Two names of one inode, or one name */
	if (r->replaces && r->target.ino == r->in.ino)
		return r->flags & MFS_RENAME_NOREPLACE ? -EEXIST : 0;
	rc = rename_allowed(fs, r);
	if (!rc)
		rc = mx_inode_change(fs, &r->dir);
	if (!rc)
		rc = mx_inode_change(fs, &r->new_dir);
	if (!rc)
		rc = mx_inode_change(fs, &r->in);
	if (!rc)
		rc = rename_new(fs, r);
	if (!rc)
		rc = mx_dir_set(fs, &r->old, 0);
	if (!rc && r->is_dir && r->dir_ino != r->new_dir_ino)
		rc = rename_parent(fs, r);
	if (rc)
		return rc;
	mx_inode_touch(fs, &r->dir, r->now);
	mx_inode_touch(fs, &r->new_dir, r->now);
	mx_inode_set_time(&fs->geo, r->in.raw, MX_CTIME, mx_time_of(r->now));
	return 0;
}

int mfs_rename(struct mfs *fs, uint32_t dir, const char *name, size_t len,
	       uint32_t new_dir, const char *new_name, size_t new_len,
	       unsigned int flags, int64_t now)
{
	struct rename r = { .dir_ino = dir,
			    .new_dir_ino = new_dir,
			    .name = { name, len },
			    .new_name = { new_name, new_len },
			    .flags = flags,
			    .now = now };
	int rc;

	if (flags & ~(unsigned int)MFS_RENAME_NOREPLACE)
		return -EINVAL;
	do {
		rc = mx_op_begin_change(fs);
		if (rc)
			return rc;
		rc = mx_op_end(fs, rename_op(fs, &r));
		if (rc != MX_TOO_MUCH)
			return rc;
		if (!r.replaces)
			return -ENOSPC;
		rc = mx_name_shorten(fs, r.target.ino);
	} while (!rc);
	return rc;
}
