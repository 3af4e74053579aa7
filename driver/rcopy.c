// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part that this node has in a remote copy: how it begins and ends.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "aside.h"
#include "node.h"
#include "pages.h"
#include "proc.h"
#include "rcopy_part.h"
#include "remote.h"
#include "vcopy.h"

static void free_work(struct work_struct *work)
{
	struct m3_rcopy *x = container_of(work, struct m3_rcopy, free_work);
	struct m3_aside *f, *next;

	list_for_each_entry_safe(f, next, &x->aside, link)
		m3_aside_free(f);
	if (x->mm)
		mmput(x->mm);
	if (x->party)
		m3_proc_put(x->party);
	if (x->rqtr)
		m3_proc_put(x->rqtr);
	kfree(x);
}

void m3_rcopy_put(struct m3_rcopy *x)
{
	if (refcount_dec_and_test(&x->ref))
		m3_proc_queue(&x->free_work);
}

void m3_rcopy_get(struct m3_rcopy *x)
{
	refcount_inc(&x->ref);
}

static void rcopy_watch(struct work_struct *work);
static void rcopy_aside(struct work_struct *work);

struct m3_rcopy *m3_rcopy_alloc(void)
{
	struct m3_rcopy *x = kzalloc(sizeof(*x), GFP_KERNEL_ACCOUNT);

	if (!x)
		return NULL;
	refcount_set(&x->ref, 1);
	m3_cmd_prepare(&x->frame, &m3_rcopy_frame_ops, x);
	m3_patience_init(&x->patience);
	init_completion(&x->done);
	INIT_LIST_HEAD(&x->aside);
	INIT_WORK(&x->aside_work, rcopy_aside);
	INIT_WORK(&x->free_work, free_work);
	INIT_DELAYED_WORK(&x->watch, rcopy_watch);
	return x;
}

struct m3_node *m3_rcopy_node(const struct m3_rcopy *x)
{
	return x->rqtr->vm->node;
}

/* x takes the reference to p, whose copy it becomes. */
static void attach(struct m3_rcopy *x, struct m3_proc *p)
{
	m3_rcopy_get(x);
	p->copy = x;
}

static void detach(struct m3_rcopy *x, struct m3_proc *p)
{
	if (p->copy != x)
		return;
	p->copy = NULL;
	m3_rcopy_put(x);
}

void m3_rcopy_set_requester(struct m3_rcopy *x, struct m3_proc *rqtr, u64 op)
{
	refcount_inc(&rqtr->ref);
	x->rqtr = rqtr;
	x->op = op;
	attach(x, rqtr);
}

/* The memory that x reads or writes: from addr on, left bytes of party's */
void m3_rcopy_set_party(struct m3_rcopy *x, struct m3_proc *party, u64 addr,
			u64 bytes)
{
	refcount_inc(&party->ref);
	x->party = party;
	x->addr = addr;
	x->left = bytes;
	if (party == x->rqtr) {
		x->mm = current->mm;
	} else {
		x->mm = party->caller->mm;
		x->held = true;
		party->oncopy = true;
		attach(x, party);
	}
	mmget(x->mm);
}

/* The party may run on. */
void m3_rcopy_let_go(struct m3_rcopy *x)
{
	lockdep_assert_held(&x->rqtr->vm->lock);
	if (!x->held)
		return;
	x->held = false;
	m3_vcopy_release(x->party);
}

/* It has ended and is not busy: nobody's memory is read or written any more. */
static void rcopy_leave(struct m3_rcopy *x)
{
	m3_rcopy_let_go(x);
	if (cancel_delayed_work(&x->watch))
		m3_rcopy_put(x);
	if (x->party)
		detach(x, x->party);
	detach(x, x->rqtr);
	complete_all(&x->done);
}

/* The node of the destination, which expects frames, is to forget them. */
static void rcopy_revoke(struct m3_rcopy *x)
{
	const struct m3_proc *rqtr = x->rqtr;

	x->granted = false;
	x->frame.cmd = (cmd_t) {
		.c_cmd = CANCEL_MSG,
		.c_vmid = rqtr->vm->usr.vm_vmid,
		.c_src = rqtr->endpoint,
		.c_dst = x->frame.cmd.c_u.cu_vcopy.v_dst,
		.c_snode = rqtr->vm->node->drvs.d_nodeid,
		.c_dnode = x->to,
		.c_ack_seq = x->op,
	};
	/* If that cannot be reached it has forgotten. */
	m3_cmd_queue(rqtr->vm->node, &x->frame);
}

/* The part ends.  Its caller has a reference. */
void m3_rcopy_end(struct m3_rcopy *x, int rc)
{
	lockdep_assert_held(&x->rqtr->vm->lock);
	if (x->ended)
		return;
	x->ended = true;
	x->rc = rc;
	m3_cmd_withdraw(&x->frame);
	if (!x->rqtr->rmt && m3_cmd_withdraw(&x->rqtr->cmd))
		x->granted = false;	/* that has not left */
	if (x->granted)
		rcopy_revoke(x);
	if (!x->busy)
		rcopy_leave(x);
}

/* The same, and a requester on another node learns of it. */
void m3_rcopy_finish(struct m3_rcopy *x, int rc)
{
	struct m3_proc *rqtr = x->rqtr;

	if (rqtr->rmt)
		m3_remote_ack_op(rqtr, x->op, x->ack, x->party->endpoint, rc);
	m3_rcopy_end(x, rc);
}

/* A copy that p takes part in, with a reference, or NULL */
struct m3_rcopy *m3_rcopy_of(struct m3_proc *p)
{
	struct m3_rcopy *x = p->copy;

	lockdep_assert_held(&p->vm->lock);
	if (x)
		m3_rcopy_get(x);
	return x;
}

/* p is being unbound. */
void m3_rcopy_gone(struct m3_proc *p, int why)
{
	struct m3_rcopy *x = m3_rcopy_of(p);

	if (!x)
		return;
	if (p == x->rqtr)
		m3_rcopy_end(x, why);
	else
		m3_rcopy_finish(x, p->vm->ended ?: x->sends ? EMOLSRCDIED :
							      EMOLDSTDIED);
	m3_rcopy_put(x);
}

/* That node cannot be reached any more. */
void m3_rcopy_lost(struct m3_proc *p, int nodeid, int why)
{
	struct m3_rcopy *x = m3_rcopy_of(p);

	if (!x)
		return;
	if (x->nodes >> nodeid & 1)
		m3_rcopy_finish(x, why);
	m3_rcopy_put(x);
}

/*
 * x expects a frame of another node: but not for ever, since it holds its
 * party.
 */
void m3_rcopy_expect(struct m3_rcopy *x)
{
	x->heard = jiffies;
	m3_rcopy_get(x);
	if (!m3_proc_queue_delayed(&x->watch, M3_RCOPY_SILENCE))
		m3_rcopy_put(x);	/* it looks already */
}

static void rcopy_watch(struct work_struct *work)
{
	struct m3_rcopy *x = container_of(to_delayed_work(work),
					  struct m3_rcopy, watch);
	spinlock_t *lock = &x->rqtr->vm->lock;
	unsigned long end;

	spin_lock(lock);
	end = x->heard + M3_RCOPY_SILENCE;
	if (!x->ended && !x->busy && time_after_eq(jiffies, end)) {
		m3_rcopy_finish(x, -ETIMEDOUT);
	} else if (!x->ended) {
		m3_rcopy_get(x);
		m3_proc_queue_delayed(&x->watch, x->busy ? M3_RCOPY_SILENCE :
						 end - jiffies);
	}
	spin_unlock(lock);
	m3_rcopy_put(x);
}

static bool is_user_memory(u64 addr, u64 bytes)
{
	return addr == (unsigned long)addr && bytes == (size_t)bytes &&
	       access_ok((void __user *)(unsigned long)addr, bytes);
}

/* x is not copied by that one any more. */
void m3_rcopy_idle(struct m3_rcopy *x, unsigned int who)
{
	x->busy &= ~who;
	if (x->ended && !x->busy)
		rcopy_leave(x);
}

/* The memory of the party is not there. */
void m3_rcopy_put_aside(struct m3_rcopy *x)
{
	m3_rcopy_get(x);
	if (!m3_aside_queue(&x->aside_work))
		m3_rcopy_put(x);	/* it begins anew */
}

/*
 * Between the memory of x's party and that of the calling proxy: EAGAIN if that
 * is not there
 */
int m3_rcopy_bytes(const struct m3_rcopy *x, unsigned long own, size_t len,
		   bool write)
{
	unsigned long addr = x->addr;
	size_t n;
	int rc;

	for (; len; addr += n, own += n, len -= n) {
		n = m3_pages_batch(addr, len);
		rc = m3_pages_own(x->mm, addr, own, n, write, NULL);
		if (rc)
			return rc;
	}
	return 0;
}

/*
 * May the requester, of another node, have a part in party's memory?  Then x
 * is that part.
 */
int m3_rcopy_start(struct m3_rcopy *x, struct m3_proc *rqtr,
		   struct m3_proc *party, u64 addr, const cmd_t *cmd)
{
	u64 bytes = cmd->c_u.cu_vcopy.v_bytes;
	int rc;

	if (!m3_proc_is_system(rqtr))
		return EMOLCALLDENIED;
	if (bytes > party->vm->node->drvs.d_max_copylen)
		return EMOLRANGE;
	if (!is_user_memory(addr, bytes))
		return -EFAULT;
	m3_rcopy_gone(rqtr, -ECANCELED);	/* one that failed there */
	if (rqtr->copy)
		return M3_COPY_BUSY;
	rc = m3_vcopy_check_state(rqtr, party);
	if (rc)
		return rc == M3_NEEDS_HOME ? EMOLMIGRATE : rc;
	if (!m3_vcopy_is_lent(rqtr, party))
		return EMOLCALLDENIED;
	if (party->copy)
		return -EBUSY;
	m3_rcopy_set_requester(x, rqtr, cmd->c_snd_seq);
	m3_rcopy_set_party(x, party, addr, bytes);
	x->nodes |= BIT_ULL(rqtr->rmt->nodeid);
	return 0;
}

/* The requester does not wait for its operation op any more. */
void m3_rcopy_cancel(struct m3_proc *rqtr, u64 op)
{
	struct m3_rcopy *x = m3_rcopy_of(rqtr);

	if (!x)
		return;
	if (x->rqtr == rqtr && x->op == op)
		m3_rcopy_end(x, -ECANCELED);
	m3_rcopy_put(x);
}

static void rcopy_aside(struct work_struct *work)
{
	struct m3_rcopy *x = container_of(work, struct m3_rcopy, aside_work);

	if (x->sends)
		m3_rcopy_provide(x);
	else
		m3_rcopy_write_kept(x);
	m3_rcopy_put(x);
}
