// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device.h"

static int bind(int vmid, int p_nr, uint32_t who, int pid)
{
	struct m3ipc_bind arg = { .vmid = vmid,
				  .p_nr = p_nr,
				  .who = who,
				  .pid = pid };
	int rc = mi_device(M3IPC_IOC_BIND, &arg);

	return mi_endpoint_or_error(rc, arg.endpoint);
}

int mnx_bind(int vmid, int p_nr)
{
	return bind(vmid, p_nr, M3IPC_BIND_PROCESS, 0);
}

int mnx_tbind(int vmid, int p_nr)
{
	return bind(vmid, p_nr, M3IPC_BIND_THREAD, 0);
}

int mnx_lclbind(int vmid, int pid, int p_nr)
{
	return bind(vmid, p_nr, M3IPC_BIND_OTHER, pid);
}

int mnx_rmtbind(int vmid, const char *name, int endpoint, int nodeid)
{
	return mnx_rmtbind_as(vmid, name, endpoint, nodeid, 0);
}

int mnx_rmtbind_as(int vmid, const char *name, int endpoint, int nodeid,
		   uint64_t incarnation)
{
	struct m3ipc_rmtbind arg = { .vmid = vmid,
				     .endpoint = endpoint,
				     .nodeid = nodeid,
				     .incarnation = incarnation };
	int rc = mi_copy_name(arg.name, name);

	if (!rc)
		rc = mi_device(M3IPC_IOC_RMTBIND, &arg);
	return mi_endpoint_or_error(rc, endpoint);
}

int mnx_bkupbind(int vmid, int pid, int endpoint, int nodeid)
{
	struct m3ipc_bkupbind arg = { .vmid = vmid,
				      .endpoint = endpoint,
				      .nodeid = nodeid,
				      .pid = pid };

	return mi_endpoint_or_error(mi_device(M3IPC_IOC_BKUPBIND, &arg),
				    endpoint);
}

int mnx_replbind(int vmid, int pid, int p_nr)
{
	struct m3ipc_replbind arg = { .vmid = vmid, .pid = pid, .p_nr = p_nr };

	return mi_endpoint_or_error(mi_device(M3IPC_IOC_REPLBIND, &arg), p_nr);
}

int mnx_wait4bind_T(long ms)
{
	struct m3ipc_wait4bind arg = { .timeout = ms };
	int rc = mi_device(M3IPC_IOC_WAIT4BIND, &arg);

	return mi_endpoint_or_error(rc, arg.endpoint);
}

int mnx_wait4bind(void)
{
	return mnx_wait4bind_T(TIMEOUT_FOREVER);
}

int mnx_vm_wait4bindep_T(int vmid, int endpoint, long ms)
{
	struct m3ipc_wait4ep arg = { .vmid = vmid,
				     .endpoint = endpoint,
				     .timeout = ms,
				     .until = M3IPC_UNTIL_BOUND };
	int rc = mi_device(M3IPC_IOC_WAIT4EP, &arg);

	return mi_endpoint_or_error(rc, arg.endpoint);
}

int mnx_wait4bindep_T(int endpoint, long ms)
{
	return mnx_vm_wait4bindep_T(M3IPC_OWN_VM, endpoint, ms);
}

int mnx_wait4bindep(int endpoint)
{
	return mnx_wait4bindep_T(endpoint, TIMEOUT_FOREVER);
}

int mnx_vm_wait4unbind_T(int vmid, int endpoint, long ms)
{
	struct m3ipc_wait4ep arg = { .vmid = vmid,
				     .endpoint = endpoint,
				     .timeout = ms,
				     .until = M3IPC_UNTIL_GONE };

	return mi_device(M3IPC_IOC_WAIT4EP, &arg);
}

int mnx_wait4unbind_T(int endpoint, long ms)
{
	return mnx_vm_wait4unbind_T(M3IPC_OWN_VM, endpoint, ms);
}

int mnx_wait4unbind(int endpoint)
{
	return mnx_wait4unbind_T(endpoint, TIMEOUT_FOREVER);
}

int mnx_unbind_T(int vmid, int endpoint, long ms)
{
	struct m3ipc_unbind arg = { .vmid = vmid,
				    .endpoint = endpoint,
				    .timeout = ms };

	return mi_device(M3IPC_IOC_UNBIND, &arg);
}

int mnx_unbind(int vmid, int endpoint)
{
	return mnx_unbind_T(vmid, endpoint, TIMEOUT_FOREVER);
}

int mnx_getep(int pid)
{
	struct m3ipc_getep arg = { .pid = pid };
	int rc = mi_device(M3IPC_IOC_GETEP, &arg);

	return mi_endpoint_or_error(rc, arg.endpoint);
}

int mnx_bind_failed(int rc)
{
	return rc < EMOLERRCODE;
}
