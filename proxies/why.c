// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "why.h"

static bool why_has(const struct why *w, enum why_side side)
{
	return *w->side[side].reason;
}

static bool why_are_same(const struct why *w)
{
	return why_has(w, WHY_IN) &&
	       !strcmp(w->side[WHY_IN].reason, w->side[WHY_OUT].reason);
}

bool why_set(struct why *w, enum why_side side, const char *place,
	     const char *reason)
{
	if (!strcmp(w->side[side].place, place) &&
	    !strcmp(w->side[side].reason, reason))
		return false;
	snprintf(w->side[side].place, WHY_PLACE, "%s", place);
	snprintf(w->side[side].reason, WHY_REASON, "%s", reason);
	return true;
}

/* The oldest is forgotten. */
bool why_is_to_be_told(struct why *w, enum why_side side)
{
	const char *reason = w->side[side].reason;
	unsigned int i;

	if (!*reason)
		return false;
	for (i = 0; i < WHY_TOLD; i++)
		if (!strcmp(w->told[i], reason))
			return false;
	strcpy(w->told[w->nr_told++ % WHY_TOLD], reason);
	return true;
}

bool why_is_flooded(const struct why *w)
{
	return w->nr_told > WHY_TOLD;
}

void why_clear(struct why *w)
{
	memset(w->side, 0, WHY_BREAK * sizeof(w->side[0]));
	memset(w->told, 0, sizeof(w->told));
	w->nr_told = 0;
}

static void print_side(const struct why *w, enum why_side side, char *to,
		       size_t size)
{
	size_t used = strlen(to);

	if (!why_has(w, side))
		return;
	snprintf(to + used, size - used, "%s%s%s%s", used ? "; " : "",
		 w->side[side].place, *w->side[side].place ? ": " : "",
		 w->side[side].reason);
}

void why_print(const struct why *w, char *to, size_t size)
{
	*to = '\0';
	print_side(w, WHY_OUT, to, size);
	if (!why_are_same(w))
		print_side(w, WHY_IN, to, size);
	if (!*to)
		print_side(w, WHY_BREAK, to, size);
}
