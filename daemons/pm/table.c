// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests: number -> who does it */
#include "pm.h"

#define AT(number) [(number)-PM_BASE]

serve_handler *const pm_calls[PM_END - PM_BASE] = {
	AT(PM_FORK) = do_fork,         AT(PM_BINDPROC) = do_bindproc,
	AT(PM_WAITPID) = do_waitpid,   AT(PM_CHILDREN) = do_children,
	AT(PM_EXEC) = do_exec,         AT(PM_KILL) = do_kill,
	AT(PM_ALARM) = do_alarm,       AT(PM_GETPID) = do_getpid,
	AT(PM_SETPGID) = do_setpgid,   AT(PM_SETSID) = do_setsid,
	AT(PM_NEXTPROC) = do_nextproc, AT(PM_ADOPT) = do_adopt,
	AT(PM_CLOCK) = do_clock,       AT(PM_STIME) = do_stime,
};

struct mproc *pm_client(const struct serve_request *rq)
{
	struct mproc *p = mproc_find(&pm.procs, rq->client);

	if (p)
		family_give_up(p);
	return p;
}

bool pm_look(int endpoint, proc_usr_t *info)
{
	return !mnx_getprocinfo(pm.vmid, _ENDPOINT_P(endpoint), info) &&
	       info->p_rts_flags != SLOT_FREE && info->p_endpoint == endpoint;
}
