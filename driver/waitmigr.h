/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What waits for the end of a migration, see migrate.h: how it gets from the
 * former place of an endpoint to the new one, and goes on there.
 */
#ifndef _M3IPC_WAITMIGR_H
#define _M3IPC_WAITMIGR_H

#include "proc.h"

/* vm->lock is held: */
void m3_waitmigr_hold(struct m3_proc *p, enum m3_state state,
		      struct m3_proc *dst);
int m3_waitmigr_arrive(struct m3_proc *src, struct m3_proc *dst,
		       const cmd_t *cmd);
bool m3_waitmigr_carry(struct m3_proc *from, struct m3_proc *to);
bool m3_waitmigr_let_go(struct m3_proc *r);
bool m3_waitmigr_redo(struct m3_proc *r, int why);
void m3_waitmigr_again(struct m3_proc *q, const cmd_t *cmd);
void m3_waitmigr_suspend(struct m3_proc *p);
void m3_waitmigr_resume(struct m3_proc *p);
void m3_waitmigr_park(struct m3_proc *q, enum m3_state held,
		      struct m3_proc *peer);

#endif /* _M3IPC_WAITMIGR_H */
