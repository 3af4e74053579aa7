/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cluster on one kernel: nodes that are network namespaces, and between each
 * two of them a wire, which is a thread that takes commands out of one node and
 * one that puts them into the other.  They are the proxies of these tests:
 * nothing is lost on the way, and nothing is in doubt.
 *
 * Node 0 is that of the test.  All nodes have the VM, and it spans them all.
 */
#ifndef TESTS_STAGE_CLUSTER_H
#define TESTS_STAGE_CLUSTER_H

#include "actor.h"

#define MAX_NODES 5

/* For fixtures; cluster_down() ends what stage_down() does, too. */
void cluster_up(int nodes);
void cluster_up_with(int nodes, int vm_flags);
void cluster_down(void);

/* A descriptor that acts there, and the namespace itself */
int cluster_fd(int nodeid);

/*
 * An actor on that node.  Those in system slots are known on all nodes; those
 * in user slots where cluster_enter() says so, or where they are heard of.
 */
struct actor *actor_at(int nodeid, enum kind kind, int p_nr);
void cluster_enter(int nodeid, const struct actor *a);

/* One that is not bound */
struct actor *spare_at(int nodeid);

/* Wires that carry nothing for a while: what is on the way waits. */
void cluster_hold(void);
void cluster_go_on(void);

/* The link between two nodes breaks, as both see it; and is there again. */
void cluster_cut(int a, int b);
void cluster_mend(int a, int b);

/* A node's proxies die, as if it had: all other nodes see their links break. */
void cluster_kill_wires(void);

#endif /* TESTS_STAGE_CLUSTER_H */
