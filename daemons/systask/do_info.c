// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GETINFO: tables, into the memory of who asks.  NEXTPROC, NEXTNODE: an entry,
 * in the answer, also for who is on another node: so nobody is waited for.
 */
#include <stdlib.h>
#include <string.h>

#include "systask.h"

/* A table that is being made: entries of one size */
struct table {
	char *at;
	size_t size; /* of an entry */
	int nr;
};

static bool table_make(struct table *t, size_t size, int nr)
{
	t->size = size;
	t->nr = nr;
	t->at = calloc((size_t)nr + 1, size);
	return t->at;
}

static void *table_entry(const struct table *t, int i)
{
	return t->at + (size_t)i * t->size;
}

static int machine_table(struct systask *s, struct table *t)
{
	if (!table_make(t, sizeof(VM_usr_t), 1))
		return EMOLNOMEM;
	return mnx_getvminfo(s->vmid, table_entry(t, 0));
}

static int kinfo_table(struct table *t)
{
	if (!table_make(t, sizeof(drvs_usr_t), 1))
		return EMOLNOMEM;
	return mnx_getdrvsinfo(table_entry(t, 0));
}

static int proc_table(struct systask *s, struct table *t, int first, int nr)
{
	proc_usr_t *info;
	int rc = 0;

	if (!table_make(t, sizeof(proc_usr_t), nr))
		return EMOLNOMEM;
	for (int i = 0; !rc && i < nr; i++) {
		info = table_entry(t, i);
		rc = mnx_getprocinfo(s->vmid, first + i, info);
		procs_info(s, first + i, info);
	}
	return rc;
}

static int priv_table(struct systask *s, struct table *t)
{
	const int nr = s->usr.vm_nr_tasks + s->usr.vm_nr_procs;

	if (!table_make(t, sizeof(priv_usr_t), nr))
		return EMOLNOMEM;
	for (int i = 0; i < nr; i++)
		if (s->procs.proc[i].endpoint != NONE)
			mnx_getpriv(s->vmid, s->procs.proc[i].endpoint,
				    table_entry(t, i));
	return 0;
}

static int slots_table(struct systask *s, struct table *t)
{
	static const int uses[] = { [SLOTS_NONE] = SYS_SLOT_OTHER,
				    [SLOTS_FREE] = SYS_SLOT_FREE,
				    [SLOTS_USED] = SYS_SLOT_USED,
				    [SLOTS_DONATING] = SYS_SLOT_DONATING,
				    [SLOTS_HELD] = SYS_SLOT_HELD };
	sys_slot_t *e;

	if (!table_make(t, sizeof(sys_slot_t), s->nr_users))
		return EMOLNOMEM;
	for (int i = 0; i < s->nr_users; i++) {
		const struct slots_slot *slot = &s->slots.slot[i];

		e = table_entry(t, i);
		e->p_nr = s->first_user + i;
		e->owner = slot->owner.number ? s->node_id[slot->owner.node] :
						NONE;
		e->use = uses[slot->use];
		e->endpoint =
			s->procs.proc[e->p_nr + s->usr.vm_nr_tasks].endpoint;
	}
	return 0;
}

static int node_state(const struct systask *s, int index)
{
	const struct slots *slots = &s->slots;

	for (uint32_t i = 0; i < slots->nr_members; i++)
		if ((int)slots->member[i].id.node == index)
			return slots->member[i].id.life ? SYS_NODE_RUNNING :
							  SYS_NODE_JOINING;
	if (s->expires[index])
		return SYS_NODE_ENDED;
	for (int i = 0; i < s->nr_users; i++)
		if (slots->slot[i].owner.number &&
		    (int)slots->slot[i].owner.node == index)
			return SYS_NODE_CUT;
	return SYS_NODE_AWAY;
}

static void node_count(const struct systask *s, int index, sys_node_t *e)
{
	for (int i = 0; i < s->nr_users; i++)
		e->slots += s->slots.slot[i].owner.number &&
			    (int)s->slots.slot[i].owner.node == index;
	for (uint32_t i = 0; i < s->pst.nr; i++) {
		if ((int)s->pst.entry[i].node != index)
			continue;
		e->processes += s->pst.entry[i].fact.kind == PST_PROC;
		e->names += s->pst.entry[i].fact.kind == PST_NAME;
	}
}

static void node_fill(const struct systask *s, int index, sys_node_t *e)
{
	e->nodeid = s->node_id[index];
	e->state = node_state(s, index);
	e->self = e->nodeid == s->node;
	e->used = e->self ? (int)slots_count(&s->slots, SLOTS_USED) : -1;
	node_count(s, index, e);
}

static int nodes_table(struct systask *s, struct table *t)
{
	if (!table_make(t, sizeof(sys_node_t), s->nr_nodes))
		return EMOLNOMEM;
	for (int i = 0; i < s->nr_nodes; i++)
		node_fill(s, i, table_entry(t, i));
	return 0;
}

static int names_table(struct systask *s, struct table *t)
{
	const struct pst_entry *from;
	sys_entry_t *e;
	int n = 0;

	if (!table_make(t, sizeof(sys_entry_t), (int)s->pst.nr))
		return EMOLNOMEM;
	for (uint32_t i = 0; i < s->pst.nr; i++) {
		from = &s->pst.entry[i];
		if (from->fact.kind != PST_NAME || from->leaving)
			continue;
		e = table_entry(t, n++);
		e->endpoint = from->fact.endpoint;
		e->nodeid = s->node_id[from->node];
		e->reachable = pst_is_reachable(&s->pst, from);
		e->since = from->fact.since;
		memcpy(e->name, from->fact.text, sizeof(e->name));
	}
	t->nr = n;
	return 0;
}

static int table_of(struct systask *s, struct table *t, int what, int which)
{
	const int nr = s->usr.vm_nr_tasks + s->usr.vm_nr_procs;

	switch ((enum sys_what)what) {
	case GET_MACHINE:
		return machine_table(s, t);
	case GET_KINFO:
		return kinfo_table(t);
	case GET_PROCTAB:
		return proc_table(s, t, -s->usr.vm_nr_tasks, nr);
	case GET_PRIVTAB:
		return priv_table(s, t);
	case GET_SLOTSTAB:
		return slots_table(s, t);
	case GET_PROCINFO:
		return proc_table(s, t, which, 1);
	case GET_NODES:
		return nodes_table(s, t);
	case GET_NAMES:
		return names_table(s, t);
	case SYS_NR_WHAT:
		break;
	}
	return EMOLINVAL;
}

int do_getinfo(struct systask *s, struct request *rq)
{
	struct table t = { 0 };
	sys_info_t arg;
	int64_t bytes;
	int rc;

	com_get(rq->m, &arg);
	if (arg.bytes < 0)
		return EMOLRANGE;
	rc = table_of(s, &t, arg.what, arg.which);
	bytes = rc ? 0 : (int64_t)t.size * t.nr;
	if (bytes > arg.bytes)
		bytes = arg.bytes - arg.bytes % (int64_t)t.size;
	if (bytes)
		rc = mnx_vcopy(SELF, t.at, rq->client,
			       (void *)(uintptr_t)arg.to, bytes);
	arg.nr = t.nr;
	com_put(rq->m, &arg);
	free(t.at);
	return rc;
}

/* False: no process of this node is there. */
static bool process_fill(struct systask *s, int p_nr, sys_process_t *e)
{
	proc_usr_t info;

	if (s->procs.proc[p_nr + s->usr.vm_nr_tasks].endpoint == NONE ||
	    mnx_getprocinfo(s->vmid, p_nr, &info) ||
	    info.p_rts_flags & (SLOT_FREE | REMOTE))
		return false;
	procs_info(s, p_nr, &info);
	*e = (sys_process_t){ .p_nr = p_nr,
			      .endpoint = info.p_endpoint,
			      .lpid = info.p_lpid,
			      .rts_flags = info.p_rts_flags,
			      .misc_flags = info.p_misc_flags,
			      .getfrom = info.p_getfrom,
			      .sendto = info.p_sendto,
			      .uid = info.p_uid };
	memcpy(e->name, info.p_name, sizeof(e->name));
	return true;
}

int do_nextproc(struct systask *s, struct request *rq)
{
	const int first = -s->usr.vm_nr_tasks, end = s->usr.vm_nr_procs;
	sys_process_t e;
	int p_nr;

	com_get(rq->m, &e);
	p_nr = e.p_nr < first ? first : e.p_nr;
	while (p_nr < end && !process_fill(s, p_nr, &e))
		p_nr++;
	if (p_nr >= end)
		e = (sys_process_t){ .endpoint = NONE };
	com_put(rq->m, &e);
	return OK;
}

int do_nextnode(struct systask *s, struct request *rq)
{
	sys_peer_t asked, e = { .node.nodeid = NONE };
	node_usr_t info;
	int i = 0;

	com_get(rq->m, &asked);
	while (i < s->nr_nodes && s->node_id[i] < asked.node.nodeid)
		i++;
	if (i < s->nr_nodes) {
		node_fill(s, i, &e.node);
		if (!mnx_getnodeinfo(s->node_id[i], &info)) {
			e.link = info.n_flags &
				 (NODE_SCONNECTED | NODE_RCONNECTED);
			e.sent = info.n_pxsent;
			e.received = info.n_pxrcvd;
		}
	}
	com_put(rq->m, &e);
	return OK;
}
