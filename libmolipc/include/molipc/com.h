/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages between the parts of the system: which numbers belong to whom, and
 * how a message holds a structure.
 *
 *	m_type of		is
 *	a request		a number of one of the ranges below
 *	an answer		OK, or an error, which is negative
 *	a notification		NOTIFY_FROM(the slot that it comes from)
 *
 * What a request and its answer hold is a structure in the 56 bytes after that,
 * without holes, so that nothing else of the sender's memory goes along:
 *
 *	range			answers			layouts
 *	DEV_BASE ... + 63	drivers of devices	<molipc/dev.h>
 *	SYS_BASE ... + 63	SYSTASK			<molipc/sys.h>
 *	PM_BASE ... + 127	PM			<molipc/pm.h>
 *	IS_BASE ... + 15	IS			<molipc/is.h>
 *	INIT_BASE ... + 15	INIT of a node		<molipc/init.h>
 */
#ifndef _MOLIPC_COM_H
#define _MOLIPC_COM_H

#include <string.h>

#include <molipc/m3ipc.h>

/* The numbers of MINIX 3, and more from 32 on */
#define DEV_BASE 0x400
#define DEV_END  (DEV_BASE + 64)

/* As many requests as s_call_mask has bits; the numbers of MINIX 3 */
#define SYS_BASE 0x600
#define SYS_END  (SYS_BASE + 64)

/* The numbers of MINIX 3's calls, and more from 100 on */
#define PM_BASE 0x700
#define PM_END  (PM_BASE + 128)

#define IS_BASE 0x900
#define IS_END  (IS_BASE + 16)

#define INIT_BASE 0xa00
#define INIT_END  (INIT_BASE + 16)

#define COM_BYTES 56

#define COM_ASSERT(type) \
	M3IPC_ASSERT(sizeof(type) <= COM_BYTES, "a message holds 56 bytes")

/* Puts a structure into a message, and takes it out: a copy either way. */
#define com_put(m, from)                                     \
	do {                                                 \
		COM_ASSERT(*(from));                         \
		memset((m)->m_raw, 0, COM_BYTES);            \
		memcpy((m)->m_raw, (from), sizeof(*(from))); \
	} while (0)

#define com_get(m, to)                                   \
	do {                                             \
		COM_ASSERT(*(to));                       \
		memcpy((to), (m)->m_raw, sizeof(*(to))); \
	} while (0)

#endif /* _MOLIPC_COM_H */
