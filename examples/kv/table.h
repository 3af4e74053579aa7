/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the server knows: pairs, what each client has asked for last, and who
 * follows it.  It is one piece of memory, which a copy hands on, and which the
 * processes of a backup share.
 */
#ifndef KV_TABLE_H
#define KV_TABLE_H

#include <stdint.h>

#include <molipc/com.h>
#include <molipc/molipc.h>

#include "kv.h"

#define KV_PAIRS     16384
#define KV_CLIENTS   256
#define KV_FOLLOWERS 8

struct table {
	uint32_t nr;
	uint32_t next; /* client whose place is given away next */
	int32_t follower[KV_FOLLOWERS]; /* endpoints, or NONE */
	struct {
		uint32_t client;
		uint32_t number;
	} seen[KV_CLIENTS];
	struct kv_pair pair[KV_PAIRS];
};

/* An empty one, shared with children; NULL: no memory */
struct table *table_make(void);
void table_without_followers(struct table *t);
/* Of what there is in it, in bytes */
long table_size(const struct table *t);
/* A request becomes its answer.  1: it is a change; 0: it is none; an error. */
int table_ask(struct table *t, int type, struct kv_pair *pair);
/* A change that another one has made */
int table_note(struct table *t, const struct kv_pair *pair);

#endif /* KV_TABLE_H */
