// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "cache.h"

#define PAGE 4096

static uint32_t cache_hash(const struct mfs *fs, uint32_t nr)
{
	/* Runs of blocks are all over it, and neighbours of each other. */
	return nr & fs->hash_mask;
}

static int cache_alloc(struct mfs *fs)
{
	const size_t bytes = ((size_t)fs->nr_blocks + 1) * fs->geo.block_size;
	uint32_t slots = 1;

	while (slots < fs->nr_blocks)
		slots *= 2;
	fs->hash_mask = slots - 1;
	fs->hash = calloc(slots, sizeof(*fs->hash));
	fs->blocks = calloc(fs->nr_blocks, sizeof(*fs->blocks));
	fs->arena = aligned_alloc(PAGE, (bytes + PAGE - 1) / PAGE * PAGE);
	return fs->hash && fs->blocks && fs->arena ? 0 : -ENOMEM;
}

int mx_cache_init(struct mfs *fs)
{
	size_t nr = fs->config.cache_size / fs->geo.block_size;

	if (nr < MFS_CACHE_BLOCKS)
		nr = MFS_CACHE_BLOCKS;
	if (nr > UINT32_MAX / 4)
		return -ENOMEM;
	fs->nr_blocks = (uint32_t)nr;
	if (cache_alloc(fs))
		return -ENOMEM;
	/* In this order, so that a run's buffers follow each other too */
	for (uint32_t i = 0; i < fs->nr_blocks; i++) {
		struct mfs_block *b = &fs->blocks[i];

		b->data = fs->arena + (size_t)i * fs->geo.block_size;
		mx_list_init(&b->dirty);
		mx_list_init(&b->run);
		mx_list_add_last(&fs->free, &b->link);
	}
	fs->zeros = fs->arena + (size_t)fs->nr_blocks * fs->geo.block_size;
	memset(fs->zeros, 0, fs->geo.block_size);
	return 0;
}

void mx_cache_free(struct mfs *fs)
{
	free(fs->arena);
	free(fs->blocks);
	free(fs->hash);
}

struct mfs_block *mx_cache_find(const struct mfs *fs, uint32_t nr)
{
	struct mfs_block *b = fs->hash[cache_hash(fs, nr)];

	while (b && b->nr != nr)
		b = b->hash_next;
	return b;
}

static void block_unhash(struct mfs *fs, const struct mfs_block *b)
{
	struct mfs_block **at = &fs->hash[cache_hash(fs, b->nr)];

	while (*at && *at != b)
		at = &(*at)->hash_next;
	if (*at)
		*at = b->hash_next;
}

static bool block_is_held(const struct mfs *fs, const struct mfs_block *b)
{
	return b->op == fs->op_serial;
}

/* The least recently used one that is not held */
static struct mfs_block *cache_evict(struct mfs *fs)
{
	struct mx_list *node = fs->lru.prev;

	for (; node != &fs->lru; node = node->prev) {
		struct mfs_block *b = MX_ENTRY(node, struct mfs_block, link);

		if (block_is_held(fs, b))
			continue;
		fs->stats.evicted++;
		mx_block_drop(fs, b);
		return b;
	}
	return NULL;
}

struct mfs_block *mx_cache_take(struct mfs *fs, uint32_t nr)
{
	struct mfs_block **slot = &fs->hash[cache_hash(fs, nr)];
	struct mfs_block *b;

	if (!mx_list_empty(&fs->free))
		b = MX_ENTRY(fs->free.next, struct mfs_block, link);
	else
		b = cache_evict(fs);
	if (!b)
		return NULL;
	fs->starved = false;
	mx_list_del(&b->link);
	b->nr = nr;
	b->after = 0;
	b->hash_next = *slot;
	*slot = b;
	return b;
}

int mx_cache_starved(struct mfs *fs)
{
	/* What is dirty then will be so for ever. */
	if (fs->failed)
		return -EIO;
	fs->starved = true;
	return MFS_WAIT;
}

void mx_block_hold(struct mfs *fs, struct mfs_block *b)
{
	if (!block_is_held(fs, b))
		fs->held_now++;
	b->op = fs->op_serial;
	if (!mx_list_empty(&b->link) && !(b->flags & MX_WANTED)) {
		mx_list_del(&b->link);
		mx_list_add(&fs->lru, &b->link);
	}
}

void mx_block_release(struct mfs *fs, struct mfs_block *b)
{
	if (b->change || !block_is_held(fs, b))
		return;
	b->op = 0;
	fs->held_now--;
}

void mx_block_pin(struct mfs *fs, struct mfs_block *b)
{
	fs->pinned += !b->pins++;
	mx_block_settle(fs, b);
}

void mx_block_unpin(struct mfs *fs, struct mfs_block *b)
{
	fs->pinned -= !--b->pins;
	mx_block_settle(fs, b);
}

void mx_block_settle(struct mfs *fs, struct mfs_block *b)
{
	if (b->flags & MX_WANTED)
		return;
	if (b->pins || (b->flags & MX_BUSY)) {
		mx_list_del(&b->link);
	} else if (b->flags & MX_GONE) {
		mx_list_del(&b->link);
		b->flags = 0;
		b->op = 0;
		mx_list_add(&fs->free, &b->link);
	} else if (mx_list_empty(&b->link)) {
		mx_list_add(&fs->lru, &b->link);
	}
}

void mx_block_gone(struct mfs *fs, struct mfs_block *b)
{
	block_unhash(fs, b);
	b->flags |= MX_GONE;
	mx_block_settle(fs, b);
}

void mx_block_drop(struct mfs *fs, struct mfs_block *b)
{
	mx_block_gone(fs, b);
}
