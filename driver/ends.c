// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling other nodes of the ends of processes.
 */
#include <linux/mm.h>
#include "ends.h"
#include "node.h"
#include "proc.h"
#include "remote.h"
#include "vm.h"

/* How many slots are looked at under the lock */
#define SLOTS_AT_ONCE	128

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

/*
 * There may be something to tell a node, of the ends until now, which the
 * command notes.  If it cannot be told now it waits.
 */
static void queue(struct m3_vm *vm, int nodeid)
{
	struct m3_cmd *c = &vm->ends[nodeid].cmd;

	lockdep_assert_held(&vm->lock);
	m3_cmd_withdraw(c);
	c->cmd.c_snd_seq = vm->nr_ends;
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
 * A slot's last end is to be told again, unless there is none to tell; who of
 * that node is in it is to be asked again.
 */
static void add_again(struct m3_ends *e, unsigned int nr)
{
	struct m3_slot *slot = &e->vm->slots[nr];
	struct m3_proc *p = rcu_dereference_protected(slot->proc,
					lockdep_is_held(&e->vm->lock));
	u64 bit = BIT_ULL(e - e->vm->ends);

	if (p && p->rmt && p->rmt->nodeid == e - e->vm->ends)
		m3_remote_ask(p);
	if (slot->ended_op && !m3_proc_at(e->vm, slot->ended)) {
		add(e, nr);
	} else if (slot->untold & bit) {
		slot->untold &= ~bit;
		e->nr--;
	}
}

/*
 * A link flows: what was on the way when it broke, if it did, has been lost.
 * So its node is told of all ends again.  Nobody there waits any more for a
 * process whose endpoint, of a system slot, another one has by now.
 */
void m3_ends_again(struct m3_vm *vm, int nodeid)
{
	unsigned int nr, end;

	for (nr = 0; nr < vm->nr_slots; nr = end) {
		end = min(nr + SLOTS_AT_ONCE, vm->nr_slots);
		spin_lock(&vm->lock);
		if (!(vm->usr.vm_nodes >> nodeid & 1))
			end = vm->nr_slots;
		else
			for (; nr < end; nr++)
				add_again(&vm->ends[nodeid], nr);
		if (nr == vm->nr_slots)
			queue(vm, nodeid);
		spin_unlock(&vm->lock);
		cond_resched();
	}
}

/*
 * p, a process of this node, has been unbound, and nobody waits for it any
 * more.  The next one of its slot may have come and gone before.
 */
void m3_ends_tell(struct m3_proc *p)
{
	struct m3_vm *vm = p->vm;
	struct m3_slot *slot = m3_vm_slot(vm, p->p_nr);
	u64 left = vm->usr.vm_nodes & ~BIT_ULL(vm->node->drvs.d_nodeid);

	lockdep_assert_held(&vm->lock);
	if (slot->ended_op < p->op) {
		slot->ended = p->endpoint;
		slot->ended_op = p->op;
	}
	slot->ended_as = ++vm->nr_ends;
	for (; left; left &= left - 1) {
		add(&vm->ends[__ffs64(left)], slot - vm->slots);
		queue(vm, __ffs64(left));
	}
}

/* Look for the next slot with an untold end that is old enough, among some. */
static bool find_next(struct m3_ends *e, u64 until)
{
	struct m3_vm *vm = e->vm;
	const struct m3_slot *slot;
	int i;

	for (i = 0; i < SLOTS_AT_ONCE; i++) {
		slot = &vm->slots[e->next];
		if (slot->untold & BIT_ULL(e - vm->ends) &&
		    slot->ended_as <= until)
			return true;
		e->next = (e->next + 1) % vm->nr_slots;
	}
	return false;
}

/*
 * The next end to tell the node of e.  False if there is none, or if it is far
 * away: then the search, which is queued again, goes on.  Since the command was
 * taken a process may have answered and ended: its end is not told with this
 * one, which is before the answer.
 */
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
	if (!find_next(e, cmd->c_snd_seq)) {
		queue(vm, nodeid);
		spin_unlock(&vm->lock);
		return false;
	}
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
		queue(vm, nodeid);
	spin_unlock(&vm->lock);
	return true;
}
