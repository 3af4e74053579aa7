/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Migrations of a cluster's endpoints: what each node is told, and all of them.
 */
#ifndef TESTS_STAGE_MIGR_H
#define TESTS_STAGE_MIGR_H

#include "cluster.h"

/* One node is told that, by the device; what it says */
int migr_start(int at, int ep);
int migr_commit(int at, int pid, int ep, int to);
int migr_rollback(int at, int ep);
int migr_recall(int at, int ep);

/* Process pid of that node stands by for an endpoint of nodeid. */
int migr_stand_by(int at, int pid, int ep, int nodeid);

/* The spare is a replica on its node, and is bound. */
int migr_replicate(struct actor *spare, int p_nr);

/* Nodes 0 to nodes - 1 are, one after the other; each must agree. */
void migr_start_all(int nodes, int ep);
void migr_rollback_all(int nodes, int ep);

/*
 * The endpoint of "from" is that of "to", which is not bound, on its node; the
 * others are told in the order that their numbers have, from "first" on.
 */
void migr_commit_all(int nodes, int first, struct actor *from,
		     struct actor *to);

#endif /* TESTS_STAGE_MIGR_H */
