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
 * A signal whose handler lets system calls restart, or that only stops the
 * process, does not end the wait: the call is suspended.  It stays where it is,
 * may even be completed, and is taken up when the kernel enters the ioctl
 * again.  If the handler makes a call of its own on the endpoint, the suspended
 * one is dropped, as it is when the process is unbound; its slot remembers how
 * it ended, for when it is restarted.  If another node has to say that, the new
 * call waits for its word before.
 *
 * No wait keeps a process from being killed, stopped, traced, or frozen with
 * its machine or its control group: all are interruptible.
 */
#ifndef _M3IPC_WAIT_H
#define _M3IPC_WAIT_H

#include <linux/sched/signal.h>
#include "proc.h"

/* What a primitive returns, to the driver only, when it has to wait */
#define M3_BLOCKED	1

/* The same, before a suspended call is dropped; more than M3_NEEDS_TABLE */
#define M3_NEEDS_WORD	3

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
void m3_complete(struct m3_proc *p, int rc);
void m3_complete_later(struct m3_proc *p, int rc, struct m3_wakes *wakes);
void m3_wake(struct m3_wakes *wakes);
int m3_block(struct m3_proc *p, unsigned int nr, struct m3ipc_call *slot,
	     s64 timeout);
int m3_wait(struct m3_proc *p, unsigned int nr);
int m3_call_reenter(struct m3_proc *p, unsigned int nr,
		    struct m3ipc_call *slot);
void m3_call_drop(struct m3_proc *p);
int m3_call_wait(const struct m3_node *node);
int m3_call_result(const struct m3ipc_call *slot);
int m3_call_cancel(struct m3_proc *p, struct m3ipc_call *slot);

#endif /* _M3IPC_WAIT_H */
