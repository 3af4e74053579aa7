// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * m3ipc-memory: starts, serves, ends.
 *
 *	start: bound as MEMORY -> disks opened, with what their journals have ->
 *	without rights.  If other nodes have them, too: disks opened -> in the
 *	group of their nodes -> stands by until it is MEMORY
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
#include "shared.h"

/* The one of this node; NULL: it was logged that there is none. */
static const struct config_memory *memory_choose(const struct config *config,
						 const struct config_vm *vm)
{
	const struct config_memory *memory =
		config_memory_at(vm, config->local);

	if (!memory)
		log_line(SD_ERR,
			 "%s: the configuration has no memory at this node",
			 vm->name);
	return memory;
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

static bool is_shared(const struct config_memory *memory)
{
	for (size_t i = 0; i < memory->nr_disks; i++)
		if (memory->disks[i].replicas)
			return true;
	return false;
}

/* Standing by is all that it is there for until it gets the endpoint. */
static bool memory_stand_by(const struct config *config,
			    const struct config_vm *vm,
			    const struct config_memory *memory, bool force)
{
	if (!disks_open(memory, config->local) ||
	    !shared_start(config, vm, memory, force))
		return false;
	sd_notify(0, "READY=1");
	log_line(SD_INFO, "%s: stands by", vm->name);
	return shared_stand_by(vm);
}

/* False: it was logged why not. */
static bool memory_start(const struct config *config,
			 const struct config_vm *vm,
			 const struct config_memory *memory, bool force)
{
	/* It has its slot, and files of others, by them. */
	if (is_shared(memory) ? !memory_stand_by(config, vm, memory, force) :
				!vm_bind_own(vm, MEM_PROC_NR) ||
					!disks_open(memory, config->local))
		return false;
	if (!daemon_keep_capabilities(0))
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
		.synopsis = "m3ipc-memory [-c FILE] [-atv] VM",
		.about = "The driver of a VM's disks in memory and of images.",
		.options = "  -a       nodes that are away have no newer "
			   "replicas\n",
		.letters = "a",
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
	if (memory_start(config, vm, memory, daemon.own == 'a'))
		status = memory_run(config, vm);
	else if (is_shared(memory))
		status = vm_status(vm, EMOLNOTBIND);
	sd_notify(0, "STOPPING=1");
	if (!disks_close() && !status)
		status = EXIT_FAILURE;
	config_free(config);
	return status;
}
