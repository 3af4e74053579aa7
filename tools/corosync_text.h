/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Corosync has to be told for the nodes of a configuration, and what it
 * has been told.
 *
 * Nothing here touches a file or asks a daemon: a unit test links it alone.
 * All text that is returned is the caller's memory.
 */
#ifndef TOOLS_COROSYNC_TEXT_H
#define TOOLS_COROSYNC_TEXT_H

#include "common/config.h"

/* What a corosync.conf is, as long as it is not changed */
enum corosync_file {
	COROSYNC_CURRENT, /* ours, as the configuration is */
	COROSYNC_OLD,     /* ours, as it was */
	COROSYNC_DEBIAN,  /* the example that Debian's package installs */
	COROSYNC_FOREIGN, /* the administrator's */
};

/* Can a cluster have this name there? */
bool corosync_takes(const char *cluster);

/* The corosync.conf of all nodes of a configuration, the same on each */
char *corosync_text(const struct config *config);

/* "wanted" is what corosync_text() says. */
enum corosync_file corosync_classify(const char *text, const char *wanted);

/* A value of the daemon's map by its key, as text; or NULL */
typedef char *(*corosync_get)(void *arg, const char *key);

/*
 * The first thing in which a daemon is not of use for the configuration, as a
 * sentence; or NULL.  It may have other nodes too, and another transport.
 */
char *corosync_difference(const struct config *config, corosync_get get,
			  void *arg);

#endif /* TOOLS_COROSYNC_TEXT_H */
