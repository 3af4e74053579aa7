// SPDX-License-Identifier: GPL-2.0-only
/*
 * Destinations of remote copies: frames that are written, or kept until the
 * memory that they are for has come.
 */
#include <linux/err.h>
#include "aside.h"
#include "pages.h"
#include "proc.h"
#include "rcopy_part.h"
#include "remote.h"

/* Is it the frame that x expects?  Then its bytes are to be written. */
static int accept(struct m3_rcopy *x, const cmd_t *cmd, struct m3_rcopy **todo)
{
	const vcopy_t *v = &cmd->c_u.cu_vcopy;

	if (cmd->c_rcode) {
		m3_rcopy_finish(x, cmd->c_rcode);
		return 0;
	}
	if (x->busy & BY_PROXY || v->v_daddr != x->addr ||
	    v->v_bytes != x->left || cmd->c_len > x->left ||
	    (!cmd->c_len && x->left)) {
		m3_rcopy_finish(x, -EBADMSG);
		return -EBADMSG;
	}
	x->busy |= BY_PROXY;
	m3_rcopy_get(x);
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
		return dst && dst->rmt->left ? EMOLMIGRATE : EMOLDSTDIED;
	if (!x)
		return M3_NEEDS_COPY;
	rc = m3_rcopy_start(x, rqtr, dst, cmd->c_u.cu_vcopy.v_daddr, cmd);
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
		m3_rcopy_expect(*spare);
	return rc;
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
	x = dst ? m3_rcopy_of(dst) : NULL;
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
	struct m3_rcopy *x = m3_rcopy_of(rqtr);
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
	m3_rcopy_idle(x, who);
	if (x->ended)
		return;
	if (rc || (!x->left && list_empty(&x->aside)))
		m3_rcopy_finish(x, rc);
	else if (x->rqtr->rmt)
		m3_rcopy_expect(x);
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
	m3_rcopy_put_aside(x);
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
		rc = m3_rcopy_bytes(x, payload, cmd->c_len, true);
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
void m3_rcopy_write_kept(struct m3_rcopy *x)
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
			m3_rcopy_idle(x, BY_WORKER);
		else
			rcopy_written(x, BY_WORKER, rc);
		spin_unlock(lock);
		if (!rc)
			m3_aside_free(f);
	}
}
