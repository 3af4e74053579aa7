/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segments of the cache, to be read or written: what both have in common */
#ifndef MINIX_SEG_H
#define MINIX_SEG_H

#include "inode.h"

void mx_seg_init(struct mfs_map *map, uint32_t ino, uint64_t offset);
/* One that follows the last one in memory too is part of it. */
void mx_seg_add(struct mfs_map *map, unsigned char *data, size_t bytes);
/* Where a map from the offset on ends, at most */
uint64_t mx_seg_end(const struct mfs *fs, uint64_t offset, size_t len);
/* 0: it has data; or -EISDIR, -EINVAL */
int mx_seg_file(const struct mx_inode *in);

#endif /* MINIX_SEG_H */
