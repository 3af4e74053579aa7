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
	return is_pid(pid) ? t->pid[pid].proc : NULL;
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
			     .pid = pid_new(t) };
	t->at[_ENDPOINT_P(endpoint) + NR_TASKS] = p;
	t->pid[p->pid].proc = p;
	mproc_set_session(t, p, p->pid);
	mproc_set_group(t, p, p->pid);
	return p;
}

/* 0 is none. */
void mproc_set_group(struct mprocs *t, struct mproc *p, int group)
{
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
}

void mproc_free(struct mprocs *t, struct mproc *p)
{
	mproc_leave_slot(t, p);
	mproc_set_group(t, p, 0);
	mproc_set_session(t, p, 0);
	t->pid[p->pid].proc = NULL;
	*p = (struct mproc){ .younger = t->free };
	t->free = p;
	t->nr--;
}
