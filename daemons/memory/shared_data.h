/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes along with messages of the group of shared disks, and what it does
 * to the images of this node.
 *
 *	a write		u32 disk, u32 whether it is a group, u32 its pieces,
 *			u32 0; of each: u64 position, u64 bytes; what they hold
 *	a copied piece	u32 disk, u32 whether it is zeros, u64 bytes,
 *			u64 position; what it holds, unless it is zeros
 *
 * all little-endian.  Images are those that shared_data_add() was called with,
 * in this order, which is that of the configuration, and so the same at all
 * nodes.
 */
#ifndef MEMORY_SHARED_DATA_H
#define MEMORY_SHARED_DATA_H

#include "common/image.h"
#include "replica_wire.h"

/* Images begin to be shared; their number */
uint32_t shared_data_add(const char *name, struct image *image);
uint32_t shared_data_nr(void);
/* A digest of their names and sizes, and pieces to copy them all */
uint64_t shared_data_params(void);
uint32_t shared_data_pieces(void);

/* In memory that lasts until the next one */
struct wire_data shared_data_write(uint32_t disk, bool is_group,
				   const struct piece *pieces, size_t nr);
/* What the images have now; the bytes are NULL: it was logged why not. */
struct wire_data shared_data_piece(uint32_t piece);

/* False: it was logged why not; of another's that make no sense, too. */
bool shared_data_take_write(const struct wire_data *data);
bool shared_data_take_piece(const struct wire_data *data);
bool shared_data_flush(void);

#endif /* MEMORY_SHARED_DATA_H */
