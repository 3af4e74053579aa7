/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long the spinlocks of the driver are held, in builds that measure it:
 * make module M3_LOCK_STATS=y.  Such a build includes this before all else.
 *
 * Counted is the time from when a CPU takes the first of them until it holds
 * none; preemption is off meanwhile.  The longest is the module parameter
 * lock_max_ns, which may be set to 0.
 */
#ifndef _M3IPC_LOCKSTATS_H
#define _M3IPC_LOCKSTATS_H

#include <linux/spinlock.h>

void m3_lock_taken(void);
void m3_lock_released(void);

/* What is in parentheses is the function itself. */
#define spin_lock(lock)			\
	do {				\
		(spin_lock)(lock);	\
		m3_lock_taken();	\
	} while (0)

#define spin_unlock(lock)		\
	do {				\
		m3_lock_released();	\
		(spin_unlock)(lock);	\
	} while (0)

#endif /* _M3IPC_LOCKSTATS_H */
