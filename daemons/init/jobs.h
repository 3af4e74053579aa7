/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs: what INIT is to run, and when it starts, or ends, which.
 *
 * Nothing here does I/O or reads a clock: who calls starts processes, signals
 * them, and says what became of them.  Times are in ms.
 */
#ifndef INIT_JOBS_H
#define INIT_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who has lived for so long is started again at once, and others later ... */
#define JOBS_STEADY 10000
/* ... first by so much, then each time by twice as much, up to the last one */
#define JOBS_SOON 100
#define JOBS_LATE 60000
/* From SIGTERM to SIGKILL */
#define JOBS_GRACE 5000

#define JOBS_NEVER INT64_MAX

/* A command of the configuration; the same ones are the same job. */
struct jobs_wish {
	const char *command;
	const char *user;
	bool respawn; /* whenever it has ended */
};

enum job_state {
	JOB_WAITING, /* to be started */
	JOB_RUNNING,
	JOB_OVER,    /* It was to run once. */
	JOB_LEAVING, /* It runs, and is not wanted any more: SIGTERM is due, */
	JOB_TOLD,    /* was sent, and after a while SIGKILL is due, */
	JOB_KILLED,  /* was sent */
};

struct job {
	char *command;
	char *user;
	bool respawn;
	enum job_state state;
	int pid;         /* if it runs */
	int64_t started; /* likewise */
	int64_t due;     /* WAITING, TOLD */
	int64_t delay;   /* of the last start */
	struct job *next;
};

struct jobs {
	struct job *first; /* in the order of the configuration */
};

/*
 * These are wanted from now on: new ones wait for their start, those that run
 * go on, others are to leave.  None: all are to leave.
 */
void jobs_want(struct jobs *j, const struct jobs_wish *wishes, size_t nr,
	       int64_t now);

/* One that is to be started; or NULL */
struct job *jobs_to_start(const struct jobs *j, int64_t now);
/* It has been, or could not be, and waits for longer. */
void job_started(struct job *job, int pid, int64_t now);
void job_not_started(struct job *job, int64_t now);

/* Whose process that is; or NULL */
struct job *jobs_find(const struct jobs *j, int pid);
/* It has ended.  A job that is not wanted is freed. */
void job_ended(struct jobs *j, struct job *job, int64_t now);

/*
 * One that a signal is due for, and which; or NULL.  It counts as sent: who
 * asks sends it.
 */
const struct job *jobs_to_signal(struct jobs *j, int64_t now, int *signal);

/* When something is due next, or JOBS_NEVER */
int64_t jobs_due(const struct jobs *j);
/* Does any run? */
bool jobs_any(const struct jobs *j);

#endif /* INIT_JOBS_H */
