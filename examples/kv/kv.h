/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the key-value server, kvd.c, and its clients say to each other. */
#ifndef KV_H
#define KV_H

#include <stdint.h>

#define KV_SERVICE "kv" /* the name it publishes */

/*
 * A key and its value, which are strings; and who asks for what: a number that
 * a client has chosen for itself, and one that is higher with each of its
 * requests.  One that comes again is not done again, but answered.
 */
struct kv_pair {
	char key[24];
	char value[24];
	uint32_t client;
	uint32_t number;
};

/*
 * Requests have a pair in the message (com_put) or, KV_MOVE, the number of a
 * node in m2_i1.  In the answer m_type is OK or an error.
 */
#define KV_PUT  1 /* the pair from now on */
#define KV_GET  2 /* the pair of that key is the answer */
#define KV_ADD  3 /* the value, a number, is one more; the pair is the answer */
#define KV_MOVE 4 /* to that node, where a taker waits: its answer */

/* What a taker or a follower asks the server: */
#define KV_ALL 100 /* put the table to m2_p1; taker: m2_i1 is who waits */
/* What the server says to its followers, who answer when they know it: */
#define KV_CHANGE 101 /* a pair */
#define KV_AGAIN  102 /* another one will be the server: ask it */

#endif /* KV_H */
