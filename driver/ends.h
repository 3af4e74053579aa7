/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling other nodes of the ends of processes.
 *
 * A process may have been entered on, or heard of by, any node of its VM, and
 * be waited for there.  When it is unbound its slot notes its endpoint and
 * which nodes have not been told yet (m3_slot.untold); the last process of a
 * slot stands for those before it.  So what there is to tell is never more than
 * the slots, and each node is told at its own pace: by one command, which makes
 * an EXIT_MSG for a slot when it is taken, and is the next again if there are
 * more.  Each end moves it to the end of the queue, behind the answers that
 * this gave.
 *
 *	unbind		set the bits of all nodes of the VM, queue
 *	taken		clear the node's bit, queue first if there are more
 *	link flows	set its bit for all slots that had a process, queue:
 *			also what was taken may not have arrived
 */
#ifndef _M3IPC_ENDS_H
#define _M3IPC_ENDS_H

#include "cmd.h"

struct m3_proc;
struct m3_vm;

/* One for each node, a VM has an array of them. */
struct m3_ends {
	struct m3_vm *vm;
	struct m3_cmd cmd;
	unsigned int nr;	/* vm->lock: slots that have its bit */
	unsigned int next;	/* vm->lock: the first to look at of them */
};

struct m3_ends *m3_ends_new(struct m3_vm *vm, int nr_nodes);
void m3_ends_tell(struct m3_proc *p);
void m3_ends_again(struct m3_vm *vm, int nodeid);
bool m3_ends_fetch(struct m3_ends *e, cmd_t *cmd);

static inline struct m3_ends *m3_ends_of(struct m3_cmd *c)
{
	return container_of(c, struct m3_ends, cmd);
}

#endif /* _M3IPC_ENDS_H */
