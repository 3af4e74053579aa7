/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slice of a VM, m3ipc-NAME.slice, where the machine has systemd and this
 * is its node: what m3ipc-init and "run" start there is in it, and has its
 * limits together.  That of "a-b" is in that of "a", as systemd has it.
 */
#ifndef TOOLS_SLICE_H
#define TOOLS_SLICE_H

#include "common/config.h"
#include "args.h"

/* As the configuration has them, until the machine ends: 0 or it was said. */
int slice_limit(const struct args *args, const struct config_vm *vm);

/*
 * This process is in a scope of its own there from now on, if it is root's: 0
 * or it was said.
 */
int slice_enter(const struct args *args, const char *vm);

#endif /* TOOLS_SLICE_H */
