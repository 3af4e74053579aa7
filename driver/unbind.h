/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unbinding.
 *
 * A process that is unbound is nobody's peer from that moment: it is in no slot
 * and in no table, its call and its copy have ended.  What hangs on it may be
 * thousands: its threads, those who wait for it, those who poll it.  They do
 * not become more, since nobody finds it any more, but each of them may leave
 * at any time.  So no more of them than a constant are seen to at once, under
 * the lock; for the rest it keeps the reference that its slot had, and work
 * goes on in batches.
 * Whoever must not return before all is done waits for that: m3_unbind_flush().
 *
 * An endpoint that migrates has another descriptor from then on, and the one
 * that it replaces is unbound; those who waited with that go on with the new
 * one, and are seen to by whoever replaces it (migrate.c).
 */
#ifndef _M3IPC_UNBIND_H
#define _M3IPC_UNBIND_H

#include <linux/types.h>

struct m3_proc;

void m3_unbind_prepare(struct m3_proc *p);
void m3_unbind_flush(struct m3_proc *p);

/* vm->lock is held: */
bool m3_unbind_locked(struct m3_proc *p, int why);
bool m3_unbind_waits(struct m3_proc *p, int why);
bool m3_unbind_receivers(struct m3_proc *p, int why);
bool m3_unbind_orphans(struct m3_proc *p, int why);
bool m3_unbind_standbys(struct m3_proc *p);
void m3_unbind_replaced(struct m3_proc *p, struct m3_proc *by);

#endif /* _M3IPC_UNBIND_H */
