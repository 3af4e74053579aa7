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
 */
#ifndef _M3IPC_LINGER_H
#define _M3IPC_LINGER_H

struct m3_proc;
struct task_struct;

void m3_linger_met(struct m3_proc *p, struct task_struct *partner);
void m3_linger(struct m3_proc *p);
void m3_linger_learn(struct m3_proc *p);
void m3_linger_end(struct m3_proc *p);

#endif /* _M3IPC_LINGER_H */
