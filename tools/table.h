/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bound processes of a VM, as they were when they were looked at */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include <stddef.h>

#include <molipc/molipc.h>

struct table {
	proc_usr_t *procs; /* in the order of their slots */
	size_t nr_procs;
};

/* Reads it, up to where it is when the VM ends meanwhile. */
void table_read(struct table *table, const VM_usr_t *vm);
void table_add(struct table *table, const proc_usr_t *proc);
void table_free(struct table *table);

/* The process with this endpoint, NULL if there is none */
const proc_usr_t *table_find(const struct table *table, int endpoint);

/* How many send to it, or call it, and wait for it to take that */
size_t table_queued(const struct table *table, int endpoint);

/* Who waits for whom, in words */
void table_state(const struct table *table, const proc_usr_t *proc, char *text,
		 size_t size);

#endif /* TOOLS_TABLE_H */
