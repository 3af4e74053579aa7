/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Learning of deaths and execs, without help from the processes themselves.
 */
#ifndef _M3IPC_EXIT_H
#define _M3IPC_EXIT_H

struct m3_proc;

int m3_exit_init(void);
void m3_exit_exit(void);
void m3_exit_prepare(struct m3_proc *p);

#endif /* _M3IPC_EXIT_H */
