/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A group whose messages are those of disks that several nodes have */
#ifndef SIM_GROUP_REPLICA_H
#define SIM_GROUP_REPLICA_H

#include "memory/replica.h"
#include "systask/slots.h"

/* A piece of an image is so many blocks, and an image so many pieces. */
#define PIECE_BLOCKS 2
#define IMAGE_PIECES 4
#define IMAGE_BLOCKS (PIECE_BLOCKS * IMAGE_PIECES)

/* What goes along: a write's number and blocks; or what blocks hold */
struct replica_data {
	uint32_t number;
	uint32_t blocks;
	bool lasts; /* a group: it is durable, and all before it */
	uint32_t held[PIECE_BLOCKS];
};

typedef struct {
	struct replica_msg msg;
	struct replica_data data;
} group_msg;

static inline void group_msg_copy(group_msg *to, const group_msg *m)
{
	*to = *m;
}

#endif /* SIM_GROUP_REPLICA_H */
