/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a history is thrown with: the same seed is the same history. */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

/* 0 .. n - 1 */
unsigned int dice_throw(struct dice *d, unsigned int n);
/* Happens in `percent' of all cases */
bool dice_hit(struct dice *d, unsigned int percent);

struct dice_chance {
	int what;
	unsigned int weight;
};

/* One of those, as often as its weight says; or other, which has one, too */
int dice_choose(struct dice *d, const struct dice_chance *chances, size_t nr,
		unsigned int other_weight, int other);

#endif /* SIM_DICE_H */
