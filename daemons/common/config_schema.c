// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "config.h"
#include "config_schema.h"

#define STRING(text)    #text
#define DECIMAL(number) STRING(number)

/* What a row of options begins with; its member is one of OF. */
#define OPTION(is, called, member, default)                                  \
	.name = called, .type = OPTION_##is, .offset = offsetof(OF, member), \
	.preset = default

#define RANGE(least, most) .min = least, .max = most
#define ANY_NUMBER         RANGE(INT32_MIN, INT32_MAX)

static const char *const modes[] = { "", "read-only", "copy", "sync", NULL };
static const char *const memberships[] = { "single", "corosync", "none", NULL };

#define OF struct config_disk
static const struct option_rule disk_options[] = {
	{ OPTION(PATH, "image", image, NULL) },
	{ OPTION(SIZE, "size", size, NULL), RANGE(512, 1LL << 40) },
	{ OPTION(WORD, "mode", mode, NULL), .words = modes },
	{ OPTION(NAMES, "replicas", replicas, NULL) },
	{ .name = NULL },
};
#undef OF

static const struct section_rule disk_section = {
	.name = "disk",
	.titled = true,
	.size = sizeof(struct config_disk),
	.offset = offsetof(struct config_memory, disks),
	.count = offsetof(struct config_memory, nr_disks),
	.options = disk_options,
};

#define OF struct config_memory
static const struct option_rule memory_options[] = {
	{ OPTION(NAME, "node", node, NULL), .required = true },
	{ .name = NULL },
};
#undef OF

static const struct section_rule *const memory_sections[] = { &disk_section,
							      NULL };

static const struct section_rule memory_section = {
	.name = "memory",
	.size = sizeof(struct config_memory),
	.offset = offsetof(struct config_vm, memories),
	.count = offsetof(struct config_vm, nr_memories),
	.options = memory_options,
	.sections = memory_sections,
};

#define OF struct config_fs
static const struct option_rule fs_options[] = {
	{ OPTION(NAME, "node", node, NULL), .required = true },
	{ OPTION(NAMES, "backup", backup, NULL) },
	{ OPTION(TEXT, "root", root, NULL) },
	{ OPTION(SIZE, "cache", cache, "16M"), RANGE(1 << 20, 1LL << 32) },
	{ .name = NULL },
};
#undef OF

static const struct section_rule fs_section = {
	.name = "fs",
	.size = sizeof(struct config_fs),
	.offset = offsetof(struct config_vm, fss),
	.count = offsetof(struct config_vm, nr_fss),
	.options = fs_options,
};

#define OF struct config_pm
static const struct option_rule pm_options[] = {
	{ OPTION(NAME, "node", node, NULL), .required = true },
	{ OPTION(NAMES, "backup", backup, NULL) },
	{ .name = NULL },
};
#undef OF

static const struct section_rule pm_section = {
	.name = "pm",
	.size = sizeof(struct config_pm),
	.offset = offsetof(struct config_vm, pms),
	.count = offsetof(struct config_vm, nr_pms),
	.options = pm_options,
};

static const char *const rexecs[] = { "none", "users", "all", NULL };

#define OF struct config_init
static const struct option_rule init_options[] = {
	{ OPTION(NAME, "node", node, NULL), .required = true },
	{ OPTION(TEXTS, "run", run, NULL) },
	{ OPTION(TEXTS, "respawn", respawn, NULL) },
	{ OPTION(TEXT, "user", user, "nobody") },
	{ OPTION(WORD, "rexec", rexec, "none"), .words = rexecs },
	{ .name = NULL },
};
#undef OF

static const struct section_rule init_section = {
	.name = "init",
	.size = sizeof(struct config_init),
	.offset = offsetof(struct config_vm, inits),
	.count = offsetof(struct config_vm, nr_inits),
	.options = init_options,
};

#define OF struct config_is
static const struct option_rule is_options[] = {
	{ OPTION(NAME, "node", node, NULL), .required = true },
	{ .name = NULL },
};
#undef OF

static const struct section_rule is_section = {
	.name = "is",
	.size = sizeof(struct config_is),
	.offset = offsetof(struct config_vm, iss),
	.count = offsetof(struct config_vm, nr_iss),
	.options = is_options,
};

/*
 * What else depends on other options, such as the most that a VM may have, is
 * checked in config_node.c and config_vm.c.
 */
#define OF struct config_vm
static const struct option_rule vm_options[] = {
	{ OPTION(NUMBER, "id", usr.vm_vmid, NULL), ANY_NUMBER,
	  .required = true },
	{ OPTION(NAMES, "nodes", nodes, NULL) },
	{ OPTION(NUMBER, "nr_procs", usr.vm_nr_procs, NULL),
	  RANGE(1, M3IPC_MAX_SLOTS) },
	{ OPTION(NUMBER, "nr_tasks", usr.vm_nr_tasks, NULL),
	  RANGE(2, NR_TASKS) },
	{ OPTION(NUMBER, "nr_sysprocs", usr.vm_nr_sysprocs, NULL),
	  RANGE(3, M3IPC_MAX_SLOTS) },
	{ OPTION(NUMBER, "nr_nodes", usr.vm_nr_nodes, NULL),
	  RANGE(1, M3IPC_MAX_NODES) },
	{ OPTION(CPUS, "cpumask", usr.vm_cpumask, NULL) },
	{ OPTION(BOOL, "linger", linger, "true") },
	{ OPTION(SIZE, "memory_max", memory_max, NULL),
	  RANGE(1 << 20, 1LL << 50) },
	{ OPTION(NUMBER, "cpu_max", cpu_max, NULL), RANGE(1, 102400) },
	{ OPTION(WORD, "membership", membership, "single"),
	  .words = memberships },
	{ OPTION(BOOL, "redo", redo, "false") },
	{ .name = NULL },
};
#undef OF

static const struct section_rule *const vm_sections[] = {
	&memory_section, &fs_section, &pm_section,
	&init_section,   &is_section, NULL,
};

static const struct section_rule vm_section = {
	.name = "vm",
	.titled = true,
	.size = sizeof(struct config_vm),
	.offset = offsetof(struct config, vms),
	.count = offsetof(struct config, nr_vms),
	.options = vm_options,
	.sections = vm_sections,
};

#define OF struct config_node
static const struct option_rule node_options[] = {
	{ OPTION(NUMBER, "id", id, NULL), ANY_NUMBER, .required = true },
	{ OPTION(ADDRESS, "address", address, NULL) },
	{ OPTION(NUMBER, "port", port, NULL), RANGE(1, UINT16_MAX) },
	{ OPTION(KEY, "public_key", public_key, NULL) },
	{ .name = NULL },
};
#undef OF

static const struct section_rule node_section = {
	.name = "node",
	.titled = true,
	.size = sizeof(struct config_node),
	.offset = offsetof(struct config, nodes),
	.count = offsetof(struct config, nr_nodes),
	.options = node_options,
};

#define OF struct config_proxy
static const struct option_rule proxy_options[] = {
	{ OPTION(NUMBER, "port", port, "3000"), RANGE(1, UINT16_MAX) },
	{ OPTION(PATH, "secret_key", secret_key, CONFIG_SECRET_KEY) },
	{ OPTION(NUMBER, "link_timeout", link_timeout, "5000"),
	  RANGE(100, 3600000) },
	{ OPTION(NUMBER, "heartbeat", heartbeat, NULL), RANGE(10, 3600000) },
	{ OPTION(NUMBER, "high_water", high_water, "1000"), RANGE(1, 1000000) },
	{ OPTION(BOOL, "insecure", insecure, "false") },
	{ OPTION(BYTES, "maxbytes", maxbytes, NULL), RANGE(4096, 16 << 20) },
	{ OPTION(NUMBER, "batch", batch, "64"), RANGE(1, 1024) },
	{ .name = NULL },
};
#undef OF

static const struct section_rule proxy_section = {
	.name = "proxy",
	.only = true,
	.size = sizeof(struct config_proxy),
	.offset = offsetof(struct config, proxy),
	.options = proxy_options,
};

#define OF drvs_usr_t
static const struct option_rule drvs_options[] = {
	{ OPTION(NUMBER, "nr_vms", d_nr_vms, DECIMAL(NR_VMS)),
	  RANGE(1, M3IPC_MAX_VMS) },
	{ OPTION(NUMBER, "nr_nodes", d_nr_nodes, DECIMAL(NR_NODES)),
	  RANGE(1, M3IPC_MAX_NODES) },
	{ OPTION(NUMBER, "nr_procs", d_nr_procs, DECIMAL(NR_PROCS)),
	  RANGE(1, M3IPC_MAX_SLOTS) },
	{ OPTION(NUMBER, "nr_tasks", d_nr_tasks, DECIMAL(NR_TASKS)),
	  RANGE(2, NR_TASKS) },
	{ OPTION(NUMBER, "nr_sysprocs", d_nr_sysprocs, DECIMAL(NR_SYS_PROCS)),
	  RANGE(3, M3IPC_MAX_SLOTS) },
	{ OPTION(BYTES, "max_copybuf", d_max_copybuf, "64K"),
	  RANGE(4096, 1 << 20) },
	{ OPTION(BYTES, "max_copylen", d_max_copylen, "16M"),
	  RANGE(1, 1 << 30) },
	{ .name = NULL },
};
#undef OF

static const struct section_rule drvs_section = {
	.name = "drvs",
	.only = true,
	.size = sizeof(drvs_usr_t),
	.offset = offsetof(struct config, drvs),
	.options = drvs_options,
};

#define OF struct config
static const struct option_rule root_options[] = {
	{ OPTION(TEXT, "cluster", cluster, "m3ipc") },
	{ OPTION(NAME, "local", local, NULL) },
	{ .name = NULL },
};
#undef OF

static const struct section_rule *const root_sections[] = {
	&drvs_section, &proxy_section, &node_section, &vm_section, NULL,
};

const struct section_rule schema_root = {
	.name = "root",
	.only = true,
	.size = sizeof(struct config),
	.options = root_options,
	.sections = root_sections,
};

static const struct section_rule *find_section(const struct section_rule *rule,
					       const char *name)
{
	const struct section_rule *found = NULL;

	if (!strcmp(rule->name, name))
		return rule;
	for (size_t i = 0; !found && rule->sections && rule->sections[i]; i++)
		found = find_section(rule->sections[i], name);
	return found;
}

const struct section_rule *schema_section(const char *name)
{
	return find_section(&schema_root, name);
}

bool schema_allows(const struct section_rule *parent,
		   const struct section_rule *child)
{
	for (size_t i = 0; parent->sections && parent->sections[i]; i++)
		if (parent->sections[i] == child)
			return true;
	return false;
}

bool schema_is_list(const struct option_rule *rule)
{
	return rule->type == OPTION_NAMES || rule->type == OPTION_TEXTS;
}
