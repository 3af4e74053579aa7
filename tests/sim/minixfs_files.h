/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files as they should be, while they are used: what an operation does to the
 * file system it does to them.
 */
#ifndef SIM_MINIXFS_FILES_H
#define SIM_MINIXFS_FILES_H

#include "common/util.h"
#include "lib/disk.h"

#define KIB       900
#define DIRS      4 /* the first is the root */
#define NAMES     6
#define MOST_FILE 120000
#define SECRET    0xa5 /* what was on the disk before */
#define OPEN      3

/* A file as it is, and whether it was so when it was synced */
struct file {
	bool exists, synced;
	uint64_t changed; /* operation */
	unsigned char id;
	size_t size;
	unsigned char data[MOST_FILE];
};

struct world {
	struct disk disk;
	bool has_fsck;
	bool dir_exists[DIRS];
	uint32_t dir_ino[DIRS];
	struct file file[DIRS][NAMES];
	struct opened {
		uint32_t ino;
		struct file file;
	} opened[OPEN];
	uint64_t operation;
	uint64_t sync, sync_operation; /* under way; 0: none */
	unsigned char ids;
	char wrong[300];
	bool verbose;
	unsigned long cuts, fscks, compared;
};

extern struct world *w;
extern const char *const dir_names[DIRS], *const file_names[NAMES];

/* The first one of a history is kept. */
void wrong(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* One of them, by chance */
void operation(void);

/* The power fails at this moment: what is on the disk then? */
void look(void);

#endif /* SIM_MINIXFS_FILES_H */
