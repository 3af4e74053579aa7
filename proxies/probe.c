// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

#define PATIENCE \
	5000 /* ms; who does not answer a connection by then does not */

/* What p->fd is when it is known already what is wrong. */
#define KNOWN (-2)

static void probe_known(struct probe *p, const char *what)
{
	snprintf(p->known, sizeof(p->known), "%s", what);
	p->fd = KNOWN;
}

/* The address as it is configured, and what it means if that is another text */
static void probe_name(struct probe *p, const char *address, int port,
		       const struct addrinfo *to)
{
	char number[64] = "";

	if (to)
		getnameinfo(to->ai_addr, to->ai_addrlen, number, sizeof(number),
			    NULL, 0, NI_NUMERICHOST);
	if (*number && strcmp(number, address) != 0)
		snprintf(p->place, sizeof(p->place), "%.60s (%.45s) port %d",
			 address, number, port);
	else
		snprintf(p->place, sizeof(p->place), "%.100s port %d", address,
			 port);
}

static void probe_connect(struct probe *p, const struct addrinfo *to)
{
	p->fd = socket(to->ai_family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0) {
		probe_known(p, strerror(errno));
		return;
	}
	if (connect(p->fd, to->ai_addr, to->ai_addrlen) &&
	    errno != EINPROGRESS) {
		int error = errno;

		close(p->fd);
		probe_known(p, strerror(error));
	}
}

void probe_start(struct probe *p, const char *address, int port, int64_t now)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char service[12];
	int rc;

	snprintf(service, sizeof(service), "%d", port);
	rc = getaddrinfo(address, service, &hints, &found);
	p->since = now;
	probe_name(p, address, port, rc ? NULL : found);
	if (rc) {
		probe_known(p, gai_strerror(rc));
		return;
	}
	probe_connect(p, found);
	freeaddrinfo(found);
}

/* Beside what the error is called, what it means here */
static const char *probe_meaning(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return ": nothing listens there";
	case ETIMEDOUT:
		return ": nobody answers there";
	default:
		return "";
	}
}

bool probe_ended(struct probe *p, int64_t now, char place[WHY_PLACE],
		 char reason[WHY_REASON])
{
	struct pollfd wait = { .fd = p->fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int error = 0;

	*reason = '\0';
	strcpy(place, p->place);
	if (p->fd == KNOWN) {
		strcpy(reason, p->known);
		p->fd = -1;
		return true;
	}
	if (poll(&wait, 1, 0) > 0)
		getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	else if (now - p->since < PATIENCE)
		return false;
	else
		error = ETIMEDOUT;
	if (error)
		snprintf(reason, WHY_REASON, "%s%s", strerror(error),
			 probe_meaning(error));
	probe_close(p);
	return true;
}

void probe_close(struct probe *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}
