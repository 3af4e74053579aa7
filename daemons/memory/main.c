// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * m3ipc-memory: starts, serves, ends.
 *
 *	start: bound as MEMORY -> disks opened, with what their journals have ->
 *	without rights
 *	serving: the loop of a driver (common/blockdriver.h)
 *	SIGTERM, or the VM ends: disks closed -> ends
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/vm.h"
#include "disks.h"
#include "plain.h"

/* The one of this node; NULL: it was logged that there is none. */
static const struct config_memory *memory_choose(const struct config *config,
						 const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->nr_memories; i++)
		if (!strcmp(vm->memories[i].node, config->local))
			return &vm->memories[i];
	log_line(SD_ERR, "%s: the configuration has no memory at this node",
		 vm->name);
	return NULL;
}

/* The first ones are MINIX's. */
static const struct blockdev **minors_make(void)
{
	const struct blockdev **minors = memory_alloc(
		(DEV_MINOR_DISK + disks_nr()) * sizeof(struct blockdev *));

	minors[DEV_MINOR_RAM] = disks_ram();
	minors[DEV_MINOR_MEM] = &plain_refused;
	minors[DEV_MINOR_KMEM] = &plain_refused;
	minors[DEV_MINOR_NULL] = &plain_null;
	minors[DEV_MINOR_BOOT] = disks_boot();
	minors[DEV_MINOR_ZERO] = &plain_zero;
	for (size_t i = 0; i < disks_nr(); i++)
		minors[DEV_MINOR_DISK + i] = disks_get(i);
	return minors;
}

/* False: it was logged why not. */
static bool memory_start(const struct config_vm *vm,
			 const struct config_memory *memory)
{
	/* It has its slot, and files of others, by them. */
	if (!vm_bind_own(vm, MEM_PROC_NR) || !disks_open(memory) ||
	    !daemon_keep_capabilities(0))
		return false;
	sd_notify(0, "READY=1");
	log_line(SD_INFO, "serving %s, %zu disks", vm->name, disks_nr());
	return true;
}

static int memory_run(const struct config *config, const struct config_vm *vm)
{
	struct blockdriver driver = {
		.vmid = vm->usr.vm_vmid,
		.node = config_local(config)->id,
		.nr_minors = DEV_MINOR_DISK + (int)disks_nr(),
	};
	const struct blockdev **minors = minors_make();
	int status;

	driver.minors = minors;
	status = vm_status(vm, blockdriver_run(&driver));
	free(minors);
	return status;
}

int main(int argc, char **argv)
{
	struct daemon daemon = {
		.synopsis = "m3ipc-memory [-c FILE] [-tv] VM",
		.about = "The driver of a VM's disks in memory and of images.",
		.options = "",
		.letters = "",
	};
	const struct config_memory *memory;
	const struct config_vm *vm;
	struct config *config;
	int status;

	vm = vm_begin(&daemon, argc, argv, &config);
	memory = memory_choose(config, vm);
	if (!memory || daemon.check)
		return memory ? EXIT_SUCCESS : EXIT_FAILURE;
	status = EXIT_FAILURE;
	if (memory_start(vm, memory))
		status = memory_run(config, vm);
	sd_notify(0, "STOPPING=1");
	if (!disks_close() && !status)
		status = EXIT_FAILURE;
	config_free(config);
	return status;
}
