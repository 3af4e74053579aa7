// SPDX-License-Identifier: LGPL-2.1-or-later
/* Other nodes: who reaches them, and what the proxies themselves call. */
#include <string.h>

#include "device.h"

int mi_copy_name(char to[M3IPC_NAME_LEN], const char *name)
{
	if (!name)
		return EMOLFAULT;
	if (strlen(name) >= M3IPC_NAME_LEN)
		return EMOLNAMESIZE;
	strcpy(to, name);
	return OK;
}

int mnx_add_node(int vmid, int nodeid)
{
	struct m3ipc_vmnode arg = { .vmid = vmid, .nodeid = nodeid };

	return mi_device(M3IPC_IOC_ADD_NODE, &arg);
}

int mnx_del_node(int vmid, int nodeid)
{
	struct m3ipc_vmnode arg = { .vmid = vmid, .nodeid = nodeid };

	return mi_device(M3IPC_IOC_DEL_NODE, &arg);
}

int mnx_node_up(const char *name, int nodeid, int pxid)
{
	struct m3ipc_node arg = { .nodeid = nodeid, .pxid = pxid };
	int rc = mi_copy_name(arg.name, name);

	return rc ? rc : mi_device(M3IPC_IOC_NODE_UP, &arg);
}

int mnx_node_down(int nodeid)
{
	struct m3ipc_node arg = { .nodeid = nodeid };

	return mi_device(M3IPC_IOC_NODE_DOWN, &arg);
}

int mnx_proxies_bind(const char *name, int pxid, int spid, int rpid,
		     int maxbytes)
{
	struct m3ipc_proxies_bind arg = { .pxid = pxid,
					  .spid = spid,
					  .rpid = rpid,
					  .maxbytes = maxbytes };
	int rc = mi_copy_name(arg.name, name);

	return rc ? rc : mi_device(M3IPC_IOC_PROXIES_BIND, &arg);
}

int mnx_proxies_unbind(int pxid)
{
	struct m3ipc_pxid arg = { .pxid = pxid };

	return mi_device(M3IPC_IOC_PROXIES_UNBIND, &arg);
}

int mnx_proxy_conn(int pxid, int status)
{
	struct m3ipc_pxid arg = { .pxid = pxid, .status = status };

	return mi_device(M3IPC_IOC_PROXY_CONN, &arg);
}

int mnx_proxy_timeout(int pxid, int ms)
{
	struct m3ipc_proxy_timeout arg = { .pxid = pxid, .timeout = ms };

	return mi_device(M3IPC_IOC_PROXY_TIMEOUT, &arg);
}

int mnx_getproxyinfo(int pxid, proc_usr_t *sproc, proc_usr_t *rproc)
{
	struct m3ipc_proxyinfo arg = { .px.px_id = pxid };
	int rc = mi_device(M3IPC_IOC_GETPROXYINFO, &arg);

	if (!rc && sproc)
		*sproc = arg.sproc;
	if (!rc && rproc)
		*rproc = arg.rproc;
	return rc;
}

int mnx_getproxies(int pxid, proxies_usr_t *info)
{
	struct m3ipc_proxyinfo arg = { .px.px_id = pxid };
	int rc = mi_device(M3IPC_IOC_GETPROXYINFO, &arg);

	if (!rc && info)
		*info = arg.px;
	return rc;
}

int mnx_get2rmt_batch(cmd_t *cmds, int max, proxy_payload_t *payload,
		      long bytes, long ms)
{
	struct m3ipc_batch arg = {
		.cmds = (uintptr_t)cmds,
		.payload = (uintptr_t)payload,
		.bytes = bytes,
		.timeout = ms,
		.nr = (uint32_t)max,
	};
	int rc = mi_device(M3IPC_IOC_GET2RMT, &arg);

	return rc ? rc : (int)arg.nr;
}

int mnx_get2rmt_T(cmd_t *cmd, proxy_payload_t *payload, long ms)
{
	int rc = mnx_get2rmt_batch(cmd, 1, payload, 0, ms);

	return rc < 0 ? rc : OK;
}

int mnx_get2rmt(cmd_t *cmd, proxy_payload_t *payload)
{
	return mnx_get2rmt_T(cmd, payload, TIMEOUT_FOREVER);
}

int mnx_put2lcl_batch(const cmd_t *cmds, int n, const proxy_payload_t *payload,
		      int *done)
{
	struct m3ipc_batch arg = {
		.cmds = (uintptr_t)cmds,
		.payload = (uintptr_t)payload,
		.nr = (uint32_t)n,
	};
	int rc = mi_device(M3IPC_IOC_PUT2LCL, &arg);

	/* If the driver was not reached, nr is what it was. */
	if (done)
		*done = rc && arg.nr == (uint32_t)n ? 0 : (int)arg.nr;
	return rc;
}

int mnx_put2lcl(const cmd_t *cmd, const proxy_payload_t *payload)
{
	return mnx_put2lcl_batch(cmd, 1, payload, NULL);
}
