// SPDX-License-Identifier: GPL-2.0-only
/*
 * What waits for the end of a migration.
 *
 *	hold, arrive	a call of this node, a request of another: in the list
 *	suspend, park	a call of the migrant: MOVING
 *	carry		all that waits at an endpoint's former descriptor gets
 *			to the one that replaces it
 *	let_go		the list is emptied: what is in it begins, or is sent
 *			back; in batches, since there may be thousands
 *	again		an operation that the former node has sent back
 *	resume		a call of the migrant goes on
 */
#include "ipc.h"
#include "link.h"
#include "migrate.h"
#include "notify.h"
#include "remote.h"
#include "waitmigr.h"
#include "wait.h"
#include "wait4ep.h"

#define AT_ONCE	32	/* of those who wait, under the lock */

static void enlist(struct m3_proc *q, struct m3_proc *peer,
		   struct list_head *list)
{
	q->peer = peer;
	list_move_tail(&q->link, list);
}

/* p waits, in state, for the end of the migration of dst. */
void m3_waitmigr_hold(struct m3_proc *p, enum m3_state state,
		      struct m3_proc *dst)
{
	lockdep_assert_held(&p->vm->lock);
	p->state = state;
	enlist(p, dst, &dst->migrants);
}

/*
 * A request of src, of another node, for an endpoint that is of another one
 * here: it waits, if that migrates; it goes back, if it is known to have left.
 */
int m3_waitmigr_arrive(struct m3_proc *src, struct m3_proc *dst,
		       const cmd_t *cmd)
{
	bool request = cmd->c_cmd == SNDREC_MSG;
	bool taken = cmd->c_flags & CMD_TAKEN;

	lockdep_assert_held(&src->vm->lock);
	if (cmd->c_flags & CMD_NOWAIT)
		return dst->migr || dst->rmt->left ? -EAGAIN : EMOLDSTDIED;
	m3_waitmigr_hold(src, taken ? M3_AWAITING : request ? M3_REQUESTING :
						    M3_SENDING, dst);
	if (dst->migr)
		return M3_BLOCKED;
	if (dst->rmt->left) {
		m3_remote_send_back(src, dst->endpoint, 0);
		return M3_BLOCKED;
	}
	m3_remote_forget(src);
	return taken ? EMOLSRCDIED : EMOLDSTDIED;
}

/* q is MOVING, and what it is in is held, from now on, with peer. */
void m3_waitmigr_park(struct m3_proc *q, enum m3_state held,
		      struct m3_proc *peer)
{
	lockdep_assert_held(&q->vm->lock);
	q->held = held;
	q->state = M3_MOVING;
	enlist(q, peer, &peer->awaiters);
}

/*
 * Where q waits with to, which has taken the place of its peer.  What is under
 * way with the former node is for that to end.
 */
static void carry_one(struct m3_proc *q, struct m3_proc *to)
{
	if (q->state == M3_MOVING || q->state == M3_TRYING) {
		enlist(q, to, &to->awaiters);
		return;
	}
	if (q->abroad && !to->rmt) {
		m3_waitmigr_park(q, q->state, to);
		return;
	}
	switch (q->state) {
	case M3_SENDING:
		q->arrival = to->vm->arrivals++;
		enlist(q, to, to->rmt ? &to->migrants : &to->sends);
		return;
	case M3_REQUESTING:
		q->arrival = to->vm->arrivals++;
		enlist(q, to, to->rmt ? &to->migrants : &to->requests);
		return;
	case M3_AWAITING:
		enlist(q, to, to->rmt ? &to->migrants : &to->awaiters);
		return;
	case M3_RECEIVING:
		enlist(q, to, &to->awaiters);
		if (to->rmt && m3_link_state(to->vm->node, to->rmt->nodeid))
			m3_complete(q, m3_link_state(to->vm->node,
						     to->rmt->nodeid));
		return;
	case M3_RUNNING:
	case M3_RCVRQST:
	case M3_TRYING:
	case M3_MOVING:
		break;
	}
	WARN_ON_ONCE(1);
	list_del_init(&q->link);
}

static struct m3_proc *first_of(struct list_head *list)
{
	return list_first_entry_or_null(list, struct m3_proc, link);
}

/*
 * Some of those who waited with from wait with to, in the order in which they
 * came; true if there are more.  What comes from a third node is sent back.
 */
bool m3_waitmigr_carry(struct m3_proc *from, struct m3_proc *to)
{
	struct m3_proc *q;
	int i;

	lockdep_assert_held(&to->vm->lock);
	for (i = 0; i < AT_ONCE; i++) {
		q = m3_ipc_first(from) ?: first_of(&from->awaiters) ?:
		    first_of(&from->migrants);
		if (!q)
			return false;
		if (q->rmt && to->rmt)
			m3_remote_send_back(q, to->endpoint, 0);
		else
			carry_one(q, to);
	}
	return true;
}

/* What is held begins, with r's node as it is now. */
static void begin_held(struct m3_proc *q, struct m3_proc *r)
{
	enum m3_state state = q->state;
	u64 answers = 0;
	int rc;

	if (state != M3_AWAITING && m3_ipc_waits_for(r, q))
		answers = r->op;
	rc = m3_remote_begin(q, r, state == M3_SENDING ? SEND_MSG : SNDREC_MSG,
			     &q->call->msg, answers,
			     state == M3_AWAITING ? CMD_TAKEN : 0);
	if (rc) {
		m3_complete(q, rc);
		return;
	}
	if (state == M3_AWAITING)
		q->state = M3_REQUESTING;
	enlist(q, r, state == M3_SENDING ? &r->sends : &r->requests);
}

/*
 * The migration of r is over, wherever it is now: some of those who are held go
 * on, in their order; true if there are more.
 */
bool m3_waitmigr_let_go(struct m3_proc *r)
{
	struct m3_proc *q;
	int i;

	lockdep_assert_held(&r->vm->lock);
	for (i = 0; i < AT_ONCE; i++) {
		q = first_of(&r->migrants);
		if (!q)
			return false;
		if (q->rmt)
			m3_remote_send_back(q, r->endpoint, 0);
		else
			begin_held(q, r);
	}
	return true;
}

/* q, which is in no operation with another node, is in state with to. */
static void go_on_with(struct m3_proc *q, struct m3_proc *to,
		       enum m3_state state)
{
	int rc;

	if (!to->rmt) {
		rc = state == M3_AWAITING ? m3_ipc_await_moved(q, to) :
		     m3_ipc_offer(q, to, state, false);
		if (rc != M3_BLOCKED)
			m3_complete(q, rc);
		return;
	}
	m3_waitmigr_hold(q, state, to);
	if (!to->migr)
		begin_held(q, to);
}

/*
 * The former node of c_src has sent back the operation of q with that.  One
 * that has been given up, or may not wait, has been in vain.
 */
void m3_waitmigr_again(struct m3_proc *q, const cmd_t *cmd)
{
	struct m3_proc *to = m3_proc_at(q->vm, cmd->c_src);
	bool taken = cmd->c_flags & CMD_TAKEN;
	enum m3_state state = m3_proc_state(q);

	lockdep_assert_held(&q->vm->lock);
	q->recalled = false;
	if (q->ending || state == M3_TRYING) {
		m3_complete(q, q->ending ?: -EAGAIN);
		return;
	}
	if (!to || to == q) {
		m3_complete(q, taken ? EMOLSRCDIED : EMOLDSTDIED);
		return;
	}
	if (taken)
		state = M3_AWAITING;
	else
		q->call->msg = cmd->c_u.cu_msg;
	m3_remote_ended(q);
	/* Or it is back there, and this is of before. */
	if (to->rmt && !to->migr && to->rmt->nodeid == cmd->c_snode &&
	    !(cmd->c_flags & CMD_RECALL) && q->moves == m3_migr_slot(to)->moves)
		m3_migr_heard(to);
	if (m3_migr_is_suspended(q))
		m3_waitmigr_park(q, state, to);
	else
		go_on_with(q, to, state);
	m3_ep_changed(q->vm, q->p_nr);
}

/*
 * The node of r is lost: q waits for a backup with what it has asked of that,
 * or ends with why.  An answer is for nobody any more.
 */
static void redo_one(struct m3_proc *q, struct m3_proc *r, int why)
{
	if (!q->abroad || q->ending || q->answers ||
	    (q->state != M3_SENDING && q->state != M3_REQUESTING)) {
		m3_complete(q, why);
		return;
	}
	q->call->msg = q->cmd.cmd.c_u.cu_msg;
	m3_remote_ended(q);
	m3_waitmigr_hold(q, q->state, r);
}

/* The same with all that r's node had; true if there are more. */
bool m3_waitmigr_redo(struct m3_proc *r, int why)
{
	struct m3_proc *q;
	int i;

	lockdep_assert_held(&r->vm->lock);
	for (i = 0; i < AT_ONCE; i++) {
		q = first_of(&r->sends) ?: first_of(&r->requests);
		if (!q)
			return false;
		redo_one(q, r, why);
	}
	return true;
}

/* p migrates: its call, which is blocked, is found by nobody from now on. */
void m3_waitmigr_suspend(struct m3_proc *p)
{
	enum m3_state state = m3_proc_state(p);

	lockdep_assert_held(&p->vm->lock);
	p->answered = false;
	if (p->state != M3_MOVING && !p->abroad &&
	    (state == M3_SENDING || state == M3_REQUESTING))
		list_move_tail(&p->link, &p->peer->awaiters);
	p->held = state;
	p->state = M3_MOVING;
}

/* p migrates no more, and stays: its call goes on where it was. */
void m3_waitmigr_resume(struct m3_proc *p)
{
	lockdep_assert_held(&p->vm->lock);
	if (p->answered) {
		m3_complete(p, 0);
		return;
	}
	switch (p->held) {
	case M3_SENDING:
	case M3_REQUESTING:
		if (!p->abroad)
			go_on_with(p, p->peer, p->held);
		else if (p->peer->rmt)
			m3_ipc_go_on(p);
		return;		/* or the former node of its peer says how */
	case M3_AWAITING:
		if (p->peer->rmt)
			go_on_with(p, p->peer, p->held);
		else
			m3_ipc_go_on(p);
		return;
	case M3_RECEIVING:
	case M3_RCVRQST:
		m3_ipc_go_on(p);
		return;
	case M3_RUNNING:
	case M3_TRYING:
	case M3_MOVING:
		break;
	}
	WARN_ON_ONCE(1);
	m3_complete(p, -EINTR);
}
