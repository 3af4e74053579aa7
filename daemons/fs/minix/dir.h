/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directories: entries of one size, those of no inode are free.  An image may
 * have anything in them; what cannot be a name is never found.
 *
 * Where a name was found is remembered, as a hint.  And a look through a
 * directory that has to wait goes on where it was, if no such name was added
 * meanwhile: a directory may be larger than the cache.
 */
#ifndef MINIX_DIR_H
#define MINIX_DIR_H

#include "inode.h"
#include "map.h"

#define MX_NO_PLACE UINT64_MAX

/* An entry that an operation has found, and holds */
struct mx_entry {
	uint32_t ino;
	struct mfs_block *block;
	unsigned char *at; /* in the block */
	uint64_t pos;      /* in the directory */
	uint64_t vacant;   /* if it was not found: a place, or MX_NO_PLACE */
};

/* 0; -ENAMETOOLONG, -EINVAL: no name at all */
int mx_name_check(const struct mfs *fs, const char *name, size_t len);
bool mx_name_is_dots(const char *name, size_t len);

/* 0, -ENOENT ... */
int mx_dir_find(struct mfs *fs, const struct mx_inode *dir, const char *name,
		size_t len, struct mx_entry *e);
/* It is not there: at that vacant place, or at the end */
int mx_dir_add(struct mfs *fs, const struct mx_inode *dir, const char *name,
	       size_t len, uint64_t vacant, uint32_t ino);
/* The entry names another inode then; 0: none. */
int mx_dir_set(struct mfs *fs, const struct mx_entry *e, uint32_t ino);
/* 0 or -ENOTEMPTY */
int mx_dir_is_empty(struct mfs *fs, const struct mx_inode *dir);
/* The first block of a new directory */
int mx_dir_make(struct mfs *fs, const struct mx_inode *dir, uint32_t parent);

#endif /* MINIX_DIR_H */
