/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting: how a call blocks, and the one place where a wait ends.
 *
 *	blocked --m3_complete()--> RUNNING, rc says how it ended
 *
 * m3_complete() is called, under the lock of the VM, by whoever provides what
 * the call waits for, by the one who unbinds a party, and by the caller itself
 * when its time is over or a signal ends the call.  The caller sleeps without
 * the lock until it sees RUNNING; before that it lingers, see linger.h.
 *
 * No wait keeps a process from being killed, stopped, traced, or frozen with
 * its machine or its control group: all are interruptible.
 */
#ifndef _M3IPC_WAIT_H
#define _M3IPC_WAIT_H

#include <linux/sched/signal.h>
#include "outcome.h"
#include "proc.h"

/* An error that no program ever sees: the first and the last of errno.h */
static inline bool m3_is_internal(int rc)
{
	return rc <= -ERESTARTSYS && rc >= -ENOGRACE;
}

/* Has the wait ended?  Then rc and the message can be read. */
static inline bool m3_is_done(const struct m3_proc *p)
{
	/* Pairs with the release in m3_complete(). */
	return smp_load_acquire(&p->state) == M3_RUNNING;
}

/* Callers to be woken when the lock has been given free */
#define M3_WAKES	32

struct m3_wakes {
	unsigned int nr;
	struct task_struct *tasks[M3_WAKES];
};

ktime_t m3_deadline(s64 ms);
ktime_t m3_time_left(ktime_t deadline);
void m3_time_save(ktime_t deadline, s64 *ms);
void m3_wake(struct m3_wakes *wakes);
int m3_wait(struct m3_proc *p, unsigned int nr);

/* vm->lock is held: */
void m3_complete(struct m3_proc *p, int rc);
void m3_complete_later(struct m3_proc *p, int rc, struct m3_wakes *wakes);
int m3_block(struct m3_proc *p, unsigned int nr, struct m3ipc_call *call,
	     s64 timeout);
bool m3_give_up(struct m3_proc *p, int why);
void m3_end_unheard(struct m3_proc *p);

/* The caller has the result and gives the endpoint free. */
static inline int m3_leave(struct m3_proc *p)
{
	int rc = p->rc;

	/* Pairs with the acquire in call_locked(): rc is read before. */
	smp_store_release(&p->caller, NULL);
	return rc;
}

#endif /* _M3IPC_WAIT_H */
