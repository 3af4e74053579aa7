/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for endpoints: until one is bound, here or remotely, or is gone.
 *
 *	named is	until it is bound:	until it is gone:
 *	a user slot	anybody is in it	nobody is in it
 *	an endpoint	just that one is bound	it is not
 *	one that has	EMOLDSTDIED		it is gone
 *	been and is not
 *
 * The number of a system slot is its endpoint.  Such a wait is no primitive: it
 * needs no binding, and is in no list.  A caller that is bound in that VM loses
 * the wait with its binding, shows it in its flags, and can be woken from it;
 * it makes one at a time.
 *
 * Those who wait may be thousands, and whoever binds or unbinds has the lock of
 * the VM: so it only notes that the slot has changed, and if somebody sleeps
 * for it has work wake all who do for a slot of that queue; they look again.
 */
#ifndef _M3IPC_WAIT4EP_H
#define _M3IPC_WAIT4EP_H

#include <linux/wait.h>
#include <linux/workqueue.h>

#define M3_EP_QUEUES	16

struct m3_node;
struct m3_proc;
struct m3_vm;

struct m3_ep_waits {
	wait_queue_head_t queues[M3_EP_QUEUES];	/* by p_nr */
	unsigned long changed;			/* bit: that queue's slots */
	struct work_struct work;
};

/* A wait of who is bound; vm->lock */
struct m3_ep_wait {
	u32 flag;			/* WAITBIND, WAITUNBIND; 0: none */
	int p_nr;
	int rc;				/* with which it ends before */
};

void m3_ep_waits_prepare(struct m3_vm *vm);
wait_queue_head_t *m3_ep_queue(struct m3_vm *vm, int p_nr);
int m3_wait4ep(struct m3_node *node, void *arg);

/* vm->lock is held: */
void m3_ep_changed(struct m3_vm *vm, int p_nr);
void m3_ep_all_changed(struct m3_vm *vm);
bool m3_ep_wait_end(struct m3_proc *p, int rc);

#endif /* _M3IPC_WAIT4EP_H */
