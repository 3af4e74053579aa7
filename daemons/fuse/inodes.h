/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inodes that the kernel knows, by mount and number, and the names that they
 * have: as many as links are known.  It knows nothing of FS or of libfuse.
 *
 *	nobody -> inodes_enter(), as the kernel has looked it up
 *	a name goes, or another inode gets it: inodes_remove(), inodes_move()
 *	the last name goes: its number may be another file's soon, also if it is
 *	open, as that may end with FS; a later one with it is another node
 *	the kernel has forgotten it, nobody has it open, and no name is in it:
 *	it is freed
 *
 * All calls may be made by any thread.
 */
#ifndef FUSE_INODES_H
#define FUSE_INODES_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define INODES_BUCKETS 16384
#define INODES_PATH    4096 /* with the NUL */

struct handle;

struct node {
	LIST_ENTRY(node) link; /* in its bucket */
	bool listed;
	uint32_t dev;
	uint32_t ino;
	uint64_t lookups;  /* that the kernel has not taken back */
	unsigned int uses; /* by names in it, and by who has it open */
	LIST_HEAD(names, name) names;
	/* handle.c's, under a lock of its own */
	LIST_HEAD(handles, handle) handles;
	/* durable.c's, likewise */
	uint64_t changed;    /* number of the last one; 0: there was none */
	uint64_t synced;     /* up to there it is on the disk, or lost */
	unsigned int server; /* which FS has got the first one after that */
	bool lost;           /* something, and nobody was told */
};

struct name {
	LIST_ENTRY(name) link;    /* in its bucket */
	LIST_ENTRY(name) of_node; /* of the names of its node */
	struct node *dir;
	struct node *node;
	char text[];
};

struct inodes {
	pthread_mutex_t lock; /* of all of it */
	struct node root;
	size_t nodes; /* without the root */
	LIST_HEAD(node_bucket, node) node[INODES_BUCKETS];
	LIST_HEAD(name_bucket, name) name[INODES_BUCKETS];
};

void inodes_init(struct inodes *t);
void inodes_set_root(struct inodes *t, uint32_t dev, uint32_t ino);

/* The kernel knows that name of it now; NULL: there is no memory. */
struct node *inodes_enter(struct inodes *t, struct node *dir, const char *name,
			  uint32_t dev, uint32_t ino);
void inodes_forget(struct inodes *t, struct node *node, uint64_t lookups);

/* It is held, and let go, by who has it open. */
void inodes_hold(struct inodes *t, struct node *node);
void inodes_release(struct inodes *t, struct node *node);

/* A name has gone; if it is known. */
void inodes_remove(struct inodes *t, struct node *dir, const char *name);
void inodes_move(struct inodes *t, struct node *from, const char *name,
		 struct node *to, const char *new_name);
/*
 * A path of an inode, or of a name in a directory: its length, or
 * -ENAMETOOLONG, or -ESTALE: it has no name.
 */
int inodes_path(struct inodes *t, const struct node *node,
		char to[INODES_PATH]);
int inodes_path_in(struct inodes *t, const struct node *dir, const char *name,
		   char to[INODES_PATH]);

#endif /* FUSE_INODES_H */
