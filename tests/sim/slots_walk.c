// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All that can happen to three nodes with four slots in so many steps: every
 * order of every event, of what gets its place in the order of the group, and
 * of what is delivered.  It begins once with nodes that run and once with nodes
 * of which none has begun.  A state that was seen with as many steps left is
 * not entered again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/util.h"
#include "slots_walk.h"

#define NODES      3
#define SLOTS      4
#define MAX_DEPTH  16
#define TABLE_BITS 22 /* of states seen */

/* All partitions of three nodes */
static const uint8_t parts[][GROUP_NODES] = {
	{ 0, 0, 0 }, { 0, 0, 1 }, { 0, 1, 0 }, { 1, 0, 0 }, { 0, 1, 2 },
};

struct walk {
	uint64_t states;
	uint64_t steps;
	uint64_t peaces;
	struct {
		uint64_t hash;
		unsigned int left;
	} * seen;
	struct world *at[MAX_DEPTH + 1];
	struct world *peace;
	const char *wrong;
};

static void walk_copy(struct world *to, const struct world *from)
{
	memcpy(to, from, offsetof(struct world, group));
	group_copy(&to->group, &from->group);
}

static uint64_t slots_hash(const struct slots *s, uint64_t hash)
{
	hash = hash_bytes(hash, &s->is, sizeof(s->is));
	hash = hash_bytes(hash, &s->state,
			  offsetof(struct slots, member) -
				  offsetof(struct slots, state));
	hash = hash_bytes(hash, s->member, s->nr_members * sizeof(*s->member));
	return hash_bytes(hash, s->slot, s->is.nr_slots * sizeof(*s->slot));
}

static uint64_t walk_hash(const struct world *w)
{
	uint64_t hash = group_hash(&w->group, w->lives);
	uint32_t i;

	for (i = 0; i < w->nr; i++) {
		const struct place *p = &w->place[i];

		hash = hash_bytes(hash, p, offsetof(struct place, systask));
		if (p->alive)
			hash = slots_hash(&p->systask, hash);
	}
	return hash;
}

/* True if there is something new to see from here */
static bool walk_enter(struct walk *k, const struct world *w, unsigned int left)
{
	const uint64_t hash = walk_hash(w) | 1;
	const size_t mask = (UINT64_C(1) << TABLE_BITS) - 1;
	size_t i = hash >> (64 - TABLE_BITS), tries;

	for (tries = 0; tries < 64 && k->seen[i].hash; tries++) {
		if (k->seen[i].hash == hash)
			break;
		i = (i + 1) & mask;
	}
	if (k->seen[i].hash == hash && k->seen[i].left > left)
		return false;
	if (k->seen[i].hash != hash)
		k->states++;
	k->seen[i].hash = hash;
	k->seen[i].left = left + 1;
	return true;
}

static void walk_peace(struct walk *k, const struct world *w)
{
	walk_copy(k->peace, w);
	world_peace(k->peace);
	k->peaces++;
	if (k->peace->wrong)
		k->wrong = k->peace->wrong;
}

static void walk_from(struct walk *k, const struct world *w, unsigned int left);

static void walk_into(struct walk *k, struct world *next, unsigned int left)
{
	k->steps++;
	world_check(next);
	if (next->wrong)
		k->wrong = next->wrong;
	else
		walk_from(k, next, left - 1);
}

/* One in 16 of the last states is followed by peace, which takes long. */
static void walk_from(struct walk *k, const struct world *w, unsigned int left)
{
	struct world *next = k->at[left];
	unsigned int event, node, arg;

	if (k->wrong || !walk_enter(k, w, left))
		return;
	if (!left && walk_hash(w) % 16 == 0)
		walk_peace(k, w);
	if (!left)
		return;
	for (event = 0; event < EVENTS * NODES * NODES && !k->wrong; event++) {
		node = event / NODES % NODES;
		arg = event % NODES;
		if (arg && event / NODES / NODES != EVENT_EXPIRED &&
		    event / NODES / NODES != EVENT_EXIT)
			continue;
		walk_copy(next, w);
		if (world_event(next, event / NODES / NODES, node, arg))
			walk_into(k, next, left);
	}
	for (event = 0; event < 2 * ARRAY_SIZE(parts) && !k->wrong; event++) {
		walk_copy(next, w);
		next->group.late = event & 1;
		world_change(next, parts[event / 2], NULL);
		next->group.late = false;
		if (next->group.rings != w->group.rings)
			walk_into(k, next, left);
	}
}

static void *walk_alloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

static void walk_begin(struct walk *k, struct world *w, unsigned int depth,
		       bool runs)
{
	uint32_t i;

	world_init(w, NODES, SLOTS);
	for (i = 0; i < NODES; i++)
		world_event(w, EVENT_BOOT, i, 0);
	world_change(w, parts[0], NULL);
	for (i = 0; runs && i < NODES; i++)
		world_event(w, EVENT_START, i, 0);
	world_settle(w);
	walk_from(k, w, depth);
}

long walk(struct world *w, unsigned int depth)
{
	struct walk k = { 0 };
	unsigned int i;

	if (depth > MAX_DEPTH)
		depth = MAX_DEPTH;
	k.seen = walk_alloc(sizeof(*k.seen) << TABLE_BITS);
	k.peace = walk_alloc(sizeof(*k.peace));
	for (i = 0; i <= depth; i++)
		k.at[i] = walk_alloc(sizeof(*k.at[i]));
	w->verbose = false;
	walk_begin(&k, w, depth, true);
	walk_begin(&k, w, depth, false);
	printf("walk to depth %u: %llu states, %llu steps, %llu times peace%s%s"
	       "\n",
	       depth, (unsigned long long)k.states, (unsigned long long)k.steps,
	       (unsigned long long)k.peaces, k.wrong ? ": FAILED: " : "",
	       k.wrong ? k.wrong : "");
	for (i = 0; i <= depth; i++)
		free(k.at[i]);
	free(k.peace);
	free(k.seen);
	return k.wrong ? 1 : 0;
}
