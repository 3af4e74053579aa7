// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies: who takes part, and what is to be copied.  How is in pages.c.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <linux/wait_bit.h>
#include "aside.h"
#include "bind.h"
#include "compat.h"
#include "faultin.h"
#include "ipc.h"
#include "migrate.h"
#include "node.h"
#include "outcome.h"
#include "pages.h"
#include "priv.h"
#include "proc.h"
#include "recall.h"
#include "rcopy.h"
#include "remote.h"
#include "trace.h"
#include "vcopy.h"

/* The source or the destination of a copy */
struct side {
	struct m3_proc *proc;
	struct task_struct *task;	/* its caller */
	struct mm_struct *mm;		/* NULL: the requester's own */
	struct m3ipc_iovec *segments;	/* still to be copied */
	struct m3ipc_iovec one;		/* the segment of a plain copy */
	void *vector;			/* the array of others, or NULL */
};

/* The next bytes that are contiguous on both sides and fit into a batch */
static size_t next_length(const struct side *src, const struct side *dst)
{
	const struct m3ipc_iovec *s = src->segments, *d = dst->segments;
	size_t offset = max(src->mm ? offset_in_page(s->base) : 0,
			    dst->mm ? offset_in_page(d->base) : 0);

	return min3((size_t)s->len, (size_t)d->len,
		    M3_PAGES_BATCH * PAGE_SIZE - offset);
}

static void advance(struct side *side, size_t len)
{
	side->segments->base += len;
	side->segments->len -= len;
}

static void skip_empty(struct side *side)
{
	while (!side->segments->len)
		side->segments++;
}

static int copy_some(struct side *dst, struct side *src, size_t len,
		     struct m3_patience *patience)
{
	unsigned long daddr = dst->segments->base;
	unsigned long saddr = src->segments->base;

	if (!src->mm)
		return m3_pages_own(dst->mm, daddr, saddr, len, true,
				    patience);
	if (!dst->mm)
		return m3_pages_own(src->mm, saddr, daddr, len, false,
				    patience);
	return m3_pages_between(dst->mm, daddr, src->mm, saddr, len, patience);
}

static int copy(struct side *dst, struct side *src, size_t bytes,
		struct m3_patience *patience)
{
	size_t len;
	int rc;

	for (;;) {
		skip_empty(src);
		skip_empty(dst);
		len = next_length(src, dst);
		rc = copy_some(dst, src, len, patience);
		if (rc)
			return rc;
		bytes -= len;
		if (!bytes)
			return 0;
		advance(src, len);
		advance(dst, len);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

/* Parties */

/*
 * A party that is not the requester must be in a wait in which nobody else
 * expects its memory to change.
 */
static inline int check_state(const struct m3_proc *rqtr,
			      const struct m3_proc *q)
{
	if (q == rqtr)
		return 0;
	if (q->state == M3_MOVING)
		return M3_NEEDS_HOME;
	if (q->suspended)	/* it runs, and may even exec */
		return EMOLPROCSTS;
	switch (q->state) {
	case M3_RUNNING:
		return m3_recall_is_due(rqtr, q) ? M3_NEEDS_HOME : EMOLPROCSTS;
	case M3_MOVING:
	case M3_TRYING:
		return EMOLPROCSTS;
	case M3_REQUESTING:
		if (q->abroad)	/* taken there, for all that is known here */
			break;
		fallthrough;
	case M3_SENDING:
		if (q->peer != rqtr)
			return EMOLPROCSTS;
		break;
	case M3_AWAITING:
	case M3_RECEIVING:
	case M3_RCVRQST:
		break;
	}
	return q->oncopy ? -EBUSY : 0;
}

int m3_vcopy_check_state(const struct m3_proc *rqtr, const struct m3_proc *q)
{
	return check_state(rqtr, q);
}

static struct m3_proc *party(struct m3_proc *rqtr, int endpoint, int gone)
{
	struct m3_proc *q;

	if (endpoint == SELF || endpoint == rqtr->endpoint)
		return rqtr;
	q = m3_ipc_peer(rqtr, endpoint);
	if (PTR_ERR_OR_ZERO(q) == EMOLDSTDIED)
		return ERR_PTR(gone);
	return q;
}

/* Is ns that of the node, or below it? */
static inline bool is_within(const struct user_namespace *ns,
			     const struct user_namespace *nodes)
{
	while (unlikely(ns != nodes)) {
		ns = ns->parent;
		if (!ns)
			return false;
	}
	return true;
}

/*
 * Has q, in a wait that check_state() allows, lent its memory to rqtr?  To the
 * system task by being there, to another server by waiting for it: but not one
 * whose memory is not the node's to give, for it came into it from outside.
 */
static inline bool is_lent(const struct m3_proc *rqtr, const struct m3_proc *q)
{
	if (q == rqtr)
		return true;
	if (q->peer != rqtr ? !m3_proc_is_systask(rqtr) :
			      !m3_proc_is_system(rqtr))
		return false;
	return is_within(m3_task_mm_ns(q->caller), q->vm->node->user_ns);
}

bool m3_vcopy_is_lent(const struct m3_proc *rqtr, const struct m3_proc *q)
{
	return is_lent(rqtr, q);
}

/*
 * The caller of q is in m3_wait(): to leave that it needs the lock of the
 * VM, so its address space is there as long as this is held, or q is.
 */
static void side_set(struct side *side, struct m3_proc *q,
		     const struct m3_proc *rqtr)
{
	side->proc = q;
	side->task = q->caller;
	side->mm = q == rqtr ? NULL : q->caller->mm;
}

static void side_hold(struct side *side)
{
	if (!side->mm)	/* the requester's own */
		return;
	refcount_inc(&side->proc->ref);
	side->proc->oncopy = true;
	mmget(side->mm);
}

/* Who takes part, if rqtr may copy at all */
static __always_inline int parties(struct m3_proc *rqtr, int src_ep, int dst_ep,
				   struct m3_proc **src, struct m3_proc **dst)
{
	int rc;

	lockdep_assert_held(&rqtr->vm->lock);
	if (rqtr->vm->ended)
		return rqtr->vm->ended;
	if (!rqtr->bound)
		return EMOLNOTBIND;
	if (rqtr->caller && rqtr->caller != current)
		return -EBUSY;
	if (rqtr->narrowed) {
		rc = m3_priv_trap(rqtr, _IOC_NR(M3IPC_IOC_VCOPY), NONE);
		if (rc || rqtr->migr)
			return rc ?: M3_NEEDS_HOME;
	}
	*src = party(rqtr, src_ep, EMOLSRCDIED);
	*dst = party(rqtr, dst_ep, EMOLDSTDIED);
	if (IS_ERR(*src))
		return m3_migr_missing(rqtr, PTR_ERR(*src));
	if (IS_ERR(*dst))
		return m3_migr_missing(rqtr, PTR_ERR(*dst));
	return *src == *dst ? EMOLENDPOINT : 0;
}

int m3_vcopy_parties(struct m3_proc *rqtr, int src_ep, int dst_ep,
		     struct m3_proc **src, struct m3_proc **dst)
{
	return parties(rqtr, src_ep, dst_ep, src, dst);
}

/*
 * May rqtr, in a user slot, perhaps have a capability over the parties?  One of
 * another node has none here: those of the proxy are not its.
 */
static bool may_try(const struct m3_proc *rqtr)
{
	return !rqtr->rmt &&
	       ns_capable_noaudit(rqtr->vm->node->user_ns, CAP_SYS_PTRACE);
}

/* May it be, now?  0, and both sides are known; or an error. */
static int vcopy_check(struct m3_proc *rqtr, struct side *src, int src_ep,
		       struct side *dst, int dst_ep, bool *entitled)
{
	struct m3_proc *s, *d;
	int rc = parties(rqtr, src_ep, dst_ep, &s, &d);

	if (rc)
		return rc;
	if (unlikely(s->rmt || d->rmt))
		return M3_ABROAD;
	if (!m3_proc_is_system(rqtr) && !may_try(rqtr))
		return EMOLCALLDENIED;
	rc = check_state(rqtr, s) ?: check_state(rqtr, d);
	if (rc)
		return rc;
	*entitled = is_lent(rqtr, s) && is_lent(rqtr, d);
	if (unlikely(!*entitled && rqtr->rmt))
		return EMOLCALLDENIED;
	side_set(src, s, rqtr);
	side_set(dst, d, rqtr);
	return 0;
}

/* In one piece, within a page of a party, from or to the requester's own? */
static bool copy_at_once(const struct side *src, const struct side *dst,
			 size_t bytes)
{
	const struct m3ipc_iovec *s = src->segments, *d = dst->segments;

	if (s->len != bytes || d->len != bytes)
		return false;
	if (!dst->mm)
		return bytes <= PAGE_SIZE - offset_in_page(s->base) &&
		       m3_pages_at_once(src->mm, s->base, d->base, bytes,
					false);
	return !src->mm && bytes <= PAGE_SIZE - offset_in_page(d->base) &&
	       m3_pages_at_once(dst->mm, d->base, s->base, bytes, true);
}

static bool may_trace(const struct side *side)
{
	return !side->mm ||
	       ns_capable(m3_task_mm_ns(side->task), CAP_SYS_PTRACE);
}

/*
 * q is no longer held.  Its caller is in m3_vcopy_hold() if its wait has ended
 * meanwhile, even if another thread waits with the endpoint by now.
 */
void m3_vcopy_release(struct m3_proc *q)
{
	lockdep_assert_held(&q->vm->lock);
	WRITE_ONCE(q->oncopy, false);
	/* Pairs with that of m3_vcopy_hold(). */
	smp_mb();
	if (unlikely(READ_ONCE(q->watched)))
		wake_up_var(&q->oncopy);
}

static void side_release(struct side *side)
{
	if (side->mm)
		m3_vcopy_release(side->proc);
}

static void put(struct side *side)
{
	if (!side->mm)
		return;
	mmput(side->mm);
	m3_proc_put(side->proc);
}

static int vcopy_end(struct m3_proc *rqtr, struct side *src, struct side *dst,
		     size_t bytes, int rc)
{
	spin_lock(&rqtr->vm->lock);
	side_release(src);
	side_release(dst);
	if (rqtr->vm->ended)
		rc = rqtr->vm->ended;
	else if (!rqtr->bound)
		rc = EMOLNOTBIND;
	else if (!src->proc->bound)
		rc = EMOLSRCDIED;
	else if (!dst->proc->bound)
		rc = EMOLDSTDIED;
	else if (!rc)
		rqtr->copied += bytes;
	spin_unlock(&rqtr->vm->lock);
	put(src);
	put(dst);
	return rc;
}

static int copy_held(struct side *src, struct side *dst, size_t bytes,
		     bool entitled)
{
	struct m3_patience patience;

	if (!entitled && (!may_trace(src) || !may_trace(dst)))
		return EMOLCALLDENIED;
	m3_patience_init(&patience);
	return bytes ? copy(dst, src, bytes, &patience) : 0;
}

/* The first half: M3_HELD, with references to all three; or the result. */
static int begin(struct m3_proc *rqtr, const struct m3ipc_vcopy *req,
		 struct side *src, struct side *dst, bool *entitled)
{
	int rc = vcopy_check(rqtr, src, req->src, dst, req->dst, entitled);

	if (!rc && (!*entitled || !copy_at_once(src, dst, req->bytes))) {
		refcount_inc(&rqtr->ref);
		side_hold(src);
		side_hold(dst);
		return M3_HELD;
	}
	if (!rc)
		rqtr->copied += req->bytes;
	if (unlikely(rc > 0))
		return rc;
	trace_m3ipc_vcopy(rqtr, req->src, req->dst, req->bytes, rc);
	return rc;
}

/* The second half, with the references of the first */
static int go_on(struct m3_proc *rqtr, const struct m3ipc_vcopy *req,
		 struct side *src, struct side *dst, bool entitled)
{
	int rc = copy_held(src, dst, req->bytes, entitled);

	rc = vcopy_end(rqtr, src, dst, req->bytes, rc);
	trace_m3ipc_vcopy(rqtr, req->src, req->dst, req->bytes, rc);
	m3_proc_put(rqtr);
	return rc;
}

static int copy_sides(struct m3_node *node, const struct m3ipc_vcopy *req,
		      struct side *src, struct side *dst)
{
	struct m3_proc *rqtr;
	bool entitled;
	int rc;

	rcu_read_lock();
	rqtr = m3_caller(node);
	if (rqtr) {
		spin_lock(&rqtr->vm->lock);
		rc = begin(rqtr, req, src, dst, &entitled);
		spin_unlock(&rqtr->vm->lock);
	} else {
		rc = m3_node_unbound(node);
	}
	rcu_read_unlock();
	return rc == M3_HELD ? go_on(rqtr, req, src, dst, entitled) : rc;
}

/* Piece by piece of what is contiguous on both sides */
static int copy_remotely(struct m3_node *node, const struct m3ipc_vcopy *req,
			 struct side *src, struct side *dst)
{
	struct m3ipc_vcopy piece = { .src = req->src, .dst = req->dst };
	u64 bytes = req->bytes;
	int rc;

	do {
		if (bytes) {
			skip_empty(src);
			skip_empty(dst);
		}
		piece.saddr = src->segments->base;
		piece.daddr = dst->segments->base;
		piece.bytes = min(src->segments->len, dst->segments->len);
		rc = m3_rcopy_request(node, &piece);
		if (rc)
			return rc;
		bytes -= piece.bytes;
		advance(src, piece.bytes);
		advance(dst, piece.bytes);
	} while (bytes);
	return 0;
}

/* Copies between two of this node that one of another has ordered */
struct order {
	struct work_struct work;
	struct m3_proc *rqtr;
	struct m3ipc_vcopy req;
	struct side src, dst;
	u64 op;			/* of rqtr; and to its answer belongs */
	int from;
};

static int order_begin(struct order *o)
{
	const struct m3ipc_vcopy *req = &o->req;
	struct m3_proc *rqtr = o->rqtr;
	bool entitled;
	int rc;

	if (req->bytes < 0 ||
	    req->bytes > READ_ONCE(rqtr->vm->node->drvs.d_max_copylen))
		return EMOLRANGE;
	if (!access_ok(u64_to_user_ptr(req->saddr), req->bytes) ||
	    !access_ok(u64_to_user_ptr(req->daddr), req->bytes))
		return -EFAULT;
	o->src.one = (struct m3ipc_iovec) { req->saddr, req->bytes };
	o->dst.one = (struct m3ipc_iovec) { req->daddr, req->bytes };
	o->src.segments = &o->src.one;
	o->dst.segments = &o->dst.one;
	spin_lock(&rqtr->vm->lock);
	rc = begin(rqtr, req, &o->src, &o->dst, &entitled);
	spin_unlock(&rqtr->vm->lock);
	if (rc == M3_NEEDS_HOME)
		return EMOLMIGRATE;
	return rc == M3_ABROAD ? EMOLPROCSTS : rc;
}

/* What is left of it.  Nobody asks for the rights of who does it. */
static int order_copy(struct order *o, struct m3_patience *patience)
{
	size_t left = o->src.one.len;

	return left ? copy(&o->dst, &o->src, left, patience) : 0;
}

/* With the references that it began with */
static int order_end(struct order *o, int rc)
{
	const struct m3ipc_vcopy *req = &o->req;

	rc = vcopy_end(o->rqtr, &o->src, &o->dst, req->bytes, rc);
	trace_m3ipc_vcopy(o->rqtr, req->src, req->dst, req->bytes, rc);
	return rc;
}

static void order_answer(const struct order *o, int rc)
{
	struct m3_proc *rqtr = o->rqtr;

	spin_lock(&rqtr->vm->lock);
	if (rqtr->op == o->op)
		m3_remote_ack(rqtr, COPYLCL_ACK, o->from, rc);
	spin_unlock(&rqtr->vm->lock);
}

static void order_work(struct work_struct *work)
{
	struct order *o = container_of(work, struct order, work);
	struct m3_patience patience;

	m3_patience_init(&patience);
	order_answer(o, order_end(o, order_copy(o, &patience)));
	m3_proc_put(o->rqtr);
	kfree(o);
}

/* 0 if it has been put aside: its worker answers. */
static int order_do(struct order *o)
{
	int rc = order_begin(o);

	if (rc == M3_HELD) {
		rc = order_copy(o, NULL);
		if (rc == -EAGAIN) {
			m3_aside_queue(&o->work);
			return 0;
		}
		rc = order_end(o, rc);
		m3_proc_put(o->rqtr);
	}
	order_answer(o, rc);
	return 1;
}

/* cmd is the order, of rqtr; its answer is sent, now or later. */
void m3_vcopy_ordered(struct m3_proc *rqtr, const struct m3ipc_vcopy *req,
		      const cmd_t *cmd)
{
	struct order none = {
		.rqtr = rqtr, .op = cmd->c_snd_seq, .from = cmd->c_dst,
	};
	struct order *o = kmemdup(&none, sizeof(none), GFP_KERNEL_ACCOUNT);

	if (!o) {
		order_answer(&none, -ENOMEM);
		return;
	}
	o->req = *req;
	INIT_WORK(&o->work, order_work);
	if (order_do(o))
		kfree(o);
}

/* What the caller gave: checked here, once. */

static int check_segments(const struct m3ipc_iovec *segments, unsigned int nr,
			  u64 bytes)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (segments[i].len > bytes - sum)
			return -EINVAL;
		if (!access_ok((void __user *)segments[i].base,
			       segments[i].len))
			return -EFAULT;
		sum += segments[i].len;
	}
	return sum == bytes ? 0 : -EINVAL;
}

/* addr is that of an array of nr segments. */
static noinline int read_vector(struct side *side, u64 addr, unsigned int nr,
				u64 bytes)
{
	if (nr > M3IPC_MAX_SEGMENTS)
		return EMOLRANGE;
	side->vector = vmemdup_user((void __user *)addr,
				    nr * sizeof(struct m3ipc_iovec));
	if (IS_ERR(side->vector)) {
		int rc = PTR_ERR(side->vector);

		side->vector = NULL;
		return rc;
	}
	side->segments = side->vector;
	return check_segments(side->segments, nr, bytes);
}

/* nr is 0 for a plain copy. */
static __always_inline int read_side(struct side *side, u64 addr,
				     unsigned int nr, u64 bytes)
{
	if (nr)
		return read_vector(side, addr, nr, bytes);
	side->one = (struct m3ipc_iovec) { addr, bytes };
	side->segments = &side->one;
	return access_ok((void __user *)addr, bytes) ? 0 : -EFAULT;
}

static __always_inline int copy_once(struct m3_node *node,
				     const struct m3ipc_vcopy *req)
{
	struct side src, dst;
	int rc;

	src.vector = NULL;	/* the rest is written before it is read */
	dst.vector = NULL;
	rc = read_side(&src, req->saddr, req->nr_src, req->bytes) ?:
	     read_side(&dst, req->daddr, req->nr_dst, req->bytes) ?:
	     copy_sides(node, req, &src, &dst);
	if (unlikely(rc == M3_ABROAD))
		rc = copy_remotely(node, req, &src, &dst);
	if (req->nr_src)
		kvfree(src.vector);
	if (req->nr_dst)
		kvfree(dst.vector);
	return rc;
}

int m3_vcopy(struct m3_node *node, const struct m3ipc_vcopy *req)
{
	unsigned int looks = 0;
	int rc;

	if (req->bytes < 0 || req->bytes > READ_ONCE(node->drvs.d_max_copylen))
		return EMOLRANGE;
	for (;;) {
		rc = copy_once(node, req);
		if (likely(rc <= 0))
			return rc;
		rc = m3_migr_await_copy(node, req->src, req->dst, &looks);
		if (rc)
			return rc;
	}
}

/* The end of a wait of p, before it goes on: p may be held by a copy. */
void m3_vcopy_hold(struct m3_proc *p)
{
	WRITE_ONCE(p->watched, true);
	/* Pairs with that of m3_vcopy_release(): one of both sees the other. */
	smp_mb();
	___wait_var_event(&p->oncopy, !READ_ONCE(p->oncopy),
			  (TASK_KILLABLE | TASK_FREEZABLE), 0, 0, schedule());
}
