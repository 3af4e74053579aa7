/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of this node, and of others, by threads that wait for those.
 */
#ifndef IS_GATHER_H
#define IS_GATHER_H

#include "parts.h"

/* What a node has told: the table, or why there is none */
struct gather {
	int nodeid;
	int rc;
	struct table table; /* with the "what" that is to be gathered */
};

/* IS_GATHERED: which order that was */
typedef struct {
	uint32_t order;
} gathered_t;
COM_ASSERT(gathered_t);

void gather_init(void);

/* That of this node, now: 0 or an error */
int gather_own(struct table *t, int what);

/*
 * Lets a thread gather a table of that node: 0, and IS_GATHERED will come from
 * it; or an error.  There must be none for that node.
 */
int gather_start(int nodeid, int what);
bool gather_runs(int nodeid);

/*
 * What the thread with that endpoint has gathered.  NULL: there is none such;
 * or, if "known", it repeats what it has been answered.
 */
struct gather *gather_find(int endpoint, uint32_t order, bool *known);

/* It goes on with that table when it is answered, or, if that is -1, ends. */
void gather_next(struct gather *job, int what);

#endif /* IS_GATHER_H */
