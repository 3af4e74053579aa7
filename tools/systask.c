// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "find.h"
#include "say.h"
#include "server.h"
#include "systask.h"

static const struct server_kind systask_kind = {
	.program = "m3ipc-systask",
	.built = "daemons/systask",
	.log = "systask",
};

#define S_TO_ANSWER 2

bool systask_is_wanted(const struct config_vm *vm)
{
	return vm->membership != CONFIG_NONE;
}

bool systask_is_missing(int vmid, int nodeid)
{
	return server_is_missing(vmid, SYSTASK(nodeid));
}

int systask_start(const struct args *args, const struct config_vm *vm)
{
	return server_start(args, vm, &systask_kind);
}

int systask_watch(int vmid, int nodeid)
{
	return server_watch(vmid, SYSTASK(nodeid), &systask_kind);
}

void systask_wait(const struct args *args, int fd, const char *name)
{
	server_wait(args, fd, name, "system task");
}

static void ignore_alarm(int signal)
{
	(void)signal;
}

/* A call that lasts is interrupted: one that was stopped does not answer. */
static int ask_for_nodes(sys_node_t nodes[M3IPC_MAX_NODES])
{
	const struct sigaction action = { .sa_handler = ignore_alarm };
	int nr;

	sigaction(SIGALRM, &action, NULL);
	alarm(S_TO_ANSWER);
	nr = sys_getinfo(GET_NODES, 0, nodes, M3IPC_MAX_NODES * sizeof(*nodes));
	alarm(0);
	return nr < M3IPC_MAX_NODES ? nr : M3IPC_MAX_NODES;
}

bool systask_ask(int vmid, uint64_t *running)
{
	sys_node_t nodes[M3IPC_MAX_NODES];
	VM_usr_t vm;
	int nr;

	*running = 0;
	if (mnx_getvminfo(vmid, &vm) ||
	    mnx_bind_failed(find_client_quietly(&vm)))
		return false;
	nr = ask_for_nodes(nodes);
	mnx_unbind(vmid, SELF);
	for (int i = 0; i < nr; i++)
		if (nodes[i].state == SYS_NODE_RUNNING)
			*running |= UINT64_C(1) << nodes[i].nodeid;
	return nr >= 0;
}
