/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VM that a server belongs to.  What fails is logged.
 */
#ifndef COMMON_VM_H
#define COMMON_VM_H

#include <stdbool.h>

#include <molipc/molipc.h>

#include "config.h"
#include "daemon.h"

/*
 * What a server begins with that is called "NAME [-c FILE] [-tv] VM": the
 * configuration, and the VM.  Who is called in another way, or has no such VM
 * here, does not come back.
 */
const struct config_vm *vm_begin(struct daemon *daemon, int argc, char **argv,
				 struct config **config);

/* That of the configuration with that name, if it has servers here; or NULL */
const struct config_vm *vm_choose(const struct config *config,
				  const char *name);

/* As it runs, whatever the configuration says by now */
bool vm_look(const struct config_vm *vm, VM_usr_t *usr);

/*
 * The exit status of a server whose loop has ended so: with the VM all is over,
 * and who is only unbound is started again.
 */
int vm_status(const struct config_vm *vm, int rc);

/*
 * Is there such a process of another node?  SYSTASK says so, and tells of its
 * end from now on.  Of errors in between nothing is learnt: it is.
 */
bool vm_has_remote(int endpoint, int nodeid);

/* The caller has this slot of it. */
bool vm_bind(const struct config_vm *vm, int p_nr);

/*
 * The same of a server that each node may have one of.  Nodes tell each other
 * of their system processes: one of another node may be entered in the slot,
 * and is so again when this one has ended.
 */
bool vm_bind_own(const struct config_vm *vm, int p_nr);

#endif /* COMMON_VM_H */
