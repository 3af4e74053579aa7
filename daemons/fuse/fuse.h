/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * m3ipc-fuse: the files of a VM as a file system of Linux.  What its files
 * share.
 *
 *	main.c		options, start, end
 *	ops.c		table of libfuse's calls; attributes
 *	naming.c	names that come and go
 *	data.c		files and directories that are open, and what is in them
 *	handle		what programs have open, through an end of FS, too
 *	durable		what is not on the disk yet, through an end of FS
 *	client		requests to FS: endpoints of threads, patience
 *	inodes		PURE: inodes that the kernel knows, and their names
 *
 * The kernel names inodes, FS wants names: here are both.  Who names an
 * inode by its path holds the lock of paths for reading until FS has answered,
 * who takes a name away for writing: so that no path is another one's when FS
 * gets it.  Inodes that are open are asked for by descriptor, as they may have
 * no name any more.
 *
 * Threads are those of libfuse's loop, of which there is a limited number; each
 * has an endpoint of its own from its first request on, and never ends, as its
 * descriptors would.  What changes something is asked for in the name of who
 * does so.  What goes into caches of the kernel, for all users, is asked for as
 * root, and the kernel checks rights whenever it is used.
 */
#ifndef FUSE_FUSE_H
#define FUSE_FUSE_H

#define FUSE_USE_VERSION 312

#include <fuse_lowlevel.h>
#include <molipc/fs.h>
#include <stdbool.h>

#include "client.h"
#include "inodes.h"

struct options {
	unsigned int threads;
	double timeout; /* s, for which the kernel believes what it was told */
	bool for_all;   /* this program is root's, and asks for others */
};

extern struct options options;
extern struct inodes inodes;

struct node *node_of(fuse_ino_t ino);

/* Who makes a request */
struct who who_asks(fuse_req_t req);

/* Of what FS says of an inode */
void stat_fill(struct stat *st, const fs_stat_t *attr);
/* What it says of one; by a descriptor if it has one: 0 or -errno */
int attr_get(struct node *node, fs_stat_t *attr);

/* Whoever reads paths, or takes one away, until paths_release(). */
void paths_read(void);
void paths_change(void);
void paths_release(void);

/*
 * The kernel learns of a name that FS knows, or has just made: an answer to
 * "req".  The lock of paths is held.
 */
int entry_make(fuse_ino_t dir, const char *name,
	       struct fuse_entry_param *entry);

/* Once, before anything else */
void paths_init(void);

/* What libfuse calls; the others fill in their rows. */
struct fuse_lowlevel_ops ops_table(void);
void naming_ops(struct fuse_lowlevel_ops *ops);
void data_ops(struct fuse_lowlevel_ops *ops);

#endif /* FUSE_FUSE_H */
