/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lingering: a caller that has to wait stays awake for a moment, as its partner
 * often needs no longer, and to sleep and be woken costs more than all else.
 *
 *	partner ready on this CPU	give way to it once, and stay ready
 *	partner on another CPU		watch for it as long as lately paid off,
 *					and nobody wants this CPU
 *	partner asleep			sleep
 *
 * The partner is the task that the caller has woken last: of a client, its
 * server; of a server, the client that it has answered.  Whether it came is all
 * that counts when the caller gives way: after each time in vain twice as many
 * waits go straight to sleep (up to MAX_BACKOFF), and one that was not in vain
 * ends that.  When it watches, it is how long the wait was in all, asleep or
 * not: after one that spin_us would have covered it watches for spin_us, after
 * a longer one half as long as before, and so in the end not at all.
 *
 * For everybody else the caller is asleep all the time: its state says what it
 * waits for, and the wait ends in m3_complete(), which then finds nobody to
 * wake.
 *
 * The sender of a pair of proxies lingers for commands that may be about to be
 * queued (carry.c): it watches while it is alone on its CPU, else it gives way,
 * and goes straight to sleep as often as a caller that gives way in vain.
 */
#ifndef _M3IPC_LINGER_H
#define _M3IPC_LINGER_H

#include <linux/types.h>

struct m3_proc;
struct m3_proxy;
struct task_struct;

/* Whether waits of one kind have paid off */
struct m3_habit {
	int sleeps;			/* waits that go straight to sleep */
	int backoff;
};

/*
 * The receiver of a pair asks this while the sender may be learning: a count
 * that gets lost does no harm, but one below 0 must not go on for ever.
 */
static inline bool m3_habit_skips(struct m3_habit *habit)
{
	if (habit->sleeps <= 0)
		return false;
	habit->sleeps--;
	return true;
}

void m3_linger_met(struct m3_proc *p, struct task_struct *partner);
void m3_linger(struct m3_proc *p);
void m3_linger_learn(struct m3_proc *p);
void m3_linger_end(struct m3_proc *p);
void m3_linger_sender(const struct m3_proxy *px, struct m3_habit *habit);

#endif /* _M3IPC_LINGER_H */
