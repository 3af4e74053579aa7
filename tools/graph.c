// SPDX-License-Identifier: GPL-2.0-or-later
/* Who waits for whom, in the language of Graphviz */
#include <stdio.h>
#include <stdlib.h>

#include <molipc/molipc.h>

#include "all.h"
#include "commands.h"
#include "find.h"
#include "table.h"

#define RED ", color=red, fontcolor=red"

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
	       in_cycle(table, proc) ? RED : "");
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
	       edge_verb(proc), in_cycle(table, proc) ? RED : "");
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

/* All nodes of a VM */

/* What is known of the link between two nodes */
enum link {
	LINK_UNKNOWN,
	LINK_DOWN,
	LINK_UP
};

/* By the words of both; that of one who does not hear the other counts. */
static void links_read(struct all *all, int nodeid,
		       enum link links[M3IPC_MAX_NODES][M3IPC_MAX_NODES])
{
	const int both = NODE_SCONNECTED | NODE_RCONNECTED;
	sys_peer_t peers[M3IPC_MAX_NODES];

	all_read_peers(all, nodeid, peers);
	for (int p = 0; p < M3IPC_MAX_NODES; p++) {
		enum link *link = p < nodeid ? &links[p][nodeid] :
					       &links[nodeid][p];

		if (p == nodeid || peers[p].node.nodeid == NONE ||
		    *link == LINK_DOWN)
			continue;
		*link = (peers[p].link & both) == both ? LINK_UP : LINK_DOWN;
	}
}

static void print_node_of(const struct all *all, const struct table *table,
			  int nodeid)
{
	const bool silent = all_is_silent(all, nodeid);
	const int vmid = all->vm.vm_vmid;

	printf("\tsubgraph \"cluster_%d_%d\" {\n\t\tlabel=\"\";\n", vmid,
	       nodeid);
	printf("\t\t\"%d:node%d\" [shape=box, label=\"node %d%s\"%s];\n", vmid,
	       nodeid, nodeid, silent ? "\\ndoes not answer" : "",
	       silent ? RED : "");
	for (size_t i = 0; i < table->nr_procs; i++)
		if (table->procs[i].p_nodeid == nodeid)
			print_node(table, &table->procs[i]);
	puts("\t}");
}

static void print_link(int vmid, int a, int b, enum link link)
{
	if (link == LINK_UNKNOWN)
		return;
	printf("\t\"%d:node%d\" -> \"%d:node%d\" "
	       "[dir=none, style=bold, label=\"%s\"%s];\n",
	       vmid, a, vmid, b, link == LINK_UP ? "link" : "no link",
	       link == LINK_UP ? "" : RED);
}

static int print_all(const struct args *args)
{
	enum link links[M3IPC_MAX_NODES][M3IPC_MAX_NODES] = { 0 };
	struct table table = { 0 };
	struct all all;
	int rc = all_start(&all, args);

	if (rc)
		return rc;
	for (int n = all_next(&all, -1); n >= 0; n = all_next(&all, n)) {
		all_add_procs(&all, n, &table);
		links_read(&all, n, links);
	}
	printf("digraph m3ipc {\n\tlabel=\"");
	print_quoted(all.vm.vm_name, sizeof(all.vm.vm_name));
	puts("\";");
	for (int n = all_next(&all, -1); n >= 0; n = all_next(&all, n))
		print_node_of(&all, &table, n);
	for (int n = all_next(&all, -1); n >= 0; n = all_next(&all, n))
		for (int p = n; p >= 0; p = all_next(&all, p))
			print_link(all.vm.vm_vmid, n, p, links[n][p]);
	for (size_t i = 0; i < table.nr_procs; i++)
		print_edge(&table, &table.procs[i]);
	puts("}");
	table_free(&table);
	return all_end(&all);
}

int cmd_graph(const struct args *args)
{
	drvs_usr_t node;
	VM_usr_t vm;
	int rc;

	if (args->all)
		return print_all(args);
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
