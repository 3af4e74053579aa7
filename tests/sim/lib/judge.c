// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/util.h"
#include "fs/minix/layout.h"
#include "judge.h"

/* Of an inode */
struct seen {
	uint32_t names;  /* entries, "." and ".." too */
	uint32_t parent; /* of a directory: where its one name is */
	uint32_t dotdot;
};

struct judge {
	struct mx_geo geo;
	const unsigned char *data;
	enum judge_how how;
	uint32_t *owner; /* of each zone */
	struct seen *seen;
	char wrong[256];
};

static struct judge j;

PRINTF_LIKE(1, 2) static bool wrong(const char *fmt, ...)
{
	va_list ap;

	if (*j.wrong)
		return false;
	va_start(ap, fmt);
	vsnprintf(j.wrong, sizeof(j.wrong), fmt, ap);
	va_end(ap);
	return false;
}

static const unsigned char *block(uint32_t nr)
{
	return j.data + (size_t)nr * j.geo.block_size;
}

static bool bit(uint32_t map, uint32_t n)
{
	return block(map)[n / 8] & 1 << n % 8;
}

static const unsigned char *inode(uint32_t ino)
{
	return block(j.geo.itable + (ino - 1) / j.geo.inodes_a_block) +
	       (ino - 1) % j.geo.inodes_a_block * j.geo.inode_size;
}

static bool own(uint32_t ino, uint32_t zone)
{
	if (zone < j.geo.first_zone || zone >= j.geo.zones)
		return wrong("inode %u has zone %u, which is none", ino, zone);
	if (j.owner[zone])
		return wrong("inodes %u and %u have zone %u", ino,
			     j.owner[zone], zone);
	j.owner[zone] = ino;
	if (!bit(j.geo.zmap, zone - j.geo.first_zone + 1))
		return wrong("inode %u has zone %u, which is free", ino, zone);
	return true;
}

static bool entry(uint32_t dir, const unsigned char *at, uint64_t pos)
{
	const uint32_t ino = mx_entry_ino(&j.geo, at);
	const char *name = mx_entry_name(&j.geo, at);
	const size_t len = strnlen(name, j.geo.name_max);

	if (pos < 2 * (uint64_t)j.geo.entry_size) {
		if (strncmp(name, pos ? ".." : ".", j.geo.name_max))
			return wrong("directory %u has no dots", dir);
		if (!pos && ino != dir)
			return wrong("directory %u is not itself", dir);
	}
	if (!ino)
		return true;
	if (ino > j.geo.inodes || !bit(j.geo.imap, ino))
		return wrong("directory %u names inode %u, which is none", dir,
			     ino);
	if (!len || memchr(name, '/', len))
		return wrong("directory %u has a name that is none", dir);
	j.seen[ino].names++;
	if (pos == j.geo.entry_size) {
		j.seen[dir].dotdot = ino;
	} else if (pos && S_ISDIR(mx_inode_mode(inode(ino)))) {
		if (j.seen[ino].parent)
			return wrong("directory %u has two names", ino);
		j.seen[ino].parent = dir;
	}
	return true;
}

static bool dir_block(uint32_t ino, uint32_t n, uint64_t size, uint32_t zone)
{
	const uint64_t begin = (uint64_t)n * j.geo.block_size;

	for (uint32_t at = 0; at < j.geo.block_size && begin + at < size;
	     at += j.geo.entry_size)
		if (!entry(ino, block(zone) + at, begin + at))
			return false;
	return true;
}

/* A zone and, if it is indirect, all below; n: its first block of the file */
static bool zone_tree(uint32_t ino, uint32_t zone, unsigned int level,
		      uint64_t n)
{
	const uint64_t size = mx_inode_size(&j.geo, inode(ino));
	uint64_t span = 1;

	if (!own(ino, zone))
		return false;
	if (j.how == JUDGE_QUIET && n * j.geo.block_size >= size)
		return wrong("inode %u has zone %u behind its end", ino, zone);
	if (!level)
		return !S_ISDIR(mx_inode_mode(inode(ino))) ||
		       dir_block(ino, (uint32_t)n, size, zone);
	for (unsigned int i = 1; i < level; i++)
		span *= j.geo.pointers;
	for (uint32_t i = 0; i < j.geo.pointers; i++) {
		uint32_t child = mx_pointer(&j.geo, block(zone), i);

		if (child && !zone_tree(ino, child, level - 1, n + i * span))
			return false;
	}
	return true;
}

static bool all_zones(uint32_t ino)
{
	const unsigned char *array =
		inode(ino) + (j.geo.version == 1 ? 14 : 24);
	uint64_t n = 0, span = 1;

	for (uint32_t i = 0; i < MX_DIRECT + j.geo.levels; i++) {
		uint32_t zone = mx_pointer(&j.geo, array, i);
		unsigned int level = i < MX_DIRECT ? 0 : i - MX_DIRECT + 1;

		if (level)
			span *= j.geo.pointers;
		if (zone && !zone_tree(ino, zone, level, n))
			return false;
		n += span;
	}
	return true;
}

static bool one_inode(uint32_t ino)
{
	const uint32_t mode = mx_inode_mode(inode(ino));

	if (!bit(j.geo.imap, ino))
		return !mode || wrong("inode %u is free and has a mode", ino);
	switch (mode & S_IFMT) {
	case S_IFDIR:
		if (mx_inode_size(&j.geo, inode(ino)) % j.geo.entry_size)
			return wrong("directory %u has a part of an entry",
				     ino);
		/* fallthrough */
	case S_IFREG:
	case S_IFLNK:
		return all_zones(ino);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return true;
	default:
		return wrong("inode %u has no type", ino);
	}
}

static bool links(uint32_t ino)
{
	const uint32_t nlink = mx_inode_nlink(&j.geo, inode(ino));
	uint32_t up = ino, depth = 0;

	if (!bit(j.geo.imap, ino))
		return true;
	if (j.seen[ino].names != nlink)
		return wrong("inode %u has %u links and %u names", ino, nlink,
			     j.seen[ino].names);
	if (!S_ISDIR(mx_inode_mode(inode(ino))))
		return true;
	if (j.seen[ino].dotdot != (ino == 1 ? 1 : j.seen[ino].parent))
		return wrong("directory %u has another parent", ino);
	while (up > 1 && depth++ < j.geo.inodes)
		up = j.seen[up].parent;
	return up == 1 || wrong("directory %u is not below the root", ino);
}

static bool all(void)
{
	for (uint32_t ino = 1; ino <= j.geo.inodes; ino++)
		if (!one_inode(ino))
			return false;
	for (uint32_t ino = 1; ino <= j.geo.inodes; ino++)
		if (!links(ino))
			return false;
	for (uint32_t zone = j.geo.first_zone; zone < j.geo.zones; zone++)
		if (!j.owner[zone] &&
		    bit(j.geo.zmap, zone - j.geo.first_zone + 1))
			return wrong("zone %u is nobody's and not free", zone);
	return true;
}

const char *judge_image(const unsigned char *data, size_t size,
			enum judge_how how)
{
	const char *what;

	*j.wrong = 0;
	j.data = data;
	j.how = how;
	if (mx_layout_read(&j.geo, data + MX_SUPER_POS, size, &what))
		return what;
	j.owner = calloc(j.geo.zones, sizeof(*j.owner));
	j.seen = calloc((size_t)j.geo.inodes + 1, sizeof(*j.seen));
	if (!j.owner || !j.seen)
		abort();
	all();
	free(j.owner);
	free(j.seen);
	return *j.wrong ? j.wrong : NULL;
}

static void set_bits(unsigned char *map, uint32_t from, uint32_t end)
{
	for (uint32_t n = from; n < end; n++)
		map[n / 8] |= (unsigned char)(1 << n % 8);
}

void judge_format(unsigned char *data, size_t size, unsigned int block_size,
		  unsigned int inodes)
{
	const uint32_t zones = (uint32_t)(size / block_size);
	const uint32_t bits = 8 * block_size, a_block = block_size / 64;
	const uint32_t imap = inodes / bits + 1, zmap = zones / bits + 1;
	const uint32_t itable = 2 + imap + zmap;
	const uint32_t first = itable + (inodes + a_block - 1) / a_block;
	unsigned char *super = data + MX_SUPER_POS;
	unsigned char *root = data + (size_t)itable * block_size;
	unsigned char *dir = data + (size_t)first * block_size;

	memset(data, 0, size);
	le_put32(super, 0, inodes);
	le_put16(super, 6, (uint16_t)imap);
	le_put16(super, 8, (uint16_t)zmap);
	le_put16(super, 10, (uint16_t)first);
	le_put32(super, 16, INT32_MAX);
	le_put32(super, 20, zones);
	le_put16(super, 24, 0x4d5a);
	le_put16(super, 28, (uint16_t)block_size);
	set_bits(data + 2 * (size_t)block_size, 0, 2);
	set_bits(data + 2 * (size_t)block_size, inodes + 1, imap * bits);
	set_bits(data + (2 + (size_t)imap) * block_size, 0, 2);
	set_bits(data + (2 + (size_t)imap) * block_size, zones - first + 1,
		 zmap * bits);
	le_put16(root, 0, S_IFDIR | 0755);
	le_put16(root, 2, 2);
	le_put32(root, 8, 128);
	le_put32(root, 24, first);
	le_put32(dir, 0, 1);
	memcpy(dir + 4, ".", 1);
	le_put32(dir, 64, 1);
	memcpy(dir + 68, "..", 2);
}
