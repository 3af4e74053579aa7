// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "fs/minix/cache.h"
#include "inside.h"

void inside_chill(struct disk *d)
{
	struct mfs *fs = d->fs;

	while (!mx_list_empty(&fs->lru))
		mx_block_drop(fs,
			      MX_ENTRY(fs->lru.next, struct mfs_block, link));
}

static uint64_t mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t block_print(const struct mfs *fs, const struct mfs_block *b)
{
	uint64_t h = mix(b->nr, b->flags & (MX_RUN | MX_DIRTY)), word;

	for (uint32_t at = 0; at < fs->geo.block_size; at += 8) {
		memcpy(&word, b->data + at, 8);
		h = mix(h, word);
	}
	return h;
}

uint64_t inside_print(const struct disk *d)
{
	const struct mfs *fs = d->fs;
	uint64_t sum = mix(mix(fs->zones_free, fs->inodes_free), fs->held.nr);

	/* In whatever order they are */
	for (uint32_t i = 0; i < fs->nr_blocks; i++)
		if (fs->blocks[i].flags & (MX_RUN | MX_DIRTY))
			sum += block_print(fs, &fs->blocks[i]);
	return sum;
}

/* What nobody has changed is what is on the disk. */
static const char *block_check(const struct disk *d, const struct mfs_block *b)
{
	const struct mfs *fs = d->fs;
	const uint32_t busy = MX_BUSY | MX_GONE | MX_FAILED;

	if (b->change)
		return "a block is still being changed";
	if (b->flags & MX_GONE)
		return NULL;
	if (!(b->flags & MX_VALID) || (b->flags & busy) || b->pins)
		return NULL;
	if (mx_cache_find(fs, b->nr) != b)
		return "a block is valid and not found";
	if (memcmp(b->data, d->data + (size_t)b->nr * fs->geo.block_size,
		   fs->geo.block_size))
		return "a clean block is not what is on the disk";
	return NULL;
}

static uint32_t length(const struct mx_list *list)
{
	uint32_t n = 0;

	for (const struct mx_list *l = list->next; l != list; l = l->next)
		n++;
	return n;
}

const char *inside_check(const struct disk *d)
{
	const struct mfs *fs = d->fs;
	const char *wrong;

	for (uint32_t i = 0; i < fs->nr_blocks; i++) {
		const struct mfs_block *b = &fs->blocks[i];

		/* One that is on its way to another number is on fs->free. */
		if (!b->flags)
			continue;
		wrong = block_check(d, b);
		if (wrong)
			return wrong;
	}
	if (length(&fs->run) != fs->nr_run)
		return "the running transaction is not as long as it says";
	if (length(&fs->dirty) != fs->nr_dirty)
		return "there are not as many dirty blocks as it says";
	if (length(&fs->flush) != fs->nr_flush)
		return "there are not as many blocks to be flushed as it says";
	return NULL;
}
