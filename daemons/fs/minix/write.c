// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mfs.h: data are written.
 *
 *	begin		blocks are allocated, new ones are zeros; what the write
 *			replaces entirely is not read, but FILL
 *	end		size and times; FILL blocks are there, or dropped if not
 *			all of them was copied; new ones behind the end are free
 *
 * In between the blocks are pinned, and the handle says that it is written to.
 */
#include <string.h>

#include "cache.h"
#include "dirty.h"
#include "fetch.h"
#include "map.h"
#include "seg.h"
#include "size.h"

/* A block of a write */
struct part {
	uint32_t n;        /* of the file */
	uint32_t from, to; /* bytes of it that are written */
	uint64_t size;     /* of the file before */
};

static bool map_is_fill(const struct mfs_map *map, unsigned int i)
{
	return map->fill[i / 8] & 1 << i % 8;
}

/* One that was there before: read, unless nothing of it will be left */
static int part_old(struct mfs *fs, const struct part *p, uint32_t zone,
		    struct mfs_map *map, struct mfs_block **b)
{
	const uint32_t bytes = fs->geo.block_size;
	const unsigned int i = map->nr_blocks;
	bool fresh;
	int rc;

	if (p->from ||
	    (p->to < bytes && (uint64_t)p->n * bytes + p->to < p->size))
		return mx_block_get(fs, zone, b);
	rc = mx_block_blank(fs, zone, b, &fresh);
	if (rc || !fresh)
		return rc;
	(*b)->flags |= MX_FILL;
	mx_block_settle(fs, *b);
	memset((*b)->data + p->to, 0, bytes - p->to);
	map->fill[i / 8] |= (uint8_t)(1 << i % 8);
	return 0;
}

static int part_begin(struct mfs *fs, const struct mx_inode *in,
		      const struct part *p, struct mx_leaf *leaf,
		      uint32_t *goal, struct mfs_map *map)
{
	struct mfs_block *b;
	uint32_t zone;
	int rc = mx_map_zone(fs, in, p->n, leaf, &zone);

	if (rc)
		return rc;
	if (zone) {
		rc = part_old(fs, p, zone, map, &b);
	} else {
		rc = mx_map_alloc(fs, in, p->n, leaf, *goal, &zone);
		/* What there was room for is written. */
		map->is_full = rc == -ENOSPC && map->bytes;
		if (map->is_full)
			return MX_ENOUGH;
		if (!rc)
			rc = mx_op_fresh(fs, zone, MX_DATA, &b);
	}
	if (rc)
		return rc;
	*goal = zone + 1;
	mx_seg_add(map, b->data + p->from, p->to - p->from);
	map->block[map->nr_blocks++] = b;
	return 0;
}

/* Behind the zone of the block before it */
static int write_goal(struct mfs *fs, const struct mx_inode *in, uint32_t n,
		      struct mx_leaf *leaf, uint32_t *goal)
{
	uint32_t zone;
	int rc;

	*goal = 0;
	if (!n)
		return 0;
	rc = mx_map_zone(fs, in, n - 1, leaf, &zone);
	if (!rc && zone)
		*goal = zone + 1;
	return rc;
}

static int write_parts(struct mfs *fs, const struct mx_inode *in, uint64_t end,
		       struct mfs_map *map)
{
	const uint32_t bytes = fs->geo.block_size;
	struct mx_leaf leaf = { 0 };
	uint64_t pos = map->offset;
	struct part p = { .size = map->size };
	uint32_t goal;
	int rc = write_goal(fs, in, (uint32_t)(pos / bytes), &leaf, &goal);

	while (!rc && pos < end) {
		p.n = (uint32_t)(pos / bytes);
		p.from = (uint32_t)(pos % bytes);
		p.to = end - pos < bytes - p.from ?
			       p.from + (uint32_t)(end - pos) :
			       bytes;
		rc = part_begin(fs, in, &p, &leaf, &goal, map);
		pos += p.to - p.from;
	}
	return rc == MX_ENOUGH ? 0 : rc;
}

static int write_op(struct mfs *fs, uint64_t offset, size_t len,
		    struct mfs_map *map)
{
	const struct mx_geo *g = &fs->geo;
	struct mx_inode in;
	uint64_t end;
	int rc = mx_inode_get(fs, map->ino, &in);

	if (!rc)
		rc = mx_seg_file(&in);
	if (rc)
		return rc;
	if (!len)
		return -EINVAL;
	if (offset >= g->file_max)
		return -EFBIG;
	if (in.handle && in.handle->writing)
		return MFS_WAIT;
	end = mx_seg_end(fs, offset, len);
	if (end > g->file_max)
		end = g->file_max;
	map->size = mx_inode_size(g, in.raw);
	if (offset > map->size)
		rc = mx_size_zero(fs, &in, map->size);
	return rc ? rc : write_parts(fs, &in, end, map);
}

/* What was not read is not there. */
static void map_drop_fills(struct mfs *fs, const struct mfs_map *map)
{
	for (unsigned int i = 0; i < MFS_MAP_BLOCKS; i++) {
		struct mfs_block *b = map->block[i];

		if (!map_is_fill(map, i) || !(b->flags & MX_FILL))
			continue;
		b->flags &= ~(uint32_t)MX_FILL;
		mx_block_drop(fs, b);
	}
}

static int write_try(struct mfs *fs, uint32_t ino, uint64_t offset, size_t len,
		     struct mfs_map *map)
{
	struct mfs_handle *h = NULL;
	int rc = mx_op_begin_change(fs);

	mx_seg_init(map, ino, offset);
	if (rc)
		return rc;
	rc = write_op(fs, offset, len, map);
	if (!rc) {
		h = mx_handle_get(fs, ino);
		if (!h)
			rc = -ENOMEM;
	}
	if (rc) {
		map_drop_fills(fs, map);
		mx_seg_init(map, ino, offset);
		return mx_op_end(fs, rc);
	}
	h->writing = true;
	for (unsigned int i = 0; i < map->nr_blocks; i++)
		mx_block_pin(fs, map->block[i]);
	return mx_op_end(fs, 0);
}

int mfs_write_begin(struct mfs *fs, uint32_t ino, uint64_t offset, size_t len,
		    struct mfs_map *map)
{
	int rc = write_try(fs, ino, offset, len, map);

	/* Zones are all over the disk: fewer of them at a time */
	while (rc == MX_TOO_MUCH && len > 1) {
		len = len > MFS_RUN_BYTES ? MFS_RUN_BYTES : len / 2;
		rc = write_try(fs, ino, offset, len, map);
	}
	return rc == MX_TOO_MUCH ? -EFBIG : rc;
}

/* Bytes of the map that count, of so many that were copied */
static size_t map_counted(const struct mfs *fs, const struct mfs_map *map,
			  size_t copied)
{
	const uint32_t bytes = fs->geo.block_size;
	size_t begin = 0;

	if (copied > map->bytes)
		copied = map->bytes;
	for (unsigned int i = 0; i < map->nr_blocks && begin < copied; i++) {
		size_t end =
			begin + bytes - (i ? 0 : (size_t)(map->offset % bytes));

		if (end > map->bytes)
			end = map->bytes;
		if (end > copied && map_is_fill(map, i))
			return begin;
		begin = end;
	}
	return copied;
}

/* Behind the end of the file there are zeros, whatever was copied there. */
static void map_zero(const struct mfs *fs, const struct mfs_map *map,
		     uint64_t end)
{
	const uint32_t bytes = fs->geo.block_size;
	const uint64_t first = map->offset / bytes;

	for (unsigned int i = 0; i < map->nr_blocks; i++) {
		const uint64_t begin = (first + i) * bytes;

		if (begin >= end)
			memset(map->block[i]->data, 0, bytes);
		else if (end - begin < bytes)
			memset(map->block[i]->data + (end - begin), 0,
			       bytes - (size_t)(end - begin));
	}
}

/* Of those that were not read the whole ones are there, and no others. */
static void map_fill(struct mfs *fs, const struct mfs_map *map, size_t counted)
{
	const uint64_t first = map->offset / fs->geo.block_size;
	const uint64_t end = map->offset + counted;

	for (unsigned int i = 0; i < map->nr_blocks; i++) {
		struct mfs_block *b = map->block[i];

		if (!map_is_fill(map, i) || !(b->flags & MX_FILL))
			continue;
		b->flags &= ~(uint32_t)MX_FILL;
		if ((first + i) * fs->geo.block_size < end)
			b->flags |= MX_VALID;
		else
			mx_block_gone(fs, b);
	}
}

/* All that was copied is to be written, whether it counts or not. */
static void map_finish(struct mfs *fs, struct mfs_map *map)
{
	struct mfs_handle *h = mx_handle_find(fs, map->ino);

	for (unsigned int i = 0; i < map->nr_blocks; i++) {
		struct mfs_block *b = map->block[i];

		if (!(b->flags & (MX_GONE | MX_RUN)))
			mx_block_set_dirty(fs, b);
		mx_block_unpin(fs, b);
	}
	map->nr_blocks = 0;
	if (h) {
		h->writing = false;
		mx_handle_put(fs, h);
	}
	fs->events++;
}

/* "end" is that of the file then. */
static int write_end_op(struct mfs *fs, const struct mfs_map *map,
			size_t counted, uint64_t end, int64_t now)
{
	struct mx_inode in;
	int rc = mx_inode_get(fs, map->ino, &in);

	if (!rc)
		rc = mx_inode_change(fs, &in);
	if (rc)
		return rc;
	if (counted)
		mx_inode_touch(fs, &in, now);
	mx_inode_set_size(&fs->geo, in.raw, end);
	/* An indirect block may be there for a block that is not. */
	if (end < map->offset + map->bytes || map->is_full)
		rc = mx_map_cut(fs, &in, mx_size_blocks(&fs->geo, end));
	return rc;
}

int mfs_write_end(struct mfs *fs, struct mfs_map *map, size_t copied,
		  int64_t now, size_t *written)
{
	const size_t counted = map_counted(fs, map, copied);
	uint64_t end = map->offset + counted;
	int rc = mx_op_begin_change(fs);

	if (rc)
		return rc;
	if (!counted || end < map->size)
		end = map->size;
	/* First, as an image may have what is needed then in these blocks. */
	map_fill(fs, map, counted);
	rc = mx_op_end(fs, write_end_op(fs, map, counted, end, now));
	if (rc)
		return rc == MX_TOO_MUCH ? -EFBIG : rc;
	map_zero(fs, map, end);
	map_finish(fs, map);
	*written = counted;
	return 0;
}

void mfs_write_abort(struct mfs *fs, struct mfs_map *map)
{
	size_t written;

	if (!mfs_write_end(fs, map, 0, 0, &written))
		return;
	/* What was allocated stays so, as zeros behind the end. */
	map_fill(fs, map, 0);
	map_zero(fs, map, map->size);
	map_finish(fs, map);
}
