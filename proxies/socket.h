/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets of a link, and how ZeroMQ is to behave.
 *
 * What node A sends to node B goes from a DEALER of A's sender to a ROUTER of
 * B's receiver, which alone listens at its port: node B listens at its own
 * address for A at A's port, 3000 + A.  So each socket has one peer and one
 * thread, there is no hop from a socket for all to the thread of a pair, one
 * process a peer works like one process for all, and who may connect is known
 * before anything is said.  Acknowledgements go back on the same connection,
 * because the sender of B may be blocked in the driver.
 *
 * What ZeroMQ does with messages in trouble is left to the session:
 * - ZMQ_IMMEDIATE: nothing is queued for a peer that is not connected.  A
 *   connection that ends takes with it what was on its way: it is sent again.
 * - A ROUTER drops for a peer that is unknown or full: ZMQ_ROUTER_MANDATORY
 *   turns that into an error; only answers go that way, which are repeated.
 * - Routing ids are made up by the ROUTER, so two connections never have the
 *   same, and a new one works while the old one has not been given up.
 */
#ifndef _PROXIES_SOCKET_H
#define _PROXIES_SOCKET_H

#include "settings.h"

struct sockets {
	void *zmq;     /* the DEALER or the ROUTER */
	void *monitor; /* of its connections */
};

/* Why a connection was refused, by this side or the other */
enum socket_fault {
	SOCKET_NO_FAULT,
	SOCKET_ADMISSION, /* who listens does not admit the key */
	SOCKET_KEY,       /* who listens has another key than is thought */
	SOCKET_KEYLESS,   /* one side has keys, the other is insecure */
	SOCKET_ENDED,     /* the other side has ended it, and knows why */
	SOCKET_STRANGE,   /* that is no proxy */
	SOCKET_FAULTS
};

/* What has happened to connections */
struct socket_events {
	int up;
	int down;
	int retried;             /* could not be made */
	int refused;             /* in the handshake */
	enum socket_fault fault; /* of the last of these */
	int accepted;            /* unless 0, the descriptor of the last one */
	bool lost; /* the last that happened was none of the good ones */
};

/* A negative number is -errno; logged. */
int socket_listen(struct sockets *s, void *context, const struct settings *set,
		  const struct settings_node *peer);
int socket_connect(struct sockets *s, void *context, const struct settings *set,
		   const struct settings_node *peer);

/* For at most `linger' ms, messages are still sent. */
void socket_close(struct sockets *s, int linger);

/*
 * Adds what has happened since the last time; true if anything has.  It is kept
 * until then, so who listens, and may have many strangers, calls this every
 * second or so.
 */
bool socket_events(struct sockets *s, struct socket_events *events);

/*
 * Nothing but acknowledgements of TCP goes back on a connection that was
 * accepted, and the kernel sends one for each small message unless it takes the
 * connection for one with answers; which it does until an acknowledgement has
 * been late.  So this is called time and again.  The descriptor is ZeroMQ's: it
 * may be closed, and be another's, whom this would not harm.
 */
void socket_delay_acks(int connection);

/* ZAP's domain of a socket says whose key it admits. */
#define SOCKET_DOMAIN      "m3ipc-node-"
#define SOCKET_DOMAIN_SIZE 32

#endif /* _PROXIES_SOCKET_H */
