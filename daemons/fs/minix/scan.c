// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "fetch.h"
#include "scan.h"
#include "size.h"

#define SCAN_AHEAD 16 /* blocks */

void mx_key_name(unsigned char key[MX_KEY], const char *name, size_t len)
{
	memset(key, 0, MX_KEY);
	memcpy(key, name, len);
}

void mx_key_other(unsigned char key[MX_KEY], char what, uint64_t number)
{
	memset(key, 0, MX_KEY);
	key[1] = (unsigned char)what;
	le_put64(key, 2, number);
}

static struct mx_memo *memo_find(struct mfs *fs, uint32_t dir,
				 const unsigned char *key)
{
	for (uint32_t i = 0; i < MX_MEMOS; i++) {
		struct mx_memo *m = &fs->memo[i];

		if (m->dir == dir && !memcmp(m->key, key, MX_KEY))
			return m;
	}
	return NULL;
}

static void memo_set(struct mfs *fs, const struct mx_scan *s)
{
	struct mx_memo *m = memo_find(fs, s->dir->ino, s->key);

	if (!m) {
		m = &fs->memo[fs->memo_next];
		fs->memo_next = (fs->memo_next + 1) % MX_MEMOS;
	}
	m->dir = s->dir->ino;
	m->block = s->n;
	memcpy(m->key, s->key, MX_KEY);
}

void mx_scan_forget(struct mfs *fs, uint32_t dir, const unsigned char *key)
{
	for (uint32_t i = 0; i < MX_MEMOS; i++) {
		struct mx_memo *m = &fs->memo[i];

		if (m->dir == dir && (!key || !memcmp(m->key, key, MX_KEY)))
			m->dir = 0;
	}
}

void mx_scan_begin(struct mfs *fs, struct mx_scan *s,
		   const struct mx_inode *dir, uint32_t from,
		   const unsigned char key[MX_KEY])
{
	const struct mx_memo *m = memo_find(fs, dir->ino, key);

	s->dir = dir;
	memset(&s->leaf, 0, sizeof(s->leaf));
	s->n = m && m->block > from ? m->block : from;
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

	if (s->n >= s->end) {
		mx_scan_forget(fs, s->dir->ino, s->key);
		return -ENOENT;
	}
	rc = mx_scan_block(fs, s->dir, &s->leaf, s->n, b);
	if (rc == MFS_WAIT) {
		memo_set(fs, s);
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
