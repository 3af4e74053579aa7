// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replicas, see replica.h.
 */
#include <linux/sched.h>
#include "bind.h"
#include "cpus.h"
#include "event.h"
#include "link.h"
#include "migrate_part.h"
#include "node.h"
#include "notify.h"
#include "obit.h"
#include "priv.h"
#include "remote.h"
#include "replica.h"
#include "trace.h"
#include "unbind.h"
#include "wait4ep.h"

/* How long until it is seen whether a descriptor may go to a lower node */
#define PLACE_DELAY	(HZ / 20)

static u64 own_bit(const struct m3_vm *vm)
{
	return BIT_ULL(vm->node->drvs.d_nodeid);
}

static struct m3_proc *in_slot(struct m3_vm *vm, const struct m3_slot *slot)
{
	return rcu_dereference_protected(slot->proc,
					 lockdep_is_held(&vm->lock));
}

/* Is p a replica, of this node or of another? */
bool m3_replica_is(const struct m3_proc *p)
{
	return READ_ONCE(p->replica) || (p->rmt && READ_ONCE(p->rmt->replica));
}

/* The nodes that have one in the slot of p, as far as is known */
u64 m3_replica_map(const struct m3_proc *p)
{
	return READ_ONCE(m3_migr_slot(p)->replicas);
}

/* Is the slot that of a replica of this node? */
bool m3_replica_is_here(struct m3_vm *vm, int p_nr)
{
	const struct m3_slot *slot = m3_vm_slot(vm, p_nr);
	const struct m3_proc *p = slot ? in_slot(vm, slot) : NULL;

	return p && p->replica;
}

/* Has that node said that it has, or had, one there? */
bool m3_replica_had(const struct m3_slot *slot, int nodeid)
{
	return slot->replicated >> nodeid & 1;
}

/* And has it one now? */
bool m3_replica_has(const struct m3_slot *slot, int nodeid)
{
	return slot->replicas >> nodeid & 1;
}

/* Is r the descriptor of one, and nothing else besides? */
static bool is_plain_replica(const struct m3_proc *r)
{
	return r->rmt && r->rmt->replica && !r->migr && !r->backup;
}

/* Has another node one, if the process of r has gone? */
bool m3_replica_passes(const struct m3_proc *r)
{
	lockdep_assert_held(&r->vm->lock);
	return is_plain_replica(r) && m3_migr_slot(r)->replicas;
}

/* r, not bound yet, is to be of the lowest node, if its own has one. */
void m3_replica_aim(struct m3_proc *r)
{
	u64 map = m3_migr_slot(r)->replicas;
	int nodeid = r->rmt->nodeid;

	lockdep_assert_held(&r->vm->lock);
	if (!(map >> nodeid & 1) || __ffs64(map) == nodeid)
		return;
	r->rmt->nodeid = __ffs64(map);
	r->incarnation = 0;		/* that was of another one */
}

/* r is bound. */
void m3_replica_entered(struct m3_proc *r)
{
	r->rmt->replica = m3_migr_slot(r)->replicas >> r->rmt->nodeid & 1;
}

/* Whoever was in the slot has gone: *heir, which is taken, has its place. */
void m3_replica_succeed(struct m3_vm *vm, int p_nr, struct m3_proc **heir)
{
	struct m3_slot *slot = m3_vm_slot(vm, p_nr);
	struct m3_proc *r = *heir;

	lockdep_assert_held(&vm->lock);
	if (!r || in_slot(vm, slot) || !slot->replicas)
		return;
	r->rmt->nodeid = __ffs64(slot->replicas);
	if (!m3_remote_enter(r))
		*heir = NULL;
}

/* p, of this node, has left its slot. */
void m3_replica_left(struct m3_proc *p)
{
	struct m3_proc *heir = p->heir;

	p->heir = NULL;
	if (!p->vm->ended && p->unbound == EMOLNOTBIND)
		m3_replica_succeed(p->vm, p->p_nr, &heir);
	if (heir)
		m3_proc_put(heir);
}

/* Where descriptors are */

/* r is of that node from now on. */
static void shift(struct m3_proc *r, int nodeid)
{
	m3_remote_moved(r, nodeid);
	m3_replica_entered(r);
	if (m3_ntfy_pending(r))
		m3_remote_notify(r);
	m3_ep_changed(r->vm, r->p_nr);
}

/* All that was pending with r has ended with its node; see passes(). */
void m3_replica_pass_on(struct m3_proc *r)
{
	shift(r, __ffs64(m3_migr_slot(r)->replicas));
}

/* Is nothing of r here, and nothing of this node there? */
static bool is_idle(const struct m3_proc *r)
{
	return r->state == M3_RUNNING && !r->copy &&
	       list_empty(&r->rmt->outcome.link) && list_empty(&r->sends) &&
	       list_empty(&r->requests);
}

/*
 * A descriptor goes to the lowest node: at once, if its own is not there; else
 * when it is idle.  True if that is to be looked at again.  If its node has
 * none any more, it is about to say that its process has gone.
 */
static bool place(struct m3_proc *r)
{
	u64 map;

	if (!r || !m3_replica_passes(r))
		return false;
	map = m3_migr_slot(r)->replicas;
	if (__ffs64(map) == r->rmt->nodeid)
		return false;
	if (m3_link_state(r->vm->node, r->rmt->nodeid) ||
	    (map >> r->rmt->nodeid & 1 && is_idle(r))) {
		m3_replica_pass_on(r);
		return false;
	}
	return map >> r->rmt->nodeid & 1;
}

static void place_all(struct work_struct *work)
{
	struct m3_vm *vm = container_of(to_delayed_work(work), struct m3_vm,
					placing);
	bool again = false;
	int i;

	for (i = vm->usr.vm_nr_tasks; i < vm->usr.vm_nr_sysprocs; i++) {
		spin_lock(&vm->lock);
		again |= place(in_slot(vm, &vm->slots[i]));
		spin_unlock(&vm->lock);
		cond_resched();
	}
	spin_lock(&vm->lock);
	if (again && !vm->ended)
		m3_proc_queue_delayed(&vm->placing, PLACE_DELAY);
	spin_unlock(&vm->lock);
}

void m3_replicas_prepare(struct m3_vm *vm)
{
	INIT_DELAYED_WORK(&vm->placing, place_all);
}

/* The VM has ended, so nothing queues it any more. */
void m3_replicas_down(struct m3_vm *vm)
{
	cancel_delayed_work_sync(&vm->placing);
}

/* What nodes say */

/* BKUP_MSG: c_snode has a replica of c_src, or had, or has none. */
void m3_replica_told(struct m3_vm *vm, const cmd_t *cmd)
{
	int p_nr = _ENDPOINT_P(cmd->c_src);
	struct m3_slot *slot = m3_vm_slot(vm, p_nr);
	u64 bit = BIT_ULL(cmd->c_snode);
	struct m3_proc *r = in_slot(vm, slot);
	bool has = cmd->c_flags & CMD_REPLICA && cmd->c_flags & CMD_STANDS;

	lockdep_assert_held(&vm->lock);
	if (cmd->c_flags & CMD_REPLICA)
		slot->replicated |= bit;
	WRITE_ONCE(slot->replicas, has ? slot->replicas | bit :
					 slot->replicas & ~bit);
	if (!has)
		return;
	if (r && r->rmt && r->rmt->nodeid == cmd->c_snode)
		WRITE_ONCE(r->rmt->replica, true);
	if (!vm->ended)
		m3_proc_queue_delayed(&vm->placing, 0);
}

/* That node cannot be reached. */
void m3_replica_lost(struct m3_slot *slot, int nodeid)
{
	WRITE_ONCE(slot->replicas, slot->replicas & ~BIT_ULL(nodeid));
}

/* What this node says of a slot, in c_flags; 0: nothing */
u64 m3_replica_word(const struct m3_vm *vm, const struct m3_slot *slot)
{
	const struct m3_proc *p;

	lockdep_assert_held(&vm->lock);
	p = rcu_dereference_protected(slot->proc, lockdep_is_held(&vm->lock));
	if (p && p->replica)
		return CMD_REPLICA | CMD_STANDS;
	return slot->replicated & own_bit(vm) ? CMD_REPLICA : 0;
}

/* Binding */

/*
 * p is bound, in a slot that is free or in the place of another node's replica:
 * that is *old then, with the reference of its slot.
 */
static int replica_enter(struct m3_proc *p, struct pid *leader,
			 struct m3_proc **old)
{
	struct m3_vm *vm = p->vm;
	struct m3_slot *slot = m3_migr_slot(p);
	struct m3_proc *r;
	int rc;

	lockdep_assert_held(&vm->lock);
	if (vm->ended)
		return vm->ended;
	m3_bury(vm, slot);
	r = in_slot(vm, slot);
	if (r && !is_plain_replica(r))
		return EMOLSLOTUSED;
	rc = m3_bind_enter(p, leader);
	if (rc)
		return rc;
	p->bound = true;
	p->replica = true;
	if (r) {
		m3_unbind_replaced(r, p);
		m3_ntfy_move(r, p);
	} else {
		rcu_assign_pointer(slot->proc, p);
	}
	trace_m3ipc_bind(p);
	m3_event_bound(p);
	m3_ep_changed(vm, p->p_nr);
	slot->replicated |= own_bit(vm);
	slot->told = p->endpoint;
	m3_obit_news(vm, slot);
	*old = r;
	return 0;
}

/* With what will have its place */
static struct m3_proc *replica_new(struct m3_vm *vm, int p_nr,
				   const struct m3_bind_target *t)
{
	struct m3_proc *p = m3_proc_new(vm, p_nr, t->pid, t->pid != t->leader);

	if (!p)
		return NULL;
	p->endpoint = p_nr;		/* as that of all system slots */
	p->page->id.vmid = vm->usr.vm_vmid;
	p->page->id.endpoint = p->endpoint;
	p->heir = m3_remote_new(vm, p_nr, vm->node->drvs.d_nodeid, "");
	if (p->heir)
		return p;
	m3_proc_put(p);
	return NULL;
}

static int replica_target(struct m3_vm *vm, int p_nr,
			  const struct m3_bind_target *t)
{
	struct m3_proc *p, *old = NULL;
	int rc = m3_cpus_apply(vm, t->task);

	if (rc)
		return rc;
	p = replica_new(vm, p_nr, t);
	if (!p)
		return -ENOMEM;
	refcount_inc(&p->ref);			/* for its slot */
	spin_lock(&vm->lock);
	rc = replica_enter(p, t->leader, &old);
	if (old)
		m3_migr_carry_all(old, p);
	spin_unlock(&vm->lock);
	if (old)
		m3_proc_put(old);
	if (rc) {
		m3_proc_put(p->heir);
		m3_proc_put(p);
	}
	rc = rc ?: m3_bind_settle(p, t);
	m3_proc_put(p);
	return rc;
}

static int replica_check(struct m3_node *node, struct m3_vm *vm,
			 const struct m3ipc_replbind *req)
{
	if (!m3_priv_admin(node, vm))
		return EMOLPERM;
	if (!m3_vm_slot(vm, req->p_nr))
		return EMOLRANGE;
	/* Of the tasks each node has its own. */
	return req->p_nr >= 0 && m3_vm_is_system(vm, req->p_nr) ?
	       0 : EMOLENDPOINT;
}

int m3_replica_bind(struct m3_node *node, void *arg)
{
	const struct m3ipc_replbind *req = arg;
	struct m3_bind_target t;
	struct m3_vm *vm;
	int rc;

	if (req->reserved)
		return -EINVAL;
	vm = m3_vm_get(node, req->vmid);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	rc = replica_check(node, vm, req) ?:
	     m3_bind_target_get(vm, req->pid, &t);
	if (!rc) {
		rc = replica_target(vm, req->p_nr, &t);
		m3_bind_target_put(&t);
	}
	m3_vm_put(vm);
	return rc;
}
