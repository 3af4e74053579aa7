/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes between this process and a client: from and to the memory of a client
 * of this node at once, one copy; to and from what is staged of one of another
 * node.
 */
#ifndef FS_COPY_H
#define FS_COPY_H

#include <stddef.h>
#include <sys/uio.h>

#include "call.h"

/*
 * "bytes" of these segments to what the client has given, from its byte "at"
 * on, and the reverse: 0; CALL_LATER, and it is parked; or -EFAULT.
 */
int copy_out(struct call *c, const struct iovec *from, int nr, size_t at,
	     size_t bytes);
int copy_in(struct call *c, const struct iovec *to, int nr, size_t at,
	    size_t bytes);

/*
 * So many of the client's memory into this one, whatever thread asks: 0,
 * CALL_LATER, as it is stopped, or -EFAULT.
 */
int copy_fetch(int client, uint64_t from, void *to, size_t bytes);

/* "bytes" from byte "at" of these, into "part", which has room for as many */
int copy_slice(const struct iovec *iov, int nr, size_t at, size_t bytes,
	       struct iovec *part);
/* 0, CALL_LATER or -EFAULT for what mnx_vcopy() says */
int copy_error(int rc);

#endif /* FS_COPY_H */
