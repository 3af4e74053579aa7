// SPDX-License-Identifier: GPL-2.0-or-later
/* mfs.h: data are read, and read ahead */
#include <string.h>

#include "cache.h"
#include "fetch.h"
#include "map.h"
#include "seg.h"
#include "size.h"

#define FIRST_WINDOW 8 /* blocks that are read ahead at first */

void mx_seg_init(struct mfs_map *map, uint32_t ino, uint64_t offset)
{
	map->bytes = 0;
	map->nr = map->nr_blocks = 0;
	map->ino = ino;
	map->offset = offset;
	map->is_full = false;
	memset(map->fill, 0, sizeof(map->fill));
}

void mx_seg_add(struct mfs_map *map, unsigned char *data, size_t bytes)
{
	struct iovec *last = map->nr ? &map->seg[map->nr - 1] : NULL;

	if (last && (unsigned char *)last->iov_base + last->iov_len == data)
		last->iov_len += bytes;
	else
		map->seg[map->nr++] =
			(struct iovec){ .iov_base = data, .iov_len = bytes };
	map->bytes += bytes;
}

uint64_t mx_seg_end(const struct mfs *fs, uint64_t offset, size_t len)
{
	const uint32_t bytes = fs->geo.block_size;
	uint64_t most = MFS_MAP_BLOCKS;

	/* The same file may be written at the same time, and so may others. */
	if (most > fs->nr_blocks / 8)
		most = fs->nr_blocks / 8;
	most = (offset / bytes + most) * bytes;
	return most - offset < len ? most : offset + len;
}

int mx_seg_file(const struct mx_inode *in)
{
	if (mx_inode_is(in, S_IFDIR))
		return -EISDIR;
	return mx_inode_is(in, S_IFREG) ? 0 : -EINVAL;
}

/* Blocks behind those that were asked for, while somebody reads on and on */
static void read_ahead(struct mfs *fs, const struct mx_inode *in,
		       struct mx_leaf *leaf, uint32_t from)
{
	const uint32_t size =
		mx_size_blocks(&fs->geo, mx_inode_size(&fs->geo, in->raw));
	struct mfs_handle *h = in->handle;
	uint32_t end = from + h->window, zone;

	if (end > size)
		end = size;
	if (h->ahead < from)
		h->ahead = from;
	/* In runs, not block by block */
	if (h->ahead >= end || (h->ahead - from > h->window / 2 && end < size))
		return;
	for (; h->ahead < end; h->ahead++) {
		if (mx_map_zone(fs, in, h->ahead, leaf, &zone))
			break;
		if (zone)
			mx_block_ahead(fs, zone);
	}
}

static void read_on(const struct mfs *fs, struct mfs_handle *h, uint64_t offset,
		    uint64_t end)
{
	uint32_t most = MFS_RUN_BYTES / fs->geo.block_size;

	if (most > fs->nr_blocks / 8)
		most = fs->nr_blocks / 8;
	if (offset != h->next) {
		h->window = 0;
		h->ahead = 0;
	} else if (!h->window) {
		h->window = FIRST_WINDOW;
	} else if (h->window < most) {
		h->window *= 2;
	}
	if (h->window > most)
		h->window = most;
	h->next = end;
}

/* All blocks are asked for before it waits for one. */
static int read_blocks(struct mfs *fs, const struct mx_inode *in,
		       struct mx_leaf *leaf, uint64_t end, struct mfs_map *map)
{
	const uint32_t bytes = fs->geo.block_size;
	uint64_t pos = map->offset;
	bool waits = false;

	while (pos < end) {
		const uint32_t at = (uint32_t)(pos % bytes);
		uint32_t len = bytes - at, zone;
		struct mfs_block *b = NULL;
		int rc = mx_map_zone(fs, in, (uint32_t)(pos / bytes), leaf,
				     &zone);

		if (!rc && zone)
			rc = mx_block_get(fs, zone, &b);
		if (rc == MFS_WAIT && b == NULL && zone && !fs->starved) {
			waits = true;
		} else if (rc) {
			/* What is before an error can be read. */
			if (waits || rc == MFS_WAIT)
				return MFS_WAIT;
			return map->bytes ? 0 : rc;
		}
		if (len > end - pos)
			len = (uint32_t)(end - pos);
		pos += len;
		if (waits)
			continue;
		mx_seg_add(map, (b ? b->data : fs->zeros) + at, len);
		if (b)
			map->block[map->nr_blocks++] = b;
	}
	return waits ? MFS_WAIT : 0;
}

static int read_op(struct mfs *fs, uint32_t ino, uint64_t offset, size_t len,
		   struct mfs_map *map)
{
	struct mx_leaf leaf = { 0 };
	struct mx_inode in;
	uint64_t size, end;
	int rc = mx_inode_get(fs, ino, &in);

	if (!rc)
		rc = mx_seg_file(&in);
	if (rc)
		return rc;
	size = mx_inode_size(&fs->geo, in.raw);
	if (offset >= size)
		return 0;
	end = mx_seg_end(fs, offset, len);
	if (end > size)
		end = size;
	rc = read_blocks(fs, &in, &leaf, end, map);
	if (in.handle && !rc)
		read_on(fs, in.handle, offset, offset + map->bytes);
	if (in.handle && in.handle->window && (!rc || rc == MFS_WAIT) &&
	    !fs->starved)
		read_ahead(fs, &in, &leaf, mx_size_blocks(&fs->geo, end));
	return rc;
}

int mfs_read_map(struct mfs *fs, uint32_t ino, uint64_t offset, size_t len,
		 struct mfs_map *map)
{
	int rc = mx_op_begin(fs);

	mx_seg_init(map, ino, offset);
	if (rc)
		return rc;
	rc = read_op(fs, ino, offset, len, map);
	if (rc)
		mx_seg_init(map, ino, offset);
	for (unsigned int i = 0; i < map->nr_blocks; i++)
		mx_block_pin(fs, map->block[i]);
	return mx_op_end(fs, rc);
}

void mfs_unpin(struct mfs *fs, struct mfs_map *map)
{
	for (unsigned int i = 0; i < map->nr_blocks; i++)
		mx_block_unpin(fs, map->block[i]);
	map->nr_blocks = 0;
	fs->events++;
}
