/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes of Linux, as /proc shows them: whose child one is, and which one a
 * client means that may be in another pid namespace.
 */
#ifndef SYSTASK_PIDS_H
#define SYSTASK_PIDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The child of process `parent' (or of one of its threads) that this calls
 * `pid'; 0: it has none, or one that runs as another user than `parent'.
 */
pid_t pids_child(pid_t parent, pid_t pid);

/* Are process `pid' and the caller in the same pid namespace? */
bool pids_same_namespace(pid_t pid);

struct pids_times {
	uint64_t user; /* ms, as are the others */
	uint64_t system;
	uint64_t child_user;
	uint64_t child_system;
};

/* False: there is no such process. */
bool pids_times(pid_t pid, struct pids_times *times);

#endif /* SYSTASK_PIDS_H */
