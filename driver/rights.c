// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rights over the threads and processes of others.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include "node.h"
#include "rights.h"

/* Threads of the kernel, and of io_uring, are nobody's. */
static bool is_nobodys(const struct task_struct *task)
{
	return task->flags & (PF_KTHREAD | PF_IO_WORKER);
}

static bool has_uids(const struct cred *tcred, kuid_t uid)
{
	return uid_eq(uid, tcred->uid) && uid_eq(uid, tcred->euid) &&
	       uid_eq(uid, tcred->suid);
}

/* One of the caller's process, or of the caller's user and no other */
bool m3_is_own(struct task_struct *task)
{
	const struct cred *tcred;
	bool own;

	if (is_nobodys(task))
		return false;
	if (same_thread_group(task, current))
		return true;
	tcred = get_task_cred(task);
	own = has_uids(tcred, current_euid());
	put_cred(tcred);
	return own;
}

static bool has_capability_over(struct task_struct *task, int cap)
{
	const struct cred *tcred = get_task_cred(task);
	bool has = ns_capable(tcred->user_ns, cap);

	put_cred(tcred);
	return has;
}

/* The signal 0, which is none, is the question whether another may be sent. */
bool m3_may_signal(struct task_struct *task)
{
	return !is_nobodys(task) && !kill_pid(task_pid(task), 0, 0);
}

/*
 * More than kill(2) asks: that lets a user end a set-user-id program that he
 * started, but he is not to bind it.
 */
bool m3_may_name(struct task_struct *task)
{
	if (is_nobodys(task))
		return false;
	return (m3_is_own(task) || has_capability_over(task, CAP_KILL)) &&
	       m3_may_signal(task);
}

bool m3_may_see(const struct m3_node *node, struct task_struct *task)
{
	return m3_is_own(task) || m3_node_is_admin(node);
}
