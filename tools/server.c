// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include <molipc/molipc.h>

#include "machine.h"
#include "program.h"
#include "say.h"
#include "server.h"

#define MS_TO_END 15000

bool server_find(int vmid, int p_nr, proc_usr_t *proc)
{
	return !mnx_getprocinfo(vmid, p_nr, proc) &&
	       !(proc->p_rts_flags & (SLOT_FREE | REMOTE));
}

bool server_is_missing(int vmid, int p_nr)
{
	proc_usr_t proc;

	return !server_find(vmid, p_nr, &proc);
}

/*
 * With --systasks it is m3ipc.service that asks, and Corosync, which comes
 * before the system task, may wait for what comes after that.
 */
static int start_unit(const struct args *args, const char *unit,
		      const char *name)
{
	const char *const later[] = { "systemctl", "start", "--no-block", unit,
				      NULL };

	if (!args->systasks)
		return machine_systemctl(args, "start", unit);
	return machine_run(later, false) ?
		       say_error(args, "%s: %s does not start", name, unit) :
		       0;
}

int server_start(const struct args *args, const struct config_vm *vm,
		 const struct server_kind *kind)
{
	const char *const argv[] = { kind->program, vm->name,
				     args->config ? "-c" : NULL, args->config,
				     NULL };
	const struct program program = { .about = vm->name,
					 .built = kind->built,
					 .log = kind->log,
					 .part = vm->name,
					 .argv = argv };
	char unit[64 + M3IPC_NAME_LEN];

	snprintf(unit, sizeof(unit), "%s@.service", kind->program);
	if (!machine_is_node(args) || !machine_has_unit(unit))
		return program_start(args, &program);
	snprintf(unit, sizeof(unit), "%s@%s.service", kind->program, vm->name);
	return start_unit(args, unit, vm->name);
}

int server_watch(int vmid, int p_nr, const struct server_kind *kind)
{
	proc_usr_t proc;

	if (!server_find(vmid, p_nr, &proc) ||
	    strncmp(proc.p_name, kind->program, sizeof(proc.p_name)))
		return -1;
	return pidfd_open(proc.p_lpid, 0);
}

void server_wait(const struct args *args, int fd, const char *name,
		 const char *what)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return;
	if (poll(&end, 1, MS_TO_END) <= 0)
		say_error(args, "%s: its %s does not end", name, what);
	close(fd);
}

static const struct server_kind pm_kind = {
	.program = "m3ipc-pm",
	.built = "daemons/pm",
	.log = "pm",
};

bool pm_is_wanted(const struct config *config, const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->nr_pms; i++)
		if (!strcmp(vm->pms[i].node, config->local))
			return true;
	return false;
}

int pm_start(const struct args *args, const struct config_vm *vm)
{
	return server_start(args, vm, &pm_kind);
}

static const struct server_kind memory_kind = {
	.program = "m3ipc-memory",
	.built = "daemons/memory",
	.log = "memory",
};

bool memory_is_wanted(const struct config *config, const struct config_vm *vm)
{
	return config_memory_at(vm, config->local);
}

int memory_start(const struct args *args, const struct config_vm *vm)
{
	return server_start(args, vm, &memory_kind);
}

int memory_watch(int vmid)
{
	return server_watch(vmid, MEM_PROC_NR, &memory_kind);
}

void memory_wait(const struct args *args, int fd, const char *name)
{
	server_wait(args, fd, name, "MEMORY");
}

static const struct server_kind fs_kind = {
	.program = "m3ipc-fs",
	.built = "daemons/fs",
	.log = "fs",
};

/* One without a root has nothing to serve. */
bool fs_is_wanted(const struct config *config, const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->nr_fss; i++)
		if (!strcmp(vm->fss[i].node, config->local) && vm->fss[i].root)
			return true;
	return false;
}

int fs_start(const struct args *args, const struct config_vm *vm)
{
	return server_start(args, vm, &fs_kind);
}

void fs_stop(const struct args *args, int vmid, const char *name)
{
	const int fd = server_watch(vmid, FS_PROC_NR, &fs_kind);

	if (fd >= 0)
		pidfd_send_signal(fd, SIGTERM, NULL, 0);
	server_wait(args, fd, name, "FS");
}

static const struct server_kind is_kind = {
	.program = "m3ipc-is",
	.built = "daemons/is",
	.log = "is",
};

bool infos_is_wanted(const struct config *config, const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->nr_iss; i++)
		if (!strcmp(vm->iss[i].node, config->local))
			return true;
	return false;
}

int infos_start(const struct args *args, const struct config_vm *vm)
{
	return server_start(args, vm, &is_kind);
}

static const struct server_kind init_kind = {
	.program = "m3ipc-init",
	.built = "daemons/init",
	.log = "init",
};

bool init_is_wanted(const struct config *config, const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->nr_inits; i++)
		if (!strcmp(vm->inits[i].node, config->local))
			return true;
	return false;
}

int init_start(const struct args *args, const struct config_vm *vm)
{
	return server_start(args, vm, &init_kind);
}

void init_stop(const struct args *args, int vmid, int nodeid, const char *name)
{
	const int fd = server_watch(vmid, INIT_PROC_NR + nodeid, &init_kind);

	if (fd >= 0)
		pidfd_send_signal(fd, SIGTERM, NULL, 0);
	server_wait(args, fd, name, "INIT");
}
