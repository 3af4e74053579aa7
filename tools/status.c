// SPDX-License-Identifier: GPL-2.0-or-later
/* What is, beside what the configuration says */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/molipc.h>

#include "common/link_state.h"
#include "common/memory.h"
#include "commands.h"
#include "compare.h"
#include "out.h"
#include "say.h"
#include "server.h"
#include "systask.h"

static const struct out_column status_columns[] = {
	{ "kind", NULL, "kind", true },
	{ "name", NULL, "name", true },
	{ "number", NULL, "number", false },
	{ "state", NULL, "state", true },
	{ "differences", NULL, "differences", true },
	{ NULL, NULL, "reason", true },
	{ NULL, NULL, "nodes", false },
	{ NULL, NULL, NULL, false },
};

struct status {
	const struct config *config;
	struct out out;
	const char *reason; /* of the state of a link; or empty */
	int nodes; /* in the group of a system task; -1: of no interest */
	bool differs;
};

static void put_state(struct status *status, bool up)
{
	const char *text = up ? "up" : "down";

	out_value(&status->out, json_string(text),
		  status->nodes < 0 ? "%s" : "%s, %d node%s", text,
		  status->nodes, status->nodes == 1 ? "" : "s");
}

/* A row; takes over the differences. */
static void status_put(struct status *status, const char *kind,
		       const char *name, int number, bool up,
		       json_t *differences)
{
	char *text = compare_text(differences);

	status->differs |= *text != '\0';
	out_string(&status->out, kind);
	out_string(&status->out, name);
	out_int(&status->out, number);
	put_state(status, up);
	out_value(&status->out, differences, "%s", *text ? text : "-");
	out_string(&status->out, status->reason);
	out_value(&status->out,
		  status->nodes < 0 ? json_null() : json_integer(status->nodes),
		  "%d", status->nodes);
	free(text);
}

static void put_node(struct status *status, const drvs_usr_t *is)
{
	const struct config *config = status->config;
	bool up = is->d_nodeid != LOCALNODE;
	json_t *list;

	if (up) {
		list = compare_node(config, is);
	} else {
		list = memory_checked(json_array());
		compare_add(list, "not initialised");
	}
	status_put(status, "node", config->local, config->drvs.d_nodeid, up,
		   list);
}

static bool is_connected(const node_usr_t *node)
{
	int both = NODE_SCONNECTED | NODE_RCONNECTED;

	return (node->n_flags & both) == both;
}

static void add_unconnected(json_t *list, int nodeid)
{
	struct link_state state;

	link_state_read(nodeid, &state);
	compare_add(list, "the proxies are not connected%s%s%s%s",
		    *state.name ? ": " : "", state.name, *state.why ? ": " : "",
		    state.why);
}

/* Of a link that is up the reason is why it was not, the last time. */
static void put_known(struct status *status, const char *name, int nodeid,
		      const node_usr_t *is, json_t *list)
{
	struct link_state state = { .name = "" };

	if (is->n_proxies != NO_PROXIES)
		link_state_read(nodeid, &state);
	status->reason = state.why;
	status_put(status, "link", name, nodeid, is_connected(is), list);
	status->reason = "";
}

static void put_link(struct status *status, int nodeid)
{
	const struct config_node *wanted =
		compare_node_of(status->config, nodeid);
	json_t *list = memory_checked(json_array());
	node_usr_t is;

	if (mnx_getnodeinfo(nodeid, &is))
		is = (node_usr_t){ .n_proxies = NO_PROXIES };
	if (!wanted)
		compare_add(list, "not configured");
	else if (is.n_proxies == NO_PROXIES)
		compare_add(list, "no proxies");
	else if (!is_connected(&is))
		add_unconnected(list, nodeid);
	if (wanted || is.n_proxies != NO_PROXIES)
		put_known(status, wanted ? wanted->name : is.n_name, nodeid,
			  &is, list);
	else
		json_decref(list);
}

static void put_links(struct status *status, const drvs_usr_t *node)
{
	for (int n = 0; n < M3IPC_MAX_NODES; n++) {
		if (n == status->config->drvs.d_nodeid)
			continue;
		if (n < node->d_nr_nodes || compare_node_of(status->config, n))
			put_link(status, n);
	}
}

static void compare_nodes(const struct config_vm *vm, uint64_t is, json_t *list)
{
	uint64_t wanted = vm->usr.vm_nodes;

	for (int n = 0; n < M3IPC_MAX_NODES; n++)
		if ((is ^ wanted) >> n & 1)
			compare_add(list,
				    wanted >> n & 1 ? "does not span node %d" :
						      "spans node %d",
				    n);
}

/* What its group says, if it can be asked */
static void compare_group(struct status *status, const struct config_vm *vm,
			  json_t *list)
{
	uint64_t running, absent;
	char *nodes;

	if (!systask_ask(vm->usr.vm_vmid, &running))
		return;
	status->nodes = __builtin_popcountll(running);
	absent = vm->usr.vm_nodes & ~running;
	nodes = out_ranges(&absent, 1);
	if (absent)
		compare_add(list, "without node %s", nodes);
	free(nodes);
}

static void put_systask(struct status *status, const struct config_vm *vm)
{
	const int nodeid = status->config->drvs.d_nodeid;
	json_t *list = memory_checked(json_array());
	bool there = !systask_is_missing(vm->usr.vm_vmid, nodeid);

	if (there)
		compare_group(status, vm, list);
	else
		compare_add(list, "not running");
	status_put(status, "systask", vm->name, SYSTASK(nodeid), there, list);
	status->nodes = -1;
}

/* A server is known by its slot alone. */
static void put_server(struct status *status, const struct config_vm *vm,
		       const char *node, const char *kind, int slot)
{
	json_t *list;
	char name[64];
	proc_usr_t proc;
	bool bound;

	if (strcmp(node, status->config->local))
		return;
	bound = !mnx_getprocinfo(vm->usr.vm_vmid, slot, &proc) &&
		!(proc.p_rts_flags & (SLOT_FREE | REMOTE));
	list = memory_checked(json_array());
	if (!bound)
		compare_add(list, "no process has its slot");
	snprintf(name, sizeof(name), "%s/%s", vm->name, kind);
	status_put(status, "server", name, slot, bound, list);
}

static void put_servers(struct status *status, const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->nr_memories; i++)
		put_server(status, vm, vm->memories[i].node, "memory",
			   MEM_PROC_NR);
	for (size_t i = 0; i < vm->nr_fss; i++)
		put_server(status, vm, vm->fss[i].node, "fs", FS_PROC_NR);
	for (size_t i = 0; i < vm->nr_pms; i++)
		put_server(status, vm, vm->pms[i].node, "pm", PM_PROC_NR);
	for (size_t i = 0; i < vm->nr_iss; i++)
		put_server(status, vm, vm->iss[i].node, "is", IS_PROC_NR);
	if (init_is_wanted(status->config, vm))
		put_server(status, vm, status->config->local, "init",
			   INIT_PROC_NR + status->config->drvs.d_nodeid);
}

static void put_wanted_vm(struct status *status, const struct config_vm *vm)
{
	VM_usr_t is;
	bool runs = !mnx_getvminfo(vm->usr.vm_vmid, &is);
	json_t *list;

	if (runs) {
		list = compare_vm(vm, &is);
		compare_nodes(vm, is.vm_nodes, list);
	} else {
		list = memory_checked(json_array());
		compare_add(list, "not running");
	}
	status_put(status, "vm", vm->name, vm->usr.vm_vmid, runs, list);
	if (runs && systask_is_wanted(vm))
		put_systask(status, vm);
	put_servers(status, vm);
}

static void put_vm(struct status *status, int vmid)
{
	const struct config_vm *vm = compare_vm_of(status->config, vmid);
	json_t *list;
	VM_usr_t is;

	if (vm && compare_is_here(status->config, vm)) {
		put_wanted_vm(status, vm);
	} else if (!mnx_getvminfo(vmid, &is)) {
		list = memory_checked(json_array());
		compare_add(list, "not configured for this node");
		status_put(status, "vm", is.vm_name, vmid, true, list);
	}
}

int cmd_status(const struct args *args)
{
	struct config *config = compare_config(args);
	struct status status = { .config = config, .reason = "", .nodes = -1 };
	drvs_usr_t node;
	int rc;

	if (!config)
		return EXIT_FAILURE;
	rc = mnx_getdrvsinfo(&node);
	if (rc) {
		config_free(config);
		return say_fail(args, rc, "%s", "");
	}
	out_start(&status.out, OUT_TABLE, args->json, status_columns);
	put_node(&status, &node);
	put_links(&status, &node);
	for (int vmid = 0; vmid < M3IPC_MAX_VMS; vmid++)
		put_vm(&status, vmid);
	out_end(&status.out);
	config_free(config);
	return status.differs ? EXIT_FAILURE : EXIT_SUCCESS;
}
