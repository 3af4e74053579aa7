// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <molipc/sys.h>

#include "log.h"
#include "vm.h"

const struct config_vm *vm_choose(const struct config *config, const char *name)
{
	const struct config_node *local = config_local(config);

	for (size_t i = 0; i < config->nr_vms; i++) {
		const struct config_vm *vm = &config->vms[i];

		if (strcmp(vm->name, name) != 0)
			continue;
		if (vm->usr.vm_nodes >> local->id & 1 &&
		    vm->membership != CONFIG_NONE)
			return vm;
		log_line(SD_ERR,
			 vm->membership == CONFIG_NONE ?
				 "%s has membership = \"none\": it has no "
				 "servers" :
				 "%s: this node has no part in this VM",
			 name);
		return NULL;
	}
	log_line(SD_ERR, "%s: no VM of the configuration", name);
	return NULL;
}

const struct config_vm *vm_begin(struct daemon *daemon, int argc, char **argv,
				 struct config **config)
{
	const struct config_vm *vm;
	int option;

	while ((option = daemon_option(daemon, argc, argv)) != -1)
		daemon->own = option;
	if (optind + 1 != argc)
		daemon_misused(daemon);
	*config = config_read(daemon->path, stderr);
	vm = *config ? vm_choose(*config, argv[optind]) : NULL;
	if (!vm)
		exit(EXIT_FAILURE);
	return vm;
}

bool vm_look(const struct config_vm *vm, VM_usr_t *usr)
{
	int rc = mnx_getvminfo(vm->usr.vm_vmid, usr);

	if (rc)
		log_line(SD_ERR, "%s: %s", vm->name, mnx_strerror(rc));
	return !rc;
}

int vm_status(const struct config_vm *vm, int rc)
{
	VM_usr_t usr;

	if (!rc)
		return EXIT_SUCCESS;
	log_line(SD_NOTICE, "%s: %s", vm->name, mnx_strerror(rc));
	return mnx_getvminfo(vm->usr.vm_vmid, &usr) ? DAEMON_ENDED :
						      EXIT_FAILURE;
}

/* Its slot may be another's by now. */
bool vm_has_remote(int endpoint, int nodeid)
{
	switch (sys_rfork(endpoint, nodeid, "remote")) {
	case EMOLBADOWNER:
	case EMOLNOTBIND:
	case EMOLNOVMNODE:
	case EMOLSLOTUSED:
		return false;
	default:
		return true;
	}
}

bool vm_bind(const struct config_vm *vm, int p_nr)
{
	int rc = mnx_bind(vm->usr.vm_vmid, p_nr);

	if (mnx_bind_failed(rc))
		log_line(SD_ERR, "%s, slot %d: %s", vm->name, p_nr,
			 mnx_strerror(rc));
	return !mnx_bind_failed(rc);
}

bool vm_bind_own(const struct config_vm *vm, int p_nr)
{
	const int vmid = vm->usr.vm_vmid;
	proc_usr_t info;

	if (!mnx_getprocinfo(vmid, p_nr, &info) && info.p_rts_flags & REMOTE)
		mnx_unbind(vmid, info.p_endpoint);
	return vm_bind(vm, p_nr);
}
