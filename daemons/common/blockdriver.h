/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A driver of devices: requests of <molipc/dev.h> become calls of a device's
 * ops.  A driver is a table of devices and a main() that calls
 * blockdriver_run().
 *
 *	a request	checked wholly -> data moved, ops called -> answered
 *	who may		disks: who is in a system slot, or root's; those who
 *			have opened it (openings.h).  Devices for all: everybody
 *	data		straight between the device and the asker, if it is in
 *			memory; else by way of a buffer.  What is written
 *			changes nothing before all of it is there, but where it
 *			goes straight
 *
 * The loop has one thread.  To copy to or from a client of another node it
 * waits for that node: as long, at most, as the link to it may be silent (the
 * link timeout of the proxies).  That holds up other clients, of whom there are
 * few: file systems, which have time limits of their own.  To see who is root
 * on another node it asks the system task there, 2 seconds at most.
 */
#ifndef COMMON_BLOCKDRIVER_H
#define COMMON_BLOCKDRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <molipc/dev.h>

#include "piece.h"

/*
 * Each returns 0 or -errno, and is called with what is within the device only.
 * Memory that they are given is the driver's own.
 */
struct blockdev_ops {
	/* All of the device, as long as it is open; or NULL */
	void *(*memory)(void *of);
	int (*read)(void *of, const struct iovec *iov, size_t nr,
		    int64_t position);
	int (*write)(void *of, const struct iovec *iov, size_t nr,
		     int64_t position);
	/* All pieces or none.  NULL: it cannot */
	int (*commit)(void *of, const struct piece *pieces, size_t nr);
	/* Also when nobody has it open any more.  NULL: there is no need */
	int (*flush)(void *of);
};

struct blockdev {
	const char *name; /* by which it can be opened; or NULL */
	/* NULL: nobody may open it */
	const struct blockdev_ops *ops;
	void *of;
	int64_t bytes;
	uint32_t flags; /* DEV_READ_ONLY, DEV_LASTS */
	bool for_all;   /* it need not be opened */
	bool endless;   /* writes go on behind its end */
};

struct blockdriver {
	int vmid;
	int node;
	/* By minor; NULL: there is none.  One device may be several. */
	const struct blockdev *const *minors;
	int nr_minors;
};

/* As serve_run(), which it calls */
int blockdriver_run(const struct blockdriver *driver);

#endif /* COMMON_BLOCKDRIVER_H */
