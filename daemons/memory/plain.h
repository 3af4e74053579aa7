/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices that hold nothing */
#ifndef MEMORY_PLAIN_H
#define MEMORY_PLAIN_H

#include "common/blockdriver.h"

extern const struct blockdev plain_null; /* Nothing is read from it. */
extern const struct blockdev plain_zero; /* Zeros are, without an end. */
extern const struct blockdev plain_refused;

#endif /* MEMORY_PLAIN_H */
