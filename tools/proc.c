// SPDX-License-Identifier: GPL-2.0-or-later
/* "proc ...": slots and the processes in them, bound, unbound and shown. */
#include <stdio.h>
#include <stdlib.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "all.h"
#include "commands.h"
#include "find.h"
#include "out.h"
#include "say.h"
#include "table.h"

/* As a table it begins with the columns of /proc/drvs/VM/procs. */
static const struct out_column proc_columns[] = {
	{ "VM", "VM", "vmid", false },
	{ "p_nr", "Slot", "p_nr", false },
	{ "endp", "Endpoint", "endpoint", false },
	{ "lpid", "Process", "lpid", false },
	{ "node", "Node", "nodeid", false },
	{ "flag", NULL, "rts_flags", false },
	{ NULL, "Flags", "rts", true },
	{ "misc", NULL, "misc_flags", false },
	{ NULL, "Kind", "misc", true },
	{ "getf", "From", "getfrom", false },
	{ "sndt", "To", "sendto", false },
	{ "wmig", "Migration", "waitmigr", false },
	{ "prxy", "Proxy", "proxy", false },
	{ "name", "Name", "name", true },
	{ "state", "State", NULL, true },
	{ NULL, NULL, "queued", false },
	{ NULL, "Nodes", "nodes", true },
	{ NULL, "User", "uid", false },
	{ NULL, "Group", "gid", false },
	{ NULL, "Incarnation", "incarnation", false },
	{ NULL, "Sent here", "lclsent", false },
	{ NULL, "Sent away", "rmtsent", false },
	{ NULL, "Copied here", "lclcopy", false },
	{ NULL, "Copied away", "rmtcopy", false },
	{ NULL, "CPUs", "cpumask", true },
	{ NULL, "Epoch", "epoch", true },
	{ NULL, "Backups", "backups", true },
	{ NULL, NULL, NULL, false },
};

/* What is told of those of all nodes */
static const struct out_column proc_all_columns[] = {
	{ "VM", NULL, "vmid", false },
	{ "p_nr", NULL, "p_nr", false },
	{ "endp", NULL, "endpoint", false },
	{ "lpid", NULL, "lpid", false },
	{ "node", NULL, "nodeid", false },
	{ "flag", NULL, "rts_flags", false },
	{ NULL, NULL, "rts", true },
	{ "misc", NULL, "misc_flags", false },
	{ NULL, NULL, "misc", true },
	{ "getf", NULL, "getfrom", false },
	{ "sndt", NULL, "sendto", false },
	{ "name", NULL, "name", true },
	{ "state", NULL, NULL, true },
	{ NULL, NULL, "queued", false },
	{ NULL, NULL, NULL, false },
};

static const struct out_flag rts_names[] = {
	{ SLOT_FREE, "SLOT_FREE" },
	{ SENDING, "SENDING" },
	{ RECEIVING, "RECEIVING" },
	{ ONCOPY, "ONCOPY" },
	{ MIGRATING, "MIGRATING" },
	{ REMOTE, "REMOTE" },
	{ RMTOPER, "RMTOPER" },
	{ WAITMIGR, "WAITMIGR" },
	{ WAITUNBIND, "WAITUNBIND" },
	{ WAITBIND, "WAITBIND" },
	{ 0, NULL },
};

static const struct out_flag misc_names[] = {
	{ MIS_PROXY, "PROXY" },       { MIS_CONNECTED, "CONNECTED" },
	{ MIS_BACKUP, "BACKUP" },     { MIS_GRPLEADER, "GRPLEADER" },
	{ MIS_THREAD, "THREAD" },     { MIS_REPLICA, "REPLICA" },
	{ MIS_NEEDMIGR, "NEEDMIGR" }, { 0, NULL },
};

/* Who waits for whom, in words */
static void put_state(struct out *out, const struct table *table,
		      const proc_usr_t *proc)
{
	char text[128];

	table_state(table, proc, text, sizeof(text));
	out_value(out, NULL, "%s", text);
	out_int(out, (int64_t)table_queued(table, proc->p_endpoint));
}

/* Of a process of another node it is not known: -1. */
static void put_id(struct out *out, uint32_t id)
{
	out_int(out, id == PROC_NO_ID ? -1 : (int64_t)id);
}

static void put_where(struct out *out, const proc_usr_t *proc)
{
	out_int(out, proc->p_vmid);
	out_int(out, proc->p_nr);
	out_int(out, proc->p_endpoint);
	out_int(out, proc->p_lpid);
	out_int(out, proc->p_nodeid);
	out_hex(out, proc->p_rts_flags);
	out_flags(out, proc->p_rts_flags, rts_names);
	out_hex(out, proc->p_misc_flags);
	out_flags(out, proc->p_misc_flags, misc_names);
	out_endpoint(out, proc->p_getfrom);
	out_endpoint(out, proc->p_sendto);
}

/* move: what the group knows of it, or NULL */
static void put_proc(struct out *out, const struct table *table,
		     const proc_usr_t *proc, const sys_move_t *move)
{
	char epoch[32] = "";
	const uint64_t backups = move ? move->backups : 0;

	if (move)
		snprintf(epoch, sizeof(epoch), "%u.%u", move->term,
			 move->count);
	put_where(out, proc);
	out_endpoint(out, proc->p_waitmigr);
	out_int(out, proc->p_proxy);
	out_string(out, proc->p_name);
	put_state(out, table, proc);
	out_bits(out, &proc->p_nodemap, 1);
	put_id(out, proc->p_uid);
	put_id(out, proc->p_gid);
	out_int(out, (int64_t)proc->p_incarnation);
	out_int(out, (int64_t)proc->p_lclsent);
	out_int(out, (int64_t)proc->p_rmtsent);
	out_int(out, (int64_t)proc->p_lclcopy);
	out_int(out, (int64_t)proc->p_rmtcopy);
	out_cpus(out, proc->p_cpumask, M3IPC_CPU_WORDS);
	out_string(out, epoch);
	out_bits(out, &backups, 1);
}

static void list_vm(struct out *out, const VM_usr_t *vm)
{
	struct table table;

	table_read(&table, vm);
	for (size_t i = 0; i < table.nr_procs; i++)
		put_proc(out, &table, &table.procs[i], NULL);
	table_free(&table);
}

/* It is printed when all are known: some wait for others of another node. */
static int proc_list_all(const struct args *args)
{
	struct table table = { 0 };
	struct out out;
	struct all all;
	int rc = all_start(&all, args);

	if (rc)
		return rc;
	for (int n = all_next(&all, -1); n >= 0; n = all_next(&all, n))
		all_add_procs(&all, n, &table);
	out_start(&out, OUT_TABLE, args->json, proc_all_columns);
	for (size_t i = 0; i < table.nr_procs; i++) {
		put_where(&out, &table.procs[i]);
		out_string(&out, table.procs[i].p_name);
		put_state(&out, &table, &table.procs[i]);
	}
	out_end(&out);
	table_free(&table);
	return all_end(&all);
}

int cmd_proc_list(const struct args *args)
{
	drvs_usr_t node;
	struct out out;
	VM_usr_t vm;
	int rc;

	if (args->all)
		return proc_list_all(args);
	rc = args->nr_operands ? find_vm(args, &vm) : find_node(args, &node);
	if (rc)
		return rc;
	out_start(&out, OUT_TABLE, args->json, proc_columns);
	if (args->nr_operands) {
		list_vm(&out, &vm);
	} else {
		for (int vmid = 0; vmid < node.d_nr_vms; vmid++)
			if (!mnx_getvminfo(vmid, &vm))
				list_vm(&out, &vm);
	}
	out_end(&out);
	return EXIT_SUCCESS;
}

/* What the group says of where it is; without a system task, nothing. */
static bool ask_move(const VM_usr_t *vm, int endpoint, sys_move_t *move)
{
	int rc;

	if (mnx_bind_failed(find_client_quietly(vm)))
		return false;
	rc = sys_getmove(endpoint, move);
	mnx_unbind(vm->vm_vmid, SELF);
	return !rc;
}

int cmd_proc_show(const struct args *args)
{
	struct out out;
	struct table table;
	sys_move_t move;
	proc_usr_t proc;
	bool moved;
	VM_usr_t vm;
	int p_nr, rc;

	rc = find_slot(args, args->operand[1], &vm, &p_nr);
	if (rc)
		return rc;
	rc = mnx_getprocinfo(vm.vm_vmid, p_nr, &proc);
	if (rc)
		return say_fail_with(args, rc,
				     &(struct explain){ EXPLAIN_SLOT, p_nr,
							&vm },
				     "%s %d", vm.vm_name, p_nr);
	moved = proc.p_rts_flags != SLOT_FREE &&
		ask_move(&vm, proc.p_endpoint, &move);
	out_start(&out, OUT_RECORD, args->json, proc_columns);
	table_read(&table, &vm);
	put_proc(&out, &table, &proc, moved ? &move : NULL);
	table_free(&table);
	out_end(&out);
	return EXIT_SUCCESS;
}

/* A process of another node is entered. */
static int bind_remote(const struct args *args)
{
	const char *name = args->name ? args->name : "remote";
	const char *text = args->operand[1];
	int endpoint, nodeid, rc;
	VM_usr_t vm;

	if (args->nr_operands > 2 || args_peer(text, &endpoint) == PEER_SLOT)
		return say_usage(args, "expected with --node: VM ENDPOINT");
	/* One that is to be entered has not published anything here. */
	if (args_peer(text, &endpoint) == PEER_INVALID)
		return say_usage(args, "%s: not an endpoint", text);
	rc = find_vm(args, &vm);
	if (!rc)
		rc = find_other_node(args, args->node, &nodeid);
	if (rc)
		return rc;
	rc = mnx_rmtbind(vm.vm_vmid, name, endpoint, nodeid);
	if (mnx_bind_failed(rc))
		return say_fail_with(args, rc,
				     &(struct explain){ EXPLAIN_NODE, nodeid,
							&vm },
				     "%s: %s of node %s", vm.vm_name, text,
				     args->node);
	out_result(args, "endpoint", rc);
	return EXIT_SUCCESS;
}

int cmd_proc_bind(const struct args *args)
{
	VM_usr_t vm;
	int p_nr, rc;
	long pid;

	if (args->node)
		return bind_remote(args);
	if (args->name)
		return say_usage(args, "--name is for --node");
	if (args->nr_operands < 3)
		return say_usage(args, "expected: %s", args->command->operands);
	if (args_number(args->operand[1], 1, INT32_MAX, &pid))
		return say_usage(args, "%s: not a process id",
				 args->operand[1]);
	rc = find_slot(args, args->operand[2], &vm, &p_nr);
	if (rc)
		return rc;
	rc = mnx_lclbind(vm.vm_vmid, (int)pid, p_nr);
	if (mnx_bind_failed(rc))
		return say_fail_with(
			args, rc, &(struct explain){ EXPLAIN_OTHER, p_nr, &vm },
			"%s: process %ld to slot %d", vm.vm_name, pid, p_nr);
	out_result(args, "endpoint", rc);
	return EXIT_SUCCESS;
}

int cmd_proc_unbind(const struct args *args)
{
	const char *name = args->operand[1];
	VM_usr_t vm;
	int endpoint, rc;

	rc = find_peer(args, name, &vm, &endpoint);
	if (rc)
		return rc;
	rc = mnx_unbind_T(vm.vm_vmid, endpoint, args->timeout);
	return rc ? say_fail_with(args, rc,
				  &(struct explain){ EXPLAIN_PEER, endpoint,
						     &vm },
				  "%s %s", vm.vm_name, name) :
		    EXIT_SUCCESS;
}
