/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a member keeps beside its images: the file IMAGE.replica of the first of
 * them, which holds a record twice, in turn, so that one of them is whole
 * however it ends.  Of two the one with the higher serial number is true; there
 * is none in a new file: that is a record of zeros.
 *
 *	0	"m3ipcE01"
 *	8	u64 serial number
 *	16	u64 count of the epoch
 *	24	u32 its node, u32 partial
 *	32	u64 nodes that are in sync
 *	40	u64 checksum of all before
 *
 * all little-endian; the second at 512.  Who writes an image by other means
 * removes the file, and the images of other nodes, or theirs.
 */
#ifndef MEMORY_REPLICA_FILE_H
#define MEMORY_REPLICA_FILE_H

#include "replica.h"

/* False: it was logged why not.  It is there then, and open for good. */
bool replica_file_open(const char *image, struct replica_record *record);
/* It is durable; false: it was logged why not. */
bool replica_file_write(const struct replica_record *record);

#endif /* MEMORY_REPLICA_FILE_H */
