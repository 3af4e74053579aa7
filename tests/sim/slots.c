// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Histories of the slots of a VM.
 *
 *	slots [-n COUNT] [-e EVENTS] [-f FAULT] [-s SEED] [-v]
 *	slots -w DEPTH
 *
 * Without arguments: so many histories; then each of the faults below is put
 * into the machine and has to be found; then a walk.  -s replays a seed, and -v
 * shows each event and the tables after it.  -w walks through all that can
 * happen to three nodes with four slots in so many steps: see slots_walk.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/util.h"
#include "slots_walk.h"
#include "slots_world.h"

#define HISTORIES   10000
#define EVENTS_EACH 200
#define MAX_SHOWN   10
#define FAULT_TRIES 200000
#define WALK_DEPTH  5

int slots_fault;

static const struct fault {
	int number;
	const char *what;
} faults[] = {
	{ 1, "a slot is used after it was given away" },
	{ 2, "a view makes the giver take back what it gave" },
	{ 3, "a donation has no new version" },
	{ 4, "at a merge the last table wins" },
	{ 5, "a node uses what a table says it had in an earlier life" },
	{ 6, "an inheritance while somebody is away" },
	{ 7, "an inheritance without consent" },
	{ 8, "an inheritance while its processes are alive" },
	{ 9, "a node that is unreachable counts as dead" },
	{ 10, "a newcomer does not listen until it has the table" },
	{ 11, "who is alone founds a table" },
	{ 12, "a donor that has left is waited for" },
	{ 13, "a table counts that was sent in an earlier view" },
	{ 14, "a proposal outlives its view" },
	{ 15, "a late exit frees a slot" },
	{ 16, "a donation is not sent again after a disconnection" },
	{ 17, "who leaves gives nothing away" },
	{ 18, "the driver is believed to have ended what it has not" },
};

struct options {
	unsigned long long seed;
	long count;
	unsigned int events;
	bool verbose;
	unsigned int depth;
};

/* How often what happens, of all together */
static const struct dice_chance chances[] = {
	{ EVENT_ORDER, 300 },    { EVENT_DELIVER, 600 }, { EVENT_START, 60 },
	{ EVENT_FORK, 80 },      { EVENT_EXIT, 40 },     { EVENT_LEAVE, 4 },
	{ EVENT_KILL, 12 },      { EVENT_CRASH, 6 },     { EVENT_BOOT, 25 },
	{ EVENT_DISCONNECT, 4 }, { EVENT_FENCE, 6 },     { EVENT_EXPIRED, 20 },
	{ EVENT_BIND, 30 },      { EVENT_WANT, 20 },     { EVENT_FORGET, 20 },
	{ EVENT_FOUND, 60 },     { EVENT_TIMEOUT, 3 },
};

#define CHANGE_WEIGHT 25

static enum event event_throw(struct dice *dice)
{
	return (enum event)dice_choose(dice, chances, ARRAY_SIZE(chances),
				       CHANGE_WEIGHT, EVENTS);
}

/* Into any number of parts; often one, so that there is something to part */
static void change_throw(struct world *w, struct dice *dice)
{
	const unsigned int parts =
		dice_throw(dice, 2) ? 1 : 1 + dice_throw(dice, w->nr);
	uint8_t part[GROUP_NODES];
	uint32_t i;

	for (i = 0; i < w->nr; i++)
		part[i] = (uint8_t)dice_throw(dice, parts);
	if (w->verbose)
		printf("\tparts %u %u %u %u %u\n", part[0], part[1], part[2],
		       part[3], part[4]);
	world_change(w, part, dice);
}

static bool step_throw(struct world *w, struct dice *dice)
{
	const enum event event = event_throw(dice);
	const uint32_t node = dice_throw(dice, w->nr);
	const uint32_t arg = dice_throw(dice, 1u << 16);

	if (event == EVENTS) {
		change_throw(w, dice);
	} else {
		if (!world_event(w, event, node, arg))
			return false;
		if (w->verbose)
			printf("event %d at %u, %u\n", event, node,
			       arg % w->slots);
	}
	if (w->verbose)
		world_print(w);
	world_check(w);
	return true;
}

/* In one of two all run already. */
static void prepare(struct world *w, struct dice *dice)
{
	const uint32_t nr = 2 + dice_throw(dice, GROUP_NODES - 1);
	const uint8_t together[GROUP_NODES] = { 0 };
	uint32_t i;

	world_init(w, nr, nr + dice_throw(dice, SLOTS_MAX - nr + 1));
	for (i = 0; i < nr; i++)
		world_event(w, EVENT_BOOT, i, 0);
	world_change(w, together, dice);
	if (dice_hit(dice, 50))
		return;
	for (i = 0; i < nr; i++)
		world_event(w, EVENT_START, i, 0);
	world_settle(w);
}

static const char *history(struct world *w, unsigned long long seed,
			   unsigned int events)
{
	struct dice dice = { .state = seed };
	unsigned int done = 0;

	prepare(w, &dice);
	while (done < events && !w->wrong)
		done += step_throw(w, &dice);
	if (w->verbose)
		printf("peace\n");
	if (!w->wrong)
		world_peace(w);
	if (w->verbose)
		world_print(w);
	return w->wrong;
}

static long run(struct world *w, const struct options *o)
{
	long failed = 0, i;
	unsigned long long seed = o->seed, given = 0;

	w->verbose = o->verbose;
	for (i = 0; i < o->count; i++, seed++) {
		const char *what = history(w, seed, o->events);

		given += w->given;
		if (what && failed++ < MAX_SHOWN)
			printf("seed %llu: %s\n", seed, what);
	}
	printf("%ld histories of %u events, %llu slots given\n", o->count,
	       o->events, given);
	return failed;
}

/* Zero if it was not found */
static long fault_find(struct world *w, const struct options *o,
		       const char **what)
{
	long i;

	for (i = 1; i <= FAULT_TRIES; i++) {
		*what = history(w, o->seed + (unsigned long long)i, o->events);
		if (*what)
			return i;
	}
	return 0;
}

static long run_faults(struct world *w, const struct options *o)
{
	long failed = 0, at;
	const char *what;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		slots_fault = faults[i].number;
		at = fault_find(w, o, &what);
		if (!at)
			failed++;
		printf("fault %d, %s: %s, history %ld\n", slots_fault,
		       faults[i].what, at ? what : "FAILED: not found", at);
	}
	slots_fault = 0;
	return failed;
}

static int usage(void)
{
	fprintf(stderr, "usage: slots [-n COUNT] [-e EVENTS] [-f FAULT] "
			"[-s SEED] [-v]\n       slots -w DEPTH\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct options o = { .seed = 1, .events = EVENTS_EACH };
	static struct world w;
	long failed, tests;
	int option;

	while ((option = getopt(argc, argv, "n:e:f:s:vw:")) != -1) {
		if (option == 'n')
			o.count = atol(optarg);
		else if (option == 'e')
			o.events = (unsigned int)atoi(optarg);
		else if (option == 'f')
			slots_fault = atoi(optarg);
		else if (option == 's')
			o.seed = strtoull(optarg, NULL, 0);
		else if (option == 'v')
			o.verbose = true;
		else if (option == 'w')
			o.depth = (unsigned int)atoi(optarg);
		else
			return usage();
	}
	if (o.depth)
		return walk(&w, o.depth) ? EXIT_FAILURE : EXIT_SUCCESS;
	if (!o.count)
		o.count = argc > 1 ? 1 : HISTORIES;
	failed = run(&w, &o);
	tests = o.count;
	if (argc == 1) {
		failed += run_faults(&w, &o) + walk(&w, WALK_DEPTH);
		tests += (long)ARRAY_SIZE(faults) + 1;
	}
	printf("%ld passed, %ld failed\n", tests - failed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
