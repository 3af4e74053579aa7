/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue of alarms: at most one a process, the next one first.  It knows no
 * clock: times are ticks of whatever clock its user reads, which arms one timer
 * for alarm_next() and takes what is due when that expires.
 *
 *			not in the queue	in it
 *	alarm_set	is put in		gets the new time
 *	alarm_cancel	-			is taken out
 *	alarm_due	-			is taken out if it is due
 *
 * A process that ends takes its alarm with it: alarm_cancel().  Alarms of the
 * same time come in the order in which they were set.
 */
#ifndef COMMON_ALARM_H
#define COMMON_ALARM_H

#include <stdbool.h>
#include <stdint.h>

/* An alarm of a process, which its user keeps where it keeps the process */
struct alarm {
	uint64_t at;
	uint64_t order; /* in which it was set */
	uint32_t index; /* in the queue + 1; 0: it is not in it */
};

/* A heap, in an array of its user that has room for one of each process */
struct alarm_queue {
	struct alarm **heap;
	uint32_t nr;
	uint64_t sets; /* so far */
};

/* Times before which nothing is due */
#define ALARM_NEVER UINT64_MAX

/*
 * When an alarm of so many ticks from now on is due; also of very many, and of
 * a time that is over: at once.
 */
uint64_t alarm_time(uint64_t now, uint64_t ticks, bool absolute);

void alarm_init(struct alarm_queue *q, struct alarm **heap);
/* Returns how long it would still have lasted, 0 if it was not in the queue. */
uint64_t alarm_set(struct alarm_queue *q, struct alarm *a, uint64_t at,
		   uint64_t now);
uint64_t alarm_cancel(struct alarm_queue *q, struct alarm *a, uint64_t now);
/* When the next one is due, or ALARM_NEVER */
uint64_t alarm_next(const struct alarm_queue *q);
/* Takes out one that is due; NULL: there is none. */
struct alarm *alarm_due(struct alarm_queue *q, uint64_t now);

#endif /* COMMON_ALARM_H */
