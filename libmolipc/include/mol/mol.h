/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libmol: the calls of POSIX for the processes of a VM, on whatever node each
 * of them is.
 *
 * Each call does what POSIX says of the one whose name it has after mol_, with
 * pids, parents, groups and sessions being the VM's, which PM keeps
 * (m3ipc-pm(8)).  Signal handlers and masks, user ids, times and what else
 * belongs to the process alone are Linux's.
 *
 * RETURN VALUES
 *	-1 and errno, as POSIX has it, and of all calls that ask PM
 *
 *	ESRCH		the caller is not in PM's table: mol_bindproc()
 *	ENOTCONN	the VM has no PM that can be reached
 *
 * WHO MAY
 *	A process that is bound in a VM, by mnx_bind() or as it was forked, and
 *	that PM knows.  Threads share its pid, as they do in Linux.
 *
 * SIGNALS
 *	mol_fork(), mol_waitpid() and mol_kill() may be called in a handler.
 */
#ifndef _MOL_MOL_H
#define _MOL_MOL_H

#include <signal.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>

#include <molipc/pm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In a program of ISO C <signal.h> has none. */
struct sigaction;

/*
 * The caller, bound in its VM, becomes a process of PM's: its own group and
 * session, without a parent.  Returns its pid; of one that is a process of
 * PM's already, that it has.
 *
 *	EAGAIN		there are too many processes
 */
pid_t mol_bindproc(void);

/*
 * It leaves the VM: its parent hears that it has ended with status 0.
 *
 *	ESRCH		it is not bound
 */
int mol_unbind(void);

/*
 * fork(): the child is a process of the VM, of the same node, with an endpoint
 * of its own.
 *
 *	EAGAIN		no slot is left in the VM, or there are too many
 *			processes
 */
pid_t mol_fork(void);

/*
 * wait(), waitpid(): options are WNOHANG and WUNTRACED.  Of stops those are
 * known that mol_kill() has brought about by SIGSTOP.
 *
 *	ECHILD, EINTR, EINVAL
 */
pid_t mol_wait(int *status);
pid_t mol_waitpid(pid_t pid, int *status, int options);

/*
 * exec: the program has the caller's pid and endpoint.  mol_execve() has its
 * file of this node, mol_exec() of the VM, <mol/fs.h>, into memory: it may be
 * read and executed by the caller, whose user does not change by its bits.  An
 * interpreter that it names, and libraries, are files of this node.
 *
 *	ENOEXEC		it begins neither as ELF nor with #!
 *	ENOMEM		it has over MOL_EXEC_MAX bytes, or more than there is
 *			memory, or RLIMIT_FSIZE lets be
 *	ETXTBSY		somebody has it open to write to it
 */
int mol_execve(const char *path, char *const argv[], char *const envp[]);
int mol_exec(const char *path, char *const argv[], char *const envp[]);
#define MOL_EXEC_MAX (256 << 20)

/*
 * A program on the node `node', this one or another: a child of the caller as
 * one that it has forked, in its group and session, with its user, its folder
 * (or, if that is not there, the root) and, as standard input, /dev/null.
 * `file' is looked for as execvp() does it, there.  INIT of that node starts
 * it, m3ipc-init(8), and its output is that of INIT.  If it cannot be run its
 * status is 127, or 126.
 *
 *	E2BIG		arguments and environment have over 128 KiB
 *	EAGAIN		no slot is left, or there are too many programs
 *	EINVAL		there is no such node
 *	ENOTCONN	no INIT is there
 *	EPERM		its configuration does not have it, or not for this user
 *	ESRCH		the caller is no process of PM
 */
pid_t mol_rexec(int node, const char *file, char *const argv[],
		char *const envp[]);
/* By mol_exec(), there: `path' is one of the VM, from its root on. */
pid_t mol_rexec_fs(int node, const char *path, char *const argv[],
		   char *const envp[]);

/*
 * The same, and its output is read: the next piece of it, which waits; 0: there
 * is no more.  In *stream is 1 or 2, as the descriptors are.  The piece is lost
 * that does not fit into `size', of which 16 KiB are always enough.
 *
 *	EINTR		the next call returns it
 *	ESRCH		it had all, or another process started that program
 */
struct mol_rexec {
	int node;
	pid_t pid;
	unsigned int pieces;
};
pid_t mol_rexec_open(struct mol_rexec *r, int node, const char *file,
		     char *const argv[], char *const envp[]);
pid_t mol_rexec_fs_open(struct mol_rexec *r, int node, const char *path,
			char *const argv[], char *const envp[]);
ssize_t mol_rexec_read(struct mol_rexec *r, void *buf, size_t size,
		       int *stream);

/* Ids.  ESRCH: there is no process `pid'. */
pid_t mol_getpid(void);
/* 1: nobody's, or nobody's any more */
pid_t mol_getppid(void);
pid_t mol_getpgrp(void);
pid_t mol_getpgid(pid_t pid);
pid_t mol_getsid(pid_t pid);
/* EACCES, EINVAL, EPERM, ESRCH */
int mol_setpgid(pid_t pid, pid_t group);
/* EPERM: it leads a group. */
pid_t mol_setsid(void);

/* Slots: of the caller, its parent (or NONE), and process `pid' */
int mol_getprocnr(void);
int mol_getpprocnr(void);
int mol_getnprocnr(pid_t pid);

/*
 * kill(): wherever the processes are.  -1: all but the caller, and those in
 * system slots.
 *
 *	EINVAL, EPERM, ESRCH
 */
int mol_kill(pid_t pid, int sig);
int mol_killpg(pid_t group, int sig);

/*
 * sigaction(): as Linux has it; and PM knows whether the caller wants to wait
 * for its children, which it does not if it ignores SIGCHLD, or has
 * SA_NOCLDWAIT.
 */
int mol_sigaction(int sig, const struct sigaction *act, struct sigaction *old);

/* alarm(): a forked child has none. */
unsigned int mol_alarm(unsigned int seconds);

/*
 * time(), gettimeofday() and stime(): of the VM, whose clock only root sets.
 * Those of the machines, which alone count in timers, stay as they are.
 *
 *	EPERM		mol_stime(): the caller is not root's
 *	EINVAL		mol_stime(): before 1970, or too far away
 */
time_t mol_time(time_t *t);
int mol_gettimeofday(struct timeval *tv, void *tz);
int mol_stime(const time_t *t);

/*
 * The table of PM: into `table' as many of the VM's processes as fit, by their
 * pids.  Returns how many there are.  One is asked for after the other, so that
 * it is not one moment.  Also for who is not in it: ESRCH is who is not bound.
 */
int mol_getpmproctab(pm_process_t *table, int nr);

/* Its name in lists: EINVAL, ENAMETOOLONG */
int mol_setpname(const char *name);

#ifdef __cplusplus
}
#endif

#endif /* _MOL_MOL_H */
