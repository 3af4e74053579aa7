/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rendezvous: the primitives.  Overview in ipc.c.
 */
#ifndef _M3IPC_IPC_H
#define _M3IPC_IPC_H

#include <linux/poll.h>
#include "proc.h"

struct m3_node;

int m3_ipc_call(struct m3_node *node, unsigned int nr, unsigned long index);
struct m3_proc *m3_ipc_peer(struct m3_proc *p, int endpoint);
struct m3_proc *m3_ipc_dst(struct m3_proc *p, int endpoint);
bool m3_ipc_pending(const struct m3_proc *p);

/* For what comes from other nodes; vm->lock is held. */
bool m3_ipc_waits_for(const struct m3_proc *q, const struct m3_proc *p);
void m3_ipc_deliver(struct m3_proc *src, struct m3_proc *dst);
int m3_ipc_offer(struct m3_proc *p, struct m3_proc *dst, enum m3_state state,
		 bool nowait);
void m3_ipc_await(struct m3_proc *src, struct m3_proc *dst);
int m3_ipc_await_moved(struct m3_proc *src, struct m3_proc *dst);
void m3_ipc_go_on(struct m3_proc *p);
struct m3_proc *m3_ipc_first(struct m3_proc *p);
void m3_ipc_deliver_late(struct m3_proc *dst, int src, const message *msg);
void m3_ipc_redirected(struct m3_proc *p, struct m3_proc *dst);
int m3_ipc_redirect(struct m3_proc *client, struct m3_proc *dst,
		    const message *msg);

/*
 * Those who poll: a message or notification is there.  They enter the queue and
 * then look under the lock: the queue seen empty here means that they will see
 * the message.
 */
static inline void m3_ipc_poll_wake(struct m3_proc *p)
{
	lockdep_assert_held(&p->vm->lock);
	/* The lock orders this, see above. */
	if (waitqueue_active(&p->pollers))
		wake_up_poll(&p->pollers, EPOLLIN | EPOLLRDNORM);
}

#endif /* _M3IPC_IPC_H */
