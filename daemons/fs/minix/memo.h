/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of directories between a call that had to wait and the next
 * one: how far something was looked for in vain.  A directory may be larger
 * than the cache, and would be read for ever if each call began at its
 * beginning.
 *
 *	unknown		make: known
 *	known		a name is added, or the directory is gone, and the
 *			operation that does it is done: unknown
 */
#ifndef MINIX_MEMO_H
#define MINIX_MEMO_H

#include "fs.h"

/* A key is of a name, or of something that begins with 0 and a letter. */
void mx_key_name(unsigned char key[MX_KEY], const char *name, size_t len);
void mx_key_other(unsigned char key[MX_KEY], char what, uint64_t number);

/* NULL: nothing is known. */
struct mx_memo *mx_memo_find(struct mfs *fs, uint32_t dir,
			     const unsigned char key[MX_KEY]);
struct mx_memo *mx_memo_make(struct mfs *fs, uint32_t dir,
			     const unsigned char key[MX_KEY]);
/*
 * Nothing is known any more of keys of that directory that begin with these
 * bytes: of names MX_KEY; one that is 0: of all others; none: of all.
 */
void mx_memo_forget(struct mfs *fs, uint32_t dir, const unsigned char *key,
		    size_t bytes);
/* The same when the operation in hand is done */
void mx_memo_doom(struct mfs *fs, uint32_t dir, const unsigned char *key,
		  size_t bytes);
void mx_memo_end(struct mfs *fs, bool done);

#endif /* MINIX_MEMO_H */
