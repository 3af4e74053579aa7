// SPDX-License-Identifier: GPL-2.0-or-later
#include <molipc/molipc.h>

#include "bind.h"

int bind_user(int vmid)
{
	VM_usr_t vm;
	int rc = mnx_getvminfo(vmid, &vm);
	int p_nr = vm.vm_nr_sysprocs - vm.vm_nr_tasks;

	if (rc)
		return rc;
	do {
		rc = mnx_bind(vmid, p_nr++);
	} while (MNX_ERR(rc) == EMOLSLOTUSED || MNX_ERR(rc) == EMOLBADOWNER);
	return rc;
}
