/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks that several nodes have, as this node's: the machine of replica.h with
 * Corosync, images and a clock, and the process that waits for the endpoint.
 *
 * There are two threads, and one lock, which is for all that is here and for
 * the images.
 *
 *	the first	shared_stand_by(): until it has the endpoint.  Then it
 *			serves clients; what they write it gives to the
 *			machine, and waits for the answer, 10 s at most
 *	the follower	what the group delivers: to the machine, and by that to
 *			the images.  It waits for nobody but the disk
 *
 * When the machine is over, so is the program, at once, whatever it does: it is
 * started anew, and then copies what it has missed.
 */
#ifndef MEMORY_SHARED_H
#define MEMORY_SHARED_H

#include "common/config.h"
#include "common/image.h"

/* An image is shared, from before shared_start() on: its number */
uint32_t shared_add(const char *name, struct image *image);
/* Is there any? */
bool shared_are_there(void);

/*
 * Joins the group of the memory.  "first" is the path of the first image.
 * force: who is away has no newer images.  False: it was logged why not.
 */
bool shared_start(const struct config *config, const struct config_vm *vm,
		  const struct config_memory *memory, bool force);

/*
 * This process has the endpoint, and leads.  False: it was logged why not, or
 * the VM has ended.
 */
bool shared_stand_by(const struct config_vm *vm);

/* As those of image.h; -EIO, too, if the others do not answer. */
int shared_read(struct image *image, const struct iovec *iov, size_t nr,
		int64_t position);
int shared_write(uint32_t disk, bool is_group, const struct piece *pieces,
		 size_t nr);
int shared_flush(void);

#endif /* MEMORY_SHARED_H */
