// SPDX-License-Identifier: LGPL-2.1-or-later
/* Nodes, VMs and slots: to start, to end, to look at. */
#include <stddef.h>
#include <string.h>

#include "device.h"

int mnx_drvs_init(int nodeid, const drvs_usr_t *params)
{
	drvs_usr_t arg = { 0 };

	if (params)
		arg = *params;
	arg.d_nodeid = nodeid;
	return mi_device(M3IPC_IOC_DRVS_INIT, &arg);
}

int mnx_drvs_end(void)
{
	return mi_device(M3IPC_IOC_DRVS_END, NULL);
}

int mnx_vm_init(const VM_usr_t *vm)
{
	if (!vm)
		return EMOLFAULT;
	return mi_device(M3IPC_IOC_VM_INIT, vm);
}

int mnx_vm_end(int vmid)
{
	struct m3ipc_vmid arg = { .vmid = vmid };

	return mi_device(M3IPC_IOC_VM_END, &arg);
}

/* The driver writes to its argument even if it fails: hence the two. */
static int get(unsigned long request, void *arg, void *info)
{
	int rc;

	if (!info)
		return EMOLFAULT;
	rc = mi_device(request, arg);
	if (!rc)
		memcpy(info, arg, _IOC_SIZE(request));
	return rc;
}

int mnx_getdrvsinfo(drvs_usr_t *info)
{
	drvs_usr_t arg;

	return get(M3IPC_IOC_GETDRVSINFO, &arg, info);
}

int mnx_getvminfo(int vmid, VM_usr_t *info)
{
	VM_usr_t arg = { .vm_vmid = vmid };

	return get(M3IPC_IOC_GETVMINFO, &arg, info);
}

int mnx_getprocinfo(int vmid, int p_nr, proc_usr_t *info)
{
	proc_usr_t arg = { .p_vmid = vmid, .p_nr = p_nr };

	return get(M3IPC_IOC_GETPROCINFO, &arg, info);
}

int mnx_getpriv(int vmid, int endpoint, priv_usr_t *priv)
{
	struct m3ipc_priv arg = { .vmid = vmid, .endpoint = endpoint };
	int rc;

	if (!priv)
		return EMOLFAULT;
	rc = mi_device(M3IPC_IOC_GETPRIV, &arg);
	if (!rc)
		*priv = arg.priv;
	return rc;
}

int mnx_setpriv(int vmid, int endpoint, const priv_usr_t *priv)
{
	struct m3ipc_priv arg = { .vmid = vmid, .endpoint = endpoint };

	if (!priv)
		return EMOLFAULT;
	arg.priv = *priv;
	return mi_device(M3IPC_IOC_SETPRIV, &arg);
}

int mnx_setowners(int vmid, int nodeid, const uint64_t *slots)
{
	struct m3ipc_owners arg = { .vmid = vmid, .nodeid = nodeid };

	if (!slots)
		return EMOLFAULT;
	memcpy(arg.slots, slots, sizeof(arg.slots));
	return mi_device(M3IPC_IOC_SETOWNERS, &arg);
}

/* The driver says what to go on with even if it fails. */
int mnx_getevents(int vmid, uint64_t *seq, m3ipc_event_t *events, int n)
{
	struct m3ipc_getevents arg = { .vmid = vmid,
				       .events = (uintptr_t)events };
	int rc;

	if (!seq || (!events && n > 0))
		return EMOLFAULT;
	if (n < 0)
		return EMOLRANGE;
	arg.nr = (uint32_t)n;
	arg.seq = *seq;
	rc = mi_device(M3IPC_IOC_GETEVENTS, &arg);
	if (!rc || rc == EMOLOVERRUN)
		*seq = arg.seq;
	return rc ? rc : (int)arg.nr;
}

int mnx_getnodeinfo(int nodeid, node_usr_t *info)
{
	node_usr_t arg = { .n_nodeid = nodeid };

	return get(M3IPC_IOC_GETNODEINFO, &arg, info);
}

int mnx_vm_dump(void)
{
	return mi_device(M3IPC_IOC_VM_DUMP, NULL);
}

int mnx_proc_dump(int vmid)
{
	struct m3ipc_vmid arg = { .vmid = vmid };

	return mi_device(M3IPC_IOC_PROC_DUMP, &arg);
}

int mnx_wakeup(int vmid, int p_nr)
{
	struct m3ipc_wakeup arg = { .vmid = vmid, .p_nr = p_nr };

	return mi_device(M3IPC_IOC_WAKEUP, &arg);
}

int mnx_lease(int vmid, long ms)
{
	struct m3ipc_lease arg = { .vmid = vmid, .ms = ms };

	return mi_device(M3IPC_IOC_LEASE, &arg);
}

int mnx_hdw_notify(int vmid, int dst)
{
	struct m3ipc_hdw_notify arg = { .vmid = vmid, .dst = dst };

	return mi_device(M3IPC_IOC_HDW_NOTIFY, &arg);
}
