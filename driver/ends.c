// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling other nodes of the ends of processes.
 */
#include <linux/mm.h>
#include "ends.h"
#include "node.h"
#include "proc.h"
#include "vm.h"

struct m3_ends *m3_ends_new(struct m3_vm *vm, int nr_nodes)
{
	struct m3_ends *ends = kvcalloc(nr_nodes, sizeof(*ends),
					GFP_KERNEL_ACCOUNT);
	int i;

	for (i = 0; ends && i < nr_nodes; i++) {
		ends[i].vm = vm;
		m3_cmd_prepare(&ends[i].cmd, M3_CMD_ENDS);
		ends[i].cmd.cmd.c_dnode = i;
	}
	return ends;
}

/* There may be something to tell a node.  If it cannot be told now it waits. */
static void queue(struct m3_vm *vm, int nodeid)
{
	struct m3_cmd *c = &vm->ends[nodeid].cmd;

	lockdep_assert_held(&vm->lock);
	m3_cmd_withdraw(c);
	m3_cmd_queue(vm->node, c);
}

/*
 * A link flows: what was on the way when it broke, if it did, has been lost.
 * So its node is told of all ends again.  Nobody there waits any more for a
 * process whose endpoint, of a system slot, another one has by now.
 */
void m3_ends_again(struct m3_vm *vm, int nodeid)
{
	struct m3_slot *slot;

	lockdep_assert_held(&vm->lock);
	for (slot = vm->slots; slot < vm->slots + vm->nr_slots; slot++) {
		if (slot->ended_op && !m3_proc_at(vm, slot->ended))
			slot->untold |= BIT_ULL(nodeid);
		else
			slot->untold &= ~BIT_ULL(nodeid);
	}
	queue(vm, nodeid);
}

/* p, a process of this node, has been unbound. */
void m3_ends_tell(struct m3_proc *p)
{
	struct m3_vm *vm = p->vm;
	struct m3_slot *slot = m3_vm_slot(vm, p->p_nr);
	u64 left;

	lockdep_assert_held(&vm->lock);
	slot->untold = vm->usr.vm_nodes & ~BIT_ULL(vm->node->drvs.d_nodeid);
	slot->ended = p->endpoint;
	slot->ended_op = p->op;
	for (left = slot->untold; left; left &= left - 1)
		queue(vm, __ffs64(left));
}

static bool fetch(struct m3_vm *vm, int nodeid, cmd_t *cmd)
{
	struct m3_slot *slot;
	bool any = false;

	for (slot = vm->slots; slot < vm->slots + vm->nr_slots; slot++) {
		if (!(slot->untold >> nodeid & 1))
			continue;
		if (any) {
			m3_cmd_queue_first(vm->node, &vm->ends[nodeid].cmd);
			break;
		}
		any = true;
		slot->untold &= ~BIT_ULL(nodeid);
		*cmd = (cmd_t) {
			.c_cmd = EXIT_MSG,
			.c_vmid = vm->usr.vm_vmid,
			.c_src = slot->ended,
			.c_dst = NONE,
			.c_snode = vm->node->drvs.d_nodeid,
			.c_dnode = nodeid,
			.c_snd_seq = slot->ended_op,
		};
	}
	return any;
}

/* The next end to tell the node of e, if there is one */
bool m3_ends_fetch(struct m3_ends *e, cmd_t *cmd)
{
	struct m3_vm *vm = e->vm;
	bool any;

	spin_lock(&vm->lock);
	any = fetch(vm, e - vm->ends, cmd);
	spin_unlock(&vm->lock);
	return any;
}
