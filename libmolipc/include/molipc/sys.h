/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to SYSTASK, the system task: sys_*.
 *
 * Each node of a VM that is not "membership = none" has one, m3ipc-systask(8),
 * bound at SYSTASK(node).  These calls ask that of the caller's own node, but
 * for those of any node, and wait for its answer; it waits for nobody but where
 * that is said.
 *
 * WHO MAY
 *	Processes of its own node.  A request whose bit (its number - SYS_BASE)
 *	is not in the caller's s_call_mask is EMOLCALLDENIED.  Beyond that,
 *	processes in user slots may make some, as is said with each, mostly for
 *	themselves, and those in system slots all, for themselves and for
 *	processes of their own user; those of root for all.  Else EMOLPERM.
 *
 * ERRORS
 *	Those of mnx_sendrec() to SYSTASK, foremost
 *
 *	EMOLNOTBIND	the caller is not bound
 *	EMOLDSTDIED	no SYSTASK runs for its VM here
 *	EMOLAGAIN	SYSTASK has not joined its group yet
 *
 *	and of the request itself.  `endpoint' may be SELF.  An endpoint of
 *	which SYSTASK does not know a process is EMOLNOTBIND.
 *
 * TIME
 *	is counted in ticks, SYS_HZ a second.
 */
#ifndef _MOLIPC_SYS_H
#define _MOLIPC_SYS_H

#include <molipc/com.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SYS_HZ 1000

/* Numbers: those that MINIX 3 has are its */
#define SYS_FORK      (SYS_BASE + 0)
#define SYS_EXEC      (SYS_BASE + 1)
#define SYS_EXIT      (SYS_BASE + 2)
#define SYS_NICE      (SYS_BASE + 3)
#define SYS_PRIVCTL   (SYS_BASE + 4)
#define SYS_KILL      (SYS_BASE + 6)
#define SYS_MEMSET    (SYS_BASE + 13)
#define SYS_VIRCOPY   (SYS_BASE + 15)
#define SYS_VCOPY     (SYS_BASE + 17)
#define SYS_SETALARM  (SYS_BASE + 24)
#define SYS_TIMES     (SYS_BASE + 25)
#define SYS_GETINFO   (SYS_BASE + 26)
#define SYS_RFORK     (SYS_BASE + 40)
#define SYS_SETPNAME  (SYS_BASE + 41)
#define SYS_BINDPROC  (SYS_BASE + 42)
#define SYS_GETUPTIME (SYS_BASE + 43)
#define SYS_PUBLISH   (SYS_BASE + 44)
#define SYS_WITHDRAW  (SYS_BASE + 45)
#define SYS_LOOKUP    (SYS_BASE + 46)
#define SYS_FORGET    (SYS_BASE + 47)
#define SYS_FOUND     (SYS_BASE + 48)
#define SYS_NEXTPROC  (SYS_BASE + 49)
#define SYS_NEXTNODE  (SYS_BASE + 50)
#define SYS_GETENDS   (SYS_BASE + 51)
#define SYS_GETPART   (SYS_BASE + 52)
#define SYS_MIGRATE   (SYS_BASE + 53)
#define SYS_MIGRTAKE  (SYS_BASE + 54)
#define SYS_STANDBY   (SYS_BASE + 55)
#define SYS_PROMOTE   (SYS_BASE + 56)
#define SYS_GETMOVE   (SYS_BASE + 57)

/* Of a published name, with the final NUL */
#define SYS_NAME_LEN 32

/* Processes */

/* FORK; BINDPROC, with a slot.  Answer: the endpoint */
typedef struct {
	int32_t pid; /* as the caller's pid namespace numbers it */
	int32_t p_nr;
	int32_t endpoint;
} sys_bind_t;
COM_ASSERT(sys_bind_t);

/*
 * Gives a slot of this node to the process `pid' and binds it there; asks other
 * nodes of the VM for slots if this one has none left.  A user may do so with a
 * child of its own process that has its user id: the child waits for it in
 * mnx_wait4bind().  Returns the endpoint, or an error in the form of calls that
 * bind (see "Return values" in molipc.h).
 *
 *	EMOLBADPID	no such process, or not a child
 *	EMOLBUSY	it is bound
 *	EMOLOVERRUN	there is no slot left, here or with nodes that answer
 *	EMOLPERM
 */
int sys_fork(int pid);

/*
 * Binds `pid' in the slot `p_nr', which may be a system slot; for system
 * processes.  Errors of mnx_lclbind().
 */
int sys_bindproc(int pid, int p_nr);

/* RFORK */
typedef struct {
	int32_t endpoint;
	int32_t nodeid;
	char name[M3IPC_NAME_LEN];
} sys_rfork_t;
COM_ASSERT(sys_rfork_t);

/*
 * Enters a process of another node here: what a server does that learns of a
 * child there.  Its end will be among those of sys_getends(), also if it has
 * ended before, or has been entered already.  For system processes; those that
 * are not root's, for user slots that are that node's.  Errors of
 * mnx_rmtbind(); EMOLNOTBIND if the node is not in the group.
 */
int sys_rfork(int endpoint, int nodeid, const char *name);

/* EXIT; SETPNAME and EXEC, with a name; NICE, TIMES */
typedef struct {
	int32_t endpoint;
	int32_t value;
	char name[M3IPC_NAME_LEN];
} sys_proc_t;
COM_ASSERT(sys_proc_t);

/*
 * Ends a binding, as mnx_unbind() does; a user may end its own.  The slot is
 * free for others.
 */
int sys_exit(int endpoint);

/*
 * The name under which processes are listed, from now on; a user may name
 * itself.  sys_exec() is the same after an exec, for PM.  It lasts until the
 * process is unbound.
 *
 *	EMOLNAMESIZE	it is empty or too long
 */
int sys_setpname(int endpoint, const char *name);
int sys_exec(int endpoint, const char *name);

/* KILL */
typedef struct {
	int32_t endpoint;
	int32_t signal;
	uint32_t uid; /* in whose name; PROC_NO_ID: the caller's */
} sys_kill_t;
COM_ASSERT(sys_kill_t);

/*
 * Sends a signal to a process of the VM, wherever it is: one of another node
 * gets it from the SYSTASK there, of whom nothing is heard.  For system
 * processes.  sys_kill_as() does it in the name of a user, the caller's or, if
 * that is root, any one: the process has to be that user's by then.
 *
 *	EMOLINVAL	no such signal
 *	EMOLNOTBIND
 *	EMOLPERM	it is another user's; or the caller may not be that user
 */
int sys_kill(int endpoint, int signal);
int sys_kill_as(int endpoint, int signal, uint32_t uid);

/*
 * Sets the nice value of a process of this node; only root's may lower it.  For
 * system processes.
 */
int sys_nice(int endpoint, int nice);

/* How a process ended */
typedef struct {
	int32_t endpoint;
	int32_t status; /* as waitpid() has it; 0 if it is only unbound */
	uint32_t uid; /* PROC_NO_ID; else it has not ended, and is that one's */
} sys_end_t;

#define SYS_ENDS_MAX 3

/* GETENDS */
typedef struct {
	uint64_t seq; /* in, out */
	int32_t nr;   /* out */
	sys_end_t ends[SYS_ENDS_MAX];
} sys_ends_t;
COM_ASSERT(sys_ends_t);

/*
 * Into `ends' up to SYS_ENDS_MAX processes that have ended, of those after
 * number *seq, in their order; *seq is the number of the last of them then.
 * They are of this node, or were entered by sys_rfork(): of those their nodes
 * say also whose they are, after each sys_rfork() and each view of the group.
 * Returns how many, or an error.  For system processes.
 *
 * SYSTASK notifies PM and FS of its node, with the value SYS_ENDED, when there
 * are more, and when it has started.
 *
 *	EMOLOVERRUN	some after *seq are not there any more, or have been
 *			before SYSTASK was, or *seq is 0; *seq is the number of
 *			the newest: look which processes are there, and go on
 */
int sys_getends(uint64_t *seq, sys_end_t *ends);
#define SYS_ENDED (1 << 1)

/* PRIVCTL */
typedef struct {
	uint64_t priv; /* address of a priv_usr_t of the caller */
	int32_t endpoint;
	int32_t reserved;
} sys_privctl_t;
COM_ASSERT(sys_privctl_t);

/* mnx_setpriv() for a process of this node.  For system processes of root. */
int sys_privctl(int endpoint, const priv_usr_t *priv);

/* Memory */

/* VIRCOPY; each part of VCOPY; MEMSET: dst, daddr, bytes and a value */
typedef struct {
	int32_t src;
	int32_t dst;
	uint64_t saddr;
	uint64_t daddr;
	int64_t bytes;
	int32_t value;
	int32_t reserved;
} sys_copy_t;
COM_ASSERT(sys_copy_t);

/*
 * Copies between any two processes of this node, as mnx_vcopy() does and with
 * its errors; those that are not the caller have to be blocked.  For system
 * processes.
 */
int sys_vircopy(int src, const void *saddr, int dst, void *daddr, long bytes);

/* VCOPY */
typedef struct {
	uint64_t copies; /* address of an array of sys_copy_t */
	int32_t nr;
	int32_t done; /* out; in: 0, so that a refusal says so, too */
} sys_vcopy_t;
COM_ASSERT(sys_vcopy_t);

#define SYS_VCOPY_MAX 64

/*
 * Several copies, one after the other up to the first that fails; *done, if it
 * is not NULL, says how many were done, whatever the call returns.
 *
 *	EMOLRANGE	nr is not from 1 to SYS_VCOPY_MAX
 */
int sys_vcopy(const sys_copy_t *copies, int nr, int *done);

/*
 * Sets `bytes' bytes of a process that is blocked, or of the caller: no more
 * than a copy may have.  For system processes; a user may do so with itself.
 */
int sys_memset(int endpoint, void *addr, int value, long bytes);

/* Time */

/* SETALARM; GETUPTIME */
typedef struct {
	uint64_t ticks; /* in; out: what was left of the former one */
	uint32_t absolute;
	uint32_t reserved;
} sys_alarm_t;
COM_ASSERT(sys_alarm_t);

/*
 * A notification from CLOCK when so many ticks have passed, or, if `absolute'
 * is not 0, when sys_getuptime() is at `ticks'; there is one alarm a process,
 * and a new one takes its place.  0 ticks that are not absolute: none.
 * *left, if it is not NULL, is what was left of the one before, or 0.
 *
 *	EMOLRANGE	the VM has too few tasks for CLOCK
 */
int sys_setalarm(uint64_t ticks, int absolute, uint64_t *left);

/* Ticks since this node was started */
int sys_getuptime(uint64_t *ticks);

/* TIMES: the answer */
typedef struct {
	uint64_t user;
	uint64_t system;
	uint64_t child_user;
	uint64_t child_system;
	uint64_t uptime;
} sys_times_t;
COM_ASSERT(sys_times_t);

/* What a process of this node has used, in ticks; a user may ask of itself. */
int sys_times(int endpoint, sys_times_t *times);

/* Names */

/* PUBLISH, WITHDRAW, LOOKUP.  Answer of the last one: the endpoint */
typedef struct {
	int64_t ms; /* LOOKUP: how long to wait for it; -1 */
	int32_t endpoint;
	char name[SYS_NAME_LEN];
	uint32_t reserved;
} sys_name_t;
COM_ASSERT(sys_name_t);

/*
 * Publishes a name of the caller in all the VM.  It is the caller's until it
 * ends or withdraws it; a process may have several.  Waits until the group has
 * decided.  Of two that publish the same in parts of the VM that are cut off
 * from each other the one that did it first keeps it when they are together
 * again; the other is told, by a notification from its SYSTASK with the value
 * SYS_NAME_LOST.
 *
 *	EMOLNAMESIZE	the name is empty or too long
 *	EMOLINVAL	it has characters other than letters, digits, . _ -
 *			or is a number
 *	EMOLPERM	it begins with "take.", and the caller is not root: see
 *			molipc/move.h
 *	EMOLEXIST	another process has that name
 *	EMOLOVERRUN	there are too many names
 */
int sys_publish(const char *name);
#define SYS_NAME_LOST (1 << 0)

/* EMOLNOTBIND: the caller has no such name. */
int sys_withdraw(const char *name);

/*
 * Whose the name is: returns the endpoint, or an error in the form of calls
 * that bind.  Waits `ms' milliseconds for it to be published (-1: for ever, 0:
 * not at all).  On this node the process can then be sent to at once.
 *
 *	EMOLNOTBIND	nobody has it (ms is 0)
 *	EMOLNOTCONN	a process has it whose node is cut off (ms is 0)
 *	EMOLTIMEDOUT	nobody who can be reached did in that time
 *	EMOLINVAL	ms is below -1
 *	EMOLBADOWNER	who published it is in a slot that is not its node's
 */
int sys_lookup(const char *name, long ms);

/* Tables */

enum sys_what {
	GET_MACHINE,  /* VM_usr_t */
	GET_KINFO,    /* drvs_usr_t */
	GET_PROCTAB,  /* proc_usr_t of each slot, from the first */
	GET_PRIVTAB,  /* priv_usr_t likewise; of others: zeros */
	GET_SLOTSTAB, /* sys_slot_t of each user slot */
	GET_PROCINFO, /* proc_usr_t of one: "which" is p_nr */
	GET_NODES,    /* sys_node_t of each node of the VM */
	GET_NAMES,    /* sys_entry_t, as many as there are */
	SYS_NR_WHAT
};

/* GETINFO.  Answer: in nr the number of entries that there are */
typedef struct {
	uint64_t to;
	int64_t bytes;
	int32_t what;
	int32_t which;
	int32_t nr;
	int32_t reserved;
} sys_info_t;
COM_ASSERT(sys_info_t);

/* What a slot is to the node that is asked */
enum sys_use {
	SYS_SLOT_OTHER,    /* another's */
	SYS_SLOT_FREE,     /* its own */
	SYS_SLOT_USED,     /* with a process */
	SYS_SLOT_DONATING, /* given away, but that is not delivered yet */
	SYS_SLOT_HELD,     /* with a process, of an ended SYSTASK's */
};

typedef struct {
	int32_t p_nr;
	int32_t owner; /* node, or NONE */
	int32_t use;
	int32_t endpoint; /* of its process, if that is known here */
} sys_slot_t;

/* What a node is in the group, as the one sees it that is asked */
enum sys_node_state {
	SYS_NODE_AWAY,  /* never seen, left, or forgotten */
	SYS_NODE_CUT,   /* dead or cut off */
	SYS_NODE_ENDED, /* its SYSTASK ended, it did not */
	SYS_NODE_JOINING,
	SYS_NODE_RUNNING,
};

typedef struct {
	int32_t nodeid;
	int32_t state;
	int32_t slots;     /* that it owns */
	int32_t used;      /* of its own; -1: not known */
	int32_t processes; /* system processes that it has told of */
	int32_t names;
	int32_t self; /* 1: the node that is asked */
	int32_t reserved;
} sys_node_t;

typedef struct {
	int32_t endpoint;
	int32_t nodeid;
	int32_t reachable; /* 0: its node is cut off */
	int32_t reserved;
	uint64_t since; /* ns, realtime, by the clock of its node */
	char name[SYS_NAME_LEN];
} sys_entry_t;

/*
 * A table of SYSTASK's, into at most `bytes' bytes at `to': whole entries.
 * Returns how many there are, which may be more than fit, or an error.  For
 * everybody.
 *
 *	EMOLINVAL	there is no such table
 *	EMOLRANGE	"which" is out of range
 */
int sys_getinfo(enum sys_what what, int which, void *to, long bytes);

/* As many names as fit; returns how many there are, or an error. */
int sys_names(sys_entry_t *to, int nr);

/* Of any node */

/* NEXTPROC.  Asked: p_nr.  Answer: a process, as its node has it */
typedef struct {
	int32_t p_nr;
	int32_t endpoint; /* NONE: there is none */
	int32_t lpid;     /* in the pid namespace of its SYSTASK */
	uint32_t rts_flags;
	uint32_t misc_flags;
	int32_t getfrom;
	int32_t sendto;
	uint32_t uid; /* effective, in the user namespace of its SYSTASK */
	uint32_t gid; /* likewise */
	char name[M3IPC_NAME_LEN];
} sys_process_t;
COM_ASSERT(sys_process_t);

/*
 * The first process that node `nodeid' itself has in slot p_nr or one above,
 * as it is now.  The SYSTASK of that node is asked, not the caller's, and is
 * waited for at most `ms' milliseconds (-1: for ever).  For everybody of the
 * VM, on any node; another node's SYSTASK does not look at the s_call_mask.
 *
 *	EMOLBADNODEID	no number of a node
 *	EMOLDSTDIED	no SYSTASK of that node is known here
 *	EMOLTIMEDOUT	it does not answer
 *	EMOLNOTCONN, EMOLNOPROXY
 */
int sys_nextproc(int nodeid, int p_nr, sys_process_t *process, long ms);

/* NEXTNODE.  Asked: node.nodeid.  Answer: a node, as the one sees it */
typedef struct {
	sys_node_t node; /* nodeid NONE: there is none */
	int32_t link;    /* NODE_SCONNECTED, NODE_RCONNECTED */
	int32_t reserved;
	uint64_t sent; /* commands to it, and from it */
	uint64_t received;
} sys_peer_t;
COM_ASSERT(sys_peer_t);

/*
 * What node `nodeid' knows of the first node of the VM from number `from' on,
 * itself included, and of its link to that.  Otherwise as sys_nextproc().
 */
int sys_nextnode(int nodeid, int from, sys_peer_t *peer, long ms);

#define SYS_PART 36

/* GETPART */
typedef struct {
	int32_t what;    /* in: enum sys_what */
	int32_t which;   /* in, out: the number of an entry, from 0 on */
	int32_t offset;  /* in, out: in that, bytes; -1: nothing before which */
	int32_t nr;      /* out: entries that there are */
	uint32_t serial; /* out: another one: of another process */
	uint8_t part[SYS_PART];
} sys_part_t;
COM_ASSERT(sys_part_t);

/*
 * A table of node `nodeid', as its own sys_getinfo() has it, in parts: the
 * first one from *part on that is not all zero, with its place.  The next one
 * begins at offset + SYS_PART.  If the offset is -1 there is none in the
 * entries before "which", where to go on with offset 0, or, if that is nr, to
 * end.  The last part of an entry ends with it; slots without a process are all
 * zero.
 * Otherwise as sys_nextproc().  GET_PROCINFO and GET_NAMES have no parts.
 *
 *	EMOLINVAL	there is no such table
 *	EMOLRANGE	which or offset is out of range
 */
int sys_getpart(int nodeid, sys_part_t *part, long ms);

/* Endpoints that move */

/*
 * MIGRATE; MIGRTAKE, STANDBY, PROMOTE, GETMOVE: the endpoint; pid of STANDBY: 0
 * or 1; of MIGRTAKE, root's: a process that stands by for it and will have it,
 * or an error, negative: none will.
 */
typedef struct {
	int32_t endpoint;
	int32_t nodeid;
	int32_t pid; /* as the SYSTASK of that node numbers it, or 0 */
	int32_t ms;  /* MIGRATE: how long for that process, 0: as is usual */
} sys_migrate_t;
COM_ASSERT(sys_migrate_t);

/*
 * Moves an endpoint to another node, where process `pid' has it from then on,
 * or, if that is 0, the one that has said so by sys_migr_take(), which is
 * root's or the caller's user's. All nodes of the group agree first; what is
 * for the endpoint waits meanwhile and goes on there. Waits for that, or for
 * why not: then it is where it was. A caller that moves itself has no endpoint
 * any more, and gets EMOLMIGRATE. Root's process may move any; others
 * themselves, and those of their user in user slots, and may not name a `pid'.
 *
 *	EMOLAGAIN	who is in the group has changed meanwhile, or has not
 *			settled
 *	EMOLBADNODEID, EMOLNOVMNODE
 *	EMOLBADPID	there is no such process, or it has ended
 *	EMOLENDPOINT	it is that of a SYSTASK
 *	EMOLLCLPROC, EMOLRMTPROC	it is there already
 *	EMOLMIGRATE	it moves, or nodes do not know yet where it is
 *	EMOLNONODE	its node has gone meanwhile: it will be found where the
 *			others say
 *	EMOLNOTCONN	that node, or its own, is not in the group
 *	EMOLTIMEDOUT	no process is there that is to have it
 *	and those of mnx_migr_start() at any node
 */
int sys_migrate(int endpoint, int nodeid, int pid);

/*
 * The caller will have that endpoint when it moves here: it has to unbind
 * itself, and to wait until it is bound again, mnx_wait4bind_T().  For
 * processes in user slots; the last one of a user counts.
 *
 *	EMOLBUSY	another user's process will
 *	EMOLLCLPROC	it is here
 *	EMOLOVERRUN	too many endpoints are waited for
 */
int sys_migr_take(int endpoint);

/*
 * The caller will stand by for that endpoint, of a system slot, or, with
 * `stands' 0, does no more.  As with sys_migr_take() it has to unbind itself;
 * mnx_standby() does all of it.  Needs root's user id, and a user slot.
 *
 *	EMOLENDPOINT	no system slot of the VM, or that of a SYSTASK
 *	EMOLEXIST	another process of this node stands by
 *	EMOLLCLPROC	it is here
 *	EMOLOVERRUN	too many processes stand by
 */
int sys_standby(int endpoint, int stands);

/*
 * Lets a backup have an endpoint whose node is dead or cut off.  As soon as the
 * nodes that are left know enough that happens by itself; this says why it does
 * not, or begins it again.  Needs root's user id.
 *
 *	EMOLAGAIN	who is in the group has changed meanwhile, or has not
 *			settled
 *	EMOLBUSY	its node is there: it can be moved
 *	EMOLNOTBIND	no backup is ready
 *	EMOLNOTCONN	its node may be alive, or another backup that is away,
 *			and this part of the group has no majority: sys_forget()
 */
int sys_promote(int endpoint);

/*
 * Where an endpoint is that has moved or has backups, in the words of the
 * group: in epoch term.count, which each takeover and each move makes a later
 * one.
 *
 *	EMOLNOTBIND	it has never moved, and has no backup
 */
typedef struct {
	int32_t endpoint;
	int32_t nodeid; /* NONE: its process has ended */
	uint32_t term;
	uint32_t count;
	uint64_t backups; /* nodes that have one */
	uint32_t flags;   /* SYS_MOVE_* */
	uint32_t reserved;
} sys_move_t;
COM_ASSERT(sys_move_t);

#define SYS_MOVE_HELD   (1 << 0) /* by its node: others may take it over */
#define SYS_MOVE_MOVING (1 << 1)

int sys_getmove(int endpoint, sys_move_t *move);

/* The administrator's word */

/* FORGET: nodes; the answer of a refusal: those that are away beside them */
typedef struct {
	uint64_t nodes;
} sys_forget_t;
COM_ASSERT(sys_forget_t);

/*
 * Says that nodes (bits) are dead: their slots are given to others.  All that
 * are away have to be named, as others could not be told.  If one of them still
 * runs, two nodes use the same slots.  Needs root's user id.
 *
 *	EMOLNODEBUSY	one of them is in the group
 *	EMOLNONODE	*left, if it is not NULL, names nodes that are away too
 *	EMOLNOVMNODE	one is no node of the VM, or none is named
 *	EMOLAGAIN	the group changed meanwhile, or has not settled
 */
int sys_forget(uint64_t nodes, uint64_t *left);

/*
 * Says that the VM begins now, though not all of its nodes are there: no node
 * that is away has, or will have, a table of slots of its own.  Needs root's
 * user id.
 *
 *	EMOLBUSY	there is a table
 */
int sys_found(void);

#ifdef __cplusplus
}
#endif

#endif /* _MOLIPC_SYS_H */
