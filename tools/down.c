// SPDX-License-Identifier: GPL-2.0-or-later
/* "down": VMs with their system tasks, then the node with its links */
#include <string.h>
#include <unistd.h>

#include <molipc/molipc.h>

#include "commands.h"
#include "links.h"
#include "say.h"
#include "server.h"
#include "systask.h"
#include "work.h"

static int end_vm(struct work *work, int vmid, const char *name)
{
	const int systask = systask_watch(vmid, work->config->drvs.d_nodeid);
	const int memory = memory_watch(vmid);
	int rc = mnx_vm_end(vmid);

	if (rc) {
		if (systask >= 0)
			close(systask);
		if (memory >= 0)
			close(memory);
		return say_fail(work->args, rc, "%s", name);
	}
	work_did(work, "vm", name, "ended");
	systask_wait(work->args, systask, name);
	memory_wait(work->args, memory, name);
	return 0;
}

/* Who uses what the VM's other servers have, jobs first */
static void end_users(const struct work *work, int vmid, const char *name)
{
	init_stop(work->args, vmid, work->config->drvs.d_nodeid, name);
	fs_stop(work->args, vmid, name);
}

static void end_jobs(const struct work *work)
{
	VM_usr_t is;

	for (int vmid = 0; vmid < M3IPC_MAX_VMS; vmid++)
		if (!mnx_getvminfo(vmid, &is))
			end_users(work, vmid, is.vm_name);
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
	end_users(work, vm->usr.vm_vmid, vm->name);
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
		if (work_has_links(work))
			links_stopped(work->args);
		return 0;
	}
	if (is.d_nodeid != wanted->d_nodeid)
		return say_error(work->args, "%s: id is %d, not %d",
				 work->config->local, is.d_nodeid,
				 wanted->d_nodeid);
	if (work->only)
		return end_only(work);
	end_jobs(work);
	if (work_has_links(work))
		links_stop(work->args, work->config);
	rc = end_vms(work);
	if (!rc)
		rc = end_node(work);
	if (!rc && work_has_links(work))
		links_stopped(work->args);
	return rc;
}

int cmd_down(const struct args *args)
{
	return work_run(args, lower_all);
}
