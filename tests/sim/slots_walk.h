/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SLOTS_WALK_H
#define SIM_SLOTS_WALK_H

#include "slots_world.h"

/* Says what it has found; the number of what is wrong, at most one. */
long walk(struct world *w, unsigned int depth);

#endif /* SIM_SLOTS_WALK_H */
