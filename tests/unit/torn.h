/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files whose writes end in the middle: of pwritev(), fdatasync(), ftruncate()
 * the number that is said is the last one.  What goes on before, in a process
 * of its own, is
 *
 *	TORN_KILLED	as a kill has it: what was written is there, and of the
 *			last call a part
 *	TORN_OFF	as a machine has it that is switched off: of what was
 *			not made durable each sector is there or not, by chance
 *	TORN_ERROR	no end: that call fails with EIO, or has no room
 *
 * To be linked with torn_ldflags of the Makefile.
 */
#ifndef _TEST_UNIT_TORN_H
#define _TEST_UNIT_TORN_H

#include "sim/lib/dice.h"

#define TORN_SECTOR 512

enum torn {
	TORN_KILLED,
	TORN_OFF,
	TORN_ERROR,
};

/* From now on: the call with this number, from 0 on, is the last one. */
void torn_begin(enum torn torn, unsigned int last, struct dice *dice);
/* No more; returns how many calls there were. */
unsigned int torn_end(void);

/* The status with which a process ends there */
#define TORN_STATUS 77

#endif /* _TEST_UNIT_TORN_H */
