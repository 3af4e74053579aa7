// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life cycle of nodes.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "bind.h"
#include "debug.h"
#include "link.h"
#include "node.h"
#include "procfs.h"
#include "proxy.h"
#include "vm.h"
#include "wait4bind.h"

#define M3_MIN_COPYBUF	SZ_4K
#define M3_MAX_COPYBUF	SZ_1M
#define M3_MAX_COPYLEN	SZ_1G

struct m3_net {
	struct m3_node *node;
};

static unsigned int net_id;

static const drvs_usr_t drvs_default = {
	.d_nodeid = LOCALNODE,
	.d_nr_vms = NR_VMS,
	.d_nr_nodes = NR_NODES,
	.d_nr_procs = NR_PROCS,
	.d_nr_tasks = NR_TASKS,
	.d_nr_sysprocs = NR_SYS_PROCS,
	.d_max_copybuf = M3IPC_MAX_COPYBUF,
	.d_max_copylen = M3IPC_MAX_COPYLEN,
	.d_version = M3IPC_IOC_VERSION,
};

struct m3_node *m3_node_get_current(void)
{
	struct m3_net *mn = net_generic(current->nsproxy->net_ns, net_id);

	refcount_inc(&mn->node->ref);
	return mn->node;
}

void m3_node_put(struct m3_node *node)
{
	if (!refcount_dec_and_test(&node->ref))
		return;
	put_user_ns(node->user_ns);
	xa_destroy(&node->vms);
	mutex_destroy(&node->lock);
	kfree(node);
}

/* May the caller administer the node, bind system slots, bind others? */
bool m3_node_admin(const struct m3_node *node)
{
	return ns_capable(node->user_ns, CAP_SYS_ADMIN);
}

/*
 * The same where a no is an answer too, and not the end of the call: that is
 * nothing for the audit log.
 */
bool m3_node_is_admin(const struct m3_node *node)
{
	return ns_capable_noaudit(node->user_ns, CAP_SYS_ADMIN);
}

/*
 * Check what drvs_init is given, after defaults have taken the place of zeros.
 * The SYSTASK of this node must have a slot.
 */
static int drvs_check(const drvs_usr_t *d)
{
	int rc;

	rc = m3_within(d->d_nr_nodes, 1, M3IPC_MAX_NODES);
	if (rc)
		return rc;
	if (d->d_nodeid < 0 || d->d_nodeid >= d->d_nr_nodes)
		return EMOLBADNODEID;
	return m3_within(d->d_nr_vms, 1, M3IPC_MAX_VMS) ?:
	       m3_within(d->d_nr_tasks, -SYSTASK(d->d_nodeid), NR_TASKS) ?:
	       m3_within(d->d_nr_procs, 1, M3IPC_MAX_SLOTS - d->d_nr_tasks) ?:
	       m3_within(d->d_nr_sysprocs, d->d_nr_tasks + 1,
			 d->d_nr_tasks + d->d_nr_procs) ?:
	       m3_within(d->d_max_copybuf, M3_MIN_COPYBUF, M3_MAX_COPYBUF) ?:
	       m3_within(d->d_max_copylen, 1, M3_MAX_COPYLEN);
}

int m3_drvs_init(struct m3_node *node, void *arg)
{
	const drvs_usr_t *req = arg;
	drvs_usr_t drvs = drvs_default;
	int rc;

	if (!m3_node_admin(node))
		return EMOLPERM;
	drvs.d_nodeid = req->d_nodeid;
	drvs.d_nr_vms = req->d_nr_vms ?: drvs.d_nr_vms;
	drvs.d_nr_nodes = req->d_nr_nodes ?: drvs.d_nr_nodes;
	drvs.d_nr_procs = req->d_nr_procs ?: drvs.d_nr_procs;
	drvs.d_nr_tasks = req->d_nr_tasks ?: drvs.d_nr_tasks;
	drvs.d_nr_sysprocs = req->d_nr_sysprocs ?: drvs.d_nr_sysprocs;
	drvs.d_max_copybuf = req->d_max_copybuf ?: drvs.d_max_copybuf;
	drvs.d_max_copylen = req->d_max_copylen ?: drvs.d_max_copylen;
	drvs.d_dbglvl = req->d_dbglvl;
	rc = drvs_check(&drvs) ?: m3_debug_check(drvs.d_dbglvl);
	if (rc)
		return rc;

	mutex_lock(&node->lock);
	if (node->dead) {
		rc = EMOLDRVSINIT;
	} else if (node->up) {
		rc = EMOLDRVSBUSY;
	} else {
		node->drvs = drvs;
		node->starter = get_current_cred();
		m3_debug_start(drvs.d_dbglvl);
		WRITE_ONCE(node->up, true);
	}
	mutex_unlock(&node->lock);
	return rc;
}

/* Everything of the node ends; whoever is blocked learns that it is down. */
static void node_down(struct m3_node *node)
{
	struct m3_vm *vm;
	unsigned long id;

	lockdep_assert_held(&node->lock);
	WRITE_ONCE(node->up, false);
	WRITE_ONCE(node->downs, node->downs + 1);
	xa_for_each(&node->vms, id, vm)
		m3_vm_down(vm, EMOLDRVSINIT);
	m3_proxies_down(node);
	m3_debug_stop(node->drvs.d_dbglvl);
	node->drvs = drvs_default;
	put_cred(node->starter);
	node->starter = NULL;
	m3_wait4bind_wake_all(node);
}

/* The same without anybody who wants that */
static void node_down_alone(struct m3_node *node)
{
	const struct cred *starter = get_cred(node->starter);
	const struct cred *own = override_creds(starter);

	node_down(node);
	revert_creds(own);
	put_cred(starter);
}

int m3_drvs_end(struct m3_node *node, void *unused)
{
	int rc = 0;

	if (!m3_node_admin(node))
		return EMOLPERM;
	mutex_lock(&node->lock);
	if (node->up)
		node_down(node);
	else
		rc = EMOLDRVSINIT;
	mutex_unlock(&node->lock);
	return rc;
}

/* The one call besides drvs_init that a node which is down answers */
int m3_drvs_info(struct m3_node *node, void *arg)
{
	drvs_usr_t *drvs = arg;

	mutex_lock(&node->lock);
	*drvs = node->drvs;
	mutex_unlock(&node->lock);
	return 0;
}

static void fill_vms(struct m3_node *node, node_usr_t *info)
{
	struct m3_vm *vm;
	unsigned long id;

	xa_for_each(&node->vms, id, vm)
		if (vm->usr.vm_nodes >> info->n_nodeid & 1)
			info->n_vms[id / 64] |= 1ULL << (id % 64);
}

static void node_fill_local(struct m3_node *node, node_usr_t *info)
{
	info->n_flags = NODE_ATTACHED;
	strscpy(info->n_name, utsname()->nodename, sizeof(info->n_name));
}

int m3_node_info(struct m3_node *node, void *arg)
{
	node_usr_t *info = arg;
	int nodeid = info->n_nodeid;
	int rc = 0;

	if (info->n_reserved)
		return -EINVAL;
	memset(info, 0, sizeof(*info));
	info->n_nodeid = nodeid;
	info->n_proxies = NO_PROXIES;
	mutex_lock(&node->lock);
	if (!node->up)
		rc = EMOLDRVSINIT;
	else if (nodeid < 0 || nodeid >= node->drvs.d_nr_nodes)
		rc = EMOLBADNODEID;
	else if (nodeid == node->drvs.d_nodeid)
		node_fill_local(node, info);
	else
		m3_link_info(node, info);
	if (!rc)
		fill_vms(node, info);
	mutex_unlock(&node->lock);
	return rc;
}

static int __net_init net_init(struct net *net)
{
	struct m3_net *mn = net_generic(net, net_id);
	struct m3_node *node;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	refcount_set(&node->ref, 1);
	mutex_init(&node->lock);
	xa_init(&node->vms);
	node->drvs = drvs_default;
	node->user_ns = get_user_ns(net->user_ns);
	m3_wait4bind_prepare(node);
	node->dir = m3_procfs_node(net, node);
	if (!node->dir) {
		m3_node_put(node);
		return -ENOMEM;
	}
	mn->node = node;
	return 0;
}

static void __net_exit net_exit(struct net *net)
{
	struct m3_net *mn = net_generic(net, net_id);
	struct m3_node *node = mn->node;

	mutex_lock(&node->lock);
	WRITE_ONCE(node->dead, true);
	if (node->up)
		node_down_alone(node);
	mutex_unlock(&node->lock);
	m3_procfs_remove(node->dir);
	m3_node_put(node);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &net_id,
	.size = sizeof(struct m3_net),
};

int m3_nodes_init(void)
{
	return register_pernet_subsys(&net_ops);
}

void m3_nodes_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}
