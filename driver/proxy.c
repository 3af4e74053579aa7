// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pairs of proxies, their queues of commands, and what they call.
 */
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>
#include "ends.h"
#include "inbound.h"
#include "link.h"
#include "node.h"
#include "notify.h"
#include "proc.h"
#include "proxy.h"
#include "rcopy.h"
#include "remote.h"
#include "rights.h"
#include "wait.h"

#define MAX_BYTES	SZ_16M
#define MAX_LOOSE	1024	/* loose commands in a queue */
#define FLOWING		(NODE_SCONNECTED | NODE_RCONNECTED)

static struct kmem_cache *cmd_cache;
static DEFINE_HASHTABLE(carriers, 10);
static DEFINE_SPINLOCK(carriers_lock);

/* Commands */

struct m3_cmd *m3_cmd_alloc(gfp_t gfp)
{
	struct m3_cmd *c = kmem_cache_zalloc(cmd_cache, gfp);

	if (c)
		m3_cmd_prepare(c, M3_CMD_LOOSE);
	return c;
}

void m3_cmd_free(struct m3_cmd *c)
{
	if (c)
		kmem_cache_free(cmd_cache, c);
}

void m3_cmd_prepare(struct m3_cmd *c, enum m3_cmd_kind kind)
{
	c->kind = kind;
	INIT_LIST_HEAD(&c->link);
}

static struct m3_proc *proc_of(struct m3_cmd *c)
{
	switch (c->kind) {
	case M3_CMD_PROC:
		return container_of(c, struct m3_proc, cmd);
	case M3_CMD_OUTCOME:
		return container_of(c, struct m3_remote, outcome)->proc;
	case M3_CMD_NTFY:
		return container_of(c, struct m3_remote, ntfy)->proc;
	case M3_CMD_WHO:
		return container_of(c, struct m3_remote, who)->proc;
	case M3_CMD_LOOSE:
	case M3_CMD_FRAME:
	case M3_CMD_ENDS:
		return NULL;
	}
	return NULL;
}

static void hold(struct m3_cmd *c)
{
	struct m3_proc *p = proc_of(c);

	if (p)
		refcount_inc(&p->ref);
	else if (c->kind == M3_CMD_FRAME)
		m3_rcopy_get(m3_rcopy_of(c));
	else if (c->kind == M3_CMD_ENDS)
		refcount_inc(&m3_ends_of(c)->vm->ref);
}

static void release(struct m3_cmd *c)
{
	struct m3_proc *p = proc_of(c);

	if (p)
		m3_proc_put(p);
	else if (c->kind == M3_CMD_FRAME)
		m3_rcopy_put(m3_rcopy_of(c));
	else if (c->kind == M3_CMD_ENDS)
		m3_vm_put(m3_ends_of(c)->vm);
	else
		m3_cmd_free(c);
}

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

/*
 * Queue a command for the node that it names, if there is a way to it; the
 * caller, who holds a reference to what it is part of, may have it in the queue
 * already, to say something newer.
 */
static int queue(struct m3_node *node, struct m3_cmd *c, bool first)
{
	struct m3_proxy *px;
	struct m3_link *link;
	int rc;

	rcu_read_lock();
	link = rcu_dereference(node->links[c->cmd.c_dnode]);
	if (!link) {
		rc = EMOLNOPROXY;
		goto unlock;
	}
	px = link->px;
	spin_lock(&px->lock);
	rc = m3_proxy_state(px);
	if (!rc && c->kind == M3_CMD_LOOSE && px->nr_loose >= MAX_LOOSE)
		rc = -ENOBUFS;
	if (!rc && list_empty(&c->link)) {
		px->nr_loose += c->kind == M3_CMD_LOOSE;
		hold(c);
		c->px = px;
		if (first)
			list_add(&c->link, &px->queue);
		else
			list_add_tail(&c->link, &px->queue);
	}
	spin_unlock(&px->lock);
	if (!rc && wq_has_sleeper(&px->wait))
		wake_up(&px->wait);
unlock:
	rcu_read_unlock();
	return rc;
}

int m3_cmd_queue(struct m3_node *node, struct m3_cmd *c)
{
	return queue(node, c, false);
}

/*
 * Take back a command that nobody has taken yet; true if there was one.  If it
 * is seen to be in no queue then whoever took it has its copy: see dequeue().
 */
bool m3_cmd_withdraw(struct m3_cmd *c)
{
	bool queued = false;

	rcu_read_lock();
	if (!list_empty_careful(&c->link)) {
		spin_lock(&c->px->lock);
		queued = !list_empty(&c->link);
		list_del_init(&c->link);
		spin_unlock(&c->px->lock);
	}
	rcu_read_unlock();
	if (queued)
		release(c);
	return queued;
}

/* The same before all others, also if it is in the queue already */
int m3_cmd_queue_first(struct m3_node *node, struct m3_cmd *c)
{
	m3_cmd_withdraw(c);
	return queue(node, c, true);
}

/*
 * The first command, with the reference that being queued held; or NULL.  It is
 * copied while it is queued: the moment it is not it may be filled in anew, by
 * one who holds the lock of its VM but not this one.
 */
static struct m3_cmd *dequeue(struct m3_proxy *px, cmd_t *cmd)
{
	struct m3_cmd *c;

	spin_lock(&px->lock);
	c = list_first_entry_or_null(&px->queue, struct m3_cmd, link);
	if (c) {
		px->nr_loose -= c->kind == M3_CMD_LOOSE;
		*cmd = c->cmd;
		/* Pairs with list_empty_careful() in m3_cmd_withdraw(). */
		list_del_init_careful(&c->link);
	}
	spin_unlock(&px->lock);
	return c;
}

static void requeue_first(struct m3_proxy *px, struct m3_cmd *c)
{
	bool flows;

	spin_lock(&px->lock);
	flows = m3_proxy_flows(px);
	if (flows)
		list_add(&c->link, &px->queue);
	spin_unlock(&px->lock);
	if (!flows)
		release(c);
}

/* What was queued when a pair stopped to flow */
static void drain(struct m3_proxy *px)
{
	struct m3_cmd *c;
	cmd_t cmd;

	while ((c = dequeue(px, &cmd)) != NULL) {
		release(c);
		cond_resched();
	}
}

/* Pairs */

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
static struct m3_proxy *get_own(struct m3_node *node, bool sends)
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

static void stop(struct m3_proxy *px, int flags)
{
	bool flowed;

	lockdep_assert_held(&px->node->lock);
	spin_lock(&px->lock);
	flowed = m3_proxy_flows(px);
	WRITE_ONCE(px->usr.px_flags, px->usr.px_flags & ~flags);
	spin_unlock(&px->lock);
	if (!flowed)
		return;
	drain(px);
	m3_links_lost(px->node, px);
}

static bool unbind(struct m3_proxy *px)
{
	lockdep_assert_held(&px->node->lock);
	if (px->gone)
		return false;
	spin_lock(&px->lock);
	px->gone = true;
	spin_unlock(&px->lock);
	stop(px, FLOWING);
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
	done = unbind(px);
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
static int enter(struct m3_proxy *px)
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

static int bind_check(const struct m3_node *node,
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
static int bind_locked(struct m3_node *node,
		       const struct m3ipc_proxies_bind *req)
{
	struct m3_proxy *px;
	int rc = bind_check(node, req);

	if (rc)
		return rc;
	px = proxy_new(node, req, find_get_pid(req->spid),
		       find_get_pid(req->rpid));
	if (!px)
		return -ENOMEM;
	rc = check_carriers(px) ?: enter(px);
	if (rc) {
		m3_proxy_put(px);
		return rc;
	}
	/* Pairs with that of probe_exit(). */
	smp_mb();
	rc = check_carriers(px);
	if (rc)
		unbind(px);
	return rc;
}

int m3_proxies_bind(struct m3_node *node, void *arg)
{
	int rc;

	if (!m3_node_admin(node))
		return EMOLPERM;
	mutex_lock(&node->lock);
	rc = bind_locked(node, arg);
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
	if (!unbind(px))
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
			unbind(px);
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
		stop(px, flag);
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

/* Commands for other nodes */

/* Where a batch of commands goes to */
struct batch {
	cmd_t __user *cmds;
	unsigned long payload;	/* next free byte */
	size_t room;		/* and how many there are */
};

/*
 * Make of a command taken from the queue what leaves: 1; or 0: nothing, after
 * all; or -ENOSPC: its payload does not fit any more.
 */
static int make_command(struct m3_proxy *px, struct m3_cmd *c, cmd_t *cmd,
			const struct batch *b)
{
	int rc = 1;

	switch (c->kind) {
	case M3_CMD_NTFY:
		rc = m3_remote_fetch(proc_of(c), cmd);
		break;
	case M3_CMD_FRAME:
		rc = m3_rcopy_make_frame(m3_rcopy_of(c), cmd, b->payload,
					 b->room);
		if (rc == -ENOSPC) {
			requeue_first(px, c);
			return rc;
		}
		break;
	case M3_CMD_ENDS:
		rc = m3_ends_fetch(m3_ends_of(c), cmd);
		break;
	case M3_CMD_LOOSE:
	case M3_CMD_PROC:
	case M3_CMD_OUTCOME:
	case M3_CMD_WHO:
		break;
	}
	release(c);
	return rc;
}

static void count_sent(struct m3_node *node, cmd_t *cmd)
{
	struct m3_link *link;

	cmd->c_timestamp = ktime_get_real_ns();
	rcu_read_lock();
	link = rcu_dereference(node->links[cmd->c_dnode]);
	if (link) {
		WRITE_ONCE(link->sent, link->sent + 1);
		WRITE_ONCE(link->sent_at, cmd->c_timestamp);
	}
	rcu_read_unlock();
}

/* One command: 1, 0 if there is none (any more), or an error */
static int take(struct m3_proxy *px, struct batch *b)
{
	struct m3_cmd *c;
	cmd_t cmd;
	size_t len;
	int rc;

	do {
		c = dequeue(px, &cmd);
		if (!c)
			return 0;
		rc = make_command(px, c, &cmd, b);
	} while (!rc);
	if (rc == -ENOSPC)
		return 0;
	count_sent(px->node, &cmd);
	if (copy_to_user(b->cmds, &cmd, sizeof(cmd)))
		return -EFAULT;
	len = min_t(size_t, ALIGN(cmd.c_len, M3IPC_PAYLOAD_ALIGN), b->room);
	b->cmds++;
	b->payload += len;
	b->room -= len;
	return 1;
}

/* Does its sender have anything to do? */
bool m3_proxy_is_ready(const struct m3_proxy *px)
{
	return READ_ONCE(px->gone) || !list_empty_careful(&px->queue);
}

/* A process, on that CPU, has got a request that came through px. */
void m3_proxy_expect(struct m3_proxy *px, int cpu)
{
	if (cpu == raw_smp_processor_id() || !wq_has_sleeper(&px->wait) ||
	    m3_habit_skips(&px->expecting))
		return;
	WRITE_ONCE(px->expects, true);
	wake_up(&px->wait);
}

/*
 * Sleep until there is something in the queue, or it is expected; for left
 * jiffies, which are fine enough and cost less than a high-resolution timer.
 * Returns what is left of them, 0 if they have passed, or an error.
 */
static long sleep(struct m3_proxy *px, long left)
{
	left = wait_event_interruptible_timeout(px->wait,
						m3_proxy_is_ready(px) ||
						READ_ONCE(px->expects), left);
	if (left > 0 && READ_ONCE(px->expects)) {
		WRITE_ONCE(px->expects, false);
		m3_linger_sender(px, &px->expecting);
	}
	return left;
}

static long to_jiffies(s64 ms)
{
	if (ms < 0 || ms > INT_MAX)
		return MAX_SCHEDULE_TIMEOUT;
	return msecs_to_jiffies(ms) + 1;	/* one has begun */
}

/* Wait for something in the queue; what is left of the time goes back. */
static int wait_ready(struct m3_proxy *px, s64 *timeout)
{
	unsigned long begin = jiffies;
	long left = to_jiffies(*timeout);

	if (*timeout == TIMEOUT_NOWAIT)
		return m3_proxy_is_ready(px) ? 0 : -EAGAIN;
	while (left > 0 && !m3_proxy_is_ready(px))
		left = sleep(px, left);
	if (left == -ERESTARTSYS && *timeout > 0)
		*timeout = max_t(s64, 1, *timeout -
				 jiffies_to_msecs(jiffies - begin));
	if (!left)
		return -ETIMEDOUT;
	return min(left, 0L);
}

/* A command was lost: nothing of what flows can be relied upon. */
static void fail(struct m3_proxy *px)
{
	mutex_lock(&px->node->lock);
	stop(px, FLOWING);
	mutex_unlock(&px->node->lock);
}

/* All that is there, but nr at most: how many, or an error */
static int take_all(struct m3_proxy *px, struct batch *b, unsigned int nr)
{
	unsigned int n;
	int rc;

	for (n = 0; n < nr; n++) {
		rc = take(px, b);
		if (rc < 0)
			return rc;
		if (!rc)
			break;
	}
	return n;
}

static int get2rmt(struct m3_proxy *px, struct m3ipc_batch *req)
{
	struct batch b = {
		.cmds = u64_to_user_ptr(req->cmds),
		.payload = req->payload,
		.room = req->bytes ?: px->usr.px_maxbytes,
	};
	int rc;

	if (req->bytes < 0 || b.room < px->node->drvs.d_max_copybuf)
		return EMOLRANGE;
	if (!access_ok((void __user *)b.payload, b.room))
		return -EFAULT;
	do {
		rc = wait_ready(px, &req->timeout);
		if (rc)
			return rc;
		rc = take_all(px, &b, req->nr);
		if (rc < 0) {
			fail(px);
			return rc;
		}
		if (READ_ONCE(px->gone))
			return EMOLPROXYFREE;
	} while (!rc);
	req->nr = rc;
	return 0;
}

static int batch_check(const struct m3ipc_batch *req)
{
	if (req->reserved || req->timeout < TIMEOUT_FOREVER)
		return -EINVAL;
	return m3_within(req->nr, 1, M3IPC_MAX_BATCH);
}

int m3_proxy_get2rmt(struct m3_node *node, void *arg)
{
	struct m3_proxy *px;
	int rc = batch_check(arg);

	if (rc)
		return rc;
	px = get_own(node, true);
	if (IS_ERR(px))
		return PTR_ERR(px);
	rc = get2rmt(px, arg);
	m3_proxy_put(px);
	return rc;
}

/* Commands from other nodes */

static int put2lcl(struct m3_proxy *px, const struct m3ipc_batch *req,
		   unsigned int *done)
{
	const cmd_t __user *cmds = u64_to_user_ptr(req->cmds);
	unsigned long payload = req->payload;
	cmd_t cmd;
	int rc;

	for (; *done < req->nr; ++*done) {
		if (copy_from_user(&cmd, &cmds[*done], sizeof(cmd)))
			return -EFAULT;
		if (!m3_proxy_flows(px))
			return -ENOTCONN;
		if (!access_ok((void __user *)payload, max(cmd.c_len, 0)))
			return -EFAULT;
		rc = m3_inbound(px, &cmd, payload);
		if (rc)
			return rc;
		payload += ALIGN(cmd.c_len, M3IPC_PAYLOAD_ALIGN);
	}
	return 0;
}

int m3_proxy_put2lcl(struct m3_node *node, void *arg)
{
	struct m3ipc_batch *req = arg;
	unsigned int done = 0;
	struct m3_proxy *px;
	int rc = batch_check(req);

	if (!rc && (req->timeout || req->bytes))
		rc = -EINVAL;
	px = rc ? NULL : get_own(node, false);
	if (IS_ERR(px))
		rc = PTR_ERR(px);
	if (!rc) {
		rc = put2lcl(px, req, &done);
		m3_proxy_put(px);
	}
	req->nr = done;
	return rc;
}

int m3_proxies_init(void)
{
	cmd_cache = KMEM_CACHE(m3_cmd, SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT);
	return cmd_cache ? 0 : -ENOMEM;
}

/* All nodes are down, and the work of those who died is done. */
void m3_proxies_exit(void)
{
	kmem_cache_destroy(cmd_cache);
}
