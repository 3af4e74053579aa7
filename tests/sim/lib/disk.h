/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk for libminixfs, in memory, with a file system of util-linux's
 * mkfs.minix on it that fsck.minix judges.  It carries out what the core asks
 * for late and in any order, as its dice fall.
 *
 *	do
 *		rc = mfs_...(disk.fs, ...);
 *	while (disk_again(&disk, rc));
 */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dice.h"
#include "fs/minix/mfs.h"

#define DISK_FLYING 4 /* I/Os at the same time */

struct disk {
	int fd; /* a file in memory, which is "data" too */
	unsigned char *data;
	size_t size;
	struct mfs *fs; /* mounted on it */
	struct dice dice;
	struct mfs_io *flying[DISK_FLYING];
	unsigned int nr_flying;
	unsigned long reads, writes, groups; /* done */
	unsigned long reports;
	const char *report; /* the last one */
	bool quiet;         /* says nothing of reports */
	/* Of each write before it is done, if there is one; false: not done */
	bool (*written)(struct disk *d, const struct mfs_io *io);
	void *arg;
	/* A block that cannot be read; all writes fail */
	uint64_t bad_block;
	bool bad_writes;
	bool dying; /* who writes does not give all that it wanted to */
};

/* An empty one of so many KiB, by "mkfs.minix ARGS", or without, if NULL */
void disk_make(struct disk *d, const char *args, unsigned int kib);
void disk_free(struct disk *d);

/* 0 or what mounting ends with; "cache" bytes, 0: the least */
int disk_mount(struct disk *d, size_t cache, unsigned int flags);
/* Writes all, unless the device is broken, and takes it away. */
int disk_unmount(struct disk *d);
/* The same at once, without writing anything more */
void disk_crash(struct disk *d);

/* rc is MFS_WAIT: carries something out, and the call is to be repeated. */
bool disk_again(struct disk *d, int rc);
/* Carries out all that is asked for. */
void disk_settle(struct disk *d);
int disk_sync(struct disk *d);

/* What fsck.minix -f says of "data": 0, it is clean. */
int disk_fsck(const struct disk *d, bool verbose);
/* The same of another image */
int disk_fsck_fd(int fd, bool verbose);

/* A whole file, to be read or written; from offset on: bytes done or -errno */
long disk_read(struct disk *d, uint32_t ino, uint64_t offset, void *to,
	       size_t len);
long disk_write(struct disk *d, uint32_t ino, uint64_t offset, const void *from,
		size_t len, int64_t now);

#endif /* SIM_DISK_H */
