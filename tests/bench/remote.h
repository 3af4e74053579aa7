/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What measures between two nodes: network namespaces with a cable, and m3ipc's
 * proxies, between them, as tests/cluster/lib.sh makes them.  The server is on
 * node 1.  Round trips are those of mechanism.h.
 *
 * A copy moves bytes from remote_from, in the client's memory, to remote_to, in
 * the server's, or the other way, and ends when the client knows that they are
 * there.  Both are shared by all, so that they can be compared.
 */
#ifndef TESTS_BENCH_REMOTE_H
#define TESTS_BENCH_REMOTE_H

#include <stdbool.h>

#include "mechanism.h"

#define CLIENT_NODE 0
#define SERVER_NODE 1

#define REMOTE_ADDRESS "10.9.0.2" /* of the server's node */
#define REMOTE_PORT    4711
#define REMOTE_FRAME   65536L /* of what has frames of a chosen size */
#define REMOTE_COPY    (16L << 20)

/* Of several clients of one server, each in a process of its own */
extern int remote_client;

extern const struct mechanism remote_sendrec;
extern const struct mechanism remote_notify;
extern const struct mechanism remote_tcp;
extern const struct mechanism remote_req_rep;
extern const struct mechanism remote_dealer_router;
extern const struct mechanism remote_tipc;

/* All but serve and copy may be NULL; called in this order. */
struct copier {
	const char *name;
	const char *(*prepare)(void); /* why the kernel lacks it, or NULL */
	void (*start_server)(void);
	void (*serve)(void); /* does not return */
	void (*start_client)(void);
	void (*copy)(long bytes);
	bool in_place; /* the bytes are not moved to a place of their own */
};

extern const struct copier remote_vcopy_to;
extern const struct copier remote_vcopy_from;
extern const struct copier remote_tcp_copy;
extern const struct copier remote_push_pull;
extern const struct copier remote_push_pull_in_place;
extern const struct copier remote_tipc_copy;

extern char *remote_from, *remote_to;
extern volatile long *remote_bytes; /* of the copy that is under way */

/* Copies over a connection that has no frames; the server ends with it. */
void remote_serve_stream(int connection);
void remote_copy_stream(int connection, long bytes);

#endif /* TESTS_BENCH_REMOTE_H */
