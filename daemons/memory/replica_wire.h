/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of replica.h as bytes, and what goes along with them, which may be
 * more than the group takes at once.
 *
 *	a part: the head, and so much of what goes along
 *	a message: its parts, one after the other
 *
 * The parts of one member's message come in their order, with none of its next
 * one between.  Who joins in the middle gets only the rest, and drops that.
 */
#ifndef MEMORY_REPLICA_WIRE_H
#define MEMORY_REPLICA_WIRE_H

#include <stddef.h>

#include "replica.h"

/* What goes along */
struct wire_data {
	const unsigned char *bytes;
	size_t size;
};

/* Its parts, to be sent one after the other, valid during the call */
void wire_put(const struct replica_msg *m, const struct wire_data *data,
	      void (*send)(void *arg, const void *part, size_t size),
	      void *arg);

/* What came of one member's message so far; zeros at first */
struct wire_parts {
	uint32_t next; /* part that is expected */
	unsigned char *bytes;
	size_t size, room;
};

/*
 * Takes a part.  True: the message is whole, and *data valid until the next
 * part of that member, or as long as the part is.
 */
bool wire_take(struct wire_parts *parts, const void *part, size_t size,
	       struct replica_msg *m, struct wire_data *data);
void wire_forget(struct wire_parts *parts);

#endif /* MEMORY_REPLICA_WIRE_H */
