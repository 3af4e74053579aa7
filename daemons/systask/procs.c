// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <string.h>

#include "remote.h"
#include "systask.h"

#define EVENTS_AT_ONCE 64

/* Who is told of ends, as it keeps something for processes */
static const int hears[] = { PM_PROC_NR, FS_PROC_NR };
#define NR_HEARS ARRAY_SIZE(hears)
_Static_assert(NR_HEARS == ENDS_HEARS, "each has a place in struct ends");

static bool hears_ends(int p_nr)
{
	for (size_t i = 0; i < NR_HEARS; i++)
		if (hears[i] == p_nr)
			return true;
	return false;
}

int procs_slot(const struct systask *s, const struct proc *p)
{
	return (int)(p - s->procs.proc) - s->usr.vm_nr_tasks;
}

struct keep_proc *procs_kept(const struct systask *s, const struct proc *p)
{
	return keep_proc(s->keep, (int)(p - s->procs.proc), p->endpoint,
			 p->incarnation);
}

static struct proc *proc_at(struct systask *s, int p_nr)
{
	if (p_nr < -s->usr.vm_nr_tasks || p_nr >= s->usr.vm_nr_procs)
		return NULL;
	return &s->procs.proc[p_nr + s->usr.vm_nr_tasks];
}

struct proc *procs_find(struct systask *s, int endpoint)
{
	struct proc *p;

	if (endpoint < -NR_TASKS)
		return NULL;
	p = proc_at(s, _ENDPOINT_P(endpoint));
	return p && p->endpoint == endpoint ? p : NULL;
}

/* Names and the alarm that it had when an earlier SYSTASK ended */
static void proc_find_kept(struct systask *s, struct proc *p)
{
	const uint64_t alarm = procs_kept(s, p)->alarm;
	const struct pst_fact *name;

	if (alarm)
		alarm_set(&s->alarms, &p->alarm, alarm, systask_now());
	for (size_t i = 0; i < KEEP_NAMES; i++) {
		name = &s->keep->name[i].fact;
		if (!name->kind || name->endpoint != p->endpoint ||
		    name->incarnation != p->incarnation)
			continue;
		pst_had(&s->pst, name);
		p->named = true;
	}
}

static void proc_appears(struct systask *s, proc_usr_t *info)
{
	struct proc *p = proc_at(s, info->p_nr);
	struct pst_fact fact = { .kind = PST_PROC,
				 .endpoint = info->p_nr,
				 .since = systask_realtime(),
				 .incarnation = info->p_incarnation };

	*p = (struct proc){ .endpoint = info->p_endpoint,
			    .pid = info->p_lpid,
			    .incarnation = info->p_incarnation };
	moves_bound(&s->moves, info->p_endpoint);
	if (info->p_nr < s->first_user) {
		procs_info(s, info->p_nr, info);
		memcpy(fact.text, info->p_name, sizeof(info->p_name));
		pst_bound(&s->pst, &fact);
		if (hears_ends(info->p_nr))
			remotes_ask(s);
	} else if (s->slots.state == SLOTS_INIT) {
		slots_found_process(&s->slots,
				    (uint32_t)(info->p_nr - s->first_user));
	} else {
		slots_bound(&s->slots, (uint32_t)(info->p_nr - s->first_user));
	}
}

static void proc_goes(struct systask *s, struct proc *p)
{
	const int endpoint = p->endpoint;

	alarm_cancel(&s->alarms, &p->alarm, systask_now());
	*procs_kept(s, p) = (struct keep_proc){ .endpoint = NONE };
	for (size_t i = 0; p->named && i < KEEP_NAMES; i++)
		if (s->keep->name[i].fact.endpoint == endpoint)
			s->keep->name[i].fact.kind = 0;
	p->endpoint = NONE;
	name_forget_client(s, endpoint);
	pst_unbound(&s->pst, endpoint);
	moves_unbound(&s->moves, endpoint);
}

/* Also of one that came and went since the last event: it had the slot. */
static void slot_is_empty(struct systask *s, int p_nr)
{
	if (p_nr >= s->first_user)
		slots_exit(&s->slots, (uint32_t)(p_nr - s->first_user));
}

/* The driver's word about a slot, as it is now */
static int proc_read(struct systask *s, int p_nr, bool first)
{
	struct proc *p = proc_at(s, p_nr);
	proc_usr_t info;
	bool here;
	int rc = mnx_getprocinfo(s->vmid, p_nr, &info);

	if (rc)
		return rc;
	here = info.p_rts_flags != SLOT_FREE && info.p_nodeid == s->node;
	if (here && p->endpoint == info.p_endpoint &&
	    p->incarnation == info.p_incarnation)
		return 0;
	if (p->endpoint != NONE)
		proc_goes(s, p);
	slot_is_empty(s, p_nr);
	if (here)
		proc_appears(s, &info);
	if (here && first)
		proc_find_kept(s, p);
	return 0;
}

void procs_look(struct systask *s, int p_nr)
{
	proc_read(s, p_nr, false);
}

static int procs_read(struct systask *s, bool first)
{
	int rc = 0;

	for (int p_nr = -s->usr.vm_nr_tasks; !rc && p_nr < s->usr.vm_nr_procs;
	     p_nr++)
		rc = proc_read(s, p_nr, first);
	return rc;
}

int procs_start(struct systask *s)
{
	m3ipc_event_t event;
	int rc;

	for (int i = 0; i < M3IPC_MAX_SLOTS; i++)
		s->procs.proc[i].endpoint = NONE;
	alarm_init(&s->alarms, s->procs.heap);
	ends_init(&s->ends, systask_realtime());
	/* From here on there are events; what they are does not matter yet. */
	do {
		rc = mnx_getevents(s->vmid, &s->procs.seen, &event, 1);
	} while (rc > 0);
	if (rc && rc != EMOLOVERRUN)
		return rc;
	rc = procs_read(s, true);
	procs_tell_ends(s);
	return rc;
}

/* How an unbound process goes on is not the VM's matter. */
static int event_status(const m3ipc_event_t *e)
{
	if (e->e_type == M3IPC_EVENT_DIED)
		return e->e_status;
	return e->e_why ? SIGKILL : 0;
}

/* Does PM, or FS, of another node hear of ends by the group? */
static bool is_heard_elsewhere(const struct systask *s)
{
	const struct pst_entry *e;

	for (size_t i = 0; i < NR_HEARS; i++) {
		e = pst_holder(&s->pst, hears[i]);
		if (e && (int)e->node != s->node_index[s->node])
			return true;
	}
	return false;
}

static void event_end(struct systask *s, const m3ipc_event_t *e)
{
	const int status = event_status(e);

	if (e->e_type == M3IPC_EVENT_BIND ||
	    migr_is_elsewhere(s, e->e_endpoint, s->pst.node))
		return;
	ends_add(&s->ends, &(sys_end_t){ e->e_endpoint, status, PROC_NO_ID },
		 systask_now());
	if (is_heard_elsewhere(s))
		pst_say(&s->pst, PST_ENDED, e->e_endpoint, (uint64_t)status, 0);
}

void procs_tell_ends(struct systask *s)
{
	const struct proc *p;

	for (size_t i = 0; i < NR_HEARS; i++) {
		p = proc_at(s, hears[i]);
		if (!p || p->endpoint == NONE ||
		    s->ends.told[i] == s->ends.last)
			continue;
		if (!mnx_ntfy_value(SELF, p->endpoint, SYS_ENDED))
			s->ends.told[i] = s->ends.last;
	}
}

/* A slot is looked at as it is now: later events of it find nothing new. */
int procs_follow(struct systask *s)
{
	m3ipc_event_t events[EVENTS_AT_ONCE];
	int rc, n;

	do {
		n = mnx_getevents(s->vmid, &s->procs.seen, events,
				  EVENTS_AT_ONCE);
		if (n == EMOLOVERRUN) {
			rc = procs_read(s, false);
			ends_lose(&s->ends);
			continue;
		}
		rc = n < 0 ? n : 0;
		for (int i = 0; !rc && i < n; i++) {
			event_end(s, &events[i]);
			rc = proc_read(s, events[i].e_p_nr, false);
		}
	} while (!rc && n);
	migr_look(s);
	procs_tell_ends(s);
	return rc;
}

void procs_info(struct systask *s, int p_nr, proc_usr_t *info)
{
	const struct proc *p = proc_at(s, p_nr);
	const char *name;

	if (!p || p->endpoint != info->p_endpoint)
		return;
	name = procs_kept(s, p)->name;
	if (*name)
		memcpy(info->p_name, name, sizeof(info->p_name));
}
