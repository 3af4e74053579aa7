// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pairs of proxies: how they are bound, connected, and end, see proxy.h.
 */
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include "cmd.h"
#include "link.h"
#include "node.h"
#include "proc.h"
#include "proxy.h"
#include "rights.h"

#define MAX_BYTES	SZ_16M
#define FLOWING		(NODE_SCONNECTED | NODE_RCONNECTED)

static DEFINE_HASHTABLE(carriers, 10);
static DEFINE_SPINLOCK(carriers_lock);

bool m3_proxy_flows(const struct m3_proxy *px)
{
	return (READ_ONCE(px->usr.px_flags) & FLOWING) == FLOWING;
}

/* 0, or why nothing can be sent */
int m3_proxy_state(const struct m3_proxy *px)
{
	if (m3_proxy_flows(px))
		return 0;
	return READ_ONCE(px->gone) ? EMOLNOPROXY : -ENOTCONN;
}

void m3_proxy_put(struct m3_proxy *px)
{
	if (!refcount_dec_and_test(&px->ref))
		return;
	put_pid(px->sender.pid);
	put_pid(px->receiver.pid);
	put_cred(px->binder);
	m3_node_put(px->node);
	kfree_rcu(px, rcu);
}

/* A pair that is bound, with a reference, or NULL */
struct m3_proxy *m3_proxy_find(struct m3_node *node, int pxid)
{
	struct m3_proxy *px;

	if (pxid < 0 || pxid >= M3IPC_MAX_NODES)
		return NULL;
	pxid = array_index_nospec(pxid, M3IPC_MAX_NODES);
	rcu_read_lock();
	px = rcu_dereference(node->pairs[pxid]);
	if (px && !refcount_inc_not_zero(&px->ref))
		px = NULL;
	rcu_read_unlock();
	return px;
}

static struct m3_proxy *get_checked(struct m3_node *node, int pxid)
{
	struct m3_proxy *px;

	if (!READ_ONCE(node->up))
		return ERR_PTR(EMOLDRVSINIT);
	if (pxid < 0 || pxid >= READ_ONCE(node->drvs.d_nr_nodes))
		return ERR_PTR(EMOLBADPROXY);
	px = m3_proxy_find(node, pxid);
	return px ?: ERR_PTR(EMOLPROXYFREE);
}

/* What this thread carries for, or NULL; RCU or carriers_lock is held. */
static struct m3_carrier *find_carrier(const struct pid *pid)
{
	struct m3_carrier *c;

	hash_for_each_possible_rcu(carriers, c, by_pid, (unsigned long)pid,
				   lockdep_is_held(&carriers_lock))
		if (c->pid == pid)
			return c;
	return NULL;
}

/* The pair that the caller is the sender, or the receiver, of */
struct m3_proxy *m3_proxy_own(struct m3_node *node, bool sends)
{
	struct m3_proxy *px = NULL;
	struct m3_carrier *c;

	rcu_read_lock();
	c = find_carrier(task_pid(current));
	if (c && c->px->node == node &&
	    c == (sends ? &c->px->sender : &c->px->receiver) &&
	    refcount_inc_not_zero(&c->px->ref))
		px = c->px;
	rcu_read_unlock();
	if (!px)
		return ERR_PTR(READ_ONCE(node->up) ? EMOLBADPROXY :
						     EMOLDRVSINIT);
	return px;
}

static void proxy_stop(struct m3_proxy *px, int flags)
{
	bool flowed;

	lockdep_assert_held(&px->node->lock);
	spin_lock(&px->lock);
	flowed = m3_proxy_flows(px);
	WRITE_ONCE(px->usr.px_flags, px->usr.px_flags & ~flags);
	spin_unlock(&px->lock);
	if (!flowed)
		return;
	m3_cmd_drain(px);
	m3_links_lost(px->node, px);
}

/* A command was lost: nothing of what flows can be relied upon. */
void m3_proxy_fail(struct m3_proxy *px)
{
	mutex_lock(&px->node->lock);
	proxy_stop(px, FLOWING);
	mutex_unlock(&px->node->lock);
}

static bool proxy_unbind(struct m3_proxy *px)
{
	lockdep_assert_held(&px->node->lock);
	if (px->gone)
		return false;
	spin_lock(&px->lock);
	px->gone = true;
	spin_unlock(&px->lock);
	proxy_stop(px, FLOWING);
	m3_links_remove(px->node, px);
	RCU_INIT_POINTER(px->node->pairs[px->usr.px_id], NULL);
	spin_lock(&carriers_lock);
	hash_del_rcu(&px->sender.by_pid);
	hash_del_rcu(&px->receiver.by_pid);
	spin_unlock(&carriers_lock);
	wake_up_all(&px->wait);
	m3_proxy_put(px);
	return true;
}

static struct task_struct *get_live_task(struct pid *pid)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);

	if (task && READ_ONCE(task->flags) & PF_EXITING) {
		put_task_struct(task);
		task = NULL;
	}
	return task;
}

/* 0 if the caller may make a proxy of that thread */
static int check_carrier(struct pid *pid)
{
	struct task_struct *task = get_live_task(pid);
	int rc;

	if (!task)
		return EMOLBADPID;
	rc = m3_may_name(task) ? 0 : EMOLPERM;
	put_task_struct(task);
	return rc;
}

static int check_carriers(const struct m3_proxy *px)
{
	return check_carrier(px->sender.pid) ?:
	       check_carrier(px->receiver.pid);
}

static void signal_carrier(struct pid *pid)
{
	struct task_struct *task = get_live_task(pid);

	if (!task)
		return;
	if (m3_may_signal(task))
		send_sig(SIGPIPE, task, 1);
	put_task_struct(task);
}

static void dead_work(struct work_struct *work)
{
	struct m3_proxy *px = container_of(work, struct m3_proxy, dead_work);
	const struct cred *own;
	bool done;

	mutex_lock(&px->node->lock);
	done = proxy_unbind(px);
	mutex_unlock(&px->node->lock);
	if (done) {
		own = override_creds(px->binder);
		signal_carrier(px->sender.pid);
		signal_carrier(px->receiver.pid);
		revert_creds(own);
	}
	m3_proxy_put(px);
}

/* In the thread that dies, with preemption disabled */
void m3_proxy_thread_died(struct task_struct *task)
{
	struct m3_carrier *c = find_carrier(task_pid(task));

	if (c && refcount_inc_not_zero(&c->px->ref) &&
	    !m3_proc_queue(&c->px->dead_work))
		m3_proxy_put(c->px);
}

/* Enter a pair into the tables of its node, which is up, and of the machine. */
static int enter_pair(struct m3_proxy *px)
{
	struct m3_proxy __rcu **place = &px->node->pairs[px->usr.px_id];
	int rc = 0;

	lockdep_assert_held(&px->node->lock);
	if (rcu_access_pointer(*place))
		return EMOLPROXYRUN;
	spin_lock(&carriers_lock);
	if (find_carrier(px->sender.pid) || find_carrier(px->receiver.pid)) {
		rc = -EBUSY;
	} else {
		hash_add_rcu(carriers, &px->sender.by_pid,
			     (unsigned long)px->sender.pid);
		hash_add_rcu(carriers, &px->receiver.by_pid,
			     (unsigned long)px->receiver.pid);
	}
	spin_unlock(&carriers_lock);
	if (!rc)
		rcu_assign_pointer(*place, px);
	return rc;
}

/* Takes over the references to the pids, also if it fails. */
static struct m3_proxy *proxy_new(struct m3_node *node,
				  const struct m3ipc_proxies_bind *req,
				  struct pid *sender, struct pid *receiver)
{
	struct m3_proxy *px = kzalloc(sizeof(*px), GFP_KERNEL_ACCOUNT);

	if (!px) {
		put_pid(sender);
		put_pid(receiver);
		return NULL;
	}
	px->node = node;
	refcount_inc(&node->ref);
	px->sender = (struct m3_carrier){ .px = px, .pid = sender };
	px->receiver = (struct m3_carrier){ .px = px, .pid = receiver };
	px->binder = get_current_cred();
	px->usr.px_id = req->pxid;
	px->usr.px_maxbytes = req->maxbytes ?: node->drvs.d_max_copybuf;
	px->usr.px_maxbatch = M3IPC_MAX_BATCH;
	px->timeout = M3IPC_LINK_TIMEOUT;
	strscpy(px->usr.px_name, req->name, sizeof(px->usr.px_name));
	spin_lock_init(&px->lock);
	INIT_LIST_HEAD(&px->queue);
	init_waitqueue_head(&px->wait);
	INIT_WORK(&px->dead_work, dead_work);
	refcount_set(&px->ref, 1);
	return px;
}

static int check_bind(const struct m3_node *node,
		      const struct m3ipc_proxies_bind *req)
{
	if (!node->up)
		return EMOLDRVSINIT;
	if (req->pxid < 0 || req->pxid >= node->drvs.d_nr_nodes)
		return EMOLBADPROXY;
	if (strnlen(req->name, M3IPC_NAME_LEN) == M3IPC_NAME_LEN)
		return EMOLNAMESIZE;
	if (req->spid == req->rpid)
		return -EBUSY;
	return req->maxbytes ? m3_within(req->maxbytes,
					 node->drvs.d_max_copybuf,
					 MAX_BYTES) : 0;
}

/*
 * A thread that dies looks into the table after it was marked; so this looks
 * for the mark after it has entered the table.
 */
static int proxy_bind_locked(struct m3_node *node,
			     const struct m3ipc_proxies_bind *req)
{
	struct m3_proxy *px;
	int rc = check_bind(node, req);

	if (rc)
		return rc;
	px = proxy_new(node, req, find_get_pid(req->spid),
		       find_get_pid(req->rpid));
	if (!px)
		return -ENOMEM;
	rc = check_carriers(px) ?: enter_pair(px);
	if (rc) {
		m3_proxy_put(px);
		return rc;
	}
	/* Pairs with that of probe_exit(). */
	smp_mb();
	rc = check_carriers(px);
	if (rc)
		proxy_unbind(px);
	return rc;
}

int m3_proxies_bind(struct m3_node *node, void *arg)
{
	int rc;

	if (!m3_node_admin(node))
		return EMOLPERM;
	mutex_lock(&node->lock);
	rc = proxy_bind_locked(node, arg);
	mutex_unlock(&node->lock);
	return rc;
}

int m3_proxies_unbind(struct m3_node *node, void *arg)
{
	const struct m3ipc_pxid *req = arg;
	struct m3_proxy *px;
	int rc = 0;

	if (req->status)
		return -EINVAL;
	if (!m3_node_admin(node))
		return EMOLPERM;
	px = get_checked(node, req->pxid);
	if (IS_ERR(px))
		return PTR_ERR(px);
	mutex_lock(&node->lock);
	if (!proxy_unbind(px))
		rc = EMOLPROXYFREE;
	mutex_unlock(&node->lock);
	m3_proxy_put(px);
	return rc;
}

/* The node goes down. */
void m3_proxies_down(struct m3_node *node)
{
	struct m3_proxy *px;
	int pxid;

	lockdep_assert_held(&node->lock);
	for (pxid = 0; pxid < M3IPC_MAX_NODES; pxid++) {
		px = rcu_dereference_protected(node->pairs[pxid],
					       lockdep_is_held(&node->lock));
		if (px)
			proxy_unbind(px);
	}
}

static int conn_locked(struct m3_proxy *px, int status)
{
	int flag = status == CONNECT_SPROXY || status == DISCONNECT_SPROXY ?
		   NODE_SCONNECTED : NODE_RCONNECTED;

	lockdep_assert_held(&px->node->lock);
	if (px->gone)
		return EMOLPROXYFREE;
	if (status == DISCONNECT_SPROXY || status == DISCONNECT_RPROXY) {
		proxy_stop(px, flag);
		return 0;
	}
	spin_lock(&px->lock);
	WRITE_ONCE(px->usr.px_flags, px->usr.px_flags | flag);
	spin_unlock(&px->lock);
	if (m3_proxy_flows(px))
		m3_links_flow(px->node, px);
	return 0;
}

int m3_proxy_conn(struct m3_node *node, void *arg)
{
	const struct m3ipc_pxid *req = arg;
	struct m3_proxy *px;
	int rc;

	if (req->status < CONNECT_SPROXY || req->status > DISCONNECT_RPROXY)
		return -EINVAL;
	if (!m3_node_admin(node))
		return EMOLPERM;
	px = get_checked(node, req->pxid);
	if (IS_ERR(px))
		return PTR_ERR(px);
	mutex_lock(&node->lock);
	rc = conn_locked(px, req->status);
	mutex_unlock(&node->lock);
	m3_proxy_put(px);
	return rc;
}

int m3_proxy_timeout(struct m3_node *node, void *arg)
{
	const struct m3ipc_proxy_timeout *req = arg;
	struct m3_proxy *px;

	if (!m3_node_admin(node))
		return EMOLPERM;
	px = get_checked(node, req->pxid);
	if (IS_ERR(px))
		return PTR_ERR(px);
	if (req->timeout < 1 || req->timeout > M3IPC_MAX_LINK_TIMEOUT) {
		m3_proxy_put(px);
		return EMOLRANGE;
	}
	WRITE_ONCE(px->timeout, req->timeout);
	m3_proxy_put(px);
	return 0;
}

static void thread_info(const struct m3_proxy *px, struct pid *pid, int flag,
			proc_usr_t *info)
{
	struct task_struct *task;

	memset(info, 0, sizeof(*info));
	info->p_nr = NONE;
	info->p_endpoint = NONE;
	info->p_vmid = -1;
	info->p_lpid = PROC_NO_PID;
	info->p_nodeid = px->node->drvs.d_nodeid;
	info->p_getfrom = NONE;
	info->p_sendto = NONE;
	info->p_waitmigr = NONE;
	info->p_proxy = px->usr.px_id;
	info->p_misc_flags = MIS_PROXY;
	if (READ_ONCE(px->usr.px_flags) & flag)
		info->p_misc_flags |= MIS_CONNECTED;
	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_PID);
	if (task && m3_may_see(px->node, task)) {
		info->p_lpid = pid_vnr(pid) ?: PROC_NO_PID;
		strscpy_pad(info->p_name, task->comm, sizeof(info->p_name));
	} else if (task) {
		strscpy_pad(info->p_name, M3_HIDDEN, sizeof(info->p_name));
	}
	rcu_read_unlock();
}

int m3_proxy_info(struct m3_node *node, void *arg)
{
	struct m3ipc_proxyinfo *info = arg;
	struct m3_proxy *px = get_checked(node, info->px.px_id);

	if (IS_ERR(px))
		return PTR_ERR(px);
	info->px = px->usr;
	thread_info(px, px->sender.pid, NODE_SCONNECTED, &info->sproc);
	thread_info(px, px->receiver.pid, NODE_RCONNECTED, &info->rproc);
	m3_proxy_put(px);
	return 0;
}
