/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Open descriptors of /dev/m3ipc, and polling them.
 *
 * A descriptor belongs to the node of the namespace it was opened in and has no
 * identity: poll asks for the endpoint of whoever polls.  epoll leaves entries
 * in the wait queue of that endpoint until the descriptor is closed, so the
 * descriptor keeps a reference to each endpoint polled through it; those that
 * are unbound and that nobody waits for are let go at the next poll.
 */
#ifndef _M3IPC_POLL_H
#define _M3IPC_POLL_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>

struct m3_node;

struct m3_file {
	struct m3_node *node;		/* fixed at open */
	struct mutex lock;		/* of polled */
	struct list_head polled;
};

struct m3_file *m3_file_new(struct m3_node *node);
void m3_file_free(struct m3_file *f);
__poll_t m3_file_poll(struct m3_file *f, struct file *file, poll_table *wait);

#endif /* _M3IPC_POLL_H */
