/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is where on the disk: the three versions, little-endian as Linux has
 * them on x86, and access to their structures.
 *
 *	block 0		boot
 *	block 1		superblock, at byte 1024 whatever the size of blocks
 *	block 2		inode bitmap: bit 0 is none, bit n inode n
 *	...		zone bitmap: bit 0 is none, bit 1 first_zone
 *	...		inodes, the first is number 1
 *	first_zone	data; a zone is a block, as log_zone_size is 0
 *
 *			V1		V2		V3
 *	inode		32 bytes	64		64
 *	zone number	16 bits		32		32
 *	directory entry	16, 32 bytes	16, 32		64
 *	block		1 KiB		1 KiB		1 to 4 KiB
 */
#ifndef MINIX_LAYOUT_H
#define MINIX_LAYOUT_H

#include <stdint.h>

#include "common/le.h"
#include "mfs.h"

#define MX_SUPER_POS    1024
#define MX_SUPER_SIZE   1024
#define MX_DIRECT       7 /* zones that the inode itself names */
#define MX_LEVELS_MAX   3
#define MX_INODE_MAX    64 /* bytes */
#define MX_FIRST_BITMAP 2  /* block */

struct mx_geo {
	unsigned int version;
	uint32_t block_size, block_bits; /* bytes; bits, of a bitmap's block */
	uint32_t entry_size, name_max;   /* of a directory */
	uint32_t inode_size, inodes_a_block;
	uint32_t pointers;   /* that an indirect block has */
	unsigned int levels; /* of indirect blocks */
	uint32_t link_max, uid_max, gid_max;
	uint64_t file_max;
	uint32_t inodes;
	uint32_t zones; /* blocks of the file system, all */
	uint32_t first_zone;
	uint32_t zone_bits; /* bits 1 .. zone_bits - 1 are zones */
	uint32_t imap, imap_blocks;
	uint32_t zmap, zmap_blocks;
	uint32_t itable;
};

/*
 * Of the 1024 bytes of a superblock, entirely checked: 0, -EINVAL if it is none
 * or -EUCLEAN with a sentence on what is wrong.
 */
int mx_layout_read(struct mx_geo *g, const unsigned char *super,
		   uint64_t device_size, const char **wrong);

/* Inodes */

static inline uint32_t mx_inode_mode(const unsigned char *raw)
{
	return le_get16(raw, 0);
}

static inline void mx_inode_set_mode(unsigned char *raw, uint32_t mode)
{
	le_put16(raw, 0, (uint16_t)mode);
}

static inline uint32_t mx_inode_nlink(const struct mx_geo *g,
				      const unsigned char *raw)
{
	return g->version == 1 ? raw[13] : le_get16(raw, 2);
}

void mx_inode_set_nlink(const struct mx_geo *g, unsigned char *raw, uint32_t n);

static inline uint64_t mx_inode_size(const struct mx_geo *g,
				     const unsigned char *raw)
{
	return le_get32(raw, g->version == 1 ? 4 : 8);
}

static inline void mx_inode_set_size(const struct mx_geo *g, unsigned char *raw,
				     uint64_t size)
{
	le_put32(raw, g->version == 1 ? 4 : 8, (uint32_t)size);
}

uint32_t mx_inode_uid(const struct mx_geo *g, const unsigned char *raw);
uint32_t mx_inode_gid(const struct mx_geo *g, const unsigned char *raw);
void mx_inode_set_owner(const struct mx_geo *g, unsigned char *raw,
			uint32_t uid, uint32_t gid);

enum mx_time {
	MX_ATIME,
	MX_MTIME,
	MX_CTIME
};

/* V1 has but one, which MX_MTIME sets. */
uint32_t mx_inode_time(const struct mx_geo *g, const unsigned char *raw,
		       enum mx_time which);
void mx_inode_set_time(const struct mx_geo *g, unsigned char *raw,
		       enum mx_time which, uint32_t time);

/* Pointers to zones: of the inode, and of an indirect block */

static inline unsigned char *mx_inode_zones(const struct mx_geo *g,
					    unsigned char *raw)
{
	return raw + (g->version == 1 ? 14 : 24);
}

static inline uint32_t mx_pointer(const struct mx_geo *g,
				  const unsigned char *array, uint32_t i)
{
	return g->version == 1 ? le_get16(array, 2 * (size_t)i) :
				 le_get32(array, 4 * (size_t)i);
}

static inline void mx_pointer_set(const struct mx_geo *g, unsigned char *array,
				  uint32_t i, uint32_t zone)
{
	if (g->version == 1)
		le_put16(array, 2 * (size_t)i, (uint16_t)zone);
	else
		le_put32(array, 4 * (size_t)i, zone);
}

/* Entries of directories */

static inline uint32_t mx_entry_ino(const struct mx_geo *g,
				    const unsigned char *entry)
{
	return g->version == 3 ? le_get32(entry, 0) : le_get16(entry, 0);
}

static inline const char *mx_entry_name(const struct mx_geo *g,
					const unsigned char *entry)
{
	return (const char *)entry + (g->version == 3 ? 4 : 2);
}

void mx_entry_set(const struct mx_geo *g, unsigned char *entry, uint32_t ino,
		  const char *name, size_t len);
/* Leaves the name, as others do. */
void mx_entry_set_ino(const struct mx_geo *g, unsigned char *entry,
		      uint32_t ino);

#endif /* MINIX_LAYOUT_H */
