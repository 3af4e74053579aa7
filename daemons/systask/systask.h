/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * m3ipc-systask: the system task of a VM at its node.  What its files share.
 *
 *	main.c		start, event loop, end
 *	table.c		requests: number -> do_*
 *	do_*.c		the requests
 *	procs		processes of this node, as the driver reports them
 *	ends		those that have ended, for PM and FS
 *	remote		processes of other nodes, likewise
 *	member		this node in the group: feeds slots and pst, does what
 *			they say
 *	pids		processes of Linux: whose child, in which pid namespace
 *	keep		what outlives this process
 *	group*		the group
 *	slots, demand, join, settle, deliver, record	who owns which slots
 *	pst, pst_group, pst_record	system processes and names of all nodes
 *	moves, moves_*	endpoints that move, and their backups
 *	migr		does what these say
 *	spare		processes that stand by
 *
 * One thread, one loop (sd-event) over the device, the group, two timers and
 * signals.  Nothing that it does waits for anybody; an answer that has to wait
 * is given when what it waits for happens.  So nothing here needs a lock.
 */
#ifndef SYSTASK_SYSTASK_H
#define SYSTASK_SYSTASK_H

#include <systemd/sd-event.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "common/alarm.h"
#include "common/config.h"
#include "common/log.h"
#include "common/util.h"
#include "ends.h"
#include "group.h"
#include "keep.h"
#include "migr.h"
#include "procs.h"
#include "pst.h"
#include "slots.h"
#include "spare.h"

/*
 * A dead SYSTASK's processes go on for so long, as one that starts anew finds
 * them; then the driver ends them.  Others use their slots only after that.
 */
#define LEASE_MS   10000
#define EXPIRED_MS (LEASE_MS + 5000)

/* A fork or a publication that is not answered yet */
struct pending {
	bool left;  /* its client waits no more: nobody is answered */
	int client; /* endpoint; NONE: free */
	int pid;    /* to be bound */
	int pidfd;
	message m; /* the request */
};

#define NR_PENDING 256

/* A look-up that waits for its name */
struct waiter {
	int client;     /* NONE: free */
	uint64_t until; /* ticks, or ALARM_NEVER */
	message m;
};

#define NR_WAITERS 1024

/* A process of another node, see remote.h */
struct remote {
	int endpoint; /* NONE: nobody is watched in the slot */
	int nodeid;
	int leaving; /* endpoint of the one that has ended; NONE: nobody */
	int leaving_node;
	uint64_t until; /* ticks: it may take so long */
};

struct systask {
	const struct config *config;
	const struct config_vm *vm;
	VM_usr_t usr;
	int vmid;
	int node;
	int first_user; /* p_nr of user slot 0 */
	int nr_users;

	/* Nodes of the VM, one after the other, and which each is */
	int nr_nodes;
	int node_id[SLOTS_NODES];
	int node_index[SLOTS_NODES]; /* or -1 */

	sd_event *loop;
	sd_event_source *alarm_timer;
	sd_event_source *patience; /* see member.c */
	int status;                /* of the program, when it ends */

	struct procs procs;
	struct ends ends;
	struct remote remotes[M3IPC_MAX_SLOTS]; /* from slot -nr_tasks on */
	struct alarm_queue alarms;
	struct keep *keep;

	struct group *group;
	struct slots slots;
	struct pst pst;
	struct moves moves;
	struct migr migr;
	struct spare spares[NR_SPARES];
	struct spares_ring ring;
	bool owners_changed;
	bool leaving;                  /* the VM has ended */
	bool left;                     /* and nothing of it is left here */
	bool restart;                  /* the slots have to begin anew */
	uint64_t wanted;               /* when slots were, last */
	uint64_t expires[SLOTS_NODES]; /* ticks; 0: its SYSTASK is not dead */
	int forgetting;                /* who asked for it, or NONE */
	bool forget_left;              /* and does not wait for it any more */
	message forget;

	struct pending pending[NR_PENDING];
	struct waiter waiters[NR_WAITERS];
};

/* Ticks since this machine was started, also while it sleeps */
uint64_t systask_now(void);
/* ns, by the clock that others have too */
uint64_t systask_realtime(void);
/* The program ends, when it is back in its loop. */
void systask_end(struct systask *s, int status);

/* A status of the program beside those of daemon.h */
#define SYSTASK_REFUSED 4 /* the VM has other parameters at other nodes */

/* A request, which becomes the answer */
struct request {
	message *m;
	int client;
	const struct proc *proc; /* the client; NULL: of another node */
	bool system;             /* it has a system slot */
	uint32_t uid;            /* its user, as the driver says */
};

/* What a handler returns that does not answer now: no error has this number. */
#define SYSTASK_LATER 1

int table_call(struct systask *s, struct request *rq);
void systask_answer(struct systask *s, int client, message *m, int rc);

/* do_proc.c */
int do_fork(struct systask *s, struct request *rq);
/* By a user, or that of a process, who has to be root or that of the target */
int signal_send(struct systask *s, int endpoint, int signal, uint32_t uid);
int do_bindproc(struct systask *s, struct request *rq);
int do_rfork(struct systask *s, struct request *rq);
int do_exit(struct systask *s, struct request *rq);
int do_setpname(struct systask *s, struct request *rq);
int do_kill(struct systask *s, struct request *rq);
int do_nice(struct systask *s, struct request *rq);
int do_privctl(struct systask *s, struct request *rq);
int do_getends(struct systask *s, struct request *rq);
/* The slot for a fork is there; -1: there is none. */
void fork_go_on(struct systask *s, struct pending *p, int slot);
/* The process that a request names; SELF is the client. */
int request_endpoint(const struct request *rq, int endpoint);
/*
 * A process of this node to which the client may do what it asks: itself, or,
 * for system processes, one of its own user; root's may all.  Or an error
 */
int request_target(struct systask *s, const struct request *rq, int endpoint,
		   const struct proc **target);

/* do_copy.c */
int do_vircopy(struct systask *s, struct request *rq);
int do_vcopy(struct systask *s, struct request *rq);
int do_memset(struct systask *s, struct request *rq);

/* do_time.c */
int do_setalarm(struct systask *s, struct request *rq);
int do_getuptime(struct systask *s, struct request *rq);
int do_times(struct systask *s, struct request *rq);
int alarms_due(struct systask *s);
void alarms_arm(struct systask *s);

/* do_name.c */
int do_publish(struct systask *s, struct request *rq);
int do_withdraw(struct systask *s, struct request *rq);
int do_lookup(struct systask *s, struct request *rq);
void name_decided(struct systask *s, const struct pst_action *a);
void name_lost(struct systask *s, const struct pst_fact *fact);
void name_appeared(struct systask *s, const struct pst_fact *fact);
/* Of a process that is gone: its look-ups, and what it waits for */
void name_forget_client(struct systask *s, int endpoint);
/* A client that asks again does not wait for what it asked before. */
void client_asks_again(struct systask *s, int client);
void name_time(struct systask *s);
uint64_t name_next(const struct systask *s);

/* do_info.c */
int do_getinfo(struct systask *s, struct request *rq);
int do_nextproc(struct systask *s, struct request *rq);
int do_nextnode(struct systask *s, struct request *rq);
int do_getpart(struct systask *s, struct request *rq);

/* do_group.c */
int do_forget(struct systask *s, struct request *rq);
int do_found(struct systask *s, struct request *rq);

struct pending *pending_new(struct systask *s, const struct request *rq);
void pending_end(struct systask *s, struct pending *p, int rc);

#endif /* SYSTASK_SYSTASK_H */
