/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that INIT starts for processes of any node: what they ask of it,
 * molipc/init.h, and what becomes of each:
 *
 *	state		what ends it
 *	STARTING	the child has said its pid: READY, and the asker is told
 *	READY		GO: RUNNING; or it is dropped, or 10 s: killed
 *	RUNNING		it has ended, and, if its output is read, all that has
 *			been, or the asker is not its parent any more: freed
 *
 * A child that ends before it runs is freed, and its asker, if it waits, told.
 *
 * OUTPUT
 *	comes by a pipe each for 1 and 2.  A piece is kept until the asker has
 *	said that it has it; meanwhile nothing is read, and who writes waits.
 *
 * PLACES
 *	are REXEC_MAX, of which one user, as the driver knows it, has REXEC_USER
 *	at most, and so have, until they run, all programs for askers of one
 *	other node, whose users nobody knows before PM has adopted them.  The
 *	root of this node may have all.
 *
 * INIT waits, for as long as a link takes to break, for the node of an asker
 * whose memory it copies from or to.
 */
#ifndef INIT_REXEC_H
#define INIT_REXEC_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <molipc/molipc.h>

#include "common/config.h"

#define REXEC_MAX  64
#define REXEC_USER 16
/* Of polls: one that starts, or two whose output is read */
#define REXEC_POLLS (2 * REXEC_MAX)

/* For whom of that VM programs are started from now on; nobody at first */
void rexec_allow(int vmid, enum config_rexec whom);

/* A message, which no notification is; it is answered, here or later. */
void rexec_request(message *m);

/* What is waited for; returns how many */
size_t rexec_polls(struct pollfd *fds);
/* They have been, at that time. */
void rexec_polled(const struct pollfd *fds, size_t nr);

/* Is it one of these, for Linux?  Then it has been waited for. */
void rexec_reap(void);
/* Who has waited for too long, and whose asker has gone: now and then */
void rexec_look(int64_t now);

#endif /* INIT_REXEC_H */
