// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#include "common/log.h"
#include "common/util.h"
#include "socket.h"

#define EVENTS                                                           \
	(ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |            \
	 ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | \
	 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |                           \
	 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_CONNECT_RETRIED)

/* libzmq 4.3 has it, and its header for those who ask for drafts. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

/* Bytes of a part that comes back: a header, but CURVE begins with more. */
#define LARGEST_ANSWER 512

struct option {
	int name;
	int value;
};

static int set_options(void *zmq, const struct option *options, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (zmq_setsockopt(zmq, options[i].name, &options[i].value,
				   sizeof(options[i].value)))
			return -errno;
	return 0;
}

/*
 * A dead connection is found by the session first; keepalive is for the side
 * that only listens.
 */
static int set_common(void *zmq, const struct settings *set)
{
	const struct option options[] = {
		{ ZMQ_LINGER, 0 },
		{ ZMQ_SNDHWM, set->high_water },
		{ ZMQ_RCVHWM, set->high_water },
		{ ZMQ_IMMEDIATE, 1 },
		{ ZMQ_IPV6, 1 },
		{ ZMQ_TCP_KEEPALIVE, 1 },
		{ ZMQ_TCP_KEEPALIVE_IDLE, 10 },
		{ ZMQ_TCP_KEEPALIVE_INTVL, 5 },
		{ ZMQ_TCP_KEEPALIVE_CNT, 3 },
		{ ZMQ_HANDSHAKE_IVL, 5000 },
		{ ZMQ_RECONNECT_IVL, 50 },
		{ ZMQ_RECONNECT_IVL_MAX, 500 },
	};
	int rc;

	rc = set_options(zmq, options, ARRAY_SIZE(options));
	if (rc || set->insecure)
		return rc;
	if (zmq_setsockopt(zmq, ZMQ_CURVE_SECRETKEY, set->secret_key,
			   sizeof(set->secret_key)) ||
	    zmq_setsockopt(zmq, ZMQ_CURVE_PUBLICKEY, set->public_key,
			   sizeof(set->public_key)))
		return -errno;
	return 0;
}

static int set_listening(void *zmq, const struct settings *set,
			 const struct settings_node *peer)
{
	const int64_t sealed = 64; /* what CURVE adds at most */
	int64_t largest = WIRE_HEADER + M3IPC_MAX_BATCH * sizeof(cmd_t);
	const struct option mandatory = { ZMQ_ROUTER_MANDATORY, 1 };
	const struct option closed[] = {
		{ ZMQ_CURVE_SERVER, 1 },
		/* If nobody answers ZAP, nobody is admitted. */
		{ ZMQ_ZAP_ENFORCE_DOMAIN, 1 },
	};
	char domain[SOCKET_DOMAIN_SIZE];
	int rc;

	if (largest < set->maxbytes)
		largest = set->maxbytes;
	largest += sealed;
	if (zmq_setsockopt(zmq, ZMQ_MAXMSGSIZE, &largest, sizeof(largest)))
		return -errno;
	rc = set_options(zmq, &mandatory, 1);
	if (rc || set->insecure)
		return rc;
	snprintf(domain, sizeof(domain), SOCKET_DOMAIN "%d", peer->id);
	if (zmq_setsockopt(zmq, ZMQ_ZAP_DOMAIN, domain, strlen(domain)))
		return -errno;
	return set_options(zmq, closed, sizeof(closed) / sizeof(*closed));
}

/*
 * The session does not see that a connection is dead on which the peer hears
 * nothing but the other one works: so TCP ends it when nothing that is sent on
 * it is acknowledged.
 */
static int set_connecting(void *zmq, const struct settings *set,
			  const struct settings_node *peer)
{
	const struct option timeouts[] = {
		{ ZMQ_CONNECT_TIMEOUT, set->times.reconnect },
		{ ZMQ_TCP_MAXRT, set->times.link_timeout },
	};
	const int64_t largest = LARGEST_ANSWER;
	int rc = set_options(zmq, timeouts, ARRAY_SIZE(timeouts));

	if (!rc &&
	    zmq_setsockopt(zmq, ZMQ_MAXMSGSIZE, &largest, sizeof(largest)))
		rc = -errno;
	if (rc || set->insecure)
		return rc;
	if (zmq_setsockopt(zmq, ZMQ_CURVE_SERVERKEY, peer->public_key,
			   sizeof(peer->public_key)))
		return -errno;
	return 0;
}

/*
 * Names of monitors are never used twice: one may not be gone yet.  ZeroMQ's
 * thread, which all sockets share, waits when a monitor takes no more events,
 * so it always does; that is bounded by how often they are taken from it.
 */
static int add_monitor(struct sockets *s, void *context)
{
	const struct option unlimited = { ZMQ_RCVHWM, 0 };
	static atomic_uint count;
	char name[64];

	snprintf(name, sizeof(name), "inproc://monitor-%u",
		 atomic_fetch_add(&count, 1));
	if (zmq_socket_monitor(s->zmq, name, EVENTS))
		return -errno;
	s->monitor = zmq_socket(context, ZMQ_PAIR);
	if (!s->monitor || set_options(s->monitor, &unlimited, 1) ||
	    zmq_connect(s->monitor, name))
		return -errno;
	return 0;
}

/*
 * ZeroMQ listens at an address but not at a name.  The peers connect to the
 * name, and then ZeroMQ takes an address of IPv6 before one of IPv4.
 */
static int look_up_address(char *to, socklen_t size, const char *name)
{
	const struct addrinfo hints = {
		.ai_family = AF_INET6,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_V4MAPPED,
	};
	const struct sockaddr_in6 *at;
	struct addrinfo *found;
	int rc = getaddrinfo(name, NULL, &hints, &found);

	if (rc) {
		log_line(SD_ERR, "%s: %s", name, gai_strerror(rc));
		return -EADDRNOTAVAIL;
	}
	at = (const struct sockaddr_in6 *)found->ai_addr;
	if (IN6_IS_ADDR_V4MAPPED(&at->sin6_addr))
		inet_ntop(AF_INET, at->sin6_addr.s6_addr + 12, to, size);
	else
		rc = getnameinfo(found->ai_addr, found->ai_addrlen, to, size,
				 NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(found);
	return rc ? -EADDRNOTAVAIL : 0;
}

/* An address of IPv6 is put into brackets. */
static void print_endpoint(char *to, size_t size, const char *address, int port)
{
	bool v6 = strchr(address, ':');

	snprintf(to, size, v6 ? "tcp://[%s]:%d" : "tcp://%s:%d", address, port);
}

static int socket_fail(struct sockets *s, const char *what, int rc)
{
	log_line(SD_ERR, "%s: %s", what, zmq_strerror(-rc));
	socket_close(s, 0);
	return rc;
}

int socket_listen(struct sockets *s, void *context, const struct settings *set,
		  const struct settings_node *peer)
{
	char address[SETTINGS_ADDRESS];
	char where[SETTINGS_ADDRESS + 32];
	int rc;

	*s = (struct sockets){ 0 };
	rc = look_up_address(address, sizeof(address), set->local.address);
	if (rc)
		return rc;
	print_endpoint(where, sizeof(where), address, peer->port);
	s->zmq = zmq_socket(context, ZMQ_ROUTER);
	if (!s->zmq)
		return socket_fail(s, "socket", -errno);
	rc = set_common(s->zmq, set);
	if (!rc)
		rc = set_listening(s->zmq, set, peer);
	if (!rc)
		rc = add_monitor(s, context);
	if (!rc && zmq_bind(s->zmq, where))
		rc = -errno;
	return rc ? socket_fail(s, where, rc) : 0;
}

int socket_connect(struct sockets *s, void *context, const struct settings *set,
		   const struct settings_node *peer)
{
	char where[SETTINGS_ADDRESS + 32];
	int rc;

	print_endpoint(where, sizeof(where), peer->address, set->local.port);
	*s = (struct sockets){ .zmq = zmq_socket(context, ZMQ_DEALER) };
	if (!s->zmq)
		return socket_fail(s, "socket", -errno);
	rc = set_common(s->zmq, set);
	if (!rc)
		rc = set_connecting(s->zmq, set, peer);
	if (!rc)
		rc = add_monitor(s, context);
	if (!rc && zmq_connect(s->zmq, where))
		rc = -errno;
	return rc ? socket_fail(s, where, rc) : 0;
}

/* While there are events, somebody takes them: else ZeroMQ waits for that. */
void socket_close(struct sockets *s, int linger)
{
	if (s->zmq) {
		zmq_setsockopt(s->zmq, ZMQ_LINGER, &linger, sizeof(linger));
		zmq_socket_monitor(s->zmq, NULL, 0);
	}
	if (s->monitor)
		zmq_close(s->monitor);
	if (s->zmq)
		zmq_close(s->zmq);
	*s = (struct sockets){ 0 };
}

static enum socket_fault fault_of(unsigned int event, int value)
{
	if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
		return SOCKET_ADMISSION;
	if (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
		return SOCKET_ENDED;
	if (value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
		return SOCKET_KEYLESS;
	if (value == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC)
		return SOCKET_KEY;
	return SOCKET_STRANGE;
}

static void note_event(struct socket_events *events, unsigned int event,
		       int value)
{
	if (event == ZMQ_EVENT_CONNECT_RETRIED) {
		events->retried++;
		return;
	}
	events->lost = event != ZMQ_EVENT_ACCEPTED &&
		       event != ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
	if (event == ZMQ_EVENT_ACCEPTED)
		events->accepted = value;
	else if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
		events->up++;
	else if (event == ZMQ_EVENT_DISCONNECTED)
		events->down++;
	else {
		events->refused++;
		events->fault = fault_of(event, value);
	}
}

/* An event is a number of 16 bits and a value of 32, then the address. */
bool socket_events(struct sockets *s, struct socket_events *events)
{
	unsigned char event[8];
	char address[SETTINGS_ADDRESS];
	uint16_t number;
	int32_t value;
	bool any = false;

	while (zmq_recv(s->monitor, event, sizeof(event), ZMQ_DONTWAIT) >= 0) {
		memcpy(&number, event, sizeof(number));
		memcpy(&value, event + sizeof(number), sizeof(value));
		note_event(events, number, value);
		any = true;
		zmq_recv(s->monitor, address, sizeof(address), ZMQ_DONTWAIT);
	}
	return any;
}

void socket_delay_acks(int connection)
{
	int off = 0;

	setsockopt(connection, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof(off));
}
