// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "dirty.h"
#include "log.h"

/* What does not fail */
static void step_count(struct mfs *fs, enum mx_move move, bool undo)
{
	const uint64_t more = undo ? (uint64_t)-1 : 1;

	switch (move) {
	case MX_ALLOC:
	case MX_TAKE:
		fs->zones_free -= more;
		break;
	case MX_FREE:
	case MX_LEAVE:
		fs->zones_free += more;
		break;
	case MX_HOLD:
	case MX_INODE_HOLD:
		break;
	case MX_INODE_ALLOC:
		fs->inodes_free -= (uint32_t)more;
		break;
	case MX_INODE_FREE:
		fs->inodes_free += (uint32_t)more;
		break;
	}
}

static int step_add_held(struct mfs *fs, struct mx_set *own, uint32_t bit)
{
	int rc = mx_set_add(&fs->held, bit);

	if (rc)
		return rc;
	rc = mx_set_add(own, bit);
	if (rc)
		mx_set_del(&fs->held, bit);
	return rc;
}

static void step_del_held(struct mfs *fs, struct mx_set *own, uint32_t bit)
{
	mx_set_del(&fs->held, bit);
	mx_set_del(own, bit);
}

/*
 * A zone that an orphan leaves may be among the freed already, and what is
 * among them wrongly only waits: that is not undone.
 */
static int step_take(struct mfs *fs, enum mx_move move, struct mx_set *own,
		     uint32_t bit)
{
	int rc = 0;

	switch (move) {
	case MX_FREE:
		return mx_set_add(&fs->freed, bit);
	case MX_HOLD:
		rc = mx_set_add(&fs->freed, bit);
		return rc ? rc : step_add_held(fs, own, bit);
	case MX_TAKE:
		return step_add_held(fs, own, bit);
	case MX_LEAVE:
		rc = mx_set_add(&fs->freed, bit);
		if (!rc)
			step_del_held(fs, own, bit);
		return rc;
	case MX_ALLOC:
	case MX_INODE_ALLOC:
	case MX_INODE_FREE:
	case MX_INODE_HOLD:
		break;
	}
	return rc;
}

static void step_undo(struct mfs *fs, const struct mx_step *s, uint32_t bit)
{
	step_count(fs, s->move, true);
	switch (s->move) {
	case MX_FREE:
		mx_set_del(&fs->freed, bit);
		break;
	case MX_HOLD:
		mx_set_del(&fs->freed, bit);
		step_del_held(fs, s->own, bit);
		break;
	case MX_TAKE:
		step_del_held(fs, s->own, bit);
		break;
	case MX_LEAVE:
		/* There was memory for it before. */
		step_add_held(fs, s->own, bit);
		break;
	case MX_ALLOC:
	case MX_INODE_ALLOC:
	case MX_INODE_FREE:
	case MX_INODE_HOLD:
		break;
	}
}

static int log_grow(struct mx_log *log)
{
	const uint32_t room = log->room ? 2 * log->room : 64;
	struct mx_step *steps = realloc(log->steps, room * sizeof(*steps));

	if (!steps)
		return -ENOMEM;
	log->steps = steps;
	log->room = room;
	return 0;
}

int mx_log_add(struct mfs *fs, struct mx_log *log, enum mx_move move,
	       struct mx_set *own, uint32_t bit)
{
	struct mx_step *last = log->nr ? &log->steps[log->nr - 1] : NULL;
	const bool same = last && last->move == move && last->own == own &&
			  bit == last->bit + last->nr;
	const uint64_t before = fs->freed.nr;
	int rc = 0;

	if (!same && log->nr == log->room)
		rc = log_grow(log);
	if (!rc)
		rc = step_take(fs, move, own, bit);
	if (rc)
		return rc;
	log->freed += (uint32_t)(fs->freed.nr - before);
	step_count(fs, move, false);
	if (same)
		last->nr++;
	else
		log->steps[log->nr++] = (struct mx_step){ .move = move,
							  .bit = bit,
							  .nr = 1,
							  .own = own };
	return 0;
}

void mx_log_undo(struct mfs *fs, struct mx_log *log)
{
	if (log->nr) {
		/* What was found full may not be so any more. */
		memset(fs->imap_full, 0, fs->geo.imap_blocks);
		memset(fs->zmap_full, 0, fs->geo.zmap_blocks);
	}
	while (log->nr) {
		const struct mx_step *s = &log->steps[--log->nr];

		for (uint32_t i = s->nr; i--;)
			step_undo(fs, s, s->bit + i);
	}
}

void mx_log_apply(struct mfs *fs, const struct mx_log *log)
{
	for (uint32_t i = 0; i < log->nr; i++) {
		const struct mx_step *s = &log->steps[i];

		if (s->move != MX_FREE && s->move != MX_LEAVE)
			continue;
		for (uint32_t bit = s->bit; bit < s->bit + s->nr; bit++) {
			struct mfs_block *b =
				mx_cache_find(fs, fs->geo.first_zone - 1 + bit);

			if (b)
				mx_block_forget(fs, b);
		}
	}
}

void mx_log_clear(struct mx_log *log)
{
	log->nr = 0;
	log->freed = 0;
}

void mx_log_free(struct mx_log *log)
{
	free(log->steps);
}
