// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Histories of disks that several nodes have, while their members end, nodes
 * crash and are cut off, and the endpoint goes to whoever stands by, under the
 * rules of lib/group.h.
 *
 *	replica [-n COUNT] [-e EVENTS] [-f FAULT] [-s SEED] [-v]
 *
 * Without arguments: so many histories; then each of the faults below is put
 * into the machine and has to be found.  -s replays a seed, -v shows it.
 */
#include <stdio.h>

#include "common/util.h"
#include "lib/histories.h"
#include "replica_world.h"

int replica_fault;

static const struct histories_fault faults[] = {
	{ 1, "a write is answered before all in sync have done it" },
	{ 2, "a piece is read while a write is on its way" },
	{ 3, "who lacks the last piece is in sync" },
	{ 4, "who begins does not wait for those who may be newer" },
	{ 5, "a leader goes on where less than half of the nodes are" },
	{ 6, "who was left behind stays in sync" },
	{ 7, "a write is answered before who has left is out of the epoch" },
	{ 8, "who may be in sync soon is not kept before" },
	{ 10, "who is copied to leaves writes out" },
	{ 11, "where more are again, a leader goes on without asking" },
	{ 12, "who is in sync stays so where few nodes are" },
};

static const struct dice_chance chances[] = {
	{ EVENT_ORDER, 400 },  { EVENT_DELIVER, 900 }, { EVENT_START, 60 },
	{ EVENT_KILL, 8 },     { EVENT_CRASH, 5 },     { EVENT_BOOT, 30 },
	{ EVENT_PROMOTE, 60 }, { EVENT_FENCE, 20 },    { EVENT_WRITE, 250 },
	{ EVENT_LATE, 5 },
};

#define CHANGE_WEIGHT 12

static enum event event_throw(struct dice *dice)
{
	return (enum event)dice_choose(dice, chances, ARRAY_SIZE(chances),
				       CHANGE_WEIGHT, EVENTS);
}

/* Into any number of parts; often one, so that there is something to part */
static void change_throw(struct dice *dice)
{
	const unsigned int parts =
		dice_throw(dice, 2) ? 1 : 1 + dice_throw(dice, w.nr);
	uint8_t part[GROUP_NODES];

	for (uint32_t i = 0; i < w.nr; i++)
		part[i] = (uint8_t)dice_throw(dice, parts);
	if (w.verbose)
		printf("\tparts %u %u %u %u %u\n", part[0], part[1], part[2],
		       part[3], part[4]);
	world_change(part, dice);
}

static bool step_throw(struct dice *dice)
{
	const enum event event = event_throw(dice);
	const uint32_t node = dice_throw(dice, w.nr);
	const uint32_t arg = dice_throw(dice, 1u << 16);

	if (event == EVENTS)
		change_throw(dice);
	else if (!world_event(event, node, arg))
		return false;
	if (w.verbose) {
		printf("event %d at %u, %u\n", event, node, arg);
		world_print();
	}
	world_check();
	return true;
}

static const char *history(unsigned long long seed, unsigned int events)
{
	struct dice dice = { .state = seed };
	const uint8_t together[GROUP_NODES] = { 0 };
	const uint32_t nr = 2 + dice_throw(&dice, GROUP_NODES - 1);
	unsigned int done = 0;

	world_init(nr, 2 + dice_throw(&dice, nr - 1));
	world_change(together, &dice);
	if (dice_hit(&dice, 80))
		world_settle();
	while (done < events && !w.wrong)
		done += step_throw(&dice);
	if (w.verbose)
		printf("peace\n");
	if (!w.wrong)
		world_peace();
	if (w.verbose)
		world_print();
	return w.wrong;
}

/* Of all histories */
static unsigned long all_answered, all_leaders, all_copies;

static void history_count(void)
{
	all_answered += w.answered;
	all_leaders += w.leaders;
	all_copies += w.copies;
}

static void histories_print(void)
{
	printf("%lu writes answered, %lu leaders, %lu copies\n", all_answered,
	       all_leaders, all_copies);
}

int main(int argc, char **argv)
{
	static const struct histories histories = {
		.fault = &replica_fault,
		.verbose = &w.verbose,
		.faults = faults,
		.nr_faults = ARRAY_SIZE(faults),
		.play = history,
		.count = history_count,
		.print = histories_print,
	};

	return histories_main(&histories, argc, argv);
}
