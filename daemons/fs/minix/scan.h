/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look through the blocks of a directory, which goes on after a wait */
#ifndef MINIX_SCAN_H
#define MINIX_SCAN_H

#include "dir.h"

struct mx_scan {
	const struct mx_inode *dir;
	struct mx_leaf leaf;
	uint32_t n, end; /* blocks */
	unsigned char key[MX_KEY];
};

/* From the block "from" on, or where one of the same key has come to */
void mx_scan_begin(struct mfs *fs, struct mx_scan *s,
		   const struct mx_inode *dir, uint32_t from,
		   const unsigned char key[MX_KEY]);
/*
 * The next block, which is held, and how many bytes of it are entries: 0,
 * -ENOENT at the end.
 */
int mx_scan_next(struct mfs *fs, struct mx_scan *s, struct mfs_block **b,
		 uint32_t *bytes);
/* Block n of a directory, which has no holes */
int mx_scan_block(struct mfs *fs, const struct mx_inode *dir,
		  struct mx_leaf *leaf, uint32_t n, struct mfs_block **b);

/* A key is of a name, or of something that begins with 0 and a letter. */
void mx_key_name(unsigned char key[MX_KEY], const char *name, size_t len);
void mx_key_other(unsigned char key[MX_KEY], char what, uint64_t number);
/* Looks for that key begin anew; NULL: for all of that directory. */
void mx_scan_forget(struct mfs *fs, uint32_t dir, const unsigned char *key);

#endif /* MINIX_SCAN_H */
