/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that wait for devices, so that the loop of FS does not.
 *
 *	a thread: idle -> io_post(): carries it out -> it is among those that
 *	are done, and FS is notified -> io_take() -> idle
 *
 * Each has a system slot of its own, as it asks drivers, which copy from and to
 * the memory of who waits for them, and notifies FS.  An I/O is the thread's
 * from io_post() to io_take(), and the loop's otherwise.
 */
#ifndef FS_IO_H
#define FS_IO_H

#include "bdev.h"
#include "minix/mfs.h"

enum io_what {
	IO_OPEN,
	IO_RUN, /* what the core wants */
	IO_FLUSH,
	IO_CLOSE, /* the last one: the thread ends */
	IO_END,   /* the thread ends, and this is not said to be done */
};

struct io {
	struct io *next;
	enum io_what what;
	struct bdev *device;
	uint32_t dev; /* the mount */
	struct mfs_io run;
	int rc;
	bool posted;
};

struct io_thread;

/* NULL: it was logged why not. */
struct io_thread *io_start(void);
/* It has been given its last I/O, which has been taken; nobody waits long. */
void io_end(struct io_thread *t);
void io_post(struct io_thread *t, struct io *io);

/* One that is done; NULL: none is. */
struct io *io_take(void);
/* The same for who has no loop any more: waits for so many ms. */
struct io *io_take_late(int ms);

#endif /* FS_IO_H */
