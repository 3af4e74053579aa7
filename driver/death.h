/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Learning of deaths and execs, without help from the processes themselves.
 */
#ifndef _M3IPC_DEATH_H
#define _M3IPC_DEATH_H

struct m3_proc;

int m3_death_init(void);
void m3_death_exit(void);
void m3_death_prepare(struct m3_proc *p);

#endif /* _M3IPC_DEATH_H */
