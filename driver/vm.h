/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs: isolated spaces of endpoints.
 *
 *	vm_init --> running --vm_end, drvs_end, namespace gone--> ended
 *
 * A VM owns its table of slots and the one lock over all its endpoints.  The
 * node's table holds a reference while the VM runs, each descriptor of a
 * process (struct m3_proc) holds one as long as it exists.
 */
#ifndef _M3IPC_VM_H
#define _M3IPC_VM_H

#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "generation.h"
#include "lease.h"
#include "m3ipc.h"
#include "wait4ep.h"

struct m3_events;
struct m3_obit;
struct m3_node;
struct m3_proc;
struct proc_dir_entry;

struct m3_slot {
	struct m3_proc __rcu *proc;	/* vm->lock to change, RCU to read */
	struct m3_generations generations;	/* vm->lock */
	s8 owner;			/* vm->lock: a node, see owner.h */

	/* vm->lock: of who is in it, see migrate.h */
	s8 former;			/* node that it comes from, or -1 */
	u64 settled;			/* nodes that have told all */
	u64 settling;			/* and that are to, until */
	ktime_t settle_by;		/* then; */
	unsigned int arrived;		/* who waited has gone on here */
	unsigned int moves;		/* of the endpoint, that were seen */
	u64 were;			/* nodes where it was before; */
	u64 echoes;			/* how often notified there, */
	u64 notified;			/* and where it is, from here */

	/* vm->lock: of the last that was unbound, see obit.h */
	int ended;			/* its endpoint */
	u64 ended_op;			/* and its last operation; 0: none */
	u64 ended_as;			/* and which of the VM's deaths */
	u64 untold;			/* nodes that do not know of that */

	/* vm->lock: see backup.h */
	u64 nodemap;			/* other nodes that stand by for */
	int mapped;			/* this endpoint */
	int told;			/* for which this one does, or did */
	u64 news;			/* nodes that are to hear of that */

	/* vm->lock: see replica.h */
	u64 replicas;			/* other nodes that have one */
	u64 replicated;			/* all that have, or have had */
	/* vm->lock: see recall.h */
	u64 due;			/* who owes it an answer, or 0 */
	bool kept;			/* and has given it: */
	message answer;
};

struct m3_vm {
	spinlock_t lock;		/* of all endpoints, see node.h */
	int ended;			/* lock: 0, or what all are told */
	u64 arrivals;			/* lock: orders blocked senders */
	u64 nr_deaths;			/* lock: of its processes */
	u16 guests[M3IPC_MAX_NODES];	/* lock: of each node, see owner.h */
	struct m3_events *events;	/* lock to set; NULL: no log, event.h */

	struct m3_ep_waits ep_waits;
	struct m3_lease lease;
	struct delayed_work placing;	/* see replica.h */

	/* fixed when the VM is made */
	struct m3_node *node;
	VM_usr_t usr;			/* but vm_nodes: lock, see link.h */
	struct m3_obit *obits;		/* one for each node */
	struct proc_dir_entry *dir;	/* /proc/net/drvs/NAME */

	refcount_t ref;
	struct rcu_head rcu;
	unsigned int nr_slots;
	struct m3_slot slots[];
};

struct m3_vm *m3_vm_get(struct m3_node *node, int vmid);
void m3_vm_put(struct m3_vm *vm);

int m3_vm_init(struct m3_node *node, void *arg);
int m3_vm_end(struct m3_node *node, void *arg);
void m3_vm_down(struct m3_vm *vm, int why);
int m3_vm_info(struct m3_node *node, void *arg);

/* The slot p_nr of a VM, or NULL if there is none */
static inline struct m3_slot *m3_vm_slot(struct m3_vm *vm, int p_nr)
{
	unsigned int i = p_nr + vm->usr.vm_nr_tasks;

	if (i >= vm->nr_slots)
		return NULL;
	return &vm->slots[array_index_nospec(i, vm->nr_slots)];
}

/* Could this be the endpoint of a process of the VM? */
static inline bool m3_vm_is_endpoint(struct m3_vm *vm, int endpoint)
{
	int p_nr = _ENDPOINT_P(endpoint), gen = _ENDPOINT_G(endpoint);
	bool system = p_nr < vm->usr.vm_nr_sysprocs - vm->usr.vm_nr_tasks;

	return endpoint >= -NR_TASKS && m3_vm_slot(vm, p_nr) &&
	       gen <= _ENDPOINT_MAX_GENERATION && system == !gen;
}

/* Tasks and servers have system slots */
static inline bool m3_vm_is_system(const struct m3_vm *vm, int p_nr)
{
	return p_nr < vm->usr.vm_nr_sysprocs - vm->usr.vm_nr_tasks;
}

#endif /* _M3IPC_VM_H */
