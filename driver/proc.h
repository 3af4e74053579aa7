/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Process descriptors: what is behind an endpoint.
 *
 * A descriptor is made by a bind and belongs to that binding for ever; a slot
 * that is bound again gets a new one.  References: its slot while it is bound,
 * a call that sleeps, a descriptor (struct m3_file) that polls it.  The last
 * one to go frees it after an RCU grace period, in process context.
 *
 * STATES.  A bound process is in one of these; only it enters a blocked state
 * (but for relay, which moves a client from AWAITING to REQUESTING, and for
 * migrations, which also come back from MOVING), and only m3_complete() ends
 * one.
 *
 *	state		waits for			is on the list
 *	RUNNING		nothing				none
 *	SENDING		peer to take its message	peer->sends
 *	REQUESTING	peer to take its request	peer->requests
 *	AWAITING	the answer of peer		peer->awaiters
 *	RECEIVING	a message of getfrom		peer->awaiters, or
 *							none for ANY
 *	RCVRQST		any request			none
 *	TRYING		word of its send to a peer of	peer->awaiters
 *			another node that may not wait
 *	MOVING		what held says, but now the	peer->awaiters, or
 *			end of a migration, of its	peer->requests if it
 *			own or its peer's		is abroad, or none
 *
 * One that waits for the end of the migration of a peer of another node is in
 * its state as ever, but on peer->migrants: see migrate.h.
 *
 * So a process is on one list at most, and each list ends with its owner:
 * whoever is on one of them when the owner is unbound is told so.
 *
 * A process of another node (rmt) is in one too: that of its request to a
 * process of this node.  See remote.h.
 *
 * CALLS.  While a thread is in a call that blocked, it owns the endpoint:
 * caller points to it from the moment it blocks until it has fetched the
 * result, also while a signal handler of its runs in between (suspended).
 */
#ifndef _M3IPC_PROC_H
#define _M3IPC_PROC_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "cmd.h"
#include "linger.h"
#include "node.h"
#include "vm.h"
#include "wait4ep.h"

enum m3_state {
	M3_RUNNING,
	M3_SENDING,
	M3_REQUESTING,
	M3_AWAITING,
	M3_RECEIVING,
	M3_RCVRQST,
	M3_TRYING,
	M3_MOVING,
};

/* Of an endpoint, see migrate.h */
enum m3_migr {
	M3_STAYS,
	M3_HEARD,
	M3_MOVES,
	M3_SETTLES,
};

struct m3_rcopy;
struct m3_remote;

struct m3_ntfy;

struct m3_proc {
	/* fixed at bind */
	struct m3_vm *vm;
	int p_nr;
	int endpoint;
	struct m3ipc_page *page;	/* NULL for a remote one, as is pid */
	struct m3ipc_page *old_page;	/* vm->lock: see msgpage.h, or NULL */
	struct m3_remote *rmt;		/* not NULL: of another node */
	struct pid *pid;		/* of the thread, or of the process */
	bool thread;			/* bound as a thread of a process */
	u64 serial;			/* of the binding */
	u64 incarnation;		/* the same for other nodes, obit.h */

	/* vm->lock */
	bool bound;
	enum m3_state state;		/* also read by the sleeping caller */
	int getfrom;			/* of RECEIVING */
	struct m3_proc *peer;		/* whom it waits for */
	struct list_head link;		/* in a list of peer */
	struct list_head sends;		/* in order of arrival */
	struct list_head requests;	/* in order of arrival */
	struct list_head awaiters;
	struct list_head migrants;	/* see migrate.h, as the next ones */
	enum m3_migr migr;
	enum m3_state held;		/* what it is in, while MOVING */
	bool answered;			/* MOVING: and has the answer */
	unsigned int early;		/* calls that wait before they begin */
	unsigned int movers;		/* threads that move with it, at most */
	bool recall;			/* its process moves: see recall.h */
	bool recalled;			/* and its operation has been */
	u64 arrival;			/* of the blocked message */
	struct m3_ntfy *ntfy;		/* made by the first notification */
	struct m3_ntfy *spare;		/* for one that this notifies */
	bool oncopy;			/* held by one, see vcopy.h */
	bool watched;			/* somebody has waited for its end */
	bool narrowed;			/* look closer, see priv.h */
	bool abroad;			/* an operation is, see remote.h */
	priv_usr_t priv;
	u64 sent;			/* messages */
	u64 copied;			/* bytes */

	/* the call in progress; vm->lock to set, its caller clears it */
	struct task_struct *caller;
	unsigned int nr;		/* which ioctl */
	struct m3ipc_call *call;
	bool suspended;			/* the caller is in a handler */
	ktime_t deadline;		/* KTIME_MAX: none */
	int rc;				/* valid once state is RUNNING */

	/* its caller's, see linger.h */
	struct task_struct *partner;
	struct m3_habit habit;		/* of giving way */
	unsigned int window;		/* us: how long to watch */
	ktime_t since;			/* of a wait with watching, or 0 */

	/* vm->lock: with other nodes, see remote.h */
	u64 op;				/* number of the last operation */
	u64 answers;			/* number of the one a send ends */
	int ending;			/* what it ends with if it is undone */
	unsigned int moves;		/* m3_slot.moves of its peer then */
	struct m3_rcopy *copy;		/* remote copy it takes part in */
	u64 rmtsent;			/* messages to other nodes */
	u64 rmtcopied;			/* bytes from and to them */
	struct m3_cmd cmd;		/* of its operation */

	struct m3_ep_wait ep_wait;	/* vm->lock: beside its calls */

	wait_queue_head_t pollers;

	struct hlist_node by_pid;	/* binds_lock, RCU */
	struct list_head threads;	/* vm->lock: bound threads of this */
	struct list_head standbys;	/* the same: that stand by */
	struct list_head thread_link;	/* vm->lock: in its leader's list */

	refcount_t ref;
	struct rcu_work free_work;
	int unbound;			/* vm->lock: why it is not bound */

	/* vm->lock, RCU to read: see backup.h */
	struct m3_proc *backup;		/* of a descriptor, or NULL */
	struct m3_proc *stands_for;	/* of a backup: that, or NULL */
	bool standby;			/* a backup, and never bound since */

	/* vm->lock, RCU to read: see replica.h */
	bool replica;			/* of this node */
	struct m3_proc *heir;		/* has its place then */

	struct work_struct unbind_work;
	struct work_struct reap_work;	/* this and the rest: death.c */
	struct task_struct *dead_caller;
	bool forked;
	bool execed;
	bool raised;			/* to other rights than it had */
	int exit_status;		/* of who is dying */
};

/* Of commands that are part of one; with these ops they leave as they are. */
void m3_proc_hold(void *owner);
void m3_proc_release(void *owner);
extern const struct m3_cmd_ops m3_proc_cmd_ops;

int m3_procs_init(void);
void m3_procs_exit(void);

struct m3_proc *m3_proc_alloc(struct m3_vm *vm, int p_nr);
struct m3_proc *m3_proc_new(struct m3_vm *vm, int p_nr, struct pid *pid,
			    bool thread);
void m3_proc_put(struct m3_proc *p);
bool m3_proc_queue(struct work_struct *work);
bool m3_proc_queue_delayed(struct delayed_work *work, unsigned long delay);
void m3_proc_sigpipe(struct m3_proc *p);
bool m3_proc_may_see(const struct m3_vm *vm, struct task_struct *task);
void m3_proc_info(const struct m3_proc *p, proc_usr_t *info);
int m3_proc_getinfo(struct m3_node *node, void *arg);

/* The live process with this endpoint, or NULL; vm->lock or RCU is held. */
static inline struct m3_proc *m3_proc_at(struct m3_vm *vm, int endpoint)
{
	struct m3_slot *slot = m3_vm_slot(vm, _ENDPOINT_P(endpoint));
	struct m3_proc *p;

	if (!slot)
		return NULL;
	p = rcu_dereference_check(slot->proc, lockdep_is_held(&vm->lock));
	return p && p->endpoint == endpoint ? p : NULL;
}

/* What it is in, or is to go on with when a migration is over */
static inline enum m3_state m3_proc_state(const struct m3_proc *p)
{
	enum m3_state state = READ_ONCE(p->state);

	return state == M3_MOVING ? READ_ONCE(p->held) : state;
}

static inline bool m3_proc_is_system(const struct m3_proc *p)
{
	return m3_vm_is_system(p->vm, p->p_nr);
}

int m3_proc_nodeid(const struct m3_proc *p);

/* The system task of its node */
static inline bool m3_proc_is_systask(const struct m3_proc *p)
{
	return p->p_nr <= SYSTEM && p->p_nr == SYSTASK(m3_proc_nodeid(p));
}

#endif /* _M3IPC_PROC_H */
