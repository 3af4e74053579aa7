/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lease of a VM's user slots: what its SYSTASK's life is worth to the
 * processes of this node.
 *
 * Other nodes give the slots of one whose SYSTASK is gone to others, after a
 * time.  Before that this node must have stopped to use them, if no SYSTASK has
 * come back by then: no process in them is bound, and none is any more.
 *
 *	state		event			becomes
 *	NONE		taken			HELD
 *	HELD		taken again		HELD, for another time
 *			SYSTASK is unbound	ORPHANED: the timer starts
 *			given up		NONE
 *	ORPHANED	taken, by the next one	HELD: the timer ends
 *			given up		NONE: the timer ends
 *			its time has passed	OVER
 *	OVER		all have gone		NONE: the slots are nobody's
 *			taken, given up		waits for that
 *	any		the VM ends		none of this happens any more
 *
 * It is over at the moment when its time has passed, not when the timer gets to
 * run: a bind looks at the clock.  From then on none succeeds, and work unbinds
 * the processes that are there, slot by slot, and bars the slots that they
 * could have.  Those are this node's again when M3IPC_IOC_SETOWNERS says so.
 * Processes in system slots go on, but for those that have backups at other
 * nodes (backup.h): these take over, after a time.
 */
#ifndef _M3IPC_LEASE_H
#define _M3IPC_LEASE_H

#include <linux/hrtimer.h>
#include <linux/workqueue.h>

struct cred;
struct m3_node;
struct m3_proc;
struct m3_vm;

enum m3_lease_state {
	M3_LEASE_NONE,
	M3_LEASE_HELD,
	M3_LEASE_ORPHANED,
	M3_LEASE_OVER,
};

/* All under vm->lock, but for the timer and the work */
struct m3_lease {
	enum m3_lease_state state;
	s64 ms;				/* from the end of SYSTASK on */
	ktime_t deadline;		/* of ORPHANED, boottime */
	const struct cred *cred;	/* of who took it; signals with it */
	struct hrtimer timer;
	struct work_struct work;
};

void m3_lease_prepare(struct m3_vm *vm);
void m3_lease_down(struct m3_vm *vm);
int m3_lease(struct m3_node *node, void *arg);
int m3_lease_settled(struct m3_vm *vm,
		     int (*change)(struct m3_vm *vm, void *arg), void *arg);

/* vm->lock is held: */
int m3_lease_check(struct m3_vm *vm);
void m3_lease_left(struct m3_proc *p);

#endif /* _M3IPC_LEASE_H */
