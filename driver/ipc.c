// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rendezvous: messages pass when both sides are there.
 *
 * Each primitive is one function, called with the lock of the VM held.  It
 * first checks, changing nothing; then it either passes a message, which
 * cannot fail, or puts the caller into a blocked state (proc.h).  Returns 0, a
 * negative error, or M3_BLOCKED.
 *
 *			receiver is waiting for it	is not
 *	send		deliver, complete receiver	SENDING
 *	sendrec		the same, then AWAITING		REQUESTING
 *	reply, relay	the same			error; REQUESTING
 *
 *			a message is there		is not
 *	receive		take it; complete a sender,	RECEIVING
 *	rcvrqst		  a requester goes on AWAITING	RCVRQST
 *
 * DEADLOCK.  A sender waits for its destination and a requester for the answer;
 * these edges, at most one a process, form the wait-for graph.  Each call that
 * would add an edge first walks along the graph from its destination: if that
 * leads back to the caller the call fails with EMOLLOCKED.  So the graph never
 * has a cycle and each walk ends.  It is made under the lock, and anybody may
 * make chains as long as a VM has slots: so one of more than M3IPC_MAX_CHAIN
 * processes counts as a cycle for who would wait at its beginning.  Receivers
 * are not part of the graph.  A node knows the edges that begin or end at its
 * own processes: a cycle over two nodes is found, unless both of them have
 * edges inside; one over three is not.
 *
 * OTHER NODES.  If the other side is a process of another node (rmt), the call
 * goes abroad instead, see remote.h; what comes from there is passed on with
 * the functions here that are not static.
 */
#include <linux/nospec.h>
#include "bind.h"
#include "call.h"
#include "ipc.h"
#include "linger.h"
#include "link.h"
#include "migrate.h"
#include "node.h"
#include "notify.h"
#include "priv.h"
#include "recall.h"
#include "remote.h"
#include "trace.h"
#include "wait.h"
#include "waitmigr.h"

/* What a caller put into its call, read once */
struct args {
	unsigned int nr;
	struct m3ipc_call *call;
	int peer;
	s64 timeout;
};

/* The process behind an endpoint that the caller named, or an error */
struct m3_proc *m3_ipc_peer(struct m3_proc *p, int endpoint)
{
	struct m3_proc *peer = m3_proc_at(p->vm, endpoint);

	if (likely(peer && peer != p))
		return peer;
	if (peer == p || endpoint == ANY || endpoint == NONE ||
	    endpoint == SELF || !m3_vm_slot(p->vm, _ENDPOINT_P(endpoint)))
		return ERR_PTR(EMOLENDPOINT);
	return ERR_PTR(EMOLDSTDIED);
}

/* The same for one that p wants to send to: privileges must allow it. */
struct m3_proc *m3_ipc_dst(struct m3_proc *p, int endpoint)
{
	struct m3_proc *dst = m3_ipc_peer(p, endpoint);
	int rc;

	if (IS_ERR(dst))
		return dst;
	rc = m3_priv_check(p, dst);
	return likely(!rc) ? dst : ERR_PTR(rc);
}

/* Does q wait for an answer or message of p, and p alone? */
bool m3_ipc_waits_for(const struct m3_proc *q, const struct m3_proc *p)
{
	return q->peer == p &&
	       (q->state == M3_AWAITING || q->state == M3_RECEIVING);
}

/* Would dst take a message, or a request, of p right now? */
static bool dst_admits(const struct m3_proc *dst, const struct m3_proc *p,
		       bool request)
{
	switch (dst->state) {
	case M3_RECEIVING:
		return dst->getfrom == ANY || dst->peer == p;
	case M3_AWAITING:
		return dst->peer == p;
	case M3_RCVRQST:
		return request;
	case M3_RUNNING:
	case M3_SENDING:
	case M3_REQUESTING:
	case M3_TRYING:
	case M3_MOVING:
		return false;
	}
	WARN_ON_ONCE(1);
	return false;
}

/*
 * Copy the message in from to the slot to, as one of src.  Whoever reads the
 * slot meanwhile never sees the source that the sender has put there.
 */
static void copy_message(const struct m3_proc *src,
			 const struct m3ipc_call *from, struct m3ipc_call *to)
{
	to->msg.m_source = src->endpoint;
	to->msg.m_type = from->msg.m_type;
	to->msg.m_u = from->msg.m_u;
}

/* Hand a message of p to dst, which waits for it. */
static void deliver(struct m3_proc *p, const struct m3ipc_call *from,
		    struct m3_proc *dst)
{
	copy_message(p, from, dst->call);
	trace_m3ipc_message(p, dst, dst->call->msg.m_type);
	p->sent++;
	m3_complete(dst, 0);
}

/* A remote process's message, or answer, for a local one that waits for it */
void m3_ipc_deliver(struct m3_proc *src, struct m3_proc *dst)
{
	deliver(src, src->call, dst);
}

/* The same by the caller of p, who may wait for dst next. */
static void hand_over(struct m3_proc *p, const struct m3ipc_call *from,
		      struct m3_proc *dst)
{
	m3_linger_met(p, dst->caller);
	deliver(p, from, dst);
}

/*
 * Would p, waiting for dst, close a cycle, or make a chain too long to be
 * walked along?  One of another node who is being answered by a send, whose
 * sender waits for word of that, waits for nobody any more.
 */
static bool closes_cycle(const struct m3_proc *p, const struct m3_proc *dst)
{
	const struct m3_proc *q = dst;
	int waiting = 1;	/* p and those that it waits for in turn */

	while (q->state == M3_SENDING || q->state == M3_REQUESTING ||
	       q->state == M3_AWAITING) {
		if (unlikely(q->rmt) && q->peer->peer == q)
			return false;
		q = q->peer;
		if (q == p || ++waiting > M3IPC_MAX_CHAIN)
			return true;
	}
	return false;
}

/* p waits in state for peer, in its list if there is one. */
static void set_waiting(struct m3_proc *p, enum m3_state state,
			struct m3_proc *peer, struct list_head *list)
{
	p->state = state;
	p->peer = peer;
	if (list)
		list_move_tail(&p->link, list);
}

static void enqueue_sender(struct m3_proc *p, enum m3_state state,
			   struct m3_proc *dst)
{
	p->arrival = p->vm->arrivals++;
	set_waiting(p, state, dst,
		    state == M3_SENDING ? &dst->sends : &dst->requests);
	m3_ipc_poll_wake(dst);
}

/*
 * Deliver the message in p's slot, or queue p with it, in state: a remote one,
 * or one whose request is redirected.  M3_BLOCKED if it waits from now on.
 */
int m3_ipc_offer(struct m3_proc *p, struct m3_proc *dst, enum m3_state state,
		 bool nowait)
{
	bool request = state == M3_REQUESTING;
	int rc = m3_priv_check(p, dst);

	if (!rc && request)
		rc = m3_priv_check(dst, p);	/* the answer */
	if (rc)
		return rc;
	if (dst_admits(dst, p, request)) {
		deliver(p, p->call, dst);
		if (!request)
			return 0;
		set_waiting(p, M3_AWAITING, dst, &dst->awaiters);
		return M3_BLOCKED;
	}
	if (nowait)
		return -EAGAIN;
	if (closes_cycle(p, dst))
		return EMOLLOCKED;
	enqueue_sender(p, state, dst);
	return M3_BLOCKED;
}

/* The request of dst, which src has answered with a request, waits for that. */
void m3_ipc_await(struct m3_proc *src, struct m3_proc *dst)
{
	set_waiting(src, M3_AWAITING, dst, &dst->awaiters);
}

/* So does src, whose request dst's process took before it migrated. */
int m3_ipc_await_moved(struct m3_proc *src, struct m3_proc *dst)
{
	int rc = m3_priv_check(src, dst) ?: m3_priv_check(dst, src);

	if (rc)
		return rc;
	if (closes_cycle(src, dst))
		return EMOLLOCKED;
	m3_ipc_await(src, dst);
	return M3_BLOCKED;
}

/* What p has for dst, which migrates, waits until that is over. */
static int hold(struct m3_proc *p, const struct args a, struct m3_proc *dst,
		enum m3_state state)
{
	if (a.timeout == TIMEOUT_NOWAIT)
		return -EAGAIN;
	if (!m3_ipc_waits_for(dst, p) && closes_cycle(p, dst))
		return EMOLLOCKED;
	m3_waitmigr_hold(p, state, dst);
	return m3_block(p, a.nr, a.call, a.timeout);
}

/* A message of p for another node.  The others keep a in registers. */
static noinline int go_abroad(struct m3_proc *p, const struct args a,
			      struct m3_proc *dst, enum m3_state state, int cmd)
{
	u64 answers = m3_ipc_waits_for(dst, p) ? dst->op : 0;
	bool nowait = a.timeout == TIMEOUT_NOWAIT;
	int rc;

	if (state == M3_SENDING && m3_recall_keep(p, dst, &a.call->msg))
		return 0;
	if (unlikely(dst->migr))
		return hold(p, a, dst, state);
	if (m3_migr_hasty(p, dst->rmt->nodeid))
		return M3_NEEDS_HOME;
	if (nowait)
		state = M3_TRYING;	/* it asks, which is no edge */
	else if (!answers && closes_cycle(p, dst))
		return EMOLLOCKED;
	rc = m3_remote_begin(p, dst, cmd, &a.call->msg, answers,
			     nowait ? CMD_NOWAIT : 0);
	if (rc)
		return rc;
	set_waiting(p, state, dst, state == M3_SENDING ? &dst->sends :
		    state == M3_REQUESTING ? &dst->requests : &dst->awaiters);
	m3_block(p, a.nr, a.call, a.timeout);
	if (nowait) {
		p->ending = -EAGAIN;
		p->deadline = m3_link_deadline(p->vm->node, dst->rmt->nodeid);
	}
	return M3_BLOCKED;
}

static int do_send(struct m3_proc *p, const struct args *a)
{
	struct m3_proc *dst = m3_ipc_dst(p, a->peer);

	if (IS_ERR(dst))
		return m3_migr_missing(p, PTR_ERR(dst));
	if (unlikely(dst->rmt))
		return go_abroad(p, *a, dst, M3_SENDING, SEND_MSG);
	if (dst_admits(dst, p, false)) {
		deliver(p, a->call, dst);
		return 0;
	}
	if (a->timeout == TIMEOUT_NOWAIT)
		return -EAGAIN;
	if (closes_cycle(p, dst))
		return EMOLLOCKED;
	enqueue_sender(p, M3_SENDING, dst);
	return m3_block(p, a->nr, a->call, a->timeout);
}

static int do_sendrec(struct m3_proc *p, const struct args *a)
{
	struct m3_proc *dst = m3_ipc_dst(p, a->peer);
	int rc;

	if (IS_ERR(dst))
		return PTR_ERR(dst);
	rc = m3_priv_check(dst, p);	/* the answer */
	if (rc)
		return rc;
	if (a->timeout == TIMEOUT_NOWAIT)
		return -EAGAIN;
	if (unlikely(dst->rmt))
		return go_abroad(p, *a, dst, M3_REQUESTING, SNDREC_MSG);
	if (dst_admits(dst, p, true)) {
		hand_over(p, a->call, dst);
		set_waiting(p, M3_AWAITING, dst, &dst->awaiters);
	} else {
		if (closes_cycle(p, dst))
			return EMOLLOCKED;
		enqueue_sender(p, M3_REQUESTING, dst);
	}
	return m3_block(p, a->nr, a->call, a->timeout);
}

/* Take the message of q, which is blocked sending to p. */
static void take_message(struct m3_proc *p, struct m3ipc_call *to,
			 struct m3_proc *q)
{
	copy_message(q, q->call, to);
	trace_m3ipc_message(q, p, to->msg.m_type);
	q->sent++;
	if (q->state == M3_SENDING)
		m3_complete(q, 0);
	else
		set_waiting(q, M3_AWAITING, p, &p->awaiters);
}

/* Of all who are blocked sending to p the one that came first, or NULL */
static struct m3_proc *first_sender(struct m3_proc *p)
{
	struct m3_proc *s, *r;

	s = list_first_entry_or_null(&p->sends, struct m3_proc, link);
	r = list_first_entry_or_null(&p->requests, struct m3_proc, link);
	if (!s || !r)
		return s ?: r;
	return s->arrival < r->arrival ? s : r;
}

static int do_receive_any(struct m3_proc *p, const struct args *a)
{
	struct m3_proc *q;

	if (m3_ntfy_take(p, ANY, &a->call->msg))
		return 0;
	q = first_sender(p);
	if (q) {
		take_message(p, a->call, q);
		return 0;
	}
	if (a->timeout == TIMEOUT_NOWAIT)
		return -EAGAIN;
	p->getfrom = ANY;
	set_waiting(p, M3_RECEIVING, NULL, NULL);
	return m3_block(p, a->nr, a->call, a->timeout);
}

/*
 * A notification counts even if its sender is gone.  HARDWARE is nobody, but
 * sends notifications.
 */
static int do_receive_from(struct m3_proc *p, const struct args *a)
{
	struct m3_proc *src = m3_ipc_peer(p, a->peer);
	int rc;

	if (PTR_ERR_OR_ZERO(src) == EMOLENDPOINT)
		return EMOLENDPOINT;
	rc = IS_ERR(src) ? 0 : m3_priv_check(src, p);
	if (rc)
		return rc;
	if (m3_ntfy_take(p, a->peer, &a->call->msg))
		return 0;
	if (IS_ERR(src)) {
		if (a->peer != HARDWARE)
			return EMOLSRCDIED;
		src = NULL;
	} else if (src->peer == p && (src->state == M3_SENDING ||
				      src->state == M3_REQUESTING)) {
		take_message(p, a->call, src);
		return 0;
	}
	if (unlikely(src && src->rmt)) {
		rc = m3_link_state(p->vm->node, src->rmt->nodeid);
		if (rc)
			return rc;
	}
	if (a->timeout == TIMEOUT_NOWAIT)
		return -EAGAIN;
	p->getfrom = a->peer;
	set_waiting(p, M3_RECEIVING, src, src ? &src->awaiters : NULL);
	return m3_block(p, a->nr, a->call, a->timeout);
}

static int do_receive(struct m3_proc *p, const struct args *a)
{
	return a->peer == ANY ? do_receive_any(p, a) : do_receive_from(p, a);
}

static inline bool take_request(struct m3_proc *p, struct m3ipc_call *to)
{
	struct m3_proc *q;

	if (m3_ntfy_take(p, ANY, &to->msg))
		return true;
	q = list_first_entry_or_null(&p->requests, struct m3_proc, link);
	if (q)
		take_message(p, to, q);
	return q;
}

static inline int do_rcvrqst(struct m3_proc *p, const struct args *a)
{
	if (take_request(p, a->call))
		return 0;
	if (a->timeout == TIMEOUT_NOWAIT)
		return -EAGAIN;
	set_waiting(p, M3_RCVRQST, NULL, NULL);
	return m3_block(p, a->nr, a->call, a->timeout);
}

/* An answer for another node; the others keep a in registers. */
static noinline int reply_abroad(struct m3_proc *p, const struct args a,
				 struct m3_proc *dst)
{
	if (!m3_ipc_waits_for(dst, p))
		return m3_link_state(p->vm->node, dst->rmt->nodeid) ?:
		       m3_migr_reply(p, dst, &a.call->msg);
	return m3_remote_answer(dst, p, REPLY_MSG, &a.call->msg);
}

static inline int do_reply(struct m3_proc *p, const struct args *a)
{
	struct m3_proc *dst = m3_ipc_dst(p, a->peer);

	if (IS_ERR(dst))
		return m3_migr_missing(p, PTR_ERR(dst));
	if (unlikely(dst->rmt))
		return reply_abroad(p, *a, dst);
	if (!m3_ipc_waits_for(dst, p))
		return m3_migr_reply(p, dst, &a->call->msg);
	hand_over(p, a->call, dst);
	return 0;
}

/*
 * An answer that its receiver no longer waits for does not keep the server
 * from its next request; one to an impossible endpoint is the server's error.
 */
static int do_reply_rcvrqst(struct m3_proc *p, const struct args *a)
{
	int rc = a->peer == NONE ? 0 : do_reply(p, a);

	if (unlikely(rc == M3_NEEDS_HOME))
		return rc;
	a->call->reply_rc = rc;
	if (rc == EMOLENDPOINT)
		return rc;
	return do_rcvrqst(p, a);
}

/*
 * The request of p, of this node, is one for dst now: so says dst's node.  If p
 * may not make it to dst, or that closes a cycle, its call ends as if it had
 * been.
 */
void m3_ipc_redirected(struct m3_proc *p, struct m3_proc *dst)
{
	int rc = m3_priv_check(p, dst) ?: m3_priv_check(dst, p);

	if (!rc && closes_cycle(p, dst))
		rc = EMOLLOCKED;
	if (!rc)
		set_waiting(p, M3_REQUESTING, dst, &dst->requests);
	else if (m3_remote_stop(p, rc))
		m3_complete(p, rc);
}

/*
 * The request of client, which has been taken, becomes one for dst, with the
 * message that the former server made of it.  Its call, and its time, go on.
 */
int m3_ipc_redirect(struct m3_proc *client, struct m3_proc *dst,
		    const message *msg)
{
	bool abroad = client->abroad;
	int rc;

	lockdep_assert_held(&client->vm->lock);
	if (client == dst)
		return EMOLENDPOINT;
	if (!dst->rmt) {
		client->call->msg = *msg;
		rc = m3_ipc_offer(client, dst, M3_REQUESTING, false);
		if (rc != M3_BLOCKED)
			return rc;
		if (abroad)
			m3_remote_ended(client);
		else if (client->rmt)
			m3_remote_redirected(client, dst);
		return 0;
	}
	rc = m3_priv_check(client, dst) ?: m3_priv_check(dst, client);
	if (rc)
		return rc;
	if (closes_cycle(client, dst))
		return EMOLLOCKED;
	rc = m3_remote_begin(client, dst, SNDREC_MSG, msg, 0, 0);
	if (!rc)
		set_waiting(client, M3_REQUESTING, dst, &dst->requests);
	return rc;
}

/*
 * A remote client's node redirects its request, if that is to go on to another
 * node: it knows the way, and nobody else can speak for the client there.
 */
static noinline int relay_abroad(struct m3_proc *p, const struct args a,
				 struct m3_proc *client, struct m3_proc *dst)
{
	message msg = a.call->msg;

	msg.m_source = dst->endpoint;
	return m3_remote_answer(client, p, RELAY_MSG, &msg);
}

static int do_relay(struct m3_proc *p, const struct args *a)
{
	message msg = a->call->msg;
	struct m3_proc *client = m3_ipc_peer(p, msg.m_source);
	struct m3_proc *dst = m3_ipc_dst(p, a->peer);

	if (IS_ERR(dst))
		return PTR_ERR(dst);
	if (IS_ERR(client))
		return m3_migr_missing(p, PTR_ERR(client) == EMOLDSTDIED ?
					  EMOLSRCDIED : PTR_ERR(client));
	if (client == dst)
		return EMOLENDPOINT;
	if (client->state != M3_AWAITING || client->peer != p)
		return m3_migr_relay(p, client, dst, &msg);
	if (unlikely(client->rmt && dst->rmt))
		return relay_abroad(p, *a, client, dst);
	return m3_ipc_redirect(client, dst, &msg);
}

/* The same for p, which migrates no more and was waiting for a message */
static bool take_held(struct m3_proc *p)
{
	struct m3_proc *q = p->peer;

	if (p->held == M3_RCVRQST)
		return take_request(p, p->call);
	if (p->held == M3_RECEIVING &&
	    m3_ntfy_take(p, p->getfrom, &p->call->msg))
		return true;
	if (p->held == M3_RECEIVING && p->getfrom == ANY)
		q = first_sender(p);
	else if (q && (q->peer != p || (q->state != M3_SENDING &&
					q->state != M3_REQUESTING)))
		q = NULL;
	if (q)
		take_message(p, p->call, q);
	return q;
}

/* p goes on with its wait, as receiver or as client, or that ends. */
void m3_ipc_go_on(struct m3_proc *p)
{
	lockdep_assert_held(&p->vm->lock);
	if (take_held(p))
		m3_complete(p, 0);
	else
		p->state = p->held;
}

/* Of all who are blocked sending to p the one that came first, or NULL */
struct m3_proc *m3_ipc_first(struct m3_proc *p)
{
	return first_sender(p);
}

/* The message of an answer that somebody has given before he migrated */
void m3_ipc_deliver_late(struct m3_proc *dst, int src, const message *msg)
{
	dst->call->msg.m_type = msg->m_type;
	dst->call->msg.m_u = msg->m_u;
	dst->call->msg.m_source = src;
	m3_complete(dst, 0);
}

/* Would receive(ANY) of p not wait? */
bool m3_ipc_pending(const struct m3_proc *p)
{
	if (p->migr)
		return false;
	return m3_ntfy_pending(p) || !list_empty(&p->sends) ||
	       !list_empty(&p->requests);
}

/* Is that a call, with arguments that can be? */
static int check_args(const struct args *a)
{
	u32 rest = 0;
	int i;

	if (unlikely(READ_ONCE(a->call->op) != a->nr))
		return m3_call_result(a->call);
#pragma GCC unroll 7
	for (i = 0; i < ARRAY_SIZE(a->call->reserved); i++)
		rest |= READ_ONCE(a->call->reserved[i]);
	if (unlikely(rest || a->timeout < TIMEOUT_FOREVER))
		return -EINVAL;
	return 1;
}

/*
 * All but notifications are compiled into this, and this into m3_ipc_call(), so
 * that the arguments stay in registers: as a function of another file it would
 * cost 24 to 35 instructions a call.
 */
static int ipc_dispatch(struct m3_proc *p, const struct args *a)
{
	switch (a->nr) {
	case _IOC_NR(M3IPC_IOC_SEND):
		return do_send(p, a);
	case _IOC_NR(M3IPC_IOC_RECEIVE):
		return do_receive(p, a);
	case _IOC_NR(M3IPC_IOC_SENDREC):
		return do_sendrec(p, a);
	case _IOC_NR(M3IPC_IOC_RCVRQST):
		return do_rcvrqst(p, a);
	case _IOC_NR(M3IPC_IOC_REPLY):
		return do_reply(p, a);
	case _IOC_NR(M3IPC_IOC_REPLY_RCVRQST):
		return do_reply_rcvrqst(p, a);
	case _IOC_NR(M3IPC_IOC_RELAY):
		return do_relay(p, a);
	case _IOC_NR(M3IPC_IOC_NOTIFY):
		return m3_ntfy_send(p, a->call, a->peer);
	}
	return -ENOTTY;
}

/* The answer of dst, which has taken the request of p elsewhere */
static int await_local(struct m3_proc *p, const struct args *a,
		       struct m3_proc *dst)
{
	if (m3_recall_kept(p, dst, &a->call->msg)) {
		a->call->msg.m_source = dst->endpoint;
		return 0;
	}
	if (dst->peer == p && dst->state == M3_SENDING) {
		take_message(p, a->call, dst);
		return 0;
	}
	if (closes_cycle(p, dst))
		return EMOLLOCKED;
	set_waiting(p, M3_AWAITING, dst, &dst->awaiters);
	return m3_block(p, a->nr, a->call, a->timeout);
}

/* The same of one of another node, which is told */
static int await_abroad(struct m3_proc *p, const struct args *a,
			struct m3_proc *dst)
{
	int rc;

	if (dst->migr)
		return hold(p, *a, dst, M3_AWAITING);
	if (m3_migr_hasty(p, dst->rmt->nodeid))
		return M3_NEEDS_HOME;
	if (closes_cycle(p, dst))
		return EMOLLOCKED;
	rc = m3_remote_begin(p, dst, SNDREC_MSG, &a->call->msg, 0, CMD_TAKEN);
	if (rc)
		return rc;
	set_waiting(p, M3_REQUESTING, dst, &dst->requests);
	return m3_block(p, a->nr, a->call, a->timeout);
}

/* May the call be made, and now?  Not of args, which stay in registers. */
static noinline int narrowed_call(const struct m3_proc *p, unsigned int nr,
				  int peer, s64 timeout)
{
	return m3_priv_trap(p, nr, peer) ?: m3_migr_call(p, nr, timeout);
}

/*
 * A sendrec whose request was taken before its process moved here waits on.
 * Who says so of one that he has not made has a receive.
 */
static noinline int await_again(struct m3_proc *p, const struct args *a)
{
	struct m3_proc *dst = m3_ipc_dst(p, a->peer);
	int rc = p->narrowed ? narrowed_call(p, a->nr, a->peer, a->timeout) : 0;

	if (a->nr != _IOC_NR(M3IPC_IOC_SENDREC))
		return -ESTALE;
	if (!rc && IS_ERR(dst))
		rc = PTR_ERR(dst) == EMOLDSTDIED ? EMOLSRCDIED : PTR_ERR(dst);
	if (!rc)
		rc = m3_priv_check(dst, p);
	if (!rc && a->timeout < TIMEOUT_FOREVER)
		rc = -EINVAL;
	if (!rc)
		rc = dst->rmt ? await_abroad(p, a, dst) :
				await_local(p, a, dst);
	if (rc <= 0)		/* it is over, and not to be made again */
		WRITE_ONCE(a->call->op, a->nr);
	return rc;
}

/* Make a call; again: the same one, which needed something before */
static int make_call(struct m3_proc *p, unsigned int nr,
		     struct m3ipc_call *call, bool again)
{
	const struct args args = {
		.nr = nr,
		.call = call,
		.peer = READ_ONCE(call->peer),
		.timeout = READ_ONCE(call->timeout),
	};
	int rc = check_args(&args);

	if (rc <= 0)
		return READ_ONCE(call->op) == M3IPC_OP_AWAIT ?
		       await_again(p, &args) : rc;
	if (!again)
		trace_m3ipc_call(p, nr, args.peer);
	rc = unlikely(p->narrowed) ? narrowed_call(p, nr, args.peer,
						   args.timeout) : 0;
	if (likely(!rc))
		rc = ipc_dispatch(p, &args);
	else if (nr == _IOC_NR(M3IPC_IOC_REPLY_RCVRQST) && rc < 0)
		call->reply_rc = rc;
	if (rc <= 0)
		trace_m3ipc_end(p, nr, rc);
	return rc;
}

static int call_locked(struct m3_proc *p, unsigned int nr, unsigned long index,
		       bool again)
{
	struct m3ipc_call *call = &p->page->call[index];
	int rc;

	if (!p->bound)
		return m3_node_unbound(p->vm->node);
	if (p->vm->ended)	/* its turn to be unbound has not come yet */
		return p->vm->ended;
	if (nr == _IOC_NR(M3IPC_IOC_CANCEL))
		return m3_call_cancel(p, call);
	/* Pairs with the release in m3_leave(). */
	if (unlikely(smp_load_acquire(&p->caller))) {
		rc = m3_call_reenter(p, nr, call);
		if (rc)
			return rc;
	}
	return make_call(p, nr, call, again);
}

static int call_once(struct m3_node *node, unsigned int nr, unsigned long index,
		     bool again)
{
	struct m3_proc *p;
	int rc;

	rcu_read_lock();
	p = m3_caller(node);
	if (p) {
		spin_lock(&p->vm->lock);
		rc = call_locked(p, nr, index, again);
		if (rc == M3_BLOCKED)
			refcount_inc(&p->ref);
		spin_unlock(&p->vm->lock);
	} else {
		rc = m3_node_unbound(node);
	}
	rcu_read_unlock();

	return rc == M3_BLOCKED ? m3_wait(p, nr) : rc;
}

/* Make, or wait for, what a call needs. */
static int provide_for(struct m3_node *node, unsigned int nr,
		       unsigned long index, int need)
{
	switch (need) {
	case M3_NEEDS_TABLE:
		return m3_ntfy_provide(node);
	case M3_NEEDS_HOME:
		return m3_migr_await(node, nr, index);
	}
	return m3_call_await_word(node);
}

/* One primitive, with the call of that index in the caller's page */
int m3_ipc_call(struct m3_node *node, unsigned int nr, unsigned long index)
{
	bool again = false;
	int rc;

	if (index >= M3IPC_NR_CALLS)
		return -EINVAL;
	index = array_index_nospec(index, M3IPC_NR_CALLS);
	for (;;) {
		rc = call_once(node, nr, index, again);
		if (likely(rc <= 0))
			return rc;
		again = rc != M3_NEEDS_WORD;
		rc = provide_for(node, nr, index, rc);
		if (rc)
			return rc;
	}
}
