// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other nodes.
 */
#include <linux/nospec.h>
#include <linux/slab.h>
#include "backup.h"
#include "bind.h"
#include "obit.h"
#include "link.h"
#include "migrate.h"
#include "node.h"
#include "proc.h"
#include "proxy.h"
#include "rcopy.h"
#include "remote.h"
#include "replica.h"
#include "unbind.h"
#include "vm.h"
#include "wait.h"

/* A number that was checked: not one beyond the table, not even for a guess. */
static unsigned int index_of(int nodeid)
{
	return array_index_nospec(nodeid, M3IPC_MAX_NODES);
}

/* Is nodeid another node that there can be?  Read freely. */
int m3_link_check(const struct m3_node *node, int nodeid)
{
	return nodeid >= 0 && nodeid < READ_ONCE(node->drvs.d_nr_nodes) &&
	       nodeid != READ_ONCE(node->drvs.d_nodeid) ? 0 : EMOLBADNODEID;
}

static struct m3_link *link_at(struct m3_node *node, int nodeid)
{
	return rcu_dereference_protected(node->links[index_of(nodeid)],
					 lockdep_is_held(&node->lock));
}

static bool leads_to(struct m3_node *node, const struct m3_proxy *px,
		     int nodeid)
{
	const struct m3_link *link = link_at(node, nodeid);

	return link && link->px == px;
}

/*
 * Is an operation of p still with that node, while its peer has migrated away
 * from there, or been replaced?
 */
static bool is_left_there(const struct m3_proc *p, int nodeid)
{
	return p->abroad && p->cmd.cmd.c_dnode == nodeid && p->peer &&
	       !(p->peer->rmt && p->peer->bound &&
		 p->peer->rmt->nodeid == nodeid);
}

/*
 * All that is pending with a node and the process in a slot, of this or of
 * that node, ends with why.  True if some is left.
 */
static bool slot_lost(struct m3_vm *vm, unsigned int i, int nodeid, int why,
		      bool unbind)
{
	struct m3_proc *p;
	bool more = false, passes;

	spin_lock(&vm->lock);
	p = rcu_dereference_protected(vm->slots[i].proc,
				      lockdep_is_held(&vm->lock));
	m3_migr_lost(vm, &vm->slots[i], (int)i - vm->usr.vm_nr_tasks, nodeid);
	m3_backup_lost(&vm->slots[i], nodeid);
	m3_replica_lost(&vm->slots[i], nodeid);
	if (p)
		m3_rcopy_lost(p, nodeid, why);
	if (p && is_left_there(p, nodeid))
		m3_complete(p, why);
	if (p && p->rmt && p->rmt->nodeid == nodeid) {
		passes = m3_replica_passes(p);
		more = m3_remote_lost(p, why) && (!unbind || passes);
		if (passes && !more)
			m3_replica_pass_on(p);
		else if (unbind && !passes)
			m3_unbind_locked(p, why);
	}
	spin_unlock(&vm->lock);
	return more;
}

/*
 * All that is pending with a node ends with why; unbind: and its processes.
 * With those that stay nothing new begins, since nothing can be sent to them.
 */
static void vm_lost(struct m3_vm *vm, int nodeid, int why, bool unbind)
{
	unsigned int i;

	for (i = 0; i < vm->nr_slots; i++) {
		while (slot_lost(vm, i, nodeid, why, unbind))
			cond_resched();
		cond_resched();
	}
}

static void lost(struct m3_node *node, int nodeid, int why)
{
	struct m3_vm *vm;
	unsigned long id;

	lockdep_assert_held(&node->lock);
	xa_for_each(&node->vms, id, vm)
		vm_lost(vm, nodeid, why, false);
}

/* What is held for a process of a node goes there, if it is there again. */
static void slot_found(struct m3_vm *vm, unsigned int i, int nodeid)
{
	struct m3_proc *p;

	spin_lock(&vm->lock);
	p = rcu_dereference_protected(vm->slots[i].proc,
				      lockdep_is_held(&vm->lock));
	if (p && p->rmt && p->rmt->nodeid == nodeid && p->migr == M3_HEARD)
		refcount_inc(&p->ref);
	else
		p = NULL;
	if (p)
		m3_migr_found(p);
	spin_unlock(&vm->lock);
	if (p)
		m3_proc_put(p);
}

static void vm_found(struct m3_vm *vm, int nodeid)
{
	unsigned int i;

	m3_obit_again(vm, nodeid);
	if (!(vm->usr.vm_flags & VM_FLAG_REDO))
		return;
	for (i = 0; i < vm->nr_slots; i++) {
		slot_found(vm, i, nodeid);
		cond_resched();
	}
}

/* That node can be told what it has missed. */
static void found(struct m3_node *node, int nodeid)
{
	struct m3_vm *vm;
	unsigned long id;

	lockdep_assert_held(&node->lock);
	xa_for_each(&node->vms, id, vm)
		vm_found(vm, nodeid);
}

/* The pair flows. */
void m3_links_flow(struct m3_node *node, const struct m3_proxy *px)
{
	int i;

	for (i = 0; i < M3IPC_MAX_NODES; i++)
		if (leads_to(node, px, i))
			found(node, i);
}

/* 0, or why nothing can be sent to a node */
int m3_link_state(const struct m3_node *node, int nodeid)
{
	const struct m3_link *link;
	int rc;

	rcu_read_lock();
	link = rcu_dereference(node->links[index_of(nodeid)]);
	rc = link ? m3_proxy_state(link->px) : EMOLNOPROXY;
	rcu_read_unlock();
	return rc;
}

/*
 * Until when a word of a node that is due is waited for; without a link it is
 * on its way from here.
 */
ktime_t m3_link_deadline(const struct m3_node *node, int nodeid)
{
	const struct m3_link *link;
	unsigned int ms = M3IPC_LINK_TIMEOUT;

	rcu_read_lock();
	link = rcu_dereference(node->links[index_of(nodeid)]);
	if (link)
		ms = READ_ONCE(link->px->timeout);
	rcu_read_unlock();
	return ktime_add_ms(ktime_get(), ms);
}

/* The pair no longer flows. */
void m3_links_lost(struct m3_node *node, const struct m3_proxy *px)
{
	int i;

	for (i = 0; i < M3IPC_MAX_NODES; i++)
		if (leads_to(node, px, i))
			lost(node, i, -ENOTCONN);
}

static void remove(struct m3_node *node, struct m3_link *link)
{
	RCU_INIT_POINTER(node->links[link->nodeid], NULL);
	m3_proxy_put(link->px);
	kfree_rcu(link, rcu);
}

/* The pair is unbound. */
void m3_links_remove(struct m3_node *node, const struct m3_proxy *px)
{
	int i;

	for (i = 0; i < M3IPC_MAX_NODES; i++)
		if (leads_to(node, px, i))
			remove(node, link_at(node, i));
}

static int link_up(struct m3_node *node, const struct m3ipc_node *req)
{
	struct m3_link *link;

	lockdep_assert_held(&node->lock);
	if (!node->up)
		return EMOLDRVSINIT;
	if (m3_link_check(node, req->nodeid))
		return EMOLBADNODEID;
	if (req->pxid < 0 || req->pxid >= node->drvs.d_nr_nodes)
		return EMOLBADPROXY;
	if (strnlen(req->name, M3IPC_NAME_LEN) == M3IPC_NAME_LEN)
		return EMOLNAMESIZE;
	if (link_at(node, req->nodeid))
		return EMOLNODEBUSY;
	link = kzalloc(sizeof(*link), GFP_KERNEL_ACCOUNT);
	if (!link)
		return -ENOMEM;
	link->nodeid = req->nodeid;
	strscpy(link->name, req->name, sizeof(link->name));
	link->px = m3_proxy_find(node, req->pxid);
	if (!link->px) {
		kfree(link);
		return EMOLNOPROXY;
	}
	rcu_assign_pointer(node->links[req->nodeid], link);
	found(node, req->nodeid);
	return 0;
}

int m3_link_up(struct m3_node *node, void *arg)
{
	int rc;

	if (!m3_node_admin(node))
		return EMOLPERM;
	mutex_lock(&node->lock);
	rc = link_up(node, arg);
	mutex_unlock(&node->lock);
	return rc;
}

/* First nothing can be sent any more, then what has been ends. */
static int link_down(struct m3_node *node, int nodeid)
{
	struct m3_link *link;

	lockdep_assert_held(&node->lock);
	if (!node->up)
		return EMOLDRVSINIT;
	if (m3_link_check(node, nodeid))
		return EMOLBADNODEID;
	link = link_at(node, nodeid);
	if (!link)
		return EMOLNODEFREE;
	remove(node, link);
	lost(node, nodeid, EMOLNOPROXY);
	return 0;
}

int m3_link_down(struct m3_node *node, void *arg)
{
	const struct m3ipc_node *req = arg;
	int rc;

	if (req->pxid || memchr_inv(req->name, 0, sizeof(req->name)))
		return -EINVAL;
	if (!m3_node_admin(node))
		return EMOLPERM;
	mutex_lock(&node->lock);
	rc = link_down(node, req->nodeid);
	mutex_unlock(&node->lock);
	return rc;
}

/* Each node of a VM has a SYSTASK there. */
static int add(struct m3_vm *vm, int nodeid)
{
	u64 bit = BIT_ULL(nodeid);

	lockdep_assert_held(&vm->node->lock);
	if (vm->usr.vm_nodes & bit)
		return EMOLVMNODE;
	if (hweight64(vm->usr.vm_nodes) >= vm->usr.vm_nr_nodes ||
	    -SYSTASK(nodeid) > vm->usr.vm_nr_tasks)
		return EMOLRANGE;
	spin_lock(&vm->lock);
	vm->usr.vm_nodes |= bit;
	spin_unlock(&vm->lock);
	return 0;
}

static int del(struct m3_vm *vm, int nodeid)
{
	u64 bit = BIT_ULL(nodeid);

	lockdep_assert_held(&vm->node->lock);
	if (!(vm->usr.vm_nodes & bit))
		return EMOLNOVMNODE;
	spin_lock(&vm->lock);
	vm->usr.vm_nodes &= ~bit;
	spin_unlock(&vm->lock);
	vm_lost(vm, nodeid, EMOLNOVMNODE, true);
	return 0;
}

static int change_vm(struct m3_node *node, const struct m3ipc_vmnode *req,
		     int (*change)(struct m3_vm *vm, int nodeid))
{
	struct m3_vm *vm;
	int rc;

	if (!m3_node_admin(node))
		return EMOLPERM;
	mutex_lock(&node->lock);
	vm = m3_vm_get(node, req->vmid);
	if (IS_ERR(vm)) {
		rc = PTR_ERR(vm);
	} else {
		rc = m3_link_check(node, req->nodeid) ?:
		     change(vm, req->nodeid);
		m3_vm_put(vm);
	}
	mutex_unlock(&node->lock);
	return rc;
}

int m3_link_add_vm(struct m3_node *node, void *arg)
{
	return change_vm(node, arg, add);
}

int m3_link_del_vm(struct m3_node *node, void *arg)
{
	return change_vm(node, arg, del);
}

/* The pair that serves a node, or NO_PROXIES; RCU is held. */
int m3_link_pxid(const struct m3_node *node, int nodeid)
{
	const struct m3_link *link;

	link = rcu_dereference(node->links[index_of(nodeid)]);
	return link ? link->px->usr.px_id : NO_PROXIES;
}

/* An answer of that node came too late; its receiver calls this. */
void m3_link_refused(struct m3_node *node, int nodeid)
{
	struct m3_link *link;

	rcu_read_lock();
	link = rcu_dereference(node->links[index_of(nodeid)]);
	if (link)
		WRITE_ONCE(link->refused, link->refused + 1);
	rcu_read_unlock();
}

/* What this node knows of another one, whose number is in info */
void m3_link_info(struct m3_node *node, node_usr_t *info)
{
	const struct m3_link *link = link_at(node, info->n_nodeid);

	if (!link)
		return;
	info->n_flags = NODE_ATTACHED | READ_ONCE(link->px->usr.px_flags);
	info->n_proxies = link->px->usr.px_id;
	info->n_pxsent = READ_ONCE(link->sent);
	info->n_pxrcvd = READ_ONCE(link->received);
	info->n_refused = READ_ONCE(link->refused);
	info->n_stimestamp = READ_ONCE(link->sent_at);
	info->n_rtimestamp = READ_ONCE(link->received_at);
	strscpy(info->n_name, link->name, sizeof(info->n_name));
}
