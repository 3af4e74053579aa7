// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "timers.h"

void timers_init(struct timers *t)
{
	alarm_init(&t->queue, t->heap);
}

static unsigned int seconds_left(uint64_t ticks)
{
	const uint64_t seconds = (ticks + TIMERS_HZ / 2) / TIMERS_HZ;

	return (unsigned int)(ticks && !seconds ? 1 : seconds);
}

unsigned int timers_set(struct timers *t, struct mproc *p, unsigned int seconds,
			uint64_t now)
{
	const uint64_t at =
		alarm_time(now, (uint64_t)seconds * TIMERS_HZ, false);

	if (!seconds)
		return seconds_left(alarm_cancel(&t->queue, &p->alarm, now));
	return seconds_left(alarm_set(&t->queue, &p->alarm, at, now));
}

void timers_restore(struct timers *t, struct mproc *p, uint64_t at)
{
	alarm_set(&t->queue, &p->alarm, at, 0);
}

void timers_end(struct timers *t, struct mproc *p)
{
	alarm_cancel(&t->queue, &p->alarm, 0);
}

uint64_t timers_next(const struct timers *t)
{
	return alarm_next(&t->queue);
}

struct mproc *timers_due(struct timers *t, uint64_t now)
{
	char *a = (char *)alarm_due(&t->queue, now);

	return a ? (struct mproc *)(a - offsetof(struct mproc, alarm)) : NULL;
}
