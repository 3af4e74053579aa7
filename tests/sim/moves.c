// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Histories of endpoints that move between nodes, and of their backups, while
 * clients send requests to them, members end and nodes are cut off, under the
 * rules of lib/group.h.
 *
 *	moves [-n COUNT] [-e EVENTS] [-f FAULT] [-s SEED] [-v]
 *
 * Without arguments: so many histories; then each of the faults below is put
 * into the machine and has to be found.  -s replays a seed, -v shows it.
 */
#include <stdio.h>
#include <string.h>

#include "common/util.h"
#include "lib/histories.h"
#include "moves_world.h"

int moves_fault;

static const struct histories_fault faults[] = {
	{ 1, "what was given up is taken back when a view changes" },
	{ 2, "a new node in doubt lets its process go" },
	{ 3, "a new node in doubt takes over from one that is not dead" },
	{ 4, "what nobody can have got stays given up" },
	{ 5, "who is unsure goes on" },
	{ 6, "at a merge the last entry wins" },
	{ 7, "who takes over begins no term" },
	{ 8, "a minority takes over" },
	{ 9, "a minority goes on that others may take over from" },
	{ 10, "who was taken over is not unbound" },
	{ 11, "a backup takes over that its endpoint's node does not know" },
	{ 12, "a STATE of an earlier view counts" },
	{ 13, "what is held goes on before all have said what they have" },
	{ 14, "who takes over goes on before others know" },
};

static const struct dice_chance chances[] = {
	{ EVENT_ORDER, 300 },    { EVENT_DELIVER, 600 }, { EVENT_START, 60 },
	{ EVENT_KILL, 8 },       { EVENT_FENCE, 10 },    { EVENT_EXPIRED, 40 },
	{ EVENT_LEAVE, 3 },      { EVENT_CRASH, 4 },     { EVENT_BOOT, 25 },
	{ EVENT_DISCONNECT, 6 }, { EVENT_FORGET, 6 },    { EVENT_MIGRATE, 60 },
	{ EVENT_PROMOTE, 10 },   { EVENT_READY, 60 },    { EVENT_TIMEOUT, 3 },
	{ EVENT_STAND, 10 },     { EVENT_END, 3 },       { EVENT_BIND, 10 },
	{ EVENT_CALL, 60 },      { EVENT_SERVE, 60 },    { EVENT_STRIKE, 60 },
	{ EVENT_CLAIM, 40 },
};

#define CHANGE_WEIGHT 25

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

static void prepare(struct dice *dice)
{
	const uint8_t together[GROUP_NODES] = { 0 };
	const bool verbose = w.verbose;

	memset(&w, 0, sizeof(w));
	w.verbose = verbose;
	world_init(2 + dice_throw(dice, GROUP_NODES - 1),
		   dice_throw(dice, GROUP_NODES + 1));
	w.gentle = dice_hit(dice, 30);
	w.liars = dice_hit(dice, 10);
	for (uint32_t i = 0; i < w.nr; i++)
		world_event(EVENT_BOOT, i, 0);
	world_change(together, dice);
	for (uint32_t i = 0; i < w.nr; i++)
		world_event(EVENT_START, i, 0);
	world_settle();
}

static const char *history(unsigned long long seed, unsigned int events)
{
	struct dice dice = { .state = seed };
	unsigned int done = 0;

	prepare(&dice);
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
static unsigned long all_moved, all_answered, all_failed;

static void history_count(void)
{
	all_moved += w.moved;
	all_answered += w.answered;
	all_failed += w.failed;
}

static void histories_print(void)
{
	printf("%lu commits of nodes, %lu requests answered, %lu failed\n",
	       all_moved, all_answered, all_failed);
}

int main(int argc, char **argv)
{
	static const struct histories histories = {
		.fault = &moves_fault,
		.verbose = &w.verbose,
		.faults = faults,
		.nr_faults = ARRAY_SIZE(faults),
		.play = history,
		.count = history_count,
		.print = histories_print,
	};

	return histories_main(&histories, argc, argv);
}
