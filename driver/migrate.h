/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Endpoints that move to another node.
 *
 * Each node of a VM makes the same moves with an endpoint, as whoever
 * administers the VM says: start, then commit or rollback.  What a node has of
 * the endpoint is a process of its own (local) or a descriptor (remote).
 *
 *	STAYS --start--> MOVES
 *	STAYS --its node says that it has left (MIGR_MSG, EMOLMIGRATE)--> HEARD
 *	STAYS --its node is lost, and there is a backup (backup.h)--> HEARD
 *	HEARD --start--> MOVES
 *	MOVES, HEARD --commit, rollback--> SETTLES --all are let go--> STAYS
 *
 * A start is refused while MOVES or SETTLES, commit and rollback otherwise.
 *
 *	event		local				remote
 *	start		a blocked call is MOVING, a	what is for it is held
 *			later one waits before it
 *			begins; who sends queues as
 *			ever, nobody is received from
 *	rollback	its call goes on as it was,	those held begin, for
 *			with what has come meanwhile	its node
 *	commit, to	its calls end with EMOLMIGRATE;	the descriptor is of
 *	another node	a descriptor has its place.	that node; those held
 *			Who waited is held there and	begin.  Operations with
 *			let go; of other nodes: sent	the former node end as
 *			back				that says
 *	commit, to	refused				a process has its place:
 *	this node					those held queue at it,
 *							operations with the
 *							former node are MOVING
 *	it dies, is	as ever, so do all held		the same
 *	unbound, its
 *	VM ends
 *	its node is	-				what is pending ends; it
 *	unreachable					MOVES on; HEARD: STAYS
 *							Redo: it is held; HEARD
 *	its node is	-				HEARD: as rollback
 *	there again
 *	who waits has	it leaves its list, as ever	the same
 *	no more time,
 *	dies
 *
 * MOVING is a state (proc.h) in which nobody finds a process: what it really is
 * in is in held.  It is that of the migrant itself, whose call waits for the
 * end, and of one whose operation with the former node that is to say how it
 * goes on, while its peer is a local process by now.  An answer that comes for
 * a migrant is kept in its call (answered).
 *
 * HELD.  What waits for the end of a migration and is not queued at a local
 * process is in one list, m3_proc.migrants of a descriptor, in the order in
 * which it came, in its state as ever: SENDING, REQUESTING, or AWAITING if its
 * request has been taken.  m3_waitmigr_let_go() is the one place where it goes
 * on from there.  Copies, and calls of the migrant that have not begun, sleep
 * in the queue of its slot (wait4ep.h) and look again.  Notifications stay in
 * the table of the descriptor.
 *
 * BETWEEN NODES.  The former node sends an operation of another node back with
 * EMOLMIGRATE, with its message; or with CMD_TAKEN, if the request has been
 * taken: then only the wait for the answer is announced at the new node.  The
 * client's node makes it again, when it has committed: a node speaks for its
 * own processes alone.  Notifications that were pending go to the new node,
 * CMD_MOVED, which believes them of the node that the endpoint comes from; one
 * that comes later is sent back (NTFY_ACK) to whoever sent it.
 *
 * When the former node has told all it says so to everybody, MIGR_MSG; and so
 * does each other node to the new one, when it has heard that and committed.
 * What the former node said before in the name of the endpoint counts until
 * then (m3_migr_speaks).  The new process may be faster than all that: if it
 * answers one who is not known to wait, or has something for a node that has
 * not said so (m3_slot.settling), it waits for that, but not for longer than a
 * link lasts without a word.
 *
 *	node with respect	nodes may say
 *	to an endpoint
 *	its node		that it has left
 *	the former one		how operations with it end; until its MIGR_MSG
 *				also notifications, of it and pending at it
 *	any			that all has been told
 */
#ifndef _M3IPC_MIGRATE_H
#define _M3IPC_MIGRATE_H

#include "proc.h"

struct m3_node;

int m3_migr_start(struct m3_node *node, void *arg);
int m3_migr_commit(struct m3_node *node, void *arg);
int m3_migr_rollback(struct m3_node *node, void *arg);
int m3_migr_recall(struct m3_node *node, void *arg);

/* For calls that return M3_NEEDS_HOME: they are made again after 0. */
int m3_migr_await(struct m3_node *node, unsigned int nr, unsigned long index);
int m3_migr_await_copy(struct m3_node *node, int src, int dst,
		       unsigned int *looks);

/* It is not: */
void m3_migr_tell(struct m3_vm *vm, int endpoint, int nodeid, int to);
void m3_migr_tell_all(struct m3_vm *vm, int endpoint, int to);

/* vm->lock is held: */
void m3_migr_forget(const struct m3_proc *p);
bool m3_migr_settles(const struct m3_proc *p);
void m3_migr_was_at(struct m3_slot *slot, int nodeid);
bool m3_migr_echoes(struct m3_slot *slot, const struct m3_proc *dst,
		    int nodeid);
void m3_migr_came_from(const struct m3_proc *p, int former);
void m3_migr_settle(struct m3_proc *p, int former);
void m3_migr_set(struct m3_proc *p, enum m3_migr migr);
void m3_migr_heard(struct m3_proc *r);
void m3_migr_found(struct m3_proc *r);
void m3_migr_unbound(struct m3_proc *p);
void m3_migr_lost(struct m3_vm *vm, struct m3_slot *slot, int p_nr,
		  int nodeid);
int m3_migr_told(struct m3_vm *vm, const cmd_t *cmd, struct m3_cmd **spare);
void m3_migr_answered(struct m3_proc *q, int src, const message *msg);
int m3_migr_call(const struct m3_proc *p, unsigned int nr, s64 timeout);
int m3_migr_missing(const struct m3_proc *p, int rc);
int m3_migr_reply(struct m3_proc *p, struct m3_proc *dst, const message *msg);
int m3_migr_relay(struct m3_proc *p, struct m3_proc *client,
		  struct m3_proc *dst, const message *msg);
bool m3_migr_hasty(const struct m3_proc *p, int nodeid);

static inline struct m3_slot *m3_migr_slot(const struct m3_proc *p)
{
	return m3_vm_slot(p->vm, p->p_nr);
}

/* Does what that node said for the endpoint, when it was there, still count? */
static inline bool m3_migr_speaks(const struct m3_slot *slot, int nodeid)
{
	return slot->former == nodeid && !(slot->settled >> nodeid & 1);
}

/* Does this node know on which one r, a descriptor, is? */
static inline bool m3_migr_is_placed(const struct m3_proc *r)
{
	return r->migr == M3_STAYS || r->migr == M3_SETTLES;
}

/* Is the call of p one that waits for the end of its own migration? */
static inline bool m3_migr_is_suspended(const struct m3_proc *p)
{
	return p->state == M3_MOVING && p->migr;
}

#endif /* _M3IPC_MIGRATE_H */
