/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system tasks of the VMs of this node, for "up", "down" and "status": each
 * is the unit m3ipc-systask@VM.service where systemd brings up this node, and a
 * process in the background elsewhere.
 */
#ifndef TOOLS_SYSTASK_H
#define TOOLS_SYSTASK_H

#include <stdint.h>

#include "common/config.h"
#include "args.h"

/* Is it to have one?  Has nobody here its slot? */
bool systask_is_wanted(const struct config_vm *vm);
bool systask_is_missing(int vmid, int nodeid);

/*
 * Has the one of a VM started that runs.  Waits until it is ready, but for a
 * unit with --systasks.  Reports what is wrong; 0 or EXIT_FAILURE.
 */
int systask_start(const struct args *args, const struct config_vm *vm);

/*
 * It ends with its VM: to be called before that, for a descriptor, or -1 if it
 * is not there or not m3ipc-systask; and then, with that, to wait until it has
 * left its group.  The latter closes it, and says if that takes too long.
 */
int systask_watch(int vmid, int nodeid);
void systask_wait(const struct args *args, int fd, const char *name);

/*
 * Asks for the nodes that are in its group.  False if that is not to be had: it
 * does not answer, or there is no slot to ask from.
 */
bool systask_ask(int vmid, uint64_t *nodes);

#endif /* TOOLS_SYSTASK_H */
