// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "find.h"
#include "machine.h"
#include "program.h"
#include "say.h"
#include "systask.h"

#define PROGRAM  "m3ipc-systask"
#define TEMPLATE "m3ipc-systask@.service"

#define MS_TO_END   10000
#define S_TO_ANSWER 2

bool systask_is_wanted(const struct config_vm *vm)
{
	return vm->membership != CONFIG_NONE;
}

static bool find_systask(int vmid, int nodeid, proc_usr_t *proc)
{
	return !mnx_getprocinfo(vmid, SYSTASK(nodeid), proc) &&
	       !(proc->p_rts_flags & (SLOT_FREE | REMOTE));
}

bool systask_is_missing(int vmid, int nodeid)
{
	proc_usr_t proc;

	return !find_systask(vmid, nodeid, &proc);
}

/*
 * With --systasks it is m3ipc.service that asks, and Corosync, which comes
 * before the system task, may wait for what comes after that.
 */
static int start_unit(const struct args *args, const char *name)
{
	char unit[sizeof(TEMPLATE) + M3IPC_NAME_LEN];
	const char *const later[] = { "systemctl", "start", "--no-block", unit,
				      NULL };

	snprintf(unit, sizeof(unit), PROGRAM "@%s.service", name);
	if (!args->systasks)
		return machine_systemctl(args, "start", unit);
	return machine_run(later, false) ?
		       say_error(args, "%s: %s does not start", name, unit) :
		       0;
}

int systask_start(const struct args *args, const struct config_vm *vm)
{
	const char *const argv[] = { PROGRAM, vm->name,
				     args->config ? "-c" : NULL, args->config,
				     NULL };
	const struct program program = { .about = vm->name,
					 .built = "daemons/systask",
					 .log = "systask",
					 .part = vm->name,
					 .argv = argv };

	if (machine_is_node(args) && machine_has_unit(TEMPLATE))
		return start_unit(args, vm->name);
	return program_start(args, &program);
}

int systask_watch(int vmid, int nodeid)
{
	proc_usr_t proc;

	if (!find_systask(vmid, nodeid, &proc) ||
	    strncmp(proc.p_name, PROGRAM, sizeof(proc.p_name)))
		return -1;
	return pidfd_open(proc.p_lpid, 0);
}

void systask_wait(const struct args *args, int fd, const char *name)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return;
	if (poll(&end, 1, MS_TO_END) <= 0)
		say_error(args, "%s: its system task does not end", name);
	close(fd);
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
