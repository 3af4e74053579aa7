// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "common/util.h"
#include "dirty.h"
#include "fault.h"
#include "fetch.h"
#include "log.h"
#include "memo.h"
#include "op.h"

/* Of data that an operation changes but does not replace: ends of files */
#define DATA_IMAGES 8
/* What a write allocates needs no images. */
#define MORE_CHANGES (DATA_IMAGES + MFS_MAP_BLOCKS)
#define RAWS         4

struct change {
	struct mfs_block *block;
	enum mx_kind kind;
	unsigned char *image; /* NULL: it was not there */
};

struct mx_op {
	uint32_t nr_changes, most_changes;
	struct change *changes;
	uint32_t nr_images, most_images;
	unsigned char *images;
	uint32_t nr_run; /* that the transaction did not have before */
	struct mx_log log;
	struct {
		unsigned char *raw;
		unsigned char image[MX_INODE_MAX];
	} raws[RAWS];
	uint32_t nr_raws;
	bool *flag;
	uint32_t zone_next, inode_next; /* as they were */
};

int mx_op_init(struct mfs *fs)
{
	struct mx_op *op = calloc(1, sizeof(*op));

	if (!op)
		return -ENOMEM;
	fs->op = op;
	op->most_images = fs->group_max + DATA_IMAGES;
	op->most_changes = fs->group_max + MORE_CHANGES;
	op->images = calloc(op->most_images, fs->geo.block_size);
	op->changes = calloc(op->most_changes, sizeof(*op->changes));
	return op->images && op->changes ? 0 : -ENOMEM;
}

void mx_op_free(struct mfs *fs)
{
	if (!fs->op)
		return;
	mx_log_free(&fs->op->log);
	free(fs->op->images);
	free(fs->op->changes);
	free(fs->op);
}

int mx_op_begin(struct mfs *fs)
{
	if (fs->state != MX_MOUNTED && fs->state != MX_COUNTING)
		return -EINVAL;
	fs->op_serial++;
	fs->held_now = 0;
	fs->op->zone_next = fs->zone_next;
	fs->op->inode_next = fs->inode_next;
	return 0;
}

int mx_op_begin_change(struct mfs *fs)
{
	if (fs->read_only || fs->failed)
		return -EROFS;
	return mx_op_begin(fs);
}

static void op_undo(struct mfs *fs, struct mx_op *op)
{
	/* Or else it would want another inode each time that it has to wait. */
	fs->zone_next = op->zone_next;
	fs->inode_next = op->inode_next;
	mx_log_undo(fs, &op->log);
	while (op->nr_raws--)
		memcpy(op->raws[op->nr_raws].raw, op->raws[op->nr_raws].image,
		       MX_INODE_MAX);
	if (op->flag)
		*op->flag = false;
	while (op->nr_changes) {
		struct change *c = &op->changes[--op->nr_changes];

		c->block->change = 0;
		if (c->image)
			memcpy(c->block->data, c->image, fs->geo.block_size);
		else
			mx_block_drop(fs, c->block);
		fs->stats.undone++;
	}
}

static void op_apply(struct mfs *fs, struct mx_op *op)
{
	for (uint32_t i = 0; i < op->nr_changes; i++) {
		const struct change *c = &op->changes[i];

		c->block->change = 0;
		if (c->kind == MX_META)
			mx_block_set_run(fs, c->block);
		else if (!(c->block->flags & MX_RUN))
			mx_block_set_dirty(fs, c->block);
	}
	mx_log_apply(fs, &op->log);
}

int mx_op_end(struct mfs *fs, int rc)
{
	struct mx_op *op = fs->op;

	if (rc == MFS_WAIT)
		fs->stats.waits++;
	if (rc && !(rc == MFS_WAIT && mx_fault == MX_FAULT_UNDO))
		op_undo(fs, op);
	else
		op_apply(fs, op);
	mx_memo_end(fs, !rc);
	mx_log_clear(&op->log);
	op->nr_changes = op->nr_images = op->nr_run = op->nr_raws = 0;
	op->flag = NULL;
	/* Nobody holds anything. */
	fs->op_serial++;
	return rc;
}

/* Whether the group still has room for a block */
static int op_room(struct mfs *fs, struct mx_op *op, const struct mfs_block *b)
{
	if (b->flags & MX_RUN)
		return 0;
	if (op->nr_run == fs->group_max)
		return MX_TOO_MUCH;
	if (fs->nr_run + op->nr_run >= fs->group_max) {
		fs->commit_wanted = true;
		return MFS_WAIT;
	}
	op->nr_run++;
	return 0;
}

static int op_add(struct mfs *fs, struct mfs_block *b, enum mx_kind kind,
		  unsigned char *image)
{
	struct mx_op *op = fs->op;
	int rc = kind == MX_META ? op_room(fs, op, b) : 0;

	if (!rc && op->nr_changes == op->most_changes)
		rc = MX_TOO_MUCH;
	if (rc)
		return rc;
	op->changes[op->nr_changes] =
		(struct change){ .block = b, .kind = kind, .image = image };
	b->change = ++op->nr_changes;
	return 0;
}

int mx_op_change(struct mfs *fs, struct mfs_block *b, enum mx_kind kind)
{
	struct mx_op *op = fs->op;
	unsigned char *image;
	int rc;

	if (b->change) {
		struct change *c = &op->changes[b->change - 1];

		if (kind != MX_META || c->kind == MX_META)
			return 0;
		rc = op_room(fs, op, b);
		if (!rc)
			c->kind = kind;
		return rc;
	}
	if (op->nr_images == op->most_images)
		return MX_TOO_MUCH;
	image = op->images + (size_t)op->nr_images * fs->geo.block_size;
	rc = op_add(fs, b, kind, image);
	if (rc)
		return rc;
	op->nr_images++;
	memcpy(image, b->data, fs->geo.block_size);
	return 0;
}

int mx_op_fresh(struct mfs *fs, uint32_t nr, enum mx_kind kind,
		struct mfs_block **block)
{
	struct mfs_block *b;
	bool fresh;
	int rc = mx_block_blank(fs, nr, &b, &fresh);

	if (rc)
		return rc;
	/* What somebody uses though its zone was free is not lost then. */
	if (!fresh && ((b->flags & MX_BUSY) || b->pins || b->change))
		rc = mx_op_change(fs, b, kind);
	else
		rc = op_add(fs, b, kind, NULL);
	if (rc) {
		if (fresh)
			mx_block_drop(fs, b);
		return rc;
	}
	b->flags |= MX_VALID;
	memset(b->data, 0, fs->geo.block_size);
	*block = b;
	return 0;
}

int mx_op_raw(struct mfs *fs, unsigned char *raw)
{
	struct mx_op *op = fs->op;

	for (uint32_t i = 0; i < op->nr_raws; i++)
		if (op->raws[i].raw == raw)
			return 0;
	if (op->nr_raws == RAWS)
		return MX_TOO_MUCH;
	op->raws[op->nr_raws].raw = raw;
	memcpy(op->raws[op->nr_raws++].image, raw, MX_INODE_MAX);
	return 0;
}

int mx_op_flag(struct mfs *fs, bool *flag)
{
	if (fs->op->flag)
		return MX_TOO_MUCH;
	fs->op->flag = flag;
	*flag = true;
	return 0;
}

uint32_t mx_op_freed(const struct mfs *fs)
{
	return fs->op->log.freed;
}

int mx_op_move(struct mfs *fs, enum mx_move move, struct mx_set *own,
	       uint32_t bit)
{
	return mx_log_add(fs, &fs->op->log, move, own, bit);
}
