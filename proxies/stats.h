/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a link has carried, and what it has refused.  The lock of the link is
 * of its statistics too.
 */
#ifndef _PROXIES_STATS_H
#define _PROXIES_STATS_H

#include "session.h"

#define STATS_SIZES 6  /* classes of payload, see stats.c */
#define STATS_CMDS  32 /* requests; as many acknowledgements */

struct stats_count {
	uint64_t cmds;
	uint64_t bytes; /* of payload */
};

/* One direction */
struct stats_flow {
	uint64_t frames;
	struct stats_count cmd[2 * STATS_CMDS];
	struct stats_count size[STATS_SIZES];
	struct stats_count vm[M3IPC_MAX_VMS];
	struct stats_count node[M3IPC_MAX_NODES];
};

struct stats {
	struct stats_flow sent;
	struct stats_flow received;
	uint64_t refused[WIRE_ERRORS];       /* frames */
	uint64_t dropped[SESSION_EARLY + 1]; /* by verdict */
	uint64_t foreign; /* commands that are not from, or for, the node */
	uint64_t bad;     /* commands that the driver refused */
	uint64_t unkeyed; /* connections without a key, or a wrong one */
	uint64_t renewed; /* connections made anew */
};

void stats_count(struct stats_flow *flow, const cmd_t *cmds, int n);

/* Writes to the log; "who" is the peer, and begins each line. */
void stats_log(const struct stats *stats, const char *who);

#endif /* _PROXIES_STATS_H */
