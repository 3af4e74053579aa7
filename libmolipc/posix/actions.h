/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File actions of posix_spawn(), whose calls are here, as libc shows none. */
#ifndef POSIX_ACTIONS_H
#define POSIX_ACTIONS_H

#include <spawn.h>

/* Does them, in the child: 0, or -1 and errno. */
__attribute__((visibility("hidden"))) int
actions_run(const posix_spawn_file_actions_t *actions);

#endif /* POSIX_ACTIONS_H */
