/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Links: the other nodes that this one reaches, and which VMs span them.
 *
 *	free --node_up--> up --node_down, its pair unbound--> free
 *
 * A link names the pair of proxies that leads to its node.  node->lock guards
 * the table, look-ups are by RCU.  Whether a VM spans a node (vm_nodes) is
 * changed under node->lock and the lock of the VM.
 *
 * LOST.  When a pair no longer flows, a node goes down or leaves a VM, every
 * descriptor of that node is looked at: what waits for it, and what it waits
 * for, ends (m3_remote_lost()).  This is the one place where that happens.
 * When it flows again the node hears who has ended meanwhile (obit.h).
 */
#ifndef _M3IPC_LINK_H
#define _M3IPC_LINK_H

#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include "m3ipc.h"

struct m3_node;
struct m3_proxy;

struct m3_link {
	int nodeid;
	char name[M3IPC_NAME_LEN];
	struct m3_proxy *px;		/* holds a reference */

	/* of its sender and its receiver alone; read freely */
	u64 sent;
	u64 received;
	u64 sent_at;			/* ns, realtime */
	u64 received_at;
	u64 refused;			/* answers that nobody waited for */

	struct rcu_head rcu;
};

int m3_link_up(struct m3_node *node, void *arg);
int m3_link_down(struct m3_node *node, void *arg);
int m3_link_add_vm(struct m3_node *node, void *arg);
int m3_link_del_vm(struct m3_node *node, void *arg);
int m3_link_check(const struct m3_node *node, int nodeid);
void m3_link_refused(struct m3_node *node, int nodeid);
int m3_link_pxid(const struct m3_node *node, int nodeid);
void m3_link_info(struct m3_node *node, node_usr_t *info);
void m3_links_flow(struct m3_node *node, const struct m3_proxy *px);
ktime_t m3_link_deadline(const struct m3_node *node, int nodeid);
int m3_link_state(const struct m3_node *node, int nodeid);
void m3_links_lost(struct m3_node *node, const struct m3_proxy *px);
void m3_links_remove(struct m3_node *node, const struct m3_proxy *px);

#endif /* _M3IPC_LINK_H */
