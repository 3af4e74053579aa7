/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * References to inodes.  What a reference needs in memory is a handle.
 *
 *	none		get: referred
 *	referred	last put: none; its last name goes: orphan
 *	orphan		last put: none, its zones are free
 *
 * An orphan is free on the disk from the transaction on that removes its last
 * name, so that a crash leaves nothing of it.  In memory it lives on: its inode
 * is in the handle, its zones are held, and what it allocates is held only.
 * Its indirect blocks are written as data, as no group needs them, but not
 * before that transaction: until then the file on the disk has them.
 */
#ifndef MINIX_HANDLE_H
#define MINIX_HANDLE_H

#include "fs.h"

struct mfs_handle {
	uint32_t ino;
	uint32_t refs;
	bool orphan;
	bool writing; /* between write_begin and write_end */
	/* of an orphan */
	uint64_t since; /* the transaction that removes its last name */
	struct mx_set held;
	unsigned char raw[MX_INODE_MAX];
	/* reading on */
	uint64_t next;   /* offset where the last read ended */
	uint32_t window; /* blocks, to be read ahead */
	uint32_t ahead;  /* block, up to which that was done */
	struct mfs_handle *hash_next;
};

/* NULL: nobody refers to it. */
struct mfs_handle *mx_handle_find(const struct mfs *fs, uint32_t ino);
/* One more reference; NULL: no memory. */
struct mfs_handle *mx_handle_get(struct mfs *fs, uint32_t ino);
void mx_handle_put(struct mfs *fs, struct mfs_handle *h);
/*
 * An operation makes it an orphan, of that inode, whose zones are to be moved
 * to what it holds.
 */
int mx_handle_orphan(struct mfs *fs, struct mfs_handle *h,
		     const unsigned char *raw);
/* All, whoever refers to them */
void mx_handle_free_all(struct mfs *fs);

#endif /* MINIX_HANDLE_H */
