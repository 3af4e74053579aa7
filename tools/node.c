// SPDX-License-Identifier: GPL-2.0-or-later
/* "node ...": this node, and the others that it knows. */
#include <stdlib.h>

#include <molipc/molipc.h>

#include "all.h"
#include "commands.h"
#include "find.h"
#include "out.h"
#include "say.h"

static const struct out_column this_columns[] = {
	{ NULL, "Initialised", "initialised", true },
	{ NULL, "Node", "nodeid", false },
	{ NULL, "VMs", "nr_vms", false },
	{ NULL, "Nodes", "nr_nodes", false },
	{ NULL, "Procs", "nr_procs", false },
	{ NULL, "Tasks", "nr_tasks", false },
	{ NULL, "Sysprocs", "nr_sysprocs", false },
	{ NULL, "Copybuf", "max_copybuf", false },
	{ NULL, "Copylen", "max_copylen", false },
	{ NULL, "Debug", "dbglvl", false },
	{ NULL, "Version", "version", false },
	{ NULL, "Subversion", "subver", false },
	{ NULL, NULL, NULL, false },
};

int cmd_node_init(const struct args *args)
{
	long nodeid = 0;
	int rc;

	if (args->nr_operands &&
	    args_number(args->operand[0], 0, M3IPC_MAX_NODES - 1, &nodeid))
		return say_usage(args, "%s: a node is 0 to %d",
				 args->operand[0], M3IPC_MAX_NODES - 1);
	rc = mnx_drvs_init((int)nodeid, NULL);
	return rc ? say_fail_with(args, rc,
				  &(struct explain){ EXPLAIN_NODE, (int)nodeid,
						     NULL },
				  "%ld", nodeid) :
		    EXIT_SUCCESS;
}

int cmd_node_end(const struct args *args)
{
	int rc = mnx_drvs_end();

	return rc ? say_fail(args, rc, "%s", "") : EXIT_SUCCESS;
}

static int show_this(const struct args *args)
{
	drvs_usr_t node;
	struct out out;
	int rc = mnx_getdrvsinfo(&node);
	bool initialised;

	if (rc)
		return say_fail(args, rc, "%s", "");
	initialised = node.d_nodeid != LOCALNODE;
	out_start(&out, OUT_RECORD, args->json, this_columns);
	out_value(&out, json_boolean(initialised), initialised ? "yes" : "no");
	out_int(&out, node.d_nodeid);
	out_int(&out, node.d_nr_vms);
	out_int(&out, node.d_nr_nodes);
	out_int(&out, node.d_nr_procs);
	out_int(&out, node.d_nr_tasks);
	out_int(&out, node.d_nr_sysprocs);
	out_int(&out, node.d_max_copybuf);
	out_int(&out, node.d_max_copylen);
	out_int(&out, (int64_t)node.d_dbglvl);
	out_int(&out, node.d_version);
	out_int(&out, node.d_subver);
	out_end(&out);
	return EXIT_SUCCESS;
}

/* Other nodes */

static const struct out_column node_columns[] = {
	{ "node", "Node", "nodeid", false },
	{ "state", "State", "state", true },
	{ NULL, "Flags", "flags", false },
	{ "prxy", "Proxies", "proxies", false },
	{ "VMs", "VMs", "vms", true },
	{ "sent", "Sent", "pxsent", false },
	{ "received", "Received", "pxrcvd", false },
	{ NULL, "Refused", "refused", false },
	{ "last sent", "Last sent", "stimestamp", true },
	{ "last received", "Last received", "rtimestamp", true },
	{ "name", "Name", "name", true },
	{ NULL, NULL, NULL, false },
};

static bool spans_any(const node_usr_t *node)
{
	return node->n_vms[0] | node->n_vms[1] | node->n_vms[2] |
	       node->n_vms[3];
}

static const char *state_of(const node_usr_t *node, bool here)
{
	if (here)
		return "here";
	if (node->n_flags == NODE_FREE)
		return "no proxies";
	return out_connection(node->n_flags);
}

static void put_info(struct out *out, const node_usr_t *node, bool here)
{
	out_int(out, node->n_nodeid);
	out_string(out, state_of(node, here));
	out_hex(out, (uint32_t)node->n_flags);
	out_int(out, node->n_proxies);
	out_bits(out, node->n_vms, 4);
	out_int(out, (int64_t)node->n_pxsent);
	out_int(out, (int64_t)node->n_pxrcvd);
	out_int(out, (int64_t)node->n_refused);
	out_time(out, node->n_stimestamp);
	out_time(out, node->n_rtimestamp);
	out_string(out, node->n_name);
}

/* What each knows of each */
static const struct out_column node_all_columns[] = {
	{ "node", NULL, "nodeid", false },
	{ "of", NULL, "peer", false },
	{ "link", NULL, "link", true },
	{ "group", NULL, "group", true },
	{ "sent", NULL, "pxsent", false },
	{ "received", NULL, "pxrcvd", false },
	{ NULL, NULL, NULL, false },
};

static void put_peer(struct out *out, int nodeid, const sys_peer_t *peer)
{
	out_int(out, nodeid);
	out_int(out, peer->node.nodeid);
	out_string(out, peer->node.nodeid == nodeid ?
				"here" :
				out_connection(peer->link));
	out_string(out, out_group(peer->node.state));
	out_int(out, (int64_t)peer->sent);
	out_int(out, (int64_t)peer->received);
}

static int node_list_all(const struct args *args)
{
	sys_peer_t peers[M3IPC_MAX_NODES];
	struct out out;
	struct all all;
	int rc = all_start(&all, args);

	if (rc)
		return rc;
	out_start(&out, OUT_TABLE, args->json, node_all_columns);
	for (int n = all_next(&all, -1); n >= 0; n = all_next(&all, n)) {
		all_read_peers(&all, n, peers);
		for (int p = 0; p < M3IPC_MAX_NODES; p++)
			if (peers[p].node.nodeid != NONE)
				put_peer(&out, n, &peers[p]);
	}
	out_end(&out);
	return all_end(&all);
}

/* Those with a link, and those that a VM spans */
int cmd_node_list(const struct args *args)
{
	drvs_usr_t node;
	node_usr_t info;
	struct out out;
	int rc;

	if (args->all)
		return node_list_all(args);
	if (args->nr_operands)
		return say_usage(args, "a VM is for --all");
	rc = find_node(args, &node);
	if (rc)
		return rc;
	out_start(&out, OUT_TABLE, args->json, node_columns);
	for (int n = 0; n < node.d_nr_nodes; n++)
		if (!mnx_getnodeinfo(n, &info) &&
		    (info.n_flags != NODE_FREE || spans_any(&info)))
			put_info(&out, &info, n == node.d_nodeid);
	out_end(&out);
	return EXIT_SUCCESS;
}

static int show_other(const struct args *args)
{
	const char *name = args->operand[0];
	drvs_usr_t node;
	node_usr_t info;
	struct out out;
	int nodeid, rc;

	rc = find_node(args, &node);
	if (!rc)
		rc = find_other_node(args, name, &nodeid);
	if (rc)
		return rc;
	rc = mnx_getnodeinfo(nodeid, &info);
	if (rc)
		return say_fail_with(args, rc,
				     &(struct explain){ EXPLAIN_NODE, nodeid,
							NULL },
				     "%s", name);
	out_start(&out, OUT_RECORD, args->json, node_columns);
	put_info(&out, &info, nodeid == node.d_nodeid);
	out_end(&out);
	return EXIT_SUCCESS;
}

int cmd_node_show(const struct args *args)
{
	return args->nr_operands ? show_other(args) : show_this(args);
}

static int change_vm(const struct args *args,
		     int (*change)(int vmid, int nodeid))
{
	const char *name = args->operand[1];
	VM_usr_t vm;
	int nodeid, rc;

	rc = find_vm(args, &vm);
	if (!rc)
		rc = find_other_node(args, name, &nodeid);
	if (rc)
		return rc;
	rc = change(vm.vm_vmid, nodeid);
	return rc ? say_fail_with(args, rc,
				  &(struct explain){ EXPLAIN_NODE, nodeid,
						     NULL },
				  "%s: node %s", vm.vm_name, name) :
		    EXIT_SUCCESS;
}

int cmd_node_add(const struct args *args)
{
	return change_vm(args, mnx_add_node);
}

int cmd_node_del(const struct args *args)
{
	return change_vm(args, mnx_del_node);
}

/* Its link ends, and no VM spans it: then it is one that is not known. */
int cmd_node_forget(const struct args *args)
{
	const char *name = args->operand[0];
	node_usr_t info;
	int nodeid, rc;

	rc = find_other_node(args, name, &nodeid);
	if (rc)
		return rc;
	rc = mnx_getnodeinfo(nodeid, &info);
	if (!rc && info.n_flags == NODE_FREE && !spans_any(&info))
		return say_error(args, "%s: this node is not known", name);
	if (!rc)
		rc = mnx_node_down(nodeid);
	if (rc == EMOLNODEFREE)
		rc = 0;
	for (int vmid = 0; !rc && vmid < M3IPC_MAX_VMS; vmid++)
		if (info.n_vms[vmid / 64] >> (vmid % 64) & 1)
			rc = mnx_del_node(vmid, nodeid);
	return rc ? say_fail_with(args, rc,
				  &(struct explain){ EXPLAIN_NODE, nodeid,
						     NULL },
				  "%s", name) :
		    EXIT_SUCCESS;
}
