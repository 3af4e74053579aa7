/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * alarm() of the processes of a VM: one each, in seconds, over one clock that
 * counts ticks.
 */
#ifndef PM_TIMERS_H
#define PM_TIMERS_H

#include "mproc.h"

#define TIMERS_HZ 1000

struct timers {
	struct alarm_queue queue;
	struct alarm *heap[MPROC_MAX];
};

void timers_init(struct timers *t);

/*
 * alarm(): its SIGALRM is due so many seconds from now; 0: never.  Returns the
 * seconds that the former one would have lasted still, to the nearest one, but
 * no less than 1; 0: there was none.
 */
unsigned int timers_set(struct timers *t, struct mproc *p, unsigned int seconds,
			uint64_t now);
/* One that was set before, for that time */
void timers_restore(struct timers *t, struct mproc *p, uint64_t at);
/* It ends. */
void timers_end(struct timers *t, struct mproc *p);

/* When the next one is due, or ALARM_NEVER */
uint64_t timers_next(const struct timers *t);
/* Whose SIGALRM is due, and is not any more then; NULL: nobody's */
struct mproc *timers_due(struct timers *t, uint64_t now);

#endif /* PM_TIMERS_H */
