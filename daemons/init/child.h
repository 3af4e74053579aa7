/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a child of INIT does before it is another program */
#ifndef INIT_CHILD_H
#define INIT_CHILD_H

#include <pwd.h>
#include <stdbool.h>
#include <sys/types.h>

/* Signals as a new program expects them, and nothing to read */
void child_reset(void);

/*
 * That user's from now on, and killed with "parent", which has to be there
 * still.  False: errno says why not.
 */
bool child_become(const struct passwd *user, pid_t parent);

#endif /* INIT_CHILD_H */
