/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disks of the configuration, as devices: those with a size, and copies of
 * images, are memory, of which they may have together as much as the machine
 * has; others are images (common/image.h), which other nodes may have, too
 * (shared.h).
 */
#ifndef MEMORY_DISKS_H
#define MEMORY_DISKS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/blockdriver.h"
#include "common/config.h"

/*
 * In the order of the configuration, as far as that node has them; false: it
 * was logged why not.
 */
bool disks_open(const struct config_memory *memory, const char *node);

/* All is durable then; false: it was logged why not. */
bool disks_close(void);

size_t disks_nr(void);
const struct blockdev *disks_get(size_t i);

/* The first that is kept in memory, and that has an image; or NULL */
const struct blockdev *disks_ram(void);
const struct blockdev *disks_boot(void);

#endif /* MEMORY_DISKS_H */
