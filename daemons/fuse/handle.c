// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "durable.h"
#include "fuse.h"
#include "handle.h"

/* How both structures begin that have a descriptor */
struct head {
	int32_t fd;
	int32_t owner;
};
_Static_assert(offsetof(fs_fd_t, owner) == offsetof(struct head, owner) &&
		       offsetof(fs_rw_t, owner) == offsetof(struct head, owner),
	       "a descriptor and its owner come first");

/* Of the lists of all nodes */
static pthread_mutex_t handles_lock = PTHREAD_MUTEX_INITIALIZER;

struct handle *handle_new(struct node *node, int fd, int flags)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	pthread_mutex_init(&h->lock, NULL);
	h->node = node;
	h->uses = 1;
	h->owner = client_self();
	h->fd = fd;
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

static int owner_named(int owner)
{
	return owner == client_self() ? 0 : owner;
}

static void fd_end(int fd, int owner)
{
	const fs_fd_t arg = { .fd = fd,
			      .owner = owner_named(owner),
			      .uid = PROC_NO_ID,
			      .gid = PROC_NO_ID };
	message m;

	com_put(&m, &arg);
	client_ask(FS_CLOSE, &m);
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
	fd_end(h->fd, h->owner);
	inodes_release(&inodes, h->node);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

/* Opening again, under its lock */

static int fd_ino(int fd, uint32_t *ino)
{
	const fs_fd_t arg = { .fd = fd, .uid = PROC_NO_ID, .gid = PROC_NO_ID };
	fs_stat_t attr;
	message m;
	int rc;

	com_put(&m, &arg);
	rc = client_ask(FS_FSTAT, &m);
	if (rc)
		return rc;
	com_get(&m, &attr);
	*ino = attr.ino;
	return 0;
}

/* A descriptor of this thread, if that name is still the same file's */
static int file_find(const struct handle *h)
{
	fs_path_t arg = { .flags = (uint32_t)h->flags | O_NOFOLLOW };
	char path[INODES_PATH];
	fs_fd_t answer;
	uint32_t ino = 0;
	int rc;

	rc = inodes_path(&inodes, h->node, path);
	if (rc < 0)
		return -EIO;
	rc = client_path(FS_OPEN, path, WHO_SELF, &arg);
	if (rc)
		return rc;
	memcpy(&answer, &arg, sizeof(answer));
	rc = fd_ino(answer.fd, &ino);
	if (!rc && ino == h->node->ino)
		return answer.fd;
	fd_end(answer.fd, client_self());
	return rc ? rc : -EIO;
}

static int open_again(struct handle *h)
{
	int fd = file_find(h);

	if (fd < 0) {
		log_line(SD_WARNING, "inode %u cannot be opened again: %s",
			 h->node->ino, strerror(-fd));
		return fd;
	}
	fd_end(h->fd, h->owner);
	h->fd = fd;
	h->owner = client_self();
	h->times++;
	durable_lost(h->node);
	return 0;
}

/* Requests */

static unsigned int head_put(struct handle *h, message *m)
{
	struct head head;
	unsigned int times;

	pthread_mutex_lock(&h->lock);
	head = (struct head){ .fd = h->fd, .owner = owner_named(h->owner) };
	times = h->times;
	pthread_mutex_unlock(&h->lock);
	memcpy(m->m_raw, &head, sizeof(head));
	return times;
}

int handle_ask(struct handle *h, int type, message *m)
{
	const message request = *m;
	unsigned int times = head_put(h, m);
	int rc = client_ask(type, m), again = 0;

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
	head_put(h, m);
	return client_ask(type, m);
}

int handle_sync(struct handle *h)
{
	const fs_fd_t arg = { .uid = PROC_NO_ID, .gid = PROC_NO_ID };
	const uint64_t begun = durable_begin();
	message m;
	int rc;

	com_put(&m, &arg);
	rc = handle_ask(h, FS_FSYNC, &m);
	return rc ? rc : durable_end(h->node, begun, DURABLE_MOUNT);
}
