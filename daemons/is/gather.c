// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread of a node
 *
 *	bound in a user slot -> the table, part by part -> IS_GATHERED -> the
 *	next one, or unbound, and its end
 *
 * Its job is the thread's from an order to the next one, and meanwhile the
 * loop's from the moment at which the thread asks until it has another order.
 * If the thread loses its endpoint while it asks it asks again: the number of
 * the order says whether that has been answered.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "common/log.h"
#include "gather.h"
#include "is.h"

#define PATIENCE 5000  /* ms for an answer */
#define LIMIT    30000 /* ms for a table */
#define AGAIN    1     /* s */

struct gatherer {
	struct gather job;
	bool runs;   /* and has not been told to end */
	bool joined; /* there is no thread */
	pthread_t thread;
	sem_t started;
	atomic_int endpoint;
	atomic_uint orders; /* that it has been given */
};

static struct gatherer gatherers[M3IPC_MAX_NODES];

void gather_init(void)
{
	for (int i = 0; i < M3IPC_MAX_NODES; i++) {
		gatherers[i].job.nodeid = i;
		gatherers[i].joined = true;
		gatherers[i].endpoint = NONE;
		sem_init(&gatherers[i].started, 0, 0);
	}
}

int gather_own(struct table *t, int what)
{
	int rc;

	if (!table_make(t, what, &is.usr))
		return EMOLNOMEM;
	rc = sys_getinfo(what, 0, t->at, (long)t->size * t->nr);
	if (rc == t->nr)
		return 0;
	table_free(t);
	return rc < 0 ? rc : EMOLRANGE;
}

/* The thread gets the first user slot that it may have. */
static int slot_bind(void)
{
	int p_nr = is.usr.vm_nr_sysprocs - is.usr.vm_nr_tasks, rc;

	do {
		rc = mnx_tbind(is.usr.vm_vmid, p_nr++);
	} while (MNX_ERR(rc) == EMOLSLOTUSED || rc == EMOLBADOWNER ||
		 rc == EMOLOVERRUN);
	return rc;
}

static long ms_to_wait(int64_t end)
{
	const int64_t left = end - log_now();

	if (left < 0)
		return 0;
	return left < PATIENCE ? (long)left : PATIENCE;
}

static int table_gather(struct gather *job)
{
	const int64_t end = log_now() + LIMIT;
	struct parts parts;
	sys_part_t part;
	int rc;

	if (!table_make(&job->table, job->table.what, &is.usr))
		return EMOLNOMEM;
	parts_begin(&parts, &job->table, &is.usr, &part);
	do {
		rc = sys_getpart(job->nodeid, &part, ms_to_wait(end));
		if (!rc)
			rc = parts_take(&parts, &part);
	} while (!rc);
	return rc == PARTS_DONE ? 0 : rc;
}

/* If its endpoint has been taken away it gets another one. */
static void gathered_tell(struct gatherer *g)
{
	const gathered_t arg = { .order = g->orders };
	message m;
	int rc;

	while (g->orders == arg.order) {
		com_put(&m, &arg);
		m.m_type = IS_GATHERED;
		if (!mnx_sendrec(IS_PROC_NR, &m) && !m.m_type)
			return;
		rc = slot_bind();
		if (mnx_bind_failed(rc))
			sleep(AGAIN);
		else
			g->endpoint = rc;
	}
}

static void *gatherer_run(void *arg)
{
	struct gatherer *g = arg;
	int rc = slot_bind();

	g->endpoint = mnx_bind_failed(rc) ? NONE : rc;
	sem_post(&g->started);
	if (g->endpoint == NONE)
		return NULL;
	do {
		g->job.rc = table_gather(&g->job);
		gathered_tell(g);
	} while (g->job.table.what >= 0);
	mnx_unbind(is.usr.vm_vmid, SELF);
	return NULL;
}

/* Signals are for the loop. */
static int thread_start(struct gatherer *g)
{
	sigset_t all, mask;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	rc = pthread_create(&g->thread, NULL, gatherer_run, g);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	g->joined = rc;
	return -rc;
}

/* One that has been told to end does so at once. */
static void thread_join(struct gatherer *g)
{
	if (!g->joined)
		pthread_join(g->thread, NULL);
	g->joined = true;
	g->endpoint = NONE;
}

int gather_start(int nodeid, int what)
{
	struct gatherer *g = &gatherers[nodeid];
	int rc;

	thread_join(g);
	g->job.table = (struct table){ .what = what };
	rc = thread_start(g);
	if (rc)
		return rc;
	while (sem_wait(&g->started))
		;
	g->runs = g->endpoint != NONE;
	return g->runs ? 0 : EMOLAGAIN;
}

bool gather_runs(int nodeid)
{
	return gatherers[nodeid].runs;
}

struct gather *gather_find(int endpoint, uint32_t order, bool *known)
{
	struct gatherer *g;

	*known = false;
	for (g = gatherers; g < gatherers + M3IPC_MAX_NODES; g++) {
		if (g->endpoint != endpoint)
			continue;
		*known = g->orders != order;
		return *known ? NULL : &g->job;
	}
	return NULL;
}

void gather_next(struct gather *job, int what)
{
	struct gatherer *g = &gatherers[job->nodeid];

	table_free(&job->table);
	job->table.what = what;
	g->runs = what >= 0;
	g->orders++;
}
