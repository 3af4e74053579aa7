// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backups, see backup.h.
 */
#include "backup.h"
#include "bind.h"
#include "cpus.h"
#include "link.h"
#include "node.h"
#include "notify.h"
#include "obit.h"
#include "priv.h"
#include "remote.h"
#include "replica.h"
#include "unbind.h"
#include "vm.h"
#include "wait4bind.h"

static struct m3_slot *slot_of(const struct m3_proc *p)
{
	return m3_vm_slot(p->vm, p->p_nr);
}

/* Does p stand by? */
bool m3_backup_is(const struct m3_proc *p)
{
	/* Pairs with the release in m3_backup_promote(). */
	return smp_load_acquire(&p->stands_for);
}

/* b stands by no more; false: it did not.  Its threads, if any, are left. */
bool m3_backup_leave(struct m3_proc *b, int why)
{
	struct m3_proc *r = b->stands_for;

	lockdep_assert_held(&b->vm->lock);
	if (!r)
		return false;
	WRITE_ONCE(r->backup, NULL);
	WRITE_ONCE(b->stands_for, NULL);
	b->unbound = why;
	m3_wait4bind_wake_proc(b);
	m3_bound_remove(b);
	m3_obit_news(b->vm, slot_of(b));
	return true;
}

/* b is bound from now on, in the place of its descriptor; or an error. */
int m3_backup_promote(struct m3_proc *b, struct pid *leader)
{
	int rc = m3_bind_join(b, leader);

	lockdep_assert_held(&b->vm->lock);
	if (rc)
		return rc;
	WRITE_ONCE(b->stands_for->backup, NULL);
	WRITE_ONCE(b->standby, false);
	/* Pairs with the acquire in m3_backup_is(): it is one or the other. */
	smp_store_release(&b->stands_for, NULL);
	m3_obit_news(b->vm, slot_of(b));
	return 0;
}

/* Binding */

static int backup_check(struct m3_node *node, struct m3_vm *vm,
			const struct m3ipc_bkupbind *req)
{
	int p_nr = _ENDPOINT_P(req->endpoint);

	if (!m3_priv_admin(node, vm))
		return EMOLPERM;
	if (!m3_vm_is_endpoint(vm, req->endpoint) ||
	    (p_nr <= SYSTEM && p_nr > CLOCK))	/* each node has its own */
		return EMOLENDPOINT;
	return m3_link_check(node, req->nodeid);
}

/* What is in the slot, if b can stand by for that; or NULL, or an error */
static struct m3_proc *primary(const struct m3_proc *b, int nodeid)
{
	struct m3_slot *slot = slot_of(b);
	struct m3_proc *r;

	m3_bury(b->vm, slot);
	r = rcu_dereference_protected(slot->proc,
				      lockdep_is_held(&b->vm->lock));
	if (!r)
		return slot_of(b)->replicas ? ERR_PTR(-EBUSY) : NULL;
	if (!r->rmt)
		return ERR_PTR(r->endpoint == b->endpoint ? EMOLLCLPROC :
							    EMOLSLOTUSED);
	if (r->endpoint != b->endpoint)	/* or that one is older */
		return NULL;
	if (r->rmt->replica)
		return ERR_PTR(-EBUSY);
	if (r->rmt->nodeid != nodeid)
		return ERR_PTR(EMOLBADNODEID);
	if (r->backup && m3_is_dying(r->backup))	/* as m3_bury() */
		m3_unbind_locked(r->backup, EMOLNOTBIND);
	return r->backup ? ERR_PTR(EMOLSLOTUSED) : r;
}

/* b stands by for the descriptor that is there, or for fresh, which is taken */
static int enter(struct m3_proc *b, struct pid *leader, int nodeid,
		 struct m3_proc **fresh)
{
	struct m3_vm *vm = b->vm;
	struct m3_proc *r = primary(b, nodeid);
	int rc = 0;

	lockdep_assert_held(&vm->lock);
	if (IS_ERR(r))
		return PTR_ERR(r);
	rc = vm->ended ?: m3_bind_enter(b, leader);
	if (rc)
		return rc;
	if (!r) {
		r = *fresh;
		rc = m3_remote_enter(r);
		if (rc) {
			m3_bound_remove(b);
			return rc;
		}
		*fresh = NULL;
	}
	WRITE_ONCE(r->backup, b);
	WRITE_ONCE(b->stands_for, r);
	slot_of(b)->told = b->endpoint;
	m3_obit_news(vm, slot_of(b));
	return 0;
}

static struct m3_proc *backup_new(struct m3_vm *vm, int endpoint,
				  const struct m3_bind_target *t)
{
	struct m3_proc *b = m3_proc_new(vm, _ENDPOINT_P(endpoint), t->pid,
					t->pid != t->leader);

	if (!b)
		return NULL;
	b->standby = true;
	b->endpoint = endpoint;
	b->page->id.vmid = vm->usr.vm_vmid;
	b->page->id.endpoint = endpoint;
	if (!m3_ntfy_alloc(vm->usr.vm_nr_sysprocs, &b->ntfy))
		return b;
	m3_proc_put(b);
	return NULL;
}

static int backup_target(struct m3_vm *vm, const struct m3ipc_bkupbind *req,
			 const struct m3_bind_target *t)
{
	struct m3_proc *fresh, *b;
	int rc = m3_cpus_apply(vm, t->task);

	if (rc)
		return rc;
	fresh = m3_remote_new(vm, req->endpoint, req->nodeid, "");
	b = backup_new(vm, req->endpoint, t);
	if (!fresh || !b) {
		rc = -ENOMEM;
		goto put;
	}
	refcount_inc(&b->ref);
	spin_lock(&vm->lock);
	rc = enter(b, t->leader, req->nodeid, &fresh);
	spin_unlock(&vm->lock);
	if (rc)
		m3_proc_put(b);
	rc = rc ?: m3_bind_settle(b, t);
put:
	if (fresh)
		m3_proc_put(fresh);
	if (b)
		m3_proc_put(b);
	return rc;
}

int m3_backup_bind(struct m3_node *node, void *arg)
{
	const struct m3ipc_bkupbind *req = arg;
	struct m3_vm *vm = m3_vm_get(node, req->vmid);
	struct m3_bind_target t;
	int rc;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	rc = backup_check(node, vm, req) ?:
	     m3_bind_target_get(vm, req->pid, &t);
	if (!rc) {
		rc = backup_target(vm, req, &t);
		m3_bind_target_put(&t);
	}
	m3_vm_put(vm);
	return rc;
}

/* Who has one */

/* The nodes that p is on, or that stand by for it */
u64 m3_backup_map(const struct m3_proc *p)
{
	const struct m3_slot *slot = slot_of(p);
	int nodeid = m3_proc_nodeid(p);
	u64 map = nodeid < 0 ? 0 : BIT_ULL(nodeid);

	if (READ_ONCE(slot->mapped) == p->endpoint)
		map |= READ_ONCE(slot->nodemap);
	if (READ_ONCE(p->backup))
		map |= BIT_ULL(p->vm->node->drvs.d_nodeid);
	return map;
}

/* BKUP_MSG: c_snode has a backup of c_src, or has none. */
void m3_backup_told(struct m3_vm *vm, const cmd_t *cmd)
{
	struct m3_slot *slot = m3_vm_slot(vm, _ENDPOINT_P(cmd->c_src));
	u64 bit = BIT_ULL(cmd->c_snode);
	bool stands = cmd->c_flags == CMD_STANDS;

	lockdep_assert_held(&vm->lock);
	if (slot->mapped != cmd->c_src) {
		/* That of who is there is not for another node to forget. */
		if (!stands ||
		    (slot->nodemap && m3_proc_at(vm, slot->mapped)))
			return;
		WRITE_ONCE(slot->nodemap, 0);
		WRITE_ONCE(slot->mapped, cmd->c_src);
	}
	WRITE_ONCE(slot->nodemap, stands ? slot->nodemap | bit :
					   slot->nodemap & ~bit);
}

/* That node cannot be reached. */
void m3_backup_lost(struct m3_slot *slot, int nodeid)
{
	WRITE_ONCE(slot->nodemap, slot->nodemap & ~BIT_ULL(nodeid));
}

/* Is there somebody who could take the place of r, whose node is lost? */
bool m3_backup_redoes(const struct m3_proc *r)
{
	return r->vm->usr.vm_flags & VM_FLAG_REDO &&
	       m3_backup_map(r) & ~BIT_ULL(r->rmt->nodeid);
}

/* What there is to tell of a slot that has, or has had, one, or a replica */
void m3_backup_fill(const struct m3_vm *vm, const struct m3_slot *slot,
		    cmd_t *cmd)
{
	const struct m3_proc *r;

	lockdep_assert_held(&vm->lock);
	r = rcu_dereference_protected(slot->proc, lockdep_is_held(&vm->lock));
	cmd->c_cmd = BKUP_MSG;
	cmd->c_src = slot->told;
	cmd->c_snd_seq = 0;
	cmd->c_flags = r && r->backup ? CMD_STANDS : m3_replica_word(vm, slot);
}
