// SPDX-License-Identifier: GPL-2.0-or-later
/* Ids, groups and sessions; the table */
#include <errno.h>

#include "pm.h"

/* Of a zombie, or of another node, the kernel says nothing. */
static void fill_user(pm_ids_t *ids)
{
	proc_usr_t info;

	ids->uid = ids->gid = PROC_NO_ID;
	if (!pm_look(ids->endpoint, &info))
		return;
	ids->uid = info.p_uid;
	ids->gid = info.p_gid;
}

int do_getpid(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	pm_ids_t arg, ids;

	com_get(rq->m, &arg);
	if (!p)
		return EMOLNOTBIND;
	if (arg.pid)
		p = mproc_by_pid(&pm.procs, arg.pid);
	if (!p)
		return -ESRCH;
	ids = (pm_ids_t){ .pid = p->pid,
			  .parent = family_parent_pid(p),
			  .group = p->group,
			  .session = p->session,
			  .endpoint = p->endpoint };
	fill_user(&ids);
	com_put(rq->m, &ids);
	return OK;
}

int do_setpgid(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	pm_group_t arg;

	com_get(rq->m, &arg);
	if (!p)
		return EMOLNOTBIND;
	return family_setpgid(&pm.procs, p, arg.pid, arg.group);
}

int do_setsid(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	int rc;

	if (!p)
		return EMOLNOTBIND;
	rc = family_setsid(&pm.procs, p);
	if (rc)
		return rc;
	com_put(rq->m, &((pm_group_t){ p->pid, p->session }));
	return OK;
}

static int state_of(const struct mproc *p)
{
	switch (p->state) {
	case MPROC_STOPPED:
		return PM_STOPPED;
	case MPROC_ZOMBIE:
		return PM_ZOMBIE;
	default:
		return PM_LIVE;
	}
}

/* Also for who is not in the table: nothing is in it that is secret. */
int do_nextproc(struct serve_request *rq)
{
	pm_process_t arg, answer = { 0 };
	struct mproc *p;

	pm_client(rq);
	com_get(rq->m, &arg);
	p = mproc_from_pid(&pm.procs, arg.pid);
	if (p) {
		uid_read(p);
		answer = (pm_process_t){ .pid = p->pid,
					 .parent = family_parent_pid(p),
					 .group = p->group,
					 .session = p->session,
					 .endpoint = p->endpoint,
					 .node = p->node,
					 .uid = p->uid,
					 .state = state_of(p),
					 .status = p->status };
	}
	com_put(rq->m, &answer);
	return OK;
}
