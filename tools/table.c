// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include "table.h"

static void add(struct table *table, const proc_usr_t *proc)
{
	size_t bytes = (table->nr_procs + 1) * sizeof(*proc);
	proc_usr_t *procs = realloc(table->procs, bytes);

	if (!procs) {
		fputs("m3ipc: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	procs[table->nr_procs++] = *proc;
	table->procs = procs;
}

void table_read(struct table *table, const VM_usr_t *vm)
{
	*table = (struct table){ 0 };
	for (int p_nr = -vm->vm_nr_tasks; p_nr < vm->vm_nr_procs; p_nr++) {
		proc_usr_t proc;

		if (mnx_getprocinfo(vm->vm_vmid, p_nr, &proc))
			return;
		if (!(proc.p_rts_flags & SLOT_FREE))
			add(table, &proc);
	}
}

void table_free(struct table *table)
{
	free(table->procs);
}

const proc_usr_t *table_find(const struct table *table, int endpoint)
{
	for (size_t i = 0; i < table->nr_procs; i++)
		if (table->procs[i].p_endpoint == endpoint)
			return &table->procs[i];
	return NULL;
}
