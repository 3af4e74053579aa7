/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "up" and "down" have in common: each change is reported. */
#ifndef TOOLS_WORK_H
#define TOOLS_WORK_H

#include <jansson.h>

#include "common/config.h"
#include "common/util.h"
#include "args.h"

struct work {
	const struct args *args;
	const struct config *config;
	const struct config_vm *only; /* NULL: all VMs of this node */
	json_t *changes; /* objects; with --json printed at the end */
};

/* Reads the configuration and does all that is to do: the exit status. */
int work_run(const struct args *args, int (*all)(struct work *work));

void work_did(struct work *work, const char *kind, const char *name,
	      const char *format, ...) PRINTF_LIKE(4, 5);

/* The links are of the node as a whole. */
bool work_has_links(const struct work *work);

#endif /* TOOLS_WORK_H */
