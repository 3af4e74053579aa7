// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that come from other nodes.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/nospec.h>
#include "backup.h"
#include "bind.h"
#include "carry.h"
#include "inbound.h"
#include "ipc.h"
#include "link.h"
#include "migrate.h"
#include "node.h"
#include "notify.h"
#include "priv.h"
#include "proc.h"
#include "proxy.h"
#include "rcopy.h"
#include "recall.h"
#include "remote.h"
#include "replica.h"
#include "vcopy.h"
#include "vm.h"
#include "wait.h"
#include "wait4ep.h"
#include "waitmigr.h"

struct arrival;

/* What a kind of command is */
enum {
	REQUEST	= 1 << 0,	/* ends with an answer, with CMD_ACK */
	ANSWER	= 1 << 1,	/* ends the request of c_dst there */
	FRAME	= 1 << 2,	/* has bytes of a copy, or an error instead */
	NO_SRC	= 1 << 3,	/* c_src is no process, */
	NO_DST	= 1 << 4,	/* c_dst is none */
	ANY_SRC	= 1 << 5,	/* c_src is an endpoint, but need not be its */
};

struct command {
	unsigned int is;
	u64 flags;			/* that it may have */
	int (*act)(struct arrival *a);	/* with the lock of the VM */
};

struct arrival {
	struct m3_proxy *px;
	const cmd_t *cmd;
	const struct command *kind;	/* of cmd */
	struct m3_vm *vm;
	struct m3_proc *src;		/* where it comes from, or NULL */

	/* made without the lock */
	struct m3_proc *descriptor;
	struct m3_cmd *answer;
	struct m3_ntfy *table;
	struct m3_rcopy *copy;

	/* to be done without the lock: both hold a reference */
	struct m3_rcopy *write;
	struct m3_proc *orderer;	/* of a copy between two of this node */
	int server_cpu;			/* of who got a request, or -1 */
};

static bool is(const struct arrival *a, unsigned int what)
{
	return a->kind->is & what;
}

/* Is the request of c_dst one for c_src now? */
static bool is_redirection(const cmd_t *cmd)
{
	return cmd->c_cmd == SNDREC_ACK && !cmd->c_rcode;
}

/* Members that can be checked without knowing anything */
static int check_fields(const struct arrival *a)
{
	const cmd_t *cmd = a->cmd;

	if (!a->kind || cmd->c_flags & ~a->kind->flags)
		return -EBADMSG;
	if (cmd->c_len < 0 || cmd->c_len > a->px->usr.px_maxbytes ||
	    (cmd->c_len && (!is(a, FRAME) || cmd->c_rcode)))
		return -EBADMSG;
	if (cmd->c_rcode > 0 || cmd->c_rcode < -MAX_ERRNO ||
	    m3_is_internal(cmd->c_rcode) ||
	    (cmd->c_rcode && !(cmd->c_cmd & CMD_ACK) && !is(a, FRAME)))
		return -EBADMSG;
	return 0;
}

/* Is it from a node behind this pair, for this one? */
static int check_nodes(const struct m3_proxy *px, const cmd_t *cmd)
{
	struct m3_node *node = px->node;
	struct m3_link *link;
	int rc = EMOLBADNODEID, from;

	if (m3_link_check(node, cmd->c_snode) ||
	    cmd->c_dnode != READ_ONCE(node->drvs.d_nodeid))
		return rc;
	rcu_read_lock();
	from = array_index_nospec(cmd->c_snode, M3IPC_MAX_NODES);
	link = rcu_dereference(node->links[from]);
	if (link && link->px == px) {
		WRITE_ONCE(link->received, link->received + 1);
		WRITE_ONCE(link->received_at, ktime_get_real_ns());
		rc = 0;
	}
	rcu_read_unlock();
	return rc;
}

static struct m3_proc *local_at(struct arrival *a)
{
	struct m3_proc *p = m3_proc_at(a->vm, a->cmd->c_dst);

	return p && !p->rmt ? p : NULL;
}

/* Does dst wait for the end of just this operation, at that node? */
static bool is_under_way(const struct m3_proc *dst, const cmd_t *cmd)
{
	return dst->abroad && dst->op == cmd->c_ack_seq &&
	       dst->cmd.cmd.c_dnode == cmd->c_snode;
}

static bool awaits_answer(const struct m3_proc *dst, const cmd_t *cmd)
{
	return dst && m3_proc_state(dst) == M3_REQUESTING &&
	       is_under_way(dst, cmd);
}

/*
 * An answer that nobody waits for is counted.  The server has gone on: so one
 * that does not get to its client, or a relay that leads nowhere, is how the
 * client's call ends.
 */
static int refuse_answer(struct arrival *a, int rc)
{
	struct m3_proc *dst = local_at(a);

	if (awaits_answer(dst, a->cmd))
		m3_complete(dst, rc);
	else
		m3_link_refused(a->px->node, a->cmd->c_snode);
	return 0;
}

/*
 * Refuse a request.  A source that is known has an answer of its own, see
 * remote.h; a loose one is for the others.
 */
static int refuse(struct arrival *a, int rc)
{
	const cmd_t *cmd = a->cmd;

	if (is(a, ANSWER) && !IS_ERR(a->vm))
		return refuse_answer(a, rc);
	if (!is(a, REQUEST))		/* the other node may not know yet */
		return rc == EMOLVMNOTRUN || rc == EMOLNOVMNODE ? 0 : rc;
	if (a->src) {
		m3_remote_ack(a->src, cmd->c_cmd | CMD_ACK, cmd->c_dst, rc);
		return 0;
	}
	if (!a->answer)
		return M3_NEEDS_ANSWER;
	a->answer->cmd = (cmd_t) {
		.c_cmd = cmd->c_cmd | CMD_ACK,
		.c_vmid = cmd->c_vmid,
		.c_src = cmd->c_dst,
		.c_dst = cmd->c_src,
		.c_snode = cmd->c_dnode,
		.c_dnode = cmd->c_snode,
		.c_rcode = rc,
		.c_ack_seq = cmd->c_snd_seq,
	};
	if (!m3_cmd_queue(a->px->node, a->answer))
		a->answer = NULL;
	return 0;
}

/*
 * The source is known to be somewhere else.  Is this something that its former
 * node said, or was asked, when it was there?
 */
static bool is_of_former(struct arrival *a)
{
	const cmd_t *cmd = a->cmd;
	const struct m3_slot *slot = m3_vm_slot(a->vm, _ENDPOINT_P(cmd->c_src));
	const struct m3_proc *dst;

	switch (cmd->c_cmd) {
	case SEND_ACK:
	case SNDREC_ACK:
	case REPLY_MSG:
	case RELAY_MSG:
		dst = local_at(a);
		if (dst && is_under_way(dst, cmd))
			return true;
		fallthrough;		/* it comes too late, and is dropped */
	case CANCEL_MSG:
	case WHO_ACK:
		return slot->former == cmd->c_snode;
	case NTFY_MSG:
		return cmd->c_flags & CMD_MOVED ||
		       m3_migr_speaks(slot, cmd->c_snode);
	}
	return false;
}

/*
 * What one of the endpoint's replicas says, while the endpoint is another one
 * here: it may answer who waits for it by a send, and end what is with it.
 */
static int check_replica(struct arrival *a, const struct m3_slot *slot)
{
	const cmd_t *cmd = a->cmd;

	if (!m3_replica_had(slot, cmd->c_snode))
		return -EBADMSG;
	if (is(a, ANSWER))
		return EMOLNOTREADY;
	if (cmd->c_cmd == SEND_MSG && cmd->c_ack_seq &&
	    awaits_answer(local_at(a), cmd))
		return 0;
	return is(a, REQUEST) || cmd->c_cmd == NTFY_MSG ? EMOLREPLPROC : 0;
}

/*
 * The descriptor of the source: 0 and a->src, perhaps NULL if it is not known
 * and need not be; or an error.  A node speaks for its own processes only.
 */
static int find_source(struct arrival *a)
{
	const cmd_t *cmd = a->cmd;
	struct m3_slot *slot = m3_vm_slot(a->vm, _ENDPOINT_P(cmd->c_src));
	struct m3_proc *r;
	bool asks = is(a, REQUEST), answers = is(a, ANSWER);
	int rc;

	lockdep_assert_held(&a->vm->lock);
	r = rcu_dereference_protected(slot->proc,
				      lockdep_is_held(&a->vm->lock));
	if (r && r->endpoint == cmd->c_src) {
		if (!r->rmt || r->rmt->nodeid != cmd->c_snode)
			return is_of_former(a) ? 0 :
			       check_replica(a, slot);
		a->src = r;
		return 0;
	}
	if (answers && !awaits_answer(local_at(a), cmd))
		return EMOLNOTREADY;
	if (!asks && !answers && !is_redirection(cmd))
		return 0;
	if (m3_vm_is_system(a->vm, _ENDPOINT_P(cmd->c_src)))
		return asks || answers ? EMOLNOTBIND : 0;
	if (!a->descriptor)
		return M3_NEEDS_DESCRIPTOR;
	rc = m3_remote_arrive(a->descriptor);
	if (rc)
		return asks || answers ? rc : 0;
	a->src = a->descriptor;
	a->descriptor = NULL;
	return 0;
}

/* A request of a process that had the slot before: nobody waits any more. */
static bool is_predecessors(const struct arrival *a)
{
	return a->src && m3_proc_is_system(a->src) && is(a, REQUEST) &&
	       a->cmd->c_snd_seq < a->src->incarnation;
}

/* Messages */

/* src waits for the answer of dst, which may have been faster. */
static int client_await(struct m3_proc *src, struct m3_proc *dst)
{
	message msg;

	if (!m3_recall_kept(src, dst, &msg))
		return m3_ipc_await_moved(src, dst);
	return m3_remote_answer(src, dst, REPLY_MSG, &msg) ?: M3_BLOCKED;
}

static int send(struct arrival *a, struct m3_proc *dst)
{
	bool request = a->cmd->c_cmd == SNDREC_MSG;

	if (a->cmd->c_flags & CMD_TAKEN) {
		m3_vm_slot(a->vm, dst->p_nr)->arrived++;
		m3_ep_changed(a->vm, dst->p_nr);
		return client_await(a->src, dst);
	}
	if (dst->migr)			/* also an answer queues at it */
		return m3_ipc_offer(a->src, dst,
				    request ? M3_REQUESTING : M3_SENDING,
				    a->cmd->c_flags & CMD_NOWAIT);
	if (!a->cmd->c_ack_seq || !awaits_answer(dst, a->cmd))
		return m3_ipc_offer(a->src, dst,
				    request ? M3_REQUESTING : M3_SENDING,
				    a->cmd->c_flags & CMD_NOWAIT);
	m3_ipc_deliver(a->src, dst);
	if (!request)
		return 0;
	m3_ipc_await(a->src, dst);
	return M3_BLOCKED;
}

/* The source runs, or has: whatever it was in has ended there. */
static void end_earlier(struct m3_proc *src, const cmd_t *cmd)
{
	m3_rcopy_gone(src, -ECANCELED);	/* one that failed there */
	src->op = cmd->c_snd_seq;
	m3_remote_forget(src);
	src->call->msg = cmd->c_u.cu_msg;
}

/* The answer by a send of one whose endpoint is another one here */
static int answer_late(struct arrival *a)
{
	const cmd_t *cmd = a->cmd;
	struct m3_proc *dst = local_at(a);
	struct m3_proc *src = m3_proc_at(a->vm, cmd->c_src);
	int rc;

	if (!a->answer)
		return M3_NEEDS_ANSWER;
	rc = m3_priv_check(dst, src) ?: m3_priv_check(src, dst);
	if (!rc && m3_migr_is_suspended(dst))
		m3_migr_answered(dst, cmd->c_src, &cmd->c_u.cu_msg);
	else if (!rc)
		m3_ipc_deliver_late(dst, cmd->c_src, &cmd->c_u.cu_msg);
	return refuse(a, rc);		/* or say that it has it */
}

/* A new operation of the source */
static int do_message(struct arrival *a)
{
	const cmd_t *cmd = a->cmd;
	struct m3_proc *src = a->src, *dst = m3_proc_at(a->vm, cmd->c_dst);
	struct task_struct *server = dst ? dst->caller : NULL;
	int rc;

	if (!src)
		return answer_late(a);
	end_earlier(src, cmd);
	if (!(cmd->c_flags & CMD_TAKEN))
		m3_recall_forget(src);
	if (dst && dst != src)
		rc = dst->rmt ? m3_waitmigr_arrive(src, dst, cmd) :
				send(a, dst);
	else
		rc = cmd->c_flags & CMD_TAKEN ? EMOLSRCDIED : EMOLDSTDIED;
	if (rc != M3_BLOCKED)
		m3_remote_ack(src, cmd->c_cmd | CMD_ACK, cmd->c_dst, rc);
	else if (src->state == M3_AWAITING && server) /* freed by RCU */
		a->server_cpu = task_cpu(server);
	return 0;
}

/* dst's request goes to another one, whom the message names. */
static int redirect_client(struct m3_proc *dst, const message *msg)
{
	struct m3_proc *to = m3_ipc_dst(dst, msg->m_source);

	if (IS_ERR(to))
		return PTR_ERR(to);
	if (m3_migr_is_suspended(dst)) {	/* when it migrates no more */
		m3_remote_ended(dst);
		dst->call->msg = *msg;
		m3_waitmigr_park(dst, M3_REQUESTING, to);
		return 0;
	}
	return m3_ipc_redirect(dst, to, msg);
}

/*
 * The answer to a request of a process of this node, or where that goes on.
 * Who answers need not be whom it was made to: that one may have relayed it.
 */
static int do_answer(struct arrival *a)
{
	const cmd_t *cmd = a->cmd;
	struct m3_proc *dst = local_at(a), *src;
	int rc;

	if (!awaits_answer(dst, cmd))
		return EMOLNOTREADY;
	if (a->src)
		end_earlier(a->src, cmd);
	if (cmd->c_cmd == RELAY_MSG)
		return redirect_client(dst, &cmd->c_u.cu_msg);
	/* One that is not the source, and has migrated, is known elsewhere. */
	src = a->src ?: m3_proc_at(a->vm, cmd->c_src);
	rc = m3_priv_check(dst, src) ?: m3_priv_check(src, dst);
	if (rc)
		return rc;
	if (m3_migr_is_suspended(dst))
		m3_migr_answered(dst, cmd->c_src, &cmd->c_u.cu_msg);
	else if (a->src)
		m3_ipc_deliver(a->src, dst);
	else
		m3_ipc_deliver_late(dst, cmd->c_src, &cmd->c_u.cu_msg);
	return 0;
}

static int do_cancel(struct arrival *a)
{
	struct m3_proc *src = a->src;
	bool sent;

	if (src)
		m3_rcopy_cancel(src, a->cmd->c_ack_seq);
	if (!src || src->op != a->cmd->c_ack_seq || src->state == M3_RUNNING)
		return 0;
	if (a->cmd->c_flags & CMD_RECALL) {
		m3_recall_asked(src);
		return 0;
	}
	sent = src->state == M3_SENDING;
	m3_remote_forget(src);
	if (sent)
		m3_remote_ack(src, SEND_ACK, a->cmd->c_dst, -ECANCELED);
	return 0;
}

/* If c_src, a replica, has gone, another one has its place. */
static void pass_on(struct arrival *a)
{
	m3_replica_succeed(a->vm, _ENDPOINT_P(a->cmd->c_src), &a->descriptor);
}

/* Of a process of that slot, and of those before it, whichever is known here */
static int do_obituary(struct arrival *a)
{
	const cmd_t *cmd = a->cmd;
	struct m3_slot *slot = m3_vm_slot(a->vm, _ENDPOINT_P(cmd->c_src));
	bool replicated = m3_replica_had(slot, cmd->c_snode), passes;
	struct m3_proc *r;

	lockdep_assert_held(&a->vm->lock);
	r = rcu_dereference_protected(slot->proc,
				      lockdep_is_held(&a->vm->lock));
	if (!r || !r->rmt)
		return r && r->endpoint == cmd->c_src && !replicated ?
		       -EBADMSG : 0;
	if (r->rmt->nodeid == cmd->c_snode) {
		passes = m3_replica_passes(r);
		if (passes && !a->descriptor)
			return M3_NEEDS_DESCRIPTOR;
		if (passes && !m3_replica_has(slot, cmd->c_snode))
			m3_remote_gone(r);
		else
			m3_remote_exited(r, cmd->c_src, cmd->c_snd_seq);
		if (passes)
			pass_on(a);
	} else if (r->endpoint != cmd->c_src) {
		return 0;
	} else if (r->migr) {		/* if that is where it moves to */
		r->rmt->gone = cmd->c_snode;
	} else if (!replicated) {
		return -EBADMSG;
	}
	return 0;
}

/* That node has nothing more to tell of a migration. */
static int do_migrated(struct arrival *a)
{
	return m3_migr_told(a->vm, a->cmd, &a->answer);
}

/* A backup or a replica of an endpoint is at that node, or is no more. */
static int do_backup(struct arrival *a)
{
	int p_nr = _ENDPOINT_P(a->cmd->c_src);

	if (a->cmd->c_flags & CMD_REPLICA &&
	    (p_nr < 0 || !m3_vm_is_system(a->vm, p_nr)))
		return -EBADMSG;
	m3_backup_told(a->vm, a->cmd);
	m3_replica_told(a->vm, a->cmd);
	return 0;
}

/* Who has a system slot here now? */
static int do_who(struct arrival *a)
{
	const cmd_t *cmd = a->cmd;
	struct m3_proc *p = local_at(a);

	if (cmd->c_src != NONE ||
	    !m3_vm_is_system(a->vm, _ENDPOINT_P(cmd->c_dst)))
		return -EBADMSG;
	if (!a->answer)
		return M3_NEEDS_ANSWER;
	a->answer->cmd = (cmd_t) {
		.c_cmd = WHO_ACK,
		.c_vmid = cmd->c_vmid,
		.c_src = cmd->c_dst,
		.c_dst = NONE,
		.c_snode = cmd->c_dnode,
		.c_dnode = cmd->c_snode,
		.c_snd_seq = p ? p->incarnation : 0,
		.c_ack_seq = cmd->c_snd_seq,
	};
	if (!m3_cmd_queue(a->px->node, a->answer))
		a->answer = NULL;
	return 0;
}

static int do_who_ack(struct arrival *a)
{
	bool passes = a->src && m3_replica_passes(a->src);

	if (passes && !a->descriptor)
		return M3_NEEDS_DESCRIPTOR;
	if (a->src)
		m3_remote_identified(a->src, a->cmd->c_ack_seq,
				     a->cmd->c_snd_seq);
	if (passes)
		pass_on(a);
	return 0;
}

/* Each node has these, bound or not. */
static bool is_everywhere(int src_nr, int nodeid)
{
	return src_nr == HARDWARE || src_nr == CLOCK ||
	       src_nr == SYSTASK(nodeid);
}

/*
 * What was pending where dst comes from, or still is: so says that node, which
 * could have said it to its process.
 */
static bool is_believed(const struct arrival *a, const struct m3_proc *dst)
{
	int nodeid = a->cmd->c_snode;

	if (!(a->cmd->c_flags & CMD_MOVED))
		return false;
	if (dst->rmt && dst->migr)
		return dst->rmt->nodeid == nodeid;
	return m3_migr_speaks(m3_vm_slot(a->vm, dst->p_nr), nodeid);
}

/*
 * It has come too late, dst has left; or too early, dst is to come back.  So
 * its node is to notify dst where that is then.
 */
static int echo(struct arrival *a)
{
	const cmd_t *cmd = a->cmd;

	if (!a->answer)
		return M3_NEEDS_ANSWER;
	a->answer->cmd = *cmd;
	a->answer->cmd.c_cmd = NTFY_ACK;
	a->answer->cmd.c_flags = 0;
	a->answer->cmd.c_rcode = EMOLMIGRATE;
	a->answer->cmd.c_src = cmd->c_dst;
	a->answer->cmd.c_dst = cmd->c_src;
	a->answer->cmd.c_snode = cmd->c_dnode;
	a->answer->cmd.c_dnode = cmd->c_snode;
	if (!m3_cmd_queue(a->px->node, a->answer))
		a->answer = NULL;
	return 0;
}

/*
 * A notification in the name of a slot that is known to be of that node, or
 * that it has by its number.  Of who really sent it nothing is said: so the
 * privileges are those of the slot.
 */
static int do_notify(struct arrival *a)
{
	int src_nr = a->cmd->c_src;
	struct m3_proc *dst = m3_proc_at(a->vm, a->cmd->c_dst);

	if (!m3_vm_is_system(a->vm, src_nr))
		return -EBADMSG;
	if (dst && is_believed(a, dst))
		return m3_ntfy_arrive(dst, src_nr, &a->cmd->c_u.cu_msg,
				      &a->table);
	if (a->cmd->c_flags & CMD_MOVED)
		return -EBADMSG;
	if (!a->src && !is_everywhere(src_nr, a->cmd->c_snode) &&
	    !m3_migr_speaks(m3_vm_slot(a->vm, src_nr), a->cmd->c_snode))
		return EMOLNOTBIND;
	if (dst && dst->rmt && (!dst->migr || dst->rmt->left))
		return dst->rmt->left ? echo(a) : 0;
	if (!dst || !m3_priv_admits(dst, src_nr) ||
	    (a->src && m3_priv_check(a->src, dst)))
		return 0;
	return m3_ntfy_arrive(dst, src_nr, &a->cmd->c_u.cu_msg, &a->table);
}

/*
 * Notifications of this node that came where c_src had been: once more, to
 * where it is.  No more come back than have been sent there.
 */
static int do_notify_again(struct arrival *a)
{
	int src_nr = a->cmd->c_dst;
	struct m3_proc *dst = m3_proc_at(a->vm, a->cmd->c_src);
	struct m3_proc *src = m3_proc_at(a->vm, src_nr);

	if (!m3_vm_is_system(a->vm, src_nr) || (src && src->rmt))
		return -EBADMSG;
	if (!dst)
		return 0;
	if (!a->table && !dst->ntfy)
		return M3_NEEDS_TABLE;
	if (!m3_migr_echoes(m3_vm_slot(a->vm, dst->p_nr), dst,
			    a->cmd->c_snode))
		return -EBADMSG;
	m3_ntfy_arrive(dst, src_nr, &a->cmd->c_u.cu_msg, &a->table);
	return 0;
}

/*
 * How an operation of a process of this node ended, or, with src if that is
 * known, goes on
 */
static void end_operation(struct m3_proc *dst, struct m3_proc *src,
			  const cmd_t *cmd)
{
	enum m3_state state = m3_proc_state(dst);
	int rc = cmd->c_rcode;

	switch (cmd->c_cmd) {
	case SEND_ACK:
		if (state != M3_SENDING && state != M3_TRYING)
			return;
		if (rc == EMOLMIGRATE) {
			m3_waitmigr_again(dst, cmd);
			return;
		}
		m3_remote_settle(dst);
		m3_complete(dst, rc == -ECANCELED && dst->ending ?
			    dst->ending : rc);
		return;
	case SNDREC_ACK:
		if (state != M3_REQUESTING)
			return;
		if (rc == EMOLMIGRATE)
			m3_waitmigr_again(dst, cmd);
		else if (rc)
			m3_complete(dst, rc);
		else if (src && m3_migr_is_suspended(dst))
			m3_waitmigr_park(dst, M3_REQUESTING, src);
		else if (src)
			m3_ipc_redirected(dst, src);
		return;
	}
}

/* An endpoint that is known to be gone is not kept. */
static int do_ack(struct arrival *a)
{
	struct m3_proc *dst = local_at(a);
	int rc = a->cmd->c_rcode;

	if (!dst || !is_under_way(dst, a->cmd))
		return 0;
	end_operation(dst, a->src, a->cmd);
	if (a->src && (rc == EMOLDSTDIED || rc == EMOLSRCDIED))
		m3_remote_doubt(a->src);
	return 0;
}

/* Copies */

static int do_frame(struct arrival *a)
{
	const cmd_t *cmd = a->cmd;
	struct m3_proc *rqtr = a->src;

	if (cmd->c_cmd == COPYIN_RQST)
		rqtr = m3_proc_at(a->vm, cmd->c_u.cu_vcopy.v_rqtr);
	else if (cmd->c_flags & CMD_FIRST)
		rqtr->op = cmd->c_snd_seq;
	return m3_rcopy_frame(&a->copy, rqtr, local_at(a), cmd, &a->write);
}

/* The node that the requester names beside this one and its own */
static int check_third(const struct arrival *a)
{
	u64 nodeid = a->cmd->c_flags >> CMD_NODE_SHIFT;

	if (m3_link_check(a->px->node, nodeid) || nodeid == a->cmd->c_snode)
		return EMOLBADNODEID;
	return a->vm->usr.vm_nodes >> nodeid & 1 ? 0 : EMOLNOVMNODE;
}

static int do_source(struct arrival *a)
{
	const cmd_t *cmd = a->cmd;
	int rc = cmd->c_cmd == COPYRMT_RQST ? check_third(a) : 0;

	a->src->op = cmd->c_snd_seq;
	return rc ?: m3_rcopy_source(&a->copy, a->src, cmd);
}

static int do_grant(struct arrival *a)
{
	const cmd_t *cmd = a->cmd;
	int rc = check_third(a);

	a->src->op = cmd->c_snd_seq;
	if (!rc)
		rc = m3_rcopy_grant(&a->copy, a->src, local_at(a), cmd);
	if (!rc)
		m3_remote_ack(a->src, COPYGRT_ACK, cmd->c_dst, 0);
	return rc;
}

static int do_data(struct arrival *a)
{
	struct m3_proc *rqtr = local_at(a);

	return rqtr ? m3_rcopy_data(rqtr, a->cmd, &a->write) : 0;
}

static int do_copy_ack(struct arrival *a)
{
	struct m3_proc *rqtr = local_at(a);

	if (rqtr)
		m3_rcopy_ack(rqtr, a->cmd);
	return 0;
}

static int do_order(struct arrival *a)
{
	a->src->op = a->cmd->c_snd_seq;
	refcount_inc(&a->src->ref);
	a->orderer = a->src;
	return 0;
}

#define NODE_FLAG	((u64)(M3IPC_MAX_NODES - 1) << CMD_NODE_SHIFT)

/* Those with CMD_ACK come after those without: its remainder is just that. */
#define NR_COMMANDS	32
#define PLACE(cmd)	((cmd) % (CMD_ACK - NR_COMMANDS))

static const struct command commands[2 * NR_COMMANDS] = {
	[PLACE(SEND_MSG)]	= { REQUEST, CMD_NOWAIT, do_message },
	[PLACE(SNDREC_MSG)]	= { REQUEST, CMD_TAKEN, do_message },
	[PLACE(REPLY_MSG)]	= { ANSWER, 0, do_answer },
	[PLACE(RELAY_MSG)]	= { ANSWER, 0, do_answer },
	[PLACE(NTFY_MSG)]	= { 0, CMD_MOVED, do_notify },
	[PLACE(CANCEL_MSG)]	= { 0, CMD_RECALL, do_cancel },
	[PLACE(EXIT_MSG)]	= { NO_DST | ANY_SRC, 0, do_obituary },
	[PLACE(WHO_RQST)]	= { NO_SRC, 0, do_who },
	[PLACE(COPYIN_DATA)]	= { REQUEST | FRAME, CMD_FIRST, do_frame },
	[PLACE(COPYIN_RQST)]	= { FRAME, 0, do_frame },
	[PLACE(COPYOUT_RQST)]	= { REQUEST, 0, do_source },
	[PLACE(COPYRMT_RQST)]	= { REQUEST, NODE_FLAG, do_source },
	[PLACE(COPYGRT_RQST)]	= { REQUEST, NODE_FLAG, do_grant },
	[PLACE(COPYLCL_RQST)]	= { REQUEST, 0, do_order },
	[PLACE(MIGR_MSG)]	= { NO_DST | ANY_SRC, NODE_FLAG, do_migrated },
	[PLACE(BKUP_MSG)]	= { NO_DST | ANY_SRC, CMD_STANDS | CMD_REPLICA,
				    do_backup },

	[PLACE(SEND_ACK)]	= { 0, CMD_RECALL, do_ack },
	[PLACE(SNDREC_ACK)]	= { 0, CMD_TAKEN | CMD_RECALL, do_ack },
	[PLACE(NTFY_ACK)]	= { ANY_SRC, 0, do_notify_again },
	[PLACE(WHO_ACK)]	= { NO_DST, 0, do_who_ack },
	[PLACE(COPYOUT_DATA)]	= { FRAME, CMD_FIRST, do_data },
	[PLACE(COPYIN_ACK)]	= { 0, 0, do_copy_ack },
	[PLACE(COPYRMT_ACK)]	= { 0, 0, do_copy_ack },
	[PLACE(COPYLCL_ACK)]	= { 0, 0, do_copy_ack },
	[PLACE(COPYGRT_ACK)]	= { 0, 0, do_copy_ack },
};

static const struct command *command_of(int cmd)
{
	const struct command *kind;

	if (cmd & ~(CMD_ACK | (NR_COMMANDS - 1)))
		return NULL;
	kind = &commands[array_index_nospec(PLACE(cmd), ARRAY_SIZE(commands))];
	return kind->act ? kind : NULL;
}

/*
 * With the lock of the VM.  When a pair stops to flow all that came through it
 * ends under this lock: so nothing may come after that.
 */
static int act(struct arrival *a)
{
	struct m3_vm *vm = a->vm;
	int rc;

	a->src = NULL;
	if (!m3_proxy_flows(a->px))
		return -ENOTCONN;
	if (vm->ended)
		return refuse(a, vm->ended);
	if (!(vm->usr.vm_nodes >> a->cmd->c_snode & 1))
		return refuse(a, EMOLNOVMNODE);
	rc = is(a, NO_SRC | ANY_SRC) ? 0 : find_source(a);
	if (rc == -EBADMSG || rc > 0)
		return rc;
	if (!rc && is_predecessors(a))
		return 0;
	if (!rc)
		rc = a->kind->act(a);
	if (rc == -EBADMSG || rc >= 0)
		return rc;
	return refuse(a, rc);
}

/* Make, or wait for, what act() needs; 0 or ENOMEM. */
static int provide(struct arrival *a, int need)
{
	const cmd_t *cmd = a->cmd;
	bool made = false;

	switch (need) {
	case M3_NEEDS_DESCRIPTOR:
		a->descriptor = m3_remote_new(a->vm, cmd->c_src, cmd->c_snode,
					      "");
		made = a->descriptor;
		break;
	case M3_NEEDS_ANSWER:
		a->answer = m3_cmd_alloc(GFP_KERNEL);
		made = a->answer;
		break;
	case M3_NEEDS_COPY:
		a->copy = m3_rcopy_alloc();
		made = a->copy;
		break;
	case M3_COPY_BUSY:	/* until some bytes are copied */
		usleep_range(50, 200);
		made = true;
		break;
	case M3_NEEDS_TABLE:
		made = !m3_ntfy_alloc(a->vm->usr.vm_nr_sysprocs, &a->table);
		break;
	}
	return made ? 0 : -ENOMEM;
}

static void copy_ordered(struct arrival *a)
{
	const vcopy_t *v = &a->cmd->c_u.cu_vcopy;
	struct m3ipc_vcopy req = {
		.src = v->v_src,
		.dst = v->v_dst,
		.saddr = v->v_saddr,
		.daddr = v->v_daddr,
		.bytes = v->v_bytes,
	};

	m3_vcopy_ordered(a->orderer, &req, a->cmd);
	m3_proc_put(a->orderer);
}

static int act_unlocked(struct arrival *a, unsigned long payload)
{
	int rc;

	do {
		spin_lock(&a->vm->lock);
		rc = act(a);
		spin_unlock(&a->vm->lock);
	} while (rc > 0 && !(rc = provide(a, rc)));
	if (a->server_cpu >= 0)
		m3_carry_expect(a->px, a->server_cpu);
	if (a->write)
		m3_rcopy_write(a->write, a->cmd, payload);
	if (a->orderer)
		copy_ordered(a);
	return rc;
}

/* A request for a VM that does not run here */
static int refuse_vm(struct arrival *a, int rc)
{
	if (is(a, REQUEST) && provide(a, M3_NEEDS_ANSWER))
		return -ENOMEM;
	return refuse(a, rc);
}

static bool are_endpoints(const struct arrival *a)
{
	return (is(a, NO_SRC) || m3_vm_is_endpoint(a->vm, a->cmd->c_src)) &&
	       (is(a, NO_DST) || m3_vm_is_endpoint(a->vm, a->cmd->c_dst));
}

int m3_inbound(struct m3_proxy *px, const cmd_t *cmd, unsigned long payload)
{
	struct arrival a = {
		.px = px,
		.cmd = cmd,
		.kind = command_of(cmd->c_cmd),
		.server_cpu = -1,
	};
	int rc = check_fields(&a) ?: check_nodes(px, cmd);

	if (rc)
		return rc;
	a.vm = m3_vm_get(px->node, cmd->c_vmid);
	if (IS_ERR(a.vm)) {
		rc = refuse_vm(&a, PTR_ERR(a.vm));
		m3_cmd_free(a.answer);
		return rc;
	}
	rc = are_endpoints(&a) ? act_unlocked(&a, payload) : -EBADMSG;
	if (a.descriptor)
		m3_proc_put(a.descriptor);
	if (a.copy)
		m3_rcopy_put(a.copy);
	m3_cmd_free(a.answer);
	m3_ntfy_free(a.table);
	m3_vm_put(a.vm);
	return rc;
}
