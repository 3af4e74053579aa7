// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding and unbinding.
 *
 * Death: a dying thread runs probe_exit() (death.c), which unbinds it.  A
 * bind of another process can race with that.  Both sides do their half and
 * then look for the other's: the bind enters the table and then looks whether
 * the target is dying; the dying thread is marked so and then looks into the
 * table.  One of them sees the other, and unbinding twice does no harm.
 *
 * A thread can be joined before it gets to its probe.  So a bind to the slot of
 * one that is dying unbinds it.
 */
#include <linux/hashtable.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include "backup.h"
#include "bind.h"
#include "call.h"
#include "cpus.h"
#include "event.h"
#include "ipc.h"
#include "lease.h"
#include "node.h"
#include "owner.h"
#include "proc.h"
#include "rights.h"
#include "trace.h"
#include "unbind.h"
#include "wait.h"
#include "wait4bind.h"
#include "wait4ep.h"

static DEFINE_HASHTABLE(binds, 12);
static DEFINE_SPINLOCK(binds_lock);	/* binds, serial, last_op */
static u64 serial;
static u64 last_op;			/* of all that have ended, at least */

/* The descriptor bound to exactly this pid, or NULL; RCU is held. */
struct m3_proc *m3_bound(struct pid *pid)
{
	struct m3_proc *p;

	hash_for_each_possible_rcu(binds, p, by_pid, (unsigned long)pid,
				   lockdep_is_held(&binds_lock))
		if (p->pid == pid)
			return p;
	return NULL;
}

/* The caller's descriptor on this node, or NULL; RCU is held. */
struct m3_proc *m3_caller(const struct m3_node *node)
{
	struct m3_proc *p = m3_bound(task_pid(current));

	if (!p && !thread_group_leader(current))
		p = m3_bound(task_tgid(current));
	return p && p->vm->node == node ? p : NULL;
}

/* The same with a reference, or an error; standby: one that stands by, too */
static struct m3_proc *caller_get(const struct m3_node *node, bool standby)
{
	struct m3_proc *p;

	rcu_read_lock();
	p = m3_caller(node);
	if (!p || (m3_backup_is(p) && !standby) ||
	    !refcount_inc_not_zero(&p->ref))
		p = ERR_PTR(m3_node_unbound(node));
	rcu_read_unlock();
	return p;
}

/* The caller's descriptor with a reference, or an error */
struct m3_proc *m3_caller_get(const struct m3_node *node)
{
	return caller_get(node, false);
}

/* The same, also for one that stands by: what it has will be its own. */
struct m3_proc *m3_caller_get_any(const struct m3_node *node)
{
	return caller_get(node, true);
}

/* Has the process or thread that p stands for died meanwhile? */
bool m3_is_dying(const struct m3_proc *p)
{
	struct task_struct *task;
	bool dying;

	rcu_read_lock();
	task = pid_task(p->pid, p->thread ? PIDTYPE_PID : PIDTYPE_TGID);
	if (!task)
		dying = true;
	else if (p->thread)
		dying = READ_ONCE(task->flags) & PF_EXITING;
	else
		dying = !atomic_read(&task->signal->live);
	rcu_read_unlock();
	return dying;
}

/*
 * A thread that gets an endpoint of its own gives up the call on that of its
 * process which a handler of it interrupted: it will not be restarted there.
 */
static void drop_suspended(struct m3_proc *leader, struct pid *pid)
{
	if (leader->suspended && leader->caller == pid_task(pid, PIDTYPE_PID))
		m3_call_drop(leader);
}

/* p, and if it is a thread its process, no longer find each other. */
void m3_bound_remove(struct m3_proc *p)
{
	spin_lock(&binds_lock);
	hash_del_rcu(&p->by_pid);
	list_del_init(&p->thread_link);
	if (!p->rmt)
		last_op = max(last_op, p->op);
	spin_unlock(&binds_lock);
}

/* p, a thread, is in its leader's list; or an error: binds_lock is held */
static int join(struct m3_proc *p, struct m3_proc *leader)
{
	if (!leader || leader->vm != p->vm || (leader->standby && !p->standby))
		return EMOLGRPLEADER;
	if (leader->migr)
		return EMOLMIGRATE;
	list_move(&p->thread_link, p->standby ? &leader->standbys :
						&leader->threads);
	return 0;
}

/* p, which stood by, is to be bound; leader_pid as below */
int m3_bind_join(struct m3_proc *p, struct pid *leader_pid)
{
	int rc;

	if (!p->thread)
		return 0;
	rcu_read_lock();
	spin_lock(&binds_lock);
	p->standby = false;
	rc = join(p, m3_bound(leader_pid));
	p->standby = rc;
	spin_unlock(&binds_lock);
	rcu_read_unlock();
	return rc;
}

/* Enter p into the table; leader is its process's pid if p is a thread. */
static int enter_binds(struct m3_proc *p, struct pid *leader_pid)
{
	struct m3_proc *leader = NULL;
	int rc = 0;

	spin_lock(&binds_lock);
	if (m3_bound(p->pid)) {
		rc = -EBUSY;
		goto unlock;
	}
	if (p->thread) {
		leader = m3_bound(leader_pid);
		rc = join(p, leader);
		if (rc)
			goto unlock;
	}
	p->serial = ++serial;
	p->page->id.serial = p->serial;
	/*
	 * Not those of another process of the slot, even before a reboot; if
	 * the clock is set, beyond those that have been.
	 */
	last_op = max_t(u64, ktime_get_real_ns(), last_op + 1);
	p->incarnation = last_op;
	p->op = last_op;
	hash_add_rcu(binds, &p->by_pid, (unsigned long)p->pid);
unlock:
	spin_unlock(&binds_lock);
	if (!rc && leader)
		drop_suspended(leader, p->pid);
	return rc;
}

/* Whoever is in a slot, and of this node, goes if it is dying. */
void m3_bury(struct m3_vm *vm, struct m3_slot *slot)
{
	struct m3_proc *p;

	p = rcu_dereference_protected(slot->proc, lockdep_is_held(&vm->lock));
	if (p && !p->rmt && m3_is_dying(p))
		m3_unbind_locked(p, EMOLNOTBIND);
}

/* Gives p the endpoint that it will have. */
static int name_endpoint(struct m3_proc *p, const struct m3_slot *slot, u32 now)
{
	int gen = 0;

	if (!m3_proc_is_system(p)) {
		gen = m3_generation_next(&slot->generations,
					 p->vm->node->drvs.d_nodeid, now);
		if (!gen)
			return EMOLOVERRUN;
	}
	p->endpoint = _ENDPOINT(gen, p->p_nr);
	p->page->id.vmid = p->vm->usr.vm_vmid;
	p->page->id.endpoint = p->endpoint;
	return 0;
}

static int enter_slot(struct m3_proc *p, struct pid *leader_pid)
{
	struct m3_vm *vm = p->vm;
	struct m3_slot *slot = m3_vm_slot(vm, p->p_nr);
	u32 now = ktime_get_seconds();
	int rc;

	lockdep_assert_held(&vm->lock);
	if (vm->ended)
		return vm->ended;
	rc = m3_proc_is_system(p) ? 0 : m3_lease_check(vm);
	if (!rc)
		rc = m3_owner_check(vm, slot, vm->node->drvs.d_nodeid);
	if (rc)
		return rc;
	m3_bury(vm, slot);
	if (rcu_access_pointer(slot->proc))
		return m3_bound(p->pid) ? -EBUSY : EMOLSLOTUSED;
	rc = name_endpoint(p, slot, now) ?: enter_binds(p, leader_pid);
	if (rc)
		return rc;
	if (!m3_proc_is_system(p))
		m3_generation_take(&slot->generations, now);
	p->bound = true;
	rcu_assign_pointer(slot->proc, p);
	trace_m3ipc_bind(p);
	m3_event_bound(p);
	m3_ep_changed(vm, p->p_nr);
	return 0;
}

/* Bind pid, whose process is leader_pid, to a slot; returns the endpoint. */
static int bind_pid(struct m3_vm *vm, int p_nr, struct pid *pid,
		    struct pid *leader_pid, int *endpoint)
{
	struct m3_proc *p;
	int rc;

	p = m3_proc_new(vm, p_nr, pid, pid != leader_pid);
	if (!p)
		return -ENOMEM;
	rcu_read_lock();
	spin_lock(&vm->lock);
	rc = enter_slot(p, leader_pid);
	if (rc) {
		spin_unlock(&vm->lock);
		rcu_read_unlock();
		m3_proc_put(p);
		return rc;
	}
	*endpoint = p->endpoint;
	spin_unlock(&vm->lock);

	/* Pairs with that of probe_exit(): see above. */
	smp_mb();
	if (m3_is_dying(p)) {
		spin_lock(&vm->lock);
		m3_unbind_locked(p, EMOLNOTBIND);
		spin_unlock(&vm->lock);
		rc = EMOLBADPID;
	}
	rcu_read_unlock();
	m3_wait4bind_wake(vm->node, leader_pid);
	return rc;
}

static bool may_bind(const struct m3_node *node, struct task_struct *task)
{
	return m3_is_own(task) || (m3_node_admin(node) && m3_may_name(task));
}

/* When this returns its threads are unbound as well, and who waited knows. */
static bool unbind(struct m3_proc *p)
{
	bool done;

	spin_lock(&p->vm->lock);
	done = m3_unbind_locked(p, EMOLNOTBIND);
	spin_unlock(&p->vm->lock);
	if (done)
		m3_unbind_flush(p);
	return done;
}

static struct m3_proc *get_bound(struct m3_vm *vm, int endpoint)
{
	struct m3_proc *p;

	rcu_read_lock();
	p = m3_proc_at(vm, endpoint);
	if (p && !refcount_inc_not_zero(&p->ref))
		p = NULL;
	rcu_read_unlock();
	return p;
}

/* Bind a task, whose pid this is, or its process, and see to its CPUs. */
static int bind_task(struct m3_vm *vm, struct m3ipc_bind *req,
		     struct task_struct *task, struct pid *pid,
		     struct pid *leader_pid)
{
	struct m3_proc *p;
	int rc;

	rc = bind_pid(vm, req->p_nr, pid, leader_pid, &req->endpoint);
	if (rc)
		return rc;
	/* It may have become another's by an exec: see probe_exec(). */
	rc = may_bind(vm->node, task) ? m3_cpus_apply(vm, task) : EMOLPERM;
	p = rc ? get_bound(vm, req->endpoint) : NULL;
	if (p) {
		unbind(p);
		m3_proc_put(p);
	}
	return rc;
}

void m3_bind_target_put(struct m3_bind_target *t)
{
	put_pid(t->leader);
	put_pid(t->pid);
	put_task_struct(t->task);
}

/* The thread of that number, which the caller may bind, or an error */
int m3_bind_target_get(struct m3_vm *vm, pid_t nr, struct m3_bind_target *t)
{
	int rc;

	t->pid = find_get_pid(nr);
	t->task = get_pid_task(t->pid, PIDTYPE_PID);
	if (!t->task) {
		put_pid(t->pid);
		return EMOLBADPID;
	}
	t->leader = get_pid(thread_group_leader(t->task) ? t->pid :
							   task_tgid(t->task));
	if (t->task->flags & PF_KTHREAD)
		rc = EMOLBADPID;
	else
		rc = may_bind(vm->node, t->task) ? 0 : EMOLPERM;
	if (rc)
		m3_bind_target_put(t);
	return rc;
}

static int bind_other(struct m3_vm *vm, struct m3ipc_bind *req)
{
	struct m3_bind_target t;
	int rc = m3_bind_target_get(vm, req->pid, &t);

	if (rc)
		return rc;
	rc = bind_task(vm, req, t.task, t.pid, t.leader);
	m3_bind_target_put(&t);
	return rc;
}

/* p, with an endpoint that it has brought along, is its pid's from now on. */
int m3_bind_enter(struct m3_proc *p, struct pid *leader_pid)
{
	int rc;

	lockdep_assert_held(&p->vm->lock);
	rcu_read_lock();
	rc = m3_is_dying(p) ? EMOLBADPID : enter_binds(p, leader_pid);
	rcu_read_unlock();
	return rc;
}

/*
 * What follows without the lock: it may be dying since, or have become
 * another's by an exec, as after bind_pid().
 */
int m3_bind_settle(struct m3_proc *p, const struct m3_bind_target *t)
{
	int rc = 0;

	/* Pairs with that of probe_exit(): see above. */
	smp_mb();
	if (m3_is_dying(p))
		rc = EMOLBADPID;
	else if (!may_bind(p->vm->node, t->task))
		rc = EMOLPERM;
	if (rc)
		unbind(p);
	m3_wait4bind_wake(p->vm->node, t->leader);
	return rc;
}

int m3_bind(struct m3_node *node, void *arg)
{
	struct m3ipc_bind *req = arg;
	struct m3_vm *vm;
	int rc;

	if (req->reserved || req->who > M3IPC_BIND_OTHER ||
	    (req->who != M3IPC_BIND_OTHER && req->pid))
		return -EINVAL;
	vm = m3_vm_get(node, req->vmid);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	if (!m3_vm_slot(vm, req->p_nr))
		rc = EMOLRANGE;
	else if (m3_vm_is_system(vm, req->p_nr) && !m3_node_admin(node))
		rc = EMOLPERM;
	else if (req->who == M3IPC_BIND_PROCESS)
		rc = bind_task(vm, req, current->group_leader,
			       task_tgid(current), task_tgid(current));
	else if (req->who == M3IPC_BIND_THREAD)
		rc = bind_task(vm, req, current, task_pid(current),
			       task_tgid(current));
	else
		rc = bind_other(vm, req);
	m3_vm_put(vm);
	return rc;
}

/* May the caller, whose own endpoint this is not, unbind p? */
static bool may_unbind(struct m3_node *node, struct m3_proc *p)
{
	struct task_struct *task;
	bool own;

	if (m3_node_is_admin(node))
		return true;
	if (m3_proc_is_system(p))
		return false;
	task = get_pid_task(p->pid, p->thread ? PIDTYPE_PID : PIDTYPE_TGID);
	own = task && m3_is_own(task);
	if (task)
		put_task_struct(task);
	return own;
}

int m3_unbind(struct m3_node *node, void *arg)
{
	struct m3ipc_unbind *req = arg;
	struct m3_proc *self, *p;
	struct m3_vm *vm;
	int rc = 0;

	if (req->timeout < TIMEOUT_FOREVER)
		return -EINVAL;
	vm = m3_vm_get(node, req->vmid);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	self = caller_get(node, true);
	if (!IS_ERR(self) && self->vm == vm &&
	    (req->endpoint == SELF || req->endpoint == self->endpoint)) {
		if (!unbind(self))
			rc = EMOLNOTBIND;
		goto put_self;
	}
	p = get_bound(vm, req->endpoint);
	if (!p) {
		rc = EMOLNOTBIND;
		goto put_self;
	}
	if (!may_unbind(node, p))
		rc = EMOLPERM;
	else if (!unbind(p))
		rc = EMOLNOTBIND;
	else
		m3_proc_sigpipe(p);
	m3_proc_put(p);
put_self:
	if (!IS_ERR(self))
		m3_proc_put(self);
	m3_vm_put(vm);
	return rc;
}

int m3_getep(struct m3_node *node, void *arg)
{
	struct m3ipc_getep *req = arg;
	struct m3_proc *self, *p;
	struct task_struct *task;
	int rc = 0;

	rcu_read_lock();
	self = m3_caller(node);
	task = req->pid > 0 ? pid_task(find_vpid(req->pid), PIDTYPE_PID) : NULL;
	if (!self || self->standby) {
		rc = m3_node_unbound(node);
	} else if (!task || !m3_proc_may_see(self->vm, task)) {
		rc = EMOLBADPID;
	} else {
		p = m3_bound(task_pid(task)) ?: m3_bound(task_tgid(task));
		if (p && p->vm == self->vm && !p->standby)
			req->endpoint = p->endpoint;
		else
			rc = EMOLNOTBIND;
	}
	rcu_read_unlock();
	return rc;
}

int m3_self(struct m3_node *node, void *arg)
{
	struct m3ipc_self *self = arg;
	struct m3_proc *p = m3_caller_get(node);

	if (IS_ERR(p))
		return PTR_ERR(p);
	*self = (struct m3ipc_self) {
		.serial = p->serial,
		.vmid = p->vm->usr.vm_vmid,
		.endpoint = p->endpoint,
		.own = p->pid == task_pid(current),
	};
	m3_proc_put(p);
	return 0;
}
