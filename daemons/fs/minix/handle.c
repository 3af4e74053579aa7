// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "dirty.h"
#include "handle.h"
#include "op.h"

static struct mfs_handle **handle_slot(struct mfs *fs, uint32_t ino)
{
	return &fs->handle[ino % MX_HANDLE_HASH];
}

struct mfs_handle *mx_handle_find(const struct mfs *fs, uint32_t ino)
{
	struct mfs_handle *h = fs->handle[ino % MX_HANDLE_HASH];

	while (h && h->ino != ino)
		h = h->hash_next;
	return h;
}

struct mfs_handle *mx_handle_get(struct mfs *fs, uint32_t ino)
{
	struct mfs_handle **slot = handle_slot(fs, ino);
	struct mfs_handle *h = mx_handle_find(fs, ino);

	if (!h) {
		h = calloc(1, sizeof(*h));
		if (!h)
			return NULL;
		h->ino = ino;
		h->hash_next = *slot;
		*slot = h;
	}
	h->refs++;
	fs->references++;
	return h;
}

/* If there is no memory to remember that it is free, it stays held. */
static void orphan_zone_free(struct mfs *fs, uint32_t bit)
{
	struct mfs_block *b;

	if (mx_set_add(&fs->freed, bit))
		return;
	mx_set_del(&fs->held, bit);
	fs->zones_free++;
	b = mx_cache_find(fs, fs->geo.first_zone - 1 + bit);
	if (b)
		mx_block_forget(fs, b);
}

static void orphan_free(struct mfs *fs, const struct mfs_handle *h)
{
	const uint32_t bits = fs->geo.block_bits;

	for (uint32_t k = 0; k < h->held.nr_chunks; k++) {
		if (!h->held.chunk[k])
			continue;
		fs->zmap_full[k] = 0;
		for (uint32_t word = 0; word < bits / 64; word++) {
			uint64_t left = h->held.chunk[k][word];

			for (; left; left &= left - 1)
				orphan_zone_free(
					fs, k * bits + word * 64 +
						    (uint32_t)__builtin_ctzll(
							    left));
		}
	}
	fs->inodes_free++;
	fs->imap_full[h->ino / bits] = 0;
}

void mx_handle_put(struct mfs *fs, struct mfs_handle *h)
{
	struct mfs_handle **at = handle_slot(fs, h->ino);

	fs->references--;
	if (--h->refs)
		return;
	while (*at != h)
		at = &(*at)->hash_next;
	*at = h->hash_next;
	if (h->orphan)
		orphan_free(fs, h);
	mx_set_free(&h->held);
	free(h);
	fs->events++;
}

int mx_handle_orphan(struct mfs *fs, struct mfs_handle *h,
		     const unsigned char *raw)
{
	if (!h->held.chunk &&
	    mx_set_init(&h->held, fs->geo.zmap_blocks, fs->geo.block_bits))
		return -ENOMEM;
	memcpy(h->raw, raw, fs->geo.inode_size);
	mx_inode_set_nlink(&fs->geo, h->raw, 0);
	h->since = fs->running;
	return mx_op_flag(fs, &h->orphan);
}

void mx_handle_free_all(struct mfs *fs)
{
	for (uint32_t i = 0; i < MX_HANDLE_HASH; i++) {
		struct mfs_handle *h = fs->handle[i];

		while (h) {
			struct mfs_handle *next = h->hash_next;

			mx_set_free(&h->held);
			free(h);
			h = next;
		}
	}
}

int mfs_get(struct mfs *fs, uint32_t ino)
{
	if (fs->state != MX_MOUNTED || !ino || ino > fs->geo.inodes)
		return -EINVAL;
	return mx_handle_get(fs, ino) ? 0 : -ENOMEM;
}

void mfs_put(struct mfs *fs, uint32_t ino)
{
	struct mfs_handle *h = mx_handle_find(fs, ino);

	if (h)
		mx_handle_put(fs, h);
}
