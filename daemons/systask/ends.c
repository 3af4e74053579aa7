// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "ends.h"

#define LATELY (UINT64_C(300) * SYS_HZ)

void ends_init(struct ends *e, uint64_t now)
{
	/* Who asks for what comes after 0 has missed some, whatever it was. */
	e->begun = e->last = now;
	for (size_t i = 0; i < ENDS_HEARS; i++)
		e->told[i] = now - 1;
}

void ends_add(struct ends *e, const sys_end_t *end, uint64_t now)
{
	const uint64_t place = ++e->last % ENDS_MAX;

	e->ring[place].end = *end;
	e->ring[place].at = now;
}

void ends_lose(struct ends *e)
{
	e->begun = ++e->last;
}

/* The number before that of the oldest that is there */
static uint64_t ends_oldest(const struct ends *e)
{
	return e->last - e->begun > ENDS_MAX ? e->last - ENDS_MAX : e->begun;
}

int ends_read(const struct ends *e, uint64_t *seq, sys_end_t *to, int max)
{
	const uint64_t oldest = ends_oldest(e);
	int n = 0;

	if (*seq < oldest || *seq > e->last) {
		*seq = e->last;
		return EMOLOVERRUN;
	}
	while (n < max && *seq < e->last)
		to[n++] = e->ring[++*seq % ENDS_MAX].end;
	return n;
}

const sys_end_t *ends_find(const struct ends *e, int endpoint, uint64_t now)
{
	for (uint64_t i = e->last; i > ends_oldest(e); i--) {
		const sys_end_t *end = &e->ring[i % ENDS_MAX].end;

		if (e->ring[i % ENDS_MAX].at + LATELY < now)
			break;
		if (end->endpoint == endpoint && end->uid == PROC_NO_ID)
			return end;
	}
	return NULL;
}
