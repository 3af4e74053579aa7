// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock of the VM: by how much it is ahead of those of the nodes, which
 * nobody sets from here.
 */
#include <errno.h>

#include "pm.h"

int do_clock(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);

	if (!p)
		return EMOLNOTBIND;
	com_put(rq->m, &((pm_clock_t){ pm.clock }));
	return OK;
}

static int clock_set(struct mproc *p)
{
	if (p->uid)
		return -EPERM;
	pm.clock = p->users.value;
	return OK;
}

int do_stime(struct serve_request *rq)
{
	struct mproc *p = pm_client(rq);
	pm_clock_t arg;

	com_get(rq->m, &arg);
	if (!p)
		return EMOLNOTBIND;
	if (arg.ahead > PM_CLOCK_MAX || arg.ahead < -PM_CLOCK_MAX)
		return -EINVAL;
	p->users = (struct mproc_users){ .pid = p->pid,
					 .value = arg.ahead,
					 .then = clock_set };
	return users_ask(p);
}
