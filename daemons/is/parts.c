// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "parts.h"

static size_t entry_size(int what)
{
	switch (what) {
	case GET_MACHINE:
		return sizeof(VM_usr_t);
	case GET_KINFO:
		return sizeof(drvs_usr_t);
	case GET_PROCTAB:
		return sizeof(proc_usr_t);
	case GET_PRIVTAB:
		return sizeof(priv_usr_t);
	case GET_SLOTSTAB:
		return sizeof(sys_slot_t);
	default:
		return 0;
	}
}

static int entries(int what, const VM_usr_t *vm)
{
	switch (what) {
	case GET_PROCTAB:
	case GET_PRIVTAB:
		return vm->vm_nr_tasks + vm->vm_nr_procs;
	case GET_SLOTSTAB:
		return vm->vm_nr_tasks + vm->vm_nr_procs - vm->vm_nr_sysprocs;
	default:
		return 1;
	}
}

bool table_make(struct table *t, int what, const VM_usr_t *vm)
{
	*t = (struct table){ .what = what,
			     .nr = entries(what, vm),
			     .size = entry_size(what) };
	if (t->size)
		t->at = calloc((size_t)t->nr + 1, t->size);
	return t->at;
}

void table_free(struct table *t)
{
	free(t->at);
	t->at = NULL;
}

/* What the driver says of a slot without a process */
static void proc_clear(const struct parts *p, int i, proc_usr_t *to)
{
	*to = (proc_usr_t){ .p_nr = p->first + i,
			    .p_endpoint = NONE,
			    .p_vmid = p->vmid,
			    .p_rts_flags = SLOT_FREE,
			    .p_lpid = PROC_NO_PID,
			    .p_nodeid = LOCALNODE,
			    .p_getfrom = NONE,
			    .p_sendto = NONE,
			    .p_waitmigr = NONE,
			    .p_proxy = NO_PROXIES,
			    .p_uid = PROC_NO_ID,
			    .p_gid = PROC_NO_ID };
}

static char *entry_at(const struct parts *p, int i)
{
	return p->table->at + (size_t)i * p->table->size;
}

static void entry_clear(const struct parts *p, int i)
{
	if (p->table->what == GET_PROCTAB)
		proc_clear(p, i, (proc_usr_t *)entry_at(p, i));
	else
		memset(entry_at(p, i), 0, p->table->size);
}

static void part_ask(const struct parts *p, sys_part_t *part)
{
	*part = (sys_part_t){ .what = p->table->what,
			      .which = p->which,
			      .offset = p->offset };
}

void parts_begin(struct parts *p, struct table *table, const VM_usr_t *vm,
		 sys_part_t *part)
{
	*p = (struct parts){ .table = table,
			     .first = -vm->vm_nr_tasks,
			     .vmid = vm->vm_vmid };
	for (int i = 0; i < table->nr; i++)
		entry_clear(p, i);
	part_ask(p, part);
}

/* Is it behind what was asked for, and where a part can be? */
static bool is_in_place(const struct parts *p, const sys_part_t *part)
{
	if (part->nr != p->table->nr || part->which < p->which ||
	    part->which > part->nr)
		return false;
	if (part->offset == -1)
		return part->which > p->which;
	return part->which < part->nr && part->offset >= 0 &&
	       part->offset % SYS_PART == 0 &&
	       (size_t)part->offset < p->table->size &&
	       (part->which > p->which || part->offset >= p->offset);
}

/* The process that it was of is gone: what there is of it goes, too. */
static void entry_anew(struct parts *p)
{
	entry_clear(p, p->which);
	p->has_some = false;
	p->offset = 0;
}

static void part_put(struct parts *p, const sys_part_t *part)
{
	const size_t left = p->table->size - (size_t)part->offset;

	if (!p->has_some)
		memset(entry_at(p, part->which), 0, p->table->size);
	memcpy(entry_at(p, part->which) + part->offset, part->part,
	       left < SYS_PART ? left : SYS_PART);
	p->has_some = true;
	p->serial = part->serial;
	p->offset = part->offset + SYS_PART;
}

int parts_take(struct parts *p, sys_part_t *part)
{
	if (!is_in_place(p, part))
		return EMOLBADMSG;
	if (part->which > p->which) {
		p->which = part->which;
		p->offset = 0;
		p->has_some = false;
	}
	if (part->which == part->nr)
		return PARTS_DONE;
	if (p->has_some && part->serial != p->serial)
		entry_anew(p);
	else if (part->offset >= 0)
		part_put(p, part);
	part_ask(p, part);
	return 0;
}
