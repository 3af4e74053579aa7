/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debugging: the level mask of a node, and dumps to the kernel log.
 *
 * Each bit of a node's d_dbglvl (DBG_*) stands for trace events, which are on
 * as long as a node that asks for them is up: they go to the kernel's own trace
 * buffer.  What administrative calls are made, and how they end, is said by
 * dynamic debug.  Both, and the log, are the whole machine's: only its
 * administrator has them.
 */
#ifndef _M3IPC_DEBUG_H
#define _M3IPC_DEBUG_H

#include <linux/types.h>

struct m3_node;

int m3_debug_check(u64 level);
void m3_debug_start(u64 level);
void m3_debug_stop(u64 level);

int m3_vm_dump(struct m3_node *node, void *unused);
int m3_proc_dump(struct m3_node *node, void *arg);

#endif /* _M3IPC_DEBUG_H */
