// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>

#include "remote.h"
#include "systask.h"

#define PATIENCE_MS 10000 /* for what a link carries, and is not broken */

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
		s->remotes[i].endpoint = s->remotes[i].leaving = NONE;
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
	r->endpoint = endpoint;
	r->nodeid = nodeid;
	remote_ask(s, r);
	return OK;
}

/* Of that node, as the driver has it */
static bool remote_is_there(const struct systask *s, int endpoint, int nodeid)
{
	proc_usr_t info;

	return !mnx_getprocinfo(s->vmid, _ENDPOINT_P(endpoint), &info) &&
	       info.p_rts_flags != SLOT_FREE && info.p_endpoint == endpoint &&
	       info.p_nodeid == nodeid;
}

static bool link_flows(int nodeid)
{
	const int both = NODE_SCONNECTED | NODE_RCONNECTED;
	node_usr_t info;

	return !mnx_getnodeinfo(nodeid, &info) && (info.n_flags & both) == both;
}

static void remote_left(struct systask *s, struct remote *r)
{
	if (remote_is_there(s, r->leaving, r->leaving_node))
		mnx_unbind(s->vmid, r->leaving);
	r->leaving = NONE;
}

static void remote_leave(struct systask *s, struct remote *r, int endpoint,
			 int nodeid)
{
	if (r->leaving == endpoint || !remote_is_there(s, endpoint, nodeid))
		return;
	r->leaving = endpoint;
	r->leaving_node = nodeid;
	r->until = systask_now() + PATIENCE_MS;
	if (!link_flows(nodeid))
		remote_left(s, r);
}

void remote_make_room(struct systask *s, int p_nr)
{
	struct remote *r = remote_at(s, p_nr);

	if (r && r->leaving != NONE)
		remote_left(s, r);
}

void remotes_time(struct systask *s)
{
	const uint64_t now = systask_now();

	for (int i = 0; i < M3IPC_MAX_SLOTS; i++) {
		struct remote *r = &s->remotes[i];

		if (r->leaving != NONE &&
		    (now >= r->until || !link_flows(r->leaving_node)))
			remote_left(s, r);
	}
}

void remote_ended(struct systask *s, int endpoint, int nodeid, int status)
{
	struct remote *r = remote_at(s, endpoint);

	/* A node speaks for its own processes alone. */
	if (!r || procs_find(s, endpoint) ||
	    (r->endpoint == endpoint && r->nodeid != nodeid))
		return;
	remote_leave(s, r, endpoint, nodeid);
	/* Its slot may have been another's before this was heard. */
	if (r->endpoint == endpoint)
		r->endpoint = NONE;
	ends_add(&s->ends, &(sys_end_t){ endpoint, status, PROC_NO_ID },
		 systask_now());
	procs_tell_ends(s);
}

void remote_moved(struct systask *s, int endpoint, int nodeid)
{
	struct remote *r = remote_at(s, endpoint);

	if (!r)
		return;
	if (nodeid == s->node) {
		r->endpoint = NONE;
	} else if (r->endpoint == endpoint || procs_find(s, endpoint)) {
		r->endpoint = endpoint;
		r->nodeid = nodeid;
	}
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
