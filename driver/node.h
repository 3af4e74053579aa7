/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes: one to a network namespace.
 *
 * A node exists as long as its namespace and whatever else holds a reference:
 * open descriptors and VMs.  It is down until drvs_init, and down again after
 * drvs_end; when the namespace goes it goes down and is dead, however many
 * descriptors of it are still open somewhere.
 *
 *	down --drvs_init--> up --drvs_end--> down --namespace gone--> dead
 *
 * When a node goes down its processes get SIGPIPE, if whoever ends it could
 * send them that.  A namespace that goes has nobody who ends it: then whoever
 * made it a node counts, with the rights that he had then, as the credentials
 * of an open file do.
 *
 * LOCKS, outermost first.  This is the one order of the whole driver.
 *
 *	m3_node.lock	mutex: life cycle of the node and of its VMs
 *	m3_file.lock	mutex: the list of endpoints that a descriptor polls
 *	m3_vm.lock	spinlock: every endpoint of a VM: states, queues, the
 *			wait-for graph, notifications, the table of slots
 *	binds_lock	spinlock: who is bound (bind.c)
 *	carriers_lock	spinlock: which threads are proxies (proxy.c)
 *	m3_proxy.lock	spinlock: a queue of commands
 *
 * The last three do not meet.
 *
 * Of the kernel's own, mmap_lock is taken without any of these, but for a try
 * within m3_vm.lock (pages.c), and the lock of a page table is innermost.
 *
 * Nothing that sleeps or faults happens under a spinlock; message pages are
 * the driver's own memory.  Look-ups of VMs, slots and callers are by RCU.
 */
#ifndef _M3IPC_NODE_H
#define _M3IPC_NODE_H

#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include "m3ipc.h"

struct cred;
struct m3_link;
struct m3_proxy;
struct net;
struct proc_dir_entry;
struct user_namespace;

#define M3_BIND_WAITS	32

struct m3_node {
	refcount_t ref;
	struct mutex lock;	/* life cycle of this and its VMs */
	bool up;		/* lock; read without it as a hint */
	bool dead;		/* lock */
	unsigned int downs;	/* lock: how often it went down; read freely */
	drvs_usr_t drvs;	/* lock; fixed while up */
	const struct cred *starter;	/* lock; NULL while down */
	struct xarray vms;	/* lock to change, RCU to look up */
	struct m3_link __rcu *links[M3IPC_MAX_NODES];	/* the same */
	struct m3_proxy __rcu *pairs[M3IPC_MAX_NODES];	/* the same, by pxid */
	wait_queue_head_t bind_waits[M3_BIND_WAITS];	/* see bind.c */
	struct user_namespace *user_ns;
	struct proc_dir_entry *dir;	/* /proc/net/drvs */
};

int m3_nodes_init(void);
void m3_nodes_exit(void);

struct m3_node *m3_node_get_current(void);
void m3_node_put(struct m3_node *node);
bool m3_node_admin(const struct m3_node *node);
bool m3_node_is_admin(const struct m3_node *node);

int m3_drvs_init(struct m3_node *node, void *arg);
int m3_drvs_end(struct m3_node *node, void *unused);
int m3_drvs_info(struct m3_node *node, void *arg);
int m3_node_info(struct m3_node *node, void *arg);

/* What a caller without an endpoint is told. */
static inline int m3_node_unbound(const struct m3_node *node)
{
	return READ_ONCE(node->up) ? EMOLNOTBIND : EMOLDRVSINIT;
}

static inline int m3_within(int val, int min, int max)
{
	return val >= min && val <= max ? 0 : EMOLRANGE;
}

#endif /* _M3IPC_NODE_H */
