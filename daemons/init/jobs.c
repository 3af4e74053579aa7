// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	state	event		state then, and what else
 *
 *	-	wanted		WAITING, due now
 *	WAITING	started		RUNNING
 *	WAITING	not started	WAITING, due later
 *	WAITING	not wanted	freed
 *	RUNNING	ended		OVER; or WAITING, due now or later, if it is
 *				started again whenever it ends
 *	RUNNING	not wanted	LEAVING
 *	OVER	not wanted	freed
 *	LEAVING	signal		TOLD: SIGTERM
 *	TOLD	time is over	KILLED: SIGKILL
 *	LEAVING, TOLD, KILLED
 *		ended		freed
 *		wanted		a job of its own, WAITING
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "jobs.h"

static bool is_leaving(const struct job *job)
{
	return job->state == JOB_LEAVING || job->state == JOB_TOLD ||
	       job->state == JOB_KILLED;
}

static bool is_of(const struct job *job, const struct jobs_wish *wish)
{
	return job->respawn == wish->respawn &&
	       !strcmp(job->command, wish->command) &&
	       !strcmp(job->user, wish->user);
}

static struct job *job_new(const struct jobs_wish *wish, int64_t now)
{
	struct job *job = memory_alloc(sizeof(*job));

	job->command = memory_strdup(wish->command);
	job->user = memory_strdup(wish->user);
	job->respawn = wish->respawn;
	job->due = now;
	return job;
}

static void job_free(struct job *job)
{
	free(job->command);
	free(job->user);
	free(job);
}

static void job_leave(struct job *job)
{
	if (job->state == JOB_RUNNING)
		job->state = JOB_LEAVING;
}

/* The first of the list that is this one, out of it; or NULL */
static struct job *job_take(struct job **list, const struct jobs_wish *wish)
{
	struct job *job = *list;

	while (job && (is_leaving(job) || !is_of(job, wish))) {
		list = &job->next;
		job = *list;
	}
	if (job)
		*list = job->next;
	return job;
}

void jobs_want(struct jobs *j, const struct jobs_wish *wishes, size_t nr,
	       int64_t now)
{
	struct job *old = j->first, **end = &j->first, *job;

	for (size_t i = 0; i < nr; i++) {
		job = job_take(&old, &wishes[i]);
		*end = job ? job : job_new(&wishes[i], now);
		end = &(*end)->next;
	}
	while ((job = old)) {
		old = job->next;
		job_leave(job);
		if (!is_leaving(job)) {
			job_free(job);
			continue;
		}
		*end = job;
		end = &job->next;
	}
	*end = NULL;
}

struct job *jobs_to_start(const struct jobs *j, int64_t now)
{
	struct job *job = j->first;

	while (job && (job->state != JOB_WAITING || job->due > now))
		job = job->next;
	return job;
}

void job_started(struct job *job, int pid, int64_t now)
{
	job->state = JOB_RUNNING;
	job->pid = pid;
	job->started = now;
}

static void job_wait(struct job *job, int64_t now)
{
	job->delay = job->delay ? 2 * job->delay : JOBS_SOON;
	if (job->delay > JOBS_LATE)
		job->delay = JOBS_LATE;
	job->state = JOB_WAITING;
	job->due = now + job->delay;
}

void job_not_started(struct job *job, int64_t now)
{
	job_wait(job, now);
}

struct job *jobs_find(const struct jobs *j, int pid)
{
	struct job *job = j->first;

	while (job && job->pid != pid)
		job = job->next;
	return job;
}

static void job_remove(struct jobs *j, struct job *job)
{
	struct job **at = &j->first;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	job_free(job);
}

void job_ended(struct jobs *j, struct job *job, int64_t now)
{
	job->pid = 0;
	if (is_leaving(job)) {
		job_remove(j, job);
	} else if (!job->respawn) {
		job->state = JOB_OVER;
	} else if (now - job->started >= JOBS_STEADY) {
		job->delay = 0;
		job->state = JOB_WAITING;
		job->due = now;
	} else {
		job_wait(job, now);
	}
}

const struct job *jobs_to_signal(struct jobs *j, int64_t now, int *signal)
{
	for (struct job *job = j->first; job; job = job->next) {
		if (job->state == JOB_LEAVING) {
			job->state = JOB_TOLD;
			job->due = now + JOBS_GRACE;
			*signal = SIGTERM;
			return job;
		}
		if (job->state == JOB_TOLD && job->due <= now) {
			job->state = JOB_KILLED;
			*signal = SIGKILL;
			return job;
		}
	}
	return NULL;
}

int64_t jobs_due(const struct jobs *j)
{
	int64_t due = JOBS_NEVER;

	for (const struct job *job = j->first; job; job = job->next) {
		if (job->state == JOB_LEAVING)
			return 0;
		if ((job->state == JOB_WAITING || job->state == JOB_TOLD) &&
		    job->due < due)
			due = job->due;
	}
	return due;
}

bool jobs_any(const struct jobs *j)
{
	for (const struct job *job = j->first; job; job = job->next)
		if (job->pid)
			return true;
	return false;
}
