/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes of other nodes, and operations with them.
 *
 * DESCRIPTORS.  A process of another node has a descriptor here, a struct
 * m3_proc with rmt set.  It stands for what this node knows of the process: its
 * state is that of the request that it has sent to a process here.
 *
 *	RUNNING --SEND_MSG--> SENDING --taken, or an error: SEND_ACK--> RUNNING
 *	RUNNING --SNDREC_MSG--> REQUESTING --taken--> AWAITING
 *		--its answer: REPLY_MSG; whom to ask instead, on another node:
 *		RELAY_MSG; or an error: SNDREC_ACK--> RUNNING
 *
 * So it is in the queues of local processes like any other, and rendezvous does
 * not know the difference (ipc.c); m3_complete() of it sends a command where it
 * would wake the caller of a local one.  A request that comes while another is
 * there takes its place: the process cannot be in two.
 *
 * However the request ends, the descriptor has room for the command that says
 * so (outcome).  So an answer never waits: the server goes on when it is
 * queued, and nothing comes back.  The client's node is the one that knows
 * whether the client still waits: it refuses, and counts, an answer that comes
 * too late, and ends the client's call if that may not have the answer, or not
 * go where a relay sends it.
 *
 * OPERATIONS.  A local process that sends to one of another node is in a state
 * as ever, in a list of that descriptor, and abroad: its command is queued or
 * on the way.  The other node alone says how it ends.
 *
 *	state		command		ends with
 *	SENDING		SEND_MSG	SEND_ACK
 *	TRYING		SEND_MSG	SEND_ACK: of a send that may not wait
 *	REQUESTING	SNDREC_MSG	REPLY_MSG or SEND_MSG: the answer;
 *					RELAY_MSG: it goes on with another
 *					server; SNDREC_ACK: an error; without
 *					one it goes on, with another server
 *					of that node; if it may not, or that
 *					would close a cycle, it is cancelled
 *
 * Numbers (m3_proc.op) match commands with the operation that they belong to;
 * one that comes too late finds another number, or none, and is dropped.
 *
 * A time limit or a signal withdraws a command that is still queued.  After
 * that a request is cancelled and the call ends, as if it had been taken: an
 * answer that comes later is refused.  A send is cancelled and waits for the
 * other node to say which was first: it never says that nothing was sent when
 * something was.  So does, from the beginning, a send that may not wait.  A
 * node that is connected and says nothing has as long for that as the proxies
 * give their link (m3_proxy.timeout); then the call ends with ENOTCONN, as if
 * the link had broken.  A signal that kills ends all of them.
 *
 * An operation whose process has moved is sent back with EMOLMIGRATE instead,
 * and begins anew, see migrate.h.
 *
 * ENDS.  The node of a process says that it is gone (obit.h).  A descriptor
 * may also be removed here; what its process waits for then ends with an error.
 */
#ifndef _M3IPC_REMOTE_H
#define _M3IPC_REMOTE_H

#include "cmd.h"
#include "ipc.h"

struct m3_node;
struct m3_vm;

struct m3_remote {
	int nodeid;			/* vm->lock; read freely: migrate.h */
	bool left;			/* vm->lock: it was here before */
	s8 gone;			/* vm->lock: node that says so, or -1 */
	bool guest;			/* vm->lock: see owner.h */
	char name[M3IPC_NAME_LEN];
	struct m3ipc_call call;		/* vm->lock: its request */
	struct m3_proc *proc;		/* that has it */
	struct m3_cmd outcome;		/* of its request, or of its copy */
	struct m3_cmd ntfy;
	struct m3_cmd who;
	u64 asked;			/* vm->lock: who it is; or 0 */
	bool doubted;			/* vm->lock: see obit.h */
	bool replica;			/* vm->lock: see replica.h */
};

int m3_remote_bind(struct m3_node *node, void *arg);
struct m3_proc *m3_remote_new(struct m3_vm *vm, int endpoint, int nodeid,
			      const char *name);

/* vm->lock is held: */
int m3_remote_arrive(struct m3_proc *r);
int m3_remote_enter(struct m3_proc *r);
int m3_remote_begin(struct m3_proc *p, struct m3_proc *to, int cmd,
		    const message *msg, u64 answers, u64 flags);
bool m3_remote_stop(struct m3_proc *p, int why);
void m3_remote_cancel(struct m3_proc *p);
void m3_remote_fill_cancel(const struct m3_proc *p, cmd_t *cmd);
bool m3_remote_awaits_word(const struct m3_proc *p);
void m3_remote_settle(struct m3_proc *p);
void m3_remote_ended(struct m3_proc *p);
int m3_remote_answer(struct m3_proc *r, struct m3_proc *p, int cmd,
		     const message *msg);
void m3_remote_ack(struct m3_proc *r, int cmd, int src, int rc);
void m3_remote_ack_op(struct m3_proc *r, u64 op, int cmd, int src, int rc);
void m3_remote_complete(struct m3_proc *r, int state, int peer, int rc);
void m3_remote_redirected(struct m3_proc *r, const struct m3_proc *p);
void m3_remote_forget(struct m3_proc *r);
bool m3_remote_lost(struct m3_proc *r, int why);
void m3_remote_vanish(struct m3_proc *r);
void m3_remote_replaced(struct m3_proc *r);
void m3_remote_gone(struct m3_proc *r);
void m3_remote_moved(struct m3_proc *r, int nodeid);
void m3_remote_send_back(struct m3_proc *r, int ep, u64 flags);
void m3_remote_ask(struct m3_proc *r);
void m3_remote_doubt(struct m3_proc *r);
void m3_remote_exited(struct m3_proc *r, int ep, u64 op);
void m3_remote_identified(struct m3_proc *r, u64 asked, u64 incarnation);
int m3_remote_notify(struct m3_proc *r);

#endif /* _M3IPC_REMOTE_H */
