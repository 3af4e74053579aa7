// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debugging.
 */
#include <linux/capability.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/trace_events.h>
#include "debug.h"
#include "node.h"
#include "proc.h"
#include "procfs.h"
#include "vm.h"

#define DBG_ALL		(DBG_GENERIC | DBG_INTERNAL | DBG_MESSAGE | \
			 DBG_VCOPY | DBG_PROC)

static struct {
	u64 level;
	const char *name;
	unsigned int users;	/* lock: nodes that are up and ask for it */
} events[] = {
	{ DBG_GENERIC, "m3ipc_call" },
	{ DBG_GENERIC, "m3ipc_end" },
	{ DBG_INTERNAL, "m3ipc_block" },
	{ DBG_INTERNAL, "m3ipc_wake" },
	{ DBG_MESSAGE, "m3ipc_message" },
	{ DBG_VCOPY, "m3ipc_vcopy" },
	{ DBG_PROC, "m3ipc_bind" },
	{ DBG_PROC, "m3ipc_unbind" },
};

static DEFINE_MUTEX(lock);

/* May the caller have this level? */
int m3_debug_check(u64 level)
{
	if (level & ~(u64)DBG_ALL)
		return -EINVAL;
	return level && !capable(CAP_SYS_ADMIN) ? EMOLPERM : 0;
}

void m3_debug_start(u64 level)
{
	int i;

	mutex_lock(&lock);
	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i].level & level && !events[i].users++)
			trace_set_clr_event("m3ipc", events[i].name, 1);
	mutex_unlock(&lock);
}

void m3_debug_stop(u64 level)
{
	int i;

	mutex_lock(&lock);
	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i].level & level && !--events[i].users)
			trace_set_clr_event("m3ipc", events[i].name, 0);
	mutex_unlock(&lock);
}

static void dump_vm(const struct m3_vm *vm)
{
	unsigned int bound = 0, i;

	for (i = 0; i < vm->nr_slots; i++) {
		bound += !!rcu_access_pointer(vm->slots[i].proc);
		cond_resched();
	}
	pr_info("m3ipc: VM %d %s: nodes %#llx, %u of %u slots bound\n",
		vm->usr.vm_vmid, vm->usr.vm_name, vm->usr.vm_nodes, bound,
		vm->nr_slots);
}

/* The VMs of the node */
int m3_vm_dump(struct m3_node *node, void *unused)
{
	struct m3_vm *vm;
	unsigned long id;
	int rc = 0;

	if (!capable(CAP_SYS_ADMIN))
		return EMOLPERM;
	mutex_lock(&node->lock);
	if (!node->up)
		rc = EMOLDRVSINIT;
	xa_for_each(&node->vms, id, vm)
		dump_vm(vm);
	mutex_unlock(&node->lock);
	return rc;
}

static void dump_slot(const struct m3_slot *slot)
{
	char line[M3_PROCS_LINE];
	struct m3_proc *p;

	rcu_read_lock();
	p = rcu_dereference(slot->proc);
	if (p) {
		m3_procs_line(line, p);
		pr_info("m3ipc: %s", line);
	}
	rcu_read_unlock();
}

/* The processes of a VM, as its file procs shows them */
int m3_proc_dump(struct m3_node *node, void *arg)
{
	const struct m3ipc_vmid *req = arg;
	struct m3_vm *vm;
	unsigned int i;

	if (req->reserved)
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return EMOLPERM;
	vm = m3_vm_get(node, req->vmid);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	pr_info("m3ipc: " M3_PROCS_HEADER);
	for (i = 0; i < vm->nr_slots; i++) {
		dump_slot(&vm->slots[i]);
		cond_resched();
	}
	m3_vm_put(vm);
	return 0;
}
