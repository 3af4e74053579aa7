/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what the user names to what the driver knows.  All of these say on
 * stderr what is wrong and return 0 or an exit status.
 */
#ifndef TOOLS_FIND_H
#define TOOLS_FIND_H

#include <molipc/molipc.h>

#include "args.h"

/* The node, which must be initialised */
int find_node(const struct args *args, drvs_usr_t *node);

/* The running VM whose name or number is the first operand */
int find_vm(const struct args *args, VM_usr_t *vm);

/* The node, and another one that NODE means: its number or its link's name */
int find_other_node(const struct args *args, const char *text, int *nodeid);

/*
 * That VM, and the endpoint that a DST, SRC or ENDPOINT operand means there: a
 * number, @P_NR, a name of a system endpoint, or a published name
 */
int find_peer(const struct args *args, const char *text, VM_usr_t *vm,
	      int *endpoint);

/* That VM, and the number of one of its slots */
int find_slot(const struct args *args, const char *text, VM_usr_t *vm,
	      int *p_nr);

/* The first slot of a VM that is not a system slot */
int find_first_user(const VM_usr_t *vm);

/*
 * Binds this process: to the slot of --bind, else to the first free one from
 * first to last (which may be the lower one).
 */
int find_self(const struct args *args, const VM_usr_t *vm, int first, int last,
	      int *endpoint);

/*
 * Binds this process as a client of the VM's system task: to a user slot or,
 * when none is to be had because the group has not settled yet, to a system
 * slot; the second one says nothing, and returns what the driver does.  What
 * SYSTASK refuses is said by the last one, with EXIT_FAILURE.
 */
int find_client(const struct args *args, const VM_usr_t *vm);
int find_client_quietly(const VM_usr_t *vm);
int find_systask_failed(const struct args *args, int code, const char *vm);

#endif /* TOOLS_FIND_H */
