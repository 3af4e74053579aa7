/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What members say of endpoints that move, as bytes, all numbers little-endian.
 *
 *	offset	bytes
 *	0	4	magic
 *	4	2	version
 *	6	2	type
 *	8	4	flags
 *	12	4	life of the sender
 *	16	4	number
 *	20	8	id of the move: life, number
 *	28	4	why
 *	32	4	rc
 *	36	4	from
 *	40	8	to: node, pid
 *	48	4	number of facts
 *	52	4	number of HELLOs: SLOTS_NODES for STATE, else 0
 *	56	8	what START wants: pid, uid
 *	64		HELLOs, each 4; then
 *			facts, each 48: kind, id (8), endpoint, node, term,
 *			maker, count, revision, 4 of 0 (4 each), map (8)
 *
 * What every member accepts or refuses alike is checked here; what depends on
 * who is in the group by moves_deliver().
 */
#ifndef SYSTASK_MOVES_RECORD_H
#define SYSTASK_MOVES_RECORD_H

#include <stddef.h>

#include "moves.h"
#include "record.h"

#define MOVES_RECORD_MAGIC   0x564d334du /* "M3MV" */
#define MOVES_RECORD_VERSION 1
#define MOVES_RECORD_HEADER  64
#define MOVES_RECORD_FACT    48
/* No table comes to as many terms, moves or revisions. */
#define MOVES_RECORD_NUMBERS (UINT32_C(1) << 31)
#define MOVES_RECORD_MAX                         \
	(MOVES_RECORD_HEADER + SLOTS_NODES * 4 + \
	 MOVES_FACTS * MOVES_RECORD_FACT)

/* Into MOVES_RECORD_MAX bytes; returns how many it takes. */
size_t moves_encode(unsigned char *to, const struct moves_msg *m);
/* Of any bytes; unless it is RECORD_OK, *m is not to be used. */
enum record_error moves_decode(struct moves_msg *m, const unsigned char *from,
			       size_t size);

#endif /* SYSTASK_MOVES_RECORD_H */
