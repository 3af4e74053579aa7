/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The size of a file, and bytes behind its end, which are zeros when read */
#ifndef MINIX_SIZE_H
#define MINIX_SIZE_H

#include "inode.h"

/* Blocks that one operation cuts off, at first */
#define MX_CUT_BLOCKS 4096

static inline uint32_t mx_size_blocks(const struct mx_geo *g, uint64_t size)
{
	return (uint32_t)((size + g->block_size - 1) / g->block_size);
}

/*
 * Within an operation: to that size, or, if that is more than "most" blocks
 * shorter, by so many, and *more is true.
 */
int mx_size_set(struct mfs *fs, const struct mx_inode *in, uint64_t size,
		uint32_t most, bool *more);
/* Zeros from that end of the file to the end of the block that it is in */
int mx_size_zero(struct mfs *fs, const struct mx_inode *in, uint64_t end);

#endif /* MINIX_SIZE_H */
