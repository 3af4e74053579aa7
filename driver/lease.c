// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lease of a VM's user slots.
 */
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include "backup.h"
#include "compat.h"
#include "lease.h"
#include "node.h"
#include "owner.h"
#include "priv.h"
#include "proc.h"
#include "unbind.h"
#include "vm.h"

static struct m3_vm *lease_vm(struct m3_lease *lease)
{
	return container_of(lease, struct m3_vm, lease);
}

/* It is over if its time has passed, whether the timer has run or not. */
static void lease_settle(struct m3_vm *vm)
{
	struct m3_lease *lease = &vm->lease;

	lockdep_assert_held(&vm->lock);
	if (lease->state != M3_LEASE_ORPHANED || vm->ended ||
	    ktime_before(ktime_get_boottime(), lease->deadline))
		return;
	lease->state = M3_LEASE_OVER;
	m3_proc_queue(&lease->work);
}

static enum hrtimer_restart lease_expires(struct hrtimer *timer)
{
	m3_proc_queue(&container_of(timer, struct m3_lease, timer)->work);
	return HRTIMER_NORESTART;
}

/* Nobody binds to the slot any more; who was bound, with a reference. */
static struct m3_proc *slot_bar(struct m3_vm *vm, struct m3_slot *slot)
{
	struct m3_proc *p;

	spin_lock(&vm->lock);
	m3_owner_bar(vm, slot);
	p = rcu_dereference_protected(slot->proc, lockdep_is_held(&vm->lock));
	if (p && !p->rmt) {
		refcount_inc(&p->ref);
		m3_unbind_locked(p, EMOLNOTBIND);
	} else {
		p = NULL;
	}
	spin_unlock(&vm->lock);
	return p;
}

/* The same with a system slot, if who is bound there has backups elsewhere */
static struct m3_proc *slot_fence(struct m3_vm *vm, struct m3_slot *slot)
{
	u64 own = BIT_ULL(vm->node->drvs.d_nodeid);
	struct m3_proc *p;

	spin_lock(&vm->lock);
	p = rcu_dereference_protected(slot->proc, lockdep_is_held(&vm->lock));
	if (p && !p->rmt && m3_backup_map(p) & ~own) {
		refcount_inc(&p->ref);
		m3_unbind_locked(p, EMOLNOTBIND);
	} else {
		p = NULL;
	}
	spin_unlock(&vm->lock);
	return p;
}

/* The lock is held for one slot at a time. */
static void slots_bar(struct m3_vm *vm)
{
	struct m3_proc *p;
	unsigned int i;

	for (i = 0; i < vm->nr_slots; i++) {
		if (i < vm->usr.vm_nr_sysprocs)
			p = slot_fence(vm, &vm->slots[i]);
		else
			p = slot_bar(vm, &vm->slots[i]);
		if (p) {
			m3_proc_sigpipe(p);
			m3_proc_put(p);
		}
		cond_resched();
	}
}

/* All that may not be bound any more goes, as if its SYSTASK ended it. */
static void lease_evict(struct m3_vm *vm)
{
	struct m3_lease *lease = &vm->lease;
	const struct cred *cred = get_cred(lease->cred);
	const struct cred *own = override_creds(cred);

	pr_notice_ratelimited("m3ipc: VM %s: no system task has come back, its processes are unbound\n",
			      vm->usr.vm_name);
	slots_bar(vm);
	revert_creds(own);
	put_cred(cred);
	spin_lock(&vm->lock);
	lease->state = M3_LEASE_NONE;
	spin_unlock(&vm->lock);
}

static void lease_work(struct work_struct *work)
{
	struct m3_vm *vm = lease_vm(container_of(work, struct m3_lease, work));
	bool over;

	spin_lock(&vm->lock);
	lease_settle(vm);
	over = vm->lease.state == M3_LEASE_OVER;
	spin_unlock(&vm->lock);
	if (over)
		lease_evict(vm);
}

void m3_lease_prepare(struct m3_vm *vm)
{
	m3_hrtimer_setup(&vm->lease.timer, lease_expires, CLOCK_BOOTTIME,
			 HRTIMER_MODE_ABS);
	INIT_WORK(&vm->lease.work, lease_work);
}

/* The VM has ended: neither the timer nor the work is started any more. */
void m3_lease_down(struct m3_vm *vm)
{
	hrtimer_cancel(&vm->lease.timer);
	cancel_work_sync(&vm->lease.work);
	put_cred(vm->lease.cred);
	vm->lease.cred = NULL;
}

/* Changes something under vm->lock, when nobody is left of one that is over. */
int m3_lease_settled(struct m3_vm *vm,
		     int (*change)(struct m3_vm *vm, void *arg), void *arg)
{
	int rc;

	spin_lock(&vm->lock);
	lease_settle(vm);
	while (vm->lease.state == M3_LEASE_OVER && !vm->ended) {
		spin_unlock(&vm->lock);
		flush_work(&vm->lease.work);
		spin_lock(&vm->lock);
		lease_settle(vm);
	}
	rc = change(vm, arg);
	spin_unlock(&vm->lock);
	return rc;
}

/* May processes of this node be bound to user slots now? */
int m3_lease_check(struct m3_vm *vm)
{
	lease_settle(vm);
	return vm->lease.state == M3_LEASE_OVER ? EMOLBADOWNER : 0;
}

/* p, of this node, is not bound any more: if it is SYSTASK, time runs. */
void m3_lease_left(struct m3_proc *p)
{
	struct m3_lease *lease = &p->vm->lease;

	lockdep_assert_held(&p->vm->lock);
	if (lease->state != M3_LEASE_HELD || p->vm->ended ||
	    !m3_proc_is_systask(p))
		return;
	lease->state = M3_LEASE_ORPHANED;
	lease->deadline = ktime_add_ms(ktime_get_boottime(), lease->ms);
	hrtimer_start(&lease->timer, lease->deadline, HRTIMER_MODE_ABS);
}

static bool has_systask(struct m3_vm *vm)
{
	struct m3_proc *p = m3_proc_at(vm, SYSTASK(vm->node->drvs.d_nodeid));

	return p && !p->rmt;
}

/* What is asked for, and by whom; then whose the former one was */
struct lease_change {
	s64 ms;
	const struct cred *cred;
};

/* If the timer runs just now, its work finds that there is nothing to do. */
static int lease_set(struct m3_vm *vm, void *arg)
{
	struct lease_change *change = arg;
	struct m3_lease *lease = &vm->lease;

	lockdep_assert_held(&vm->lock);
	if (vm->ended)
		return vm->ended;
	if (change->ms && !has_systask(vm))
		return EMOLNOTBIND;
	lease->state = change->ms ? M3_LEASE_HELD : M3_LEASE_NONE;
	lease->ms = change->ms;
	swap(lease->cred, change->cred);
	hrtimer_try_to_cancel(&lease->timer);
	return 0;
}

int m3_lease(struct m3_node *node, void *arg)
{
	const struct m3ipc_lease *req = arg;
	struct lease_change change = { .ms = req->ms };
	struct m3_vm *vm;
	int rc;

	if (req->reserved)
		return -EINVAL;
	if (req->ms < 0 || req->ms > M3IPC_MAX_LEASE)
		return EMOLRANGE;
	vm = m3_vm_get(node, req->vmid);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	if (!m3_priv_admin(node, vm)) {
		rc = EMOLPERM;
		goto put_vm;
	}
	change.cred = get_current_cred();
	rc = m3_lease_settled(vm, lease_set, &change);
	put_cred(change.cred);
put_vm:
	m3_vm_put(vm);
	return rc;
}
