// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling other nodes of the ends of processes.
 */
#include <linux/mm.h>
#include "backup.h"
#include "obit.h"
#include "node.h"
#include "proc.h"
#include "remote.h"
#include "replica.h"
#include "vm.h"

/* How many slots are looked at under the lock */
#define SLOTS_AT_ONCE	128

/*
 * There may be something to tell a node, of the ends until now, which the
 * command notes.  If it cannot be told now it waits.
 */
static void obit_queue(struct m3_vm *vm, int nodeid)
{
	struct m3_cmd *c = &vm->obits[nodeid].cmd;

	lockdep_assert_held(&vm->lock);
	m3_cmd_withdraw(c);
	c->cmd.c_snd_seq = vm->nr_deaths;
	m3_cmd_queue(vm->node, c);
}

/*
 * The node of e is to be told something of a slot: which is untold, the end of
 * its last process, or news.
 */
static void obit_add(struct m3_obit *e, unsigned int nr, u64 *which)
{
	const struct m3_slot *slot = &e->vm->slots[nr];
	u64 bit = BIT_ULL(e - e->vm->obits);

	if (!((slot->untold | slot->news) & bit) && !e->nr++)
		e->next = nr;
	*which |= bit;
}

/* It has been told that, or there is nothing to tell. */
static void obit_remove(struct m3_obit *e, unsigned int nr, u64 *which)
{
	const struct m3_slot *slot = &e->vm->slots[nr];
	u64 bit = BIT_ULL(e - e->vm->obits);

	if (!(*which & bit))
		return;
	*which &= ~bit;
	if (!((slot->untold | slot->news) & bit))
		e->nr--;
}

/*
 * The end of the last process of a slot: not if the same endpoint is somewhere
 * by now; but replicas are, while one ends.
 */
static bool is_told_again(struct m3_vm *vm, const struct m3_slot *slot)
{
	const struct m3_proc *p = m3_proc_at(vm, slot->ended);

	return !p || (p->rmt && m3_replica_word(vm, slot));
}

/*
 * A slot's last end is to be told again, unless there is none to tell; who of
 * that node is in it is to be asked again.
 */
static void add_again(struct m3_obit *e, unsigned int nr)
{
	struct m3_slot *slot = &e->vm->slots[nr];
	struct m3_proc *p = rcu_dereference_protected(slot->proc,
					lockdep_is_held(&e->vm->lock));

	if (p && p->rmt && p->rmt->nodeid == e - e->vm->obits)
		m3_remote_ask(p);
	if (slot->ended_op && is_told_again(e->vm, slot))
		obit_add(e, nr, &slot->untold);
	else
		obit_remove(e, nr, &slot->untold);
	if ((p && p->backup) || m3_replica_word(e->vm, slot))
		obit_add(e, nr, &slot->news);
	else
		obit_remove(e, nr, &slot->news);
}

/*
 * A link flows: what was on the way when it broke, if it did, has been lost.
 * So its node is told of all ends again.  Nobody there waits any more for a
 * process whose endpoint, of a system slot, another one has by now.
 */
void m3_obit_again(struct m3_vm *vm, int nodeid)
{
	unsigned int nr, end;

	for (nr = 0; nr < vm->nr_slots; nr = end) {
		end = min(nr + SLOTS_AT_ONCE, vm->nr_slots);
		spin_lock(&vm->lock);
		if (!(vm->usr.vm_nodes >> nodeid & 1))
			end = vm->nr_slots;
		else
			for (; nr < end; nr++)
				add_again(&vm->obits[nodeid], nr);
		if (nr == vm->nr_slots)
			obit_queue(vm, nodeid);
		spin_unlock(&vm->lock);
		cond_resched();
	}
}

/*
 * p, a process of this node, has been unbound, and nobody waits for it any
 * more.  The next one of its slot may have come and gone before.
 */
void m3_obit_tell(struct m3_proc *p)
{
	struct m3_vm *vm = p->vm;
	struct m3_slot *slot = m3_vm_slot(vm, p->p_nr);
	u64 left = vm->usr.vm_nodes & ~BIT_ULL(vm->node->drvs.d_nodeid);

	lockdep_assert_held(&vm->lock);
	if (slot->ended_op < p->op) {
		slot->ended = p->endpoint;
		slot->ended_op = p->op;
	}
	slot->ended_as = ++vm->nr_deaths;
	for (; left; left &= left - 1) {
		obit_add(&vm->obits[__ffs64(left)], slot - vm->slots,
			 &slot->untold);
		obit_queue(vm, __ffs64(left));
	}
}

/* There is, or is no more, a backup of who is in a slot, or a replica. */
void m3_obit_news(struct m3_vm *vm, struct m3_slot *slot)
{
	u64 left = vm->usr.vm_nodes & ~BIT_ULL(vm->node->drvs.d_nodeid);

	lockdep_assert_held(&vm->lock);
	for (; left; left &= left - 1) {
		obit_add(&vm->obits[__ffs64(left)], slot - vm->slots,
			 &slot->news);
		obit_queue(vm, __ffs64(left));
	}
}

/*
 * Look for the next slot with news, or with an untold end that is old enough,
 * among some.
 */
static bool find_next(struct m3_obit *e, u64 until)
{
	u64 bit = BIT_ULL(e - e->vm->obits);
	struct m3_vm *vm = e->vm;
	const struct m3_slot *slot;
	int i;

	for (i = 0; i < SLOTS_AT_ONCE; i++) {
		slot = &vm->slots[e->next];
		if (slot->news & bit ||
		    (slot->untold & bit && slot->ended_as <= until))
			return true;
		e->next = (e->next + 1) % vm->nr_slots;
	}
	return false;
}

/*
 * The next end to tell the node of e.  0 if there is none, or if it is far
 * away: then the search, which is queued again, goes on.  Since the command was
 * taken a process may have answered and ended: its end is not told with this
 * one, which is before the answer.
 */
static int obit_make(void *owner, cmd_t *cmd, unsigned long payload,
		     size_t room)
{
	struct m3_obit *e = owner;
	struct m3_vm *vm = e->vm;
	int nodeid = e - vm->obits;
	struct m3_slot *slot;

	spin_lock(&vm->lock);
	if (!e->nr) {
		spin_unlock(&vm->lock);
		return 0;
	}
	if (!find_next(e, cmd->c_snd_seq)) {
		obit_queue(vm, nodeid);
		spin_unlock(&vm->lock);
		return 0;
	}
	slot = &vm->slots[e->next];
	*cmd = (cmd_t) {
		.c_cmd = EXIT_MSG,
		.c_vmid = vm->usr.vm_vmid,
		.c_src = slot->ended,
		.c_dst = NONE,
		.c_snode = vm->node->drvs.d_nodeid,
		.c_dnode = nodeid,
		.c_snd_seq = slot->ended_op,
	};
	if (slot->news & BIT_ULL(nodeid)) {
		m3_backup_fill(vm, slot, cmd);
		obit_remove(e, e->next, &slot->news);
	} else {
		obit_remove(e, e->next, &slot->untold);
	}
	if (e->nr)
		obit_queue(vm, nodeid);
	spin_unlock(&vm->lock);
	return 1;
}

static void obit_hold(void *owner)
{
	struct m3_obit *e = owner;

	refcount_inc(&e->vm->ref);
}

static void obit_release(void *owner)
{
	struct m3_obit *e = owner;

	m3_vm_put(e->vm);
}

static const struct m3_cmd_ops obit_ops = {
	.hold = obit_hold,
	.release = obit_release,
	.make = obit_make,
};

struct m3_obit *m3_obit_new(struct m3_vm *vm, int nr_nodes)
{
	struct m3_obit *obits = kvcalloc(nr_nodes, sizeof(*obits),
					 GFP_KERNEL_ACCOUNT);
	int i;

	for (i = 0; obits && i < nr_nodes; i++) {
		obits[i].vm = vm;
		m3_cmd_prepare(&obits[i].cmd, &obit_ops, &obits[i]);
		obits[i].cmd.cmd.c_dnode = i;
	}
	return obits;
}
