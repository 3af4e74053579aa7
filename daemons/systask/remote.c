// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>

#include "remote.h"
#include "systask.h"

static struct remote *remote_at(struct systask *s, int endpoint)
{
	const int p_nr = _ENDPOINT_P(endpoint);

	if (p_nr < -s->usr.vm_nr_tasks || p_nr >= s->usr.vm_nr_procs)
		return NULL;
	return &s->remotes[p_nr + s->usr.vm_nr_tasks];
}

void remotes_init(struct systask *s)
{
	for (int i = 0; i < M3IPC_MAX_SLOTS; i++)
		s->remotes[i].endpoint = NONE;
}

static void remote_ask(struct systask *s, const struct remote *r)
{
	pst_say(&s->pst, PST_ASK, r->endpoint, (uint64_t)r->nodeid, 0);
}

int remote_watch(struct systask *s, int endpoint, int nodeid)
{
	struct remote *r = remote_at(s, endpoint);

	if (!r)
		return EMOLRANGE;
	*r = (struct remote){ endpoint, nodeid };
	remote_ask(s, r);
	return OK;
}

void remote_ended(struct systask *s, int endpoint, int nodeid, int status)
{
	struct remote *r = remote_at(s, endpoint);
	proc_usr_t info;

	/* A node speaks for its own processes alone. */
	if (!r || procs_find(s, endpoint) ||
	    (r->endpoint == endpoint && r->nodeid != nodeid))
		return;
	if (!mnx_getprocinfo(s->vmid, _ENDPOINT_P(endpoint), &info) &&
	    info.p_rts_flags != SLOT_FREE && info.p_endpoint == endpoint &&
	    info.p_nodeid == nodeid)
		mnx_unbind(s->vmid, endpoint);
	/* Its slot may have been another's before this was heard. */
	if (r->endpoint == endpoint)
		r->endpoint = NONE;
	ends_add(&s->ends, &(sys_end_t){ endpoint, status, PROC_NO_ID },
		 systask_now());
	procs_tell_ends(s);
}

void remote_user(struct systask *s, int endpoint, int nodeid, uint32_t uid)
{
	const struct remote *r = remote_at(s, endpoint);

	if (!r || r->endpoint != endpoint || r->nodeid != nodeid)
		return;
	ends_add(&s->ends, &(sys_end_t){ endpoint, 0, uid }, systask_now());
	procs_tell_ends(s);
}

void remotes_ask(struct systask *s)
{
	for (int i = 0; i < M3IPC_MAX_SLOTS; i++)
		if (s->remotes[i].endpoint != NONE)
			remote_ask(s, &s->remotes[i]);
}

void remotes_end(struct systask *s, int nodeid)
{
	proc_usr_t info;

	for (int p_nr = s->first_user; p_nr < s->usr.vm_nr_procs; p_nr++)
		if (!mnx_getprocinfo(s->vmid, p_nr, &info) &&
		    info.p_rts_flags != SLOT_FREE && info.p_nodeid == nodeid)
			mnx_unbind(s->vmid, info.p_endpoint);
	for (int i = 0; i < M3IPC_MAX_SLOTS; i++)
		if (s->remotes[i].endpoint != NONE &&
		    s->remotes[i].nodeid == nodeid)
			remote_ended(s, s->remotes[i].endpoint, nodeid,
				     SIGKILL);
	/* And those whose slots were others' before their ends were heard */
	ends_lose(&s->ends);
	procs_tell_ends(s);
}

/* What the driver has not told yet is asked first. */
void remote_answer(struct systask *s, int endpoint)
{
	const sys_end_t *end;
	const struct proc *p;
	proc_usr_t info;

	if (procs_follow(s))
		return;
	p = procs_find(s, endpoint);
	if (p) {
		if (!mnx_getprocinfo(s->vmid, procs_slot(s, p), &info) &&
		    info.p_endpoint == endpoint)
			pst_say(&s->pst, PST_USER, endpoint, info.p_uid, 0);
		return;
	}
	end = ends_find(&s->ends, endpoint, systask_now());
	pst_say(&s->pst, PST_ENDED, endpoint,
		(uint64_t)(end ? end->status : SIGKILL), 0);
}
