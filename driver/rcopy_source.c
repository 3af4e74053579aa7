// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources of remote copies: frames of the memory of a process of this node.
 */
#include "node.h"
#include "pages.h"
#include "proc.h"
#include "rcopy_part.h"
#include "remote.h"

/* COPYOUT_RQST, COPYRMT_RQST: read party's memory, and send it. */
int m3_rcopy_source(struct m3_rcopy **spare, struct m3_proc *rqtr,
		    const cmd_t *cmd)
{
	struct m3_proc *party = m3_proc_at(rqtr->vm, cmd->c_dst);
	struct m3_rcopy *x = *spare;
	cmd_t *frame;
	int rc;

	if (!party || party->rmt)
		return party && party->rmt->left ? EMOLMIGRATE : EMOLSRCDIED;
	if (!x)
		return M3_NEEDS_COPY;
	rc = m3_rcopy_start(x, rqtr, party, cmd->c_u.cu_vcopy.v_saddr, cmd);
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
	rc = m3_cmd_queue(m3_rcopy_node(x), &x->frame);
	if (rc)
		m3_rcopy_end(x, rc);
	return rc;
}

/* The bytes of a frame have been read, or not: rc. */
static int frame_made(struct m3_rcopy *x, cmd_t *cmd, int rc)
{
	vcopy_t *next = &x->frame.cmd.c_u.cu_vcopy;
	u32 len = cmd->c_len;

	m3_rcopy_idle(x, BY_PROXY);
	if (x->ended)
		return 0;
	if (rc == -EAGAIN) {
		m3_rcopy_put_aside(x);
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
		m3_cmd_queue(m3_rcopy_node(x), &x->frame);
	else if (x->rqtr->rmt)
		m3_rcopy_end(x, rc);
	else
		m3_rcopy_let_go(x);
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
	len = min_t(u64, x->left, m3_rcopy_node(x)->drvs.d_max_copybuf);
	if (len > room) {
		spin_unlock(lock);
		return -ENOSPC;
	}
	*cmd = x->frame.cmd;
	cmd->c_len = len;
	x->busy |= BY_PROXY;
	rc = x->unread;
	spin_unlock(lock);

	rc = rc ?: m3_rcopy_bytes(x, payload, len, false);
	spin_lock(lock);
	rc = frame_made(x, cmd, rc);
	spin_unlock(lock);
	return rc;
}

/* The next frame of x can be made, or not: both says it, when it leaves. */
void m3_rcopy_provide(struct m3_rcopy *x)
{
	spinlock_t *lock = &x->rqtr->vm->lock;
	size_t len = min_t(u64, x->left, m3_rcopy_node(x)->drvs.d_max_copybuf);
	int rc = m3_pages_provide(x->mm, x->addr, len, false, &x->patience);

	spin_lock(lock);
	x->unread = rc;
	if (!x->ended) {
		rc = m3_cmd_queue(m3_rcopy_node(x), &x->frame);
		if (rc)
			m3_rcopy_finish(x, rc);
	}
	spin_unlock(lock);
}

static void frame_hold(void *owner)
{
	m3_rcopy_get(owner);
}

static void frame_release(void *owner)
{
	m3_rcopy_put(owner);
}

const struct m3_cmd_ops m3_rcopy_frame_ops = {
	.hold = frame_hold,
	.release = frame_release,
	.make = frame_make,
};
