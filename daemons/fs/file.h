/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files as they have been opened: an inode, how it was opened, and where in it
 * the next byte is.  Descriptors share one after a dup() and after a fork.
 *
 *	free -> file_new(): one descriptor -> file_put() of the last one:
 *	file_closed() -> free
 *
 * One that stands for all files that an FS before this one had open is there
 * always: descriptors of processes that it has left are of that one.
 */
#ifndef FS_FILE_H
#define FS_FILE_H

#include <stdbool.h>
#include <stdint.h>

#ifndef FILES_MAX
#define FILES_MAX 8192
#endif

/*
 * An inode of a mount.  Who has one in a structure that lasts has it held: see
 * place_hold().  dev 0: none.
 */
struct place {
	uint32_t dev;
	uint32_t ino;
};

static inline bool place_is(const struct place *a, const struct place *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/*
 * The inode stays while it is held so often, also without a name.  False: there
 * is no such mount or inode, or no memory.
 */
bool place_hold(const struct place *at);
void place_drop(const struct place *at);

struct file {
	struct file *next; /* that is free */
	uint32_t refs;
	uint32_t opening; /* not 0, and no other file's, not even of before */
	int flags;        /* of open(), without those that only count there */
	struct place at;
	bool directory;
	int64_t position;
	const void *user; /* who moves the position, or NULL */
};

struct files {
	struct file *free;
	uint32_t opening; /* the last one's */
	struct file lost;
	struct file file[FILES_MAX];
};

/* Numbers of openings begin at any that no FS before this one had. */
void files_init(struct files *t, uint32_t opening);
/* Holds "at"; NULL: that cannot be, or there are too many. */
struct file *file_new(struct files *t, const struct place *at, int flags);
struct file *file_get(struct file *f);
void file_put(struct files *t, struct file *f);
/* Has somebody that one open to write to it? */
bool files_written(const struct files *t, const struct place *at);
/* A number that no other has at the time */
uint32_t file_number(const struct files *t, const struct file *f);

/* The last descriptor is closed; to be given by who has more to end. */
void file_closed(const struct files *t, const struct file *f);

#endif /* FS_FILE_H */
