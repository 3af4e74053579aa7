/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of a VM, as PM knows them: one entry each, also for those that
 * have ended and that nobody has waited for yet.  An entry is no slot: when a
 * process has ended its slot is given to another one.
 *
 * Nothing here does I/O or allocates.  Who is whose child, who leads what and
 * who waits is changed by family.h alone.
 */
#ifndef PM_MPROC_H
#define PM_MPROC_H

#include <stdbool.h>
#include <stdint.h>

#include <molipc/m3ipc.h>

#include "common/alarm.h"

/* A test has smaller ones. */
#ifndef MPROC_MAX
#define MPROC_MAX  (2 * M3IPC_MAX_SLOTS) /* as many zombies as slots */
#define MPROC_PIDS 65536
#endif

/* Each entry keeps three from being given, so that there is always one left. */
M3IPC_ASSERT(MPROC_PIDS > 3 * MPROC_MAX + 2, "there are too few pids");

/* Processes whose parent is nobody have this one's; it is never given. */
#define MPROC_PID_NOBODY 1

enum mproc_state {
	MPROC_FREE,
	MPROC_LIVE,
	MPROC_STOPPED,
	MPROC_ZOMBIE, /* It has a parent, which may wait for it. */
	MPROC_TAKEN,  /* Its parent has been told, if it has got that. */
	MPROC_STATES
};

struct mproc;

/* A wait that lasts */
struct mproc_wait {
	bool lasts;
	int pid; /* as of waitpid() */
	int options;
};

/* A request that lasts until it is known whose the processes are */
struct mproc_users {
	bool lasts;
	int pid; /* which, as of kill() */
	int signal;
	int64_t value;
	int (*then)(struct mproc *p); /* does it, and has the answer */
	uint64_t number;              /* of all such requests, this one */
};

struct mproc {
	enum mproc_state state;
	int endpoint; /* of a zombie: that it had */
	int node;
	uint64_t incarnation; /* of the binding; 0: not known */
	int pid;
	int group;
	int session;
	uint32_t uid;    /* effective, as the kernel says */
	int status;      /* as waitpid() has it: how it ended, or stopped */
	bool told;       /* its parent knows that it is stopped */
	bool has_execed; /* since its fork */
	bool no_zombies; /* it does not want to wait for its children */
	bool adopted;    /* its parent is not who has forked it */
	bool lost_slot;
	bool touched;    /* it is in the list of those that have changed */
	uint64_t born;   /* the later, the higher */
	uint64_t uid_at; /* of another node: the last request when told */
	int wished;      /* endpoint of who may become its parent, or 0 */
	struct mproc_wait wait;
	struct mproc_users users;
	struct mproc *told_of; /* a child, by the last answer; or NULL */
	uint32_t answers;      /* so many times */
	struct alarm alarm;    /* see timers.h */

	struct mproc *parent; /* NULL: nobody */
	struct mproc *oldest; /* of its children */
	struct mproc *youngest;
	struct mproc *older; /* of its parent's children */
	struct mproc *younger;
};

/* What a number stands for: a process, a group, a session */
struct mproc_pid {
	struct mproc *proc;
	uint16_t nr_group; /* members, zombies among them */
	uint16_t nr_session;
	int group_session; /* in which all members of the group are */
};

struct mprocs {
	struct mproc proc[MPROC_MAX];
	struct mproc *free;                           /* linked by "younger" */
	struct mproc *at[NR_TASKS + M3IPC_MAX_SLOTS]; /* from slot -NR_TASKS */
	struct mproc_pid pid[MPROC_PIDS];
	int last_pid;
	int nr;         /* that are not free */
	int nr_stopped; /* of them */
	int nr_lost;    /* that have lost their slots */
	uint64_t born;  /* of the last one */
	/* What has changed since somebody has emptied this, see keep.h */
	int nr_touched;
	struct mproc *touched[MPROC_MAX];
};

void mproc_init(struct mprocs *t);

/* The last entries are for root, who can end what has filled the table. */
#define MPROC_FOR_ROOT (MPROC_MAX / 8)

bool mproc_has_room(const struct mprocs *t, uint32_t uid);

/*
 * A new process, its own group and session, without a parent.  NULL: there are
 * too many, the endpoint is none, or its slot has a process still.
 */
struct mproc *mproc_new(struct mprocs *t, int endpoint, int node);
/* Something about it has changed that is to be kept. */
void mproc_touch(struct mprocs *t, struct mproc *p);

/*
 * Process "p" of this table, which is empty but for those, is as one was in a
 * table before, but for its relatives: the older before the younger.  False:
 * nobody can be like that.  mproc_restored() comes after the last one.
 */
bool mproc_restore(struct mprocs *t, struct mproc *p, const struct mproc *as);
void mproc_restored(struct mprocs *t);

/* Its slot may have another process now. */
void mproc_leave_slot(struct mprocs *t, struct mproc *p);
/* The same of one that has not ended yet, as far as is known */
void mproc_lose_slot(struct mprocs *t, struct mproc *p);
/* One that has lost its slot, and has not ended; or NULL */
struct mproc *mproc_without_slot(struct mprocs *t, int endpoint);
/* The entry is free. */
void mproc_free(struct mprocs *t, struct mproc *p);

/* Who is not a zombie and has that endpoint, or is in that slot; or NULL */
struct mproc *mproc_find(const struct mprocs *t, int endpoint);
struct mproc *mproc_in_slot(const struct mprocs *t, int p_nr);
/* Also a zombie, that is not taken; or NULL */
struct mproc *mproc_by_pid(const struct mprocs *t, int pid);
/* The one with that pid or the next higher one, likewise */
struct mproc *mproc_from_pid(const struct mprocs *t, int pid);

/* Of the session that it is in */
void mproc_set_group(struct mprocs *t, struct mproc *p, int group);
void mproc_set_session(struct mprocs *t, struct mproc *p, int session);
/* The session in which there is a group; 0: there is no such group. */
int mproc_group_session(const struct mprocs *t, int group);

#endif /* PM_MPROC_H */
