// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remote copies.
 */
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "aside.h"
#include "bind.h"
#include "inbound.h"
#include "link.h"
#include "node.h"
#include "pages.h"
#include "proc.h"
#include "rcopy.h"
#include "remote.h"
#include "vcopy.h"

/* How often a requester that waits is looked after, in jiffies */
#define LOOK_EVERY	(HZ / 4)

/* That a link has at least; what is sent may be on the way for so long. */
#define BYTES_PER_MS	1024

/* m3_rcopy.busy */
#define BY_PROXY	1
#define BY_WORKER	2

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

static void rcopy_get(struct m3_rcopy *x)
{
	refcount_inc(&x->ref);
}

static void frame_hold(void *owner)
{
	rcopy_get(owner);
}

static void frame_release(void *owner)
{
	m3_rcopy_put(owner);
}

static int frame_make(void *owner, cmd_t *cmd, unsigned long payload,
		      size_t room);

static const struct m3_cmd_ops frame_ops = {
	.hold = frame_hold,
	.release = frame_release,
	.make = frame_make,
};

static void rcopy_watch(struct work_struct *work);
static void rcopy_aside(struct work_struct *work);

struct m3_rcopy *m3_rcopy_alloc(void)
{
	struct m3_rcopy *x = kzalloc(sizeof(*x), GFP_KERNEL_ACCOUNT);

	if (!x)
		return NULL;
	refcount_set(&x->ref, 1);
	m3_cmd_prepare(&x->frame, &frame_ops, x);
	m3_patience_init(&x->patience);
	init_completion(&x->done);
	INIT_LIST_HEAD(&x->aside);
	INIT_WORK(&x->aside_work, rcopy_aside);
	INIT_WORK(&x->free_work, free_work);
	INIT_DELAYED_WORK(&x->watch, rcopy_watch);
	return x;
}

static struct m3_node *node_of(const struct m3_rcopy *x)
{
	return x->rqtr->vm->node;
}

/* x takes the reference to p, whose copy it becomes. */
static void attach(struct m3_rcopy *x, struct m3_proc *p)
{
	rcopy_get(x);
	p->copy = x;
}

static void detach(struct m3_rcopy *x, struct m3_proc *p)
{
	if (p->copy != x)
		return;
	p->copy = NULL;
	m3_rcopy_put(x);
}

static void set_requester(struct m3_rcopy *x, struct m3_proc *rqtr, u64 op)
{
	refcount_inc(&rqtr->ref);
	x->rqtr = rqtr;
	x->op = op;
	attach(x, rqtr);
}

/* The memory that x reads or writes: from addr on, left bytes of party's */
static void rcopy_set_party(struct m3_rcopy *x, struct m3_proc *party, u64 addr,
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
static void let_go(struct m3_rcopy *x)
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
	let_go(x);
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
static void rcopy_end(struct m3_rcopy *x, int rc)
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
static void finish(struct m3_rcopy *x, int rc)
{
	struct m3_proc *rqtr = x->rqtr;

	if (rqtr->rmt)
		m3_remote_ack_op(rqtr, x->op, x->ack, x->party->endpoint, rc);
	rcopy_end(x, rc);
}

/* A copy that p takes part in, with a reference, or NULL */
static struct m3_rcopy *get_copy(struct m3_proc *p)
{
	struct m3_rcopy *x = p->copy;

	lockdep_assert_held(&p->vm->lock);
	if (x)
		rcopy_get(x);
	return x;
}

/* p is being unbound. */
void m3_rcopy_gone(struct m3_proc *p, int why)
{
	struct m3_rcopy *x = get_copy(p);

	if (!x)
		return;
	if (p == x->rqtr)
		rcopy_end(x, why);
	else
		finish(x, p->vm->ended ?: x->sends ? EMOLSRCDIED : EMOLDSTDIED);
	m3_rcopy_put(x);
}

/* That node cannot be reached any more. */
void m3_rcopy_lost(struct m3_proc *p, int nodeid, int why)
{
	struct m3_rcopy *x = get_copy(p);

	if (!x)
		return;
	if (x->nodes >> nodeid & 1)
		finish(x, why);
	m3_rcopy_put(x);
}

/*
 * x expects a frame of another node: but not for ever, since it holds its
 * party.
 */
static void rcopy_expect(struct m3_rcopy *x)
{
	x->heard = jiffies;
	rcopy_get(x);
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
		finish(x, -ETIMEDOUT);
	} else if (!x->ended) {
		rcopy_get(x);
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
static void rcopy_idle(struct m3_rcopy *x, unsigned int who)
{
	x->busy &= ~who;
	if (x->ended && !x->busy)
		rcopy_leave(x);
}

/* The memory of the party is not there. */
static void rcopy_put_aside(struct m3_rcopy *x)
{
	rcopy_get(x);
	if (!m3_aside_queue(&x->aside_work))
		m3_rcopy_put(x);	/* it begins anew */
}

/*
 * Between the memory of x's party and that of the calling proxy: EAGAIN if that
 * is not there
 */
static int copy_bytes(const struct m3_rcopy *x, unsigned long own, size_t len,
		      bool write)
{
	unsigned long addr = x->addr;
	size_t n;
	int rc;

	for (; len; addr += n, own += n, len -= n) {
		n = min(len, M3_PAGES_BATCH * PAGE_SIZE - offset_in_page(addr));
		rc = m3_pages_own(x->mm, addr, own, n, write, NULL);
		if (rc)
			return rc;
	}
	return 0;
}

/* Requesters of this node */

static void fill_command(cmd_t *cmd, int kind, const struct m3_proc *rqtr,
			 const struct m3_proc *to,
			 const struct m3ipc_vcopy *req)
{
	*cmd = (cmd_t) {
		.c_cmd = kind,
		.c_vmid = rqtr->vm->usr.vm_vmid,
		.c_src = rqtr->endpoint,
		.c_dst = to->endpoint,
		.c_snode = rqtr->vm->node->drvs.d_nodeid,
		.c_dnode = to->rmt->nodeid,
		.c_snd_seq = rqtr->op,
		.c_u.cu_vcopy = {
			.v_src = req->src,
			.v_dst = req->dst,
			.v_rqtr = rqtr->endpoint,
			.v_saddr = req->saddr,
			.v_daddr = req->daddr,
			.v_bytes = req->bytes,
		},
	};
}

/*
 * Between two other nodes: the node of the destination is told first, and that
 * of the source when the other one has said that it expects its frames.
 */
static void make_grant(struct m3_rcopy *x, struct m3_proc *s,
		       struct m3_proc *d, const struct m3ipc_vcopy *req)
{
	cmd_t *grant = &x->rqtr->cmd.cmd, *next = &x->frame.cmd;

	fill_command(grant, COPYGRT_RQST, x->rqtr, d, req);
	grant->c_flags = (u64)s->rmt->nodeid << CMD_NODE_SHIFT;
	fill_command(next, COPYRMT_RQST, x->rqtr, s, req);
	next->c_flags = (u64)d->rmt->nodeid << CMD_NODE_SHIFT;
	x->ack = COPYRMT_ACK;
	x->granted = true;
}

/* What to send, and to whom */
static struct m3_cmd *make_request(struct m3_rcopy *x, struct m3_proc *s,
				   struct m3_proc *d,
				   const struct m3ipc_vcopy *req)
{
	struct m3_proc *rqtr = x->rqtr;
	struct m3_cmd *c = &rqtr->cmd;

	if (!s->rmt) {
		c = &x->frame;
		fill_command(&c->cmd, COPYIN_DATA, rqtr, d, req);
		c->cmd.c_flags = CMD_FIRST;
		x->sends = true;
		x->ack = COPYIN_ACK;
	} else if (!d->rmt) {
		fill_command(&c->cmd, COPYOUT_RQST, rqtr, s, req);
		x->from = s->rmt->nodeid;
	} else if (s->rmt->nodeid == d->rmt->nodeid) {
		fill_command(&c->cmd, COPYLCL_RQST, rqtr, s, req);
		x->ack = COPYLCL_ACK;
	} else {
		make_grant(x, s, d, req);
	}
	return c;
}

/* The parties of other nodes are looked at there. */
static int check_request(struct m3_proc *rqtr, struct m3_proc *s,
			 struct m3_proc *d)
{
	struct m3_proc *local = !s->rmt ? s : !d->rmt ? d : NULL;
	int rc;

	if (!s->rmt && !d->rmt)		/* it was not so a moment ago */
		return -EBUSY;
	if (!m3_proc_is_system(rqtr))
		return EMOLCALLDENIED;
	if (rqtr->copy || rqtr->abroad || !list_empty(&rqtr->cmd.link) ||
	    (local && local->copy))
		return -EBUSY;
	if (!local || local == rqtr)
		return 0;
	rc = m3_vcopy_check_state(rqtr, local);
	if (!rc && !m3_vcopy_is_lent(rqtr, local))
		rc = EMOLCALLDENIED;
	return rc;
}

static int request(struct m3_rcopy *x, struct m3_proc *rqtr,
		   const struct m3ipc_vcopy *req)
{
	struct m3ipc_vcopy known = *req;	/* even if one is SELF */
	struct m3_proc *s, *d;
	int rc;

	rc = m3_vcopy_parties(rqtr, req->src, req->dst, &s, &d) ?:
	     check_request(rqtr, s, d);
	if (!rc && s->rmt)
		rc = m3_link_state(rqtr->vm->node, s->rmt->nodeid);
	if (rc)
		return rc;
	known.src = s->endpoint;
	known.dst = d->endpoint;
	set_requester(x, rqtr, ++rqtr->op);
	if (s->rmt)
		x->nodes |= BIT_ULL(s->rmt->nodeid);
	if (d->rmt) {
		x->to = d->rmt->nodeid;
		x->nodes |= BIT_ULL(x->to);
	}
	if (!s->rmt)
		rcopy_set_party(x, s, req->saddr, req->bytes);
	else if (!d->rmt)
		rcopy_set_party(x, d, req->daddr, req->bytes);
	rc = m3_cmd_queue(rqtr->vm->node, make_request(x, s, d, &known));
	if (rc)
		rcopy_end(x, rc);
	return rc;
}

/* Is the caller to be frozen, with its machine or with its control group? */
static bool is_to_freeze(void)
{
	return freezing(current) ||
	       READ_ONCE(current->jobctl) & JOBCTL_TRAP_FREEZE;
}

/* Until when the others may take for something to happen */
static ktime_t rcopy_deadline(const struct m3_rcopy *x, size_t bytes)
{
	ktime_t end = m3_link_deadline(node_of(x), __ffs64(x->nodes));

	return ktime_add_ms(end, bytes / BYTES_PER_MS);
}

/*
 * Sleep until the copy is over: 0; or an error if it is to end before.  A
 * caller that is to be frozen begins it anew when it is thawed.  Other nodes
 * that do nothing for longer than a link would last without a word do not hold
 * it.
 */
static int rcopy_sleep(const struct m3_rcopy *x, struct completion *done,
		       size_t bytes)
{
	ktime_t end = rcopy_deadline(x, bytes);
	u64 now, left = READ_ONCE(x->left);
	long rc;

	for (;;) {
		rc = wait_for_completion_killable_timeout(done, LOOK_EVERY);
		if (rc)
			return rc < 0 ? -EINTR : 0;
		if (is_to_freeze())
			return -ERESTARTNOINTR;
		now = READ_ONCE(x->left);
		if (now != left)
			end = max(end, rcopy_deadline(x, 0));
		else if (ktime_after(ktime_get(), end))
			return -ENOTCONN;
		left = now;
	}
}

static int await(struct m3_rcopy *x, size_t bytes)
{
	struct m3_proc *rqtr = x->rqtr;
	int rc;

	rc = rcopy_sleep(x, &x->done, bytes);
	spin_lock(&rqtr->vm->lock);
	if (rc)
		rcopy_end(x, rc);
	if (!x->rc)
		rqtr->rmtcopied += bytes;
	spin_unlock(&rqtr->vm->lock);
	return x->rc;
}

/* A copy in one piece that some other node has a part in */
int m3_rcopy_request(struct m3_node *node, const struct m3ipc_vcopy *req)
{
	struct m3_rcopy *x = m3_rcopy_alloc();
	struct m3_proc *rqtr;
	int rc;

	if (!x)
		return -ENOMEM;
	rcu_read_lock();
	rqtr = m3_caller(node);
	if (rqtr) {
		spin_lock(&rqtr->vm->lock);
		rc = request(x, rqtr, req);
		spin_unlock(&rqtr->vm->lock);
	} else {
		rc = m3_node_unbound(node);
	}
	rcu_read_unlock();
	if (!rc)
		rc = await(x, req->bytes);
	m3_rcopy_put(x);
	return rc;
}

/* The node of the destination expects the frames of that of the source. */
static void rcopy_granted(struct m3_rcopy *x)
{
	int rc;

	if (!x->granted || x->asked)
		return;
	x->asked = true;
	rc = m3_cmd_queue(node_of(x), &x->frame);
	if (rc)
		rcopy_end(x, rc);
}

/* It is over, or failed, at the other end: that all is well the last says. */
void m3_rcopy_ack(struct m3_proc *rqtr, const cmd_t *cmd)
{
	struct m3_rcopy *x = get_copy(rqtr);
	int rc = cmd->c_rcode;
	bool last;

	if (!x)
		return;
	if (x->rqtr == rqtr && x->op == cmd->c_ack_seq &&
	    x->nodes >> cmd->c_snode & 1) {
		last = x->to == cmd->c_snode;
		if (last && cmd->c_cmd == COPYGRT_ACK && !rc) {
			rcopy_granted(x);
		} else if (rc || (last && cmd->c_cmd == x->ack)) {
			x->granted &= !last;
			rcopy_end(x, !rc && x->left ? -EBADMSG : rc);
		}
	}
	m3_rcopy_put(x);
}

/* Sources */

/*
 * May the requester, of another node, have a part in party's memory?  Then x
 * is that part.
 */
static int start(struct m3_rcopy *x, struct m3_proc *rqtr,
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
		return rc;
	if (!m3_vcopy_is_lent(rqtr, party))
		return EMOLCALLDENIED;
	if (party->copy)
		return -EBUSY;
	set_requester(x, rqtr, cmd->c_snd_seq);
	rcopy_set_party(x, party, addr, bytes);
	x->nodes |= BIT_ULL(rqtr->rmt->nodeid);
	return 0;
}

/* COPYOUT_RQST, COPYRMT_RQST: read party's memory, and send it. */
int m3_rcopy_source(struct m3_rcopy **spare, struct m3_proc *rqtr,
		    const cmd_t *cmd)
{
	struct m3_proc *party = m3_proc_at(rqtr->vm, cmd->c_dst);
	struct m3_rcopy *x = *spare;
	cmd_t *frame;
	int rc;

	if (!party || party->rmt)
		return EMOLSRCDIED;
	if (!x)
		return M3_NEEDS_COPY;
	rc = start(x, rqtr, party, cmd->c_u.cu_vcopy.v_saddr, cmd);
	if (rc)
		return rc;
	x->sends = true;
	x->ack = cmd->c_cmd | CMD_ACK;
	frame = &x->frame.cmd;
	*frame = *cmd;
	frame->c_src = party->endpoint;
	frame->c_snode = cmd->c_dnode;
	frame->c_flags = 0;
	if (cmd->c_cmd == COPYOUT_RQST) {
		frame->c_cmd = COPYOUT_DATA;
		frame->c_flags = CMD_FIRST;
		frame->c_dst = rqtr->endpoint;
		frame->c_dnode = cmd->c_snode;
		frame->c_ack_seq = cmd->c_snd_seq;
		frame->c_snd_seq = 0;
	} else {
		frame->c_cmd = COPYIN_RQST;
		frame->c_dst = cmd->c_u.cu_vcopy.v_dst;
		frame->c_dnode = cmd->c_flags >> CMD_NODE_SHIFT;
		x->nodes |= BIT_ULL(frame->c_dnode);
	}
	rc = m3_cmd_queue(node_of(x), &x->frame);
	if (rc)
		rcopy_end(x, rc);
	return rc;
}

/* The bytes of a frame have been read, or not: rc. */
static int frame_made(struct m3_rcopy *x, cmd_t *cmd, int rc)
{
	vcopy_t *next = &x->frame.cmd.c_u.cu_vcopy;
	u32 len = cmd->c_len;

	rcopy_idle(x, BY_PROXY);
	if (x->ended)
		return 0;
	if (rc == -EAGAIN) {
		rcopy_put_aside(x);
		return 0;
	}
	if (rc) {
		cmd->c_rcode = rc;
		cmd->c_len = 0;
		len = x->left;
	}
	x->frame.cmd.c_flags = 0;
	x->addr += len;
	x->left -= len;
	next->v_saddr += len;
	next->v_daddr += len;
	next->v_bytes -= len;
	if (x->left)
		m3_cmd_queue(node_of(x), &x->frame);
	else if (x->rqtr->rmt)
		rcopy_end(x, rc);
	else
		let_go(x);
	return 1;
}

/*
 * The next frame of x, into payload: 1, 0 if it ended, -ENOSPC if no room.  The
 * requester of a copy between others has commands instead.
 */
static int frame_make(void *owner, cmd_t *cmd, unsigned long payload,
		      size_t room)
{
	struct m3_rcopy *x = owner;
	spinlock_t *lock = &x->rqtr->vm->lock;
	u64 len;
	int rc;

	if (!x->sends)
		return cmd->c_cmd == CANCEL_MSG || !READ_ONCE(x->ended);
	spin_lock(lock);
	if (x->ended) {
		spin_unlock(lock);
		return 0;
	}
	len = min_t(u64, x->left, node_of(x)->drvs.d_max_copybuf);
	if (len > room) {
		spin_unlock(lock);
		return -ENOSPC;
	}
	*cmd = x->frame.cmd;
	cmd->c_len = len;
	x->busy |= BY_PROXY;
	rc = x->unread;
	spin_unlock(lock);

	rc = rc ?: copy_bytes(x, payload, len, false);
	spin_lock(lock);
	rc = frame_made(x, cmd, rc);
	spin_unlock(lock);
	return rc;
}

/* The next frame of x can be made, or not: both says it, when it leaves. */
static void rcopy_provide(struct m3_rcopy *x)
{
	spinlock_t *lock = &x->rqtr->vm->lock;
	size_t len = min_t(u64, x->left, node_of(x)->drvs.d_max_copybuf);
	int rc = m3_pages_provide(x->mm, x->addr, len, false, &x->patience);

	spin_lock(lock);
	x->unread = rc;
	if (!x->ended) {
		rc = m3_cmd_queue(node_of(x), &x->frame);
		if (rc)
			finish(x, rc);
	}
	spin_unlock(lock);
}

/* Destinations */

/* Is it the frame that x expects?  Then its bytes are to be written. */
static int accept(struct m3_rcopy *x, const cmd_t *cmd, struct m3_rcopy **todo)
{
	const vcopy_t *v = &cmd->c_u.cu_vcopy;

	if (cmd->c_rcode) {
		finish(x, cmd->c_rcode);
		return 0;
	}
	if (x->busy & BY_PROXY || v->v_daddr != x->addr ||
	    v->v_bytes != x->left || cmd->c_len > x->left ||
	    (!cmd->c_len && x->left)) {
		finish(x, -EBADMSG);
		return -EBADMSG;
	}
	x->busy |= BY_PROXY;
	rcopy_get(x);
	*todo = x;
	return 0;
}

static int start_receiving(struct m3_rcopy **spare, struct m3_proc *rqtr,
			   struct m3_proc *dst, const cmd_t *cmd)
{
	struct m3_rcopy *x = *spare;
	int rc;

	if (cmd->c_rcode)
		return cmd->c_rcode;
	if (!dst || dst->rmt)
		return EMOLDSTDIED;
	if (!x)
		return M3_NEEDS_COPY;
	rc = start(x, rqtr, dst, cmd->c_u.cu_vcopy.v_daddr, cmd);
	if (rc)
		return rc;
	x->ack = COPYIN_ACK;
	x->from = cmd->c_snode;
	if (cmd->c_cmd == COPYGRT_RQST) {
		x->ack = COPYRMT_ACK;
		x->from = cmd->c_flags >> CMD_NODE_SHIFT;
	}
	x->nodes |= BIT_ULL(x->from);
	return 0;
}

/* COPYGRT_RQST: frames for dst's memory will come from a third node. */
int m3_rcopy_grant(struct m3_rcopy **spare, struct m3_proc *rqtr,
		   struct m3_proc *dst, const cmd_t *cmd)
{
	int rc = start_receiving(spare, rqtr, dst, cmd);

	if (!rc)
		rcopy_expect(*spare);
	return rc;
}

/* The requester does not wait for its operation op any more. */
void m3_rcopy_cancel(struct m3_proc *rqtr, u64 op)
{
	struct m3_rcopy *x = get_copy(rqtr);

	if (!x)
		return;
	if (x->rqtr == rqtr && x->op == op)
		rcopy_end(x, -ECANCELED);
	m3_rcopy_put(x);
}

/*
 * COPYIN_DATA, COPYIN_RQST.  A frame that does not begin a copy belongs to one
 * that this node knows of from its requester's, or else to none: it follows one
 * that failed.
 */
int m3_rcopy_frame(struct m3_rcopy **spare, struct m3_proc *rqtr,
		   struct m3_proc *dst, const cmd_t *cmd,
		   struct m3_rcopy **todo)
{
	struct m3_rcopy *x;
	int rc;

	if (cmd->c_flags & CMD_FIRST) {
		rc = start_receiving(spare, rqtr, dst, cmd);
		if (rc)
			return rc;
		x = *spare;
		return accept(x, cmd, todo);
	}
	x = dst ? get_copy(dst) : NULL;
	if (!x)
		return 0;
	rc = !x->ended && x->rqtr == rqtr && x->party == dst && !x->sends &&
	     x->op == cmd->c_snd_seq && x->from == cmd->c_snode ?
	     accept(x, cmd, todo) : 0;
	m3_rcopy_put(x);
	return rc;
}

/* COPYOUT_DATA, for a requester of this node */
int m3_rcopy_data(struct m3_proc *rqtr, const cmd_t *cmd,
		  struct m3_rcopy **todo)
{
	struct m3_rcopy *x = get_copy(rqtr);
	int rc = 0;

	if (!x)
		return 0;
	if (!x->ended && x->rqtr == rqtr && x->party && !x->sends &&
	    x->op == cmd->c_ack_seq && x->from == cmd->c_snode)
		rc = accept(x, cmd, todo);
	m3_rcopy_put(x);
	return rc;
}

/* Bytes have been written, or not: rc. */
static void rcopy_written(struct m3_rcopy *x, unsigned int who, int rc)
{
	rcopy_idle(x, who);
	if (x->ended)
		return;
	if (rc || (!x->left && list_empty(&x->aside)))
		finish(x, rc);
	else if (x->rqtr->rmt)
		rcopy_expect(x);
}

/* Keep the frame, behind those that are; or how that fails. */
static int keep_frame(struct m3_rcopy *x, const cmd_t *cmd,
		      unsigned long payload)
{
	struct m3_aside *f;

	if (READ_ONCE(x->nr_aside) >= M3_ASIDE_FRAMES)
		return -EFAULT;
	f = m3_aside_new(x->addr, payload, cmd->c_len);
	if (IS_ERR(f))
		return PTR_ERR(f);
	spin_lock(&x->rqtr->vm->lock);
	list_add_tail(&f->link, &x->aside);
	WRITE_ONCE(x->nr_aside, x->nr_aside + 1);
	spin_unlock(&x->rqtr->vm->lock);
	rcopy_put_aside(x);
	return 0;
}

/*
 * Write the bytes of an accepted frame, or have them be written; takes over the
 * reference to x.
 */
void m3_rcopy_write(struct m3_rcopy *x, const cmd_t *cmd,
		    unsigned long payload)
{
	spinlock_t *lock = &x->rqtr->vm->lock;
	int rc = -EAGAIN;

	/* Only this adds frames: if none is left there is none to overtake. */
	if (!READ_ONCE(x->nr_aside))
		rc = copy_bytes(x, payload, cmd->c_len, true);
	if (rc == -EAGAIN)
		rc = keep_frame(x, cmd, payload);
	spin_lock(lock);
	x->addr += cmd->c_len;
	x->left -= cmd->c_len;
	rcopy_written(x, BY_PROXY, rc);
	spin_unlock(lock);
	m3_rcopy_put(x);
}

/* The first frame that is kept; x is not to end before it is written then. */
static struct m3_aside *kept_frame(struct m3_rcopy *x, unsigned int who)
{
	struct m3_aside *f;

	spin_lock(&x->rqtr->vm->lock);
	f = x->ended ? NULL : list_first_entry_or_null(&x->aside,
						       struct m3_aside, link);
	if (f)
		x->busy |= who;
	spin_unlock(&x->rqtr->vm->lock);
	return f;
}

/* Write what is kept, as far as the memory of the party comes. */
static void rcopy_write_kept(struct m3_rcopy *x)
{
	spinlock_t *lock = &x->rqtr->vm->lock;
	struct m3_aside *f;
	int rc;

	while ((f = kept_frame(x, 0))) {
		rc = m3_pages_provide(x->mm, f->addr, f->len, true,
				      &x->patience);
		if (!kept_frame(x, BY_WORKER))
			return;
		rc = rc ?: m3_pages_put(x->mm, f->addr, f->bytes, f->len);
		spin_lock(lock);
		if (!rc) {
			list_del(&f->link);
			WRITE_ONCE(x->nr_aside, x->nr_aside - 1);
		}
		if (rc == -EAGAIN)	/* and it has gone again */
			rcopy_idle(x, BY_WORKER);
		else
			rcopy_written(x, BY_WORKER, rc);
		spin_unlock(lock);
		if (!rc)
			m3_aside_free(f);
	}
}

static void rcopy_aside(struct work_struct *work)
{
	struct m3_rcopy *x = container_of(work, struct m3_rcopy, aside_work);

	if (x->sends)
		rcopy_provide(x);
	else
		rcopy_write_kept(x);
	m3_rcopy_put(x);
}
