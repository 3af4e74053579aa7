/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Corosync of VMs with membership = "corosync": its configuration is
 * written where it is m3ipc's to write, and else compared with what runs.
 *
 * corosync.conf	m3ipc up		what runs is another one
 *
 * is not there		writes it		is told to read it again; if
 * ours			writes it if it		that is not enough: error
 *			is not up to date
 * Debian's example	error
 * the administrator's	leaves it alone		error
 *
 * Where this node is not that of the machine (another configuration, or a
 * network namespace) nothing is written or started, and whoever set that up
 * has to see to its Corosync too: what runs is compared.
 */
#ifndef TOOLS_COROSYNC_H
#define TOOLS_COROSYNC_H

#include "common/config.h"
#include "args.h"

/*
 * Before anything is changed: 0, or what is in the way has been said.  It looks
 * at more than corosync_raise() can repair.
 */
int corosync_check(const struct args *args, const struct config *config);

/*
 * So that Corosync runs as the configuration says: 0, or EXIT_FAILURE.  Each
 * change is reported, in words.
 */
int corosync_raise(const struct args *args, const struct config *config,
		   void (*report)(void *arg, const char *change), void *arg);

#endif /* TOOLS_COROSYNC_H */
