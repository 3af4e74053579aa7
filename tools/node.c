// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include <molipc/molipc.h>

#include "commands.h"
#include "out.h"

static const struct out_column columns[] = {
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

int node_init(const struct args *args)
{
	long nodeid = 0;
	int rc;

	if (args->nr_operands &&
	    args_number(args->operand[0], 0, M3IPC_MAX_NODES - 1, &nodeid))
		return usage(args, "%s: a node is 0 to %d", args->operand[0],
			     M3IPC_MAX_NODES - 1);
	rc = mnx_drvs_init((int)nodeid, NULL);
	return rc ? fail(args, rc, "%ld", nodeid) : EXIT_SUCCESS;
}

int node_end(const struct args *args)
{
	int rc = mnx_drvs_end();

	return rc ? fail(args, rc, "%s", "") : EXIT_SUCCESS;
}

int node_show(const struct args *args)
{
	drvs_usr_t node;
	struct out out;
	int rc = mnx_getdrvsinfo(&node);
	bool initialised;

	if (rc)
		return fail(args, rc, "%s", "");
	initialised = node.d_nodeid != LOCALNODE;
	out_start(&out, OUT_RECORD, args->json, columns);
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
