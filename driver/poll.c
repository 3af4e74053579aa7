// SPDX-License-Identifier: GPL-2.0-only
/*
 * Polling for messages.
 */
#include <linux/slab.h>
#include "bind.h"
#include "compat.h"
#include "ipc.h"
#include "node.h"
#include "poll.h"
#include "proc.h"

struct polled {
	struct list_head list;
	struct m3_proc *proc;
};

/* Takes over the reference to the node. */
struct m3_file *m3_file_new(struct m3_node *node)
{
	struct m3_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);

	if (!f)
		return NULL;
	f->node = node;
	mutex_init(&f->lock);
	INIT_LIST_HEAD(&f->polled);
	return f;
}

static void polled_drop(struct polled *e)
{
	list_del(&e->list);
	m3_proc_put(e->proc);
	kfree(e);
}

void m3_file_free(struct m3_file *f)
{
	struct polled *e, *next;

	list_for_each_entry_safe(e, next, &f->polled, list)
		polled_drop(e);
	mutex_destroy(&f->lock);
	m3_node_put(f->node);
	kfree(f);
}

/*
 * Have the descriptor hold a reference to p.  Entries are added to wait queues
 * under the same lock, so none can appear while an idle one is dropped.
 */
static bool polled_hold(struct m3_file *f, struct m3_proc *p)
{
	struct polled *e, *next;

	lockdep_assert_held(&f->lock);
	list_for_each_entry_safe(e, next, &f->polled, list) {
		if (e->proc == p)
			return true;
		if (READ_ONCE(e->proc->bound))
			continue;
		/* Nothing enters the queue meanwhile, see above. */
		if (!waitqueue_active(&e->proc->pollers))
			polled_drop(e);
	}
	e = kmalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	if (!e)
		return false;
	refcount_inc(&p->ref);
	e->proc = p;
	list_add(&e->list, &f->polled);
	return true;
}

static __poll_t readiness(struct m3_proc *p)
{
	__poll_t mask = 0;

	spin_lock(&p->vm->lock);
	if (!p->bound)
		mask = EPOLLHUP;
	else if (m3_ipc_pending(p))
		mask = EPOLLIN | EPOLLRDNORM;
	spin_unlock(&p->vm->lock);
	return mask;
}

static __poll_t readiness_armed(struct m3_file *f, struct m3_proc *p,
				struct file *file, poll_table *wait)
{
	bool held;

	if (m3_poll_does_not_wait(wait))
		return readiness(p);
	mutex_lock(&f->lock);
	held = polled_hold(f, p);
	if (held)
		poll_wait(file, &p->pollers, wait);
	mutex_unlock(&f->lock);
	return held ? readiness(p) : EPOLLERR;
}

__poll_t m3_file_poll(struct m3_file *f, struct file *file, poll_table *wait)
{
	struct m3_proc *p = m3_caller_get(f->node);
	__poll_t mask;

	if (IS_ERR(p))
		return EPOLLHUP;
	mask = readiness_armed(f, p, file, wait);
	m3_proc_put(p);
	return mask;
}
