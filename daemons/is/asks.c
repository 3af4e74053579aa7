// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "asks.h"

void asks_init(struct asks *a, int nr_tasks)
{
	memset(a, 0, sizeof(*a));
	a->nr_tasks = nr_tasks;
}

static struct ask *ask_of(struct asks *a, int client)
{
	return &a->ask[_ENDPOINT_P(client) + a->nr_tasks];
}

void asks_add(struct asks *a, const struct ask *ask)
{
	struct ask *to = ask_of(a, ask->client);

	*to = *ask;
	to->turn = ++a->turns;
	to->begun = false;
}

void asks_drop(struct asks *a, int client)
{
	ask_of(a, client)->turn = 0;
}

static const struct ask *ask_first(const struct asks *a, int nodeid)
{
	const struct ask *first = NULL, *ask;

	for (ask = a->ask; ask < a->ask + M3IPC_MAX_SLOTS; ask++)
		if (ask->turn && !ask->begun && ask->nodeid == nodeid &&
		    (!first || ask->turn < first->turn))
			first = ask;
	return first;
}

int asks_begin(struct asks *a, int nodeid)
{
	const struct ask *first = ask_first(a, nodeid);
	struct ask *ask;

	if (!first)
		return -1;
	for (ask = a->ask; ask < a->ask + M3IPC_MAX_SLOTS; ask++)
		if (ask->turn && ask->nodeid == nodeid &&
		    ask->what == first->what)
			ask->begun = true;
	return first->what;
}

bool asks_take(struct asks *a, int nodeid, struct ask *taken)
{
	struct ask *ask;

	for (ask = a->ask; ask < a->ask + M3IPC_MAX_SLOTS; ask++) {
		if (!ask->turn || !ask->begun || ask->nodeid != nodeid)
			continue;
		*taken = *ask;
		ask->turn = 0;
		return true;
	}
	return false;
}
