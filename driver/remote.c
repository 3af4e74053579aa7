// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes of other nodes.
 */
#include <linux/slab.h>
#include "backup.h"
#include "bind.h"
#include "link.h"
#include "migrate.h"
#include "node.h"
#include "notify.h"
#include "owner.h"
#include "proc.h"
#include "rcopy.h"
#include "remote.h"
#include "replica.h"
#include "trace.h"
#include "unbind.h"
#include "waitmigr.h"
#include "vm.h"
#include "wait.h"
#include "wait4ep.h"

static int own_nodeid(const struct m3_vm *vm)
{
	return vm->node->drvs.d_nodeid;
}

/* Descriptors */

/* The next notification for r, which is due */
static int ntfy_make(void *owner, cmd_t *cmd, unsigned long payload,
		     size_t room)
{
	struct m3_proc *r = owner;
	message msg;
	bool any, urgent, moved;

	spin_lock(&r->vm->lock);
	/* For where it is no more; or nobody knows where it will be. */
	if (!m3_migr_is_placed(r) || cmd->c_dnode != r->rmt->nodeid) {
		spin_unlock(&r->vm->lock);
		return 0;
	}
	any = m3_ntfy_take_next(r, &msg, &urgent, &moved);
	if (urgent)
		m3_cmd_queue_first(r->vm->node, &r->rmt->ntfy);
	else if (any && m3_ntfy_pending(r))
		m3_remote_notify(r);
	m3_migr_slot(r)->notified += any;
	spin_unlock(&r->vm->lock);
	if (!any)
		return 0;
	*cmd = (cmd_t) {
		.c_cmd = NTFY_MSG,
		.c_vmid = r->vm->usr.vm_vmid,
		.c_src = msg.m_source,
		.c_dst = r->endpoint,
		.c_snode = own_nodeid(r->vm),
		.c_dnode = cmd->c_dnode,
		.c_flags = moved ? CMD_MOVED : 0,
		.c_u.cu_msg = msg,
	};
	return 1;
}

static const struct m3_cmd_ops ntfy_ops = {
	.hold = m3_proc_hold,
	.release = m3_proc_release,
	.make = ntfy_make,
};

/* One for a process of another node, not yet bound */
struct m3_proc *m3_remote_new(struct m3_vm *vm, int endpoint, int nodeid,
			      const char *name)
{
	struct m3_remote *rmt = kzalloc(sizeof(*rmt), GFP_KERNEL_ACCOUNT);
	struct m3_proc *r;

	if (!rmt)
		return NULL;
	r = m3_proc_alloc(vm, _ENDPOINT_P(endpoint));
	if (!r) {
		kfree(rmt);
		return NULL;
	}
	rmt->nodeid = nodeid;
	rmt->gone = -1;
	strscpy(rmt->name, name, sizeof(rmt->name));
	rmt->proc = r;
	m3_cmd_prepare(&rmt->outcome, &m3_proc_cmd_ops, r);
	m3_cmd_prepare(&rmt->ntfy, &ntfy_ops, r);
	m3_cmd_prepare(&rmt->who, &m3_proc_cmd_ops, r);
	r->rmt = rmt;
	r->call = &rmt->call;
	r->endpoint = endpoint;
	return r;
}

/* Has r come after the process of ep, in the same slot? */
static bool is_newer(const struct m3_proc *r, int ep)
{
	return m3_generation_after(_ENDPOINT_G(r->endpoint), _ENDPOINT_G(ep));
}

/* Does r come in the place of an older one? */
static bool is_successor(const struct m3_proc *r, const struct m3_proc *old)
{
	if (!old->rmt)
		return false;
	if (!m3_proc_is_system(r))
		return is_newer(r, old->endpoint);
	return r->rmt->nodeid == old->rmt->nodeid && old->incarnation &&
	       r->incarnation > old->incarnation;
}

/*
 * Bind a descriptor to its slot; entered: by who administers the node.  There
 * may be one of an earlier process of that slot, of whose end we have not
 * heard.  What another node says never unbinds one of a third.
 */
static int bind_slot(struct m3_proc *r, bool entered)
{
	struct m3_vm *vm = r->vm;
	struct m3_slot *slot = m3_vm_slot(vm, r->p_nr);
	struct m3_proc *old;
	int rc;

	lockdep_assert_held(&vm->lock);
	if (vm->ended)
		return vm->ended;
	if (!(vm->usr.vm_nodes >> r->rmt->nodeid & 1))
		return EMOLNOVMNODE;
	m3_bury(vm, slot);
	old = rcu_dereference_protected(slot->proc,
					lockdep_is_held(&vm->lock));
	rc = entered ? 0 : m3_owner_admits(r, old);
	if (rc)
		return rc;
	if (old) {
		if (!is_successor(r, old))
			return EMOLSLOTUSED;
		if (old->rmt->nodeid == r->rmt->nodeid)
			m3_remote_gone(old);
		else
			m3_unbind_locked(old, EMOLNOTBIND);
	}
	if (!entered)
		m3_owner_guest(r);
	m3_replica_entered(r);
	r->bound = true;
	rcu_assign_pointer(slot->proc, r);
	trace_m3ipc_bind(r);
	m3_ep_changed(vm, r->p_nr);
	m3_remote_ask(r);
	return 0;
}

/* r, of which something has come */
int m3_remote_arrive(struct m3_proc *r)
{
	return bind_slot(r, false);
}

/* r, whose name the administrator of the VM gives */
int m3_remote_enter(struct m3_proc *r)
{
	return bind_slot(r, true);
}

static int bind_check(struct m3_node *node, const struct m3ipc_rmtbind *req)
{
	if (req->reserved)
		return -EINVAL;
	if (!m3_node_admin(node))
		return EMOLPERM;
	if (strnlen(req->name, M3IPC_NAME_LEN) == M3IPC_NAME_LEN)
		return EMOLNAMESIZE;
	return m3_link_check(node, req->nodeid);
}

static int bind(struct m3_vm *vm, const struct m3ipc_rmtbind *req)
{
	struct m3_proc *r;
	int rc;

	if (!m3_vm_is_endpoint(vm, req->endpoint))
		return EMOLENDPOINT;
	r = m3_remote_new(vm, req->endpoint, req->nodeid, req->name);
	if (!r)
		return -ENOMEM;
	r->incarnation = req->incarnation;
	spin_lock(&vm->lock);
	m3_replica_aim(r);
	rc = m3_remote_enter(r);
	spin_unlock(&vm->lock);
	if (rc)
		m3_proc_put(r);
	return rc;
}

int m3_remote_bind(struct m3_node *node, void *arg)
{
	const struct m3ipc_rmtbind *req = arg;
	struct m3_vm *vm = m3_vm_get(node, req->vmid);
	int rc;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	rc = bind_check(node, req) ?: bind(vm, req);
	m3_vm_put(vm);
	return rc;
}

/* Operations of local processes */

/*
 * An operation of p begins: its command is queued; or an error.  answers is the
 * number of the operation of to that this ends, or 0.
 */
int m3_remote_begin(struct m3_proc *p, struct m3_proc *to, int cmd,
		    const message *msg, u64 answers, u64 flags)
{
	int nodeid = to->rmt->nodeid, rc;
	cmd_t old = p->cmd.cmd;

	lockdep_assert_held(&p->vm->lock);
	if (p->copy && p->copy->rqtr == p)	/* another thread's, with cmd */
		return -EBUSY;
	if (p->replica && (cmd != SEND_MSG || !answers))
		return EMOLREPLPROC;
	m3_cmd_withdraw(&p->cmd);
	p->cmd.cmd = (cmd_t) {
		.c_cmd = cmd,
		.c_vmid = p->vm->usr.vm_vmid,
		.c_src = p->endpoint,
		.c_dst = to->endpoint,
		.c_snode = own_nodeid(p->vm),
		.c_dnode = nodeid,
		.c_flags = flags,
		.c_snd_seq = p->op + 1,
		.c_ack_seq = answers,
	};
	p->cmd.cmd.c_u.cu_msg = *msg;
	if (m3_ntfy_hurry(to, p->p_nr))
		m3_cmd_queue_first(p->vm->node, &to->rmt->ntfy);
	rc = m3_cmd_queue(p->vm->node, &p->cmd);
	if (rc) {
		p->cmd.cmd = old;	/* of an operation that goes on */
		return rc;
	}
	p->op++;
	p->moves = m3_migr_slot(to)->moves;
	p->answers = answers;
	p->abroad = true;
	p->ending = 0;
	p->rmtsent++;
	return 0;
}

/* The operation of p, which has been sent, is to end. */
void m3_remote_fill_cancel(const struct m3_proc *p, cmd_t *cmd)
{
	*cmd = (cmd_t) {
		.c_cmd = CANCEL_MSG,
		.c_vmid = p->vm->usr.vm_vmid,
		.c_src = p->endpoint,
		.c_dst = p->cmd.cmd.c_dst,
		.c_snode = p->cmd.cmd.c_snode,
		.c_dnode = p->cmd.cmd.c_dnode,
		.c_ack_seq = p->op,
	};
}

/*
 * The call of p ends here and now.  Without memory, or with too many loose
 * commands queued, the other node finds out when p begins its next operation
 * there, or ends.
 */
void m3_remote_cancel(struct m3_proc *p)
{
	struct m3_cmd *c;

	lockdep_assert_held(&p->vm->lock);
	if (m3_cmd_withdraw(&p->cmd) && p->cmd.cmd.c_cmd != CANCEL_MSG)
		return;
	c = m3_cmd_alloc(GFP_ATOMIC | __GFP_NOWARN);
	if (!c)
		return;
	m3_remote_fill_cancel(p, &c->cmd);
	if (m3_cmd_queue(p->vm->node, c))
		m3_cmd_free(c);
}

/*
 * p's time is over, or a signal came.  May its call end now?  If not, the other
 * node has as long to say how it ends as the link would last without a word.
 */
bool m3_remote_stop(struct m3_proc *p, int why)
{
	lockdep_assert_held(&p->vm->lock);
	if (m3_proc_state(p) == M3_REQUESTING) {
		m3_remote_cancel(p);
		return true;
	}
	if (p->ending)
		return false;
	p->ending = why;
	if (m3_cmd_withdraw(&p->cmd))
		return true;
	p->deadline = m3_link_deadline(p->vm->node, p->cmd.cmd.c_dnode);
	m3_remote_fill_cancel(p, &p->cmd.cmd);
	/* If its node cannot be reached m3_remote_lost() is on its way. */
	m3_cmd_queue(p->vm->node, &p->cmd);
	return false;
}

/* Has the call of p been given up, so that only that word is waited for? */
bool m3_remote_awaits_word(const struct m3_proc *p)
{
	return p->abroad && p->ending;
}

/* The one who was answered by the send of p waits no more. */
void m3_remote_settle(struct m3_proc *p)
{
	struct m3_proc *r = p->peer;

	if (r && r->rmt && p->answers && r->state == M3_AWAITING &&
	    r->peer == p && r->op == p->answers)
		m3_remote_forget(r);
}

/* The call of p has ended, however it did. */
void m3_remote_ended(struct m3_proc *p)
{
	p->abroad = false;
	m3_cmd_withdraw(&p->cmd);
}

/* Requests of remote ones */

/*
 * The request of r, which p has taken, ends with a REPLY_MSG or a RELAY_MSG of
 * p.  What p notified r of leaves before.  As far as this node is concerned r
 * waits for nobody from now on.
 */
int m3_remote_answer(struct m3_proc *r, struct m3_proc *p, int cmd,
		     const message *msg)
{
	struct m3_cmd *c = &r->rmt->outcome;
	int rc;

	lockdep_assert_held(&r->vm->lock);
	if (p->copy && p->copy->rqtr == p)	/* another thread's */
		return -EBUSY;
	m3_cmd_withdraw(c);
	c->cmd = (cmd_t) {
		.c_cmd = cmd,
		.c_vmid = r->vm->usr.vm_vmid,
		.c_src = p->endpoint,
		.c_dst = r->endpoint,
		.c_snode = own_nodeid(r->vm),
		.c_dnode = r->rmt->nodeid,
		.c_snd_seq = p->op,
		.c_ack_seq = r->op,
		.c_u.cu_msg = *msg,
	};
	if (m3_ntfy_hurry(r, p->p_nr))
		m3_cmd_queue_first(r->vm->node, &r->rmt->ntfy);
	rc = m3_cmd_queue(r->vm->node, c);
	if (rc)
		return rc;
	m3_remote_forget(r);
	p->rmtsent++;
	return 0;
}

static void fill_ack(struct m3_proc *r, u64 op, int cmd, int src, int rc)
{
	r->rmt->outcome.cmd = (cmd_t) {
		.c_cmd = cmd,
		.c_vmid = r->vm->usr.vm_vmid,
		.c_src = src,
		.c_dst = r->endpoint,
		.c_snode = own_nodeid(r->vm),
		.c_dnode = r->rmt->nodeid,
		.c_rcode = rc,
		.c_ack_seq = op,
	};
}

/*
 * Tell r's process how its operation op ended: with src, whose endpoint that
 * is.  Word of an operation that came before is of no interest any more.
 */
void m3_remote_ack_op(struct m3_proc *r, u64 op, int cmd, int src, int rc)
{
	struct m3_cmd *c = &r->rmt->outcome;

	lockdep_assert_held(&r->vm->lock);
	if (op != r->op && !list_empty(&c->link) && c->cmd.c_ack_seq > op)
		return;
	m3_cmd_withdraw(c);
	fill_ack(r, op, cmd, src, rc);
	/* If its node cannot be reached, its request has ended there. */
	m3_cmd_queue(r->vm->node, c);
}

/* The same for its last one */
void m3_remote_ack(struct m3_proc *r, int cmd, int src, int rc)
{
	m3_remote_ack_op(r, r->op, cmd, src, rc);
}

/* The request of r, which was in state, with peer, has ended. */
void m3_remote_complete(struct m3_proc *r, int state, int peer, int rc)
{
	m3_remote_ack(r, state == M3_SENDING ? SEND_ACK : SNDREC_ACK, peer, rc);
}

/* The request of r is one for p now, whose death or copies concern it. */
void m3_remote_redirected(struct m3_proc *r, const struct m3_proc *p)
{
	m3_remote_ack(r, SNDREC_ACK, p->endpoint, 0);
}

/*
 * The request of r is to be made again where ep is now, with its message, which
 * may be a server's; or, if it has been taken, only be waited for.  With
 * CMD_RECALL it is r that goes elsewhere.
 */
void m3_remote_send_back(struct m3_proc *r, int ep, u64 flags)
{
	struct m3_cmd *c = &r->rmt->outcome;

	lockdep_assert_held(&r->vm->lock);
	m3_cmd_withdraw(c);
	fill_ack(r, r->op, r->state == M3_SENDING ? SEND_ACK : SNDREC_ACK, ep,
		 EMOLMIGRATE);
	c->cmd.c_u.cu_msg = r->call->msg;
	c->cmd.c_flags = flags;
	if (r->state == M3_AWAITING)
		c->cmd.c_flags |= CMD_TAKEN;
	m3_remote_forget(r);
	m3_cmd_queue(r->vm->node, c);
}

/* Nobody at r's node waits for an end of its request any more. */
void m3_remote_forget(struct m3_proc *r)
{
	lockdep_assert_held(&r->vm->lock);
	list_del_init(&r->link);
	r->peer = NULL;
	r->state = M3_RUNNING;
}

/* It may count from anew. */
static void forget_who(struct m3_proc *r)
{
	r->op = 0;
	r->incarnation = 0;
	r->rmt->asked = 0;
	r->rmt->doubted = false;
}

/*
 * r's node cannot be reached: all that is pending with r ends.  True if some
 * is left: for when the lock has been given free in between.
 */
bool m3_remote_lost(struct m3_proc *r, int why)
{
	lockdep_assert_held(&r->vm->lock);
	if (r->state != M3_RUNNING)
		m3_complete(r, why);	/* its VM goes on there, perhaps */
	forget_who(r);
	if (m3_backup_redoes(r)) {
		if (r->migr == M3_STAYS)
			m3_migr_heard(r);
		return m3_waitmigr_redo(r, why) ||
		       m3_unbind_receivers(r, why);
	}
	m3_ntfy_drop(r);
	if (r->migr == M3_HEARD)
		m3_migr_set(r, M3_STAYS);
	return m3_unbind_waits(r, why);
}

/* Nothing of r's, or for it, is of interest to its node any more. */
void m3_remote_vanish(struct m3_proc *r)
{
	lockdep_assert_held(&r->vm->lock);
	m3_remote_forget(r);
	m3_cmd_withdraw(&r->rmt->outcome);
	m3_cmd_withdraw(&r->rmt->ntfy);
	m3_cmd_withdraw(&r->rmt->who);
}

/*
 * A process of this node has the endpoint of r, whose process is still there:
 * it hears how its request ended.
 */
void m3_remote_replaced(struct m3_proc *r)
{
	lockdep_assert_held(&r->vm->lock);
	if (r->state != M3_RUNNING)
		m3_complete(r, EMOLREPLPROC);
	m3_cmd_withdraw(&r->rmt->ntfy);
	m3_cmd_withdraw(&r->rmt->who);
}

/* r's node says that the process is gone. */
void m3_remote_gone(struct m3_proc *r)
{
	m3_remote_vanish(r);
	m3_unbind_locked(r, EMOLNOTBIND);
}

/* Who has the slot of r: see obit.h.  The endpoint of a user says it. */

static atomic64_t questions;

static void ask(struct m3_proc *r)
{
	struct m3_cmd *c = &r->rmt->who;

	lockdep_assert_held(&r->vm->lock);
	m3_cmd_withdraw(c);
	r->rmt->asked = atomic64_inc_return(&questions);
	c->cmd = (cmd_t) {
		.c_cmd = WHO_RQST,
		.c_vmid = r->vm->usr.vm_vmid,
		.c_src = NONE,
		.c_dst = r->endpoint,
		.c_snode = own_nodeid(r->vm),
		.c_dnode = r->rmt->nodeid,
		.c_snd_seq = r->rmt->asked,
	};
	/* If its node cannot be reached, it is asked when it can be. */
	m3_cmd_queue(r->vm->node, c);
}

/* r is of another node now.  What its process was in there has ended. */
void m3_remote_moved(struct m3_proc *r, int nodeid)
{
	bool guest = r->rmt->guest;

	lockdep_assert_held(&r->vm->lock);
	m3_rcopy_gone(r, EMOLMIGRATE);
	m3_remote_vanish(r);
	forget_who(r);
	m3_owner_leaves(r);
	r->rmt->nodeid = nodeid;
	r->rmt->ntfy.cmd.c_dnode = nodeid;
	if (guest)
		m3_owner_guest(r);
	m3_remote_ask(r);
}

void m3_remote_ask(struct m3_proc *r)
{
	if (m3_proc_is_system(r) && !r->incarnation)
		ask(r);
}

/* r's process may be gone, for all that is known. */
void m3_remote_doubt(struct m3_proc *r)
{
	if (!m3_proc_is_system(r)) {
		m3_remote_gone(r);
		return;
	}
	r->rmt->doubted = true;
	ask(r);
}

/* r's node says that ep is gone, whose last operation was op. */
void m3_remote_exited(struct m3_proc *r, int ep, u64 op)
{
	bool system = m3_proc_is_system(r);

	if (system && !r->incarnation)
		m3_remote_doubt(r);
	else if (system ? r->incarnation <= op :
			  r->op <= op && !is_newer(r, ep))
		m3_remote_gone(r);
}

/* Its node has answered a question: who that is, or 0. */
void m3_remote_identified(struct m3_proc *r, u64 asked, u64 incarnation)
{
	if (!asked || asked != r->rmt->asked)
		return;
	r->rmt->asked = 0;
	if (!incarnation && !r->rmt->doubted)	/* it may still come */
		return;
	if (!incarnation ||
	    (r->incarnation && r->incarnation != incarnation)) {
		m3_remote_gone(r);
		return;
	}
	r->rmt->doubted = false;
	r->incarnation = incarnation;
}

/* Notifications for remote ones */

/* There is a new one in r's table. */
int m3_remote_notify(struct m3_proc *r)
{
	struct m3_cmd *c = &r->rmt->ntfy;
	int rc;

	lockdep_assert_held(&r->vm->lock);
	if (unlikely(!m3_migr_is_placed(r)))
		return 0;
	c->cmd.c_dnode = r->rmt->nodeid;
	rc = m3_cmd_queue(r->vm->node, c);
	if (rc)
		m3_ntfy_drop(r);
	return rc;
}
