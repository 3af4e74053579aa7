/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Families: who is whose child, which groups and sessions there are, who waits
 * for whom, and what is left of those that have ended.  As POSIX has it; tables
 * of states and events are on top of family.c.
 *
 * What happens to a process may end the waits of others: that is told by
 * family_answer(), and which signals are due by family_child_changed() and
 * family_group_orphaned().  Who links this provides them; they change nothing.
 */
#ifndef PM_FAMILY_H
#define PM_FAMILY_H

#include "mproc.h"

/* Options of a wait, with the numbers of Linux */
#define FAMILY_NOHANG   1
#define FAMILY_UNTRACED 2

/* What a wait has found */
struct family_found {
	int pid; /* 0: nobody yet, and it was not to wait */
	int status;
	uint32_t answers; /* that have named a child, with this one */
};

/* What a wait returns that lasts: no error has this number. */
#define FAMILY_LATER 1

/*
 * A child of "parent", of its group and session.  NULL: as of mproc_new(), or
 * the parent has ended.
 */
struct mproc *family_fork(struct mprocs *t, struct mproc *parent, int endpoint,
			  int node);

/*
 * It ends, with a status as waitpid() has it.  Each of its children is that of
 * INIT of the child's node then, or nobody's if there is none.
 */
void family_exit(struct mprocs *t, struct mproc *p, int status);

/* It is stopped by a signal, and goes on. */
void family_stop(struct mprocs *t, struct mproc *p, int signal);
void family_continue(struct mprocs *t, struct mproc *p);

/*
 * waitpid(): 0 and *found; or FAMILY_LATER, and family_answer() is called when
 * there is something to say, unless the process waits for something else, or
 * gives up, before.
 *
 * An answer may be lost, as a signal ends the call of the process, or a cable
 * is out.  So it says how many of those that named a child it has got: if that
 * is one less than it was given, what the last one said is to be found again.
 *
 *	-ECHILD		it has no such child
 *	-EINVAL		options
 */
int family_wait(struct mprocs *t, struct mproc *p, uint32_t got, int pid,
		int options, struct family_found *found);
/* It is another program, that has got none yet, and waits for nothing. */
void family_exec(struct mprocs *t, struct mproc *p);
void family_give_up(struct mproc *p);

/* It does not want to know of the ends of its children, or does again. */
void family_ignore_children(struct mprocs *t, struct mproc *p, bool ignore);

/*
 * setpgid(), with its rules
 *
 *	-EINVAL		group is negative
 *	-ESRCH		pid is not the process, nor one of its children
 *	-EACCES		a child that has made an exec
 *	-EPERM		the leader of a session, one of another session, or
 *			there is no such group in the session
 */
int family_setpgid(struct mprocs *t, struct mproc *p, int pid, int group);
/* setsid().  -EPERM: there is a group with its number. */
int family_setsid(struct mprocs *t, struct mproc *p);

/*
 * One that was in a table before is in this one again, and its parent, or NULL:
 * the older children of a parent before the younger.
 */
void family_restore(struct mprocs *t, struct mproc *p, struct mproc *parent);

/*
 * A process that wishes that, is nobody's child, and has neither children nor
 * others in its group and session, is a child of "p" from now on, and in its
 * group and session.
 *
 *	-EPERM		it is not so
 */
int family_adopt(struct mprocs *t, struct mproc *p, struct mproc *child);

/* getppid() */
int family_parent_pid(const struct mproc *p);

/* Told to who links this: a wait has ended, with 0 and "found", or an error. */
void family_answer(struct mproc *waiter, int rc,
		   const struct family_found *found);
/* A child has ended or stopped: SIGCHLD is due, if Linux does not send it. */
void family_child_changed(struct mproc *parent, const struct mproc *child);
/*
 * An end has left a group without anybody outside of it, in its session, who
 * would continue those of it that are stopped: SIGHUP and SIGCONT are due.
 */
void family_group_orphaned(int group);

#endif /* PM_FAMILY_H */
