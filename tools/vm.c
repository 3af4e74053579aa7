// SPDX-License-Identifier: GPL-2.0-or-later
/* "vm ...": VMs, started, ended and shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/molipc.h>

#include "commands.h"
#include "find.h"
#include "out.h"
#include "say.h"

static const struct out_column vm_columns[] = {
	{ "VM", "VM", "vmid", false },
	{ "procs", "Procs", "nr_procs", false },
	{ "tasks", "Tasks", "nr_tasks", false },
	{ "sysprocs", "Sysprocs", "nr_sysprocs", false },
	{ NULL, "Max. nodes", "nr_nodes", false },
	{ "nodes", "Nodes", "nodes", true },
	{ "name", "Name", "name", true },
	{ NULL, "Flags", "flags", false },
	{ NULL, "CPUs", "cpumask", true },
	{ NULL, "Warn", "warn2proc", false },
	{ NULL, "Warn type", "warnmsg", false },
	{ NULL, NULL, NULL, false },
};

static void vm_put(struct out *out, const VM_usr_t *vm)
{
	out_int(out, vm->vm_vmid);
	out_int(out, vm->vm_nr_procs);
	out_int(out, vm->vm_nr_tasks);
	out_int(out, vm->vm_nr_sysprocs);
	out_int(out, vm->vm_nr_nodes);
	out_bits(out, &vm->vm_nodes, 1);
	out_string(out, vm->vm_name);
	out_hex(out, (uint32_t)vm->vm_flags);
	out_cpus(out, vm->vm_cpumask, M3IPC_CPU_WORDS);
	out_endpoint(out, vm->vm_warn2proc);
	out_int(out, vm->vm_warnmsg);
}

/* Starts the VM under the first number that is free. */
static int init_anywhere(const struct args *args, VM_usr_t *vm)
{
	drvs_usr_t node;
	VM_usr_t other;
	int rc = find_node(args, &node);

	if (rc)
		return rc;
	for (int vmid = 0; vmid < node.d_nr_vms; vmid++) {
		if (mnx_getvminfo(vmid, &other) != EMOLVMNOTRUN)
			continue;
		vm->vm_vmid = vmid;
		rc = mnx_vm_init(vm);
		/* Somebody else may have been faster. */
		if (rc != EMOLVMRUN)
			return rc ? say_fail_with(args, rc,
						  &(struct explain){
							  EXPLAIN_NEW_VM, vmid,
							  vm },
						  "%s", vm->vm_name) :
				    0;
	}
	return say_error(args, "%s: all %d VMs of this node are running",
			 vm->vm_name, node.d_nr_vms);
}

static int init_as(const struct args *args, const VM_usr_t *vm)
{
	int rc = mnx_vm_init(vm);

	return rc ? say_fail_with(args, rc,
				  &(struct explain){ EXPLAIN_NEW_VM,
						     vm->vm_vmid, vm },
				  "%s --id %d", vm->vm_name, vm->vm_vmid) :
		    0;
}

int cmd_vm_init(const struct args *args)
{
	const char *name = args->operand[0];
	VM_usr_t vm = {
		.vm_vmid = args->id,
		.vm_nr_procs = args->procs,
		.vm_nr_tasks = args->tasks,
		.vm_nr_sysprocs = args->sysprocs,
		.vm_warn2proc = NONE,
	};
	int vmid, rc;

	if (!*name || args_vm_is_number(name, &vmid))
		return say_usage(args, "\"%s\": not a name", name);
	if (strlen(name) >= sizeof(vm.vm_name))
		return say_fail_with(args, EMOLNAMESIZE,
				     &(struct explain){ EXPLAIN_NEW_VM, 0,
							&vm },
				     "%s", name);
	strcpy(vm.vm_name, name);
	rc = args->id < 0 ? init_anywhere(args, &vm) : init_as(args, &vm);
	if (!rc)
		out_result(args, "vmid", vm.vm_vmid);
	return rc;
}

int cmd_vm_end(const struct args *args)
{
	VM_usr_t vm;
	int rc = find_vm(args, &vm);

	if (rc)
		return rc;
	rc = mnx_vm_end(vm.vm_vmid);
	return rc ? say_fail(args, rc, "%s", args->operand[0]) : EXIT_SUCCESS;
}

int cmd_vm_list(const struct args *args)
{
	drvs_usr_t node;
	struct out out;
	int rc = find_node(args, &node);

	if (rc)
		return rc;
	out_start(&out, OUT_TABLE, args->json, vm_columns);
	for (int vmid = 0; vmid < node.d_nr_vms; vmid++) {
		VM_usr_t vm;

		if (!mnx_getvminfo(vmid, &vm))
			vm_put(&out, &vm);
	}
	out_end(&out);
	return EXIT_SUCCESS;
}

int cmd_vm_show(const struct args *args)
{
	struct out out;
	VM_usr_t vm;
	int rc = find_vm(args, &vm);

	if (rc)
		return rc;
	out_start(&out, OUT_RECORD, args->json, vm_columns);
	vm_put(&out, &vm);
	out_end(&out);
	return EXIT_SUCCESS;
}
