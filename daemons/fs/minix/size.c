// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "fetch.h"
#include "map.h"
#include "size.h"

int mx_size_zero(struct mfs *fs, const struct mx_inode *in, uint64_t end)
{
	const uint32_t bytes = fs->geo.block_size;
	const uint32_t at = (uint32_t)(end % bytes);
	struct mx_leaf leaf = { 0 };
	struct mfs_block *b;
	uint32_t zone;
	int rc;

	if (!at)
		return 0;
	rc = mx_map_zone(fs, in, (uint32_t)(end / bytes), &leaf, &zone);
	if (rc || !zone)
		return rc;
	rc = mx_block_get(fs, zone, &b);
	if (rc || !memcmp(b->data + at, fs->zeros, bytes - at))
		return rc;
	rc = mx_op_change(fs, b, MX_DATA);
	if (!rc)
		memset(b->data + at, 0, bytes - at);
	return rc;
}

int mx_size_set(struct mfs *fs, const struct mx_inode *in, uint64_t size,
		uint32_t most, bool *more)
{
	const struct mx_geo *g = &fs->geo;
	const uint64_t old = mx_inode_size(g, in->raw);
	const uint32_t old_blocks = mx_size_blocks(g, old);
	uint32_t blocks = mx_size_blocks(g, size);
	int rc;

	*more = false;
	if (size > g->file_max)
		return -EFBIG;
	if (in->handle && in->handle->writing)
		return MFS_WAIT;
	if (size > old)
		rc = mx_size_zero(fs, in, old);
	else
		rc = 0;
	if (!rc)
		rc = mx_inode_change(fs, in);
	if (!rc && size <= old) {
		if (blocks < old_blocks && old_blocks - blocks > most) {
			blocks = old_blocks - most;
			size = (uint64_t)blocks * g->block_size;
			*more = true;
		}
		rc = mx_map_cut(fs, in, blocks);
		if (!rc)
			rc = mx_size_zero(fs, in, size);
	}
	if (!rc)
		mx_inode_set_size(g, in->raw, size);
	return rc;
}
