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

/* The node of e is to be told of the end of a slot's last process. */
static void add(struct m3_ends *e, unsigned int nr)
{
	u64 *untold = &e->vm->slots[nr].untold;
	u64 bit = BIT_ULL(e - e->vm->ends);

	if (*untold & bit)
		return;
	*untold |= bit;
	if (!e->nr++)
		e->next = nr;
}

/*
 * A link flows: what was on the way when it broke, if it did, has been lost.
 * So its node is told of all ends again.  Nobody there waits any more for a
 * process whose endpoint, of a system slot, another one has by now.
 */
void m3_ends_again(struct m3_vm *vm, int nodeid)
{
	struct m3_ends *e = &vm->ends[nodeid];
	struct m3_slot *slot;

	lockdep_assert_held(&vm->lock);
	e->nr = 0;
	for (slot = vm->slots; slot < vm->slots + vm->nr_slots; slot++) {
		slot->untold &= ~BIT_ULL(nodeid);
		if (slot->ended_op && !m3_proc_at(vm, slot->ended))
			add(e, slot - vm->slots);
	}
	queue(vm, nodeid);
}

/* p, a process of this node, has been unbound. */
void m3_ends_tell(struct m3_proc *p)
{
	struct m3_vm *vm = p->vm;
	struct m3_slot *slot = m3_vm_slot(vm, p->p_nr);
	u64 left = vm->usr.vm_nodes & ~BIT_ULL(vm->node->drvs.d_nodeid);

	lockdep_assert_held(&vm->lock);
	slot->ended = p->endpoint;
	slot->ended_op = p->op;
	for (; left; left &= left - 1) {
		add(&vm->ends[__ffs64(left)], slot - vm->slots);
		queue(vm, __ffs64(left));
	}
}

/* The next end to tell the node of e, if there is one */
bool m3_ends_fetch(struct m3_ends *e, cmd_t *cmd)
{
	struct m3_vm *vm = e->vm;
	int nodeid = e - vm->ends;
	struct m3_slot *slot;

	spin_lock(&vm->lock);
	if (!e->nr) {
		spin_unlock(&vm->lock);
		return false;
	}
	while (!(vm->slots[e->next].untold & BIT_ULL(nodeid)))
		e->next = (e->next + 1) % vm->nr_slots;
	slot = &vm->slots[e->next];
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
	if (--e->nr)
		m3_cmd_queue_first(vm->node, &e->cmd);
	spin_unlock(&vm->lock);
	return true;
}
