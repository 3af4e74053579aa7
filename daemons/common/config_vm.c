// SPDX-License-Identifier: GPL-2.0-or-later
/* The checks of VMs, and of their servers */
#include <stdlib.h>
#include <string.h>

#include "config_check.h"
#include "config_fill.h"
#include "config_vm.h"
#include "memory.h"
#include "util.h"

static bool list_has(char *const *list, const char *name)
{
	for (; list && *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

/* Names */

static void check_vm_name(struct tree *tree, const struct tree_section *section)
{
	/* /proc/drvs has files of these names, of which a VM has a folder. */
	static const char *const taken[] = { "info", "nodes", "proxies" };

	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (!strcmp(section->title, taken[i]))
			tree_error(tree, section,
				   "the name must not be info, nodes or "
				   "proxies");
}

/* Nodes */

/* Without a list it is all nodes. */
static void list_all_nodes(const struct config *config, struct config_vm *vm)
{
	size_t nr = config->nr_nodes;

	vm->nodes = memory_alloc((nr + 1) * sizeof(*vm->nodes));
	for (size_t i = 0; i < nr; i++)
		vm->nodes[i] = memory_strdup(config->nodes[i].name);
}

static int32_t count_nodes(uint64_t mask)
{
	return __builtin_popcountll(mask);
}

/* The node with the highest number of a VM that has nodes */
static const struct config_node *highest_node(const struct config *config,
					      const struct config_vm *vm)
{
	const struct config_node *node, *found = NULL;

	for (char **name = vm->nodes; *name; name++) {
		node = config_find_node(config, *name);
		if (!found || node->id > found->id)
			found = node;
	}
	return found;
}

/* Returns false if the list is no good, or a node of it. */
static bool take_nodes(struct tree *tree, const struct config *config,
		       const struct tree_section *section)
{
	struct config_vm *vm = section->target;
	const struct config_node *node;
	bool good = !tree_option(section, "nodes")->bad;

	for (char **name = vm->nodes; good && *name; name++) {
		node = config_find_node(config, *name);
		if (!node) {
			check_no_node(tree, config, section, "nodes", *name);
			return false;
		}
		if (node->id < 0 || node->id >= M3IPC_MAX_NODES)
			return false; /* this was reported */
		if (vm->usr.vm_nodes >> node->id & 1) {
			fill_error(tree, section, "nodes", *name,
				   "is given twice");
			return false;
		}
		vm->usr.vm_nodes |= UINT64_C(1) << node->id;
	}
	return good;
}

static void check_vm_nodes(struct tree *tree, const struct config *config,
			   const struct tree_section *section)
{
	struct config_vm *vm = section->target;
	const struct config_node *last;

	if (!vm->nodes)
		list_all_nodes(config, vm);
	if (!take_nodes(tree, config, section) || !*vm->nodes)
		return;
	check_range(tree, section, "nr_nodes", count_nodes(vm->usr.vm_nodes),
		    INT32_MAX, "that many are in its list of nodes");
	if (count_nodes(vm->usr.vm_nodes) > 1 &&
	    vm->membership == CONFIG_SINGLE &&
	    !tree_option(section, "membership")->bad)
		fill_error(tree, section, "membership", "single",
			   "must be \"corosync\", or \"none\", for more than "
			   "one node");
	last = highest_node(config, vm);
	check_range(tree, section, "nr_tasks", last->id + 2, INT32_MAX,
		    "SYSTASK of node \"%s\" has slot %d", last->name,
		    SYSTASK(last->id));
	check_range(tree, section, "nr_sysprocs",
		    vm->usr.vm_nr_tasks + INIT_PROC_NR + last->id + 1,
		    INT32_MAX,
		    "INIT of node \"%s\" has slot %d, behind "
		    "nr_tasks = %d",
		    last->name, INIT_PROC_NR + last->id, vm->usr.vm_nr_tasks);
}

/* Sizes */

static void take_default(int32_t *size, int32_t of_drvs)
{
	if (!*size)
		*size = of_drvs;
}

static void take_sizes(const drvs_usr_t *drvs, VM_usr_t *usr)
{
	take_default(&usr->vm_nr_procs, drvs->d_nr_procs);
	take_default(&usr->vm_nr_tasks, drvs->d_nr_tasks);
	take_default(&usr->vm_nr_sysprocs, drvs->d_nr_sysprocs);
	take_default(&usr->vm_nr_nodes, drvs->d_nr_nodes);
}

static void check_vm_sizes(struct tree *tree, const drvs_usr_t *drvs,
			   const struct tree_section *section)
{
	static const char why[] = "not more than drvs has";

	check_range(tree, section, "nr_procs", 1, drvs->d_nr_procs, why);
	check_range(tree, section, "nr_tasks", 2, drvs->d_nr_tasks, why);
	check_range(tree, section, "nr_sysprocs", 3, drvs->d_nr_sysprocs, why);
	check_range(tree, section, "nr_nodes", 1, drvs->d_nr_nodes, why);
	check_sizes(tree, section);
}

/* Servers */

static const char *server_node(const struct tree_section *section)
{
	const struct tree_option *option = tree_option(section, "node");

	return option->bad ? NULL : option->values[0];
}

/* An option of a server, or of a disk, names a node of its VM. */
static bool is_member(struct tree *tree, const struct config *config,
		      const struct tree_section *section, const char *option,
		      const char *name)
{
	const struct tree_section *of = section->parent;
	const struct config_vm *vm;

	vm = strcmp(of->rule->name, "vm") ? of->parent->target : of->target;
	if (!config_find_node(config, name))
		check_no_node(tree, config, section, option, name);
	else if (!list_has(vm->nodes, name))
		fill_error(tree, section, option, name,
			   "must be one of the nodes of the VM");
	return !tree_option(section, option)->bad;
}

static void check_backup(struct tree *tree, const struct config *config,
			 const struct tree_section *section)
{
	const struct tree_option *option = tree_option(section, "backup");
	const char *node = server_node(section);

	for (size_t i = 0; !option->bad && i < option->nr_values; i++) {
		const char *name = option->values[i];

		if (!is_member(tree, config, section, "backup", name))
			return;
		if (node && !strcmp(name, node))
			fill_error(tree, section, "backup", name,
				   "must be other nodes than \"node\"");
		for (size_t j = 0; j < i && !option->bad; j++)
			if (!strcmp(name, option->values[j]))
				fill_error(tree, section, "backup", name,
					   "is given twice");
	}
}

static void check_server(struct tree *tree, const struct config *config,
			 const struct tree_section *section)
{
	const char *node = server_node(section);
	const struct tree_section *other;
	size_t i = 0;

	if (!node || !is_member(tree, config, section, "node", node))
		return;
	/* Each has a user, and one server does them all. */
	if (!strcmp(section->rule->name, "init"))
		return;
	while ((other = tree_next(section->parent, section->rule->name, &i)) !=
	       section)
		if (server_node(other) && !strcmp(server_node(other), node))
			fill_error(tree, section, "node", node,
				   "the %s at %s:%d is there",
				   section->rule->name, other->place.file,
				   other->place.line);
}

/* Who wants a shell says so. */
static void check_commands(struct tree *tree,
			   const struct tree_section *section, const char *name)
{
	const struct tree_option *option = tree_option(section, name);

	for (size_t i = 0; !option->bad && i < option->nr_values; i++)
		if (*option->values[i] != '/')
			fill_error(tree, section, name, option->values[i],
				   "must be the path of a program, and its "
				   "arguments");
}

static void check_servers(struct tree *tree, const struct config *config,
			  const struct tree_section *section)
{
	const struct tree_section *server;

	for (size_t i = 0; i < section->nr_sections; i++) {
		server = section->sections[i];
		if (!schema_allows(section->rule, server->rule))
			continue;
		check_server(tree, config, server);
		if (!strcmp(server->rule->name, "pm") ||
		    !strcmp(server->rule->name, "fs"))
			check_backup(tree, config, server);
		if (!strcmp(server->rule->name, "init")) {
			check_commands(tree, server, "run");
			check_commands(tree, server, "respawn");
		}
	}
}

/* Disks */

static const struct config_disk *find_disk(const struct config_vm *vm,
					   const char *name,
					   const struct config_disk *before)
{
	for (size_t i = 0; i < vm->nr_memories; i++) {
		for (size_t j = 0; j < vm->memories[i].nr_disks; j++) {
			const struct config_disk *disk =
				&vm->memories[i].disks[j];

			if (disk == before)
				return NULL;
			if (!strcmp(disk->name, name))
				return disk;
		}
	}
	return NULL;
}

const struct config_memory *config_memory_at(const struct config_vm *vm,
					     const char *node)
{
	for (size_t i = 0; i < vm->nr_memories; i++) {
		const struct config_memory *memory = &vm->memories[i];

		if (!strcmp(memory->node, node))
			return memory;
		for (size_t j = 0; j < memory->nr_disks; j++)
			if (list_has(memory->disks[j].replicas, node))
				return memory;
	}
	return NULL;
}

static bool lists_are_equal(char *const *a, char *const *b)
{
	size_t i;

	for (i = 0; a[i] && b[i]; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return a[i] == b[i];
}

/* All disks of a memory go together to the node that has it next. */
static void check_replicas_fit(struct tree *tree,
			       const struct tree_section *section)
{
	const struct config_vm *vm = section->parent->parent->target;
	const struct config_memory *memory = section->parent->target;
	const struct config_disk *disk = section->target;

	if (disk->mode != CONFIG_DISK_SYNC)
		tree_error(tree, section,
			   "replicas are for disks with mode = \"sync\"");
	if (vm->membership != CONFIG_COROSYNC || vm->nr_memories > 1)
		tree_error(tree, section,
			   "replicas need membership = \"corosync\", and one "
			   "memory in the VM");
	if (memory->node && !list_has(disk->replicas, memory->node))
		fill_error(tree, section, "replicas", disk->replicas[0],
			   "must name the node of the memory, too");
	for (const struct config_disk *d = memory->disks; d < disk; d++)
		if (d->replicas &&
		    !lists_are_equal(d->replicas, disk->replicas))
			tree_error(tree, section,
				   "replicas must be those of disk \"%s\"",
				   d->name);
}

static void check_replicas(struct tree *tree, const struct config *config,
			   const struct tree_section *section)
{
	const struct tree_option *option = tree_option(section, "replicas");

	for (size_t i = 0; !option->bad && i < option->nr_values; i++) {
		const char *name = option->values[i];

		if (!is_member(tree, config, section, "replicas", name))
			return;
		for (size_t j = 0; j < i && !option->bad; j++)
			if (!strcmp(name, option->values[j]))
				fill_error(tree, section, "replicas", name,
					   "is given twice");
	}
	if (!option->bad && option->nr_values)
		check_replicas_fit(tree, section);
}

static void check_disk(struct tree *tree, const struct tree_section *section)
{
	const struct config_vm *vm = section->parent->parent->target;
	struct config_disk *disk = section->target;
	bool bad = tree_option(section, "image")->bad ||
		   tree_option(section, "size")->bad;

	if (!bad && !disk->image == !disk->size)
		tree_error(tree, section,
			   "must have one of image and size, and not both");
	if (!bad && !disk->image && disk->mode)
		tree_error(tree, section, "mode is for disks with an image");
	if (disk->image && !disk->mode)
		disk->mode = CONFIG_DISK_COPY;
	if (find_disk(vm, disk->name, disk))
		tree_error(tree, section,
			   "another disk of the VM has this name");
}

static void check_disks(struct tree *tree, const struct config *config,
			const struct tree_section *vm)
{
	const struct tree_section *memory, *disk;

	for (size_t i = 0; (memory = tree_next(vm, "memory", &i));)
		for (size_t j = 0; (disk = tree_next(memory, "disk", &j));) {
			check_disk(tree, disk);
			check_replicas(tree, config, disk);
		}
}

static void check_roots(struct tree *tree, const struct tree_section *section)
{
	const struct tree_section *server;

	for (size_t i = 0; (server = tree_next(section, "fs", &i));) {
		const struct config_fs *fs = server->target;

		if (fs->root && *fs->root != '/' &&
		    !find_disk(section->target, fs->root, NULL))
			fill_error(tree, server, "root", fs->root,
				   "must be a disk of the VM or the path of an "
				   "image");
	}
}

/* Who has a system task is told by the driver what happens to processes. */
static void finish_vm(const struct config *config, struct config_vm *vm)
{
	if (!vm->linger)
		vm->usr.vm_flags |= VM_FLAG_NOLINGER;
	if (vm->redo)
		vm->usr.vm_flags |= VM_FLAG_REDO;
	vm->usr.vm_warn2proc = vm->membership == CONFIG_NONE ?
				       NONE :
				       SYSTASK(config->drvs.d_nodeid);
	strncpy(vm->usr.vm_name, vm->name, sizeof(vm->usr.vm_name) - 1);
}

void check_vms(struct tree *tree, struct config *config)
{
	const struct tree_section *section;

	for (size_t i = 0; (section = tree_next(tree->root, "vm", &i));) {
		struct config_vm *vm = section->target;

		take_sizes(&config->drvs, &vm->usr);
		check_identity(tree, section, config->drvs.d_nr_vms,
			       "less than nr_vms of drvs");
		check_vm_name(tree, section);
		check_vm_sizes(tree, &config->drvs, section);
		check_vm_nodes(tree, config, section);
		check_servers(tree, config, section);
		check_disks(tree, config, section);
		check_roots(tree, section);
		finish_vm(config, vm);
	}
}
