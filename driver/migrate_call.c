// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that meet a migration: those of the migrant that have not begun,
 * answers to it while its call is suspended, and copies.  Those sleep in the
 * queue of a slot, and are made again then.
 */
#include <linux/delay.h>
#include <linux/wait.h>
#include "bind.h"
#include "migrate.h"
#include "outcome.h"
#include "recall.h"
#include "remote.h"
#include "wait.h"
#include "wait4ep.h"
#include "waitmigr.h"

#define LOOK_MS		20
#define MAX_LOOKS	(M3IPC_LINK_TIMEOUT / LOOK_MS)

/* Is that a call whose caller says how long it may wait? */
static bool has_time(unsigned int nr)
{
	return nr == _IOC_NR(M3IPC_IOC_SEND) ||
	       nr == _IOC_NR(M3IPC_IOC_RECEIVE) ||
	       nr == _IOC_NR(M3IPC_IOC_SENDREC) ||
	       nr == _IOC_NR(M3IPC_IOC_RCVRQST) ||
	       nr == _IOC_NR(M3IPC_IOC_REPLY_RCVRQST);
}

/* Calls of the migrant, and answers to it */

/* May p, whose priv is not all it is to be looked at for, begin that call? */
int m3_migr_call(const struct m3_proc *p, unsigned int nr, s64 timeout)
{
	if (!p->migr)
		return 0;
	return has_time(nr) && timeout == TIMEOUT_NOWAIT ? -EAGAIN :
							   M3_NEEDS_HOME;
}

/* q, which migrates, has been answered: it waits for nobody any more. */
void m3_migr_answered(struct m3_proc *q, int src, const message *msg)
{
	lockdep_assert_held(&q->vm->lock);
	if (q->abroad)
		m3_remote_ended(q);
	q->call->msg.m_type = msg->m_type;
	q->call->msg.m_u = msg->m_u;
	q->call->msg.m_source = src;
	q->answered = true;
	q->peer = NULL;
	list_del_init(&q->link);
}

/* Does q, whose call is suspended, wait for an answer of p? */
static bool is_server_of(const struct m3_proc *p, const struct m3_proc *q)
{
	return m3_migr_is_suspended(q) && q->peer == p && !q->answered &&
	       (q->held == M3_AWAITING || q->held == M3_RECEIVING);
}

/* Nobody waits for p that could be answered; perhaps that is still to come. */
static int not_ready(const struct m3_proc *p)
{
	return m3_migr_settles(p) ? M3_NEEDS_HOME : EMOLNOTREADY;
}

/* The same for somebody of whom nothing is known, which is an error so far */
int m3_migr_missing(const struct m3_proc *p, int rc)
{
	return (rc == EMOLDSTDIED || rc == EMOLSRCDIED) && m3_migr_settles(p) ?
		       M3_NEEDS_HOME : rc;
}

/* The answer of p for dst, which is not in a state that waits for it */
int m3_migr_reply(struct m3_proc *p, struct m3_proc *dst, const message *msg)
{
	if (m3_recall_keep(p, dst, msg))
		return 0;
	if (!is_server_of(p, dst))
		return not_ready(p);
	m3_migr_answered(dst, p->endpoint, msg);
	p->sent++;
	return 0;
}

/* The same for a request that p hands on: it is made when the client stays. */
int m3_migr_relay(struct m3_proc *p, struct m3_proc *client,
		  struct m3_proc *dst, const message *msg)
{
	if (!is_server_of(p, client) || client->held != M3_AWAITING)
		return not_ready(p);
	client->call->msg = *msg;
	m3_waitmigr_park(client, M3_REQUESTING, dst);
	return 0;
}

/* Waits of calls that have not begun */

struct own_wait {
	struct m3_proc *p;
	unsigned int seen;	/* m3_slot.arrived */
	ktime_t end;
};

static bool own_is_over(const struct own_wait *w)
{
	const struct m3_proc *p = w->p;
	const struct m3_slot *slot = m3_migr_slot(p);
	bool over;

	spin_lock(&p->vm->lock);
	over = !p->bound || (!p->migr && (!m3_migr_settles(p) ||
					  slot->arrived != w->seen));
	spin_unlock(&p->vm->lock);
	return over;
}

static void own_begin(struct own_wait *w, s64 timeout)
{
	struct m3_proc *p = w->p;

	spin_lock(&p->vm->lock);
	w->seen = m3_migr_slot(p)->arrived;
	w->end = p->migr ? m3_deadline(timeout) : m3_migr_slot(p)->settle_by;
	p->early++;
	spin_unlock(&p->vm->lock);
}

/* How it ended: 0 if the call is to be made again */
static int own_end(struct own_wait *w, int rc)
{
	struct m3_proc *p = w->p;

	spin_lock(&p->vm->lock);
	p->early--;
	if (!p->bound)
		rc = p->vm->ended ?: p->unbound;
	else if (rc == -ETIME)
		rc = p->migr ? -ETIMEDOUT : 0;
	spin_unlock(&p->vm->lock);
	return rc;
}

/*
 * Wait until a call of the caller that has not begun may.  What is left of its
 * time is for the call.
 */
int m3_migr_await(struct m3_node *node, unsigned int nr, unsigned long index)
{
	struct own_wait w = { .p = m3_caller_get(node) };
	s64 timeout = TIMEOUT_FOREVER;
	struct m3ipc_call *call;
	int rc;

	if (IS_ERR(w.p))
		return PTR_ERR(w.p);
	call = &w.p->page->call[index];
	if (has_time(nr))
		timeout = max_t(s64, READ_ONCE(call->timeout), TIMEOUT_FOREVER);
	own_begin(&w, timeout);
	rc = wait_event_interruptible_hrtimeout(*m3_ep_queue(w.p->vm,
							     w.p->p_nr),
						own_is_over(&w),
						m3_time_left(w.end));
	if (timeout > 0 && w.end != KTIME_MAX)
		m3_time_save(w.end, &call->timeout);
	rc = own_end(&w, rc);
	m3_proc_put(w.p);
	return rc;
}

/* Is it in the way of a copy that who has that endpoint migrates? */
static bool is_moving(struct m3_vm *vm, int endpoint)
{
	const struct m3_proc *q;
	bool moving;

	spin_lock(&vm->lock);
	q = m3_proc_at(vm, endpoint);
	moving = q && (q->migr || q->state == M3_MOVING);
	spin_unlock(&vm->lock);
	return moving;
}

/* Until that is over; or for a moment, if another node has said it: it knows */
static int copy_sleep(struct m3_vm *vm, int endpoint)
{
	if (endpoint == NONE)
		return msleep_interruptible(LOOK_MS) ? -ERESTARTSYS : 0;
	return wait_event_interruptible(*m3_ep_queue(vm, _ENDPOINT_P(endpoint)),
					!is_moving(vm, endpoint));
}

/* The same for the caller's copy between src and dst; looks: how many before */
int m3_migr_await_copy(struct m3_node *node, int src, int dst,
		       unsigned int *looks)
{
	struct m3_proc *p = m3_caller_get(node);
	int i, rc, all[3] = { SELF, src, dst };

	if (IS_ERR(p))
		return PTR_ERR(p);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i] == SELF)
			all[i] = p->endpoint;
		if (is_moving(p->vm, all[i]))
			break;
	}
	if (i < ARRAY_SIZE(all))
		rc = copy_sleep(p->vm, all[i]);
	else if (++*looks > MAX_LOOKS)
		rc = EMOLMIGRATE;
	else
		rc = copy_sleep(p->vm, NONE);
	m3_proc_put(p);
	return rc;
}
