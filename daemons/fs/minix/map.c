// SPDX-License-Identifier: GPL-2.0-or-later
#include "bitmap.h"
#include "fetch.h"
#include "map.h"

/* The way to a block through indirect ones */
struct way {
	unsigned int level; /* of indirect blocks; 0: the inode has it */
	uint32_t first;     /* block of the file that this tree begins with */
	uint64_t span;      /* blocks of the tree */
};

static int way_find(const struct mx_geo *g, uint32_t n, struct way *way)
{
	uint64_t first = 0, span = MX_DIRECT;

	for (unsigned int level = 0; level <= g->levels; level++) {
		if (n - first < span) {
			way->level = level;
			way->first = (uint32_t)first;
			way->span = span;
			return 0;
		}
		first += span;
		span = level ? span * g->pointers : g->pointers;
	}
	return -EFBIG;
}

/* An indirect block that a pointer names */
static int indirect_get(struct mfs *fs, uint32_t ino, uint32_t zone,
			struct mfs_block **b)
{
	if (!mx_zone_is_valid(fs, zone))
		return mx_unclean(fs, "a file has a zone that is none", ino,
				  zone);
	return mx_block_get(fs, zone, b);
}

/* Before a pointer of a leaf, or of what leads there, is changed */
static int leaf_change(struct mfs *fs, const struct mx_inode *in,
		       struct mfs_block *block)
{
	return block ? mx_inode_change_indirect(fs, in, block) :
		       mx_inode_change(fs, in);
}

/* An indirect block where there was none */
static int indirect_make(struct mfs *fs, const struct mx_inode *in,
			 const struct mx_leaf *at, uint32_t i, uint32_t goal,
			 struct mfs_block **b)
{
	uint32_t zone;
	int rc = leaf_change(fs, in, at->block);

	if (!rc)
		rc = mx_zone_alloc(fs, goal, mx_inode_own(in), &zone);
	if (!rc)
		rc = mx_op_fresh(fs, zone, mx_inode_kind(in), b);
	if (!rc)
		mx_pointer_set(&fs->geo, at->array, i, zone);
	return rc;
}

/* Down to the leaf of block n; "make": there is one then */
static int leaf_find(struct mfs *fs, const struct mx_inode *in, uint32_t n,
		     bool make, uint32_t goal, struct mx_leaf *leaf)
{
	const struct mx_geo *g = &fs->geo;
	struct way way;
	uint32_t i, zone;
	int rc = way_find(g, n, &way);

	if (rc)
		return rc;
	leaf->array = mx_inode_zones(g, in->raw);
	leaf->block = NULL;
	leaf->first = way.first;
	leaf->nr = (uint32_t)way.span;
	i = MX_DIRECT + way.level - 1;
	for (; way.level; way.level--) {
		zone = mx_pointer(g, leaf->array, i);
		if (!zone && !make) {
			leaf->array = NULL;
			return 0;
		}
		if (zone)
			rc = indirect_get(fs, in->ino, zone, &leaf->block);
		else
			rc = indirect_make(fs, in, leaf, i, goal, &leaf->block);
		if (rc)
			return rc;
		leaf->array = leaf->block->data;
		if (way.level == 1)
			break;
		leaf->nr /= g->pointers;
		i = (n - leaf->first) / leaf->nr;
		leaf->first += i * leaf->nr;
	}
	return 0;
}

static bool leaf_has(const struct mx_leaf *leaf, uint32_t n)
{
	return n >= leaf->first && n - leaf->first < leaf->nr;
}

int mx_map_zone(struct mfs *fs, const struct mx_inode *in, uint32_t n,
		struct mx_leaf *leaf, uint32_t *zone)
{
	int rc;

	*zone = 0;
	if (!leaf_has(leaf, n)) {
		leaf->nr = 0;
		rc = leaf_find(fs, in, n, false, 0, leaf);
		if (rc) {
			leaf->nr = 0;
			return rc;
		}
	}
	if (!leaf->array)
		return 0;
	*zone = mx_pointer(&fs->geo, leaf->array, n - leaf->first);
	if (*zone && !mx_zone_is_valid(fs, *zone))
		return mx_unclean(fs, "a file has a zone that is none", in->ino,
				  *zone);
	return 0;
}

int mx_map_alloc(struct mfs *fs, const struct mx_inode *in, uint32_t n,
		 struct mx_leaf *leaf, uint32_t goal, uint32_t *zone)
{
	int rc = 0;

	if (!leaf_has(leaf, n) || !leaf->array)
		rc = leaf_find(fs, in, n, true, goal, leaf);
	if (!rc)
		rc = leaf_change(fs, in, leaf->block);
	if (!rc)
		rc = mx_zone_alloc(fs, goal, mx_inode_own(in), zone);
	if (rc) {
		leaf->nr = 0;
		return rc;
	}
	mx_pointer_set(&fs->geo, leaf->array, n - leaf->first, *zone);
	return 0;
}
