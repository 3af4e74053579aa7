// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <molipc/molipc.h>

#include "links.h"
#include "machine.h"
#include "program.h"
#include "say.h"

#define PROXY        "m3ipc-proxy"
#define UNIT_NODE    "m3ipc.service"
#define UNIT_PROXIES "m3ipc-proxy.service"

#define TRIES 100 /* of 100 ms each, for links to come or to go */

static void pause_briefly(void)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };

	nanosleep(&tenth, NULL);
}

/* Is this the node that systemd's unit is about, and may we start that? */
static bool is_by_systemd(const struct args *args)
{
	return machine_is_node(args) && machine_has_unit(UNIT_NODE);
}

bool links_is_missing(int nodeid)
{
	proc_usr_t sender;

	return mnx_getproxyinfo(nodeid, &sender, NULL) != 0;
}

static bool is_any(bool (*is)(int nodeid), const struct config *config)
{
	const struct config_node *node = NULL;

	while ((node = config_next_peer(config, node)))
		if (is(node->id))
			return true;
	return false;
}

/* The thread of m3ipc-proxy that sends to this node, or 0 */
static pid_t proxy_thread(int nodeid)
{
	char path[64], name[32] = "";
	proc_usr_t sender;
	FILE *f;

	if (mnx_getproxyinfo(nodeid, &sender, NULL) || sender.p_lpid <= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/comm", sender.p_lpid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(name, sizeof(name), f))
		*name = '\0';
	fclose(f);
	return strcmp(name, PROXY "\n") ? 0 : sender.p_lpid;
}

/* Signals those who carry links, once for each; false if there is none. */
static bool signal_proxies(const struct config *config, int signal)
{
	const struct config_node *node = NULL;
	bool any = false;
	pid_t thread;

	while ((node = config_next_peer(config, node))) {
		thread = proxy_thread(node->id);
		if (thread && !kill(thread, signal))
			any = true;
		/* To read the configuration once is enough. */
		if (any && signal == SIGHUP)
			break;
	}
	return any;
}

static int start_proxy(const struct args *args)
{
	const char *const argv[] = { PROXY, "-a", args->config ? "-c" : NULL,
				     args->config, NULL };
	const struct program program = { .about = "links",
					 .built = "proxies",
					 .log = "proxy",
					 .argv = argv };

	return program_start(args, &program);
}

/* One that runs has its configuration read again. */
static int start_plain(const struct args *args, const struct config *config)
{
	if (!signal_proxies(config, SIGHUP))
		return start_proxy(args);
	for (int i = 0; i < TRIES && is_any(links_is_missing, config); i++)
		pause_briefly();
	if (is_any(links_is_missing, config))
		return say_error(args, "links: " PROXY
				       " runs, but not for all other nodes");
	return 0;
}

int links_start(const struct args *args, const struct config *config)
{
	bool missing = is_any(links_is_missing, config);

	if (is_by_systemd(args))
		return machine_systemctl(args, "start", UNIT_NODE) ||
				       (missing &&
					machine_systemctl(args,
							  "reload-or-restart",
							  UNIT_PROXIES)) ?
			       EXIT_FAILURE :
			       0;
	return missing ? start_plain(args, config) : 0;
}

static bool is_there(int nodeid)
{
	return proxy_thread(nodeid) != 0;
}

void links_stop(const struct args *args, const struct config *config)
{
	if (is_by_systemd(args))
		machine_systemctl(args, "stop", UNIT_PROXIES);
	if (!signal_proxies(config, SIGTERM))
		return;
	for (int i = 0; i < TRIES && is_any(is_there, config); i++)
		pause_briefly();
}

void links_stopped(const struct args *args)
{
	if (is_by_systemd(args))
		machine_systemctl(args, "stop", UNIT_NODE);
}
