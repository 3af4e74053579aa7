/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that move with their process: one that is stopped and copied as it is
 * to another node, where its endpoint moves, too (migrate.h), enters the ioctl
 * that it was in again, with what its page said.
 *
 * So whoever moves it recalls its call, after the start, until that is done.
 * What it has asked for elsewhere comes back, and on it goes on anew: where the
 * process will be, or here if it stays.
 *
 *	it waits for		recall			its op, after the commit
 *	a message		-			as if it had not begun
 *	one of this node to	-			the same
 *	take its message
 *	one of another node to	CANCEL_MSG, CMD_RECALL:	the same
 *	take its message	comes back as from one
 *				who has left
 *	the answer, its request	the same, with		M3IPC_OP_AWAIT: it says
 *	has been taken		CMD_TAKEN, if it is of	that it waits, there
 *				another node
 *
 * DUE.  Between that and the moment when it says again that it waits nobody
 * waits for the answer of the server, whose node has it in the client's slot:
 * due is the serial of the server's binding.  An answer that comes meanwhile is
 * kept there, copies wait.
 *
 *	none --recalled, at the server's node; or its client leaves that--> due
 *	due, kept --it begins another operation, it ends--> none
 *	due --the server answers--> kept
 *	due --the client waits again--> none: it does
 *	kept --the client waits again--> none: it has the answer
 */
#ifndef _M3IPC_RECALL_H
#define _M3IPC_RECALL_H

#include "proc.h"

/* vm->lock is held: */
int m3_recall(struct m3_proc *p);
void m3_recall_asked(struct m3_proc *r);
void m3_recall_left(const struct m3_proc *p);
u32 m3_recall_op(const struct m3_proc *p, int rc);
bool m3_recall_keep(struct m3_proc *p, const struct m3_proc *dst,
		    const message *msg);
bool m3_recall_kept(const struct m3_proc *p, const struct m3_proc *server,
		    message *msg);
void m3_recall_forget(const struct m3_proc *p);

/* Is the answer of server, and nobody waits for it yet, due to p? */
static inline bool m3_recall_is_due(const struct m3_proc *server,
				    const struct m3_proc *p)
{
	const struct m3_slot *slot = m3_vm_slot(p->vm, p->p_nr);

	return unlikely(slot->due) && slot->due == server->serial &&
	       !slot->kept;
}

#endif /* _M3IPC_RECALL_H */
