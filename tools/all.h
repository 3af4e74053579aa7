/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all nodes of a VM have, for --all: the system task of each is asked, one
 * after the other.  One that does not answer in time is said to be missing, and
 * is not asked again.
 */
#ifndef TOOLS_ALL_H
#define TOOLS_ALL_H

#include <stdbool.h>
#include <stdint.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "args.h"
#include "table.h"

#define ALL_PATIENCE 5000  /* ms for an answer */
#define ALL_LIMIT    60000 /* ms for all that there is of a table */

struct all {
	const struct args *args;
	VM_usr_t vm;
	int self;        /* the endpoint from which it is asked */
	uint64_t silent; /* nodes that did not answer */
};

/* Of the VM that is named.  Says what is wrong; 0 or an exit status. */
int all_start(struct all *all, const struct args *args);
/* Of this one: the same, and who wants to ask of another one unbinds. */
int all_bind(struct all *all, const struct args *args, const VM_usr_t *vm);

/* The next node of the VM, from -1 on; -1: there is none */
int all_next(const struct all *all, int nodeid);

/* Of a node, as much as it tells */
void all_add_procs(struct all *all, int nodeid, struct table *table);
/* Into "peers", by number; those that it does not tell of have the id NONE. */
void all_read_peers(struct all *all, int nodeid,
		    sys_peer_t peers[M3IPC_MAX_NODES]);

/* Has it not answered? */
bool all_is_silent(const struct all *all, int nodeid);

/* The exit status */
int all_end(const struct all *all);

#endif /* TOOLS_ALL_H */
