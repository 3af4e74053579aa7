/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the calls that make and remove names have in common */
#ifndef MINIX_NAMES_H
#define MINIX_NAMES_H

#include "dir.h"

struct mx_name {
	const char *text;
	size_t len;
};

/*
 * The inode has lost a name.  After the last one it is freed, or an orphan if
 * somebody refers to it.
 */
int mx_name_lost(struct mfs *fs, const struct mx_inode *in, int64_t now);
/* All of a directory, which is empty: its parent has one link less. */
int mx_dir_lost(struct mfs *fs, const struct mx_inode *in,
		const struct mx_inode *parent, int64_t now);
void mx_links_more(const struct mfs *fs, const struct mx_inode *in, int more);

/*
 * When an operation was MX_TOO_MUCH, as that inode has too many zones: cuts
 * some off.  0: again; -EBUSY if somebody refers to it, or it is no file.
 */
int mx_name_shorten(struct mfs *fs, uint32_t ino);

#endif /* MINIX_NAMES_H */
