/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device of a mount: a disk of a driver process, MEMORY, or an image file
 * of this node.  Two threads of the mount use it, one that reads and one that
 * writes; calls wait for as long as it takes, until bdev_stop().
 *
 *	bdev_new() -> bdev_open() -> reads, writes -> bdev_close()
 *
 * A driver that has ended, or does not answer, is opened anew and asked again
 * what it has not acknowledged, as often as it takes.  For errors of its own
 * the result is -EIO.
 */
#ifndef FS_BDEV_H
#define FS_BDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define BDEV_NAME 256

enum bdev_user {
	BDEV_READER,
	BDEV_WRITER,
	BDEV_USERS
};

struct bdev;

struct bdev_group {
	unsigned int nr;
	uint32_t block_size;
	const uint64_t *positions;
	const unsigned char *blocks;
};

struct bdev_ops {
	int (*open)(struct bdev *d);
	void (*close)(struct bdev *d);
	int (*read)(struct bdev *d, const struct iovec *iov, unsigned int nr,
		    uint64_t position);
	int (*write)(struct bdev *d, const struct iovec *iov, unsigned int nr,
		     uint64_t position);
	int (*group)(struct bdev *d, const struct bdev_group *group);
	int (*flush)(struct bdev *d);
	void (*free)(struct bdev *d);
};

struct bdev {
	const struct bdev_ops *ops;
	char name[BDEV_NAME];
	bool read_only; /* wished, and then as it is */
	uint64_t bytes; /* from its opening on */
	volatile bool stopped;
};

/* A name that begins with a slash is an image's.  NULL: there is no memory. */
struct bdev *bdev_new(const char *name, bool read_only);
void bdev_free(struct bdev *d);
/* Nobody waits for it any more, and calls end with -EIO. */
void bdev_stop(struct bdev *d);

/* Each kind makes one of its own. */
struct bdev *bdev_new_image(void);
struct bdev *bdev_new_driver(void);

#endif /* FS_BDEV_H */
