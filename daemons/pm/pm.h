/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * m3ipc-pm: the process manager of a VM.  What its files share.
 *
 *	main.c			start, loop (common/serve), end
 *	table.c			requests: number -> do_*
 *	forkexit.c		fork, wait, and how processes end
 *	signal.c		kill and alarm
 *	clock.c			the time of the VM
 *	users.c			whose the processes are that a request is about
 *	getset.c		ids, groups and sessions; the table
 *	keep			the table of an earlier PM
 *
 * and, without I/O:
 *
 *	mproc			the processes
 *	family			who is whose child, who waits
 *	kill			whom a signal is for, and who may send it
 *	timers			alarms
 *
 * A process is in the table from the answer to its registration on: PM_FORK by
 * its parent, or PM_BINDPROC.  It ends when SYSTASK of this node says so, and
 * in no other way; then it is a zombie until it is waited for.
 *
 * One thread.  It waits for nobody but SYSTASK of its own node, which waits for
 * nobody; so nothing here needs a lock.
 */
#ifndef PM_PM_H
#define PM_PM_H

#include <molipc/pm.h>
#include <molipc/sys.h>

#include "common/serve.h"
#include "family.h"
#include "timers.h"

struct pm {
	int vmid;
	int node;
	struct mprocs procs;
	struct timers timers;
	int64_t clock;      /* us that the VM's is ahead */
	uint64_t ends_seen; /* the last one that SYSTASK has told of */
};

extern struct pm pm;

/*
 * Who asks; NULL: it is not in the table.  What it waited for it waits for no
 * more: a signal has ended that call.
 */
struct mproc *pm_client(const struct serve_request *rq);
/* The driver's word: has a process of the VM that endpoint? */
bool pm_look(int endpoint, proc_usr_t *info);

/* forkexit.c */
serve_handler do_fork, do_bindproc, do_adopt, do_waitpid, do_children, do_exec;
/* Ends that there were since the last time */
void ends_follow(void);
/* Who is not there any more has ended. */
void ends_missed(void);

/* signal.c */
serve_handler do_kill, do_alarm;
void alarms_due(void);
int alarms_arm(void);

/* users.c */
/* Its user, as the kernel has it by now, if it is of this node */
void uid_read(struct mproc *p);
/* The node of a process says which user it has. */
void user_told(struct mproc *p, uint32_t uid);
/*
 * p->users is a request of "p": it is done when the users of all that it is
 * about are known.  What it was answered with, or SERVE_LATER.
 */
int users_ask(struct mproc *p);
/* Those that have waited for such words, or ends */
void users_go_on(void);

/* getset.c */
serve_handler do_getpid, do_setpgid, do_setsid, do_nextproc;

/* clock.c */
serve_handler do_clock, do_stime;

extern serve_handler *const pm_calls[PM_END - PM_BASE];

#endif /* PM_PM_H */
