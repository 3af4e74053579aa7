/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to PM, the process manager of a VM, which is in slot PM_PROC_NR of
 * one of its nodes: numbers and layouts, for who makes them with mnx_sendrec()
 * or answers them.
 *
 * WHO ASKS
 *	A process of the VM, of any node.  PM knows the endpoint and, from the
 *	kernel, the node and the user of who asks, and believes nothing else.
 *
 * ANSWERS
 *	OK, or an error of the call of POSIX that has that name, as -errno; and
 *	of all
 *
 *	EMOLBADCALL	there is no such request
 *	EMOLNOTBIND	PM has no such process: it was not forked, and has not
 *			registered (PM_BINDPROC); but NEXTPROC is for all that
 *			are bound in the VM
 *
 *	An answer has the layout of its request; of what one of them only has,
 *	the other has 0.
 *
 * ENDS
 *	are not told to PM by who ends: it hears from SYSTASK how each process
 *	has ended, or that it has given up its endpoint, which is status 0.
 */
#ifndef _MOLIPC_PM_H
#define _MOLIPC_PM_H

#include <molipc/com.h>

/* Numbers: those that MINIX 3 has are its */
#define PM_FORK     (PM_BASE + 2)
#define PM_WAITPID  (PM_BASE + 11)
#define PM_GETPID   (PM_BASE + 20)
#define PM_ALARM    (PM_BASE + 27)
#define PM_CLOCK    (PM_BASE + 13)
#define PM_STIME    (PM_BASE + 25)
#define PM_KILL     (PM_BASE + 37)
#define PM_EXEC     (PM_BASE + 59)
#define PM_SETSID   (PM_BASE + 62)
#define PM_SETPGID  (PM_BASE + 100)
#define PM_BINDPROC (PM_BASE + 101)
#define PM_CHILDREN (PM_BASE + 102)
#define PM_NEXTPROC (PM_BASE + 103)
#define PM_ADOPT    (PM_BASE + 104)

/*
 * FORK: a child of the asker, that SYSTASK of its node has bound (sys_fork()).
 * It has to be of the same node and user, and in no table yet.
 * BINDPROC: the asker itself, that nobody has forked; it becomes its own group
 * and session.
 * ADOPT: a process that has named the asker in its last BINDPROC, is of the
 * same user, on whatever node, and has no relatives and nobody in its group
 * and session: it is a child of the asker then, and in its group and session.
 * -EPERM: it is not so.  -ESRCH.
 *
 *	EMOLAGAIN	there are too many processes
 *	EMOLNOTBIND	nobody has the endpoint
 *	EMOLPERM	it is of another node or user, or another's child
 *
 * Who asks again is told the pid again.
 */
typedef struct {
	int32_t endpoint; /* in, of FORK; of BINDPROC: of a parent, or 0 */
	int32_t pid;      /* out; of ADOPT in */
} pm_fork_t;
COM_ASSERT(pm_fork_t);

/*
 * WAITPID: answered when there is something to say.  Who asks something else
 * meanwhile, as a signal has ended its call, has given up.
 *
 * An answer that names a child has in "answers" how many did, since the asker
 * was forked, registered, or sent EXEC; the next request has that number, or,
 * before the first, 0.  So what has not arrived is said again.
 *
 *	-ECHILD, -EINVAL
 */
typedef struct {
	int32_t pid;     /* in: as of waitpid(); out: who was found, or 0 */
	int32_t options; /* PM_WNOHANG, PM_WUNTRACED */
	int32_t status;  /* out */
	uint32_t answers;
} pm_wait_t;
COM_ASSERT(pm_wait_t);

#define PM_WNOHANG   1
#define PM_WUNTRACED 2

/*
 * GETPID: all that getpid(), getppid(), getpgid() and so on return.
 * -ESRCH: there is no process "pid".
 */
typedef struct {
	int32_t pid; /* 0: the asker */
	int32_t parent;
	int32_t group;
	int32_t session;
	int32_t endpoint;
	uint32_t uid; /* effective, in PM's user namespace */
	uint32_t gid;
	uint32_t reserved;
} pm_ids_t;
COM_ASSERT(pm_ids_t);

/*
 * SETPGID: -EACCES, -EINVAL, -EPERM, -ESRCH.
 * SETSID: the answer has the new session, which is the group, too; -EPERM.
 */
typedef struct {
	int32_t pid; /* 0: the asker */
	int32_t group;
} pm_group_t;
COM_ASSERT(pm_group_t);

/*
 * KILL: -EINVAL, -EPERM, -ESRCH.  Handlers and masks of the signal are Linux's.
 * Only SIGSTOP and SIGCONT are known to stop and to continue a process.
 */
typedef struct {
	int32_t pid; /* as of kill() */
	int32_t signal;
} pm_kill_t;
COM_ASSERT(pm_kill_t);

/*
 * ALARM: SIGALRM in so many seconds, 0: none; the answer has those that were
 * left of the one before.
 * CHILDREN: 1: the asker does not want to wait for its children, as when it
 * ignores SIGCHLD; 0: it does.
 */
typedef struct {
	uint32_t value;
} pm_value_t;
COM_ASSERT(pm_value_t);

/*
 * CLOCK: by how many microseconds the clock of the VM is ahead of that of the
 * node on which it is looked at.  STIME sets that: -EINVAL, it is more than
 * PM_CLOCK_MAX either way; -EPERM, the asker is not root's.
 */
typedef struct {
	int64_t ahead;
} pm_clock_t;
COM_ASSERT(pm_clock_t);

#define PM_CLOCK_MAX (INT64_C(1) << 60)

/* EXEC: the asker is to be another program, of that name. */
typedef struct {
	char name[M3IPC_NAME_LEN];
} pm_exec_t;
COM_ASSERT(pm_exec_t);

/*
 * NEXTPROC: the first process whose pid is that of the request, or a higher
 * one; so the table is read an entry at a time, by whoever is bound in the VM.
 */
typedef struct {
	int32_t pid; /* out 0: there is none */
	int32_t parent;
	int32_t group;
	int32_t session;
	int32_t endpoint; /* of a zombie: that it had */
	int32_t node;
	uint32_t uid;   /* effective; PROC_NO_ID: not known to PM */
	int32_t state;  /* enum pm_state */
	int32_t status; /* as of waitpid(), of a zombie and of who is stopped */
	uint32_t reserved;
} pm_process_t;
COM_ASSERT(pm_process_t);

enum pm_state {
	PM_LIVE,
	PM_STOPPED,
	PM_ZOMBIE, /* It has ended, and its parent has not waited for it. */
};

#endif /* _MOLIPC_PM_H */
