// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "mproc.h"

void mproc_init(struct mprocs *t)
{
	memset(t, 0, sizeof(*t));
	for (int i = MPROC_MAX - 1; i >= 0; i--) {
		t->proc[i].younger = t->free;
		t->free = &t->proc[i];
	}
	t->last_pid = MPROC_PID_NOBODY;
}

/* Where the slot has its process; NULL: no slot of any VM */
static struct mproc *const *slot_of(const struct mprocs *t, int p_nr)
{
	if (p_nr < -NR_TASKS || p_nr >= M3IPC_MAX_SLOTS)
		return NULL;
	return &t->at[p_nr + NR_TASKS];
}

static bool is_endpoint(int endpoint)
{
	return endpoint >= -NR_TASKS && endpoint <= INT_MAX - NR_TASKS &&
	       _ENDPOINT_P(endpoint) < M3IPC_MAX_SLOTS;
}

struct mproc *mproc_in_slot(const struct mprocs *t, int p_nr)
{
	struct mproc *const *at = slot_of(t, p_nr);

	return at ? *at : NULL;
}

struct mproc *mproc_find(const struct mprocs *t, int endpoint)
{
	struct mproc *p;

	if (!is_endpoint(endpoint))
		return NULL;
	p = mproc_in_slot(t, _ENDPOINT_P(endpoint));
	return p && p->endpoint == endpoint ? p : NULL;
}

static bool is_pid(int pid)
{
	return pid > MPROC_PID_NOBODY && pid < MPROC_PIDS;
}

struct mproc *mproc_by_pid(const struct mprocs *t, int pid)
{
	struct mproc *p = is_pid(pid) ? t->pid[pid].proc : NULL;

	return p && p->state != MPROC_TAKEN ? p : NULL;
}

struct mproc *mproc_from_pid(const struct mprocs *t, int pid)
{
	struct mproc *p = NULL;

	if (pid < MPROC_PID_NOBODY)
		pid = MPROC_PID_NOBODY;
	while (!p && pid < MPROC_PIDS)
		p = mproc_by_pid(t, pid++);
	return p;
}

int mproc_group_session(const struct mprocs *t, int group)
{
	if (!is_pid(group) || !t->pid[group].nr_group)
		return 0;
	return t->pid[group].group_session;
}

/* The next one that stands for nothing: no process, group or session */
static int pid_new(struct mprocs *t)
{
	const struct mproc_pid *n;

	do {
		if (++t->last_pid == MPROC_PIDS)
			t->last_pid = MPROC_PID_NOBODY + 1;
		n = &t->pid[t->last_pid];
	} while (n->proc || n->nr_group || n->nr_session);
	return t->last_pid;
}

bool mproc_has_room(const struct mprocs *t, uint32_t uid)
{
	return t->nr < MPROC_MAX - (uid ? MPROC_FOR_ROOT : 0);
}

struct mproc *mproc_new(struct mprocs *t, int endpoint, int node)
{
	struct mproc *p = t->free;

	if (!p || !is_endpoint(endpoint) ||
	    mproc_in_slot(t, _ENDPOINT_P(endpoint)))
		return NULL;
	t->free = p->younger;
	t->nr++;
	*p = (struct mproc){ .state = MPROC_LIVE,
			     .endpoint = endpoint,
			     .node = node,
			     .pid = pid_new(t),
			     .touched = p->touched,
			     .born = ++t->born };
	mproc_touch(t, p);
	t->at[_ENDPOINT_P(endpoint) + NR_TASKS] = p;
	t->pid[p->pid].proc = p;
	mproc_set_session(t, p, p->pid);
	mproc_set_group(t, p, p->pid);
	return p;
}

void mproc_touch(struct mprocs *t, struct mproc *p)
{
	if (p->touched)
		return;
	p->touched = true;
	t->touched[t->nr_touched++] = p;
}

/* 0 is none. */
void mproc_set_group(struct mprocs *t, struct mproc *p, int group)
{
	mproc_touch(t, p);
	if (p->group)
		t->pid[p->group].nr_group--;
	p->group = group;
	if (!group)
		return;
	t->pid[group].nr_group++;
	t->pid[group].group_session = p->session;
}

void mproc_set_session(struct mprocs *t, struct mproc *p, int session)
{
	mproc_touch(t, p);
	if (p->session)
		t->pid[p->session].nr_session--;
	p->session = session;
	if (session)
		t->pid[session].nr_session++;
}

void mproc_leave_slot(struct mprocs *t, struct mproc *p)
{
	struct mproc **at = &t->at[_ENDPOINT_P(p->endpoint) + NR_TASKS];

	if (*at == p)
		*at = NULL;
	if (p->lost_slot)
		t->nr_lost--;
	p->lost_slot = false;
}

void mproc_lose_slot(struct mprocs *t, struct mproc *p)
{
	mproc_leave_slot(t, p);
	p->lost_slot = true;
	t->nr_lost++;
}

static void restore_slot(struct mprocs *t, struct mproc *p)
{
	struct mproc **at = &t->at[_ENDPOINT_P(p->endpoint) + NR_TASKS];

	if (*at)
		mproc_lose_slot(t, *at);
	*at = p;
}

static bool can_be(const struct mprocs *t, const struct mproc *p)
{
	return p->state > MPROC_FREE && p->state < MPROC_STATES &&
	       is_endpoint(p->endpoint) && is_pid(p->pid) && is_pid(p->group) &&
	       is_pid(p->session) && !t->pid[p->pid].proc;
}

bool mproc_restore(struct mprocs *t, struct mproc *p, const struct mproc *as)
{
	if (!can_be(t, as))
		return false;
	*p = *as;
	p->session = p->group = 0;
	t->nr++;
	t->pid[p->pid].proc = p;
	mproc_set_session(t, p, as->session);
	mproc_set_group(t, p, as->group);
	if (p->state == MPROC_LIVE || p->state == MPROC_STOPPED)
		restore_slot(t, p);
	t->nr_stopped += p->state == MPROC_STOPPED;
	if (t->born < p->born)
		t->born = p->born;
	return true;
}

void mproc_restored(struct mprocs *t)
{
	t->free = NULL;
	for (int i = MPROC_MAX - 1; i >= 0; i--) {
		if (t->proc[i].state != MPROC_FREE)
			continue;
		t->proc[i].younger = t->free;
		t->free = &t->proc[i];
	}
}

struct mproc *mproc_without_slot(struct mprocs *t, int endpoint)
{
	for (int i = 0; t->nr_lost && i < MPROC_MAX; i++)
		if (t->proc[i].lost_slot && t->proc[i].endpoint == endpoint)
			return &t->proc[i];
	return NULL;
}

void mproc_free(struct mprocs *t, struct mproc *p)
{
	mproc_leave_slot(t, p);
	mproc_set_group(t, p, 0);
	mproc_set_session(t, p, 0);
	t->pid[p->pid].proc = NULL;
	mproc_touch(t, p);
	*p = (struct mproc){ .younger = t->free, .touched = true };
	t->free = p;
	t->nr--;
}
