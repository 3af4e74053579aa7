/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is, against what the configuration says: what "up" and "status" share.
 *
 * Differences are a JSON array of sentences such as "nr_procs is 189, not 300",
 * in the names of m3ipc.conf(5).
 */
#ifndef TOOLS_COMPARE_H
#define TOOLS_COMPARE_H

#include <jansson.h>
#include <molipc/molipc.h>

#include "common/config.h"
#include "common/util.h"
#include "args.h"

/* A configuration, with warnings; NULL: it said on stderr what is wrong. */
struct config *compare_read(const struct args *args, const char *path);

/* The configuration of --config; NULL: it said on stderr what is wrong. */
struct config *compare_config(const struct args *args);

/* Is this node one of those of the VM? */
bool compare_is_here(const struct config *config, const struct config_vm *vm);

/* The VM that is configured under this number, NULL if none is */
const struct config_vm *compare_vm_of(const struct config *config, int vmid);

/* The node that is configured under this number, NULL if none is */
const struct config_node *compare_node_of(const struct config *config,
					  int nodeid);

/* What of a node that is up, or of a VM that runs, cannot change any more */
json_t *compare_node(const struct config *config, const drvs_usr_t *is);
json_t *compare_vm(const struct config_vm *vm, const VM_usr_t *is);

/* Adds a sentence. */
void compare_add(json_t *differences, const char *format, ...)
	PRINTF_LIKE(2, 3);

/* All of them as text, "; " between; the memory is the caller's. */
char *compare_text(const json_t *differences);

#endif /* TOOLS_COMPARE_H */
