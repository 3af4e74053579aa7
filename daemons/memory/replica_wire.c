// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "common/le.h"
#include "common/memory.h"
#include "replica_wire.h"

#define MAGIC "m3ipcR01"

/* Of what goes along, in a part: with the head less than the group takes */
#define PART_BYTES (900 << 10)

/* More is no message of ours. */
#define MOST_PARTS 8

enum head_at {
	AT_MAGIC = 0,
	AT_TYPE = 8,
	AT_NONCE = 12,
	AT_TO_NODE = 16,
	AT_TO_PID = 20,
	AT_EPOCH = 24,
	AT_EPOCH_NODE = 32,
	AT_BEFORE_NODE = 36,
	AT_BEFORE = 40,
	AT_SEQ = 48,
	AT_NODES = 56,
	AT_PARAMS = 64,
	AT_STATE = 72,
	AT_PARTIAL = 76,
	AT_PIECE = 80,
	AT_PART = 84,
	AT_PARTS = 88,
	HEAD = 96,
};

static void head_put(unsigned char *to, const struct replica_msg *m)
{
	memcpy(to + AT_MAGIC, MAGIC, strlen(MAGIC));
	le_put32(to, AT_TYPE, m->type);
	le_put32(to, AT_NONCE, m->nonce);
	le_put32(to, AT_TO_NODE, m->to.node);
	le_put32(to, AT_TO_PID, m->to.pid);
	le_put64(to, AT_EPOCH, m->epoch.count);
	le_put32(to, AT_EPOCH_NODE, m->epoch.node);
	le_put32(to, AT_BEFORE_NODE, m->before.node);
	le_put64(to, AT_BEFORE, m->before.count);
	le_put64(to, AT_SEQ, m->seq);
	le_put64(to, AT_NODES, m->nodes);
	le_put64(to, AT_PARAMS, m->params);
	le_put32(to, AT_STATE, m->state);
	le_put32(to, AT_PARTIAL, m->partial);
	le_put32(to, AT_PIECE, m->piece);
}

static bool head_take(const unsigned char *from, size_t size,
		      struct replica_msg *m)
{
	if (size < HEAD || memcmp(from, MAGIC, strlen(MAGIC)) != 0)
		return false;
	m->type = le_get32(from, AT_TYPE);
	m->nonce = le_get32(from, AT_NONCE);
	m->to.node = le_get32(from, AT_TO_NODE);
	m->to.pid = le_get32(from, AT_TO_PID);
	m->epoch.count = le_get64(from, AT_EPOCH);
	m->epoch.node = le_get32(from, AT_EPOCH_NODE);
	m->before.node = le_get32(from, AT_BEFORE_NODE);
	m->before.count = le_get64(from, AT_BEFORE);
	m->seq = le_get64(from, AT_SEQ);
	m->nodes = le_get64(from, AT_NODES);
	m->params = le_get64(from, AT_PARAMS);
	m->state = le_get32(from, AT_STATE);
	m->partial = le_get32(from, AT_PARTIAL);
	m->piece = le_get32(from, AT_PIECE);
	return m->type >= REPLICA_QUERY && m->type < REPLICA_TYPES &&
	       m->state < REPLICA_STATES;
}

void wire_put(const struct replica_msg *m, const struct wire_data *data,
	      void (*send)(void *arg, const void *part, size_t size), void *arg)
{
	static unsigned char part[HEAD + PART_BYTES];
	const size_t size = data ? data->size : 0;
	const size_t parts = size ? (size + PART_BYTES - 1) / PART_BYTES : 1;

	memset(part, 0, HEAD);
	head_put(part, m);
	le_put32(part, AT_PARTS, (uint32_t)parts);
	for (size_t i = 0, at = 0; i < parts; i++) {
		size_t n = size - at < PART_BYTES ? size - at : PART_BYTES;

		le_put32(part, AT_PART, (uint32_t)i);
		if (n)
			memcpy(part + HEAD, data->bytes + at, n);
		send(arg, part, HEAD + n);
		at += n;
	}
}

static void parts_add(struct wire_parts *parts, const unsigned char *from,
		      size_t size)
{
	if (parts->size + size > parts->room) {
		parts->room = parts->size + size;
		parts->bytes =
			memory_checked(realloc(parts->bytes, parts->room));
	}
	memcpy(parts->bytes + parts->size, from, size);
	parts->size += size;
}

bool wire_take(struct wire_parts *parts, const void *part, size_t size,
	       struct replica_msg *m, struct wire_data *data)
{
	const unsigned char *bytes = (const unsigned char *)part + HEAD;
	uint32_t at, nr;

	if (!head_take(part, size, m))
		return false;
	at = le_get32(part, AT_PART);
	nr = le_get32(part, AT_PARTS);
	if (at == 0) {
		parts->next = 0;
		parts->size = 0;
	}
	if (at != parts->next || at >= nr || nr > MOST_PARTS)
		return false;
	*data = (struct wire_data){ bytes, size - HEAD };
	if (nr == 1)
		return true;
	parts_add(parts, bytes, size - HEAD);
	parts->next++;
	*data = (struct wire_data){ parts->bytes, parts->size };
	return parts->next == nr;
}

void wire_forget(struct wire_parts *parts)
{
	free(parts->bytes);
	*parts = (struct wire_parts){ .next = 0 };
}
