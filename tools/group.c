// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the system task of this node knows of the group of a VM, and what an
 * administrator has to tell it: "slots", "vm forget", "vm found".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "common/memory.h"
#include "all.h"
#include "commands.h"
#include "find.h"
#include "out.h"
#include "say.h"

#define MAP_WIDTH 64

static const struct out_column node_columns[] = {
	{ "NODE", NULL, NULL, false },    { "STATE", NULL, NULL, true },
	{ "SLOTS", NULL, NULL, false },   { "USED", NULL, NULL, false },
	{ "SERVERS", NULL, NULL, false }, { "NAMES", NULL, NULL, false },
	{ NULL, NULL, NULL, false },
};

static const char *const slot_uses[] = {
	[SYS_SLOT_OTHER] = "other", [SYS_SLOT_FREE] = "free",
	[SYS_SLOT_USED] = "used",   [SYS_SLOT_DONATING] = "given away",
	[SYS_SLOT_HELD] = "held",
};

/* A table of SYSTASK that has at most nr entries: as many, or an error */
static int ask_table(const struct args *args, const VM_usr_t *vm,
		     enum sys_what what, void **table, size_t size, int nr)
{
	int rc;

	*table = memory_checked(calloc((size_t)nr + 1, size));
	rc = sys_getinfo(what, 0, *table, nr * (long)size);
	if (rc >= 0)
		return rc < nr ? rc : nr;
	free(*table);
	*table = NULL;
	find_systask_failed(args, rc, vm->vm_name);
	return -1;
}

/* Which node has it: 0 to 9, then letters; a dot if none has */
static char owner_letter(int owner)
{
	static const char letters[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"+*";

	return owner < 0 || owner >= (int)sizeof(letters) - 1 ? '.' :
								letters[owner];
}

/* Those with a process here are marked, and those that are given away. */
static char use_letter(const sys_slot_t *slot)
{
	static const char marks[] = { [SYS_SLOT_OTHER] = ' ',
				      [SYS_SLOT_FREE] = ' ',
				      [SYS_SLOT_USED] = '^',
				      [SYS_SLOT_DONATING] = '>',
				      [SYS_SLOT_HELD] = '!' };

	return marks[slot->use];
}

static void print_map_line(const sys_slot_t *slots, int nr)
{
	char line[MAP_WIDTH + 1] = "", marks[MAP_WIDTH + 1] = "";
	int end = 0;

	for (int i = 0; i < nr; i++) {
		line[i] = owner_letter(slots[i].owner);
		marks[i] = use_letter(&slots[i]);
		if (marks[i] != ' ')
			end = i + 1;
	}
	marks[end] = '\0';
	printf("%5d %s\n", slots[0].p_nr, line);
	if (end)
		printf("      %s\n", marks);
}

static void print_map(const sys_slot_t *slots, int nr)
{
	printf("\nSlots by owner; ^ a process of this node, > given away, "
	       "! not settled\n");
	for (int i = 0; i < nr; i += MAP_WIDTH)
		print_map_line(slots + i,
			       nr - i < MAP_WIDTH ? nr - i : MAP_WIDTH);
}

static void put_node(struct out *out, const sys_node_t *node)
{
	out_value(out, NULL, "%d%s", node->nodeid, node->self ? "*" : "");
	out_string(out, out_group(node->state));
	out_int(out, node->slots);
	if (node->used < 0)
		out_string(out, "-");
	else
		out_int(out, node->used);
	out_int(out, node->processes);
	out_int(out, node->names);
}

static json_t *node_json(const sys_node_t *node)
{
	return memory_checked(
		json_pack("{s:i, s:b, s:s, s:i, s:i, s:i, s:i}", "nodeid",
			  node->nodeid, "self", node->self, "state",
			  out_group(node->state), "slots", node->slots, "used",
			  node->used, "processes", node->processes, "names",
			  node->names));
}

static json_t *slot_json(const sys_slot_t *slot)
{
	return memory_checked(json_pack("{s:i, s:i, s:s}", "p_nr", slot->p_nr,
					"owner",
					slot->owner == NONE ? -1 : slot->owner,
					"use", slot_uses[slot->use]));
}

static void show_json(const sys_node_t *nodes, int nr_nodes,
		      const sys_slot_t *slots, int nr_slots)
{
	json_t *node_list = memory_checked(json_array());
	json_t *slot_list = memory_checked(json_array());

	for (int i = 0; i < nr_nodes; i++)
		json_array_append_new(node_list, node_json(&nodes[i]));
	for (int i = 0; i < nr_slots; i++)
		json_array_append_new(slot_list, slot_json(&slots[i]));
	out_json(memory_checked(json_pack("{s:o, s:o}", "nodes", node_list,
					  "slots", slot_list)));
}

static void show_text(const sys_node_t *nodes, int nr_nodes,
		      const sys_slot_t *slots, int nr_slots)
{
	struct out out;

	out_start(&out, OUT_TABLE, false, node_columns);
	for (int i = 0; i < nr_nodes; i++)
		put_node(&out, &nodes[i]);
	out_end(&out);
	print_map(slots, nr_slots);
}

/* Each knows alone how many of its own slots it uses. */
static void fill_used(struct all *all, sys_node_t *nodes, int nr)
{
	sys_peer_t peers[M3IPC_MAX_NODES];

	for (int i = 0; i < nr; i++) {
		const int nodeid = nodes[i].nodeid;

		all_read_peers(all, nodeid, peers);
		if (peers[nodeid].node.nodeid == nodeid)
			nodes[i].used = peers[nodeid].node.used;
	}
}

int cmd_slots(const struct args *args)
{
	struct all all;
	void *nodes = NULL, *slots = NULL;
	int nr_nodes, nr_slots, rc;

	rc = all_start(&all, args);
	if (rc)
		return rc;
	nr_nodes = ask_table(args, &all.vm, GET_NODES, &nodes,
			     sizeof(sys_node_t), M3IPC_MAX_NODES);
	nr_slots = nr_nodes < 0 ? -1 :
				  ask_table(args, &all.vm, GET_SLOTSTAB, &slots,
					    sizeof(sys_slot_t),
					    all.vm.vm_nr_procs -
						    find_first_user(&all.vm));
	if (nr_slots >= 0 && args->all)
		fill_used(&all, nodes, nr_nodes);
	if (nr_slots >= 0)
		(args->json ? show_json : show_text)(nodes, nr_nodes, slots,
						     nr_slots);
	free(nodes);
	free(slots);
	return nr_slots < 0 ? EXIT_FAILURE : all_end(&all);
}

static int nodes_of(const struct args *args, uint64_t *nodes)
{
	*nodes = 0;
	for (int i = 1; i < args->nr_operands; i++) {
		int nodeid;
		int rc = find_other_node(args, args->operand[i], &nodeid);

		if (rc)
			return rc;
		*nodes |= UINT64_C(1) << nodeid;
	}
	return 0;
}

int cmd_vm_forget(const struct args *args)
{
	uint64_t nodes, left = 0;
	VM_usr_t vm;
	char *names;
	int rc = find_vm(args, &vm);

	if (!rc)
		rc = nodes_of(args, &nodes);
	if (!rc)
		rc = find_client(args, &vm);
	if (rc)
		return rc;
	rc = sys_forget(nodes, &left);
	if (rc == EMOLNONODE) {
		names = out_ranges(&left, 1);
		rc = say_error(args,
			       "%s: node %s is away too: others could not be "
			       "told, so all that are away have to be named",
			       vm.vm_name, names);
		free(names);
		return rc;
	}
	return rc ? find_systask_failed(args, rc, vm.vm_name) : EXIT_SUCCESS;
}

int cmd_vm_found(const struct args *args)
{
	VM_usr_t vm;
	int rc = find_vm(args, &vm);

	if (!rc)
		rc = find_client(args, &vm);
	if (rc)
		return rc;
	rc = sys_found();
	return rc ? find_systask_failed(args, rc, vm.vm_name) : EXIT_SUCCESS;
}
