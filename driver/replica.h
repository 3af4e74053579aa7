/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replicas: a system slot that is local on every node that has one.
 *
 * A replica is a process of this node like any other, with the endpoint of its
 * slot (m3_proc.replica); others have the same endpoint on other nodes.  Where
 * there is none the endpoint has a descriptor, as ever (remote.h), which knows
 * that its node has a replica if that has said so (m3_remote.replica).
 *
 *	the slot	free, or its descriptor --bind--> LOCAL
 *	LOCAL		--ends, unbound--> a descriptor, of the lowest node that
 *			has one; free, if none has
 *	descriptor of	--n says that its process has gone--> of the lowest
 *	a replica at	that has one; free, if none has
 *	node n		--n cannot be reached, leaves the VM--> the same, but it
 *			stays of n if none has one, and n is of the VM
 *			--a lower node has one--> of that, when nothing of this
 *			node is under way with n, or of n's replica here
 *
 * EVENTS, and who waits.  Each operation that is under way to another node ends
 * as that node says, or with its link, whatever the slot is by then.
 *
 *	bind in the place	requests that the other replica has are answered
 *	of a descriptor		by that, or end with it (MOVING, proc.h; here no
 *				more comes of it); who receives from the
 *				endpoint waits on for the local one, which also
 *				gets the notifications that were pending
 *	the local one ends	who waits for it is told, as ever: EMOLDSTDIED,
 *				EMOLSRCDIED; then the descriptor has its place
 *	the process of a	the same
 *	descriptor ends
 *	its node is lost	the same, with ENOTCONN, EMOLNOPROXY
 *	a lower node has one	nobody waits, but who receives waits on
 *
 * WHO SAYS WHAT.  A node says of itself alone that it has a replica, or had:
 * BKUP_MSG with CMD_REPLICA, told as that of backups (obit.h).  Those that have
 * one and can be reached are in m3_slot.replicas; those that ever had, this one
 * included, in m3_slot.replicated: what these say in the name of the endpoint,
 * which is another's here, is no lie, but it is too late.  So their requests
 * are refused with EMOLREPLPROC, and answers only reach who waits for them.  A
 * descriptor goes to another node only if its own has said that its process is
 * a replica.
 *
 * WHAT A REPLICA MAY.  On other nodes its endpoint may be somebody else.  So it
 * answers those who ask it, with a reply or a send, hands their requests on,
 * and copies; what else it sends there or notifies of is refused here,
 * EMOLREPLPROC.  It does not migrate, and has no backup: EBUSY.
 *
 * LOCKS.  All of it is under vm->lock.  What has the place of a local replica
 * is made with it (m3_proc.heir), since ends have no memory; what has that of
 * one elsewhere is made by who puts the word of its end in.  Descriptors go to
 * a lower node by work of the VM, which looks again while something is under
 * way.
 */
#ifndef _M3IPC_REPLICA_H
#define _M3IPC_REPLICA_H

#include "proc.h"

struct m3_node;

int m3_replica_bind(struct m3_node *node, void *arg);
void m3_replicas_prepare(struct m3_vm *vm);
void m3_replicas_down(struct m3_vm *vm);

/* RCU is held: */
bool m3_replica_is(const struct m3_proc *p);
u64 m3_replica_map(const struct m3_proc *p);

/* vm->lock is held: */
bool m3_replica_is_here(struct m3_vm *vm, int p_nr);
bool m3_replica_had(const struct m3_slot *slot, int nodeid);
bool m3_replica_has(const struct m3_slot *slot, int nodeid);
bool m3_replica_passes(const struct m3_proc *r);
void m3_replica_aim(struct m3_proc *r);
void m3_replica_entered(struct m3_proc *r);
void m3_replica_succeed(struct m3_vm *vm, int p_nr, struct m3_proc **heir);
void m3_replica_left(struct m3_proc *p);
void m3_replica_told(struct m3_vm *vm, const cmd_t *cmd);
void m3_replica_lost(struct m3_slot *slot, int nodeid);
void m3_replica_pass_on(struct m3_proc *r);
u64 m3_replica_word(const struct m3_vm *vm, const struct m3_slot *slot);

#endif /* _M3IPC_REPLICA_H */
