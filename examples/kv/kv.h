/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the key-value server, kvd.c, and its clients say to each other. */
#ifndef KV_H
#define KV_H

#include <stdint.h>

#define KV_SERVICE "kv" /* the name it publishes */

/* A key and its value, which are strings */
struct kv_pair {
	char key[24];
	char value[32];
};

/*
 * Requests have a pair in the message (com_put) or, KV_MOVE, the number of a
 * node in m2_i1.  In the answer m_type is OK or an error.
 */
#define KV_PUT  1 /* the pair from now on */
#define KV_GET  2 /* the pair of that key is the answer */
#define KV_ADD  3 /* the value, a number, is one more; the pair is the answer */
#define KV_MOVE 4 /* to that node, where a taker waits: its answer */

/* What a taker asks the server that moves: */
#define KV_SIZE 100 /* m2_l1 is answered: bytes of all pairs */
#define KV_ALL  101 /* put them to m2_p1; m2_i1 is answered: who waits */

#endif /* KV_H */
