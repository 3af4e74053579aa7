/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Data between a driver and its client, whose pieces may be more than is moved,
 * but not fewer.  0 or an error of mnx_vcopyv().
 */
#ifndef COMMON_BLOCK_MOVE_H
#define COMMON_BLOCK_MOVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

int move_init(void);

int move_in(int client, const struct iovec *theirs, void *to, int64_t bytes);
int move_out(int client, const struct iovec *theirs, void *from, int64_t bytes);

/* An array of the client, of "nr" members of "size" bytes */
int move_array(int client, uint64_t address, void *to, int nr, size_t size);

#endif /* COMMON_BLOCK_MOVE_H */
