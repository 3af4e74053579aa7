// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that move with their process, see recall.h.
 */
#include "cmd.h"
#include "migrate.h"
#include "node.h"
#include "recall.h"
#include "remote.h"
#include "waitmigr.h"

static struct m3_slot *due_slot(const struct m3_proc *p)
{
	return m3_vm_slot(p->vm, p->p_nr);
}

/* The operation of p has not left, or its end is asked for: 0, or an error */
static int operation_recall(struct m3_proc *p)
{
	struct m3_cmd *c;

	if (p->cmd.cmd.c_cmd != CANCEL_MSG && m3_cmd_withdraw(&p->cmd)) {
		m3_remote_ended(p);
		m3_waitmigr_park(p, p->held, p->peer);
		return 0;
	}
	if (!p->recalled) {
		c = m3_cmd_alloc(GFP_ATOMIC | __GFP_NOWARN);
		if (!c)
			return -ENOMEM;
		m3_remote_fill_cancel(p, &c->cmd);
		c->cmd.c_flags = CMD_RECALL;
		/* If its node cannot be reached, all with it is at an end. */
		if (m3_cmd_queue(p->vm->node, c))
			m3_cmd_free(c);
		p->recalled = true;
	}
	return -EBUSY;
}

/*
 * p's process is to move with it: 0, it may go, or -EBUSY, its call is not back
 * yet.  Asked for before the start, that does not mind what is under way.
 */
int m3_recall(struct m3_proc *p)
{
	lockdep_assert_held(&p->vm->lock);
	if (p->rmt)
		return EMOLRMTPROC;
	p->recall = true;
	if (!p->migr)
		return EMOLPROCSTS;
	if (p->state != M3_MOVING || p->answered || !p->abroad)
		return 0;
	return p->ending ? -EBUSY : operation_recall(p);
}

/* r's node recalls what r has asked a process of this one for. */
void m3_recall_asked(struct m3_proc *r)
{
	struct m3_proc *server = r->peer;

	lockdep_assert_held(&r->vm->lock);
	if (server->rmt)	/* it comes back as it is */
		return;
	if (r->state == M3_AWAITING) {
		due_slot(r)->due = server->serial;
		due_slot(r)->kept = false;
	}
	m3_remote_send_back(r, server->endpoint, CMD_RECALL);
}

/* p leaves: of a server of this node it will say anew that it waits. */
void m3_recall_left(const struct m3_proc *p)
{
	lockdep_assert_held(&p->vm->lock);
	if (!p->recall || !m3_migr_is_suspended(p) || p->answered ||
	    p->held != M3_AWAITING || !p->peer || p->peer->rmt)
		return;
	due_slot(p)->due = p->peer->serial;
	due_slot(p)->kept = false;
}

/* What the page is to say of the call of p, which has been dropped with rc */
u32 m3_recall_op(const struct m3_proc *p, int rc)
{
	if (!rc)
		return M3IPC_OP_DONE;
	if (p->recall && rc == EMOLMIGRATE && p->held == M3_AWAITING)
		return M3IPC_OP_AWAIT;
	return rc;
}

/* p answers dst, which does not wait for it: will it?  Then that is kept. */
bool m3_recall_keep(struct m3_proc *p, const struct m3_proc *dst,
		    const message *msg)
{
	struct m3_slot *slot = due_slot(dst);

	lockdep_assert_held(&p->vm->lock);
	if (!m3_recall_is_due(p, dst))
		return false;
	slot->answer = *msg;
	slot->kept = true;
	p->sent++;
	return true;
}

/* p waits for server again: true if it has answered meanwhile */
bool m3_recall_kept(const struct m3_proc *p, const struct m3_proc *server,
		    message *msg)
{
	struct m3_slot *slot = due_slot(p);
	bool kept = slot->kept && slot->due == server->serial;

	lockdep_assert_held(&p->vm->lock);
	if (kept)
		*msg = slot->answer;
	m3_recall_forget(p);
	return kept;
}

void m3_recall_forget(const struct m3_proc *p)
{
	due_slot(p)->due = 0;
	due_slot(p)->kept = false;
}
