// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GETINFO: tables, into the memory of who asks.  NEXTPROC, NEXTNODE, GETPART:
 * an entry, or a part of one, in the answer, also for who is on another node:
 * so nobody is waited for.
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

static int nr_one(const struct systask *s)
{
	(void)s;
	return 1;
}

static int nr_slots(const struct systask *s)
{
	return s->usr.vm_nr_tasks + s->usr.vm_nr_procs;
}

static int nr_users(const struct systask *s)
{
	return s->nr_users;
}

static int nr_nodes(const struct systask *s)
{
	return s->nr_nodes;
}

static int machine_fill(struct systask *s, int i, void *to)
{
	(void)i;
	return mnx_getvminfo(s->vmid, to);
}

static int kinfo_fill(struct systask *s, int i, void *to)
{
	(void)s, (void)i;
	return mnx_getdrvsinfo(to);
}

static int proc_read(struct systask *s, int p_nr, proc_usr_t *to)
{
	const int rc = mnx_getprocinfo(s->vmid, p_nr, to);

	procs_info(s, p_nr, to);
	return rc;
}

static int proc_fill(struct systask *s, int i, void *to)
{
	return proc_read(s, i - s->usr.vm_nr_tasks, to);
}

static int priv_fill(struct systask *s, int i, void *to)
{
	if (s->procs.proc[i].endpoint != NONE)
		mnx_getpriv(s->vmid, s->procs.proc[i].endpoint, to);
	return 0;
}

static int slot_fill(struct systask *s, int i, void *to)
{
	static const int uses[] = { [SLOTS_NONE] = SYS_SLOT_OTHER,
				    [SLOTS_FREE] = SYS_SLOT_FREE,
				    [SLOTS_USED] = SYS_SLOT_USED,
				    [SLOTS_DONATING] = SYS_SLOT_DONATING,
				    [SLOTS_HELD] = SYS_SLOT_HELD };
	const struct slots_slot *slot = &s->slots.slot[i];
	sys_slot_t *e = to;

	e->p_nr = s->first_user + i;
	e->owner = slot->owner.number ? s->node_id[slot->owner.node] : NONE;
	e->use = uses[slot->use];
	e->endpoint = s->procs.proc[e->p_nr + s->usr.vm_nr_tasks].endpoint;
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

static void node_read(const struct systask *s, int index, sys_node_t *e)
{
	e->nodeid = s->node_id[index];
	e->state = node_state(s, index);
	e->self = e->nodeid == s->node;
	e->used = e->self ? (int)slots_count(&s->slots, SLOTS_USED) : -1;
	node_count(s, index, e);
}

static int node_fill(struct systask *s, int i, void *to)
{
	node_read(s, i, to);
	return 0;
}

/* Tables of so many entries as there are, each of which is filled in alone */
static const struct info {
	size_t size;
	int (*nr)(const struct systask *s);
	int (*fill)(struct systask *s, int i, void *to);
} infos[SYS_NR_WHAT] = {
	[GET_MACHINE] = { sizeof(VM_usr_t), nr_one, machine_fill },
	[GET_KINFO] = { sizeof(drvs_usr_t), nr_one, kinfo_fill },
	[GET_PROCTAB] = { sizeof(proc_usr_t), nr_slots, proc_fill },
	[GET_PRIVTAB] = { sizeof(priv_usr_t), nr_slots, priv_fill },
	[GET_SLOTSTAB] = { sizeof(sys_slot_t), nr_users, slot_fill },
	[GET_NODES] = { sizeof(sys_node_t), nr_nodes, node_fill },
};

static int info_table(struct systask *s, const struct info *info,
		      struct table *t)
{
	int rc = 0;

	if (!table_make(t, info->size, info->nr(s)))
		return EMOLNOMEM;
	for (int i = 0; !rc && i < t->nr; i++)
		rc = info->fill(s, i, table_entry(t, i));
	return rc;
}

static int proc_table(struct systask *s, struct table *t, int p_nr)
{
	return table_make(t, sizeof(proc_usr_t), 1) ?
		       proc_read(s, p_nr, table_entry(t, 0)) :
		       EMOLNOMEM;
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
	if (what < 0 || what >= SYS_NR_WHAT)
		return EMOLINVAL;
	if (what == GET_PROCINFO)
		return proc_table(s, t, which);
	if (what == GET_NAMES)
		return names_table(s, t);
	return info_table(s, &infos[what], t);
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
			      .uid = info.p_uid,
			      .gid = info.p_gid };
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
		node_read(s, i, &e.node);
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

/* An entry of any of those tables */
union entry {
	VM_usr_t machine;
	drvs_usr_t kinfo;
	proc_usr_t proc;
	priv_usr_t priv;
	sys_slot_t slot;
	sys_node_t node;
	uint8_t raw[512];
};

/* Of a slot without a process there is nothing to tell. */
static int entry_read(struct systask *s, int what, int i, union entry *e)
{
	int rc;

	memset(e, 0, sizeof(*e));
	rc = infos[what].fill(s, i, e);
	if (what == GET_PROCTAB && e->proc.p_rts_flags == SLOT_FREE)
		memset(e, 0, sizeof(*e));
	return rc;
}

/* Of what binding an entry is */
static uint32_t entry_serial(const struct systask *s, int what, int i,
			     const union entry *e)
{
	switch (what) {
	case GET_PROCTAB:
		return (uint32_t)e->proc.p_incarnation;
	case GET_PRIVTAB:
		return (uint32_t)s->procs.proc[i].incarnation;
	default:
		return 0;
	}
}

/* The first part from "offset" on that is not all zero; false: there is none */
static bool part_take(const union entry *e, size_t size, sys_part_t *part)
{
	static const uint8_t zero[SYS_PART];
	size_t at = (size_t)part->offset;

	for (; at < size; at += SYS_PART) {
		const size_t n = size - at < SYS_PART ? size - at : SYS_PART;

		if (!memcmp(e->raw + at, zero, n))
			continue;
		memcpy(part->part, e->raw + at, n);
		part->offset = (int)at;
		return true;
	}
	return false;
}

/* No more are looked at: who asks goes on at the next one. */
#define ENTRIES_AT_ONCE 256

static int part_find(struct systask *s, sys_part_t *part)
{
	const int end = part->nr - part->which < ENTRIES_AT_ONCE ?
				part->nr :
				part->which + ENTRIES_AT_ONCE;
	union entry e;

	for (; part->which < end; part->which++) {
		const int rc = entry_read(s, part->what, part->which, &e);

		part->serial = entry_serial(s, part->what, part->which, &e);
		if (rc || part_take(&e, infos[part->what].size, part))
			return rc;
		part->offset = 0;
	}
	part->offset = -1;
	return 0;
}

int do_getpart(struct systask *s, struct request *rq)
{
	sys_part_t part;
	int rc;

	com_get(rq->m, &part);
	memset(part.part, 0, sizeof(part.part));
	if (part.what < 0 || part.what >= SYS_NR_WHAT || !infos[part.what].nr)
		return EMOLINVAL;
	part.nr = infos[part.what].nr(s);
	if (part.which < 0 || part.which > part.nr || part.offset < 0)
		return EMOLRANGE;
	rc = part_find(s, &part);
	com_put(rq->m, &part);
	return rc;
}
