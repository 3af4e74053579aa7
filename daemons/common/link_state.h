/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a link is not up, as m3ipc-proxy knows it and m3ipc status asks.
 *
 * The proxy leaves a line in a file under /run/m3ipc, whose name has the number
 * of the network namespace, as that is the node, and that of the peer.  So
 * there is nobody to ask who may be busy or gone, and nothing that a stranger
 * could say: only root makes files there.  No file: nothing is known.  What a
 * killed proxy leaves is of no interest, as the driver knows that it is not
 * there.
 */
#ifndef COMMON_LINK_STATE_H
#define COMMON_LINK_STATE_H

#include <stddef.h>

#define LINK_STATE_SIZE 512

/* Of the caller's node; an empty text removes it.  0 or -errno. */
int link_state_write(int peer, const char *why);

/* The text, or an empty one */
void link_state_read(int peer, char why[LINK_STATE_SIZE]);

#endif /* COMMON_LINK_STATE_H */
