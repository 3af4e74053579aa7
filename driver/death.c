// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel has no hook for the death of a thread, but it has trace points,
 * and those can be attached to by name.  Their probes run in the thread that
 * dies or has just exec'ed, with preemption disabled.
 *
 *	sched_process_exit	A bound thread is unbound; the last thread of a
 *				bound process takes the process's endpoint with
 *				it.  An endpoint shared with threads that live
 *				on is given free if it is in the middle of a
 *				call of the dying one (which is in a handler).
 *				A proxy takes its pair with it.
 *	sched_process_fork	Whoever wants to know is told.
 *	sched_process_exec	All other threads are gone by now, and the one
 *				that called exec has become the leader, with the
 *				leader's endpoint.  Thread endpoints end, and so
 *				does a call that a handler interrupted.  The new
 *				program gets a page of its own (msgpage.h); one
 *				with other rights than the old one had, as those
 *				that set their user id, loses the endpoint.
 *
 * With PREEMPT_RT spinlocks sleep, which a probe may not: a work item does it,
 * so that there the endpoint may outlive its process for a moment.
 */
#include <linux/binfmts.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/tracepoint.h>
#include "bind.h"
#include "call.h"
#include "death.h"
#include "msgpage.h"
#include "notify.h"
#include "proc.h"
#include "proxy.h"
#include "unbind.h"
#include "wait.h"

struct hook {
	const char *name;
	void *probe;
	struct tracepoint *tp;
};

/*
 * After an exec: the thread that called it has the leader's pid by now, and its
 * own is nobody's.  All others have ended before.
 */
static void unbind_threads(struct list_head *threads)
{
	struct m3_proc *thread, *next;

	list_for_each_entry_safe(thread, next, threads, thread_link)
		if (m3_is_dying(thread))
			m3_unbind_locked(thread, EMOLNOTBIND);
}

/*
 * End what p has lost: itself, threads of it, the call its thread was in.  Its
 * threads are looked at only after an exec: there may be thousands, and this is
 * called for each of them that ends.
 */
static void reap(struct m3_proc *p)
{
	struct task_struct *task;

	spin_lock(&p->vm->lock);
	task = xchg(&p->dead_caller, NULL);
	if (task && p->caller == task)
		m3_call_drop(p);
	if (xchg(&p->forked, false) && p->bound)
		m3_ntfy_warn(p, M3IPC_WARN_FORK);
	if (xchg(&p->execed, false)) {
		unbind_threads(&p->threads);
		unbind_threads(&p->standbys);
	}
	if (READ_ONCE(p->raised) || m3_is_dying(p))
		m3_unbind_locked(p, EMOLNOTBIND);
	m3_msgpage_settle(p);
	spin_unlock(&p->vm->lock);
	if (task)
		put_task_struct(task);
}

static void reap_work(struct work_struct *work)
{
	struct m3_proc *p = container_of(work, struct m3_proc, reap_work);

	reap(p);
	m3_proc_put(p);
}

void m3_death_prepare(struct m3_proc *p)
{
	INIT_WORK(&p->reap_work, reap_work);
}

static void reap_now(struct m3_proc *p)
{
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		reap(p);
	else if (refcount_inc_not_zero(&p->ref) &&
		 !m3_proc_queue(&p->reap_work))
		m3_proc_put(p);
}

/*
 * Is it in a call on p, which it can only have left by way of a handler?  Until
 * the call has been dropped it is held: a work item may come late, and whoever
 * completes the call meanwhile wakes it.
 */
static bool leave_call(struct m3_proc *p, struct task_struct *task)
{
	if (READ_ONCE(p->caller) != task)
		return false;
	if (!cmpxchg(&p->dead_caller, NULL, task))
		get_task_struct(task);
	return true;
}

/*
 * What wait() will say of it: a work item may come when nobody can be asked any
 * more.  One thread's exit_group() or signal ends them all; else a process ends
 * as its leader did.
 */
static void keep_status(struct m3_proc *p, struct task_struct *task)
{
	const struct signal_struct *sig = task->signal;
	int status = p->thread ? task->exit_code :
				 task->group_leader->exit_code;

	if (sig->flags & SIGNAL_GROUP_EXIT)
		status = sig->group_exit_code;
	WRITE_ONCE(p->exit_status, status);
}

/* A thread of a process, which may be bound, dies. */
static void reap_process(struct task_struct *task)
{
	struct m3_proc *p = m3_bound(task_tgid(task));
	bool dying;

	if (!p)
		return;
	dying = m3_is_dying(p);
	if (dying)
		keep_status(p, task);
	if (leave_call(p, task) || dying)
		reap_now(p);
}

static void probe_exit(void *data, struct task_struct *task)
{
	struct m3_proc *p;

	/* Pairs with that of bind_pid(): its head comment says how. */
	smp_mb();
	rcu_read_lock();
	if (!thread_group_leader(task)) {
		p = m3_bound(task_pid(task));
		if (p) {
			keep_status(p, task);
			leave_call(p, task);
			reap_now(p);
		}
	}
	reap_process(task);
	m3_proxy_thread_died(task);
	rcu_read_unlock();
}

static void probe_exec(void *data, struct task_struct *task, pid_t old_pid,
		       struct linux_binprm *bprm)
{
	struct m3_proc *p;

	/* Pairs with that of bind_pid(), after which the rights are checked. */
	smp_mb();
	rcu_read_lock();
	p = m3_bound(task_tgid(task));
	if (p) {
		leave_call(p, task);
		m3_msgpage_exec(p);
		WRITE_ONCE(p->execed, true);
		if (bprm->secureexec)
			WRITE_ONCE(p->raised, true);
		reap_now(p);
	}
	rcu_read_unlock();
}

static void probe_fork(void *data, struct task_struct *parent,
		       struct task_struct *child)
{
	struct m3_proc *p;

	if (child->signal == parent->signal)
		return;
	rcu_read_lock();
	p = m3_bound(task_tgid(parent));
	if (p && READ_ONCE(p->priv.s_warn) != NONE) {
		WRITE_ONCE(p->forked, true);
		reap_now(p);
	}
	rcu_read_unlock();
}

static struct hook hooks[] = {
	{ .name = "sched_process_fork", .probe = probe_fork },
	{ .name = "sched_process_exit", .probe = probe_exit },
	{ .name = "sched_process_exec", .probe = probe_exec },
};

static void match_tracepoint(struct tracepoint *tp, void *unused)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(tp->name, hooks[i].name))
			hooks[i].tp = tp;
}

static void unhook(int n)
{
	while (n--)
		tracepoint_probe_unregister(hooks[n].tp, hooks[n].probe, NULL);
	tracepoint_synchronize_unregister();
}

int m3_death_init(void)
{
	int i, rc;

	for_each_kernel_tracepoint(match_tracepoint, NULL);
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		rc = hooks[i].tp ?
		     tracepoint_probe_register(hooks[i].tp, hooks[i].probe,
					       NULL) : -EOPNOTSUPP;
		if (rc) {
			pr_err("m3ipc: trace point %s: error %d\n",
			       hooks[i].name, rc);
			unhook(i);
			return rc;
		}
	}
	return 0;
}

void m3_death_exit(void)
{
	unhook(ARRAY_SIZE(hooks));
}
