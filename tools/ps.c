// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "ps": the processes of VMs as a Unix shows them: pids and families are the
 * process manager's, names the system tasks'.
 */
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "all.h"
#include "commands.h"
#include "find.h"
#include "out.h"
#include "pm.h"
#include "say.h"

static const struct out_column ps_columns[] = {
	{ "VM", NULL, "vmid", false },
	{ "PID", NULL, "pid", false },
	{ "PPID", NULL, "ppid", false },
	{ "PGID", NULL, "pgid", false },
	{ "SID", NULL, "sid", false },
	{ "USER", NULL, "uid", true },
	{ "NODE", NULL, "nodeid", false },
	{ "ENDPOINT", NULL, "endpoint", false },
	{ "STATE", NULL, "state", true },
	{ "NAME", NULL, "name", true },
	{ NULL, NULL, NULL, false },
};

/* The processes of a VM, and what they are bound as */
struct view {
	struct out *out;
	int vmid;
	pm_process_t *procs;
	size_t nr;
	struct table bound;
	bool *shown;
};

static const char *state_name(int state)
{
	switch (state) {
	case PM_STOPPED:
		return "stopped";
	case PM_ZOMBIE:
		return "zombie";
	default:
		return "live";
	}
}

/* Of a zombie nobody is bound any more, or another one is. */
static const proc_usr_t *bound_of(const struct view *view,
				  const pm_process_t *p)
{
	return p->state == PM_ZOMBIE ? NULL :
				       table_find(&view->bound, p->endpoint);
}

/* Behind its parent's, if it is drawn as a tree */
static void put_name(struct out *out, const proc_usr_t *bound, int depth)
{
	const char *branch = depth ? "\\_ " : "";
	const int indent = depth > 1 ? 4 * (depth - 1) : 0;

	if (bound)
		out_value(out, out_json_string(bound->p_name), "%*s%s%s",
			  indent, "", branch, bound->p_name);
	else
		out_value(out, json_null(), "%*s%s-", indent, "", branch);
}

static void put_process(struct view *view, size_t i, int depth)
{
	const pm_process_t *p = &view->procs[i];
	const proc_usr_t *bound = bound_of(view, p);
	struct out *out = view->out;

	out_int(out, view->vmid);
	out_int(out, p->pid);
	out_int(out, p->parent);
	out_int(out, p->group);
	out_int(out, p->session);
	out_user(out, bound ? bound->p_uid : p->uid);
	out_int(out, p->node);
	out_endpoint(out, p->endpoint);
	out_string(out, state_name(p->state));
	put_name(out, bound, depth);
	view->shown[i] = true;
}

static bool has_parent(const struct view *view, const pm_process_t *p)
{
	for (size_t i = 0; i < view->nr; i++)
		if (view->procs[i].pid == p->parent && &view->procs[i] != p)
			return true;
	return false;
}

static void put_family(struct view *view, size_t i, int depth)
{
	put_process(view, i, depth);
	for (size_t c = 0; c < view->nr; c++)
		if (!view->shown[c] &&
		    view->procs[c].parent == view->procs[i].pid)
			put_family(view, c, depth + 1);
}

/* As the table was not read at one moment, a circle may be in it. */
static void put_tree(struct view *view)
{
	for (size_t i = 0; i < view->nr; i++)
		if (!has_parent(view, &view->procs[i]))
			put_family(view, i, 0);
	for (size_t i = 0; i < view->nr; i++)
		if (!view->shown[i])
			put_family(view, i, 0);
}

static void put_view(struct view *view, bool as_tree)
{
	view->shown = memory_checked(calloc(view->nr + 1, sizeof(bool)));
	if (as_tree)
		put_tree(view);
	for (size_t i = 0; i < view->nr; i++)
		if (!view->shown[i])
			put_process(view, i, 0);
	free(view->shown);
}

static int put_vm(struct out *out, const struct args *args, const VM_usr_t *vm)
{
	struct view view = { .out = out, .vmid = vm->vm_vmid };
	struct all all;
	int rc = all_bind(&all, args, vm);

	if (rc)
		return rc;
	rc = pm_read(&view.procs, &view.nr);
	if (rc)
		rc = say_fail(args, rc, "%s: the process manager", vm->vm_name);
	for (int n = all_next(&all, -1); !rc && n >= 0; n = all_next(&all, n))
		all_add_procs(&all, n, &view.bound);
	mnx_unbind(vm->vm_vmid, SELF);
	put_view(&view, args->tree);
	table_free(&view.bound);
	free(view.procs);
	return rc ? rc : all_end(&all);
}

/* Nobody is a Unix process there: those that are bound, as "proc list" */
static int without_pm(const struct args *args, const VM_usr_t *vm)
{
	if (!args->tree)
		return cmd_proc_list(args);
	if (vm)
		return pm_missing(args, vm);
	return say_error(args, "no VM has a process manager");
}

/* The VMs of this node that have one; returns how many */
static int find_vms(const drvs_usr_t *node, VM_usr_t *vms)
{
	int nr = 0;

	for (int vmid = 0; vmid < node->d_nr_vms; vmid++)
		if (!mnx_getvminfo(vmid, &vms[nr]) && pm_is_there(&vms[nr]))
			nr++;
	return nr;
}

int cmd_ps(const struct args *args)
{
	static VM_usr_t vms[M3IPC_MAX_VMS];
	const bool one = args->nr_operands;
	drvs_usr_t node;
	struct out out;
	int nr, rc;

	if (args->all && !one)
		return cmd_proc_list(args);
	rc = one ? find_vm(args, vms) : find_node(args, &node);
	if (rc)
		return rc;
	nr = one ? pm_is_there(vms) : find_vms(&node, vms);
	if (!nr)
		return without_pm(args, one ? vms : NULL);
	out_start(&out, OUT_TABLE, args->json, ps_columns);
	for (int i = 0; i < nr; i++)
		rc |= put_vm(&out, args, &vms[i]);
	out_end(&out);
	return rc;
}
