/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program has open: a descriptor of one of this program's endpoints,
 * which any thread uses.
 *
 *	open -> FS, or the endpoint, has ended: requests are -EIO or -EBADF ->
 *	it is opened again by a name that the file has by now, if that is the
 *	same file, and the request is made again -> open
 *
 * An FS that has lost sight of an endpoint has closed what that had open, and
 * gives the same descriptors again: the number of its opening tells whether it
 * is still that file.
 */
#ifndef FUSE_HANDLE_H
#define FUSE_HANDLE_H

#include <pthread.h>
#include <sys/queue.h>

#include "client.h"
#include "inodes.h"

struct handle {
	LIST_ENTRY(handle) link; /* of those of its node */
	struct node *node;
	int flags;         /* for opening it again */
	unsigned int uses; /* by the kernel, and by requests for the inode */

	pthread_mutex_t lock; /* of what follows */
	fs_head_t head;       /* with its owner, whoever asks */
	unsigned int times;   /* that it was opened again */
};

/* -ESTALE: what was opened by a name of that inode is another one by now. */
int handle_check(const fs_head_t *opened, const struct node *node);
/* Of a file that a request has opened; NULL: there is no memory. */
struct handle *handle_new(struct node *node, const fs_head_t *opened,
			  int flags);
/* One that an inode has, NULL: there is none; for O_RDONLY, or so on, or any */
#define HANDLE_ANY (-1)
struct handle *handle_get(struct node *node, int mode);
/* The last one who has it closes it. */
void handle_put(struct handle *h);

/* A request whose structure begins with fs_head_t: 0 or -errno */
int handle_ask(struct handle *h, int type, message *m);

/* All of the file is on the disk: 0, or -errno. */
int handle_sync(struct handle *h);

#endif /* FUSE_HANDLE_H */
