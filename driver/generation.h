/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generations: what tells the endpoints of one user slot apart.
 *
 * A node gives those of a slot in their order round a ring, and starts at a
 * place of its own: so nodes that use a slot one after the other give different
 * ones.  Who kept an endpoint is not to reach a stranger with it.  The ring is
 * in segments, and one that all have been given of is entered again no sooner
 * than M3_GENERATION_REST after the last of them was in use.
 *
 * Pure functions of what they are given: the time, in seconds, too.
 */
#ifndef _M3IPC_GENERATION_H
#define _M3IPC_GENERATION_H

#include "m3ipc.h"

#define M3_GENERATION_SEGMENTS	4
#define M3_GENERATION_SEGMENT	\
	((_ENDPOINT_MAX_GENERATION + M3_GENERATION_SEGMENTS - 1) / \
	 M3_GENERATION_SEGMENTS)
#define M3_GENERATION_REST	600	/* s */

struct m3_generations {
	u32 next;		/* its place in the ring */
	bool lapped;		/* all have been given once */
	u32 left[M3_GENERATION_SEGMENTS];	/* when a segment was, s */
};

static inline u32 m3_generation_start(int nodeid)
{
	return nodeid * (_ENDPOINT_MAX_GENERATION / M3IPC_MAX_NODES);
}

/* The next one of a slot of that node, or 0 if it would come too soon */
static inline int m3_generation_next(const struct m3_generations *g, int nodeid,
				     u32 now)
{
	u32 segment = g->next / M3_GENERATION_SEGMENT;

	if (g->lapped && g->next % M3_GENERATION_SEGMENT == 0 &&
	    now - g->left[segment] < M3_GENERATION_REST)
		return 0;
	return (m3_generation_start(nodeid) + g->next) %
	       _ENDPOINT_MAX_GENERATION + 1;
}

/* That one has been given: nobody has another one of the slot any more. */
static inline void m3_generation_take(struct m3_generations *g, u32 now)
{
	u32 segment = g->next / M3_GENERATION_SEGMENT;

	if (g->next % M3_GENERATION_SEGMENT == 0)
		g->left[(segment ?: M3_GENERATION_SEGMENTS) - 1] = now;
	if (++g->next < _ENDPOINT_MAX_GENERATION)
		return;
	g->next = 0;
	g->lapped = true;
}

/* Has that node given it? */
static inline bool m3_generation_given(const struct m3_generations *g,
				       int nodeid, int generation)
{
	u32 place = generation - 1 + _ENDPOINT_MAX_GENERATION -
		    m3_generation_start(nodeid);

	return g->lapped || place % _ENDPOINT_MAX_GENERATION < g->next;
}

/* Does it come after an older one, in the order of the ring? */
static inline bool m3_generation_after(int generation, int older)
{
	u32 steps = generation - older + _ENDPOINT_MAX_GENERATION;

	steps %= _ENDPOINT_MAX_GENERATION;
	return steps && steps <= _ENDPOINT_MAX_GENERATION / 2;
}

#endif /* _M3IPC_GENERATION_H */
