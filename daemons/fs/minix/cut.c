// SPDX-License-Identifier: GPL-2.0-or-later
/* map.h: zones of a file are freed. */
#include "bitmap.h"
#include "fetch.h"
#include "map.h"

#define CUT_AHEAD 64 /* indirect blocks that are asked for at a time */

struct cut {
	struct mfs *fs;
	const struct mx_inode *in;
	enum mx_move move;
	struct mx_set *own;
};

static uint32_t node_span(const struct mx_geo *g, unsigned int level)
{
	uint32_t span = 1;

	while (level--)
		span *= g->pointers;
	return span;
}

static int node_look_up(const struct cut *c, uint32_t zone,
			struct mfs_block **b)
{
	if (!mx_zone_is_valid(c->fs, zone))
		return mx_unclean(c->fs, "a file has a zone that is none",
				  c->in->ino, zone);
	if (c->fs->held_now > c->fs->nr_blocks / 2)
		return MX_TOO_MUCH;
	return mx_block_get(c->fs, zone, b);
}

/* All that the operation will need of its kind comes at once. */
static void node_ahead(const struct cut *c, const struct mfs_block *b,
		       uint32_t from)
{
	uint32_t end = c->fs->geo.pointers, zone;

	if (end - from > CUT_AHEAD)
		end = from + CUT_AHEAD;
	for (uint32_t i = from; i < end; i++) {
		zone = mx_pointer(&c->fs->geo, b->data, i);
		if (zone && mx_zone_is_valid(c->fs, zone))
			mx_block_want(c->fs, zone);
	}
}

/* A zone, at level 0, or an indirect block with all below */
static int node_free(const struct cut *c, uint32_t zone, unsigned int level)
{
	struct mfs_block *b;
	uint32_t child;
	int rc;

	if (!level)
		return mx_zone_free(c->fs, c->move, c->own, zone, c->in->ino);
	rc = node_look_up(c, zone, &b);
	if (rc)
		return rc;
	for (uint32_t i = 0; i < c->fs->geo.pointers; i++) {
		child = mx_pointer(&c->fs->geo, b->data, i);
		if (!child)
			continue;
		rc = node_free(c, child, level - 1);
		if (rc == MFS_WAIT && level > 1)
			node_ahead(c, b, i + 1);
		if (rc)
			return rc;
	}
	return mx_zone_free(c->fs, c->move, c->own, zone, c->in->ino);
}

/* Of an indirect block, what is "from" blocks after its first one or later */
static int node_cut(const struct cut *c, uint32_t zone, unsigned int level,
		    uint32_t from)
{
	const struct mx_geo *g = &c->fs->geo;
	const uint32_t span = node_span(g, level - 1);
	struct mfs_block *b;
	uint32_t child;
	int rc = node_look_up(c, zone, &b);

	if (!rc)
		rc = mx_inode_change_indirect(c->fs, c->in, b);
	for (uint32_t i = from / span; !rc && i < g->pointers; i++) {
		child = mx_pointer(g, b->data, i);
		if (!child)
			continue;
		if (i * span >= from) {
			rc = node_free(c, child, level - 1);
			mx_pointer_set(g, b->data, i, 0);
		} else {
			rc = node_cut(c, child, level - 1, from - i * span);
		}
	}
	return rc;
}

int mx_map_cut(struct mfs *fs, const struct mx_inode *in, uint32_t from)
{
	const struct cut c = { .fs = fs,
			       .in = in,
			       .own = mx_inode_own(in),
			       .move = mx_inode_is_orphan(in) ? MX_LEAVE :
								MX_FREE };
	unsigned char *zones = mx_inode_zones(&fs->geo, in->raw);
	uint64_t first = 0;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < MX_DIRECT + fs->geo.levels; i++) {
		const unsigned int level = i < MX_DIRECT ? 0 :
							   i - MX_DIRECT + 1;
		const uint32_t span = node_span(&fs->geo, level);
		const uint32_t zone = mx_pointer(&fs->geo, zones, i);

		if (zone && first >= from) {
			rc = node_free(&c, zone, level);
			mx_pointer_set(&fs->geo, zones, i, 0);
		} else if (zone && first + span > from) {
			rc = node_cut(&c, zone, level, from - (uint32_t)first);
		}
		first += span;
	}
	return rc;
}

int mx_map_free(struct mfs *fs, const struct mx_inode *in, enum mx_move move,
		struct mx_set *own)
{
	const struct cut c = { .fs = fs, .in = in, .move = move, .own = own };
	const unsigned char *zones = mx_inode_zones(&fs->geo, in->raw);
	int rc = 0;

	for (uint32_t i = 0; !rc && i < MX_DIRECT + fs->geo.levels; i++) {
		const uint32_t zone = mx_pointer(&fs->geo, zones, i);

		if (zone)
			rc = node_free(&c, zone,
				       i < MX_DIRECT ? 0 : i - MX_DIRECT + 1);
	}
	return rc;
}
