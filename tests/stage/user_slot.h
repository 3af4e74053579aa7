/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A slot for a program that is no actor */
#ifndef TESTS_STAGE_USER_SLOT_H
#define TESTS_STAGE_USER_SLOT_H

#include <molipc/molipc.h>

/* The caller gets the first user slot of a VM that it may have; or an error */
static inline int user_slot_bind(int vmid)
{
	VM_usr_t vm;
	int rc = mnx_getvminfo(vmid, &vm);
	int p_nr = vm.vm_nr_sysprocs - vm.vm_nr_tasks;

	if (rc)
		return rc;
	do {
		rc = mnx_bind(vmid, p_nr++);
	} while (MNX_ERR(rc) == EMOLSLOTUSED || rc == EMOLBADOWNER);
	return rc;
}

#endif /* TESTS_STAGE_USER_SLOT_H */
