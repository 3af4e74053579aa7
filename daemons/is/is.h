/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * m3ipc-is: the information server of a VM at a node.  What its files share.
 *
 *	main.c			start, loop (common/serve), requests, end
 *	gather			tables, from SYSTASK of this node or another
 *
 * and, without I/O:
 *
 *	asks			who waits for which table
 *	parts			a table that comes in parts
 *
 * The loop waits for nobody but SYSTASK of its own node, which waits for
 * nobody.  For another node a thread with an endpoint of its own waits, one a
 * node and only as long as somebody wants a table of that; its orders are the
 * answers to its own request, IS_GATHERED.
 */
#ifndef IS_IS_H
#define IS_IS_H

#include <molipc/is.h>
#include <molipc/sys.h>

#include "asks.h"
#include "common/serve.h"

struct is {
	int node;
	VM_usr_t usr;
	struct asks asks;
};

extern struct is is;

#endif /* IS_IS_H */
