/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was changed and is not on the disk yet, and may be gone with an FS: of
 * each inode whether there is such a change, and whether FS is another since.
 *
 *	synced -> changed -> synced, when FS has said so
 *	changed -> FS is another -> lost -> somebody is told, once
 *
 * That FS is another is found out by a descriptor that has been open all the
 * time, or by those of programs; somebody looks when something was synced, and
 * when the driver has another process in its slot.  A change that was made
 * before anybody has found it out is the former one's, unless it was asked for
 * twice.
 */
#ifndef FUSE_DURABLE_H
#define FUSE_DURABLE_H

#include <stdint.h>

#include "inodes.h"

/* A file was written to; a directory has got a name, or has lost one. */
void durable_changed(struct node *node);
/* FS was found to be another. */
void durable_lost(struct node *node);

/*
 * Around a request that syncs, an inode or all: the latter returns 0, or -EIO:
 * something is lost of which nobody was told.  FS syncs all of a mount.
 */
enum durable_what {
	DURABLE_MOUNT,
	DURABLE_ALL
};
uint64_t durable_begin(void);
int durable_end(struct node *node, uint64_t begun, enum durable_what what);

/* The same without a request */
int durable_tell(struct node *node);

#endif /* FUSE_DURABLE_H */
