/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pairs of proxies: the two threads that carry commands to and from the nodes
 * behind them.
 *
 *	bound --connected--> flowing --disconnected--> bound --unbound--> gone
 *
 * A pair is flowing while both its sender and its receiver are connected.  Only
 * then are commands queued for it; when it stops they are dropped, and
 * everything that waits for the nodes behind it ends (link.c).  It is unbound
 * by a call, with its node, and when one of its threads dies: probe_exit()
 * (death.c) looks for the thread in the table of all that carry commands, and
 * work does the rest.  The other thread then gets SIGPIPE, if whoever bound the
 * pair could send it one: it may have become another's by an exec.
 *
 * The table of pairs belongs to the node; that of threads is one for the
 * machine, on which each carries for one pair.  References: the table of pairs,
 * the links that it serves, calls of its threads.  It is freed after an RCU
 * grace period, so that a command's px may be looked at under the lock of a VM.
 */
#ifndef _M3IPC_PROXY_H
#define _M3IPC_PROXY_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "cmd.h"
#include "linger.h"

struct cred;
struct pid;
struct task_struct;

/* One of the two threads */
struct m3_carrier {
	struct m3_proxy *px;
	struct pid *pid;
	struct hlist_node by_pid;	/* carriers_lock, RCU */
};

struct m3_proxy {
	/* fixed when it is bound */
	struct m3_node *node;		/* holds a reference */
	proxies_usr_t usr;		/* but px_flags: lock */
	struct m3_carrier sender;
	struct m3_carrier receiver;
	const struct cred *binder;	/* who bound it */

	spinlock_t lock;		/* innermost, see node.h */
	struct list_head queue;		/* lock: m3_cmd */
	unsigned int nr_loose;		/* lock: of them */
	bool gone;			/* lock */
	int timeout;			/* ms, of a node that is silent */
	wait_queue_head_t wait;		/* the sender, for commands */
	bool expects;			/* one may be about to be queued */
	struct m3_habit expecting;	/* the sender: waits for that */

	struct work_struct dead_work;
	refcount_t ref;
	struct rcu_head rcu;
};

struct m3_proxy *m3_proxy_find(struct m3_node *node, int pxid);
struct m3_proxy *m3_proxy_own(struct m3_node *node, bool sends);
void m3_proxy_put(struct m3_proxy *px);
void m3_proxy_fail(struct m3_proxy *px);
void m3_proxy_thread_died(struct task_struct *task);
void m3_proxies_down(struct m3_node *node);
bool m3_proxy_flows(const struct m3_proxy *px);
int m3_proxy_state(const struct m3_proxy *px);

int m3_proxies_bind(struct m3_node *node, void *arg);
int m3_proxies_unbind(struct m3_node *node, void *arg);
int m3_proxy_conn(struct m3_node *node, void *arg);
int m3_proxy_timeout(struct m3_node *node, void *arg);
int m3_proxy_info(struct m3_node *node, void *arg);

#endif /* _M3IPC_PROXY_H */
