/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inodes and zones, allocated and freed.
 *
 * A zone can be had if its bit is clear and it is in none of three sets, which
 * are in memory: freed by the running transaction, by the one that is being
 * committed, or held by an orphan (handle.h).  If all that is left is freed but
 * not committed, who wants a zone waits for that.
 *
 * A zone is looked for behind the one before it in its file, so that files are
 * runs; blocks of the bitmap in which nothing is free are remembered.
 */
#ifndef MINIX_BITMAP_H
#define MINIX_BITMAP_H

#include "op.h"

/* Whether a file may have that zone */
static inline bool mx_zone_is_valid(const struct mfs *fs, uint32_t zone)
{
	return zone >= fs->geo.first_zone && zone < fs->geo.zones;
}

/* At "goal", 0: anywhere, or behind it; "own" is an orphan's set or NULL. */
int mx_zone_alloc(struct mfs *fs, uint32_t goal, struct mx_set *own,
		  uint32_t *zone);
/* FREE, HOLD or LEAVE; "ino" is the file that has it, for what is reported. */
int mx_zone_free(struct mfs *fs, enum mx_move move, struct mx_set *own,
		 uint32_t zone, uint32_t ino);

int mx_inode_alloc(struct mfs *fs, uint32_t *ino);
/* INODE_FREE or INODE_HOLD */
int mx_inode_free(struct mfs *fs, enum mx_move move, uint32_t ino);

/* When it is mounted: counts what is free, a block of a bitmap each time. */
int mx_bitmap_init(struct mfs *fs);
void mx_bitmap_free(struct mfs *fs);
int mx_bitmap_count(struct mfs *fs);

#endif /* MINIX_BITMAP_H */
