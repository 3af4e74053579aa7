// SPDX-License-Identifier: GPL-2.0-or-later
#include "ends.h"

void ends_init(struct ends *e, uint64_t now)
{
	/* Who asks for what comes after 0 has missed some, whatever it was. */
	e->begun = e->last = now;
	e->told = now - 1;
}

void ends_add(struct ends *e, int endpoint, int status)
{
	e->ring[++e->last % ENDS_MAX] = (sys_end_t){ endpoint, status };
}

void ends_lose(struct ends *e)
{
	e->begun = ++e->last;
}

int ends_read(const struct ends *e, uint64_t *seq, sys_end_t *to, int max)
{
	uint64_t oldest = e->begun;
	int n = 0;

	if (e->last - e->begun > ENDS_MAX)
		oldest = e->last - ENDS_MAX;
	if (*seq < oldest || *seq > e->last) {
		*seq = e->last;
		return EMOLOVERRUN;
	}
	while (n < max && *seq < e->last)
		to[n++] = e->ring[++*seq % ENDS_MAX];
	return n;
}
