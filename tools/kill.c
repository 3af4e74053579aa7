// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "kill": a signal by the process manager.  Who asks it for that has to be one
 * of its processes, so that it knows, from the kernel, whose this one is; so it
 * becomes one, without relatives, until it has been answered.
 */
#include <signal.h>
#include <stdlib.h>

#include "commands.h"
#include "find.h"
#include "pm.h"
#include "say.h"

static int kill_one(const struct args *args, const VM_usr_t *vm, int pid,
		    int signal)
{
	message m;
	int rc;

	com_put(&m, &((pm_kill_t){ pid, signal }));
	rc = pm_ask(PM_KILL, &m);
	return rc ? say_fail(args, rc, "%s %d", vm->vm_name, pid) : 0;
}

static int kill_all(const struct args *args, const VM_usr_t *vm,
		    const int *pids, int nr, int signal)
{
	message m;
	int rc;

	com_put(&m, &((pm_fork_t){ 0 }));
	rc = pm_ask(PM_BINDPROC, &m);
	if (rc)
		return say_fail(args, rc, "%s: the process manager",
				vm->vm_name);
	for (int i = 0; i < nr; i++)
		rc |= kill_one(args, vm, pids[i], signal);
	return rc;
}

/* 0 would be the group of this process, which is nobody else's. */
static int pids_take(const struct args *args, int *pids)
{
	long pid;

	for (int i = 1; i < args->nr_operands; i++) {
		if (args_number(args->operand[i], -INT_MAX, INT_MAX, &pid) ||
		    !pid)
			return say_usage(args, "%s: not a process id",
					 args->operand[i]);
		pids[i - 1] = (int)pid;
	}
	return 0;
}

int cmd_kill(const struct args *args)
{
	int pids[ARGS_MAX_OPERANDS], signal = SIGTERM, rc;
	VM_usr_t vm;

	if (args->signal && args_signal(args->signal, &signal))
		return say_usage(args, "%s: no such signal", args->signal);
	rc = pids_take(args, pids);
	if (!rc)
		rc = find_vm(args, &vm);
	if (rc)
		return rc;
	if (!pm_is_there(&vm))
		return pm_missing(args, &vm);
	rc = find_client(args, &vm);
	if (!rc)
		rc = kill_all(args, &vm, pids, args->nr_operands - 1, signal);
	mnx_unbind(vm.vm_vmid, SELF);
	return rc;
}
