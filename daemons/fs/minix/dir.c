// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "cache.h"
#include "dir.h"
#include "fetch.h"
#include "scan.h"

int mx_name_check(const struct mfs *fs, const char *name, size_t len)
{
	if (!len || memchr(name, '/', len) || memchr(name, 0, len))
		return -EINVAL;
	return len > fs->geo.name_max ? -ENAMETOOLONG : 0;
}

bool mx_name_is_dots(const char *name, size_t len)
{
	return len <= 2 && name[0] == '.' && name[len - 1] == '.';
}

static bool entry_is(const struct mx_geo *g, const unsigned char *entry,
		     const char *name, size_t len)
{
	const char *there = mx_entry_name(g, entry);

	return mx_entry_ino(g, entry) && !memcmp(there, name, len) &&
	       (len == g->name_max || !there[len]);
}

static struct mx_hint *hint_of(struct mfs *fs, uint32_t dir, const char *name,
			       size_t len, uint32_t *hash)
{
	uint32_t h = 2166136261U ^ dir * 2654435761U;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 16777619U;
	*hash = h;
	return &fs->hint[h % MX_HINTS];
}

static void entry_fill(const struct mfs *fs, struct mx_entry *e,
		       struct mfs_block *b, uint32_t at, uint32_t n)
{
	e->block = b;
	e->at = b->data + at;
	e->pos = (uint64_t)n * fs->geo.block_size + at;
	e->ino = mx_entry_ino(&fs->geo, e->at);
}

/* Where it was last time: 0, or -ENOENT if it is not there */
static int dir_try_hint(struct mfs *fs, const struct mx_inode *dir,
			const char *name, size_t len, uint64_t pos,
			struct mx_entry *e)
{
	const struct mx_geo *g = &fs->geo;
	const uint32_t at = (uint32_t)(pos % g->block_size);
	const uint32_t n = (uint32_t)(pos / g->block_size);
	struct mx_leaf leaf = { 0 };
	struct mfs_block *b;
	int rc;

	if (pos + g->entry_size > mx_inode_size(g, dir->raw))
		return -ENOENT;
	rc = mx_scan_block(fs, dir, &leaf, n, &b);
	if (rc)
		return rc;
	if (!entry_is(g, b->data + at, name, len)) {
		mx_block_release(fs, b);
		return -ENOENT;
	}
	entry_fill(fs, e, b, at, n);
	return 0;
}

/* In a block: whether it is there, and else what is vacant first */
static bool block_find(const struct mfs *fs, struct mfs_block *b,
		       uint32_t bytes, uint32_t n, const char *name, size_t len,
		       struct mx_entry *e)
{
	const struct mx_geo *g = &fs->geo;

	for (uint32_t at = 0; at < bytes; at += g->entry_size) {
		if (entry_is(g, b->data + at, name, len)) {
			entry_fill(fs, e, b, at, n);
			return true;
		}
		if (e->vacant == MX_NO_PLACE && !mx_entry_ino(g, b->data + at))
			e->vacant = (uint64_t)n * g->block_size + at;
	}
	return false;
}

int mx_dir_find(struct mfs *fs, const struct mx_inode *dir, const char *name,
		size_t len, struct mx_entry *e)
{
	unsigned char key[MX_KEY];
	struct mx_hint *hint;
	struct mfs_block *b;
	struct mx_scan scan;
	uint32_t hash, bytes;
	int rc;

	hint = hint_of(fs, dir->ino, name, len, &hash);
	if (hint->dir == dir->ino && hint->hash == hash) {
		rc = dir_try_hint(fs, dir, name, len, hint->at, e);
		if (rc != -ENOENT)
			return rc;
	}
	mx_key_name(key, name, len);
	mx_scan_begin(fs, &scan, dir, 0, key);
	e->vacant = scan.vacant;
	while (!(rc = mx_scan_next(fs, &scan, &b, &bytes))) {
		if (block_find(fs, b, bytes, scan.n - 1, name, len, e)) {
			hint->dir = dir->ino;
			hint->hash = hash;
			hint->at = e->pos;
			return 0;
		}
		scan.vacant = e->vacant;
		mx_block_release(fs, b);
	}
	return rc;
}

/* The place behind the last entry: there is a block for it then */
static int dir_grow(struct mfs *fs, const struct mx_inode *dir,
		    struct mfs_block **b, uint32_t *at)
{
	const struct mx_geo *g = &fs->geo;
	uint64_t end = mx_inode_size(g, dir->raw);
	struct mx_leaf leaf = { 0 };
	uint32_t n, zone;
	int rc;

	end -= end % g->entry_size;
	n = (uint32_t)(end / g->block_size);
	if (end + g->entry_size > g->file_max)
		return -ENOSPC;
	rc = mx_inode_change(fs, dir);
	if (!rc)
		rc = mx_map_zone(fs, dir, n, &leaf, &zone);
	if (!rc && zone) {
		rc = mx_block_get(fs, zone, b);
	} else if (!rc) {
		rc = mx_map_alloc(fs, dir, n, &leaf, 0, &zone);
		if (!rc)
			rc = mx_op_fresh(fs, zone, MX_META, b);
	}
	if (rc)
		return rc;
	*at = (uint32_t)(end % g->block_size);
	mx_inode_set_size(g, dir->raw, end + g->entry_size);
	return 0;
}

/* One that was vacant some time, if it is so still, or a new one */
static int dir_find_place(struct mfs *fs, const struct mx_inode *dir,
			  uint64_t pos, struct mfs_block **b, uint32_t *at)
{
	const struct mx_geo *g = &fs->geo;
	struct mx_leaf leaf = { 0 };
	int rc;

	if (pos == MX_NO_PLACE ||
	    pos + g->entry_size > mx_inode_size(g, dir->raw))
		return dir_grow(fs, dir, b, at);
	rc = mx_scan_block(fs, dir, &leaf, (uint32_t)(pos / g->block_size), b);
	if (rc)
		return rc;
	*at = (uint32_t)(pos % g->block_size);
	if (mx_entry_ino(g, (*b)->data + *at))
		return dir_grow(fs, dir, b, at);
	return 0;
}

int mx_dir_add(struct mfs *fs, const struct mx_inode *dir, const char *name,
	       size_t len, uint64_t vacant, uint32_t ino)
{
	const struct mx_geo *g = &fs->geo;
	unsigned char key[MX_KEY];
	struct mfs_block *b;
	uint32_t at;
	int rc;

	mx_key_name(key, name, len);
	mx_memo_doom(fs, dir->ino, key, MX_KEY);
	mx_key_other(key, 'e', 0);
	mx_memo_doom(fs, dir->ino, key, 1);
	rc = dir_find_place(fs, dir, vacant, &b, &at);
	if (!rc)
		rc = mx_op_change(fs, b, MX_META);
	if (!rc)
		mx_entry_set(g, b->data + at, ino, name, len);
	return rc;
}

int mx_dir_set(struct mfs *fs, const struct mx_entry *e, uint32_t ino)
{
	int rc = mx_op_change(fs, e->block, MX_META);

	if (!rc)
		mx_entry_set_ino(&fs->geo, e->at, ino);
	return rc;
}

static bool block_is_empty(const struct mx_geo *g, const struct mfs_block *b,
			   uint32_t bytes)
{
	for (uint32_t at = 0; at < bytes; at += g->entry_size) {
		const unsigned char *entry = b->data + at;

		if (mx_entry_ino(g, entry) && !entry_is(g, entry, ".", 1) &&
		    !entry_is(g, entry, "..", 2))
			return false;
	}
	return true;
}

int mx_dir_is_empty(struct mfs *fs, const struct mx_inode *dir)
{
	unsigned char key[MX_KEY];
	struct mfs_block *b;
	struct mx_scan scan;
	uint32_t bytes;
	int rc;

	mx_key_other(key, 'e', 0);
	mx_scan_begin(fs, &scan, dir, 0, key);
	while (!(rc = mx_scan_next(fs, &scan, &b, &bytes))) {
		if (!block_is_empty(&fs->geo, b, bytes)) {
			mx_memo_forget(fs, dir->ino, key, MX_KEY);
			return -ENOTEMPTY;
		}
		mx_block_release(fs, b);
	}
	return rc == -ENOENT ? 0 : rc;
}

int mx_dir_make(struct mfs *fs, const struct mx_inode *dir, uint32_t parent)
{
	const struct mx_geo *g = &fs->geo;
	struct mx_leaf leaf = { 0 };
	struct mfs_block *b;
	uint32_t zone;
	int rc = mx_map_alloc(fs, dir, 0, &leaf, 0, &zone);

	if (!rc)
		rc = mx_op_fresh(fs, zone, MX_META, &b);
	if (rc)
		return rc;
	mx_entry_set(g, b->data, dir->ino, ".", 1);
	mx_entry_set(g, b->data + g->entry_size, parent, "..", 2);
	mx_inode_set_size(g, dir->raw, 2 * (uint64_t)g->entry_size);
	return 0;
}

static int lookup_op(struct mfs *fs, uint32_t dir, const char *name, size_t len,
		     uint32_t *ino)
{
	struct mx_inode in;
	struct mx_entry e;
	int rc = mx_name_check(fs, name, len);

	if (!rc)
		rc = mx_inode_get_dir(fs, dir, &in);
	if (rc)
		return rc;
	if (len == 1 && name[0] == '.') {
		*ino = dir;
		return 0;
	}
	rc = mx_dir_find(fs, &in, name, len, &e);
	if (rc)
		return rc;
	if (e.ino > fs->geo.inodes)
		return mx_unclean(fs, "a name is of an inode that is none", dir,
				  e.block->nr);
	*ino = e.ino;
	return 0;
}

int mfs_lookup(struct mfs *fs, uint32_t dir, const char *name, size_t len,
	       uint32_t *ino)
{
	int rc = mx_op_begin(fs);

	return rc ? rc : mx_op_end(fs, lookup_op(fs, dir, name, len, ino));
}
