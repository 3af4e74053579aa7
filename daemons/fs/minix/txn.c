// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "dirty.h"
#include "fault.h"
#include "fetch.h"
#include "txn.h"

int mx_txn_init(struct mfs *fs)
{
	fs->group_max = fs->nr_blocks / 4;
	if (fs->group_max > MFS_GROUP_MAX)
		fs->group_max = MFS_GROUP_MAX;
	fs->running = 1;
	fs->group = malloc((size_t)fs->group_max * fs->geo.block_size);
	fs->group_at = calloc(fs->group_max, sizeof(*fs->group_at));
	fs->group_block = calloc(fs->group_max, sizeof(struct mfs_block *));
	return fs->group && fs->group_at && fs->group_block ? 0 : -ENOMEM;
}

void mx_txn_free(struct mfs *fs)
{
	free(fs->group);
	free(fs->group_at);
	free(fs->group_block);
}

static int block_order(const void *a, const void *b)
{
	const struct mfs_block *const *left = a, *const *right = b;

	return ((*left)->nr > (*right)->nr) - ((*left)->nr < (*right)->nr);
}

/* The running transaction's metadata, as they are now */
static void commit_copy(struct mfs *fs)
{
	const size_t bytes = fs->geo.block_size;
	struct mx_list *node;

	fs->nr_group = 0;
	while ((node = fs->run.next) != &fs->run) {
		struct mfs_block *b = MX_ENTRY(node, struct mfs_block, run);

		mx_list_del(node);
		b->flags = (b->flags & ~(uint32_t)MX_RUN) | MX_COMMIT;
		/* Only a contradictory image has a block that is both. */
		mx_block_clear_dirty(fs, b);
		fs->group_block[fs->nr_group++] = b;
	}
	fs->nr_run = 0;
	qsort(fs->group_block, fs->nr_group, sizeof(*fs->group_block),
	      block_order);
	for (uint32_t i = 0; i < fs->nr_group; i++) {
		fs->group_at[i] = (uint64_t)fs->group_block[i]->nr * bytes;
		memcpy(fs->group + i * bytes, fs->group_block[i]->data, bytes);
	}
}

static void commit_flush(struct mfs *fs)
{
	struct mx_list *node = fs->dirty.next, *next;

	for (; node != &fs->dirty; node = next) {
		struct mfs_block *b = MX_ENTRY(node, struct mfs_block, dirty);

		next = node->next;
		if (b->after > fs->committed)
			continue;
		mx_list_del(node);
		mx_list_add_last(&fs->flush, node);
		b->flags |= MX_FLUSH;
		fs->nr_flush++;
		fs->nr_dirty--;
	}
}

static void commit_begin(struct mfs *fs)
{
	const struct mx_set empty = fs->freed_before;

	commit_copy(fs);
	commit_flush(fs);
	fs->freed_before = fs->freed;
	fs->freed = empty;
	fs->running++;
	fs->commit_wanted = false;
	fs->commit = MX_FLUSHING;
	/* The next group has room. */
	fs->events++;
}

static void commit_end(struct mfs *fs)
{
	for (uint32_t i = 0; i < fs->nr_group; i++) {
		struct mfs_block *b = fs->group_block[i];

		b->flags &= ~(uint32_t)MX_COMMIT;
		mx_block_settle(fs, b);
	}
	fs->nr_group = 0;
	mx_set_clear(&fs->freed_before);
	fs->committed++;
	fs->commit = MX_IDLE;
	fs->events++;
}

static bool txn_is_empty(const struct mfs *fs)
{
	return !fs->nr_run && !fs->nr_dirty && !fs->freed.nr && !fs->writing;
}

/* Whether the running transaction is to be committed when that can be */
static bool commit_is_due(const struct mfs *fs)
{
	if (fs->commit != MX_IDLE)
		return false;
	if (fs->sync_wanted > fs->committed)
		return true;
	return !txn_is_empty(fs) && (fs->commit_wanted || fs->starved ||
				     fs->nr_run > fs->group_max / 4 * 3);
}

static bool block_may_write(const struct mfs *fs, const struct mfs_block *b,
			    uint32_t which)
{
	return (b->flags & which) == which && !(b->flags & MX_WRITING) &&
	       b->after <= fs->committed;
}

static struct mfs_block *write_neighbour(const struct mfs *fs, uint32_t nr,
					 uint32_t which)
{
	struct mfs_block *b = mx_cache_find(fs, nr);

	return b && block_may_write(fs, b, which) ? b : NULL;
}

static void write_add(struct mfs *fs, struct mfs_io *io, struct mfs_block *b)
{
	mx_block_clear_dirty(fs, b);
	b->flags |= MX_WRITING;
	fs->writing++;
	mx_io_add(io, b, fs->geo.block_size);
}

/* A run around the first block of a list that may be written */
static bool write_run(struct mfs *fs, struct mfs_io *io,
		      const struct mx_list *list, uint32_t which)
{
	unsigned int most = MFS_RUN_BYTES / fs->geo.block_size;
	struct mfs_block *b = NULL, *before;
	struct mx_list *node;

	for (node = list->next; node != list; node = node->next) {
		b = MX_ENTRY(node, struct mfs_block, dirty);
		if (block_may_write(fs, b, which))
			break;
	}
	if (node == list)
		return false;
	for (unsigned int n = 1; n < most && b->nr; n++) {
		before = write_neighbour(fs, b->nr - 1, which);
		if (!before)
			break;
		b = before;
	}
	io->kind = MFS_IO_WRITE;
	io->pos = (uint64_t)b->nr * fs->geo.block_size;
	for (; b && most; most--) {
		write_add(fs, io, b);
		b = most > 1 ? write_neighbour(fs, b->nr + 1, which) : NULL;
	}
	fs->stats.writes++;
	fs->stats.blocks_written += io->nr_run;
	return true;
}

/* A commit that has no metadata is at its end at once. */
static bool group_hand_out(struct mfs *fs, struct mfs_io *io)
{
	if (!fs->nr_group) {
		commit_end(fs);
		return false;
	}
	io->kind = MFS_IO_GROUP;
	io->block_size = fs->geo.block_size;
	io->nr_blocks = fs->nr_group;
	if (mx_fault == MX_FAULT_SPLIT && io->nr_blocks > 1)
		io->nr_blocks--;
	io->positions = fs->group_at;
	io->blocks = fs->group;
	fs->commit = MX_GROUP;
	fs->stats.groups++;
	fs->stats.blocks_grouped += fs->nr_group;
	return true;
}

static bool write_flushing(struct mfs *fs, struct mfs_io *io)
{
	if (mx_fault != MX_FAULT_ORDER) {
		if (fs->nr_flush)
			return write_run(fs, io, &fs->flush,
					 MX_DIRTY | MX_FLUSH);
		if (fs->writing)
			return false;
	}
	return group_hand_out(fs, io);
}

bool mfs_next_write(struct mfs *fs, struct mfs_io *io)
{
	io->nr = io->nr_run = io->nr_blocks = 0;
	io->bytes = 0;
	if (fs->state != MX_MOUNTED || fs->failed)
		return false;
	while (fs->commit == MX_FLUSHING || commit_is_due(fs)) {
		if (fs->commit == MX_IDLE)
			commit_begin(fs);
		if (write_flushing(fs, io))
			return true;
		if (fs->commit == MX_FLUSHING)
			return false;
	}
	return fs->nr_dirty > fs->nr_blocks / 4 &&
	       write_run(fs, io, &fs->dirty, MX_DIRTY);
}

static void fs_fail(struct mfs *fs, const char *what, uint64_t pos)
{
	if (!fs->failed)
		mx_report(fs, what, 0, pos / fs->geo.block_size);
	fs->failed = true;
}

void mfs_write_done(struct mfs *fs, struct mfs_io *io, int rc)
{
	fs->events++;
	if (io->kind == MFS_IO_GROUP) {
		if (rc)
			fs_fail(fs, "metadata cannot be written: read-only",
				io->positions[0]);
		else
			commit_end(fs);
		return;
	}
	if (rc)
		fs_fail(fs, "data cannot be written: read-only", io->pos);
	for (unsigned int i = 0; i < io->nr_run; i++) {
		struct mfs_block *b = io->run[i];

		b->flags &= ~(uint32_t)MX_WRITING;
		fs->writing--;
		if (rc && !(b->flags & (MX_DIRTY | MX_GONE)))
			mx_block_set_dirty(fs, b);
		mx_block_settle(fs, b);
	}
	io->nr_run = 0;
}

uint64_t mfs_events(const struct mfs *fs)
{
	return fs->events;
}

bool mfs_is_dirty(const struct mfs *fs)
{
	return fs->state == MX_MOUNTED && !txn_is_empty(fs);
}

uint64_t mfs_sync_begin(struct mfs *fs)
{
	const uint64_t number = txn_is_empty(fs) ? fs->running - 1 :
						   fs->running;

	if (number > fs->sync_wanted)
		fs->sync_wanted = number;
	return number;
}

int mfs_synced(const struct mfs *fs, uint64_t number)
{
	if (fs->committed >= number)
		return 0;
	return fs->failed ? -EIO : MFS_WAIT;
}
