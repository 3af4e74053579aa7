/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file system, inside.  From bottom to top, a file knows those before it:
 *
 *	layout	what is where on the disk
 *	set	sets of zones in memory
 *	cache	blocks: look up, hold, pin, evict
 *	fetch	what is to be read
 *	dirty	which blocks are to be written
 *	memo	how far a directory was looked through
 *	log	what an operation does to zones in memory
 *	op	an operation: what it changes, and how that is undone
 *	txn	what operations have changed, on its way to the disk
 *	bitmap	inodes and zones are allocated and freed
 *	handle	references to inodes; those that have lost their last name
 *	inode	an inode's bytes, wherever they are
 *	map	blocks of a file to zones; cut
 *	size	the end of a file
 *	attr, read, write
 *	dir	entries of directories; scan
 *	create, link, rename
 *	super	mount and unmount
 */
#ifndef MINIX_FS_H
#define MINIX_FS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "layout.h"
#include "list.h"
#include "mfs.h"
#include "set.h"

/* What an operation may return beside 0, MFS_WAIT and -errno */
enum mx_result {
	MX_TOO_MUCH = 2, /* for one operation, never to be had by waiting */
	MX_ENOUGH = 3,   /* what is done so far is to be kept */
};

enum mx_block_flags {
	MX_VALID = 1 << 0,
	MX_WANTED = 1 << 1, /* in fs->wanted */
	MX_READING = 1 << 2,
	MX_AHEAD = 1 << 3,   /* read, or to be, though nobody has asked */
	MX_SINGLE = 1 << 4,  /* to be read alone, as a run has failed */
	MX_FAILED = 1 << 5,  /* could not be read */
	MX_DIRTY = 1 << 6,   /* data: in fs->dirty or, with FLUSH, fs->flush */
	MX_FLUSH = 1 << 7,   /* before the group that is being committed */
	MX_WRITING = 1 << 8, /* data, under way */
	MX_RUN = 1 << 9,     /* metadata: in the running transaction */
	MX_COMMIT = 1 << 10, /* in the group being committed */
	MX_FILL = 1 << 11,   /* not read, as a write replaces all of it */
	MX_GONE = 1 << 12,   /* its zone is freed: looked up no more */
};

/* Those with which a block's memory cannot be had for another one */
#define MX_BUSY                                                                \
	(MX_WANTED | MX_READING | MX_DIRTY | MX_WRITING | MX_RUN | MX_COMMIT | \
	 MX_FILL)

struct mfs_block {
	uint32_t nr;
	uint32_t flags;
	uint32_t pins;
	uint32_t change; /* of the operation: its place there + 1 */
	uint64_t op;     /* that has looked it up last; 0: none */
	uint64_t after;  /* not to be written before that transaction is */
	unsigned char *data;
	struct mfs_block *hash_next;
	struct mx_list link;  /* fs->free, lru or wanted */
	struct mx_list dirty; /* fs->dirty or flush */
	struct mx_list run;   /* fs->run or committing */
};

enum mx_state {
	MX_NEW,
	MX_SUPER_WANTED,
	MX_SUPER_READING,
	MX_SUPER_FAILED,
	MX_COUNTING,
	MX_MOUNTED,
	MX_UNMOUNTED,
};

enum mx_commit {
	MX_IDLE,
	MX_FLUSHING, /* data that the group refers to */
	MX_GROUP,    /* the group is under way */
};

struct mx_op;
struct mfs_handle;

#define MX_HANDLE_HASH 4096
#define MX_HINTS       4096
#define MX_MEMOS       32

/* Where a name has been found */
struct mx_hint {
	uint32_t dir, hash;
	uint64_t at;
};

#define MX_KEY 64 /* bytes: a name, or what else is looked for */

/* As far as a look through a directory has come before it had to wait */
struct mx_memo {
	uint32_t dir;
	uint32_t block;  /* it is in none before this one */
	uint64_t vacant; /* a place that was so */
	unsigned char key[MX_KEY];
};

/* What the operation in hand makes of that */
struct mx_doom {
	uint32_t dir;
	size_t bytes; /* of the key */
	unsigned char key[MX_KEY];
};

#define MX_DOOMS 4

struct mfs {
	struct mfs_config config;
	enum mx_state state;
	bool read_only; /* mounted so */
	bool failed;    /* a write has failed */
	struct mx_geo geo;
	unsigned char super[MX_SUPER_SIZE];
	uint64_t events;
	struct mfs_stats stats;

	/* cache */
	unsigned char *arena;
	unsigned char *zeros; /* a block */
	struct mfs_block *blocks;
	uint32_t nr_blocks;
	struct mfs_block **hash;
	uint32_t hash_mask;
	struct mx_list free, lru, wanted;
	uint32_t pinned;
	uint32_t held_now; /* blocks that the operation in hand holds */
	bool starved;      /* something waits for room in the cache */

	/* op */
	struct mx_op *op;
	uint64_t op_serial;

	/* txn */
	struct mx_list run, committing; /* metadata */
	uint32_t nr_run, group_max;
	struct mx_list dirty, flush; /* data */
	uint32_t nr_dirty, nr_flush;
	uint32_t writing;   /* data blocks under way */
	bool commit_wanted; /* something waits for one */
	enum mx_commit commit;
	uint64_t running;     /* number of the running transaction */
	uint64_t committed;   /* of the last one that is on the disk */
	uint64_t sync_wanted; /* of one that is to be */
	unsigned char *group; /* group_max blocks */
	uint64_t *group_at;
	struct mfs_block **group_block;
	uint32_t nr_group;

	/* bitmap */
	struct mx_set freed;        /* in the running transaction */
	struct mx_set freed_before; /* in the one being committed */
	struct mx_set held;         /* by orphans, free on the disk */
	uint64_t zones_free;        /* or to be so */
	uint32_t inodes_free;
	uint8_t *imap_full, *zmap_full; /* a block each: nothing is free */
	uint32_t zone_next, inode_next; /* where to look first */
	uint32_t counted;               /* blocks, when it is mounted */

	/* handle */
	struct mfs_handle *handle[MX_HANDLE_HASH];
	uint32_t references; /* all */

	/* dir */
	struct mx_hint hint[MX_HINTS];
	struct mx_memo memo[MX_MEMOS];
	uint32_t memo_next;
	struct mx_doom doom[MX_DOOMS];
	uint32_t nr_dooms;
};

/* Tells the user what is wrong with the image, or the device. */
static inline void mx_report(const struct mfs *fs, const char *what,
			     uint32_t ino, uint64_t block)
{
	if (fs->config.report)
		fs->config.report(fs->config.arg, what, ino, block);
}

static inline int mx_unclean(const struct mfs *fs, const char *what,
			     uint32_t ino, uint64_t block)
{
	mx_report(fs, what, ino, block);
	return -EUCLEAN;
}

#endif /* MINIX_FS_H */
