// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "alarm.h"

uint64_t alarm_time(uint64_t now, uint64_t ticks, bool absolute)
{
	if (absolute)
		return ticks > now ? ticks : now;
	return ticks < ALARM_NEVER - now ? now + ticks : ALARM_NEVER - 1;
}

void alarm_init(struct alarm_queue *q, struct alarm **heap)
{
	q->heap = heap;
	q->nr = 0;
	q->sets = 0;
}

static bool alarm_is_before(const struct alarm *a, const struct alarm *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void alarm_put(struct alarm_queue *q, uint32_t i, struct alarm *a)
{
	q->heap[i] = a;
	a->index = i + 1;
}

/* From its place i towards the first */
static void alarm_up(struct alarm_queue *q, uint32_t i, struct alarm *a)
{
	for (; i && alarm_is_before(a, q->heap[(i - 1) / 2]); i = (i - 1) / 2)
		alarm_put(q, i, q->heap[(i - 1) / 2]);
	alarm_put(q, i, a);
}

static void alarm_down(struct alarm_queue *q, uint32_t i, struct alarm *a)
{
	uint32_t child = 2 * i + 1;

	for (; child < q->nr; child = 2 * i + 1) {
		if (child + 1 < q->nr &&
		    alarm_is_before(q->heap[child + 1], q->heap[child]))
			child++;
		if (!alarm_is_before(q->heap[child], a))
			break;
		alarm_put(q, i, q->heap[child]);
		i = child;
	}
	alarm_put(q, i, a);
}

static void alarm_take_out(struct alarm_queue *q, struct alarm *a)
{
	const uint32_t i = a->index - 1;
	struct alarm *last = q->heap[--q->nr];

	a->index = 0;
	if (last == a)
		return;
	if (i && alarm_is_before(last, q->heap[(i - 1) / 2]))
		alarm_up(q, i, last);
	else
		alarm_down(q, i, last);
}

uint64_t alarm_cancel(struct alarm_queue *q, struct alarm *a, uint64_t now)
{
	if (!a->index)
		return 0;
	alarm_take_out(q, a);
	return a->at > now ? a->at - now : 0;
}

uint64_t alarm_set(struct alarm_queue *q, struct alarm *a, uint64_t at,
		   uint64_t now)
{
	const uint64_t left = alarm_cancel(q, a, now);

	a->at = at;
	a->order = q->sets++;
	alarm_up(q, q->nr++, a);
	return left;
}

uint64_t alarm_next(const struct alarm_queue *q)
{
	return q->nr ? q->heap[0]->at : ALARM_NEVER;
}

struct alarm *alarm_due(struct alarm_queue *q, uint64_t now)
{
	struct alarm *a = q->nr ? q->heap[0] : NULL;

	if (!a || a->at > now)
		return NULL;
	alarm_take_out(q, a);
	return a;
}
