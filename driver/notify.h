/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notifications: they never block, and are never lost.
 *
 *	idle --notify--> pending --notify--> pending (merged) --received--> idle
 *
 * Each destination has a bit and a record for each system slot, in a table that
 * the first notification makes; vm->lock guards it.  A record belongs to the
 * source's number, not to the process that has the slot: it may be nobody's
 * (HARDWARE), and survives its sender.  If the destination migrates its records
 * move with it, to a descriptor that has a table, and from there to its node.
 */
#ifndef _M3IPC_NOTIFY_H
#define _M3IPC_NOTIFY_H

#include "ipc.h"
#include "outcome.h"

struct m3_ntfy;
struct m3ipc_hdw_notify;

int m3_ntfy_alloc(unsigned int sources, struct m3_ntfy **spare);
void m3_ntfy_free(struct m3_ntfy *ntfy);
bool m3_ntfy_pending(const struct m3_proc *p);
int m3_ntfy_provide(const struct m3_node *node);
int m3_ntfy_hardware(struct m3_node *node, void *arg);

/* vm->lock is held: */
bool m3_ntfy_take(struct m3_proc *p, int src, message *msg);
int m3_ntfy_send(struct m3_proc *p, const struct m3ipc_call *call,
		 int endpoint);
int m3_ntfy_arrive(struct m3_proc *dst, int src_nr, const message *msg,
		   struct m3_ntfy **spare);
bool m3_ntfy_hurry(struct m3_proc *p, int src);
bool m3_ntfy_take_next(struct m3_proc *p, message *msg, bool *urgent,
		       bool *moved);
bool m3_ntfy_moves(const struct m3_proc *p);
void m3_ntfy_move(struct m3_proc *from, struct m3_proc *to);
void m3_ntfy_drop(struct m3_proc *p);
void m3_ntfy_warn(struct m3_proc *p, int value);
void m3_ntfy_events(struct m3_proc *p);

#endif /* _M3IPC_NOTIFY_H */
