// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/kept.h"
#include "keep.h"

#define KEEP_MAGIC 0x324d504du /* "MPM2" */

/* Who is not there any more is told by what has come after "ends_seen". */
struct record {
	uint64_t nr;          /* the higher, the newer; 0: not whole */
	uint64_t born;        /* as of struct mproc */
	uint64_t incarnation; /* of the binding; 0: not known */
	uint64_t alarm;       /* ticks; 0: none */
	int32_t state;        /* MPROC_FREE: nobody */
	int32_t endpoint;
	int32_t node;
	int32_t pid;
	int32_t parent; /* pid; 0: nobody */
	int32_t told_of;
	int32_t group;
	int32_t session;
	int32_t status;
	uint32_t uid;
	uint32_t answers;
	uint8_t told;
	uint8_t has_execed;
	uint8_t no_zombies;
	uint8_t adopted;
};

struct kept {
	uint32_t magic;
	int32_t last_pid;
	uint64_t nr; /* of the last record */
	uint64_t ends_seen;
	int64_t clock;
	struct record record[MPROC_MAX][2];
};

static struct kept *kept;

static const struct record *record_newest(int i)
{
	const struct record *r = kept->record[i];

	return &r[r[1].nr > r[0].nr];
}

static void record_fill(struct record *r, const struct mproc *p)
{
	*r = (struct record){
		.born = p->born,
		.incarnation = p->incarnation,
		.alarm = p->alarm.index ? p->alarm.at : 0,
		.state = (int32_t)p->state,
		.endpoint = p->endpoint,
		.node = p->node,
		.pid = p->pid,
		.parent = p->parent ? p->parent->pid : 0,
		.told_of = p->told_of ? p->told_of->pid : 0,
		.group = p->group,
		.session = p->session,
		.status = p->status,
		.uid = p->uid,
		.answers = p->answers,
		.told = p->told,
		.has_execed = p->has_execed,
		.no_zombies = p->no_zombies,
		.adopted = p->adopted,
	};
}

/* Over the older one; it is not whole before all of it is there. */
static void record_store(const struct mproc *p)
{
	const int i = (int)(p - pm.procs.proc);
	const struct record *newest = record_newest(i);
	struct record *r = &kept->record[i][newest == &kept->record[i][0]];
	/* No number comes twice, whenever this ends. */
	const uint64_t nr = ++kept->nr;

	r->nr = 0;
	atomic_signal_fence(memory_order_seq_cst);
	if (p->state == MPROC_FREE)
		*r = (struct record){ .state = MPROC_FREE };
	else
		record_fill(r, p);
	atomic_signal_fence(memory_order_seq_cst);
	r->nr = nr;
}

void keep_store(void)
{
	struct mprocs *t = &pm.procs;

	for (int i = 0; i < t->nr_touched; i++) {
		t->touched[i]->touched = false;
		record_store(t->touched[i]);
	}
	t->nr_touched = 0;
	kept->last_pid = t->last_pid;
	kept->clock = pm.clock;
	/* When what they said is stored */
	atomic_signal_fence(memory_order_seq_cst);
	kept->ends_seen = pm.ends_seen;
}

/* Oldest first, as children are in that order */
static int by_age(const void *a, const void *b)
{
	const struct record *const *r = a, *const *s = b;

	return ((*r)->born > (*s)->born) - ((*r)->born < (*s)->born);
}

static bool record_restore(const struct record *r, struct mproc *p)
{
	const struct mproc as = {
		.state = (enum mproc_state)r->state,
		.endpoint = r->endpoint,
		.node = r->node,
		.incarnation = r->incarnation,
		.pid = r->pid,
		.group = r->group,
		.session = r->session,
		.uid = r->uid,
		.status = r->status,
		.told = r->told,
		.has_execed = r->has_execed,
		.no_zombies = r->no_zombies,
		.adopted = r->adopted,
		.answers = r->answers,
		.born = r->born,
	};

	return mproc_restore(&pm.procs, p, &as);
}

/* Of a pid, also one of which a parent has been told */
static struct mproc *relative(int pid)
{
	return pid > 0 && pid < MPROC_PIDS ? pm.procs.pid[pid].proc : NULL;
}

static void relatives_restore(const struct record *r, struct mproc *p)
{
	struct mproc *child = relative(r->told_of);

	if (r->alarm)
		timers_restore(&pm.timers, p, r->alarm);
	if (child && child->parent == p)
		p->told_of = child;
}

/* Its parent had not been told yet, as its record was not stored. */
static void taken_restore(struct mproc *p)
{
	if (p->state == MPROC_TAKEN && p->parent->told_of != p)
		p->state = MPROC_ZOMBIE;
}

/* Each pair of records is that of the process with its number. */
static struct mproc *process_of(const struct record *r)
{
	return &pm.procs.proc[(r - kept->record[0]) / 2];
}

static void table_restore(void)
{
	static const struct record *old[MPROC_MAX];
	int nr = 0, n = 0;

	for (int i = 0; i < MPROC_MAX; i++)
		if (record_newest(i)->state != MPROC_FREE)
			old[nr++] = record_newest(i);
	qsort(old, (size_t)nr, sizeof(old[0]), by_age);
	for (int i = 0; i < nr; i++)
		if (record_restore(old[i], process_of(old[i])))
			old[n++] = old[i];
	mproc_restored(&pm.procs);
	for (int i = 0; i < n; i++)
		family_restore(&pm.procs, process_of(old[i]),
			       relative(old[i]->parent));
	for (int i = 0; i < n; i++)
		if (process_of(old[i])->state != MPROC_FREE)
			relatives_restore(old[i], process_of(old[i]));
	for (int i = 0; i < n; i++)
		taken_restore(process_of(old[i]));
	pm.procs.last_pid = kept->last_pid;
	pm.ends_seen = kept->ends_seen;
	pm.clock = kept->clock;
}

bool keep_open(void)
{
	kept = kept_map("pm", pm.vmid, sizeof(*kept));
	if (!kept)
		return false;
	if (kept->magic == KEEP_MAGIC) {
		table_restore();
		return true;
	}
	memset(kept, 0, sizeof(*kept));
	kept->magic = KEEP_MAGIC;
	kept->last_pid = pm.procs.last_pid;
	return true;
}
