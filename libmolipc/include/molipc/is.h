/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to IS, the information server of a VM at a node, which is in slot
 * IS_PROC_NR there: numbers and layouts, for who makes them with mnx_sendrec()
 * or answers them.
 *
 * WHO ASKS
 *	A process of the VM, of the same node: to copy to one of another node
 *	would be to wait for that.  IS tells what SYSTASK tells everybody.
 *
 * ANSWERS
 *	OK, or an error, as -errno where one is named here; and of all
 *
 *	EMOLBADCALL	there is no such request
 */
#ifndef _MOLIPC_IS_H
#define _MOLIPC_IS_H

#include <molipc/com.h>

#define IS_GETTAB   (IS_BASE + 0)
#define IS_GATHERED (IS_BASE + 1) /* to itself */

/*
 * GETTAB: the table "what", one of GET_MACHINE to GET_SLOTSTAB of
 * <molipc/sys.h>, of a node of the VM: as many whole entries as fit.  That of
 * the own node is copied at once.  Another node is waited for: 5 seconds for a
 * part, 30 for all of it; who asks something else meanwhile has given up.
 *
 *	-EAGAIN		no user slot is left from where to ask another node
 *	-EHOSTUNREACH	that node, or its SYSTASK, does not answer
 *	-EINVAL		there is no such table, or no such node in the VM
 *	-EOPNOTSUPP	the asker is of another node
 *	-EPROTO		what that node says makes no sense
 *	EMOLRANGE	bytes is negative
 *	EMOLFAULT	there is no memory at "to"
 */
typedef struct {
	uint64_t to; /* an address of the asker */
	int64_t bytes;
	int32_t what;
	int32_t nodeid;
	int32_t nr; /* out: entries that there are, which may be more */
	int32_t reserved;
} is_table_t;
COM_ASSERT(is_table_t);

#endif /* _MOLIPC_IS_H */
