/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The message page of a binding.
 *
 *	fresh --exec--> none --mmap--> fresh
 *
 * It is made by the bind, and is the driver's own memory: the descriptor holds
 * it, and so does each mapping.  An exec leaves it to whoever else has it
 * mapped, as dead memory: what they write there is no request of the new
 * program, which may be privileged.  A new one is made when that program maps
 * it, since the exec is noticed where nothing may sleep (death.c).  Until then
 * the binding has the one page that means none: all of its slots are empty, so
 * that each call finds its own slot not filled in, and touches nothing.
 *
 * A call that a handler interrupted has a slot in the old page.  It is freed
 * when that call has been dropped.
 */
#ifndef _M3IPC_MSGPAGE_H
#define _M3IPC_MSGPAGE_H

struct m3_proc;
struct vm_area_struct;

int m3_msgpages_init(void);
void m3_msgpages_exit(void);

int m3_msgpage_new(struct m3_proc *p);
void m3_msgpage_free(struct m3_proc *p);
int m3_msgpage_map(struct m3_proc *p, struct vm_area_struct *vma);
void m3_msgpage_exec(struct m3_proc *p);

/* vm->lock is held: */
void m3_msgpage_settle(struct m3_proc *p);

#endif /* _M3IPC_MSGPAGE_H */
