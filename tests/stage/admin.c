// SPDX-License-Identifier: GPL-2.0-or-later
#include <sched.h>
#include <string.h>

#include "admin.h"

int admin_fd;

void admin_up(void)
{
	ck_assert(!unshare(CLONE_NEWNET));
	admin_fd = raw_open();
}

/* The library opens its descriptor in here, too. */
void admin_down(void)
{
	mnx_drvs_end();
}

int init_node(drvs_usr_t drvs)
{
	return raw_ioctl(admin_fd, M3IPC_IOC_DRVS_INIT, &drvs);
}

int init_vm(VM_usr_t vm)
{
	if (!vm.vm_name[0])
		strcpy(vm.vm_name, "vm");
	return raw_ioctl(admin_fd, M3IPC_IOC_VM_INIT, &vm);
}
