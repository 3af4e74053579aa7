// SPDX-License-Identifier: GPL-2.0-or-later
/* Who waits for whom, in the language of Graphviz */
#include <stdio.h>
#include <stdlib.h>

#include <molipc/molipc.h>

#include "commands.h"
#include "find.h"
#include "table.h"

/* Names can be any bytes, and dot wants UTF-8: ASCII is that always. */
static void print_quoted(const char *text, size_t size)
{
	for (size_t i = 0; i < size && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else
			putchar(c >= ' ' && c < 0x7f ? c : '?');
	}
}

/* Whom it waits for and nobody else; NULL if that is nobody who is bound */
static const proc_usr_t *find_awaited(const struct table *table,
				      const proc_usr_t *proc)
{
	if (proc->p_rts_flags & SENDING)
		return table_find(table, proc->p_sendto);
	if (proc->p_rts_flags & RECEIVING)
		return table_find(table, proc->p_getfrom);
	return NULL;
}

/* Does it wait for itself, through others?  Each waits for one at most. */
static bool in_cycle(const struct table *table, const proc_usr_t *proc)
{
	const proc_usr_t *at = proc;

	for (size_t i = 0; at && i < table->nr_procs; i++) {
		at = find_awaited(table, at);
		if (at == proc)
			return true;
	}
	return false;
}

static void print_node(const struct table *table, const proc_usr_t *proc)
{
	printf("\t\t\"%d:%d\" [label=\"", proc->p_vmid, proc->p_endpoint);
	print_quoted(proc->p_name, sizeof(proc->p_name));
	printf("\\n%d\"%s];\n", proc->p_endpoint,
	       in_cycle(table, proc) ? ", color=red, fontcolor=red" : "");
}

static const char *edge_verb(const proc_usr_t *proc)
{
	switch (proc->p_rts_flags & (SENDING | RECEIVING)) {
	case SENDING:
		return "sends to";
	case RECEIVING:
		return "waits for";
	}
	return "calls";
}

static void print_edge(const struct table *table, const proc_usr_t *proc)
{
	const proc_usr_t *peer = find_awaited(table, proc);

	if (!peer)
		return;
	printf("\t\t\"%d:%d\" -> \"%d:%d\" [label=\"%s\"%s];\n", proc->p_vmid,
	       proc->p_endpoint, peer->p_vmid, peer->p_endpoint,
	       edge_verb(proc),
	       in_cycle(table, proc) ? ", color=red, fontcolor=red" : "");
}

static void print_vm(const VM_usr_t *vm)
{
	struct table table;

	table_read(&table, vm);
	printf("\tsubgraph \"cluster_%d\" {\n\t\tlabel=\"", vm->vm_vmid);
	print_quoted(vm->vm_name, sizeof(vm->vm_name));
	puts("\";");
	for (size_t i = 0; i < table.nr_procs; i++)
		print_node(&table, &table.procs[i]);
	for (size_t i = 0; i < table.nr_procs; i++)
		print_edge(&table, &table.procs[i]);
	puts("\t}");
	table_free(&table);
}

int cmd_graph(const struct args *args)
{
	drvs_usr_t node;
	VM_usr_t vm;
	int rc;

	rc = args->nr_operands ? find_vm(args, &vm) : find_node(args, &node);
	if (rc)
		return rc;
	puts("digraph m3ipc {");
	if (args->nr_operands) {
		print_vm(&vm);
	} else {
		for (int vmid = 0; vmid < node.d_nr_vms; vmid++)
			if (!mnx_getvminfo(vmid, &vm))
				print_vm(&vm);
	}
	puts("}");
	return EXIT_SUCCESS;
}
