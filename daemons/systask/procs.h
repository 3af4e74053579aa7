/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of this node, as the driver reports them: one a slot.  The
 * table follows the driver's events in their order, and is read as a whole at
 * the start and when events were lost.
 */
#ifndef SYSTASK_PROCS_H
#define SYSTASK_PROCS_H

#include <stdbool.h>
#include <stdint.h>

#include <molipc/molipc.h>

#include "common/alarm.h"

struct systask;

struct proc {
	int endpoint; /* NONE: the slot is free, or of another node */
	int pid;
	bool named; /* It has published a name, or asked for one. */
	uint64_t incarnation;
	struct alarm alarm; /* first of its node in the queue; see alarm.h */
};

struct procs {
	uint64_t seen;                     /* the driver's last event */
	struct proc proc[M3IPC_MAX_SLOTS]; /* from slot -nr_tasks on */
	struct alarm *heap[M3IPC_MAX_SLOTS];
};

/* At the start: what the driver has.  0 or an error */
int procs_start(struct systask *s);
/* What has happened since */
int procs_follow(struct systask *s);
/* A slot whose process this SYSTASK itself has had changed */
void procs_look(struct systask *s, int p_nr);
/* PM and FS, as far as they are here, of ends that they do not know of yet */
void procs_tell_ends(struct systask *s);
/* The process with that endpoint, or NULL */
struct proc *procs_find(struct systask *s, int endpoint);
int procs_slot(const struct systask *s, const struct proc *p);
/* What is kept of it */
struct keep_proc *procs_kept(const struct systask *s, const struct proc *p);
/* Of a process of any node, that it is listed as */
void procs_info(struct systask *s, int p_nr, proc_usr_t *info);

#endif /* SYSTASK_PROCS_H */
