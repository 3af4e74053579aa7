// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "bitmap.h"
#include "cache.h"
#include "fault.h"
#include "fetch.h"
#include "handle.h"

#define NONE        UINT32_MAX
#define COUNT_AHEAD 32 /* blocks */

/* A bitmap */
struct bitmap {
	uint32_t start; /* block */
	uint32_t bits;  /* that mean something; bit 0 never does */
	uint8_t *full;  /* a block each */
	bool is_of_zones;
};

static struct bitmap bitmap_zones(const struct mfs *fs)
{
	return (struct bitmap){ .start = fs->geo.zmap,
				.bits = fs->geo.zone_bits,
				.full = fs->zmap_full,
				.is_of_zones = true };
}

static struct bitmap bitmap_inodes(const struct mfs *fs)
{
	return (struct bitmap){ .start = fs->geo.imap,
				.bits = fs->geo.inodes + 1,
				.full = fs->imap_full };
}

static uint32_t bitmap_blocks(const struct mfs *fs, const struct bitmap *map)
{
	return (map->bits - 1) / fs->geo.block_bits + 1;
}

/* Bits of the bitmap's block k that mean something */
static uint32_t bitmap_end(const struct mfs *fs, const struct bitmap *map,
			   uint32_t k)
{
	const uint32_t rest = map->bits - k * fs->geo.block_bits;

	return rest < fs->geo.block_bits ? rest : fs->geo.block_bits;
}

/* Which of 64 bits cannot be had: now, or at all */
static uint64_t word_used(const struct mfs *fs, const struct bitmap *map,
			  const struct mfs_block *b, uint32_t word, bool at_all)
{
	const uint32_t k = b->nr - map->start;
	uint64_t used = le_get64(b->data, 8 * (size_t)word);

	if (!map->is_of_zones)
		return used;
	if (mx_fault != MX_FAULT_ORPHAN)
		used |= mx_set_word(&fs->held, k, word);
	if (!at_all && mx_fault != MX_FAULT_REUSE)
		used |= mx_set_word(&fs->freed, k, word) |
			mx_set_word(&fs->freed_before, k, word);
	return used;
}

/* The first bit from .. end - 1 of a block that can be had, or NONE */
static uint32_t block_scan(const struct mfs *fs, const struct bitmap *map,
			   const struct mfs_block *b, uint32_t from,
			   uint32_t end, bool at_all)
{
	for (uint32_t word = from / 64; word * 64 < end; word++) {
		uint64_t used = word_used(fs, map, b, word, at_all);
		uint32_t bit;

		if (word == from / 64)
			used |= (UINT64_C(1) << from % 64) - 1;
		if (used == UINT64_MAX)
			continue;
		bit = word * 64 + (uint32_t)__builtin_ctzll(~used);
		return bit < end ? bit : NONE;
	}
	return NONE;
}

/* In the bitmap's block k, from its bit "from" on: 0 and a bit, or NONE */
static int bitmap_scan(struct mfs *fs, const struct bitmap *map, uint32_t k,
		       uint32_t from, struct mfs_block **block, uint32_t *bit)
{
	const uint32_t first = k ? 0 : 1, end = bitmap_end(fs, map, k);
	struct mfs_block *b;
	int rc;

	*bit = NONE;
	if (map->full[k])
		return 0;
	rc = mx_block_get(fs, map->start + k, &b);
	if (rc)
		return rc;
	*bit = block_scan(fs, map, b, from < first ? first : from, end, false);
	*block = b;
	if (*bit != NONE)
		return 0;
	map->full[k] = block_scan(fs, map, b, first, end, true) == NONE;
	mx_block_release(fs, b);
	return 0;
}

/* The first that can be had, from "start" on and around: 0, and 0 for none */
static int bitmap_find(struct mfs *fs, const struct bitmap *map, uint32_t start,
		       struct mfs_block **block, uint32_t *found)
{
	const uint32_t nr = bitmap_blocks(fs, map);
	const uint32_t block_bits = fs->geo.block_bits;
	uint32_t k, bit;
	int rc;

	if (start >= map->bits)
		start = 1;
	*found = 0;
	/* The block where it starts is the last one too, from its beginning. */
	for (uint32_t i = 0; i <= nr; i++) {
		k = (start / block_bits + i) % nr;
		rc = bitmap_scan(fs, map, k, i ? 0 : start % block_bits, block,
				 &bit);
		if (rc)
			return rc;
		if (bit != NONE) {
			*found = k * block_bits + bit;
			return 0;
		}
	}
	return 0;
}

static void bit_set(const struct mfs *fs, struct mfs_block *b, uint32_t bit)
{
	bit %= fs->geo.block_bits;
	b->data[bit / 8] |= (unsigned char)(1 << bit % 8);
}

static int zone_none(struct mfs *fs)
{
	if (fs->freed.nr + fs->freed_before.nr <= mx_op_freed(fs))
		return -ENOSPC;
	fs->commit_wanted = true;
	return MFS_WAIT;
}

int mx_zone_alloc(struct mfs *fs, uint32_t goal, struct mx_set *own,
		  uint32_t *zone)
{
	const struct bitmap map = bitmap_zones(fs);
	struct mfs_block *b;
	uint32_t bit;
	int rc;

	if (!fs->zones_free)
		return -ENOSPC;
	rc = bitmap_find(fs, &map,
			 mx_zone_is_valid(fs, goal) ?
				 goal - fs->geo.first_zone + 1 :
				 fs->zone_next,
			 &b, &bit);
	if (!rc && !bit)
		rc = zone_none(fs);
	if (!rc && !own)
		rc = mx_op_change(fs, b, MX_META);
	if (!rc)
		rc = mx_op_move(fs, own ? MX_TAKE : MX_ALLOC, own, bit);
	if (rc)
		return rc;
	if (!own)
		bit_set(fs, b, bit);
	fs->zone_next = bit + 1;
	*zone = fs->geo.first_zone - 1 + bit;
	return 0;
}

/* Of a bit that is set, or else the image is wrong */
static int bit_clear(struct mfs *fs, const struct bitmap *map, uint32_t bit,
		     const char *wrong, uint32_t ino)
{
	const uint32_t k = bit / fs->geo.block_bits;
	const uint32_t at = bit % fs->geo.block_bits;
	const unsigned char mask = (unsigned char)(1 << at % 8);
	struct mfs_block *b;
	int rc = mx_block_get(fs, map->start + k, &b);

	if (rc)
		return rc;
	if (!(b->data[at / 8] & mask))
		return mx_unclean(fs, wrong, ino,
				  map->is_of_zones ?
					  fs->geo.first_zone - 1 + bit :
					  0);
	rc = mx_op_change(fs, b, MX_META);
	if (rc)
		return rc;
	b->data[at / 8] &= (unsigned char)~mask;
	map->full[k] = 0;
	return 0;
}

int mx_zone_free(struct mfs *fs, enum mx_move move, struct mx_set *own,
		 uint32_t zone, uint32_t ino)
{
	const struct bitmap map = bitmap_zones(fs);
	uint32_t bit;
	int rc = 0;

	if (!mx_zone_is_valid(fs, zone))
		return mx_unclean(fs, "a file has a zone that is none", ino,
				  zone);
	bit = zone - fs->geo.first_zone + 1;
	if (move != MX_LEAVE)
		rc = bit_clear(fs, &map, bit, "a file has a free zone", ino);
	else if (!mx_set_has(own, bit))
		rc = mx_unclean(fs, "a file has a zone twice", ino, zone);
	if (rc)
		return rc;
	map.full[bit / fs->geo.block_bits] = 0;
	return mx_op_move(fs, move, own, bit);
}

int mx_inode_alloc(struct mfs *fs, uint32_t *ino)
{
	const struct bitmap map = bitmap_inodes(fs);
	uint32_t start = fs->inode_next, first = 0, bit;
	struct mfs_block *b;
	int rc;

	if (!fs->inodes_free)
		return -ENOSPC;
	/* Numbers of orphans are free on the disk alone. */
	for (;; start = bit + 1) {
		rc = bitmap_find(fs, &map, start, &b, &bit);
		if (rc)
			return rc;
		if (!bit || bit == first)
			return -ENOSPC;
		if (!mx_handle_find(fs, bit))
			break;
		if (!first)
			first = bit;
	}
	rc = mx_op_change(fs, b, MX_META);
	if (!rc)
		rc = mx_op_move(fs, MX_INODE_ALLOC, NULL, bit);
	if (rc)
		return rc;
	bit_set(fs, b, bit);
	fs->inode_next = bit + 1;
	*ino = bit;
	return 0;
}

int mx_inode_free(struct mfs *fs, enum mx_move move, uint32_t ino)
{
	const struct bitmap map = bitmap_inodes(fs);
	int rc = bit_clear(fs, &map, ino, "a free inode has a name", ino);

	return rc ? rc : mx_op_move(fs, move, NULL, ino);
}

int mx_bitmap_init(struct mfs *fs)
{
	const struct mx_geo *g = &fs->geo;

	fs->imap_full = calloc(g->imap_blocks, 1);
	fs->zmap_full = calloc(g->zmap_blocks, 1);
	fs->zone_next = fs->inode_next = 1;
	if (!fs->imap_full || !fs->zmap_full ||
	    mx_set_init(&fs->freed, g->zmap_blocks, g->block_bits) ||
	    mx_set_init(&fs->freed_before, g->zmap_blocks, g->block_bits) ||
	    mx_set_init(&fs->held, g->zmap_blocks, g->block_bits))
		return -ENOMEM;
	return 0;
}

void mx_bitmap_free(struct mfs *fs)
{
	free(fs->imap_full);
	free(fs->zmap_full);
	mx_set_free(&fs->freed);
	mx_set_free(&fs->freed_before);
	mx_set_free(&fs->held);
}

static int bitmap_count(struct mfs *fs, const struct bitmap *map, uint32_t k,
			uint32_t *nr)
{
	const uint32_t end = bitmap_end(fs, map, k);
	struct mfs_block *b;
	int rc = mx_block_get(fs, map->start + k, &b);

	if (rc)
		return rc;
	*nr = 0;
	for (uint32_t bit = k ? 0 : 1; bit < end; bit++)
		*nr += !(b->data[bit / 8] & 1 << bit % 8);
	map->full[k] = !*nr;
	mx_block_release(fs, b);
	return 0;
}

int mx_bitmap_count(struct mfs *fs)
{
	const struct bitmap maps[] = { bitmap_inodes(fs), bitmap_zones(fs) };
	const uint32_t inodes = bitmap_blocks(fs, &maps[0]);
	const uint32_t all = inodes + bitmap_blocks(fs, &maps[1]);
	uint32_t nr;
	int rc;

	while (fs->counted < all) {
		const bool zones = fs->counted >= inodes;
		const uint32_t k = fs->counted - (zones ? inodes : 0);

		rc = bitmap_count(fs, &maps[zones], k, &nr);
		if (rc) {
			for (uint32_t i = 1; i < COUNT_AHEAD; i++)
				if (maps[zones].start + k + i < fs->geo.itable)
					mx_block_ahead(fs, maps[zones].start +
								   k + i);
			return rc;
		}
		if (zones)
			fs->zones_free += nr;
		else
			fs->inodes_free += nr;
		fs->counted++;
	}
	return 0;
}
