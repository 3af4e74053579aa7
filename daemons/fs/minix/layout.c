// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "common/util.h"
#include "layout.h"

/* Where a superblock has its numbers */
enum old_super {
	OLD_INODES = 0,
	OLD_ZONES = 2, /* V1 */
	OLD_IMAP = 4,
	OLD_ZMAP = 6,
	OLD_FIRST_ZONE = 8,
	OLD_LOG_ZONE = 10,
	OLD_FILE_MAX = 12,
	OLD_MAGIC = 16,
	OLD_ZONES_V2 = 20,
};

enum new_super {
	NEW_INODES = 0,
	NEW_IMAP = 6,
	NEW_ZMAP = 8,
	NEW_FIRST_ZONE = 10,
	NEW_LOG_ZONE = 12,
	NEW_FILE_MAX = 16,
	NEW_ZONES = 20,
	NEW_MAGIC = 24,
	NEW_BLOCK_SIZE = 28,
};

#define MAGIC_V3 0x4d5a

static const struct magic {
	uint16_t number;
	uint8_t version, name_max;
} magics[] = {
	{ 0x137f, 1, 14 },
	{ 0x138f, 1, 30 },
	{ 0x2468, 2, 14 },
	{ 0x2478, 2, 30 },
	/* the other place */
	{ MAGIC_V3, 3, 60 },
};

static const struct magic *layout_magic(const unsigned char *super)
{
	const uint16_t old = le_get16(super, OLD_MAGIC);

	if (le_get16(super, NEW_MAGIC) == MAGIC_V3)
		return &magics[ARRAY_SIZE(magics) - 1];
	for (size_t i = 0; i < ARRAY_SIZE(magics) - 1; i++)
		if (magics[i].number == old)
			return &magics[i];
	return NULL;
}

/* What follows from the version and the size of a block */
static void layout_version(struct mx_geo *g, const struct magic *magic,
			   uint32_t block_size)
{
	const uint64_t most = INT32_MAX;
	uint64_t blocks;

	g->version = magic->version;
	g->name_max = magic->name_max;
	g->entry_size = g->name_max + (g->version == 3 ? 4 : 2);
	g->block_size = block_size;
	g->block_bits = block_size * 8;
	g->inode_size = g->version == 1 ? 32 : 64;
	g->inodes_a_block = block_size / g->inode_size;
	g->pointers = block_size / (g->version == 1 ? 2 : 4);
	g->levels = g->version == 1 ? 2 : 3;
	g->link_max = g->version == 1 ? 250 : 65530;
	g->uid_max = UINT16_MAX;
	g->gid_max = g->version == 1 ? UINT8_MAX : UINT16_MAX;
	blocks = MX_DIRECT + g->pointers + (uint64_t)g->pointers * g->pointers;
	if (g->levels == 3)
		blocks += (uint64_t)g->pointers * g->pointers * g->pointers;
	g->file_max = blocks * block_size;
	if (g->file_max > most)
		g->file_max = most;
}

struct numbers {
	uint32_t imap, zmap, first_zone, log_zone, file_max;
};

static void layout_numbers(struct mx_geo *g, const unsigned char *super,
			   struct numbers *n)
{
	if (g->version == 3) {
		g->inodes = le_get32(super, NEW_INODES);
		g->zones = le_get32(super, NEW_ZONES);
		n->imap = le_get16(super, NEW_IMAP);
		n->zmap = le_get16(super, NEW_ZMAP);
		n->first_zone = le_get16(super, NEW_FIRST_ZONE);
		n->log_zone = le_get16(super, NEW_LOG_ZONE);
		n->file_max = le_get32(super, NEW_FILE_MAX);
	} else {
		g->inodes = le_get16(super, OLD_INODES);
		g->zones = g->version == 1 ? le_get16(super, OLD_ZONES) :
					     le_get32(super, OLD_ZONES_V2);
		n->imap = le_get16(super, OLD_IMAP);
		n->zmap = le_get16(super, OLD_ZMAP);
		n->first_zone = le_get16(super, OLD_FIRST_ZONE);
		n->log_zone = le_get16(super, OLD_LOG_ZONE);
		n->file_max = le_get32(super, OLD_FILE_MAX);
	}
}

/* All numbers against each other; a sum of them is below 2^33. */
static const char *layout_check(struct mx_geo *g, const struct numbers *n,
				uint64_t device_size)
{
	uint64_t end;

	if (n->log_zone)
		return "zones are larger than blocks";
	if (!g->inodes || !n->imap || !n->zmap)
		return "the superblock has no inodes or no bitmaps";
	if (n->file_max < g->block_size)
		return "the superblock allows no files";
	g->imap = MX_FIRST_BITMAP;
	g->imap_blocks = n->imap;
	g->zmap = g->imap + n->imap;
	g->zmap_blocks = n->zmap;
	g->itable = g->zmap + n->zmap;
	end = g->itable +
	      ((uint64_t)g->inodes + g->inodes_a_block - 1) / g->inodes_a_block;
	/* V3 has 16 bits for it, and 0 if these are not enough. */
	if (g->version == 3 && !n->first_zone && end <= UINT32_MAX)
		g->first_zone = (uint32_t)end;
	else
		g->first_zone = n->first_zone;
	if (g->first_zone < end)
		return "the first zone is among the inodes";
	if (g->zones <= g->first_zone)
		return "there are no zones";
	if ((uint64_t)g->zones * g->block_size > device_size)
		return "the device is smaller than the file system";
	g->zone_bits = g->zones - g->first_zone + 1;
	if ((uint64_t)n->imap * g->block_bits < (uint64_t)g->inodes + 1)
		return "the inode bitmap is too small";
	if ((uint64_t)n->zmap * g->block_bits < g->zone_bits)
		return "the zone bitmap is too small";
	if (g->file_max > n->file_max)
		g->file_max = n->file_max;
	return NULL;
}

int mx_layout_read(struct mx_geo *g, const unsigned char *super,
		   uint64_t device_size, const char **wrong)
{
	const struct magic *magic = layout_magic(super);
	uint32_t block_size = 1024;
	struct numbers n;

	*wrong = "no file system of MINIX";
	if (!magic)
		return -EINVAL;
	if (magic->version == 3)
		block_size = le_get16(super, NEW_BLOCK_SIZE);
	*wrong = "blocks have a size that they cannot have";
	if (block_size != 1024 && block_size != 2048 && block_size != 4096)
		return -EUCLEAN;
	layout_version(g, magic, block_size);
	layout_numbers(g, super, &n);
	*wrong = layout_check(g, &n, device_size);
	return *wrong ? -EUCLEAN : 0;
}

void mx_inode_set_nlink(const struct mx_geo *g, unsigned char *raw, uint32_t n)
{
	if (g->version == 1)
		raw[13] = (unsigned char)n;
	else
		le_put16(raw, 2, (uint16_t)n);
}

uint32_t mx_inode_uid(const struct mx_geo *g, const unsigned char *raw)
{
	return le_get16(raw, g->version == 1 ? 2 : 4);
}

uint32_t mx_inode_gid(const struct mx_geo *g, const unsigned char *raw)
{
	return g->version == 1 ? raw[12] : le_get16(raw, 6);
}

void mx_inode_set_owner(const struct mx_geo *g, unsigned char *raw,
			uint32_t uid, uint32_t gid)
{
	if (g->version == 1) {
		le_put16(raw, 2, (uint16_t)uid);
		raw[12] = (unsigned char)gid;
	} else {
		le_put16(raw, 4, (uint16_t)uid);
		le_put16(raw, 6, (uint16_t)gid);
	}
}

uint32_t mx_inode_time(const struct mx_geo *g, const unsigned char *raw,
		       enum mx_time which)
{
	return le_get32(raw, g->version == 1 ? 8 : 12 + 4 * (size_t)which);
}

void mx_inode_set_time(const struct mx_geo *g, unsigned char *raw,
		       enum mx_time which, uint32_t time)
{
	if (g->version != 1)
		le_put32(raw, 12 + 4 * (size_t)which, time);
	else if (which == MX_MTIME)
		le_put32(raw, 8, time);
}

void mx_entry_set_ino(const struct mx_geo *g, unsigned char *entry,
		      uint32_t ino)
{
	if (g->version == 3)
		le_put32(entry, 0, ino);
	else
		le_put16(entry, 0, (uint16_t)ino);
}

void mx_entry_set(const struct mx_geo *g, unsigned char *entry, uint32_t ino,
		  const char *name, size_t len)
{
	memset(entry, 0, g->entry_size);
	mx_entry_set_ino(g, entry, ino);
	memcpy(entry + (g->entry_size - g->name_max), name, len);
}
