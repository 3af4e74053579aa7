// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "run": this process becomes a process of the VM, and then the program, which
 * keeps what it has: the endpoint, the pid, the terminal, and whoever waits
 * for its end.  Of another node's program it is the parent: run_node.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mol/mol.h>
#include <molipc/molipc.h>

#include "commands.h"
#include "find.h"
#include "isolate.h"
#include "program.h"
#include "run.h"
#include "say.h"
#include "server.h"
#include "slice.h"

#define LIBRARY "libm3posix.so"

static int bind_slot(const struct args *args, VM_usr_t *vm)
{
	int p_nr, self, rc;

	if (!args->endpoint) {
		rc = find_vm(args, vm);
		return rc ? rc :
			    find_self(args, vm, find_first_user(vm),
				      vm->vm_nr_procs - 1, &self);
	}
	rc = find_slot(args, args->endpoint, vm, &p_nr);
	return rc ? rc : find_self(args, vm, p_nr, p_nr, &self);
}

/* On whatever node it is */
static bool has_pm(const VM_usr_t *vm)
{
	proc_usr_t pm;

	return !mnx_getprocinfo(vm->vm_vmid, PM_PROC_NR, &pm) &&
	       !(pm.p_rts_flags & SLOT_FREE);
}

/* PM hears whether SIGCHLD is ignored, as the program inherits that. */
static int become_process(const struct args *args, const VM_usr_t *vm)
{
	struct sigaction act;
	const char *need = args->posix ? "--posix" :
			   args->fs    ? "--fs" :
			   args->node  ? "--node" :
					 NULL;

	if (!has_pm(vm))
		return need ? say_error(args,
					"%s: %s needs a process manager, and "
					"there is none: m3ipc-pm(8)",
					vm->vm_name, need) :
			      0;
	sigaction(SIGCHLD, NULL, &act);
	if (mol_bindproc() < 0 || mol_sigaction(SIGCHLD, &act, NULL))
		return say_error(args, "%s: the process manager: %s",
				 vm->vm_name, strerror(errno));
	return 0;
}

static int set_preload(const struct args *args)
{
	const char *own = getenv("LD_PRELOAD");
	char path[PATH_MAX], *value;
	int rc;

	if (!program_beside("../lib/" M3IPC_MULTIARCH "/m3ipc", "libmolipc",
			    LIBRARY, path))
		return say_error(args, LIBRARY " is not installed");
	rc = asprintf(&value, "%s%s%s", path, own ? ":" : "", own ? own : "");
	if (rc < 0 || setenv("LD_PRELOAD", value, 1))
		return say_error(args, "%s", strerror(errno));
	free(value);
	return 0;
}

static int run_here(const struct args *args)
{
	int error;

	signal(SIGPIPE, SIG_DFL);
	if (args->fs)
		mol_exec(args->program[0], args->program, environ);
	else
		execvp(args->program[0], args->program);
	error = errno;
	say_error(args, "%s: %s", args->program[0], strerror(error));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

int cmd_run(const struct args *args)
{
	int rc = 0, nodeid = LOCALNODE;
	VM_usr_t vm;

	if (args->node && args->isolate)
		return say_error(args, "--isolate is for programs of this "
				       "node");
	if (args->node)
		rc = find_other_node(args, args->node, &nodeid);
	if (!rc)
		rc = find_vm(args, &vm);
	if (!rc && !args->node)
		rc = slice_enter(args, vm.vm_name);
	if (!rc && args->isolate)
		rc = isolate(args);
	if (!rc)
		rc = bind_slot(args, &vm);
	if (!rc)
		rc = become_process(args, &vm);
	if (!rc && args->posix)
		rc = set_preload(args);
	if (rc)
		return rc;
	return args->node ? run_at_node(args, nodeid) : run_here(args);
}
