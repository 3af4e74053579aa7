// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "fetch.h"
#include "scan.h"
#include "size.h"

#define SCAN_AHEAD 16 /* blocks */

void mx_scan_begin(struct mfs *fs, struct mx_scan *s,
		   const struct mx_inode *dir, uint32_t from,
		   const unsigned char key[MX_KEY])
{
	const struct mx_memo *m = mx_memo_find(fs, dir->ino, key);

	s->dir = dir;
	memset(&s->leaf, 0, sizeof(s->leaf));
	s->n = from;
	s->vacant = MX_NO_PLACE;
	if (m && m->block > from) {
		s->n = m->block;
		s->vacant = m->vacant;
	}
	s->end = mx_size_blocks(&fs->geo, mx_inode_size(&fs->geo, dir->raw));
	memcpy(s->key, key, MX_KEY);
}

int mx_scan_block(struct mfs *fs, const struct mx_inode *dir,
		  struct mx_leaf *leaf, uint32_t n, struct mfs_block **b)
{
	uint32_t zone;
	int rc = mx_map_zone(fs, dir, n, leaf, &zone);

	if (rc)
		return rc;
	if (!zone)
		return mx_unclean(fs, "a directory has a hole", dir->ino, 0);
	return mx_block_get(fs, zone, b);
}

static void scan_remember(struct mfs *fs, const struct mx_scan *s)
{
	struct mx_memo *m = mx_memo_make(fs, s->dir->ino, s->key);

	m->block = s->n;
	m->vacant = s->vacant;
}

static void scan_ahead(struct mfs *fs, struct mx_scan *s)
{
	uint32_t zone;

	for (uint32_t i = s->n + 1; i < s->end && i <= s->n + SCAN_AHEAD; i++) {
		if (mx_map_zone(fs, s->dir, i, &s->leaf, &zone))
			return;
		if (zone)
			mx_block_ahead(fs, zone);
	}
}

int mx_scan_next(struct mfs *fs, struct mx_scan *s, struct mfs_block **b,
		 uint32_t *bytes)
{
	const struct mx_geo *g = &fs->geo;
	const uint64_t size = mx_inode_size(g, s->dir->raw);
	const uint64_t begin = (uint64_t)s->n * g->block_size;
	int rc;

	/* That it is not there is known when what follows has to wait. */
	if (s->n >= s->end) {
		scan_remember(fs, s);
		return -ENOENT;
	}
	rc = mx_scan_block(fs, s->dir, &s->leaf, s->n, b);
	if (rc == MFS_WAIT) {
		scan_remember(fs, s);
		scan_ahead(fs, s);
	}
	if (rc)
		return rc;
	*bytes = size - begin < g->block_size ? (uint32_t)(size - begin) :
						g->block_size;
	*bytes -= *bytes % g->entry_size;
	s->n++;
	return 0;
}
