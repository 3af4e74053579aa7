// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device.h"

int mnx_migr_start(int vmid, int endpoint)
{
	struct m3ipc_migr arg = { .vmid = vmid, .endpoint = endpoint };

	return mi_device(M3IPC_IOC_MIGR_START, &arg);
}

int mnx_migr_commit(int pid, int vmid, int endpoint, int nodeid)
{
	struct m3ipc_migr arg = { .vmid = vmid,
				  .endpoint = endpoint,
				  .nodeid = nodeid,
				  .pid = pid };

	return mi_device(M3IPC_IOC_MIGR_COMMIT, &arg);
}

int mnx_migr_rollback(int vmid, int endpoint)
{
	struct m3ipc_migr arg = { .vmid = vmid, .endpoint = endpoint };

	return mi_device(M3IPC_IOC_MIGR_ROLLBACK, &arg);
}
