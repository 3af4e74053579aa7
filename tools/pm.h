/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process manager of a VM, on whatever node it is */
#ifndef TOOLS_PM_H
#define TOOLS_PM_H

#include <stdbool.h>
#include <stddef.h>

#include <molipc/molipc.h>
#include <molipc/pm.h>

#include "args.h"

/* Has the VM one, as far as is known here? */
bool pm_is_there(const VM_usr_t *vm);
/* Says that it has none: EXIT_FAILURE. */
int pm_missing(const struct args *args, const VM_usr_t *vm);

/* One request of this process, which is bound there: OK, or an error */
int pm_ask(int type, message *m);

/* Its processes by their pids; the memory is the caller's.  0, or an error */
int pm_read(pm_process_t **procs, size_t *nr);

#endif /* TOOLS_PM_H */
