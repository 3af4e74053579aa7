/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may use the devices of a driver (blockdriver.h), by what the kernel and
 * the system tasks know of who asks.
 */
#ifndef COMMON_BLOCK_ACCESS_H
#define COMMON_BLOCK_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

int access_init(int vmid, int node);

/*
 * It opens the device: errors of DEV_OPEN.  *key is that of an opening to
 * share, or 0; then it is that of this one.
 */
int access_open(int client, const void *device, bool writes, uint64_t *key);

/* Has it opened the device? */
bool access_has(int client, const void *device, bool writes);

/* It closes it: does anybody else have it open? */
bool access_close(int client, const void *device);

#endif /* COMMON_BLOCK_ACCESS_H */
