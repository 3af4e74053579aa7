// SPDX-License-Identifier: GPL-2.0-or-later
/* Endpoints that other nodes get: "migrate", "promote" */
#include <stdlib.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "commands.h"
#include "find.h"
#include "live.h"
#include "say.h"

int cmd_migrate(const struct args *args)
{
	VM_usr_t vm;
	int endpoint, nodeid, rc;

	if (args->live && args->pid)
		return say_usage(args, "--live has no --pid");
	if (args->live)
		return live_migrate(args);
	rc = find_peer(args, args->operand[1], &vm, &endpoint);
	if (!rc)
		rc = find_other_node(args, args->operand[2], &nodeid);
	if (!rc)
		rc = find_client(args, &vm);
	if (rc)
		return rc;
	rc = sys_migrate(endpoint, nodeid, args->pid);
	return rc ? find_systask_failed(args, rc, vm.vm_name) : EXIT_SUCCESS;
}

int cmd_promote(const struct args *args)
{
	VM_usr_t vm;
	int endpoint, rc;

	rc = find_peer(args, args->operand[1], &vm, &endpoint);
	if (!rc)
		rc = find_client(args, &vm);
	if (rc)
		return rc;
	rc = sys_promote(endpoint);
	return rc ? find_systask_failed(args, rc, vm.vm_name) : EXIT_SUCCESS;
}
