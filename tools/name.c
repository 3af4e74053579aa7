// SPDX-License-Identifier: GPL-2.0-or-later
/* "name list", "name lookup" and "wait": who has which name */
#include <stdio.h>
#include <stdlib.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "common/memory.h"
#include "commands.h"
#include "find.h"
#include "out.h"
#include "say.h"

static const struct out_column columns[] = {
	{ "NAME", NULL, "name", true },
	{ "ENDPOINT", NULL, "endpoint", false },
	{ "NODE", NULL, "nodeid", false },
	{ "SINCE", NULL, "since", true },
	{ "STATE", NULL, "reachable", true },
	{ NULL, NULL, NULL, false },
};

static void put_name(struct out *out, const sys_entry_t *e)
{
	out_string(out, e->name);
	out_endpoint(out, e->endpoint);
	out_int(out, e->nodeid);
	out_time(out, e->since);
	out_value(out, json_boolean(e->reachable), "%s",
		  e->reachable ? "reachable" : "cut off");
}

int cmd_name_list(const struct args *args)
{
	sys_entry_t *names = NULL;
	struct out out;
	int rc, nr, room = 0;
	VM_usr_t vm;

	rc = find_vm(args, &vm);
	if (!rc)
		rc = find_client(args, &vm);
	if (rc)
		return rc;
	/* There may be more when it is asked again. */
	while ((nr = sys_names(names, room)) > room) {
		room = nr + 16;
		free(names);
		names = memory_checked(calloc((size_t)room, sizeof(*names)));
	}
	if (nr < 0) {
		free(names);
		return find_systask_failed(args, nr, vm.vm_name);
	}
	out_start(&out, OUT_TABLE, args->json, columns);
	for (int i = 0; i < nr; i++)
		put_name(&out, &names[i]);
	out_end(&out);
	free(names);
	return EXIT_SUCCESS;
}

int cmd_name_lookup(const struct args *args)
{
	VM_usr_t vm;
	int endpoint, rc;

	rc = find_vm(args, &vm);
	if (!rc)
		rc = find_client(args, &vm);
	if (rc)
		return rc;
	endpoint = sys_lookup(args->operand[1],
			      args->timeout == TIMEOUT_FOREVER ? 0 :
								 args->timeout);
	if (mnx_bind_failed(endpoint))
		return say_fail(args, endpoint, "%s %s", vm.vm_name,
				args->operand[1]);
	out_result(args, "endpoint", endpoint);
	return EXIT_SUCCESS;
}

/* Of a name SYSTASK is asked, of an endpoint or a slot the driver. */
int cmd_wait(const struct args *args)
{
	const char *what = args->operand[1];
	enum args_peer kind;
	VM_usr_t vm;
	int endpoint, rc;

	rc = find_vm(args, &vm);
	if (rc)
		return rc;
	kind = args_peer(what, &endpoint);
	if (kind == PEER_INVALID) {
		rc = find_client(args, &vm);
		if (rc)
			return rc;
		endpoint = sys_lookup(what, args->timeout);
	} else {
		endpoint = mnx_vm_wait4bindep_T(vm.vm_vmid, endpoint,
						args->timeout);
	}
	if (mnx_bind_failed(endpoint))
		return say_fail(args, endpoint, "%s %s", vm.vm_name, what);
	out_result(args, "endpoint", endpoint);
	return EXIT_SUCCESS;
}
