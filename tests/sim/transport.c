// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "transport.h"

#define LATE_MS  3000
#define DELAY_MS 8

static void add(struct transport *t, const struct flight *f, int64_t due)
{
	if (t->nr == FLIGHTS)
		return;
	t->flight[t->nr] = *f;
	t->flight[t->nr++].due = due;
}

void transport_send(struct transport *t, struct dice *d,
		    const struct trouble *trouble, const struct flight *f,
		    int64_t now)
{
	int64_t due = now + dice_throw(d, DELAY_MS);

	if (due < t->last)
		due = t->last;
	t->last = due;
	if (dice_hit(d, trouble->twice))
		add(t, f, now + dice_throw(d, LATE_MS));
	if (dice_hit(d, trouble->loss))
		return;
	if (dice_hit(d, trouble->late))
		due += dice_throw(d, LATE_MS);
	add(t, f, due);
}

bool transport_receive(struct transport *t, struct flight *f, bool data,
		       int64_t now)
{
	int i, best = -1;

	for (i = 0; i < t->nr; i++) {
		if (t->flight[i].due > now ||
		    (!data && t->flight[i].h.type == WIRE_DATA))
			continue;
		if (best < 0 || t->flight[i].due < t->flight[best].due)
			best = i;
	}
	if (best < 0)
		return false;
	*f = t->flight[best];
	t->nr--;
	memmove(&t->flight[best], &t->flight[best + 1],
		(size_t)(t->nr - best) * sizeof(*t->flight));
	return true;
}
