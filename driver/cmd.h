/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands on their way to another node: they wait in the queue of a pair of
 * proxies until its sender takes them (carry.c).
 *
 * Most are part of what they speak of, so that to queue one never fails for
 * want of memory: of a process, for the one operation that it can have under
 * way (m3_proc.cmd); of a remote descriptor, for how the request of its process
 * ended, with an answer or without, for the notifications pending for it, and
 * for the question who it is (m3_remote); of a copy, for its frames (m3_rcopy);
 * of a VM, for the ends of its processes (m3_obit), one for each node.  Being
 * queued holds a reference to that.  Others are loose, and freed when they have
 * been taken.
 *
 * What is in cmd is fixed as long as it is queued; frames, notifications and
 * ends are made when they are taken.
 */
#ifndef _M3IPC_CMD_H
#define _M3IPC_CMD_H

#include <linux/list.h>
#include <linux/types.h>
#include "m3ipc.h"

struct m3_node;
struct m3_proxy;

/* What a command is part of: its owner */
struct m3_cmd_ops {
	void (*hold)(void *owner);
	void (*release)(void *owner);
	/*
	 * Make of what was queued, in cmd, what leaves: 1; 0: nothing, after
	 * all; -ENOSPC: room bytes at payload, in the memory of the caller, are
	 * too few.  Without it what was queued leaves.
	 */
	int (*make)(void *owner, cmd_t *cmd, unsigned long payload,
		    size_t room);
};

struct m3_cmd {
	const struct m3_cmd_ops *ops;
	void *owner;
	struct list_head link;		/* px->lock */
	struct m3_proxy *px;		/* where it is queued, or was */
	cmd_t cmd;
};

int m3_cmds_init(void);
void m3_cmds_exit(void);

struct m3_cmd *m3_cmd_alloc(gfp_t gfp);
void m3_cmd_free(struct m3_cmd *c);
void m3_cmd_prepare(struct m3_cmd *c, const struct m3_cmd_ops *ops,
		    void *owner);
int m3_cmd_queue(struct m3_node *node, struct m3_cmd *c);
int m3_cmd_queue_first(struct m3_node *node, struct m3_cmd *c);
bool m3_cmd_withdraw(struct m3_cmd *c);

/* For the sender of a pair, and when that stops */
struct m3_cmd *m3_cmd_take(struct m3_proxy *px, cmd_t *cmd);
void m3_cmd_put_back(struct m3_proxy *px, struct m3_cmd *c);
void m3_cmd_release(struct m3_cmd *c);
void m3_cmd_drain(struct m3_proxy *px);

#endif /* _M3IPC_CMD_H */
