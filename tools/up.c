// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "up" and "down": they first compare what cannot change any more with the
 * configuration, then make the changes, and report each.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/molipc.h>

#include "common/memory.h"
#include "common/util.h"
#include "commands.h"
#include "compare.h"
#include "corosync.h"
#include "links.h"
#include "out.h"
#include "say.h"

struct work {
	const struct args *args;
	const struct config *config;
	const struct config_vm *only; /* NULL: all VMs of this node */
	json_t *changes; /* objects; with --json printed at the end */
};

static void work_did(struct work *work, const char *kind, const char *name,
		     const char *format, ...) PRINTF_LIKE(4, 5);

static void work_did(struct work *work, const char *kind, const char *name,
		     const char *format, ...)
{
	char change[64];
	va_list ap;

	va_start(ap, format);
	vsnprintf(change, sizeof(change), format, ap);
	va_end(ap);
	if (!work->args->json)
		printf("%s %s: %s\n", kind, name, change);
	json_array_append_new(work->changes,
			      memory_checked(json_pack("{s:s, s:o, s:s}",
						       "kind", kind, "name",
						       out_json_string(name),
						       "change", change)));
}

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

	for (size_t i = 0; !work->args->no_links && i < config->nr_vms; i++)
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

/* The links are of the node as a whole. */
static bool has_to_do_with_links(const struct work *work)
{
	return !work->only && !work->args->no_links;
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

static int raise_all(struct work *work)
{
	bool is_up = false;
	int rc = work_check(work, &is_up);

	if (!rc && !is_up)
		rc = start_node(work);
	for (size_t i = 0; !rc && i < work->config->nr_vms; i++)
		if (is_wanted(work, &work->config->vms[i]))
			rc = raise_vm(work, &work->config->vms[i]);
	if (rc)
		return rc;
	if (has_to_do_with_corosync(work))
		rc = raise_corosync(work);
	return has_to_do_with_links(work) ? raise_links(work) | rc : rc;
}

static int end_vm(struct work *work, int vmid, const char *name)
{
	int rc = mnx_vm_end(vmid);

	if (rc)
		return say_fail(work->args, rc, "%s", name);
	work_did(work, "vm", name, "ended");
	return 0;
}

/* Those that are not configured would go with the node: say so. */
static int end_vms(struct work *work)
{
	drvs_usr_t node;
	VM_usr_t is;
	int rc = mnx_getdrvsinfo(&node);

	if (rc)
		return say_fail(work->args, rc, "%s", "");
	for (int vmid = 0; !rc && vmid < node.d_nr_vms; vmid++)
		if (!mnx_getvminfo(vmid, &is))
			rc = end_vm(work, vmid, is.vm_name);
	return rc;
}

static int end_node(struct work *work)
{
	int rc = mnx_drvs_end();

	if (rc)
		return say_fail(work->args, rc, "%s", work->config->local);
	work_did(work, "node", work->config->local, "ended");
	return 0;
}

static int end_only(struct work *work)
{
	const struct config_vm *vm = work->only;
	VM_usr_t is;
	int rc = mnx_getvminfo(vm->usr.vm_vmid, &is);

	if (rc == EMOLVMNOTRUN)
		return 0;
	if (rc)
		return say_fail(work->args, rc, "%s", vm->name);
	if (strncmp(is.vm_name, vm->name, sizeof(is.vm_name)))
		return say_error(work->args, "%s: VM %d is %s", vm->name,
				 vm->usr.vm_vmid, is.vm_name);
	return end_vm(work, vm->usr.vm_vmid, vm->name);
}

static int lower_all(struct work *work)
{
	const drvs_usr_t *wanted = &work->config->drvs;
	drvs_usr_t is;
	int rc = mnx_getdrvsinfo(&is);

	if (rc)
		return say_fail(work->args, rc, "%s", "");
	if (is.d_nodeid == LOCALNODE) {
		if (has_to_do_with_links(work))
			links_stopped(work->args);
		return 0;
	}
	if (is.d_nodeid != wanted->d_nodeid)
		return say_error(work->args, "%s: id is %d, not %d",
				 work->config->local, is.d_nodeid,
				 wanted->d_nodeid);
	if (work->only)
		return end_only(work);
	if (has_to_do_with_links(work))
		links_stop(work->args, work->config);
	rc = end_vms(work);
	if (!rc)
		rc = end_node(work);
	if (!rc && has_to_do_with_links(work))
		links_stopped(work->args);
	return rc;
}

/* The VM that is named, which must be on this node */
static int work_choose_vm(struct work *work)
{
	const struct config *config = work->config;
	const char *name = work->args->operand[0];
	int vmid;

	if (args_vm_is_number(name, &vmid))
		work->only = compare_vm_of(config, vmid);
	for (size_t i = 0; !work->only && i < config->nr_vms; i++)
		if (!strcmp(config->vms[i].name, name))
			work->only = &config->vms[i];
	if (!work->only)
		return say_error(work->args, "%s: no VM of the configuration",
				 name);
	if (!compare_is_here(config, work->only))
		return say_error(work->args,
				 "%s: this node, %s, has no part in "
				 "this VM",
				 name, config->local);
	return 0;
}

static int work_run(const struct args *args, int (*all)(struct work *work))
{
	struct config *config = compare_config(args);
	struct work work = { .args = args, .config = config };
	int rc = 0;

	if (!config)
		return EXIT_FAILURE;
	if (args->nr_operands)
		rc = work_choose_vm(&work);
	if (!rc) {
		work.changes = memory_checked(json_array());
		rc = all(&work);
		if (!rc && !args->json && !json_array_size(work.changes))
			puts("nothing to do");
		if (args->json)
			out_json(json_incref(work.changes));
		json_decref(work.changes);
	}
	config_free(config);
	return rc;
}

int cmd_up(const struct args *args)
{
	return work_run(args, raise_all);
}

int cmd_down(const struct args *args)
{
	return work_run(args, lower_all);
}
