// SPDX-License-Identifier: GPL-2.0-or-later
/* mfs.h: what is in a directory */
#include <string.h>

#include "cache.h"
#include "scan.h"

/* Whether it can be asked for by its name, and is of an inode */
static bool dirent_fill(const struct mfs *fs, const unsigned char *entry,
			struct mfs_dirent *d)
{
	const char *name = mx_entry_name(&fs->geo, entry);
	const size_t len = strnlen(name, fs->geo.name_max);

	d->ino = mx_entry_ino(&fs->geo, entry);
	d->len = (uint32_t)len;
	memcpy(d->name, name, len);
	d->name[len] = 0;
	return d->ino <= fs->geo.inodes && !mx_name_check(fs, name, len);
}

/* Those of a block: how many there are then */
static unsigned int block_dirents(const struct mfs *fs, uint32_t dir,
				  const struct mfs_block *b, uint64_t begin,
				  uint32_t from, uint32_t bytes,
				  struct mfs_dirent *entries, unsigned int nr,
				  unsigned int room)
{
	const uint32_t size = fs->geo.entry_size;

	for (uint32_t at = from; at < bytes && nr < room; at += size) {
		struct mfs_dirent *d = &entries[nr];

		if (!mx_entry_ino(&fs->geo, b->data + at))
			continue;
		if (!dirent_fill(fs, b->data + at, d)) {
			mx_report(fs, "a directory has a name that is none",
				  dir, b->nr);
			continue;
		}
		d->next = begin + at + size;
		nr++;
	}
	return nr;
}

static int readdir_op(struct mfs *fs, uint32_t dir, uint64_t at,
		      struct mfs_dirent *entries, unsigned int room,
		      unsigned int *nr)
{
	const struct mx_geo *g = &fs->geo;
	const uint64_t from =
		(at + g->entry_size - 1) / g->entry_size * g->entry_size;
	unsigned char key[MX_KEY];
	struct mx_scan scan;
	struct mfs_block *b;
	struct mx_inode in;
	uint32_t bytes;
	int rc = mx_inode_get_dir(fs, dir, &in);

	*nr = 0;
	if (rc || at > g->file_max)
		return rc;
	mx_key_other(key, 'r', at);
	mx_scan_begin(fs, &scan, &in, (uint32_t)(from / g->block_size), key);
	/* A block's entries at a time, so that it ends in any cache */
	while (!*nr && !(rc = mx_scan_next(fs, &scan, &b, &bytes))) {
		const uint64_t begin = (uint64_t)(scan.n - 1) * g->block_size;

		*nr = block_dirents(fs, dir, b, begin,
				    from > begin ? (uint32_t)(from - begin) : 0,
				    bytes, entries, 0, room);
		mx_block_release(fs, b);
	}
	if (*nr || rc == -ENOENT)
		mx_memo_forget(fs, dir, key, MX_KEY);
	return rc == -ENOENT ? 0 : rc;
}

int mfs_readdir(struct mfs *fs, uint32_t dir, uint64_t at,
		struct mfs_dirent *entries, unsigned int *nr)
{
	const unsigned int room = *nr;
	int rc = mx_op_begin(fs);

	if (rc)
		return rc;
	if (!room)
		return mx_op_end(fs, -EINVAL);
	rc = mx_op_end(fs, readdir_op(fs, dir, at, entries, room, nr));
	/* For the same call once more */
	if (rc)
		*nr = room;
	return rc;
}
