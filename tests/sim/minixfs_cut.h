/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk whose power fails.  It keeps what was written in a memory of its own
 * until a group comes, which puts all of that onto the disk, and then itself,
 * wholly or not at all.  When the power fails any of what it has not put there
 * is lost, block by block, and any is there.
 */
#ifndef SIM_MINIXFS_CUT_H
#define SIM_MINIXFS_CUT_H

#include "lib/disk.h"

/* Follows what is written to a disk from now on. */
void cut_begin(struct disk *d);
void cut_end(void);
/* What a write, of a disk that is followed, adds to that */
void cut_add(const struct mfs_io *io);

/*
 * The power fails: an image of what is there then, until cut_undo().  "fd" is
 * a file of it.
 */
const unsigned char *cut_image(struct dice *dice, int *fd);
void cut_undo(void);

#endif /* SIM_MINIXFS_CUT_H */
