// SPDX-License-Identifier: GPL-2.0-or-later
#include "dice.h"

/* splitmix64 */
static uint64_t next(struct dice *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

unsigned int dice_throw(struct dice *d, unsigned int n)
{
	return (unsigned int)(next(d) % n);
}

bool dice_hit(struct dice *d, unsigned int percent)
{
	return dice_throw(d, 100) < percent;
}

int dice_choose(struct dice *d, const struct dice_chance *chances, size_t nr,
		unsigned int other_weight, int other)
{
	unsigned int all = other_weight, n;
	size_t i;

	for (i = 0; i < nr; i++)
		all += chances[i].weight;
	n = dice_throw(d, all);
	for (i = 0; i < nr; i++) {
		if (n < chances[i].weight)
			return chances[i].what;
		n -= chances[i].weight;
	}
	return other;
}
