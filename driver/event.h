/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events: what happens to the processes of this node in a VM, for who keeps an
 * account of them (SYSTASK).
 *
 *	none --first M3IPC_IOC_GETEVENTS--> kept, until the VM is freed
 *
 * A VM that nobody asked about has no log.  One that has keeps the last few
 * events, numbered, in the order of what they tell, since both happen under
 * vm->lock.  vm_warn2proc is notified of each.  Readers say which they have
 * seen; the log knows none of them.  Who has missed some, or has seen none, is
 * told so, and looks at the table: it is what the log would have led to.
 *
 * An endpoint that migrates comes and goes without an event: whoever keeps the
 * account has ordered it.
 *
 * Numbers begin at the time when the log does: one of an earlier VM of the same
 * number is behind those of this.
 */
#ifndef _M3IPC_EVENT_H
#define _M3IPC_EVENT_H

#include "vm.h"

struct m3_events;
struct m3_node;
struct m3_proc;

void m3_events_free(struct m3_events *log);
int m3_events_get(struct m3_node *node, void *arg);

/* vm->lock is held: */
void m3_event_bound(struct m3_proc *p);
void m3_event_unbound(struct m3_proc *p);

#endif /* _M3IPC_EVENT_H */
