/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An inode as an operation has it: its bytes are in a block that is held, or,
 * of an orphan, in the handle.
 */
#ifndef MINIX_INODE_H
#define MINIX_INODE_H

#include <sys/stat.h>

#include "handle.h"
#include "op.h"

struct mx_inode {
	uint32_t ino;
	unsigned char *raw;
	struct mfs_block *block;   /* NULL: an orphan */
	struct mfs_handle *handle; /* NULL: nobody refers to it */
};

/* Checked: its number, type, size, and that it has names or is an orphan */
int mx_inode_get(struct mfs *fs, uint32_t ino, struct mx_inode *in);
/* The same, of an inode that was just allocated: zeros, to be changed */
int mx_inode_blank(struct mfs *fs, uint32_t ino, struct mx_inode *in);
/* A directory that has a name, or -ENOTDIR, -ENOENT */
int mx_inode_get_dir(struct mfs *fs, uint32_t ino, struct mx_inode *in);
/* Before the first change of its bytes */
int mx_inode_change(struct mfs *fs, const struct mx_inode *in);

/* Before the first change of an indirect block of it */
int mx_inode_change_indirect(struct mfs *fs, const struct mx_inode *in,
			     struct mfs_block *b);

static inline bool mx_inode_is_orphan(const struct mx_inode *in)
{
	return !in->block;
}

/* How its indirect blocks are written */
static inline enum mx_kind mx_inode_kind(const struct mx_inode *in)
{
	return mx_inode_is_orphan(in) ? MX_DATA : MX_META;
}

/* NULL: it holds no zones. */
static inline struct mx_set *mx_inode_own(const struct mx_inode *in)
{
	return mx_inode_is_orphan(in) ? &in->handle->held : NULL;
}

static inline bool mx_inode_is(const struct mx_inode *in, uint32_t type)
{
	return (mx_inode_mode(in->raw) & S_IFMT) == type;
}

/* As the format keeps it; out of range it is the nearest one. */
uint32_t mx_time_of(int64_t now);
/* mtime and ctime, of bytes that may be changed */
void mx_inode_touch(const struct mfs *fs, const struct mx_inode *in,
		    int64_t now);

#endif /* MINIX_INODE_H */
