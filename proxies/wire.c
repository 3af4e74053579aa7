// SPDX-License-Identifier: GPL-2.0-or-later
#define _DEFAULT_SOURCE
#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "common/le.h"
#include "wire.h"

/* The largest that mnx_proxies_bind() allows */
#define MAX_PAYLOAD (16u << 20)

/* Commands go as they are, see wire.h. */
_Static_assert(__BYTE_ORDER == __LITTLE_ENDIAN,
	       "commands have the byte order of the wire");

enum offset {
	AT_MAGIC = 0,
	AT_VERSION = 4,
	AT_TYPE = 6,
	AT_SNODE = 8,
	AT_DNODE = 12,
	AT_SESSION = 16,
	AT_PEER = 24,
	AT_SEQ = 32,
	AT_ACK = 40,
	AT_NCMDS = 48,
	AT_LEN = 52,
	AT_FLAGS = 56,
	AT_ZERO = 60,
	AT_START = 64,
	AT_MAX_COPYBUF = 72,
	AT_MAXBYTES = 76,
	AT_PORT = 80,
	AT_LISTENS = 84,
	AT_CAUSE = 88,
	AT_HELLO_ZERO = 92,
	AT_CLUSTER = 96,
};

static const char *const names[WIRE_ERRORS] = {
	[WIRE_OK] = "good",
	[WIRE_SHORT] = "too short",
	[WIRE_BADMAGIC] = "bad magic",
	[WIRE_BADVERSION] = "bad version",
	[WIRE_BADTYPE] = "bad type",
	[WIRE_BADFLAGS] = "bad flags",
	[WIRE_BADNODE] = "bad node",
	[WIRE_BADCOUNT] = "bad count",
	[WIRE_BADLENGTH] = "bad length",
	[WIRE_BADPARTS] = "bad parts",
	[WIRE_BADHELLO] = "bad hello",
	[WIRE_FORGED] = "forged",
};

const char *wire_error_name(enum wire_error error)
{
	return names[error];
}

void wire_put(void *to, const struct wire_header *h)
{
	le_put32(to, AT_MAGIC, WIRE_MAGIC);
	le_put16(to, AT_VERSION, WIRE_VERSION);
	le_put16(to, AT_TYPE, (uint16_t)h->type);
	le_put32(to, AT_SNODE, (uint32_t)h->snode);
	le_put32(to, AT_DNODE, (uint32_t)h->dnode);
	le_put64(to, AT_SESSION, h->session);
	le_put64(to, AT_PEER, h->peer);
	le_put64(to, AT_SEQ, h->seq);
	le_put64(to, AT_ACK, h->ack);
	le_put32(to, AT_NCMDS, h->ncmds);
	le_put32(to, AT_LEN, h->len);
	le_put32(to, AT_FLAGS, h->flags);
	le_put32(to, AT_ZERO, 0);
}

void wire_put_hello(void *to, const struct wire_header *h,
		    const struct wire_hello *hello)
{
	wire_put(to, h);
	le_put64(to, AT_START, hello->start);
	le_put32(to, AT_MAX_COPYBUF, (uint32_t)hello->max_copybuf);
	le_put32(to, AT_MAXBYTES, (uint32_t)hello->maxbytes);
	le_put32(to, AT_PORT, (uint32_t)hello->port);
	le_put32(to, AT_LISTENS, (uint32_t)hello->listens);
	le_put32(to, AT_CAUSE, hello->cause);
	le_put32(to, AT_HELLO_ZERO, 0);
	memcpy((char *)to + AT_CLUSTER, hello->cluster, WIRE_CLUSTER);
}

static uint32_t flags_of(enum wire_type type)
{
	switch (type) {
	case WIRE_HELLO:
		return WIRE_HEARD;
	case WIRE_ACK:
		return WIRE_AGAIN;
	case WIRE_HEARTBEAT:
		return WIRE_ASK;
	default:
		return 0;
	}
}

static size_t first_part(const struct wire_header *h)
{
	return h->type == WIRE_HELLO ? WIRE_HELLO_SIZE :
				       WIRE_HEADER + h->ncmds * sizeof(cmd_t);
}

/* A number is at least 1, and so is a session. */
static enum wire_error check_header(const struct wire_header *h, size_t size)
{
	uint32_t least = h->type == WIRE_DATA;
	uint32_t most = h->type == WIRE_DATA ? M3IPC_MAX_BATCH : 0;

	if (h->snode < 0 || h->snode >= M3IPC_MAX_NODES || h->dnode < 0 ||
	    h->dnode >= M3IPC_MAX_NODES)
		return WIRE_BADNODE;
	if (h->ncmds < least || h->ncmds > most || !h->session || !h->seq ||
	    !h->ack)
		return WIRE_BADCOUNT;
	if (size != first_part(h) || h->len > MAX_PAYLOAD ||
	    (h->len && !h->ncmds))
		return WIRE_BADLENGTH;
	return WIRE_OK;
}

enum wire_error wire_get(struct wire_header *h, const void *from, size_t size)
{
	unsigned int type;

	if (size < WIRE_HEADER)
		return WIRE_SHORT;
	if (le_get32(from, AT_MAGIC) != WIRE_MAGIC)
		return WIRE_BADMAGIC;
	if (le_get16(from, AT_VERSION) != WIRE_VERSION)
		return WIRE_BADVERSION;
	type = le_get16(from, AT_TYPE);
	if (type < WIRE_HELLO || type > WIRE_SHUTDOWN)
		return WIRE_BADTYPE;
	h->type = (enum wire_type)type;
	h->flags = le_get32(from, AT_FLAGS);
	if ((h->flags & ~flags_of(h->type)) || le_get32(from, AT_ZERO))
		return WIRE_BADFLAGS;
	h->snode = (int32_t)le_get32(from, AT_SNODE);
	h->dnode = (int32_t)le_get32(from, AT_DNODE);
	h->session = le_get64(from, AT_SESSION);
	h->peer = le_get64(from, AT_PEER);
	h->seq = le_get64(from, AT_SEQ);
	h->ack = le_get64(from, AT_ACK);
	h->ncmds = le_get32(from, AT_NCMDS);
	h->len = le_get32(from, AT_LEN);
	return check_header(h, size);
}

enum wire_error wire_get_cmds(const struct wire_header *h, cmd_t *cmds,
			      const void *from)
{
	size_t offset = 0, end = 0;
	uint32_t i;

	memcpy(cmds, (const char *)from + WIRE_HEADER,
	       h->ncmds * sizeof(*cmds));
	for (i = 0; i < h->ncmds; i++) {
		if (cmds[i].c_len < 0 || (uint32_t)cmds[i].c_len > MAX_PAYLOAD)
			return WIRE_BADLENGTH;
		if (!cmds[i].c_len)
			continue;
		end = offset + (size_t)cmds[i].c_len;
		offset = wire_next_payload(offset, cmds[i].c_len);
	}
	return end == h->len ? WIRE_OK : WIRE_BADLENGTH;
}

/* It is shown to people: without what a terminal takes for a command. */
static bool is_name(const char cluster[WIRE_CLUSTER])
{
	size_t i, len = strnlen(cluster, WIRE_CLUSTER);

	if (!len || len == WIRE_CLUSTER)
		return false;
	for (i = 0; i < len; i++)
		if ((unsigned char)cluster[i] < ' ' || cluster[i] == 0x7f)
			return false;
	for (; i < WIRE_CLUSTER; i++)
		if (cluster[i])
			return false;
	return true;
}

enum wire_error wire_get_hello(struct wire_hello *hello, const void *from)
{
	hello->start = le_get64(from, AT_START);
	hello->max_copybuf = (int32_t)le_get32(from, AT_MAX_COPYBUF);
	hello->maxbytes = (int32_t)le_get32(from, AT_MAXBYTES);
	hello->port = (int32_t)le_get32(from, AT_PORT);
	hello->listens = (int32_t)le_get32(from, AT_LISTENS);
	hello->cause = le_get32(from, AT_CAUSE);
	memcpy(hello->cluster, (const char *)from + AT_CLUSTER, WIRE_CLUSTER);
	if (!hello->start || le_get32(from, AT_HELLO_ZERO) ||
	    !is_name(hello->cluster))
		return WIRE_BADHELLO;
	return WIRE_OK;
}

unsigned int wire_version(const void *from)
{
	return le_get16(from, AT_VERSION);
}

size_t wire_payload(const cmd_t *cmds, int n)
{
	size_t offset = 0, end = 0;
	int i;

	for (i = 0; i < n; i++) {
		if (cmds[i].c_len <= 0)
			continue;
		end = offset + (size_t)cmds[i].c_len;
		offset = wire_next_payload(offset, cmds[i].c_len);
	}
	return end;
}
