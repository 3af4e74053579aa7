// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * m3ipc-proxy: carries commands between this node and others.
 *
 *	starting --all links registered--> serving --SIGTERM--> draining --> end
 *
 * The main thread owns the links and waits for signals, which it takes from a
 * signalfd, and for reports of the links.  It holds no lock: each link has its
 * own.  A link that the driver has ended is closed; without any the program
 * ends.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "common/config.h"
#include "common/daemon.h"
#include "common/link_state.h"
#include "common/util.h"
#include "link.h"
#include "secret.h"
#include "zap.h"

#define DRAIN_MS 2000

struct proxy {
	const char *path;
	void *context;
	struct zap *zap; /* NULL: insecure */
	int signals;
	int report; /* eventfd: a link has changed */
	struct settings set;
	struct link *links[M3IPC_MAX_NODES];
	int nr_links;
	bool all; /* peers have one, those too that are new */
	bool ending;
};

static void parse_arguments(struct daemon *d, struct proxy *p,
			    const char **peer, int argc, char **argv)
{
	int option;

	while ((option = daemon_option(d, argc, argv)) != -1) {
		if (option == 'a')
			p->all = true;
		else
			*peer = optarg;
	}
	if (optind < argc || (!d->check && p->all == !!*peer))
		daemon_misused(d);
}

/* It only has to end what a thread waits in, so without SA_RESTART. */
static void on_wake(int signal)
{
	(void)signal;
}

/* SIGUSR2 is to the threads of links. */
static int take_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
	struct sigaction wake = { .sa_handler = on_wake };
	sigset_t set = daemon_take_signals(signals, ARRAY_SIZE(signals));

	sigaction(SIGUSR2, &wake, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* The node may have been made otherwise than it is configured. */
static void proxy_ask_sizes(struct proxy *p)
{
	drvs_usr_t node;

	if (!mnx_getdrvsinfo(&node) && node.d_nodeid != LOCALNODE)
		p->set.max_copybuf = node.d_max_copybuf;
}

static bool proxy_prepare(struct proxy *p)
{
	if (!daemon_keep_capabilities(CAP_BIT(CAP_SYS_ADMIN)))
		return false;
	proxy_ask_sizes(p);
	p->signals = take_signals();
	p->report = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	p->context = zmq_ctx_new();
	if (p->signals < 0 || p->report < 0 || !p->context) {
		log_line(SD_ERR, "m3ipc-proxy: %m");
		return false;
	}
	if (p->set.insecure) {
		log_line(SD_WARNING,
			 "insecure: nodes have no keys, anybody may pretend "
			 "to be one");
		return true;
	}
	secret_protect();
	p->zap = zap_start(p->context, &p->set);
	return p->zap;
}

static bool proxy_start_link(struct proxy *p, const struct settings_node *peer)
{
	struct link *l =
		link_start(p->context, p->zap, &p->set, peer, p->report);

	if (!l)
		return false;
	link_state_write(l->peer, NULL);
	p->links[p->nr_links++] = l;
	return true;
}

static bool proxy_start_links(struct proxy *p, const char *name)
{
	const struct settings_node *peer;
	int i;

	if (name) {
		peer = settings_peer(&p->set, name);
		if (!peer)
			log_line(SD_ERR, "%s: no other node is named so", name);
		return peer && proxy_start_link(p, peer);
	}
	for (i = 0; i < p->set.nr_peers; i++)
		if (!proxy_start_link(p, &p->set.peers[i]))
			return false;
	return true;
}

static bool proxy_has_link(const struct proxy *p, int peer)
{
	for (int i = 0; i < p->nr_links; i++)
		if (p->links[i]->peer == peer)
			return true;
	return false;
}

/* To peers that have none; one that fails keeps no other from it. */
static void proxy_add_links(struct proxy *p)
{
	for (int i = 0; p->all && i < p->set.nr_peers; i++)
		if (!proxy_has_link(p, p->set.peers[i].id))
			proxy_start_link(p, &p->set.peers[i]);
}

/* Addresses, keys and times of peers; what this node is stays as it is. */
static void proxy_reload(struct proxy *p)
{
	static struct settings new;
	int i;

	sd_notify(0, "RELOADING=1");
	if (settings_read(&new, p->path) && new.nr_peers) {
		if (new.insecure != p->set.insecure ||
		    new.maxbytes != p->set.maxbytes ||
		    new.batch != p->set.batch ||
		    strcmp(new.cluster, p->set.cluster) != 0 ||
		    strcmp(new.secret_key, p->set.secret_key) != 0 ||
		    memcmp(&new.local, &p->set.local, sizeof(new.local)) != 0)
			log_line(SD_WARNING,
				 "this node has changed: start again for that");
		memcpy(p->set.peers, new.peers, sizeof(new.peers));
		p->set.nr_peers = new.nr_peers;
		p->set.times = new.times;
		p->set.high_water = new.high_water;
		if (p->zap)
			zap_set(p->zap, &p->set);
		for (i = 0; i < p->nr_links; i++)
			link_set(p->links[i], &p->set);
		proxy_add_links(p);
		log_line(SD_NOTICE, "%s was read again", p->path);
	} else {
		log_line(SD_ERR,
			 "%s has errors or no other nodes: nothing "
			 "changes",
			 p->path);
	}
	settings_wipe(&new);
	sd_notify(0, "READY=1");
}

static void proxy_handle(struct proxy *p, int signal)
{
	int i;

	switch (signal) {
	case SIGHUP:
		proxy_reload(p);
		break;
	case SIGUSR1:
		for (i = 0; i < p->nr_links; i++)
			link_log_stats(p->links[i]);
		break;
	default:
		p->ending = true;
	}
}

/* For m3ipc status, and for systemctl; the log has it too. */
static void proxy_tell_why(struct proxy *p, int up)
{
	const char *name = NULL, *why = NULL;
	int i, rc;

	for (i = 0; i < p->nr_links; i++) {
		struct link *l = p->links[i];

		rc = link_state_changed(l) ?
			     link_state_write(l->peer, &l->published) :
			     0;
		if (rc)
			log_line(SD_DEBUG, "%s: state: %s", l->name,
				 strerror(-rc));
		if (*l->published.why && !link_is_up(l)) {
			name = l->name;
			why = l->published.why;
		}
	}
	if (why)
		sd_notifyf(0, "STATUS=%d of %d links up; %s: %s", up,
			   p->nr_links, name, why);
	else
		sd_notifyf(0, "STATUS=%d of %d links up", up, p->nr_links);
}

static void proxy_take_reports(struct proxy *p)
{
	uint64_t count;
	int i, up = 0;

	if (read(p->report, &count, sizeof(count)) < 0)
		return;
	for (i = 0; i < p->nr_links;) {
		if (link_is_gone(p->links[i])) {
			link_stop(p->links[i]);
			p->links[i] = p->links[--p->nr_links];
			continue;
		}
		up += link_is_up(p->links[i++]);
	}
	proxy_tell_why(p, up);
}

static int proxy_serve(struct proxy *p)
{
	struct pollfd fds[] = {
		{ .fd = p->signals, .events = POLLIN },
		{ .fd = p->report, .events = POLLIN },
	};
	struct signalfd_siginfo info;

	sd_notify(0, "READY=1");
	log_line(SD_INFO, "serving %d nodes", p->nr_links);
	while (!p->ending && p->nr_links) {
		poll(fds, 2, -1);
		while (read(p->signals, &info, sizeof(info)) == sizeof(info))
			proxy_handle(p, (int)info.ssi_signo);
		proxy_take_reports(p);
	}
	if (p->ending)
		return EXIT_SUCCESS;
	log_line(SD_ERR, "no link is left");
	return DAEMON_ENDED;
}

static bool proxy_is_drained(const struct proxy *p)
{
	int i;

	for (i = 0; i < p->nr_links; i++)
		if (!link_drained(p->links[i]))
			return false;
	return true;
}

static void proxy_drain(struct proxy *p)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	int64_t end = log_now() + DRAIN_MS;
	int i;

	sd_notify(0, "STOPPING=1");
	for (i = 0; i < p->nr_links; i++)
		link_drain(p->links[i]);
	while (!proxy_is_drained(p) && log_now() < end)
		nanosleep(&pause, NULL);
}

static void proxy_finish(struct proxy *p)
{
	while (p->nr_links) {
		link_state_write(p->links[--p->nr_links]->peer, NULL);
		link_stop(p->links[p->nr_links]);
	}
	if (p->context)
		zmq_ctx_shutdown(p->context);
	if (p->zap)
		zap_stop(p->zap);
	if (p->context)
		zmq_ctx_term(p->context);
	settings_wipe(&p->set);
}

int main(int argc, char **argv)
{
	struct daemon daemon = {
		.synopsis = "m3ipc-proxy [-c FILE] [-tv] -a | -n PEER",
		.about = "Carries messages and copies between this node and "
			 "others.",
		.options = "  -a       for all nodes of the configuration\n"
			   "  -n PEER  for one, by name or number\n",
		.letters = "an:",
	};
	const char *peer = NULL; /* NULL: all */
	static struct proxy p;
	int status = EXIT_FAILURE;

	parse_arguments(&daemon, &p, &peer, argc, argv);
	p.path = daemon.path;
	if (!settings_read(&p.set, p.path))
		return EXIT_FAILURE;
	if (p.all && !p.set.nr_peers) {
		log_line(SD_NOTICE, "no other nodes: there is nothing to do");
		sd_notify(0, "READY=1");
		return EXIT_SUCCESS;
	}
	if (daemon.check) {
		settings_wipe(&p.set);
		return EXIT_SUCCESS;
	}
	if (proxy_prepare(&p) && proxy_start_links(&p, peer)) {
		status = proxy_serve(&p);
		proxy_drain(&p);
	}
	proxy_finish(&p);
	return status;
}
