/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Buffers of DATA frames: the driver fills them, ZeroMQ sends from them, and
 * they are kept until the peer has acknowledged them.
 *
 * A frame belongs to the pool again when all who hold it have let go: the
 * session that keeps it, and each message of ZeroMQ that was made of it, in
 * whatever thread that ends.  Who holds one only reads it, but for the sender
 * before it sends the frame for the first time.
 *
 * The one that was used last is given out first, as it is in the cache still;
 * memory that was never used is never there.
 */
#ifndef _PROXIES_FRAME_H
#define _PROXIES_FRAME_H

#include <stdatomic.h>
#include <stdbool.h>

#include "wire.h"

struct frame_pool;

struct frame {
	struct frame_pool *pool;
	struct frame *next; /* of those that are free */
	atomic_int holders;
	bool headed; /* the header is filled in: it was sent before */
	int ncmds;
	size_t len; /* of the payload */
	unsigned char *header;
	cmd_t *cmds; /* right behind it */
	unsigned char *payload;
};

/* `bytes' of payload each; NULL if there is no memory. */
struct frame_pool *frame_pool_new(int frames, size_t bytes);

/* Waits until nobody holds a frame. */
void frame_pool_free(struct frame_pool *pool);

/* One that only the caller holds; NULL if all are held. */
struct frame *frame_get(struct frame_pool *pool);
void frame_hold(struct frame *f);
/* The signature is that of zmq_free_fn, and `hint' is the frame. */
void frame_drop(void *data, void *hint);

#endif /* _PROXIES_FRAME_H */
