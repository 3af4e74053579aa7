// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life cycle of VMs.
 */
#include <linux/ctype.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "bind.h"
#include "cpus.h"
#include "event.h"
#include "obit.h"
#include "node.h"
#include "owner.h"
#include "proc.h"
#include "procfs.h"
#include "replica.h"
#include "unbind.h"
#include "vm.h"

/* A running VM with a reference, or an error */
struct m3_vm *m3_vm_get(struct m3_node *node, int vmid)
{
	struct m3_vm *vm;

	if (!READ_ONCE(node->up))
		return ERR_PTR(EMOLDRVSINIT);
	if (vmid < 0 || vmid >= READ_ONCE(node->drvs.d_nr_vms))
		return ERR_PTR(EMOLBADVMID);
	vmid = array_index_nospec(vmid, M3IPC_MAX_VMS);
	rcu_read_lock();
	vm = xa_load(&node->vms, vmid);
	if (!vm || !refcount_inc_not_zero(&vm->ref))
		vm = ERR_PTR(EMOLVMNOTRUN);
	rcu_read_unlock();
	return vm;
}

void m3_vm_put(struct m3_vm *vm)
{
	if (!refcount_dec_and_test(&vm->ref))
		return;
	m3_node_put(vm->node);
	m3_events_free(vm->events);
	kvfree(vm->obits);
	kvfree_rcu(vm, rcu);
}

/* The kernel's isalnum() knows Latin-1. */
static bool is_name_char(char c)
{
	return isascii(c) && isalnum(c);
}

/*
 * A name becomes a folder of /proc, beside the node's own files, and an
 * argument in shells.
 */
static int name_check(const char *name)
{
	const char *p;

	if (strnlen(name, M3IPC_NAME_LEN) == M3IPC_NAME_LEN)
		return EMOLNAMESIZE;
	if (!is_name_char(name[0]))
		return -EINVAL;
	for (p = name; *p; p++)
		if (!is_name_char(*p) && !strchr("_-.", *p))
			return -EINVAL;
	if (!strcmp(name, "info") || !strcmp(name, "nodes") ||
	    !strcmp(name, "proxies"))
		return EMOLEXIST;
	return 0;
}

/*
 * Put defaults in place of zeros and check all but the name's uniqueness.
 * The SYSTASK of each node (SYSTEM - n) must have a slot.
 */
static int vm_check(const drvs_usr_t *d, VM_usr_t *u)
{
	u64 all = d->d_nr_nodes == 64 ? ~0ULL : (1ULL << d->d_nr_nodes) - 1;
	int rc;

	if (u->vm_vmid < 0 || u->vm_vmid >= d->d_nr_vms)
		return EMOLBADVMID;
	if (u->vm_flags & ~(VM_FLAG_NOLINGER | VM_FLAG_REDO))
		return -EINVAL;
	rc = name_check(u->vm_name);
	if (rc)
		return rc;
	u->vm_nr_nodes = u->vm_nr_nodes ?: d->d_nr_nodes;
	u->vm_nr_tasks = u->vm_nr_tasks ?: d->d_nr_tasks;
	u->vm_nr_procs = u->vm_nr_procs ?: d->d_nr_procs;
	u->vm_nr_sysprocs = u->vm_nr_sysprocs ?: d->d_nr_sysprocs;
	u->vm_nodes |= 1ULL << d->d_nodeid;
	if (u->vm_nodes & ~all)
		return EMOLBADNODEID;
	rc = m3_cpus_check(u->vm_cpumask) ?:
	     m3_within(u->vm_nr_nodes, 1, d->d_nr_nodes) ?:
	     m3_within(hweight64(u->vm_nodes), 1, u->vm_nr_nodes) ?:
	     m3_within(u->vm_nr_tasks, fls64(u->vm_nodes) + 1, d->d_nr_tasks) ?:
	     m3_within(u->vm_nr_procs, 1, d->d_nr_procs) ?:
	     m3_within(u->vm_nr_sysprocs, u->vm_nr_tasks + 1,
		       min(d->d_nr_sysprocs, u->vm_nr_tasks + u->vm_nr_procs));
	if (rc)
		return rc;
	if (u->vm_warn2proc == NONE)
		return 0;
	return m3_within(u->vm_warn2proc, -u->vm_nr_tasks,
			 u->vm_nr_sysprocs - u->vm_nr_tasks - 1);
}

static struct m3_vm *vm_new(struct m3_node *node, const VM_usr_t *usr)
{
	unsigned int n = usr->vm_nr_tasks + usr->vm_nr_procs;
	struct m3_vm *vm;
	unsigned int i;

	vm = kvzalloc(struct_size(vm, slots, n), GFP_KERNEL_ACCOUNT);
	if (!vm)
		return NULL;
	vm->obits = m3_obit_new(vm, node->drvs.d_nr_nodes);
	if (!vm->obits) {
		kvfree(vm);
		return NULL;
	}
	spin_lock_init(&vm->lock);
	m3_ep_waits_prepare(vm);
	m3_lease_prepare(vm);
	m3_replicas_prepare(vm);
	refcount_set(&vm->ref, 1);
	vm->usr = *usr;
	vm->nr_slots = n;
	for (i = 0; i < n; i++) {
		vm->slots[i].owner = M3_NO_OWNER;
		vm->slots[i].former = -1;
	}
	vm->node = node;
	refcount_inc(&node->ref);
	return vm;
}

static bool name_used(struct m3_node *node, const char *name)
{
	struct m3_vm *vm;
	unsigned long id;

	xa_for_each(&node->vms, id, vm)
		if (!strcmp(vm->usr.vm_name, name))
			return true;
	return false;
}

static int vm_start(struct m3_node *node, VM_usr_t *usr)
{
	struct m3_vm *vm;
	int rc;

	lockdep_assert_held(&node->lock);
	if (!node->up)
		return EMOLDRVSINIT;
	rc = vm_check(&node->drvs, usr);
	if (rc)
		return rc;
	if (xa_load(&node->vms, usr->vm_vmid))
		return EMOLVMRUN;
	if (name_used(node, usr->vm_name))
		return EMOLEXIST;
	vm = vm_new(node, usr);
	if (!vm)
		return -ENOMEM;
	vm->dir = m3_procfs_vm(node->dir, vm);
	if (!vm->dir) {
		rc = -ENOMEM;
		goto put_vm;
	}
	rc = xa_err(xa_store(&node->vms, usr->vm_vmid, vm, GFP_KERNEL));
	if (rc)
		goto remove_dir;
	return 0;

remove_dir:
	m3_procfs_remove(vm->dir);
put_vm:
	m3_vm_put(vm);
	return rc;
}

int m3_vm_init(struct m3_node *node, void *arg)
{
	const VM_usr_t *req = arg;
	VM_usr_t usr = *req;
	int rc;

	if (!m3_node_admin(node))
		return EMOLPERM;
	mutex_lock(&node->lock);
	rc = vm_start(node, &usr);
	mutex_unlock(&node->lock);
	return rc;
}

/* Turn out who is in a slot; a process is told of it, with its threads. */
static void vm_vacate(struct m3_vm *vm, struct m3_slot *slot, int why)
{
	struct m3_proc *p;

	spin_lock(&vm->lock);
	p = rcu_dereference_protected(slot->proc, lockdep_is_held(&vm->lock));
	if (p) {
		refcount_inc(&p->ref);
		m3_unbind_locked(p, why);
	}
	spin_unlock(&vm->lock);
	if (!p)
		return;
	if (!p->rmt && !p->thread)
		m3_proc_sigpipe(p);
	m3_proc_put(p);
}

/*
 * End a VM: hide it, let nobody in, turn everybody out.  All blocked calls
 * end with why.  The lock is held for one slot at a time.
 */
void m3_vm_down(struct m3_vm *vm, int why)
{
	unsigned int i;

	lockdep_assert_held(&vm->node->lock);
	xa_erase(&vm->node->vms, vm->usr.vm_vmid);
	m3_procfs_remove(vm->dir);

	spin_lock(&vm->lock);
	WRITE_ONCE(vm->ended, why);
	m3_ep_all_changed(vm);
	spin_unlock(&vm->lock);
	m3_lease_down(vm);
	m3_replicas_down(vm);

	for (i = 0; i < vm->nr_slots; i++) {
		vm_vacate(vm, &vm->slots[i], why);
		cond_resched();
	}
	m3_vm_put(vm);
}

int m3_vm_end(struct m3_node *node, void *arg)
{
	const struct m3ipc_vmid *req = arg;
	struct m3_vm *vm;
	int rc = 0;

	if (req->reserved)
		return -EINVAL;
	if (!m3_node_admin(node))
		return EMOLPERM;
	mutex_lock(&node->lock);
	vm = m3_vm_get(node, req->vmid);
	if (IS_ERR(vm)) {
		rc = PTR_ERR(vm);
	} else {
		m3_vm_down(vm, EMOLVMNOTRUN);
		m3_vm_put(vm);
	}
	mutex_unlock(&node->lock);
	return rc;
}

int m3_vm_info(struct m3_node *node, void *arg)
{
	VM_usr_t *usr = arg;
	struct m3_vm *vm = m3_vm_get(node, usr->vm_vmid);

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	*usr = vm->usr;
	m3_vm_put(vm);
	return 0;
}
