/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A server that moves to another node with what it knows: mnx_migr_self(3)
 *
 * There are two processes of one program.  The *mover* has the endpoint; the
 * *taker* waits at the other node for the mover to come.  The mover hands over
 * its state, by messages and copies of the program's own; then the endpoint
 * moves (sys_migrate), and the taker has it.
 *
 *	mover					taker
 *	serves					mnx_migr_take: binds to a user
 *						slot, publishes take.ENDPOINT
 *	mnx_migr_self: looks that up
 *	send_state	-- the program's -->	recv_state
 *			<---- taken, or not	the node's SYSTASK knows it
 *	asks SYSTASK				unbinds, waits to be bound
 *	is unbound				has the endpoint
 *
 * Meanwhile the mover receives nothing else, so whoever asks it queues, and is
 * answered by the taker; so is a client whose request the mover has received
 * and not answered, if the state says so.  If anything fails the mover has the
 * endpoint, as ever, and the taker is told or its time passes.
 */
#ifndef MOLIPC_MOVE_H
#define MOLIPC_MOVE_H

#ifdef __cplusplus
extern "C" {
#endif

/* How long either waits for the other, in ms */
#define MNX_MIGR_PATIENCE 10000

/*
 * What moves the state: returns OK or an error, which is that of both calls.
 * `peer' is the endpoint of the other process; neither of them is to take
 * messages of others meanwhile.  A taker in a user slot may not copy; who has a
 * system slot copies to and from a taker that waits for its answer.
 */
typedef int (*mnx_migr_state_t)(int peer, void *arg);

/*
 * Moves the endpoint of this process to node `nodeid', where a taker is.  Root
 * may, and who has the endpoint of a user slot to a taker of root's.  OK: this
 * process is not bound any more.  Else it is what it was, but that send_state
 * may have been called.
 *
 *	EMOLTIMEDOUT	no taker has come
 *	EMOLBADNODEID	it is not on that node
 *	other errors	those of send_state, of sys_migrate(), or, negative too,
 *			of recv_state at the other node
 */
int mnx_migr_self(int nodeid, mnx_migr_state_t send_state, void *arg);

/*
 * Waits, unbound, for the process that has `endpoint' in VM `vmid' to move to
 * this node, and becomes that endpoint: returns it, or an error in the form of
 * calls that bind, when this process is not bound.  Waits `ms' milliseconds for
 * the mover (-1: for ever).  Needs root's user id.
 *
 *	EMOLTIMEDOUT	no mover came, or it has not moved in the end
 *	EMOLEXIST	another taker waits for that endpoint
 *	EMOLOVERRUN	no slot for the time of waiting is free
 *	other errors	those of recv_state, mnx_bind(), sys_publish() and
 *			sys_migr_take()
 */
int mnx_migr_take(int vmid, int endpoint, mnx_migr_state_t recv_state,
		  void *arg, long ms);

/*
 * Stands by at this node for `endpoint' of VM `vmid', a system slot, and
 * returns it when this process has become it, in place of one that has died, at
 * whatever node, or whose node has; at once if nobody has it.  Else an error in
 * the form of calls that bind, and this process is not bound.  Waits `ms'
 * milliseconds (-1: for ever).  So a server that is started at several nodes
 * runs at one of them:
 *
 *	while (mnx_standby(vmid, 20, -1) == 20)
 *		serve();	until EMOLMIGRATE: it was moved; or
 *				EMOLNOTBIND: that, or it is fenced
 *
 * Who is fenced has been unbound by its system task, and gets SIGPIPE: ignore
 * it, as the loop above needs, or end.
 *
 * What an earlier one has published is the caller's if its node is lost; who
 * publishes again is right in any case.  Needs root's user id.
 *
 *	EMOLBUSY	this process is bound
 *	EMOLEXIST	another process of this node stands by
 *	EMOLLCLPROC	another process of this node has it
 *	EMOLOVERRUN	no user slot is free to ask in, or too many stand by
 *	EMOLTIMEDOUT	the endpoint is another's still
 *	other errors	those of mnx_bind() and sys_standby()
 */
int mnx_standby(int vmid, int endpoint, long ms);

#ifdef __cplusplus
}
#endif

#endif /* MOLIPC_MOVE_H */
