/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A piece of a device: where it is, and what it is to hold */
#ifndef COMMON_PIECE_H
#define COMMON_PIECE_H

#include <stddef.h>
#include <stdint.h>

struct piece {
	int64_t position;
	const void *data;
	size_t bytes;
};

#endif /* COMMON_PIECE_H */
