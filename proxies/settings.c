// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "common/config.h"
#include "common/config_warn.h"
#include "common/log.h"
#include "secret.h"
#include "settings.h"

/* In ms; what the configuration says may be shorter or longer than these. */
#define ACK_DELAY 20
#define RETRY_MIN 20
#define RETRY_MAX 250

_Static_assert(SETTINGS_KEY == CONFIG_KEY_LENGTH + 1, "a key and its NUL");
_Static_assert(WIRE_CLUSTER == CONFIG_CLUSTER_LENGTH + 1, "so is a cluster");
_Static_assert(SETTINGS_KEY == SECRET_SIZE, "a secret one is as long");

static int within(int value, int least, int most)
{
	if (value < least)
		return least;
	return value > most ? most : value;
}

/*
 * The peer is silent for no longer than a heartbeat, and may be late once.  A
 * connection gets some round trips' time to be made, before another is tried.
 */
static void fill_times(struct session_times *t, const struct config_proxy *from)
{
	int heartbeat = from->heartbeat, most = from->link_timeout;

	t->heartbeat = heartbeat;
	t->link_timeout = most;
	t->silence = 2 * heartbeat;
	t->reconnect = most / 4 > heartbeat ? most / 4 : heartbeat;
	t->retry = within(heartbeat / 4, RETRY_MIN, RETRY_MAX);
	t->ack_delay = within(heartbeat / 4, 1, ACK_DELAY);
}

static bool fill_node(struct settings_node *to, const struct config_node *from)
{
	if (!from->address) {
		log_line(SD_ERR, "node \"%s\" has no address", from->name);
		return false;
	}
	if (strlen(from->address) >= sizeof(to->address) ||
	    strlen(from->name) >= sizeof(to->name)) {
		log_line(SD_ERR, "node \"%s\": its address or name is too long",
			 from->name);
		return false;
	}
	memset(to, 0, sizeof(*to));
	strcpy(to->name, from->name);
	strcpy(to->address, from->address);
	to->id = from->id;
	to->port = from->port;
	if (from->public_key)
		memcpy(to->public_key, from->public_key, SETTINGS_KEY);
	return true;
}

static bool settings_fill_keys(struct settings *s, const struct config *config)
{
	const char *path = config->proxy.secret_key;

	if (!secret_read(s->secret_key, path))
		return false;
	if (zmq_curve_public(s->public_key, s->secret_key)) {
		log_line(SD_ERR, "%s: not a key: %s", path,
			 zmq_strerror(errno));
		return false;
	}
	if (strcmp(s->public_key, s->local.public_key) != 0) {
		log_line(SD_ERR,
			 "%s is not the secret key of node \"%s\": its public "
			 "key is another",
			 path, s->local.name);
		return false;
	}
	return true;
}

static bool settings_fill(struct settings *s, const struct config *config)
{
	const struct config_proxy *proxy = &config->proxy;
	const struct config_node *node = NULL;

	memset(s, 0, sizeof(*s));
	while ((node = config_next_peer(config, node)))
		if (!fill_node(&s->peers[s->nr_peers++], node))
			return false;
	if (!s->nr_peers)
		return true;
	if (!fill_node(&s->local, config_local(config)))
		return false;
	snprintf(s->cluster, sizeof(s->cluster), "%s", config->cluster);
	s->max_copybuf = config->drvs.d_max_copybuf;
	s->high_water = proxy->high_water;
	s->maxbytes = proxy->maxbytes;
	s->batch = within(proxy->batch, 1, M3IPC_MAX_BATCH);
	fill_times(&s->times, proxy);
	s->insecure = proxy->insecure;
	return s->insecure || settings_fill_keys(s, config);
}

bool settings_read(struct settings *s, const char *path)
{
	char warning[CONFIG_WARNING];
	struct config *config = config_read(path, stderr);
	bool good;

	if (!config)
		return false;
	if (config_warn(config, warning))
		log_line(SD_WARNING, "%s", warning);
	good = settings_fill(s, config);
	config_free(config);
	if (!good)
		settings_wipe(s);
	return good;
}

void settings_wipe(struct settings *s)
{
	explicit_bzero(s->secret_key, sizeof(s->secret_key));
}

const struct settings_node *settings_peer_id(const struct settings *s, int id)
{
	int i;

	for (i = 0; i < s->nr_peers; i++)
		if (s->peers[i].id == id)
			return &s->peers[i];
	return NULL;
}

const struct settings_node *settings_peer(const struct settings *s,
					  const char *name)
{
	char *end;
	long id;
	int i;

	for (i = 0; i < s->nr_peers; i++)
		if (!strcmp(s->peers[i].name, name))
			return &s->peers[i];
	id = strtol(name, &end, 10);
	if (end == name || *end || id < 0 || id >= M3IPC_MAX_NODES)
		return NULL;
	return settings_peer_id(s, (int)id);
}
