/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * This node in the group of its VM.  What the group delivers goes to the two
 * machines, slots and pst; what they want is done here: with the group, with
 * the driver, and, for requests that wait, by do_*.c.
 *
 * Machines number the nodes of the VM from 0 on, whatever numbers these have.
 *
 * TIME that the machines do not know:
 *	an end of SYSTASK at a node (PROCDOWN)	EXPIRED_MS later the driver
 *						there has ended its processes
 *	no table, or a request without answers	PATIENCE_MS later: timeout
 *	few free slots				a second after the table is
 *						there, and each PATIENCE_MS:
 *						want; processes that bind by
 *						themselves cannot ask
 */
#ifndef SYSTASK_MEMBER_H
#define SYSTASK_MEMBER_H

#include "systask.h"

#define PATIENCE_MS 10000

void member_init(struct systask *s);
/* Before the processes are read: what the driver may let nobody do yet */
void member_prepare(struct systask *s);
/* After that: joins.  False: it was logged why not. */
bool member_start(struct systask *s);
/* Called after whatever may have changed whose the slots are */
void member_follow(struct systask *s);
/* As which it numbers what it asks for: no other member has it. */
uint32_t member_life(void);
/* The driver is told of a process of another node, in a system slot. */
void member_enter(struct systask *s, int p_nr);
/* Called every second, or sooner: returns in how many ms again */
uint64_t member_time(struct systask *s);
/* The VM has ended here: gives away what is left, and ends. */
void member_leave(struct systask *s);
/* For systemd, which learns so, too, when processes get slots */
void member_status(const struct systask *s);

#endif /* SYSTASK_MEMBER_H */
