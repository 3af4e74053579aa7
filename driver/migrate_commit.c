// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commit: an endpoint is on another node from now on, and another descriptor
 * has its place, or the same one is of that node.
 *
 *	away	a process of this node, and its threads: a descriptor
 *	here	a descriptor: a process of this node
 *	there	a descriptor stays one
 *
 * Memory comes first; after the first change nothing fails.
 */
#include <linux/poll.h>
#include "backup.h"
#include "bind.h"
#include "cpus.h"
#include "ipc.h"
#include "link.h"
#include "migrate_part.h"
#include "node.h"
#include "notify.h"
#include "recall.h"
#include "remote.h"
#include "unbind.h"
#include "waitmigr.h"

/* Those who waited with from wait with to, or end with it. */
void m3_migr_carry_all(struct m3_proc *from, struct m3_proc *to)
{
	bool more;

	do {
		if (to->bound)
			more = m3_waitmigr_carry(from, to);
		else
			more = m3_unbind_orphans(from, to->vm->ended ?:
						       to->unbound);
		if (more)
			m3_migr_let_others(to);
	} while (more);
}

/* A descriptor for p's endpoint, when it has moved away, or NULL */
static struct m3_proc *successor(struct m3_proc *p, int nodeid)
{
	struct m3_proc *r = m3_remote_new(p->vm, p->endpoint, nodeid, "");

	if (r && m3_ntfy_alloc(p->vm->usr.vm_nr_sysprocs, &r->ntfy)) {
		m3_proc_put(r);
		return NULL;
	}
	return r;
}

/*
 * p has left for the node of r, which has its place and a reference more than
 * that takes.  The lock is taken.
 */
static void leave(struct m3_proc *p, struct m3_proc *r)
{
	r->bound = true;
	r->priv = p->priv;
	r->rmt->left = true;
	m3_migr_forget(p);
	m3_migr_set(r, M3_SETTLES);
	m3_recall_left(p);
	m3_unbind_replaced(p, r);
	m3_proc_put(p);		/* that of its slot */
	m3_ntfy_move(p, r);
	if (m3_ntfy_pending(r))		/* before a message is sent back */
		m3_remote_notify(r);
	while (m3_unbind_standbys(p))
		m3_migr_let_others(r);
	m3_migr_carry_all(p, r);
	m3_migr_let_go(r);
}

/*
 * The same with what follows without the lock, for a process or a thread; takes
 * over both references to r.  EMOLNOTBIND: p has been faster.
 */
static int leave_unlocked(struct m3_proc *p, struct m3_proc *r)
{
	struct m3_vm *vm = p->vm;
	bool left;

	spin_lock(&vm->lock);
	left = !vm->ended && p->bound && p->migr;
	if (left)
		leave(p, r);
	spin_unlock(&vm->lock);
	if (left)
		m3_migr_tell_all(vm, r->endpoint, r->rmt->nodeid);
	wake_up_poll(&p->pollers, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
	if (!left)
		m3_proc_put(r);
	m3_proc_put(r);
	return left ? 0 : EMOLNOTBIND;
}

static void put_all(struct list_head *spares)
{
	struct m3_proc *r, *next;

	list_for_each_entry_safe(r, next, spares, link) {
		list_del_init(&r->link);
		m3_proc_put(r);
	}
}

/* Descriptors for p and for its threads, whose endpoints are not theirs yet */
static int spares_alloc(struct m3_proc *p, int nodeid, struct list_head *spares)
{
	unsigned int i, n = p->movers + 1;
	struct m3_proc *r;

	for (i = 0; i < n; i++) {
		r = successor(p, nodeid);
		if (!r)
			return -ENOMEM;
		list_add(&r->link, spares);
	}
	return 0;
}

/* One of them, for p; with a reference of the caller's more */
static struct m3_proc *spare_for(struct m3_proc *p, struct list_head *spares)
{
	struct m3_proc *r = list_first_entry(spares, struct m3_proc, link);

	list_del_init(&r->link);
	r->endpoint = p->endpoint;
	r->p_nr = p->p_nr;
	refcount_inc(&r->ref);
	return r;
}

/* The first of p's threads that moves with it, with a reference, or NULL */
static struct m3_proc *mover_get(struct m3_proc *p)
{
	struct m3_proc *t;

	spin_lock(&p->vm->lock);
	t = p->bound ? m3_migr_mover(p, true) : NULL;
	if (t)
		refcount_inc(&t->ref);
	spin_unlock(&p->vm->lock);
	return t;
}

/* p, a process of this node, moves away with its threads, which go first. */
static int commit_away(struct m3_proc *p, int nodeid)
{
	LIST_HEAD(spares);
	struct m3_proc *t;
	int rc;

	rc = spares_alloc(p, nodeid, &spares);
	if (rc) {
		put_all(&spares);
		return rc;
	}
	spin_lock(&p->vm->lock);
	rc = p->vm->ended ?: p->bound ? m3_migr_end_check(p) : EMOLNOTBIND;
	if (!rc)
		m3_migr_set(p, M3_SETTLES);
	spin_unlock(&p->vm->lock);
	while (!rc && (t = mover_get(p)) != NULL) {
		leave_unlocked(t, spare_for(t, &spares));
		m3_proc_put(t);
	}
	if (!rc)
		rc = leave_unlocked(p, spare_for(p, &spares));
	put_all(&spares);
	return rc;
}

/*
 * r's process has moved from one other node to another.  True if this one has
 * told all of that: for who has no lock.
 */
static bool commit_there(struct m3_proc *r, int nodeid)
{
	struct m3_slot *slot = m3_migr_slot(r);
	int former = r->rmt->nodeid;
	bool told;

	m3_migr_set(r, M3_SETTLES);
	m3_migr_was_at(slot, former);
	m3_remote_moved(r, nodeid);
	m3_migr_came_from(r, former);
	m3_migr_let_go(r);
	if (!r->bound)
		return false;
	told = slot->former < 0 || !m3_migr_speaks(slot, former);
	if (r->rmt->gone == nodeid) {	/* which we have heard before */
		m3_remote_gone(r);
		told = true;
	}
	return told;
}

/* p, whose pid is given, takes the place of r; it has come from there. */
static int come(struct m3_proc *p, struct m3_proc *r, struct pid *leader)
{
	int former = r->rmt->nodeid;
	int rc = r->bound ? m3_migr_end_check(r) : EMOLNOTBIND;

	if (!rc && r->backup != (p->standby ? p : NULL))
		rc = EMOLBADPID;
	if (!rc && p->standby) {
		rc = m3_backup_promote(p, leader);
	} else if (!rc) {
		rc = m3_bind_enter(p, leader);
		if (!rc)
			refcount_inc(&p->ref);	/* for its slot */
	}
	if (rc)
		return rc;
	p->bound = true;
	p->priv = r->priv;
	m3_migr_set(p, M3_SETTLES);
	m3_migr_was_at(m3_migr_slot(p), former);
	m3_unbind_replaced(r, p);
	m3_ntfy_move(r, p);
	m3_migr_settle(p, former);
	m3_migr_carry_all(r, p);
	if (p->bound)
		m3_migr_stay(p);
	return 0;
}

/* The backup of r, if it is that pid, with a reference, or NULL */
static struct m3_proc *backup_get(struct m3_proc *r, const struct pid *pid)
{
	struct m3_proc *b;

	spin_lock(&r->vm->lock);
	b = r->backup && r->backup->pid == pid ? r->backup : NULL;
	if (b)
		refcount_inc(&b->ref);
	spin_unlock(&r->vm->lock);
	return b;
}

/* One for r's endpoint and that thread or process, or NULL */
static struct m3_proc *comer_new(struct m3_proc *r,
				 const struct m3_bind_target *t)
{
	struct m3_vm *vm = r->vm;
	struct m3_proc *p = m3_proc_new(vm, r->p_nr, t->pid,
					t->pid != t->leader);

	if (!p)
		return NULL;
	p->endpoint = r->endpoint;
	p->page->id.vmid = vm->usr.vm_vmid;
	p->page->id.endpoint = p->endpoint;
	if (!m3_ntfy_alloc(vm->usr.vm_nr_sysprocs, &p->ntfy))
		return p;
	m3_proc_put(p);
	return NULL;
}

/* r's process is pid, of this node, from now on. */
static int commit_here(struct m3_proc *r, pid_t pid)
{
	struct m3_vm *vm = r->vm;
	struct m3_bind_target target;
	struct m3_proc *p;
	int rc;

	rc = m3_bind_target_get(vm, pid, &target);
	if (rc)
		return rc;
	rc = m3_cpus_apply(vm, target.task);
	if (rc)
		goto put_target;
	p = backup_get(r, target.pid) ?: comer_new(r, &target);
	if (!p) {
		rc = -ENOMEM;
		goto put_target;
	}
	spin_lock(&vm->lock);
	rc = vm->ended ?: come(p, r, target.leader);
	spin_unlock(&vm->lock);
	if (!rc)
		m3_proc_put(r);		/* that of its slot */
	rc = rc ?: m3_bind_settle(p, &target);
	m3_proc_put(p);
put_target:
	m3_bind_target_put(&target);
	return rc;
}

static int commit_remote(struct m3_proc *r, const struct m3ipc_migr *req)
{
	bool told = false;
	int rc;

	if (req->nodeid == r->vm->node->drvs.d_nodeid)
		return commit_here(r, req->pid);
	spin_lock(&r->vm->lock);
	rc = r->vm->ended ?: r->bound ? m3_migr_end_check(r) : EMOLNOTBIND;
	if (!rc && req->nodeid == r->rmt->nodeid)
		rc = EMOLRMTPROC;
	if (!rc)
		told = commit_there(r, req->nodeid);
	spin_unlock(&r->vm->lock);
	if (told)
		m3_migr_tell(r->vm, r->endpoint, req->nodeid, req->nodeid);
	return rc;
}

static int commit_check(const struct m3_proc *p, const struct m3ipc_migr *req)
{
	const struct m3_vm *vm = p->vm;
	bool here = req->nodeid == vm->node->drvs.d_nodeid;

	if (here ? req->pid <= 0 : req->pid != PROC_NO_PID)
		return -EINVAL;
	if (!here && m3_link_check(vm->node, req->nodeid))
		return EMOLBADNODEID;
	if (!(READ_ONCE(vm->usr.vm_nodes) >> req->nodeid & 1))
		return EMOLNOVMNODE;
	if (p->thread)
		return EMOLGRPLEADER;
	return here && !p->rmt ? EMOLLCLPROC : 0;
}

/* p, which has the endpoint here, moves to where req says. */
int m3_migr_commit_to(struct m3_proc *p, const struct m3ipc_migr *req)
{
	int rc = commit_check(p, req);

	if (rc)
		return rc;
	return p->rmt ? commit_remote(p, req) : commit_away(p, req->nodeid);
}
