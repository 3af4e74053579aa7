/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who waits for which table of which node.  Each client has one request, in the
 * place of its slot: so there is room for all, however many wait for a node
 * that does not answer, and what a client of before wanted goes with it.
 *
 * A table that is being gathered is for those who have asked before that began.
 */
#ifndef IS_ASKS_H
#define IS_ASKS_H

#include <stdbool.h>
#include <stdint.h>

#include <molipc/m3ipc.h>

struct ask {
	int client; /* its endpoint */
	int nodeid;
	int what;
	uint64_t to; /* where it wants it */
	int64_t bytes;
	uint64_t turn; /* when it came; 0: nobody waits here */
	bool begun;
};

struct asks {
	int nr_tasks; /* of the VM */
	uint64_t turns;
	struct ask ask[M3IPC_MAX_SLOTS];
};

void asks_init(struct asks *a, int nr_tasks);

/* The client of the VM waits for that, and for nothing from before. */
void asks_add(struct asks *a, const struct ask *ask);
/* It waits for nothing. */
void asks_drop(struct asks *a, int client);

/*
 * The table of that node that is to be gathered now, which is begun for all who
 * want it; -1: nobody waits for another one.
 */
int asks_begin(struct asks *a, int nodeid);

/* One for whom that node's table was begun waits no more; false: none is. */
bool asks_take(struct asks *a, int nodeid, struct ask *ask);

#endif /* IS_ASKS_H */
