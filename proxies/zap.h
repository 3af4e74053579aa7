/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may connect: ZeroMQ asks with ZAP (RFC 27) about each connection to a
 * socket that has keys, and a thread answers.
 *
 * The domain of a socket says which node it listens for (SOCKET_DOMAIN); the
 * key of that node, and no other, is admitted, and its connection gets the
 * number of the node as user id.  A receiver compares that with each frame.
 *
 * The thread has its socket to itself.  It shares the table of keys with
 * zap_set(), under a lock.
 */
#ifndef _PROXIES_ZAP_H
#define _PROXIES_ZAP_H

#include "settings.h"
#include "why.h"

struct zap;

/*
 * To be there before anything listens: nobody is admitted if there is nobody to
 * ask (ZMQ_ZAP_ENFORCE_DOMAIN).  NULL if that fails, logged.
 */
struct zap *zap_start(void *context, const struct settings *set);

/* Other keys, for connections that are made from now on */
void zap_set(struct zap *zap, const struct settings *set);

/* Who was refused last as that node, and whose key it had; or empty texts */
void zap_refused(struct zap *zap, int node, char address[WHY_PLACE],
		 char reason[WHY_REASON]);

/* After zmq_ctx_shutdown(), which ends the thread */
void zap_stop(struct zap *zap);

#endif /* _PROXIES_ZAP_H */
