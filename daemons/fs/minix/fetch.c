// SPDX-License-Identifier: GPL-2.0-or-later
#include "cache.h"
#include "fetch.h"

static void block_queue(struct mfs *fs, struct mfs_block *b, uint32_t flags)
{
	b->flags = MX_WANTED | flags;
	mx_list_add_last(&fs->wanted, &b->link);
}

/* One that was read ahead is asked for. */
static void block_asked(struct mfs *fs, struct mfs_block *b)
{
	if (b->flags & MX_AHEAD)
		fs->stats.ahead_used++;
	b->flags &= ~(uint32_t)MX_AHEAD;
}

/* A write replaces it: it waits for that, unless it is that write itself. */
static int block_filling(const struct mfs *fs, const struct mfs_block *b)
{
	if ((b->flags & MX_FILL) && b->op == fs->op_serial)
		return mx_unclean(fs, "a file has a zone twice", 0, b->nr);
	return MFS_WAIT;
}

int mx_block_get(struct mfs *fs, uint32_t nr, struct mfs_block **block)
{
	struct mfs_block *b = mx_cache_find(fs, nr);

	if (!b) {
		fs->stats.misses++;
		b = mx_cache_take(fs, nr);
		if (!b)
			return mx_cache_starved(fs);
		block_queue(fs, b, 0);
		return MFS_WAIT;
	}
	block_asked(fs, b);
	if (b->flags & MX_FAILED) {
		mx_block_drop(fs, b);
		return -EIO;
	}
	if (!(b->flags & MX_VALID) || (b->flags & MX_FILL))
		return block_filling(fs, b);
	fs->stats.hits++;
	mx_block_hold(fs, b);
	*block = b;
	return 0;
}

int mx_block_blank(struct mfs *fs, uint32_t nr, struct mfs_block **block,
		   bool *fresh)
{
	struct mfs_block *b = mx_cache_find(fs, nr);

	*fresh = false;
	if (b && (b->flags & (MX_WANTED | MX_READING | MX_FILL)))
		return block_filling(fs, b);
	if (b && (b->flags & MX_FAILED)) {
		mx_block_drop(fs, b);
		b = NULL;
	}
	if (!b) {
		b = mx_cache_take(fs, nr);
		if (!b)
			return mx_cache_starved(fs);
		*fresh = true;
		mx_block_settle(fs, b);
	}
	mx_block_hold(fs, b);
	*block = b;
	return 0;
}

void mx_block_ahead(struct mfs *fs, uint32_t nr)
{
	struct mfs_block *b;

	if (mx_cache_find(fs, nr))
		return;
	b = mx_cache_take(fs, nr);
	if (!b)
		return;
	fs->stats.ahead++;
	block_queue(fs, b, MX_AHEAD);
}

void mx_block_want(struct mfs *fs, uint32_t nr)
{
	struct mfs_block *b = mx_cache_find(fs, nr);

	if (!b) {
		b = mx_cache_take(fs, nr);
		if (b)
			block_queue(fs, b, 0);
	}
}

/* The block with that number if it may be in the same read as its neighbour */
static struct mfs_block *fetch_neighbour(const struct mfs *fs, uint32_t nr)
{
	struct mfs_block *b = mx_cache_find(fs, nr);

	if (!b || (b->flags & (MX_WANTED | MX_SINGLE)) != MX_WANTED)
		return NULL;
	return b;
}

static struct mfs_block *fetch_first(const struct mfs *fs, unsigned int most)
{
	struct mfs_block *first =
		MX_ENTRY(fs->wanted.next, struct mfs_block, link);

	if (first->flags & MX_SINGLE)
		return first;
	while (first->nr && --most) {
		struct mfs_block *b = fetch_neighbour(fs, first->nr - 1);

		if (!b)
			break;
		first = b;
	}
	return first;
}

static void fetch_add(struct mfs_io *io, struct mfs_block *b, uint32_t bytes)
{
	mx_list_del(&b->link);
	b->flags = (b->flags & MX_AHEAD) | MX_READING;
	mx_io_add(io, b, bytes);
}

/* Segments that follow each other in memory too are one. */
void mx_io_add(struct mfs_io *io, struct mfs_block *b, uint32_t bytes)
{
	struct iovec *last = io->nr ? &io->iov[io->nr - 1] : NULL;

	if (last && (unsigned char *)last->iov_base + last->iov_len == b->data)
		last->iov_len += bytes;
	else
		io->iov[io->nr++] =
			(struct iovec){ .iov_base = b->data, .iov_len = bytes };
	io->bytes += bytes;
	io->run[io->nr_run++] = b;
}

static void fetch_super(struct mfs *fs, struct mfs_io *io)
{
	io->pos = MX_SUPER_POS;
	io->bytes = MX_SUPER_SIZE;
	io->nr = 1;
	io->iov[0].iov_base = fs->super;
	io->iov[0].iov_len = MX_SUPER_SIZE;
	fs->state = MX_SUPER_READING;
}

bool mfs_next_read(struct mfs *fs, struct mfs_io *io)
{
	const uint32_t bytes = fs->geo.block_size;
	unsigned int most;
	struct mfs_block *b;

	io->kind = MFS_IO_READ;
	io->nr = io->nr_run = 0;
	io->bytes = 0;
	if (fs->state == MX_SUPER_WANTED) {
		fetch_super(fs, io);
		return true;
	}
	if (mx_list_empty(&fs->wanted))
		return false;
	most = MFS_RUN_BYTES / bytes;
	b = fetch_first(fs, most);
	io->pos = (uint64_t)b->nr * bytes;
	if (b->flags & MX_SINGLE)
		most = 1;
	for (; b && most; most--) {
		fetch_add(io, b, bytes);
		b = most > 1 ? fetch_neighbour(fs, b->nr + 1) : NULL;
	}
	fs->stats.reads++;
	fs->stats.blocks_read += io->nr_run;
	return true;
}

static void fetch_failed(struct mfs *fs, struct mfs_block *b, bool alone)
{
	if (b->flags & MX_AHEAD) {
		mx_block_drop(fs, b);
	} else if (alone) {
		mx_report(fs, "a block cannot be read", 0, b->nr);
		b->flags = MX_FAILED;
		mx_block_settle(fs, b);
	} else {
		block_queue(fs, b, MX_SINGLE);
	}
}

void mfs_read_done(struct mfs *fs, struct mfs_io *io, int rc)
{
	fs->events++;
	if (fs->state == MX_SUPER_READING) {
		fs->state = rc ? MX_SUPER_FAILED : MX_COUNTING;
		return;
	}
	for (unsigned int i = 0; i < io->nr_run; i++) {
		struct mfs_block *b = io->run[i];

		b->flags &= ~(uint32_t)MX_READING;
		if (b->flags & MX_GONE) {
			mx_block_settle(fs, b);
		} else if (rc) {
			fetch_failed(fs, b, io->nr_run == 1);
		} else {
			b->flags |= MX_VALID;
			mx_block_settle(fs, b);
		}
	}
	io->nr_run = 0;
}
