/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The test as another node: it is both proxies of node 1, puts in what that
 * says, and sees what is said to it.  The VM spans nodes 0 to 2.
 */
#ifndef TESTS_STAGE_PEER_H
#define TESTS_STAGE_PEER_H

#include <stdatomic.h>

#include "raw.h"

/* For fixtures */
void peer_up(void);
void peer_down(void);

/*
 * The same, but each command that comes out is for "hears", in a thread of its
 * own, and not for the functions below; before each time that one is taken out
 * it calls "before", if that is not NULL.
 */
void peer_up_for(void (*hears)(const cmd_t *cmd), void (*before)(void));

/* Puts in a command of node 1; what mnx_put2lcl() says */
int peer_says(cmd_t cmd);

/* How many commands have come out, and the last of a kind; one that is 0 has
 * not been seen. */
int peer_heard(void);
cmd_t peer_last(int kind);

/* A message of that process of node 1, and how it ends: the rcode of its ACK */
int peer_sends(int src, int dst);

#endif /* TESTS_STAGE_PEER_H */
