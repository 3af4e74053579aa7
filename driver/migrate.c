// SPDX-License-Identifier: GPL-2.0-only
/*
 * Endpoints that move: start, commit and rollback, as migrate.h says.
 *
 * What one of them finds may be of thousands: the lock is given free in
 * between, while the endpoint SETTLES, which keeps the others off.
 */
#include <linux/delay.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include "bind.h"
#include "ipc.h"
#include "migrate_part.h"
#include "node.h"
#include "notify.h"
#include "priv.h"
#include "proc.h"
#include "recall.h"
#include "remote.h"
#include "replica.h"
#include "wait.h"
#include "wait4ep.h"
#include "waitmigr.h"

#define AT_ONCE		32	/* threads, under the lock */

/* p's part in a migration is that from now on. */
void m3_migr_set(struct m3_proc *p, enum m3_migr migr)
{
	lockdep_assert_held(&p->vm->lock);
	p->migr = migr;
	m3_priv_narrow(p);
}

/* Start */

/* A send of which its process, which moves, will hear how it ended */
static bool may_recall(const struct m3_proc *p)
{
	return p->recall && p->state == M3_SENDING;
}

static int start_check(const struct m3_proc *p)
{
	if (m3_proc_is_systask(p))	/* each node has its own */
		return EMOLENDPOINT;
	if (p->migr > M3_HEARD || m3_migr_settles(p) || m3_ntfy_moves(p))
		return EMOLMIGRATE;
	if (m3_replica_is(p))
		return -EBUSY;
	if (p->oncopy || p->copy)
		return EMOLONCOPY;
	if (p->abroad && (p->ending || (m3_proc_state(p) != M3_REQUESTING &&
					!may_recall(p))))
		return -EBUSY;
	return 0;
}

static void mark(struct m3_proc *p, enum m3_migr migr)
{
	if (!p->migr)
		m3_migr_forget(p);
	if (!p->migr && p->rmt)
		p->rmt->gone = -1;
	m3_migr_set(p, migr);
	if (!p->rmt && p->state != M3_RUNNING)
		m3_waitmigr_suspend(p);
}

/* p goes on as if nothing had happened. */
void m3_migr_stay(struct m3_proc *p)
{
	bool suspended = m3_migr_is_suspended(p);

	m3_migr_set(p, M3_STAYS);
	p->recall = false;
	p->recalled = false;
	if (suspended)
		m3_waitmigr_resume(p);
	if (m3_ipc_pending(p))
		m3_ipc_poll_wake(p);
	m3_ep_changed(p->vm, p->p_nr);
}

/* Others may have a turn; false if p has been unbound then. */
bool m3_migr_let_others(struct m3_proc *p)
{
	spin_unlock(&p->vm->lock);
	cond_resched();
	spin_lock(&p->vm->lock);
	return p->bound;
}

/*
 * The first of p's threads, if it moves or does not, as asked for.  Those that
 * have been seen to are at the end of the list; no others come while p moves.
 */
struct m3_proc *m3_migr_mover(struct m3_proc *p, bool moves)
{
	struct m3_proc *t = list_first_entry_or_null(&p->threads,
						     struct m3_proc,
						     thread_link);

	return t && !t->migr == !moves ? t : NULL;
}

/* p and its threads stay. */
static void stay(struct m3_proc *p)
{
	struct m3_proc *t;
	int n = 0;

	m3_migr_set(p, M3_SETTLES);
	while ((t = m3_migr_mover(p, true)) != NULL) {
		m3_migr_stay(t);
		list_move_tail(&t->thread_link, &p->threads);
		if (++n % AT_ONCE == 0 && !m3_migr_let_others(p))
			return;
	}
	/* It resumes as what it was marked as. */
	m3_migr_stay(p);
}

static int start_threads(struct m3_proc *p)
{
	struct m3_proc *t;
	int rc;

	p->movers = 0;
	while ((t = m3_migr_mover(p, false)) != NULL) {
		rc = start_check(t);
		if (rc)
			return rc;
		mark(t, M3_MOVES);
		list_move_tail(&t->thread_link, &p->threads);
		if (++p->movers % AT_ONCE == 0 && !m3_migr_let_others(p))
			return EMOLNOTBIND;
	}
	return 0;
}

static int start(struct m3_proc *p)
{
	int rc = p->thread ? EMOLGRPLEADER : start_check(p);

	if (rc)
		return rc;
	mark(p, p->rmt ? M3_MOVES : M3_SETTLES);
	if (p->rmt)
		return 0;
	if (p->recall)
		m3_recall(p);
	rc = start_threads(p);
	if (!p->bound)
		return EMOLNOTBIND;
	if (rc)
		stay(p);
	else
		m3_migr_set(p, M3_MOVES);
	return rc;
}

/* Ends */

int m3_migr_end_check(const struct m3_proc *p)
{
	if (p->thread)
		return EMOLGRPLEADER;
	if (p->migr == M3_SETTLES)
		return EMOLMIGRATE;
	return p->migr ? 0 : EMOLPROCSTS;
}

/*
 * What is pending for r leaves, and all who are held at it go on; then it
 * SETTLES no more.  The lock is taken, and given free in between.
 */
void m3_migr_let_go(struct m3_proc *r)
{
	if (m3_ntfy_pending(r))
		m3_remote_notify(r);
	while (m3_waitmigr_let_go(r))
		if (!m3_migr_let_others(r))
			return;
	if (!r->bound)
		return;
	m3_migr_set(r, M3_STAYS);
	m3_ep_changed(r->vm, r->p_nr);
}

/* The node of r, which has been lost, can be reached again; as let_go() */
void m3_migr_found(struct m3_proc *r)
{
	if (!r->bound || r->migr != M3_HEARD)
		return;
	m3_migr_set(r, M3_SETTLES);
	m3_migr_let_go(r);
}

static int rollback(struct m3_proc *p)
{
	int rc = m3_migr_end_check(p);

	if (rc)
		return rc;
	if (p->rmt) {
		m3_migr_set(p, M3_SETTLES);
		m3_migr_let_go(p);
	} else {
		stay(p);
	}
	return 0;
}

/* The calls */

/* Who has that endpoint in the VM, with a reference, or an error */
static struct m3_proc *migrant_get(struct m3_node *node,
				   const struct m3ipc_migr *req)
{
	struct m3_vm *vm = m3_vm_get(node, req->vmid);
	struct m3_proc *p;

	if (IS_ERR(vm))
		return ERR_CAST(vm);
	if (!m3_priv_admin(node, vm)) {
		p = ERR_PTR(EMOLPERM);
	} else if (!m3_vm_is_endpoint(vm, req->endpoint)) {
		p = ERR_PTR(EMOLENDPOINT);
	} else {
		rcu_read_lock();
		p = m3_proc_at(vm, req->endpoint);
		if (!p || !refcount_inc_not_zero(&p->ref))
			p = ERR_PTR(EMOLNOTBIND);
		rcu_read_unlock();
	}
	m3_vm_put(vm);
	return p;
}

static int change(struct m3_node *node, const struct m3ipc_migr *req,
		  int (*what)(struct m3_proc *p))
{
	struct m3_proc *p;
	int rc;

	if (req->nodeid || req->pid)
		return -EINVAL;
	p = migrant_get(node, req);
	if (IS_ERR(p))
		return PTR_ERR(p);
	spin_lock(&p->vm->lock);
	rc = p->vm->ended ?: p->bound ? what(p) : EMOLNOTBIND;
	spin_unlock(&p->vm->lock);
	m3_proc_put(p);
	return rc;
}

int m3_migr_start(struct m3_node *node, void *arg)
{
	return change(node, arg, start);
}

int m3_migr_rollback(struct m3_node *node, void *arg)
{
	return change(node, arg, rollback);
}

int m3_migr_recall(struct m3_node *node, void *arg)
{
	return change(node, arg, m3_recall);
}

int m3_migr_commit(struct m3_node *node, void *arg)
{
	const struct m3ipc_migr *req = arg;
	struct m3_proc *p = migrant_get(node, req);
	int rc;

	if (IS_ERR(p))
		return PTR_ERR(p);
	rc = m3_migr_commit_to(p, req);
	m3_proc_put(p);
	return rc;
}
