// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "up": first what cannot change any more is compared with the configuration,
 * then the changes are made.
 */
#include <string.h>

#include <molipc/molipc.h>

#include "commands.h"
#include "compare.h"
#include "corosync.h"
#include "links.h"
#include "say.h"
#include "server.h"
#include "slice.h"
#include "systask.h"
#include "work.h"

static bool is_wanted(const struct work *work, const struct config_vm *vm)
{
	return work->only ? vm == work->only :
			    compare_is_here(work->config, vm);
}

/* Reports differences that cannot change now, and takes them over. */
static int work_refuse(const struct work *work, const char *name, json_t *list)
{
	int rc = 0;

	for (size_t i = 0; i < json_array_size(list); i++)
		rc = say_error(work->args, "%s: %s: this cannot change now",
			       name,
			       json_string_value(json_array_get(list, i)));
	json_decref(list);
	return rc;
}

/* Says whether the node is up; it is an error if it is another node then. */
static int work_check_node(const struct work *work, bool *up)
{
	drvs_usr_t is;
	int rc = mnx_getdrvsinfo(&is);

	if (rc)
		return say_fail(work->args, rc, "%s", "");
	*up = is.d_nodeid != LOCALNODE;
	if (!*up)
		return 0;
	return work_refuse(work, work->config->local,
			   compare_node(work->config, &is));
}

static int work_check_vm(const struct work *work, const struct config_vm *vm)
{
	VM_usr_t is;
	int rc = mnx_getvminfo(vm->usr.vm_vmid, &is);

	if (rc == EMOLVMNOTRUN)
		return 0;
	if (rc)
		return say_fail(work->args, rc, "%s", vm->name);
	return work_refuse(work, vm->name, compare_vm(vm, &is));
}

/* Where nothing but the node and its VMs is wanted nobody else is asked. */
static bool has_to_do_with_corosync(const struct work *work)
{
	const struct config *config = work->config;

	if (work->args->no_links || work->args->systasks)
		return false;
	for (size_t i = 0; i < config->nr_vms; i++)
		if (config->vms[i].membership == CONFIG_COROSYNC &&
		    is_wanted(work, &config->vms[i]))
			return true;
	return false;
}

static int work_check(const struct work *work, bool *up)
{
	int status = work_check_node(work, up);

	if (has_to_do_with_corosync(work))
		status |= corosync_check(work->args, work->config);

	for (size_t i = 0; *up && i < work->config->nr_vms; i++)
		if (is_wanted(work, &work->config->vms[i]))
			status |= work_check_vm(work, &work->config->vms[i]);
	return status;
}

static int start_node(struct work *work)
{
	const struct config *config = work->config;
	int rc = mnx_drvs_init(config->drvs.d_nodeid, &config->drvs);

	if (rc)
		return say_fail_with(work->args, rc,
				     &(struct explain){ EXPLAIN_NODE,
							config->drvs.d_nodeid,
							NULL },
				     "%s", config->local);
	work_did(work, "node", config->local, "is node %d now",
		 config->drvs.d_nodeid);
	return 0;
}

static int start_vm(struct work *work, const struct config_vm *vm)
{
	int rc = mnx_vm_init(&vm->usr);

	if (rc)
		return say_fail_with(work->args, rc,
				     &(struct explain){ EXPLAIN_NEW_VM,
							vm->usr.vm_vmid,
							&vm->usr },
				     "%s", vm->name);
	work_did(work, "vm", vm->name, "runs as VM %d", vm->usr.vm_vmid);
	return 0;
}

static int change_node(struct work *work, const struct config_vm *vm,
		       int nodeid, int (*change)(int vmid, int nodeid),
		       const char *what)
{
	int rc = change(vm->usr.vm_vmid, nodeid);

	if (rc)
		return say_fail_with(work->args, rc,
				     &(struct explain){ EXPLAIN_NODE, nodeid,
							NULL },
				     "%s: node %d", vm->name, nodeid);
	work_did(work, "vm", vm->name, "%s node %d", what, nodeid);
	return 0;
}

/* First those that are too many, as the number of nodes has a limit */
static int change_nodes(struct work *work, const struct config_vm *vm,
			uint64_t is)
{
	uint64_t wanted = vm->usr.vm_nodes;
	int rc = 0;

	for (int n = 0; !rc && n < M3IPC_MAX_NODES; n++)
		if ((is & ~wanted) >> n & 1)
			rc = change_node(work, vm, n, mnx_del_node,
					 "no longer spans");
	for (int n = 0; !rc && n < M3IPC_MAX_NODES; n++)
		if ((wanted & ~is) >> n & 1)
			rc = change_node(work, vm, n, mnx_add_node, "spans");
	return rc;
}

static int raise_vm(struct work *work, const struct config_vm *vm)
{
	VM_usr_t is;
	int rc = mnx_getvminfo(vm->usr.vm_vmid, &is);

	if (slice_limit(work->args, vm))
		return EXIT_FAILURE;
	if (rc == EMOLVMNOTRUN)
		return start_vm(work, vm);
	if (rc)
		return say_fail(work->args, rc, "%s", vm->name);
	return change_nodes(work, vm, is.vm_nodes);
}

static void work_did_corosync(void *arg, const char *change)
{
	work_did(arg, "corosync", ((struct work *)arg)->config->cluster, "%s",
		 change);
}

static int raise_corosync(struct work *work)
{
	return corosync_raise(work->args, work->config, work_did_corosync,
			      work);
}

static int raise_links(struct work *work)
{
	const struct config_node *node = NULL;
	bool missing[M3IPC_MAX_NODES] = { false };
	int rc;

	while ((node = config_next_peer(work->config, node)))
		missing[node->id] = links_is_missing(node->id);
	rc = links_start(work->args, work->config);
	while ((node = config_next_peer(work->config, node)))
		if (missing[node->id] && !links_is_missing(node->id))
			work_did(work, "link", node->name, "has proxies");
	return rc;
}

/* One that has that slot, if nobody has it */
static int raise_server(struct work *work, const struct config_vm *vm,
			const char *kind, int p_nr,
			int (*start)(const struct args *args,
				     const struct config_vm *vm))
{
	const int vmid = vm->usr.vm_vmid;
	VM_usr_t is;
	int rc;

	if (mnx_getvminfo(vmid, &is) || !server_is_missing(vmid, p_nr))
		return 0;
	rc = start(work->args, vm);
	if (!rc)
		work_did(work, kind, vm->name, "%s",
			 server_is_missing(vmid, p_nr) ? "is to start" :
							 "started");
	return rc;
}

/*
 * The corosync of those that need it has to run before.  The other servers
 * ask the system task, which comes first; INIT, whose jobs may ask all, is the
 * last.
 */
static int raise_servers(struct work *work, const struct config_vm *vm)
{
	const int nodeid = work->config->drvs.d_nodeid;
	int rc = 0;

	if (systask_is_wanted(vm))
		rc = raise_server(work, vm, "systask", SYSTASK(nodeid),
				  systask_start);
	if (!rc && pm_is_wanted(work->config, vm))
		rc = raise_server(work, vm, "pm", PM_PROC_NR, pm_start);
	if (!rc && memory_is_wanted(work->config, vm))
		rc = raise_server(work, vm, "memory", MEM_PROC_NR,
				  memory_start);
	if (!rc && fs_is_wanted(work->config, vm))
		rc = raise_server(work, vm, "fs", FS_PROC_NR, fs_start);
	if (!rc && infos_is_wanted(work->config, vm))
		rc = raise_server(work, vm, "is", IS_PROC_NR, infos_start);
	if (!rc && init_is_wanted(work->config, vm))
		rc = raise_server(work, vm, "init", INIT_PROC_NR + nodeid,
				  init_start);
	return rc;
}

static int raise_systasks(struct work *work, bool with_corosync)
{
	const struct config *config = work->config;
	int rc = 0;

	for (size_t i = 0; !work->args->no_links && i < config->nr_vms; i++)
		if (is_wanted(work, &config->vms[i]) &&
		    (with_corosync ||
		     config->vms[i].membership != CONFIG_COROSYNC))
			rc |= raise_servers(work, &config->vms[i]);
	return rc;
}

static int raise_node(struct work *work, bool is_up)
{
	int rc = is_up ? 0 : start_node(work);

	for (size_t i = 0; !rc && i < work->config->nr_vms; i++)
		if (is_wanted(work, &work->config->vms[i]))
			rc = raise_vm(work, &work->config->vms[i]);
	return rc;
}

static int raise_all(struct work *work)
{
	bool is_up = false;
	int rc = work_check(work, &is_up);

	if (!rc && !work->args->systasks)
		rc = raise_node(work, is_up);
	if (rc)
		return rc;
	if (has_to_do_with_corosync(work))
		rc = raise_corosync(work);
	rc |= raise_systasks(work, !rc);
	return work_has_links(work) ? raise_links(work) | rc : rc;
}

int cmd_up(const struct args *args)
{
	return work_run(args, raise_all);
}
