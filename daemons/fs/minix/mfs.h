/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libminixfs: the file system of MINIX, V1, V2 and V3, without I/O, clock and
 * threads.  Its user owns a struct mfs, calls it from one thread at a time, and
 * does for it what it asks for: reads and writes of a device.
 *
 * What calls return
 *
 *	0		done; results are where the pointers say
 *	MFS_WAIT	nothing was done, as a block is not there yet, or there
 *			is no room before something is written: it is called
 *			again, with the same arguments, when mfs_events() is
 *			another number than before the call
 *	-errno		not done, and nothing was changed
 *
 * A call is one operation: it is done or not done, also in the middle of all
 * errors.  The exceptions are those that cut large files shorter, piece by
 * piece: mfs_setattr() with a smaller size, and an mfs_unlink() or mfs_rename()
 * that removes a file of more indirect blocks than half of the cache can hold.
 *
 *	-EIO		the device could not read a block, or has failed before
 *	-EUCLEAN	the image contradicts itself; mfs_config.report was told
 *	-EROFS		mounted so, or turned so by a write that has failed
 *	-ENOENT, -ENOTDIR, -EISDIR, -EEXIST, -ENOTEMPTY, -EINVAL, -EMLINK,
 *	-ENAMETOOLONG, -ENOSPC, -EFBIG, -ENOMEM	as of POSIX
 *	-EOVERFLOW	an id or a time that the format cannot keep
 *	-EBUSY		unlinked or replaced while it is open, a file of more
 *			indirect blocks than half of the cache
 *	-ELOOP		a directory is moved to a place deeper than a quarter of
 *			the cache has blocks
 *
 * What the user does besides, whenever it has called anything and after each
 * I/O: mfs_next_read() and mfs_next_write() until there is none; each I/O is
 * carried out, anywhere, in any order, several at a time; mfs_read_done() and
 * mfs_write_done() say that it has ended.
 *
 * What is on the disk after a crash is a state between two operations, provided
 * that a group (MFS_IO_GROUP) is written wholly or not at all, that it and all
 * writes that were done before it was handed out are on the disk before its
 * mfs_write_done(), and the latter before any of it.  Data are in place: what
 * was written since the last mfs_synced() may be there in part.
 *
 * Who may do what, paths and the sticky bit are not looked at here.
 */
#ifndef MINIX_MFS_H
#define MINIX_MFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* Not an error, and no count: no call returns a count. */
#define MFS_WAIT 1

#define MFS_ROOT_INO     1
#define MFS_NAME_MAX     60 /* of V3; mfs_statfs() says what it is here */
#define MFS_BLOCK_MAX    4096
#define MFS_CACHE_BLOCKS 128          /* that a cache has at least */
#define MFS_GROUP_MAX    512          /* blocks of a group */
#define MFS_RUN_BYTES    (128 * 1024) /* of one read or write at most */
#define MFS_IO_SEGS      128
#define MFS_MAP_BLOCKS   256 /* of one mfs_map at most: 256 KiB .. 1 MiB */

struct mfs;

/* Mounting */

enum mfs_flags {
	MFS_RDONLY = 1,
};

struct mfs_config {
	uint64_t device_size; /* bytes */
	size_t cache_size;    /* bytes; 0: the least that works */
	unsigned int flags;   /* enum mfs_flags */
	/*
	 * Told what is wrong: a sentence, and the inode and the block that it
	 * is about, 0 if it is about none.  An image can make it say a lot.
	 */
	void (*report)(void *arg, const char *what, uint32_t ino,
		       uint64_t block);
	void *arg;
};

/* NULL: no memory. */
struct mfs *mfs_new(const struct mfs_config *config);
/* Whatever state it is in, when no I/O is under way any more */
void mfs_free(struct mfs *fs);

/*
 * Reads and checks the superblock, and counts what is free.
 *
 *	-EINVAL		not a file system of MINIX
 *	-EUCLEAN	one that cannot be, or not on a device of this size
 */
int mfs_mount(struct mfs *fs);
/*
 * Writes all that is not written; then only mfs_free() is left.
 *
 *	-EBUSY		inodes are referred to, or segments pinned
 *	-EIO		not all could be written
 */
int mfs_unmount(struct mfs *fs);

struct mfs_statfs {
	unsigned int version; /* 1, 2, 3 */
	unsigned int name_max;
	unsigned int link_max;
	uint32_t block_size;
	uint64_t blocks, blocks_free; /* of data */
	uint32_t inodes, inodes_free;
	uint64_t file_max; /* bytes */
	bool read_only;
};

/* Of a mounted file system; it never waits. */
void mfs_statfs(const struct mfs *fs, struct mfs_statfs *st);

/* Inodes */

struct mfs_attr {
	uint32_t mode; /* with the type, as in struct stat */
	uint32_t nlink;
	uint32_t uid, gid;
	uint64_t size;
	int64_t atime, mtime, ctime; /* seconds; V1 has but mtime */
	uint64_t rdev;               /* of a device node, as in struct stat */
	uint64_t blocks; /* of 512 bytes, as if there were no holes */
};

enum mfs_set {
	MFS_SET_MODE = 1, /* all but the type */
	MFS_SET_UID = 2,
	MFS_SET_GID = 4,
	MFS_SET_SIZE = 8, /* of a regular file */
	MFS_SET_ATIME = 16,
	MFS_SET_MTIME = 32,
	MFS_SET_CTIME = 64,
};

int mfs_getattr(struct mfs *fs, uint32_t ino, struct mfs_attr *attr);
/* What is not named in "set", of enum mfs_set, stays as it is. */
int mfs_setattr(struct mfs *fs, uint32_t ino, const struct mfs_attr *attr,
		unsigned int set);

/*
 * A reference: what is unlinked meanwhile stays until the last mfs_put(), with
 * nlink 0; after a crash it is not there.  Neither waits.
 */
int mfs_get(struct mfs *fs, uint32_t ino);
void mfs_put(struct mfs *fs, uint32_t ino);

/* Directories and names.  "now" is a time in seconds. */

/* "." and ".." are names too. */
int mfs_lookup(struct mfs *fs, uint32_t dir, const char *name, size_t len,
	       uint32_t *ino);

struct mfs_dirent {
	uint32_t ino;
	uint32_t len;
	uint64_t next; /* where the following one begins */
	char name[MFS_NAME_MAX + 1];
};

/*
 * Entries from the position "at" on, 0 or a "next" of before.  *nr is how many
 * there is room for, and then how many there are: 0 at the end.  Names that
 * cannot be are left out and reported.
 */
int mfs_readdir(struct mfs *fs, uint32_t dir, uint64_t at,
		struct mfs_dirent *entries, unsigned int *nr);

struct mfs_owner {
	uint32_t uid, gid;
	int64_t now;
};

/* Any type but a symbolic link; rdev is of device nodes, as in struct stat. */
int mfs_create(struct mfs *fs, uint32_t dir, const char *name, size_t len,
	       uint32_t mode, uint64_t rdev, const struct mfs_owner *owner,
	       uint32_t *ino);
int mfs_symlink(struct mfs *fs, uint32_t dir, const char *name, size_t len,
		const char *target, const struct mfs_owner *owner,
		uint32_t *ino);
/* *size: of the buffer, then of what is in it, which has no 0 at its end */
int mfs_readlink(struct mfs *fs, uint32_t ino, char *target, size_t *size);
int mfs_link(struct mfs *fs, uint32_t ino, uint32_t dir, const char *name,
	     size_t len, int64_t now);
int mfs_unlink(struct mfs *fs, uint32_t dir, const char *name, size_t len,
	       int64_t now);
int mfs_rmdir(struct mfs *fs, uint32_t dir, const char *name, size_t len,
	      int64_t now);

enum mfs_rename {
	MFS_RENAME_NOREPLACE = 1, /* -EEXIST rather */
};

int mfs_rename(struct mfs *fs, uint32_t dir, const char *name, size_t len,
	       uint32_t new_dir, const char *new_name, size_t new_len,
	       unsigned int flags, int64_t now);

/* Data */

/*
 * Part of a file as segments of the cache, which stay there as long as they are
 * pinned.  Its owner reads what is above the line.
 */
struct mfs_map {
	size_t bytes; /* of all segments */
	unsigned int nr;
	struct iovec seg[MFS_MAP_BLOCKS];
	/* ---- */
	uint32_t ino;
	uint64_t offset;
	uint64_t size; /* of the file, before a write */
	unsigned int nr_blocks;
	struct mfs_block *block[MFS_MAP_BLOCKS];
	uint8_t fill[MFS_MAP_BLOCKS / 8]; /* not read before */
	bool is_full; /* there was no room for the block behind it */
};

/*
 * What there is of "len" bytes from the offset on, as far as it fits, is pinned
 * and may be read; 0 bytes at the end of the file.  Holes are zeros, which are
 * not to be written to.  Reading on from where the last map of a referred inode
 * ended makes it read ahead.
 */
int mfs_read_map(struct mfs *fs, uint32_t ino, uint64_t offset, size_t len,
		 struct mfs_map *map);
void mfs_unpin(struct mfs *fs, struct mfs_map *map);

/*
 * Room for "len" bytes from the offset on, or fewer, at least one, is pinned
 * and may be written to until mfs_write_end() says that the first "copied" of
 * them are there, or mfs_write_abort() that none is.  What of it is not beyond
 * the end of the file may be seen before.  Meanwhile other writes to this file,
 * and changes of its size, wait, and who reads blocks that are wholly replaced.
 *
 * mfs_write_end() may wait as anything else.  If it returns 0, the map is
 * unpinned and *written says how many bytes count: fewer than "copied" if the
 * rest was not enough to replace a block.  If it returns an error the map is
 * still to be aborted.
 */
int mfs_write_begin(struct mfs *fs, uint32_t ino, uint64_t offset, size_t len,
		    struct mfs_map *map);
int mfs_write_end(struct mfs *fs, struct mfs_map *map, size_t copied,
		  int64_t now, size_t *written);
void mfs_write_abort(struct mfs *fs, struct mfs_map *map);

/* I/O */

enum mfs_io_kind {
	MFS_IO_READ,  /* a run of blocks into iov */
	MFS_IO_WRITE, /* a run of blocks from iov; it may change meanwhile */
	MFS_IO_GROUP, /* blocks, all or none, on the disk when it is done */
};

/* Its owner reads what is above the line, and keeps it until it is done. */
struct mfs_io {
	enum mfs_io_kind kind;
	/* READ, WRITE */
	uint64_t pos; /* bytes, of the device */
	size_t bytes;
	unsigned int nr;
	struct iovec iov[MFS_IO_SEGS];
	/* GROUP: blocks of block_size bytes, by ascending positions */
	uint32_t block_size;
	unsigned int nr_blocks;
	const uint64_t *positions;   /* bytes, of the device, one each */
	const unsigned char *blocks; /* one after the other */
	/* ---- */
	unsigned int nr_run;
	struct mfs_block *run[MFS_IO_SEGS];
};

/* false: nothing is to be read, or written, now. */
bool mfs_next_read(struct mfs *fs, struct mfs_io *io);
bool mfs_next_write(struct mfs *fs, struct mfs_io *io);
/* rc: 0 or -errno.  A write that failed makes the file system read-only. */
void mfs_read_done(struct mfs *fs, struct mfs_io *io, int rc);
void mfs_write_done(struct mfs *fs, struct mfs_io *io, int rc);

/* Changes whenever a call that had to wait may go on */
uint64_t mfs_events(const struct mfs *fs);

/*
 * All that was done before is to be written, and will be when mfs_synced() of
 * that number is 0: MFS_WAIT until then, -EIO if it cannot be.
 */
uint64_t mfs_sync_begin(struct mfs *fs);
int mfs_synced(const struct mfs *fs, uint64_t number);
/* Something waits for an mfs_sync_begin(), which a timer may call. */
bool mfs_is_dirty(const struct mfs *fs);

struct mfs_stats {
	uint64_t blocks;       /* of the cache */
	uint64_t hits, misses; /* look-ups of a block */
	uint64_t reads, blocks_read;
	uint64_t ahead, ahead_used; /* blocks that nobody had asked for */
	uint64_t writes, blocks_written;
	uint64_t groups, blocks_grouped;
	uint64_t evicted;
	uint64_t waits, undone; /* operations that began anew; with changes */
	uint64_t dirty, pinned; /* blocks, now */
};

void mfs_stats(const struct mfs *fs, struct mfs_stats *st);

#endif /* MINIX_MFS_H */
