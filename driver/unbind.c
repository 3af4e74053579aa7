// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unbinding, in batches.
 */
#include <linux/poll.h>
#include "backup.h"
#include "bind.h"
#include "call.h"
#include "event.h"
#include "lease.h"
#include "migrate.h"
#include "obit.h"
#include "notify.h"
#include "owner.h"
#include "proc.h"
#include "rcopy.h"
#include "remote.h"
#include "replica.h"
#include "trace.h"
#include "unbind.h"
#include "wait.h"
#include "wait4ep.h"

/*
 * Work under the lock of a VM is counted in waits that end.  To unbind a thread
 * may mean to queue commands for all nodes.
 */
#define AT_ONCE		8	/* by the one who unbinds, with wake-ups */
#define BATCH		M3_WAKES	/* by work, with wake-ups after it */
#define THREAD_COST	(BATCH / 4)

struct portion {
	int left;		/* how much may still be done */
	struct m3_wakes *wakes;	/* NULL: wake at once */
};

static bool unbind_within(struct m3_proc *p, int why, struct portion *b);

/* Of senders in the list of those who receive, and the other way round */
static int wait_rc(const struct m3_proc *q, int rc)
{
	enum m3_state state = m3_proc_state(q);

	if (rc == EMOLSRCDIED && (state == M3_TRYING ||
				  (q->state == M3_MOVING &&
				   (state == M3_SENDING ||
				    state == M3_REQUESTING))))
		return EMOLDSTDIED;
	return rc == EMOLDSTDIED && state == M3_AWAITING ? EMOLSRCDIED : rc;
}

static void end_wait(struct m3_proc *q, int rc, struct portion *b)
{
	rc = wait_rc(q, rc);
	if (b->wakes)
		m3_complete_later(q, rc, b->wakes);
	else
		m3_complete(q, rc);
}

/* True if some are left. */
static bool end_waits(struct list_head *list, int rc, struct portion *b)
{
	struct m3_proc *q, *next;

	list_for_each_entry_safe(q, next, list, link) {
		if (b->left <= 0)
			return true;
		b->left--;
		end_wait(q, rc, b);
	}
	return false;
}

/*
 * Whoever waits for p is told: why nothing comes, why they cannot send.  In
 * this order: another node takes the first word of a death for the death
 * itself, and tells all who wait there for p the same.
 */
static bool tell_waiters(struct m3_proc *p, int send_rc, int receive_rc,
			 struct portion *b)
{
	return end_waits(&p->awaiters, receive_rc, b) ||
	       end_waits(&p->sends, send_rc, b) ||
	       end_waits(&p->requests, send_rc, b) ||
	       end_waits(&p->migrants, send_rc, b);
}

/*
 * End waits for p, which is bound, with why.  True if some are left: for when
 * the lock has been given free in between.
 */
bool m3_unbind_waits(struct m3_proc *p, int why)
{
	struct portion b = { .left = AT_ONCE };

	lockdep_assert_held(&p->vm->lock);
	return tell_waiters(p, why, why, &b);
}

/* The same for those alone who want something of p. */
bool m3_unbind_receivers(struct m3_proc *p, int why)
{
	struct portion b = { .left = AT_ONCE };

	lockdep_assert_held(&p->vm->lock);
	return end_waits(&p->awaiters, why, &b);
}

/* The same for those who waited with p, in whose place nobody is any more. */
bool m3_unbind_orphans(struct m3_proc *p, int why)
{
	struct portion b = { .left = AT_ONCE };

	lockdep_assert_held(&p->vm->lock);
	if (why != EMOLNOTBIND)
		return tell_waiters(p, why, why, &b);
	return tell_waiters(p, EMOLDSTDIED, EMOLSRCDIED, &b);
}

static bool unbind_all(struct list_head *threads, int why, struct portion *b)
{
	struct m3_proc *thread, *next;

	list_for_each_entry_safe(thread, next, threads, thread_link) {
		if (b->left <= 0)
			return true;
		b->left -= THREAD_COST;
		unbind_within(thread, why, b);
	}
	return false;
}

/* p's threads, then those who wait for it; true if some are left. */
static bool unbind_rest(struct m3_proc *p, struct portion *b)
{
	int why = p->vm->ended ?: p->unbound;

	if (unbind_all(&p->threads, p->unbound, b) ||
	    unbind_all(&p->standbys, p->unbound, b))
		return true;
	if (why != EMOLNOTBIND)		/* more than the process has ended */
		return tell_waiters(p, why, why, b);
	return tell_waiters(p, EMOLDSTDIED, EMOLSRCDIED, b);
}

/* p's threads that stand by go; true if some are left. */
bool m3_unbind_standbys(struct m3_proc *p)
{
	struct portion b = { .left = AT_ONCE };

	lockdep_assert_held(&p->vm->lock);
	return unbind_all(&p->standbys, EMOLNOTBIND, &b);
}

/* All of the VM, once those of their processes that waited have been told */
static void tell_nodes(struct m3_proc *p)
{
	if (!p->rmt && !p->standby)
		m3_obit_tell(p);
	if (p->replica)
		m3_obit_news(p->vm, m3_vm_slot(p->vm, p->p_nr));
}

static void unbind_work(struct work_struct *work)
{
	struct m3_proc *p = container_of(work, struct m3_proc, unbind_work);
	struct m3_wakes wakes;
	struct portion b = { .wakes = &wakes };
	bool more;

	do {
		b.left = BATCH;
		wakes.nr = 0;
		spin_lock(&p->vm->lock);
		more = unbind_rest(p, &b);
		if (!more)
			tell_nodes(p);
		spin_unlock(&p->vm->lock);
		m3_wake(&wakes);
		cond_resched();
	} while (more);
	wake_up_poll(&p->pollers, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
	m3_proc_put(p);
}

void m3_unbind_prepare(struct m3_proc *p)
{
	INIT_WORK(&p->unbind_work, unbind_work);
}

/* Its call, and whatever else it takes part in */
static void end_doings(struct m3_proc *p, int why)
{
	m3_ep_wait_end(p, why);
	m3_rcopy_gone(p, why);
	if (p->state != M3_RUNNING)
		m3_complete(p, why);
	if (p->suspended)
		m3_call_drop(p);
}

/*
 * p, bound until now, migrates away, or back, or is another node's replica:
 * nobody is told of an end.  What it has asked for elsewhere is not waited for
 * any more.
 */
void m3_unbind_replaced(struct m3_proc *p, struct m3_proc *by)
{
	int why = by->replica ? EMOLREPLPROC : EMOLMIGRATE;

	lockdep_assert_held(&p->vm->lock);
	trace_m3ipc_unbind(p, why);
	m3_migr_set(p, M3_STAYS);
	p->bound = false;
	p->unbound = why;
	rcu_assign_pointer(m3_vm_slot(p->vm, p->p_nr)->proc, by);
	m3_bound_remove(p);
	if (p->rmt) {
		m3_owner_leaves(p);
		if (by->replica)
			m3_remote_replaced(p);
		else
			m3_remote_vanish(p);
	} else if (p->abroad) {
		m3_remote_cancel(p);
	}
	end_doings(p, why);
	m3_ep_changed(p->vm, p->p_nr);
}

/* p, bound until now, ends, but for the rest. */
static void leave_slot(struct m3_proc *p, int why)
{
	trace_m3ipc_unbind(p, why);
	p->bound = false;
	p->unbound = why;
	RCU_INIT_POINTER(m3_vm_slot(p->vm, p->p_nr)->proc, NULL);
	m3_bound_remove(p);
	m3_migr_unbound(p);
	if (p->rmt) {
		m3_owner_leaves(p);
	} else {
		m3_event_unbound(p);
		m3_lease_left(p);
	}
	m3_ep_changed(p->vm, p->p_nr);
	end_doings(p, why);
	if (!p->vm->ended)
		m3_ntfy_warn(p, M3IPC_WARN_EXIT);
}

static bool unbind_within(struct m3_proc *p, int why, struct portion *b)
{
	struct m3_proc *backup = p->backup;

	if (p->standby ? !m3_backup_leave(p, why) : !p->bound)
		return false;
	if (!p->standby)
		leave_slot(p, why);
	if (p->replica)
		m3_replica_left(p);
	if (backup)
		unbind_within(backup, EMOLNOTBIND, b);
	/* Who polls looks at bound under the lock, after entering the queue. */
	if (unbind_rest(p, b) || waitqueue_active(&p->pollers)) {
		m3_proc_queue(&p->unbind_work);
	} else {
		tell_nodes(p);
		m3_proc_put(p);
	}
	return true;
}

/*
 * Unbind p, and with a process its threads: their calls end with why, and
 * whoever waits for them learns of their end, perhaps a moment later.  False if
 * it was done before.
 */
bool m3_unbind_locked(struct m3_proc *p, int why)
{
	struct portion b = { .left = AT_ONCE };

	lockdep_assert_held(&p->vm->lock);
	return unbind_within(p, why, &b);
}

/* Wait until all has been done.  The caller has a reference. */
void m3_unbind_flush(struct m3_proc *p)
{
	flush_work(&p->unbind_work);
}
