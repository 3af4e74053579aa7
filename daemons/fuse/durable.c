// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#include "client.h"
#include "durable.h"

/* Of what inodes say of their changes, and of how many FSs there were */
static pthread_mutex_t changes_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int servers;

/* The root, open for whoever looks; under a lock of its own, as it asks. */
static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static int watch_fd = -1;
static int watch_owner;

static void watch_open(void)
{
	fs_path_t arg = { .flags = O_RDONLY | O_DIRECTORY };
	fs_fd_t answer;

	watch_fd = -1;
	if (client_path(FS_OPEN, "/", WHO_SELF, &arg))
		return;
	memcpy(&answer, &arg, sizeof(answer));
	watch_fd = answer.fd;
	watch_owner = client_self();
}

static int watch_ask(int type)
{
	const fs_fd_t arg = {
		.fd = watch_fd,
		.owner = watch_owner == client_self() ? 0 : watch_owner,
		.uid = PROC_NO_ID,
		.gid = PROC_NO_ID,
	};
	message m;

	com_put(&m, &arg);
	return client_ask(type, &m);
}

static void watch_look(void)
{
	int rc;

	pthread_mutex_lock(&watch_lock);
	rc = watch_fd < 0 ? 0 : watch_ask(FS_FSTAT);
	if (rc == -EIO || rc == -EBADF) {
		watch_ask(FS_CLOSE);
		pthread_mutex_lock(&changes_lock);
		servers++;
		pthread_mutex_unlock(&changes_lock);
		watch_fd = -1;
	}
	if (watch_fd < 0)
		watch_open();
	pthread_mutex_unlock(&watch_lock);
}

void durable_changed(struct node *node)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, watch_look);
	pthread_mutex_lock(&changes_lock);
	if (node->changes == node->synced)
		node->server = servers;
	node->changes++;
	pthread_mutex_unlock(&changes_lock);
}

/* Under the lock */
static void loss_note(struct node *node)
{
	node->lost |= node->changes != node->synced;
	node->synced = node->changes;
}

void durable_lost(struct node *node)
{
	pthread_mutex_lock(&changes_lock);
	loss_note(node);
	pthread_mutex_unlock(&changes_lock);
}

uint64_t durable_begin(const struct node *node)
{
	uint64_t begun;

	pthread_mutex_lock(&changes_lock);
	begun = node->changes;
	pthread_mutex_unlock(&changes_lock);
	watch_look();
	return begun;
}

static int loss_tell(struct node *node)
{
	const bool lost = node->lost;

	node->lost = false;
	return lost ? -EIO : 0;
}

int durable_end(struct node *node, uint64_t begun)
{
	int rc;

	pthread_mutex_lock(&changes_lock);
	if (node->changes != node->synced && node->server != servers)
		loss_note(node);
	if (node->synced < begun)
		node->synced = begun;
	node->server = servers;
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
