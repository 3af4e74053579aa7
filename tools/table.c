// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/memory.h"
#include "out.h"
#include "table.h"

void table_add(struct table *table, const proc_usr_t *proc)
{
	table->procs =
		memory_grow(table->procs, table->nr_procs, sizeof(*proc));
	table->procs[table->nr_procs++] = *proc;
}

void table_read(struct table *table, const VM_usr_t *vm)
{
	*table = (struct table){ 0 };
	for (int p_nr = -vm->vm_nr_tasks; p_nr < vm->vm_nr_procs; p_nr++) {
		proc_usr_t proc;

		if (mnx_getprocinfo(vm->vm_vmid, p_nr, &proc))
			return;
		if (!(proc.p_rts_flags & SLOT_FREE))
			table_add(table, &proc);
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

size_t table_queued(const struct table *table, int endpoint)
{
	size_t queued = 0;

	for (size_t i = 0; i < table->nr_procs; i++)
		queued += table->procs[i].p_rts_flags & SENDING &&
			  table->procs[i].p_sendto == endpoint;
	return queued;
}

/*
 * The table does not say whether it is a request that is waited for.  But a
 * message would not be left in the queue by who takes any.
 */
static bool only_requests(const struct table *table, int endpoint)
{
	for (size_t i = 0; i < table->nr_procs; i++) {
		const proc_usr_t *proc = &table->procs[i];

		if ((proc->p_rts_flags & (SENDING | RECEIVING)) == SENDING &&
		    proc->p_sendto == endpoint)
			return true;
	}
	return false;
}

static void print_peer(FILE *f, const struct table *table,
		       const proc_usr_t *proc, int peer)
{
	if (peer != ANY)
		fprintf(f, "%d", peer);
	else if (only_requests(table, proc->p_endpoint))
		fputs("any request", f);
	else
		fputs("any", f);
}

/* Whom it waits for */
static void print_wait(FILE *f, const struct table *table,
		       const proc_usr_t *proc)
{
	switch (proc->p_rts_flags & (SENDING | RECEIVING)) {
	case 0:
		/* What one of another node does is not known. */
		if (!(proc->p_rts_flags & REMOTE))
			fputs(proc->p_rts_flags ? "-" : "runs", f);
		break;
	case SENDING:
		fprintf(f, "sends to %d", proc->p_sendto);
		break;
	case RECEIVING:
		fputs("waits for ", f);
		print_peer(f, table, proc, proc->p_getfrom);
		break;
	default:
		fprintf(f, "calls %d", proc->p_sendto);
		break;
	}
}

void table_state(const struct table *table, const proc_usr_t *proc, char *text,
		 size_t size)
{
	size_t queued = table_queued(table, proc->p_endpoint);
	FILE *f = fmemopen(text, size, "w");

	*text = '\0';
	if (!f)
		return;
	print_wait(f, table, proc);
	if (proc->p_rts_flags & REMOTE)
		fprintf(f, "%son node %d", ftell(f) ? " " : "", proc->p_nodeid);
	if (proc->p_misc_flags & MIS_BACKUP)
		fprintf(f, ", with a backup here");
	if (queued)
		fprintf(f, "; %zu %s queued at it", queued,
			queued == 1 ? "process is" : "processes are");
	fclose(f);
}
