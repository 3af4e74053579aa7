// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/molipc.h>

#include "commands.h"
#include "find.h"
#include "out.h"

static const struct out_column list_columns[] = {
	{ "VM", "vmid", false },
	{ "procs", "nr_procs", false },
	{ "tasks", "nr_tasks", false },
	{ "sysprocs", "nr_sysprocs", false },
	{ "nodes", "nodes", true },
	{ "name", "name", true },
	{ NULL, NULL, false },
};

static const struct out_column show_columns[] = {
	{ "Name", "name", true },
	{ "VM", "vmid", true },
	{ "Flags", "flags", true },
	{ "Procs", "nr_procs", true },
	{ "Tasks", "nr_tasks", true },
	{ "Sysprocs", "nr_sysprocs", true },
	{ "Max. nodes", "nr_nodes", true },
	{ "Nodes", "nodes", true },
	{ "CPUs", "cpumask", true },
	{ "Warn", "warn2proc", true },
	{ "Warn type", "warnmsg", true },
	{ NULL, NULL, false },
};

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
			return rc ? fail(args, rc, "%s", vm->vm_name) : 0;
	}
	return complain(args, "%s: all %d VMs of this node are running",
			vm->vm_name, node.d_nr_vms);
}

int vm_init(const struct args *args)
{
	const char *name = args->operand[0];
	VM_usr_t vm;
	int vmid, rc;

	if (!*name || args_vm_is_number(name, &vmid))
		return usage(args, "\"%s\": a number cannot be a name", name);
	if (strlen(name) >= sizeof(vm.vm_name))
		return fail(args, EMOLNAMESIZE, "%s", name);
	memset(&vm, 0, sizeof(vm));
	vm.vm_vmid = args->id;
	vm.vm_nr_procs = args->procs;
	vm.vm_nr_tasks = args->tasks;
	vm.vm_nr_sysprocs = args->sysprocs;
	vm.vm_warn2proc = NONE;
	strcpy(vm.vm_name, name);
	if (args->id < 0) {
		rc = init_anywhere(args, &vm);
		if (rc)
			return rc;
	} else {
		rc = mnx_vm_init(&vm);
		if (rc)
			return fail(args, rc, "%s --id %d", name, args->id);
	}
	if (args->json)
		out_json_line(json_pack("{s:i}", "vmid", vm.vm_vmid));
	else
		printf("%d\n", vm.vm_vmid);
	return EXIT_SUCCESS;
}

int vm_end(const struct args *args)
{
	VM_usr_t vm;
	int rc = find_vm(args, args->operand[0], &vm);

	if (rc)
		return rc;
	rc = mnx_vm_end(vm.vm_vmid);
	return rc ? fail(args, rc, "%s", args->operand[0]) : EXIT_SUCCESS;
}

static void list_one(struct out *out, const VM_usr_t *vm)
{
	out_int(out, vm->vm_vmid);
	out_int(out, vm->vm_nr_procs);
	out_int(out, vm->vm_nr_tasks);
	out_int(out, vm->vm_nr_sysprocs);
	out_bits(out, &vm->vm_nodes, 1);
	out_string(out, vm->vm_name);
}

int vm_list(const struct args *args)
{
	drvs_usr_t node;
	struct out out;
	int rc = find_node(args, &node);

	if (rc)
		return rc;
	out_start(&out, OUT_TABLE, args->json, list_columns);
	for (int vmid = 0; vmid < node.d_nr_vms; vmid++) {
		VM_usr_t vm;

		if (!mnx_getvminfo(vmid, &vm))
			list_one(&out, &vm);
	}
	out_end(&out);
	return EXIT_SUCCESS;
}

int vm_show(const struct args *args)
{
	struct out out;
	VM_usr_t vm;
	int rc = find_vm(args, args->operand[0], &vm);

	if (rc)
		return rc;
	out_start(&out, OUT_RECORD, args->json, show_columns);
	out_string(&out, vm.vm_name);
	out_int(&out, vm.vm_vmid);
	out_hex(&out, (uint32_t)vm.vm_flags);
	out_int(&out, vm.vm_nr_procs);
	out_int(&out, vm.vm_nr_tasks);
	out_int(&out, vm.vm_nr_sysprocs);
	out_int(&out, vm.vm_nr_nodes);
	out_bits(&out, &vm.vm_nodes, 1);
	out_cpus(&out, vm.vm_cpumask, M3IPC_CPU_WORDS);
	out_endpoint(&out, vm.vm_warn2proc);
	out_int(&out, vm.vm_warnmsg);
	out_end(&out);
	return EXIT_SUCCESS;
}
