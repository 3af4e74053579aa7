/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies between the address spaces of two processes of a VM.
 *
 *	check, hold	under the lock of the VM: parties named, rights, states
 *	copy		without locks, from the pages of one to the other's
 *	release		under the lock: did a party die meanwhile?
 *
 * A copy within a page that takes no fault is made at once instead of the hold,
 * with the lock of the VM.
 *
 * HELD.  A party that is not the requester is blocked, and stays so in its
 * program's eyes: its call may be completed during the copy, but m3_wait() does
 * not return before oncopy is cleared.  The copy holds references to its
 * descriptor and its address space, so that it may die at any moment; then the
 * requester is told.  Only one copy holds a party at a time.
 *
 * Copies with another node are made of the same checks and holds: rcopy.h.
 */
#ifndef _M3IPC_VCOPY_H
#define _M3IPC_VCOPY_H

#include "m3ipc.h"

struct m3_node;
struct m3_proc;

int m3_vcopy(struct m3_node *node, const struct m3ipc_vcopy *req);
void m3_vcopy_ordered(struct m3_proc *rqtr, const struct m3ipc_vcopy *req,
		      const cmd_t *cmd);
int m3_vcopy_parties(struct m3_proc *rqtr, int src_ep, int dst_ep,
		     struct m3_proc **src, struct m3_proc **dst);
int m3_vcopy_check_state(const struct m3_proc *rqtr, const struct m3_proc *q);
bool m3_vcopy_is_lent(const struct m3_proc *rqtr, const struct m3_proc *q);
void m3_vcopy_hold(struct m3_proc *p);
void m3_vcopy_release(struct m3_proc *q);

#endif /* _M3IPC_VCOPY_H */
