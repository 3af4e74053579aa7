/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling other nodes of the ends of processes.
 *
 * A process may have been entered on, or heard of by, any node of its VM, and
 * be waited for there.  When it is unbound its slot notes its endpoint and
 * which nodes have not been told yet (m3_slot.untold); the last process of a
 * slot stands for those before it.  So what there is to tell is never more than
 * the slots, and each node is told at its own pace: by one command, which makes
 * an EXIT_MSG for a slot when it is taken, and is the last again if there are
 * more.  Each end moves it to the end of the queue, behind the answers that
 * this gave; it stands for the ends until then, and none that came later.
 *
 * The same command tells of backups and replicas (backup.h, replica.h), by
 * BKUP_MSG and another bit of each node (m3_slot.news): before the end of the
 * same slot.
 *
 *	unbind		set the bits of all nodes of the VM, queue
 *	taken		clear the node's bit, queue if there are more
 *	link flows	set its bit for all slots that had a process, queue:
 *			also what was taken may not have arrived
 *
 * INCARNATIONS.  The endpoint of a system slot is that of the next process of
 * the slot, too.  What tells them apart is their incarnation, the number that
 * the operations of a binding begin after: it is beyond those of all bindings
 * before, on this node, whatever the clock says.  An EXIT_MSG has the number of
 * the last operation, so it is for incarnations up to that.
 *
 * A descriptor (remote.h) of such a slot knows the incarnation of its process
 * if it was entered with that.  Else it asks the node, WHO_RQST; the answer,
 * WHO_ACK, is who is in the slot then, or 0.  The number of the question is in
 * the answer: what was said before it was asked is not what it asks for.
 *
 *	descriptor	EXIT_MSG	answer n	answer 0	lost
 *	unknown		doubted, asks	known n		-		unknown
 *	doubted		asks again	known n		removed		unknown
 *	known n		up to n or	n: -		removed		unknown
 *			more: removed	else: removed
 *
 * Unknown ones ask when they are entered and when the link flows.  A node that
 * is started again may count from lower: with the link all is forgotten.  An
 * error that says of a process that it is gone is a reason to ask, too.
 */
#ifndef _M3IPC_OBIT_H
#define _M3IPC_OBIT_H

#include "cmd.h"

struct m3_proc;
struct m3_slot;
struct m3_vm;

/* One for each node, a VM has an array of them. */
struct m3_obit {
	struct m3_vm *vm;
	struct m3_cmd cmd;
	unsigned int nr;	/* vm->lock: slots that have its bit */
	unsigned int next;	/* vm->lock: the first to look at of them */
};

struct m3_obit *m3_obit_new(struct m3_vm *vm, int nr_nodes);
void m3_obit_again(struct m3_vm *vm, int nodeid);

/* vm->lock is held: */
void m3_obit_tell(struct m3_proc *p);
void m3_obit_news(struct m3_vm *vm, struct m3_slot *slot);

#endif /* _M3IPC_OBIT_H */
