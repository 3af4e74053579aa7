/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nodes say of their processes, as bytes, all numbers little-endian.
 *
 *	offset	bytes
 *	0	4	magic
 *	4	2	version
 *	6	2	type
 *	8	4	flags
 *	12	4	number of facts
 *	16		facts, each 56: kind, endpoint (4 each), since,
 *			incarnation (8 each), text (32, with a NUL at its end)
 */
#ifndef SYSTASK_PST_RECORD_H
#define SYSTASK_PST_RECORD_H

#include <stddef.h>

#include "pst.h"
#include "record.h"

#define PST_RECORD_MAGIC  0x5450334du /* "M3PT" */
#define PST_RECORD_HEADER 16
#define PST_RECORD_FACT   (24 + PST_TEXT)
#define PST_RECORD_MAX    (PST_RECORD_HEADER + PST_FACTS * PST_RECORD_FACT)

/* Into PST_RECORD_MAX bytes; returns how many it takes. */
size_t pst_encode(unsigned char *to, const struct pst_msg *m);
/* Of any bytes; unless it is RECORD_OK, *m is not to be used. */
enum record_error pst_decode(struct pst_msg *m, const unsigned char *from,
			     size_t size);

#endif /* SYSTASK_PST_RECORD_H */
