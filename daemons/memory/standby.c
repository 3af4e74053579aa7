// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include <molipc/molipc.h>
#include <molipc/move.h>

#include "common/log.h"
#include "standby.h"

/* Until it is tried again, as the system task begins, or one has just ended */
#define AGAIN 200000 /* us */

static bool may_pass(int error)
{
	switch (error) {
	case EMOLEXIST:
	case EMOLLCLPROC:
	case EMOLOVERRUN:
	case EMOLAGAIN:
	case EMOLTIMEDOUT:
	case EMOLNOTREADY:
	case EMOLDSTDIED:
	case EMOLNOTBIND:
		return true;
	default:
		return false;
	}
}

bool standby_may_wait(const struct config_vm *vm)
{
	VM_usr_t usr;

	return !mnx_getvminfo(vm->usr.vm_vmid, &usr);
}

bool standby_wait(const struct config_vm *vm)
{
	struct log_limit limit = { .last = 0 };
	int rc;

	while ((rc = mnx_standby(vm->usr.vm_vmid, MEM_PROC_NR, -1)) !=
	       MEM_PROC_NR) {
		rc = MNX_ERR(rc);
		if (!may_pass(rc)) {
			log_line(SD_ERR, "%s: to stand by: %s", vm->name,
				 mnx_strerror(rc));
			return false;
		}
		log_limited(&limit, log_now(), SD_INFO, "%s: to stand by: %s",
			    vm->name, mnx_strerror(rc));
		usleep(AGAIN);
	}
	return true;
}
