/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands that come from other nodes.
 *
 *	check	fields, against what this node knows: who may say that?
 *	find	the descriptor of the process that it comes from, or make one
 *	act	with the lock of the VM held: as a local call would
 *
 * Nothing that arrives is trusted.  What cannot be is an error to the proxy;
 * what merely comes too late, since things happened at both ends at once, is
 * dropped.  A request that cannot be granted is answered with the error.
 */
#ifndef _M3IPC_INBOUND_H
#define _M3IPC_INBOUND_H

#include "m3ipc.h"

struct m3_proxy;

int m3_inbound(struct m3_proxy *px, const cmd_t *cmd, unsigned long payload);

#endif /* _M3IPC_INBOUND_H */
