// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose the user slots are.
 */
#include <linux/bitops.h>
#include "generation.h"
#include "lease.h"
#include "link.h"
#include "node.h"
#include "owner.h"
#include "priv.h"
#include "proc.h"
#include "remote.h"

/* May a process of that node bind there? */
int m3_owner_check(const struct m3_vm *vm, const struct m3_slot *slot,
		   int nodeid)
{
	lockdep_assert_held(&vm->lock);
	return slot->owner == M3_NO_OWNER || slot->owner == nodeid ?
	       0 : EMOLBADOWNER;
}

/* Of the user slots one node may have three quarters by itself. */
static unsigned int guests_max(const struct m3_vm *vm)
{
	unsigned int slots = vm->nr_slots - vm->usr.vm_nr_sysprocs;

	return slots - slots / 4;
}

/*
 * May r, which nobody entered, come into its slot, perhaps in place of an older
 * one?  What a process of this node had for an endpoint is nobody else's.
 */
int m3_owner_admits(const struct m3_proc *r, const struct m3_proc *old)
{
	struct m3_vm *vm = r->vm;
	struct m3_slot *slot = m3_vm_slot(vm, r->p_nr);
	int nodeid = r->rmt->nodeid;
	int rc = m3_owner_check(vm, slot, nodeid);

	if (rc)
		return rc;
	if (old && (!old->rmt || old->rmt->nodeid != nodeid))
		return EMOLSLOTUSED;
	if (m3_generation_given(&slot->generations, vm->node->drvs.d_nodeid,
				_ENDPOINT_G(r->endpoint)))
		return EMOLSLOTUSED;
	if (slot->owner == M3_NO_OWNER &&
	    vm->guests[nodeid] - (old && old->rmt->guest) >= guests_max(vm))
		return EMOLOVERRUN;
	return 0;
}

/* r has come by itself into a slot of none. */
void m3_owner_guest(struct m3_proc *r)
{
	struct m3_vm *vm = r->vm;

	lockdep_assert_held(&vm->lock);
	if (m3_vm_slot(vm, r->p_nr)->owner != M3_NO_OWNER)
		return;
	r->rmt->guest = true;
	vm->guests[r->rmt->nodeid]++;
}

void m3_owner_leaves(struct m3_proc *r)
{
	lockdep_assert_held(&r->vm->lock);
	if (r->rmt->guest)
		r->vm->guests[r->rmt->nodeid]--;
	r->rmt->guest = false;
}

/* Processes of this node must not come into the slot any more. */
void m3_owner_bar(const struct m3_vm *vm, struct m3_slot *slot)
{
	if (!m3_owner_check(vm, slot, vm->node->drvs.d_nodeid))
		slot->owner = M3_BARRED;
}

/* A node of the VM, NONE or M3IPC_NOBODY */
static int owner_valid(const struct m3_vm *vm, int nodeid)
{
	lockdep_assert_held(&vm->lock);
	if (nodeid == NONE || nodeid == M3IPC_NOBODY)
		return 0;
	if (nodeid < 0 || nodeid >= vm->node->drvs.d_nr_nodes)
		return EMOLBADNODEID;
	return vm->usr.vm_nodes >> nodeid & 1 ? 0 : EMOLNOVMNODE;
}

/* Are they all user slots of the VM? */
static int slots_valid(const struct m3_vm *vm, const u64 *slots)
{
	int first = vm->usr.vm_nr_sysprocs - vm->usr.vm_nr_tasks;
	int i, p_nr;

	for (i = 0; i < M3IPC_SLOT_WORDS; i++) {
		if (!slots[i])
			continue;
		p_nr = i * 64 + __ffs64(slots[i]);
		if (p_nr < first)
			return EMOLRANGE;
		p_nr = i * 64 + fls64(slots[i]) - 1;
		if (p_nr >= vm->usr.vm_nr_procs)
			return EMOLRANGE;
	}
	return 0;
}

static int owners_store(struct m3_vm *vm, void *arg)
{
	const struct m3ipc_owners *req = arg;
	int owner = req->nodeid == NONE ? M3_NO_OWNER :
		    req->nodeid == M3IPC_NOBODY ? M3_BARRED : req->nodeid;
	int i, rc = owner_valid(vm, req->nodeid);
	u64 left;

	if (rc)
		return rc;
	for (i = 0; i < M3IPC_SLOT_WORDS; i++)
		for (left = req->slots[i]; left; left &= left - 1)
			m3_vm_slot(vm, i * 64 + __ffs64(left))->owner = owner;
	return 0;
}

int m3_owners_set(struct m3_node *node, struct m3ipc_owners *req)
{
	struct m3_vm *vm = m3_vm_get(node, req->vmid);
	int rc;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	rc = m3_priv_admin(node, vm) ? slots_valid(vm, req->slots) : EMOLPERM;
	if (!rc)
		rc = m3_lease_settled(vm, owners_store, req);
	m3_vm_put(vm);
	return rc;
}
