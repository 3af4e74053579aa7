/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The links of this node to others, for "up" and "down": those who carry them,
 * m3ipc-proxy(8), are the unit m3ipc-proxy.service where systemd brings up this
 * node, and a process in the background elsewhere.
 */
#ifndef TOOLS_LINKS_H
#define TOOLS_LINKS_H

#include "common/config.h"
#include "args.h"

/*
 * Has proxies started for the peers that have none, and units that are started
 * for the node.  Reports what is wrong; 0 or EXIT_FAILURE.
 */
int links_start(const struct args *args, const struct config *config);

/* Has the driver no proxies for this node of the configuration? */
bool links_is_missing(int nodeid);

/* Before the node ends: ends the proxies, if they are m3ipc-proxy. */
void links_stop(const struct args *args, const struct config *config);

/* After it has ended: so has its unit. */
void links_stopped(const struct args *args);

#endif /* TOOLS_LINKS_H */
