// SPDX-License-Identifier: GPL-2.0-or-later
#include "migr.h"
#include "raw.h"

static int migr(int at, unsigned long request, struct m3ipc_migr arg)
{
	arg.vmid = VMID;
	return raw_ioctl(cluster_fd(at), request, &arg);
}

int migr_start(int at, int ep)
{
	return migr(at, M3IPC_IOC_MIGR_START,
		    (struct m3ipc_migr){ .endpoint = ep });
}

int migr_rollback(int at, int ep)
{
	return migr(at, M3IPC_IOC_MIGR_ROLLBACK,
		    (struct m3ipc_migr){ .endpoint = ep });
}

int migr_recall(int at, int ep)
{
	return migr(at, M3IPC_IOC_MIGR_RECALL,
		    (struct m3ipc_migr){ .endpoint = ep });
}

int migr_commit(int at, int pid, int ep, int to)
{
	return migr(at, M3IPC_IOC_MIGR_COMMIT,
		    (struct m3ipc_migr){ .endpoint = ep,
					 .nodeid = to,
					 .pid = pid });
}

int migr_stand_by(int at, int pid, int ep, int nodeid)
{
	struct m3ipc_bkupbind arg = {
		.vmid = VMID,
		.endpoint = ep,
		.nodeid = nodeid,
		.pid = pid,
	};

	return raw_ioctl(cluster_fd(at), M3IPC_IOC_BKUPBIND, &arg);
}

int migr_replicate(struct actor *spare, int p_nr)
{
	struct m3ipc_replbind arg = {
		.vmid = VMID,
		.pid = spare->pid,
		.p_nr = p_nr,
	};
	int rc = raw_ioctl(cluster_fd(spare->nodeid), M3IPC_IOC_REPLBIND, &arg);

	if (!rc) {
		spare->ep = p_nr;
		spare->p_nr = p_nr;
	}
	return rc;
}

/* The node before has not heard yet that all others know of its last one. */
void migr_start_all(int nodes, int ep)
{
	int i, rc;

	for (i = 0; i < nodes; i++) {
		AWAIT((rc = migr_start(i, ep)) != EMOLMIGRATE);
		ASSERT_RC(rc, OK);
	}
}

void migr_rollback_all(int nodes, int ep)
{
	int i;

	for (i = 0; i < nodes; i++)
		ASSERT_RC(migr_rollback(i, ep), OK);
}

void migr_commit_all(int nodes, int first, struct actor *from, struct actor *to)
{
	int i, at;

	for (i = 0; i < nodes; i++) {
		at = (first + i) % nodes;
		ASSERT_RC(migr_commit(at, at == to->nodeid ? to->pid : -1,
				      from->ep, to->nodeid),
			  OK);
	}
	to->ep = from->ep;
	to->p_nr = from->p_nr;
}
