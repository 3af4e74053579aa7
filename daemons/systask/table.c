// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests: number -> who does it */
#include "systask.h"

#define AT(number) [(number)-SYS_BASE]

static int (*const calls[SYS_END - SYS_BASE])(struct systask *s,
					      struct request *rq) = {
	AT(SYS_FORK) = do_fork,         AT(SYS_EXEC) = do_setpname,
	AT(SYS_EXIT) = do_exit,         AT(SYS_NICE) = do_nice,
	AT(SYS_PRIVCTL) = do_privctl,   AT(SYS_KILL) = do_kill,
	AT(SYS_MEMSET) = do_memset,     AT(SYS_VIRCOPY) = do_vircopy,
	AT(SYS_VCOPY) = do_vcopy,       AT(SYS_SETALARM) = do_setalarm,
	AT(SYS_TIMES) = do_times,       AT(SYS_GETINFO) = do_getinfo,
	AT(SYS_RFORK) = do_rfork,       AT(SYS_SETPNAME) = do_setpname,
	AT(SYS_BINDPROC) = do_bindproc, AT(SYS_GETUPTIME) = do_getuptime,
	AT(SYS_PUBLISH) = do_publish,   AT(SYS_WITHDRAW) = do_withdraw,
	AT(SYS_LOOKUP) = do_lookup,     AT(SYS_FORGET) = do_forget,
	AT(SYS_FOUND) = do_found,       AT(SYS_NEXTPROC) = do_nextproc,
	AT(SYS_NEXTNODE) = do_nextnode, AT(SYS_GETENDS) = do_getends,
	AT(SYS_GETPART) = do_getpart,   AT(SYS_MIGRATE) = do_migrate,
	AT(SYS_MIGRTAKE) = do_migrtake, AT(SYS_STANDBY) = do_standby,
	AT(SYS_PROMOTE) = do_promote,   AT(SYS_GETMOVE) = do_getmove,
};

/* False: it has gone meanwhile. */
static bool fill_client(struct systask *s, struct request *rq)
{
	const int p_nr = procs_slot(s, rq->proc);
	proc_usr_t info;

	rq->system = p_nr < s->first_user;
	if (mnx_getprocinfo(s->vmid, p_nr, &info) ||
	    info.p_endpoint != rq->client)
		return false;
	rq->uid = info.p_uid;
	return true;
}

static bool is_granted(const struct systask *s, const struct request *rq)
{
	const int bit = rq->m->m_type - SYS_BASE;
	priv_usr_t priv;

	return !mnx_getpriv(s->vmid, rq->client, &priv) &&
	       priv.s_call_mask >> bit & 1;
}

/* What shows no more than all of this node may see, in the answer itself */
static bool is_for_all_nodes(int type)
{
	return type == SYS_NEXTPROC || type == SYS_NEXTNODE ||
	       type == SYS_GETPART;
}

/*
 * Otherwise only processes of this node: of others nothing is known here, and
 * to reach their memory would be to wait for their node.
 */
int table_call(struct systask *s, struct request *rq)
{
	const int type = rq->m->m_type;

	if (type < SYS_BASE || type >= SYS_END || !calls[type - SYS_BASE])
		return EMOLBADREQUEST;
	rq->proc = procs_find(s, rq->client);
	if (!rq->proc)
		return is_for_all_nodes(type) ? calls[type - SYS_BASE](s, rq) :
						EMOLPERM;
	if (!fill_client(s, rq))
		return EMOLNOTBIND;
	if (!is_granted(s, rq))
		return EMOLCALLDENIED;
	return calls[type - SYS_BASE](s, rq);
}

void systask_answer(struct systask *s, int client, message *m, int rc)
{
	int answered;

	(void)s;
	m->m_type = rc;
	answered = mnx_reply(client, m);
	if (answered)
		log_line(SD_DEBUG, "endpoint %d is not answered: %s", client,
			 mnx_strerror(answered));
}
