/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the servers and the clients of the demonstration say to each other. */
#ifndef TESTS_DEMO_H
#define TESTS_DEMO_H

#include <molipc/molipc.h>

/* To the block server: BLOCK_READ */
#include "../../examples/block.h"

/*
 * DEMO_UPPER: m3_ca1 holds m3_i1 bytes of text; the answer has m_type OK and
 * the same text in upper case.
 */
#define DEMO_UPPER 3
#define DEMO_PIECE ((int)sizeof(((message *)0)->m3_ca1))

/*
 * DEMO_LEAVE: the server leaves; the answer is a text, the number of
 * DEMO_UPPER requests that it has answered.
 */
#define DEMO_LEAVE 2

/*
 * What BLOCK_READ means, done by who may copy out of the size bytes at data of
 * process src, or SELF: the answer's m_type; m2_i1 becomes the number of bytes.
 */
static inline int demo_read(message *m, int src, const char *data, long size)
{
	long at = m->m2_l1, length = m->m2_i1;

	if (at < 0 || length < 0 || length > BLOCK_MAX)
		return EMOLINVAL;
	if (at > size)
		at = size;
	if (length > size - at)
		length = size - at;
	m->m2_i1 = (int32_t)length;
	return mnx_vcopy(src, data + at, m->m_source, m->m2_p1, length);
}

/*
 * DEMO_LEND, to one who orders copies out of the memory of others: m2_l1 bytes
 * at m2_p1.  There is no answer before it leaves.
 */
#define DEMO_LEND 4

#endif /* TESTS_DEMO_H */
