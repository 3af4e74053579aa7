/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What proxies say to each other: frames.
 *
 * A frame is a message of ZeroMQ with one or two parts: a header of 64 bytes,
 * followed in a DATA frame by an array of commands (cmd_t); and, if one of
 * these has any, their payload, as mnx_get2rmt_batch() left it: that of each
 * command at the next multiple of 64.  Both parts are sent from where they are.
 * In a HELLO frame the header is followed by what a node says of itself.
 *
 *	offset	bytes
 *	0	4	magic
 *	4	2	version
 *	6	2	type
 *	8	4	node that sends it
 *	12	4	node that it is for
 *	16	8	session of the sender
 *	24	8	session of the receiver as the sender knows it, or 0
 *	32	8	DATA: its number.  Others: that of the next DATA
 *	40	8	number of the DATA that the sender expects next
 *	48	4	number of commands
 *	52	4	bytes of payload
 *	56	4	flags
 *	60	4	0
 *
 * and in a HELLO
 *
 *	64	8	number of the start of the proxy that sends it
 *	72	4	max_copybuf of its node
 *	76	4	maxbytes: so much payload it takes in a frame
 *	80	4	port at which others listen for it
 *	84	4	port at which it listens for the receiver
 *	88	4	why its last link broke, see session.h
 *	92	4	0
 *	96	64	its cluster, filled up with zeros, of which there is one
 *
 * Of an unknown version magic and version can be read, and nothing else.
 *
 * All of it is little-endian.  So is a cmd_t, but for the message in it, of
 * which nobody knows the layout: nodes of another byte order are none of the
 * cluster, see wire.c.
 */
#ifndef _PROXIES_WIRE_H
#define _PROXIES_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include <molipc/m3ipc.h>

#define WIRE_MAGIC      0x5850334du /* "M3PX" */
#define WIRE_VERSION    3
#define WIRE_HEADER     64
#define WIRE_CLUSTER    64
#define WIRE_HELLO_SIZE (WIRE_HEADER + 32 + WIRE_CLUSTER)

enum wire_type {
	WIRE_HELLO = 1,
	WIRE_DATA,
	WIRE_ACK,
	WIRE_HEARTBEAT,
	WIRE_SHUTDOWN,
};

/* Flags of HELLO: the receiver has been heard on its own connection. */
#define WIRE_HEARD (1u << 0)
/* Flags of ACK: send again what begins with the number that is expected. */
#define WIRE_AGAIN (1u << 0)
/* Flags of HEARTBEAT: answer with an ACK. */
#define WIRE_ASK (1u << 1)

/* A header as the program uses it */
struct wire_header {
	enum wire_type type;
	int snode;
	int dnode;
	uint64_t session;
	uint64_t peer;
	uint64_t seq;
	uint64_t ack;
	uint32_t ncmds;
	uint32_t len;
	uint32_t flags;
};

/* What a HELLO holds beside that */
struct wire_hello {
	uint64_t start;
	int32_t max_copybuf;
	int32_t maxbytes;
	int32_t port;
	int32_t listens;
	uint32_t cause;
	char cluster[WIRE_CLUSTER];
};

/* Why a frame is refused: the kinds that are counted */
enum wire_error {
	WIRE_OK,
	WIRE_SHORT, /* no whole header */
	WIRE_BADMAGIC,
	WIRE_BADVERSION,
	WIRE_BADTYPE,
	WIRE_BADFLAGS,  /* flags, or what should be 0 */
	WIRE_BADNODE,   /* not from the peer, or not for this node */
	WIRE_BADCOUNT,  /* of commands */
	WIRE_BADLENGTH, /* of a part, or of the payload of a command */
	WIRE_BADPARTS,  /* more parts than a frame has */
	WIRE_BADHELLO,  /* what a node says of itself cannot be */
	WIRE_FORGED,    /* from another node than the key is of */
	WIRE_ERRORS
};

const char *wire_error_name(enum wire_error error);

/* Fills WIRE_HEADER bytes. */
void wire_put(void *to, const struct wire_header *h);

/* Fills WIRE_HELLO_SIZE bytes. */
void wire_put_hello(void *to, const struct wire_header *h,
		    const struct wire_hello *hello);

/*
 * Reads a header from a first part of `size' bytes.  Of a header that is
 * refused nothing but the nodes may be read, and these only from
 * WIRE_BADNODE on.
 */
enum wire_error wire_get(struct wire_header *h, const void *from, size_t size);

/*
 * Copies the commands of a first part that wire_get() accepted, and compares
 * their lengths with the payload.
 */
enum wire_error wire_get_cmds(const struct wire_header *h, cmd_t *cmds,
			      const void *from);

/* Reads the rest of a HELLO that wire_get() accepted. */
enum wire_error wire_get_hello(struct wire_hello *hello, const void *from);

/* Of a frame that is refused with WIRE_BADVERSION */
unsigned int wire_version(const void *from);

/* Where the payload of the next command begins after one at `offset' */
static inline size_t wire_next_payload(size_t offset, int32_t len)
{
	size_t end = offset + (size_t)len;

	return (end + M3IPC_PAYLOAD_ALIGN - 1) &
	       ~(size_t)(M3IPC_PAYLOAD_ALIGN - 1);
}

/* Bytes of payload that `n' commands of the driver have */
size_t wire_payload(const cmd_t *cmds, int n);

#endif /* _PROXIES_WIRE_H */
