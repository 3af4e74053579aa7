/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users, and what they own: processes, nodes in namespaces of theirs.
 */
#ifndef TESTS_STAGE_USERS_H
#define TESTS_STAGE_USERS_H

#include <sys/types.h>

#include "raw.h"

#define DEVICE "/dev/m3ipc"
#define ALICE  1001
#define BOB    1002

/* The device is open to everybody meanwhile, as if all were in its group. */
void device_open_to_all(void);
void device_close(void);
mode_t device_mode(void); /* what it had before */

/* For good; the process dies with its parent all the same. */
void become(uid_t ruid, uid_t euid, uid_t suid);
void become_user(uid_t uid);

/*
 * A process of these users that waits to be bound, or to be killed; SIGPIPE
 * kills it.
 */
pid_t idler(uid_t ruid, uid_t euid, uid_t suid);

/*
 * The caller becomes Alice, in namespaces of hers, of which she is root and
 * which are a node with a VM.  Returns a descriptor of it.
 */
int alices_node(void);

/* Has this child not ended yet? */
bool is_running(pid_t pid);

#endif /* TESTS_STAGE_USERS_H */
