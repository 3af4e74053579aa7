// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "durable.h"
#include "fuse.h"
#include "handle.h"

/* Of the lists of all nodes */
static pthread_mutex_t handles_lock = PTHREAD_MUTEX_INITIALIZER;

int handle_check(const fs_head_t *opened, const struct node *node)
{
	const fs_fd_t arg = CLIENT_FD;
	fs_stat_t attr;
	message m;
	int rc;

	com_put(&m, &arg);
	rc = client_fd(FS_FSTAT, opened, &m);
	if (rc)
		return rc;
	com_get(&m, &attr);
	return attr.ino == node->ino && attr.dev == node->dev ? 0 : -ESTALE;
}

struct handle *handle_new(struct node *node, const fs_head_t *opened, int flags)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	pthread_mutex_init(&h->lock, NULL);
	h->node = node;
	h->uses = 1;
	h->head = *opened;
	h->flags = flags & (O_ACCMODE | O_APPEND | O_DIRECTORY);
	inodes_hold(&inodes, node);
	pthread_mutex_lock(&handles_lock);
	LIST_INSERT_HEAD(&node->handles, h, link);
	pthread_mutex_unlock(&handles_lock);
	return h;
}

static bool is_for(const struct handle *h, int mode)
{
	const int has = h->flags & O_ACCMODE;

	return mode == HANDLE_ANY || has == mode || has == O_RDWR;
}

struct handle *handle_get(struct node *node, int mode)
{
	struct handle *h;

	pthread_mutex_lock(&handles_lock);
	LIST_FOREACH(h, &node->handles, link)
	if (is_for(h, mode))
		break;
	if (h)
		h->uses++;
	pthread_mutex_unlock(&handles_lock);
	return h;
}

void handle_put(struct handle *h)
{
	bool is_last;

	pthread_mutex_lock(&handles_lock);
	is_last = !--h->uses;
	if (is_last)
		LIST_REMOVE(h, link);
	pthread_mutex_unlock(&handles_lock);
	if (!is_last)
		return;
	client_close(&h->head);
	inodes_release(&inodes, h->node);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

/* Opening again, under its lock */

/* Opened by this thread, if that name is still the same file's */
static int file_find(const struct handle *h, fs_head_t *opened)
{
	char path[INODES_PATH];
	int rc;

	rc = inodes_path(&inodes, h->node, path);
	if (rc < 0)
		return -EIO;
	rc = client_open(path, WHO_SELF, (uint32_t)h->flags | O_NOFOLLOW, 0,
			 opened);
	if (rc)
		return rc;
	rc = handle_check(opened, h->node);
	if (rc)
		client_close(opened);
	return rc;
}

static int open_again(struct handle *h)
{
	fs_head_t opened;
	int rc = file_find(h, &opened);

	if (rc) {
		log_line(SD_WARNING, "inode %u cannot be opened again: %s",
			 h->node->ino, strerror(-rc));
		return rc;
	}
	client_close(&h->head);
	h->head = opened;
	h->times++;
	durable_lost(h->node);
	return 0;
}

/* Requests */

/* By what it is now, which *times tells from what it is later */
static int ask_as_now(struct handle *h, int type, message *m,
		      unsigned int *times)
{
	fs_head_t head;

	pthread_mutex_lock(&h->lock);
	head = h->head;
	*times = h->times;
	pthread_mutex_unlock(&h->lock);
	return client_fd(type, &head, m);
}

int handle_ask(struct handle *h, int type, message *m)
{
	const message request = *m;
	unsigned int times;
	int rc = ask_as_now(h, type, m, &times), again = 0;

	if (rc != -EIO && rc != -EBADF)
		return rc;
	pthread_mutex_lock(&h->lock);
	/* Another thread may have found it out before. */
	if (h->times == times)
		again = open_again(h);
	pthread_mutex_unlock(&h->lock);
	if (again)
		return -EIO;
	*m = request;
	return ask_as_now(h, type, m, &times);
}

int handle_sync(struct handle *h)
{
	const fs_fd_t arg = CLIENT_FD;
	const uint64_t begun = durable_begin();
	message m;
	int rc;

	com_put(&m, &arg);
	rc = handle_ask(h, FS_FSYNC, &m);
	return rc ? rc : durable_end(h->node, begun, DURABLE_MOUNT);
}
