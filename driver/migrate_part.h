/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of migrations share; what a migration is says migrate.h.
 *
 *	migrate.c		start, rollback; the calls
 *	migrate_commit.c	commit
 *	migrate_call.c		calls that meet a migration
 *	migrate_told.c		what nodes tell each other of it
 */
#ifndef _M3IPC_MIGRATE_PART_H
#define _M3IPC_MIGRATE_PART_H

#include "migrate.h"

int m3_migr_commit_to(struct m3_proc *p, const struct m3ipc_migr *req);

/* vm->lock is held: */
void m3_migr_stay(struct m3_proc *p);
struct m3_proc *m3_migr_mover(struct m3_proc *p, bool moves);
int m3_migr_end_check(const struct m3_proc *p);

/* The same, and it is given free in between: */
bool m3_migr_let_others(struct m3_proc *p);
void m3_migr_let_go(struct m3_proc *r);
void m3_migr_carry_all(struct m3_proc *from, struct m3_proc *to);

#endif /* _M3IPC_MIGRATE_PART_H */
