/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libm3posix.so: what an unmodified program calls of POSIX's processes, on a
 * VM.  It is preloaded by "m3ipc run --posix", and takes the place of the calls
 * of libc that posix.map names; libmol is linked into it.
 *
 * STATES of a process
 *
 *	LINUX	PM does not know it: every call is Linux's
 *	VM	it is bound, and PM knows it: pids, groups and sessions are the
 *		VM's, and Linux's have the same shape
 *	LEFT	it was in a VM, which has ended, or has unbound it: it keeps its
 *		pid, and those of its children; what it forks is LINUX
 *
 *	VM -> fork -> VM, with a new pid		mol_fork()
 *	VM -> exec -> VM, the same			exec.c, env.c
 *	VM -> clone() by others -> LINUX
 *	VM -> its VM ends, an exec of a set-user-id program -> LEFT
 *
 * WHO KNOWS WHAT
 *
 *	PM	pids and parents, groups and sessions, whom a signal is for,
 *		who has ended; of stops those by a SIGSTOP that it has sent
 *	Linux	the same, with numbers of its own; all stops; which group is
 *		that of a terminal; handlers and masks
 *	here	both numbers of the process, of its children, and of the groups
 *		that it has set
 *
 * Children are Linux's children, too, and of this node.  So a wait is Linux's,
 * which knows ends and stops alike, and is interrupted, restarted and cancelled
 * as it is; of who it finds PM is told (wait.c).  A group is set at PM, which
 * has the say, and then in Linux, for terminals (group.c).  Signals go by PM
 * (signal.c).
 *
 * Of each file the calls that are not static, and not declared here, are those
 * of libc.
 */
#ifndef POSIX_POSIX_H
#define POSIX_POSIX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#pragma GCC visibility push(hidden)

/* The caller's pid in its VM, also in state LEFT; 0: state LINUX */
pid_t self_pid(void);
/* State VM */
bool self_in_vm(void);
/* The caller is a child that has got its endpoint. */
void self_forget(void);
/*
 * Linux's number of a process of this node: the caller, a child of it, or, if
 * it lives, another one.  0: it has none.
 */
pid_t self_to_linux(pid_t pid);

/* In a child that was forked: nobody waits yet. */
void wait_begin(void);

/* Linux's number of a group; 0: there is none that is known. */
pid_t group_to_linux(pid_t group);

/* What the environment has for this library is taken out, and noted. */
void env_take(void);
/* So many bytes of text an environment needs besides, and entries */
size_t env_size(char *const envp[]);
#define ENV_MORE 2
/* For a program that is to be in the VM: with what env_take() takes out */
void env_fill(char *to[], char *text, size_t size, char *const envp[]);
size_t env_count(char *const envp[]);

#pragma GCC visibility pop

#endif /* POSIX_POSIX_H */
