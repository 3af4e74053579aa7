/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks of MEMORY, as actors ask for them: what OP_RUN runs calls these. */
#ifndef TESTS_SERVERS_DISK_H
#define TESTS_SERVERS_DISK_H

#include "disk_requests.h"

#define DISK_BLOCK  512
#define DISK_BLOCKS 256
#define DISK_BYTES  (DISK_BLOCK * DISK_BLOCKS)

/* Minors, as disk_up() configures them */
enum disk {
	DISK_EMPTY = DEV_MINOR_DISK,
	DISK_RO,
	DISK_COPY,
	DISK_SYNC,
	DISK_NONE, /* there are no more */
};

#define DISK_RO_IMAGE   "/tmp/disk.ro"
#define DISK_COPY_IMAGE "/tmp/disk.copy"
#define DISK_SYNC_IMAGE "/tmp/disk.sync"
#define DISK_JOURNAL    DISK_SYNC_IMAGE ".journal"

/* Checked fixtures: images whose blocks hold their numbers, and MEMORY */
void disk_up(void);
void disk_down(void);

/* MEMORY ends and another is started. */
void disk_restart(int signal);

/* The number of a block that is as disk_fill() has made it; or -1 */
void disk_fill(void *block, int n);
int disk_number(const void *block);

/* Such a number of a block of an image */
int disk_image_number(const char *image, int block);

/* An answer's error, or one of the call */
int disk_open(int minor, uint32_t flags);
int disk_close(int minor);
int disk_ioctl(int minor, int request, int64_t *value);

#endif /* TESTS_SERVERS_DISK_H */
