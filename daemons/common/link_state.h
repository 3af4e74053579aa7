/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What state a link is in, and why, as m3ipc-proxy knows it and m3ipc asks.
 *
 * The proxy leaves two lines in a file under /run/m3ipc, whose name has the
 * number of the network namespace, as that is the node, and that of the peer.
 * So there is nobody to ask who may be busy or gone, and nothing that a
 * stranger could say: only root makes files there.  No file: nothing is known.
 * What a killed proxy leaves is of no interest, as the driver knows that it is
 * not there.
 */
#ifndef COMMON_LINK_STATE_H
#define COMMON_LINK_STATE_H

#include <stddef.h>

#define LINK_STATE_NAME 32
#define LINK_STATE_WHY  512

struct link_state {
	char name[LINK_STATE_NAME]; /* of the state; or empty: not known */
	/* It is no better, "up" again after that; empty: nothing is known. */
	char why[LINK_STATE_WHY];
};

/* Of the caller's node; NULL removes it.  0 or -errno. */
int link_state_write(int peer, const struct link_state *state);

void link_state_read(int peer, struct link_state *state);

#endif /* COMMON_LINK_STATE_H */
