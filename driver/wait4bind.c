// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting to be bound.
 */
#include <linux/hash.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>
#include "backup.h"
#include "bind.h"
#include "node.h"
#include "proc.h"
#include "wait.h"
#include "wait4bind.h"

/* Where the threads of a process wait to be bound: with few others */
static wait_queue_head_t *wait_queue(struct m3_node *node,
				     const struct pid *tgid)
{
	return &node->bind_waits[hash_ptr(tgid, ilog2(M3_BIND_WAITS))];
}

void m3_wait4bind_prepare(struct m3_node *node)
{
	int i;

	for (i = 0; i < M3_BIND_WAITS; i++)
		init_waitqueue_head(&node->bind_waits[i]);
}

/* The node goes down. */
void m3_wait4bind_wake_all(struct m3_node *node)
{
	int i;

	for (i = 0; i < M3_BIND_WAITS; i++)
		wake_up_all(&node->bind_waits[i]);
}

/* The caller's endpoint on this node, and whether it has one */
static bool own_endpoint(struct m3_node *node, int *endpoint)
{
	struct m3_proc *p;

	rcu_read_lock();
	p = m3_caller(node);
	if (p && READ_ONCE(p->standby))
		p = NULL;
	if (p)
		*endpoint = p->endpoint;
	rcu_read_unlock();
	return p;
}

/* Does the caller stand by? */
static bool caller_stands_by(struct m3_node *node)
{
	const struct m3_proc *p;
	bool stands;

	rcu_read_lock();
	p = m3_caller(node);
	stands = p && m3_backup_is(p);
	rcu_read_unlock();
	return stands;
}

/* Does it no more?  stands: it did, when it was looked at last. */
static bool stood_by(struct m3_node *node, bool *stands)
{
	bool now = caller_stands_by(node);

	if (*stands && !now)
		return true;
	*stands = now;
	return false;
}

/* Whoever waits with the process of that leader to be bound looks again. */
void m3_wait4bind_wake(struct m3_node *node, const struct pid *leader)
{
	wake_up_all(wait_queue(node, leader));
}

/* The same with that of p */
void m3_wait4bind_wake_proc(const struct m3_proc *p)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(p->pid, p->thread ? PIDTYPE_PID : PIDTYPE_TGID);
	if (task)
		m3_wait4bind_wake(p->vm->node, task_tgid(task));
	rcu_read_unlock();
}

/*
 * Wait until somebody binds the caller, or its process; or until it stands by
 * no more, if it does.  What is left of the timeout goes back to the caller: a
 * signal handler may interrupt the call, and it is restarted.
 */
int m3_wait4bind(struct m3_node *node, void *arg)
{
	struct m3ipc_wait4bind *req = arg;
	unsigned int ends = READ_ONCE(node->downs);
	wait_queue_head_t *queue = wait_queue(node, task_tgid(current));
	bool stands = caller_stands_by(node);
	int *ep = &req->endpoint;
	ktime_t end;
	int rc;

	if (req->reserved || req->timeout < TIMEOUT_FOREVER)
		return -EINVAL;
	if (!READ_ONCE(node->up))
		return EMOLDRVSINIT;
	if (own_endpoint(node, ep))
		return 0;
	if (req->timeout == TIMEOUT_NOWAIT)
		return -EAGAIN;
	end = m3_deadline(req->timeout);
	rc = wait_event_interruptible_hrtimeout(*queue,
						own_endpoint(node, ep) ||
						stood_by(node, &stands) ||
						READ_ONCE(node->downs) != ends,
						m3_time_left(end));
	if (READ_ONCE(node->downs) != ends)
		return EMOLDRVSINIT;
	if (rc == -ETIME)
		return -ETIMEDOUT;
	if (rc == -ERESTARTSYS)
		m3_time_save(end, &req->timeout);
	if (!rc && !own_endpoint(node, ep))
		return EMOLNOTBIND;
	return rc;
}
