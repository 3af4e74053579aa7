// SPDX-License-Identifier: LGPL-2.1-or-later
/* The time of the VM: that of the node, and what PM says it is ahead of it */
#include <errno.h>
#include <sys/time.h>
#include <time.h>

#include <mol/mol.h>

#include "internal.h"

#define US 1000000

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * US + now.tv_nsec / 1000;
}

static int clock_ask(int64_t *us)
{
	pm_clock_t arg = { 0 };
	message m;

	com_put(&m, &arg);
	if (mol_ask(PM_CLOCK, &m))
		return -1;
	com_get(&m, &arg);
	*us = now_us() + arg.ahead;
	return 0;
}

int mol_gettimeofday(struct timeval *tv, void *tz)
{
	int64_t us;

	(void)tz;
	if (clock_ask(&us))
		return -1;
	tv->tv_sec = us / US;
	tv->tv_usec = us % US;
	return 0;
}

time_t mol_time(time_t *t)
{
	int64_t us;

	if (clock_ask(&us))
		return -1;
	if (t)
		*t = us / US;
	return us / US;
}

/* What is added to it later is no more than has passed. */
int mol_stime(const time_t *t)
{
	const int64_t s = *t;
	message m;

	if (s < 0 || s > PM_CLOCK_MAX / US) {
		errno = EINVAL;
		return -1;
	}
	com_put(&m, &((pm_clock_t){ s * US - now_us() }));
	return mol_ask(PM_STIME, &m);
}
