// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remote copies that processes of this node request.
 */
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/sched/jobctl.h>
#include "bind.h"
#include "link.h"
#include "migrate.h"
#include "recall.h"
#include "node.h"
#include "proc.h"
#include "rcopy_part.h"
#include "remote.h"
#include "vcopy.h"

/* How often a requester that waits is looked after, in jiffies */
#define LOOK_EVERY	(HZ / 4)

/* That a link has at least; what is sent may be on the way for so long. */
#define BYTES_PER_MS	1024

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

/* Does q migrate, or has rqtr, so that q's node may not know of it yet? */
static bool is_between_nodes(const struct m3_proc *rqtr,
			     const struct m3_proc *q)
{
	return q->rmt && (q->migr || m3_migr_hasty(rqtr, q->rmt->nodeid) ||
			  m3_recall_is_due(rqtr, q));
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
	if (is_between_nodes(rqtr, s) || is_between_nodes(rqtr, d))
		return M3_NEEDS_HOME;
	known.src = s->endpoint;
	known.dst = d->endpoint;
	m3_rcopy_set_requester(x, rqtr, ++rqtr->op);
	if (s->rmt)
		x->nodes |= BIT_ULL(s->rmt->nodeid);
	if (d->rmt) {
		x->to = d->rmt->nodeid;
		x->nodes |= BIT_ULL(x->to);
	}
	if (!s->rmt)
		m3_rcopy_set_party(x, s, req->saddr, req->bytes);
	else if (!d->rmt)
		m3_rcopy_set_party(x, d, req->daddr, req->bytes);
	rc = m3_cmd_queue(rqtr->vm->node, make_request(x, s, d, &known));
	if (rc)
		m3_rcopy_end(x, rc);
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
	ktime_t end = m3_link_deadline(m3_rcopy_node(x), __ffs64(x->nodes));

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
		m3_rcopy_end(x, rc);
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
	return rc == EMOLMIGRATE ? M3_NEEDS_HOME : rc;
}

/* The node of the destination expects the frames of that of the source. */
static void rcopy_granted(struct m3_rcopy *x)
{
	int rc;

	if (!x->granted || x->asked)
		return;
	x->asked = true;
	rc = m3_cmd_queue(m3_rcopy_node(x), &x->frame);
	if (rc)
		m3_rcopy_end(x, rc);
}

/* It is over, or failed, at the other end: that all is well the last says. */
void m3_rcopy_ack(struct m3_proc *rqtr, const cmd_t *cmd)
{
	struct m3_rcopy *x = m3_rcopy_of(rqtr);
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
			m3_rcopy_end(x, !rc && x->left ? -EBADMSG : rc);
		}
	}
	m3_rcopy_put(x);
}
