/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who asks: by the driver's word, or that of the SYSTASK of another node, and
 * nothing else.  And ends of processes, as SYSTASK tells of them: what a
 * process had goes with it.
 */
#ifndef FS_CLIENTS_H
#define FS_CLIENTS_H

#include "call.h"

/* Of which node it is */
int client_node(int client);
/*
 * Fills in c->proc, and for whom it asks: 0, EMOLAGAIN, or -EPERM: it is not
 * root and names others.  A client of another node has its user in the call.
 */
int client_begin(struct call *c);

/*
 * The descriptor that a request names: the file, or NULL and the error.  "p" is
 * whose it is.
 */
struct file *client_file(struct call *c, struct fproc **p, int *rc);

/* Ends that there were since the last time */
void ends_follow(void);
/* Who is not there any more has ended: after the start, and when some were
 * missed. */
void ends_missed(void);

#endif /* FS_CLIENTS_H */
