// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

#include "durable.h"
#include "fuse.h"

/* Of what inodes say of their changes, and of how many FSs there were */
static pthread_mutex_t changes_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int servers;
static uint64_t changes; /* of all inodes */

/* Of the last FSs: up to where all, and those of the root's mount, are safe */
#define SERVERS 64

static uint64_t synced_all[SERVERS], synced_root[SERVERS];

/* The root, open for whoever looks; under a lock of its own, as it asks. */
static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static fs_head_t watch;
static bool is_watching;
static uint64_t watched; /* the process that the driver has there */

static void watch_open(void)
{
	is_watching =
		!client_open("/", WHO_SELF, O_RDONLY | O_DIRECTORY, 0, &watch);
}

static int watch_ask(void)
{
	const fs_fd_t arg = CLIENT_FD;
	message m;

	com_put(&m, &arg);
	return client_fd(FS_FSTAT, &watch, &m);
}

/* Under its lock */
static void watch_look_now(void)
{
	int rc = is_watching ? watch_ask() : 0;

	if (rc == -EIO || rc == -EBADF) {
		client_close(&watch);
		pthread_mutex_lock(&changes_lock);
		servers++;
		synced_all[servers % SERVERS] = 0;
		synced_root[servers % SERVERS] = 0;
		pthread_mutex_unlock(&changes_lock);
		is_watching = false;
	}
	if (!is_watching)
		watch_open();
}

static void watch_look(void)
{
	pthread_mutex_lock(&watch_lock);
	watch_look_now();
	pthread_mutex_unlock(&watch_lock);
}

static void watch_look_if_new(void)
{
	uint64_t now = client_server();

	pthread_mutex_lock(&watch_lock);
	if (!is_watching || watched != now)
		watch_look_now();
	watched = now;
	pthread_mutex_unlock(&watch_lock);
}

/* What follows is under the lock of changes, but for what is public. */

/* By its own FS: another one knows nothing of what that has not written. */
static bool is_synced(const struct node *node)
{
	const unsigned int by = node->server % SERVERS;

	return node->changed <= node->synced ||
	       (servers - node->server < SERVERS &&
		(node->changed <= synced_all[by] ||
		 (node->dev == inodes.root.dev &&
		  node->changed <= synced_root[by])));
}

static void loss_note(struct node *node)
{
	node->lost |= !is_synced(node);
	node->synced = node->changed;
}

static int loss_tell(struct node *node)
{
	const bool lost = node->lost;

	node->lost = false;
	return lost ? -EIO : 0;
}

static unsigned int servers_now(void)
{
	unsigned int now;

	pthread_mutex_lock(&changes_lock);
	now = servers;
	pthread_mutex_unlock(&changes_lock);
	return now;
}

void durable_changed(struct node *node)
{
	/* To look may take until there is another FS. */
	const bool again = client_was_away();
	unsigned int by = servers_now();

	watch_look_if_new();
	pthread_mutex_lock(&changes_lock);
	if (again)
		by = servers;
	if (!is_synced(node) && node->server != servers)
		loss_note(node);
	if (is_synced(node))
		node->server = by;
	node->changed = ++changes;
	pthread_mutex_unlock(&changes_lock);
}

void durable_lost(struct node *node)
{
	watch_look();
	pthread_mutex_lock(&changes_lock);
	loss_note(node);
	pthread_mutex_unlock(&changes_lock);
}

uint64_t durable_begin(void)
{
	uint64_t begun;

	pthread_mutex_lock(&changes_lock);
	begun = changes;
	pthread_mutex_unlock(&changes_lock);
	return begun;
}

static void synced_note(struct node *node, uint64_t begun,
			enum durable_what what)
{
	uint64_t *to = &node->synced;

	if (what == DURABLE_ALL)
		to = &synced_all[servers % SERVERS];
	else if (node->dev == inodes.root.dev)
		to = &synced_root[servers % SERVERS];
	if (*to < begun)
		*to = begun;
}

int durable_end(struct node *node, uint64_t begun, enum durable_what what)
{
	int rc;

	/* Another FS knows nothing of what the one before was to write. */
	watch_look();
	pthread_mutex_lock(&changes_lock);
	if (!is_synced(node) && node->server != servers)
		loss_note(node);
	synced_note(node, begun, what);
	rc = loss_tell(node);
	pthread_mutex_unlock(&changes_lock);
	return rc;
}

int durable_tell(struct node *node)
{
	int rc;

	pthread_mutex_lock(&changes_lock);
	rc = loss_tell(node);
	pthread_mutex_unlock(&changes_lock);
	return rc;
}
