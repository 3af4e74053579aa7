// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "bitmap.h"
#include "memo.h"
#include "names.h"
#include "size.h"

static bool inode_has_zones(const struct mx_inode *in)
{
	return mx_inode_is(in, S_IFREG) || mx_inode_is(in, S_IFDIR) ||
	       mx_inode_is(in, S_IFLNK);
}

/* Nobody has a name for it any more; the bytes in its block may be changed. */
static int inode_lost(struct mfs *fs, const struct mx_inode *in)
{
	struct mfs_handle *h = in->handle;
	int rc = 0;

	mx_memo_doom(fs, in->ino, NULL, 0);
	if (h)
		rc = mx_handle_orphan(fs, h, in->raw);
	if (!rc && inode_has_zones(in))
		rc = mx_map_free(fs, in, h ? MX_HOLD : MX_FREE,
				 h ? &h->held : NULL);
	if (!rc)
		rc = mx_inode_free(fs, h ? MX_INODE_HOLD : MX_INODE_FREE,
				   in->ino);
	if (!rc)
		memset(in->raw, 0, fs->geo.inode_size);
	return rc;
}

void mx_links_more(const struct mfs *fs, const struct mx_inode *in, int more)
{
	const uint32_t nlink = mx_inode_nlink(&fs->geo, in->raw);

	/* An image may have fewer than there are, and has no fewer than 1. */
	if (more > 0 || nlink > 1)
		mx_inode_set_nlink(&fs->geo, in->raw, nlink + (uint32_t)more);
}

int mx_name_lost(struct mfs *fs, const struct mx_inode *in, int64_t now)
{
	int rc = mx_inode_change(fs, in);

	if (rc)
		return rc;
	mx_inode_set_time(&fs->geo, in->raw, MX_CTIME, mx_time_of(now));
	if (mx_inode_nlink(&fs->geo, in->raw) <= 1)
		return inode_lost(fs, in);
	mx_links_more(fs, in, -1);
	return 0;
}

int mx_dir_lost(struct mfs *fs, const struct mx_inode *in,
		const struct mx_inode *parent, int64_t now)
{
	int rc = mx_inode_change(fs, in);

	if (!rc)
		rc = mx_inode_change(fs, parent);
	if (rc)
		return rc;
	mx_links_more(fs, parent, -1);
	mx_inode_set_time(&fs->geo, in->raw, MX_CTIME, mx_time_of(now));
	return inode_lost(fs, in);
}

static int shorten_op(struct mfs *fs, uint32_t ino, uint32_t most)
{
	struct mx_inode in;
	uint64_t size;
	uint32_t blocks;
	bool more;
	int rc = mx_inode_get(fs, ino, &in);

	if (rc)
		return rc;
	blocks = mx_size_blocks(&fs->geo, mx_inode_size(&fs->geo, in.raw));
	if (in.handle || !mx_inode_is(&in, S_IFREG) || !blocks)
		return -EBUSY;
	size = (uint64_t)(blocks > most ? blocks - most : 0) *
	       fs->geo.block_size;
	return mx_size_set(fs, &in, size, most, &more);
}

int mx_name_shorten(struct mfs *fs, uint32_t ino)
{
	uint32_t most = MX_CUT_BLOCKS;
	int rc;

	do {
		rc = mx_op_begin_change(fs);
		if (!rc)
			rc = mx_op_end(fs, shorten_op(fs, ino, most));
		most /= 2;
	} while (rc == MX_TOO_MUCH && most);
	return rc == MX_TOO_MUCH ? -EBUSY : rc;
}
