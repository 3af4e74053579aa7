// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Time, and waiting.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "actor.h"

int slowness(void)
{
	const char *multiplier = getenv("CK_TIMEOUT_MULTIPLIER");

	return multiplier ? atoi(multiplier) : 1;
}

bool is_realtime(void)
{
	return !access("/sys/kernel/realtime", F_OK);
}

long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void nap(unsigned int us)
{
	struct timespec ts = { .tv_nsec = (long)us * 1000 };

	nanosleep(&ts, NULL);
}

void breathe(void)
{
	nap(200);
}

void random_delay(unsigned int *seed, unsigned int below)
{
	nap((unsigned int)rand_r(seed) % below);
}
