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
 * Whom process `teller' means by `pid', in its own pid namespace: 0, nobody
 * that can be known here.  If that is another namespace than the caller's only
 * its own children can be.
 */
pid_t pids_translate(pid_t teller, pid_t pid);

/* Is it a child of that process, or of one of its threads? */
bool pids_is_child(pid_t child, pid_t parent);

/* Are all its user ids that one, or is that root's? */
bool pids_user_is(pid_t pid, unsigned int uid);

struct pids_times {
	uint64_t user; /* ms, as are the others */
	uint64_t system;
	uint64_t child_user;
	uint64_t child_system;
};

/* False: there is no such process. */
bool pids_times(pid_t pid, struct pids_times *times);

#endif /* SYSTASK_PIDS_H */
