/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands on their way to another node: they wait in the queue of a pair of
 * proxies until its sender takes them (proxy.c).
 *
 * Most are part of what they speak of, so that to queue one never fails for
 * want of memory: of a process, for the one operation that it can have under
 * way (m3_proc.cmd); of a remote descriptor, for how the request of its process
 * ended, with an answer or without, for the notifications pending for it, and
 * for the question who it is (m3_remote); of a copy, for its frames (m3_rcopy);
 * of a VM, for the ends of its processes (m3_ends), one for each node.  Being
 * queued holds a reference to that.  Others are loose, and freed when they have
 * been taken.
 *
 * What is in cmd is fixed as long as it is queued; frames, notifications and
 * ends are made when they are taken.
 */
#ifndef _M3IPC_CMD_H
#define _M3IPC_CMD_H

#include <linux/list.h>
#include "m3ipc.h"

struct m3_node;
struct m3_proxy;

enum m3_cmd_kind {
	M3_CMD_LOOSE,
	M3_CMD_PROC,		/* m3_proc.cmd */
	M3_CMD_OUTCOME,		/* m3_remote.outcome */
	M3_CMD_NTFY,		/* m3_remote.ntfy */
	M3_CMD_WHO,		/* m3_remote.who */
	M3_CMD_FRAME,		/* m3_rcopy.frame */
	M3_CMD_ENDS,		/* m3_ends.cmd */
};

struct m3_cmd {
	enum m3_cmd_kind kind;
	struct list_head link;		/* px->lock */
	struct m3_proxy *px;		/* where it is queued, or was */
	cmd_t cmd;
};

struct m3_cmd *m3_cmd_alloc(gfp_t gfp);
void m3_cmd_free(struct m3_cmd *c);
void m3_cmd_prepare(struct m3_cmd *c, enum m3_cmd_kind kind);
int m3_cmd_queue(struct m3_node *node, struct m3_cmd *c);
int m3_cmd_queue_first(struct m3_node *node, struct m3_cmd *c);
bool m3_cmd_withdraw(struct m3_cmd *c);

#endif /* _M3IPC_CMD_H */
