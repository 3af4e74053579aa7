/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A backup that knows what its server knows.
 *
 *	server				backup: two processes, one table
 *
 *	serves				follower	has a user slot
 *	<-- KV_ALL			asks for the table
 *	puts it there, enters it
 *	KV_CHANGE -->			notes it, in the table
 *	answers whoever asked for it
 *	KV_AGAIN -->			asks again: whoever is the server then
 *	moves, or dies
 *					standby		mnx_standby, until then
 *					ends its follower, and serves
 *
 * The server waits for its followers, so they ask it only when it waits for
 * them no more: it has said so, or died, and nobody follows a new one yet.
 *
 * So what was answered is known to all followers that the server could reach.
 * One that it cannot reach it goes without; that one asks for the table again
 * when it can.  If the server's node dies before, what was answered in between
 * is lost: what must not lose it does not answer with less than one follower.
 */
#ifndef KV_FOLLOW_H
#define KV_FOLLOW_H

#include <sys/types.h>

#include "table.h"

/* The server: a message of one who wants to follow becomes the answer. */
void follow_enter(struct table *t, message *m);
/* All followers have noted it, or are none any more. */
void follow_tell(struct table *t, const struct kv_pair *pair);

/* It moves to a backup. */
void follow_leave(struct table *t);

/* A process that follows; returns when it has the table, or -1. */
pid_t follow_start(int vmid, int server, struct table *t);
/* The table is this process's from then on. */
void follow_stop(pid_t follower);

#endif /* KV_FOLLOW_H */
