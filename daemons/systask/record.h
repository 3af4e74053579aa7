/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the group as bytes, all numbers little-endian.
 *
 *	offset	bytes
 *	0	4	magic
 *	4	2	version
 *	6	2	type
 *	8	8	table
 *	16	4	life of the sender
 *	20	4	nonce
 *	24	4	flags
 *	28	4	count
 *	32	12	to: node, pid, life
 *	44	4	number of ids
 *	48	8	dead
 *	56	8	params
 *	64	4	number of entries
 *	68	4	0
 *	72		ids, each 12: node, pid, life; then
 *			entries, each 20: slot, node and life of the owner (4
 *			each), version (8)
 *
 * What every member accepts or refuses alike is checked here; what depends on
 * the VM and on who is in the group by slots_deliver().
 */
#ifndef SYSTASK_RECORD_H
#define SYSTASK_RECORD_H

#include <stddef.h>

#include "slots.h"

#define RECORD_MAGIC   0x5247334du /* "M3GR" */
#define RECORD_VERSION 1
#define RECORD_HEADER  72
#define RECORD_ID      12
#define RECORD_ENTRY   20
/* No table comes to as many versions of a slot. */
#define RECORD_VERSIONS (UINT64_C(1) << 62)
#define RECORD_MAX                                   \
	(RECORD_HEADER + SLOTS_MEMBERS * RECORD_ID + \
	 SLOTS_ENTRIES * RECORD_ENTRY)

enum record_error {
	RECORD_OK,
	RECORD_SHORT,
	RECORD_BADMAGIC,
	RECORD_BADVERSION,
	RECORD_BADTYPE,
	RECORD_BADFLAGS,
	RECORD_BADLIFE,
	RECORD_BADCOUNT,
	RECORD_BADNODE,
	RECORD_BADENTRY,
	RECORD_BADLENGTH,
	RECORD_BADMEMBER, /* one that this type does not have is not 0 */
	RECORD_ERRORS
};

const char *record_error_name(enum record_error error);

/* Into RECORD_MAX bytes; returns how many it takes. */
size_t record_encode(unsigned char *to, const struct slots_msg *m);
/* Of any bytes; unless it is RECORD_OK, *m is not to be used. */
enum record_error record_decode(struct slots_msg *m, const unsigned char *from,
				size_t len);

#endif /* SYSTASK_RECORD_H */
