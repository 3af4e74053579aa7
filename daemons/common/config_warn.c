// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "config.h"
#include "config_warn.h"

static bool is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;

	if (address->sa_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return address->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* Does it mean an address of the loopback, which is put into text? */
static bool loops_back(const char *name, int flags, char *text, socklen_t size)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = flags };
	struct addrinfo *found;
	bool loops;

	if (getaddrinfo(name, NULL, &hints, &found))
		return false;
	loops = is_loopback(found->ai_addr);
	if (getnameinfo(found->ai_addr, found->ai_addrlen, text, size, NULL, 0,
			NI_NUMERICHOST))
		*text = '\0';
	freeaddrinfo(found);
	return loops;
}

/* All nodes may be of this machine.  Names of others are not looked up. */
static bool is_here(const struct config_node *node)
{
	char text[INET6_ADDRSTRLEN];

	return !node->address || !strcmp(node->address, "localhost") ||
	       loops_back(node->address, AI_NUMERICHOST, text, sizeof(text));
}

bool config_warn(const struct config *config, char text[CONFIG_WARNING])
{
	const struct config_node *local = config_local(config), *peer = NULL;
	char address[INET6_ADDRSTRLEN];
	bool alone = true;

	while ((peer = config_next_peer(config, peer)))
		alone = alone && is_here(peer);
	if (alone || !local->address ||
	    !loops_back(local->address, 0, address, sizeof(address)))
		return false;
	snprintf(text, CONFIG_WARNING,
		 "node \"%s\": address = \"%.128s\" is %s on this machine, "
		 "which is of the loopback: no other node finds it there",
		 local->name, local->address, address);
	return true;
}
