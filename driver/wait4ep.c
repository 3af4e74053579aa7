// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting until an endpoint is bound, or gone.
 */
#include <linux/bitops.h>
#include "bind.h"
#include "generation.h"
#include "node.h"
#include "outcome.h"
#include "proc.h"
#include "vm.h"
#include "wait.h"
#include "wait4ep.h"

struct ep_wait {
	struct m3_vm *vm;
	struct m3_slot *slot;
	struct m3_proc *self;		/* the caller, if it is bound there */
	int endpoint;			/* or a user slot, see wait4ep.h */
	bool gone;			/* it waits for the end */
	int found;			/* which endpoint it is */
	int rc;				/* once it has ended */
};

static unsigned int queue_of(int p_nr)
{
	return (p_nr + NR_TASKS) % M3_EP_QUEUES;
}

static void ep_waits_work(struct work_struct *work)
{
	struct m3_ep_waits *w = container_of(work, struct m3_ep_waits, work);
	unsigned long changed = xchg(&w->changed, 0);
	unsigned int i;

	for_each_set_bit(i, &changed, M3_EP_QUEUES)
		wake_up_all(&w->queues[i]);
	m3_vm_put(container_of(w, struct m3_vm, ep_waits));
}

void m3_ep_waits_prepare(struct m3_vm *vm)
{
	struct m3_ep_waits *w = &vm->ep_waits;
	int i;

	for (i = 0; i < M3_EP_QUEUES; i++)
		init_waitqueue_head(&w->queues[i]);
	INIT_WORK(&w->work, ep_waits_work);
}

/* Who sleeps there is woken when something changes about the slot. */
wait_queue_head_t *m3_ep_queue(struct m3_vm *vm, int p_nr)
{
	return &vm->ep_waits.queues[queue_of(p_nr)];
}

/* Work that is queued, or that runs, holds the VM; so does the caller. */
static void queue_changed(struct m3_vm *vm, unsigned int i)
{
	/* Its barrier pairs with that of who sleeps, and looks again then. */
	if (!wq_has_sleeper(&vm->ep_waits.queues[i]))
		return;
	set_bit(i, &vm->ep_waits.changed);
	refcount_inc(&vm->ref);
	if (!m3_proc_queue(&vm->ep_waits.work))
		m3_vm_put(vm);
}

/* Who is in that slot has changed, or what a wait for it asks for. */
void m3_ep_changed(struct m3_vm *vm, int p_nr)
{
	lockdep_assert_held(&vm->lock);
	queue_changed(vm, queue_of(p_nr));
}

void m3_ep_all_changed(struct m3_vm *vm)
{
	unsigned int i;

	lockdep_assert_held(&vm->lock);
	for (i = 0; i < M3_EP_QUEUES; i++)
		queue_changed(vm, i);
}

/* End the wait of p, if it is in one, with rc; or because it is not bound. */
bool m3_ep_wait_end(struct m3_proc *p, int rc)
{
	lockdep_assert_held(&p->vm->lock);
	if (!p->ep_wait.flag)
		return false;
	p->ep_wait.rc = rc;
	m3_ep_changed(p->vm, p->ep_wait.p_nr);
	return true;
}

static bool ep_is_slot(const struct ep_wait *w)
{
	return !_ENDPOINT_G(w->endpoint);
}

/*
 * Can it not come any more?  This node gives each endpoint of a slot once, and
 * enters none of another node in place of one that comes after it.
 */
static bool ep_has_been(const struct ep_wait *w, const struct m3_proc *p)
{
	int gen = _ENDPOINT_G(w->endpoint);

	if (ep_is_slot(w))
		return false;
	if (p && m3_generation_after(_ENDPOINT_G(p->endpoint), gen))
		return true;
	return m3_generation_given(&w->slot->generations,
				   w->vm->node->drvs.d_nodeid, gen);
}

/* How the wait ends, or M3_BLOCKED */
static int ep_look(struct ep_wait *w)
{
	struct m3_proc *p;
	bool is_bound;

	if (w->vm->ended)
		return w->vm->ended;
	p = rcu_dereference_protected(w->slot->proc,
				      lockdep_is_held(&w->vm->lock));
	is_bound = p && (ep_is_slot(w) || p->endpoint == w->endpoint);
	if (is_bound)
		w->found = p->endpoint;
	if (is_bound != w->gone)
		return 0;
	if (w->self && !w->self->bound)
		return EMOLNOTBIND;
	if (w->self && w->self->ep_wait.rc)
		return w->self->ep_wait.rc;
	return !w->gone && ep_has_been(w, p) ? EMOLDSTDIED : M3_BLOCKED;
}

static bool ep_is_over(struct ep_wait *w)
{
	spin_lock(&w->vm->lock);
	w->rc = ep_look(w);
	spin_unlock(&w->vm->lock);
	return w->rc != M3_BLOCKED;
}

/* From now on the caller shows that it waits, or is told to wait its turn. */
static int ep_wait_enter(struct ep_wait *w)
{
	int rc = 0;

	if (!w->self)
		return 0;
	spin_lock(&w->vm->lock);
	if (w->self->ep_wait.flag)
		rc = -EBUSY;
	else
		w->self->ep_wait = (struct m3_ep_wait) {
			.flag = w->gone ? WAITUNBIND : WAITBIND,
			.p_nr = _ENDPOINT_P(w->endpoint),
		};
	spin_unlock(&w->vm->lock);
	return rc;
}

static void ep_wait_leave(struct ep_wait *w)
{
	if (!w->self)
		return;
	spin_lock(&w->vm->lock);
	w->self->ep_wait = (struct m3_ep_wait) { };
	spin_unlock(&w->vm->lock);
}

static int ep_sleep(struct ep_wait *w, s64 *timeout)
{
	int queue = queue_of(_ENDPOINT_P(w->endpoint));
	ktime_t end = m3_deadline(*timeout);
	int rc;

	rc = wait_event_interruptible_hrtimeout(w->vm->ep_waits.queues[queue],
						ep_is_over(w),
						m3_time_left(end));
	if (rc == -ERESTARTSYS)
		m3_time_save(end, timeout);
	if (rc == -ETIME)
		return -ETIMEDOUT;
	return rc ?: w->rc;
}

static int ep_wait(struct ep_wait *w, s64 *timeout)
{
	int rc;

	if (!m3_vm_is_endpoint(w->vm, w->endpoint) &&
	    (_ENDPOINT_G(w->endpoint) || !w->slot))
		return EMOLENDPOINT;
	if (ep_is_over(w))
		return w->rc;
	if (*timeout == TIMEOUT_NOWAIT)
		return -EAGAIN;
	rc = ep_wait_enter(w);
	if (rc)
		return rc;
	rc = ep_sleep(w, timeout);
	ep_wait_leave(w);
	return rc;
}

/* The VM that the caller names, with a reference, or its own, or an error */
static struct m3_vm *named_vm(struct m3_node *node, struct m3_proc *self,
			      int vmid)
{
	if (vmid != M3IPC_OWN_VM)
		return m3_vm_get(node, vmid);
	if (IS_ERR(self))
		return ERR_CAST(self);
	refcount_inc(&self->vm->ref);
	return self->vm;
}

/* What is left of the timeout goes back to the caller: see m3_wait4bind(). */
int m3_wait4ep(struct m3_node *node, void *arg)
{
	struct m3ipc_wait4ep *req = arg;
	struct m3_proc *self;
	struct ep_wait w = {
		.endpoint = req->endpoint,
		.gone = req->until == M3IPC_UNTIL_GONE,
	};
	int rc;

	if (req->reserved || req->until > M3IPC_UNTIL_GONE ||
	    req->timeout < TIMEOUT_FOREVER)
		return -EINVAL;
	self = m3_caller_get(node);
	w.vm = named_vm(node, self, req->vmid);
	if (IS_ERR(w.vm)) {
		rc = PTR_ERR(w.vm);
		goto put_self;
	}
	if (!IS_ERR(self) && self->vm == w.vm)
		w.self = self;
	w.slot = m3_vm_slot(w.vm, _ENDPOINT_P(w.endpoint));
	rc = ep_wait(&w, &req->timeout);
	if (!rc && !w.gone)
		req->endpoint = w.found;
	m3_vm_put(w.vm);
put_self:
	if (!IS_ERR(self))
		m3_proc_put(self);
	return rc;
}
