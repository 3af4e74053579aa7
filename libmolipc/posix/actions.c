// SPDX-License-Identifier: LGPL-2.1-or-later
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions.h"

struct action {
	enum {
		OPEN,
		CLOSE,
		DUP,
		CHDIR,
		FCHDIR,
		CLOSE_FROM,
		TERMINAL
	} kind;
	int fd;
	int other; /* what it is to be */
	int flags;
	mode_t mode;
	char *path; /* our own */
};

/* What is in the program's object */
struct actions {
	int nr;
	int unused;
	struct action *list;
};

static_assert(sizeof(struct actions) <= sizeof(posix_spawn_file_actions_t),
	      "it has room for ours");

int posix_spawn_file_actions_init(posix_spawn_file_actions_t *object)
{
	memset(object, 0, sizeof(*object));
	return 0;
}

int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *object)
{
	struct actions *a = (struct actions *)object;

	for (int i = 0; i < a->nr; i++)
		free(a->list[i].path);
	free(a->list);
	return posix_spawn_file_actions_init(object);
}

static int action_add(posix_spawn_file_actions_t *object,
		      const struct action *action)
{
	struct actions *a = (struct actions *)object;
	const size_t nr = (size_t)a->nr + 1;
	struct action *list = realloc(a->list, nr * sizeof(*list));

	if (!list)
		return ENOMEM;
	a->list = list;
	list[a->nr++] = *action;
	return 0;
}

static int path_add(posix_spawn_file_actions_t *object, struct action *action,
		    const char *path)
{
	int rc = ENOMEM;

	action->path = strdup(path);
	if (action->path)
		rc = action_add(object, action);
	if (rc)
		free(action->path);
	return rc;
}

static int fd_add(posix_spawn_file_actions_t *object, struct action action)
{
	if (action.fd < 0 || action.other < 0)
		return EBADF;
	return action_add(object, &action);
}

int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *object, int fd,
				     const char *path, int flags, mode_t mode)
{
	struct action action = { .kind = OPEN,
				 .fd = fd,
				 .flags = flags,
				 .mode = mode };

	return fd < 0 ? EBADF : path_add(object, &action, path);
}

int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *object,
				      int fd)
{
	return fd_add(object, (struct action){ .kind = CLOSE, .fd = fd });
}

int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *object, int fd,
				     int new_fd)
{
	return fd_add(object, (struct action){ .kind = DUP,
					       .fd = fd,
					       .other = new_fd });
}

int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *object,
					 const char *path)
{
	struct action action = { .kind = CHDIR };

	return path_add(object, &action, path);
}

int posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *object,
					  int fd)
{
	return fd_add(object, (struct action){ .kind = FCHDIR, .fd = fd });
}

int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *object,
					     int from)
{
	return fd_add(object,
		      (struct action){ .kind = CLOSE_FROM, .fd = from });
}

int posix_spawn_file_actions_addtcsetpgrp_np(posix_spawn_file_actions_t *object,
					     int fd)
{
	return fd_add(object, (struct action){ .kind = TERMINAL, .fd = fd });
}

static int open_as(const struct action *a)
{
	const int fd = open(a->path, a->flags, a->mode);
	int rc = 0;

	if (fd < 0 || fd == a->fd)
		return fd < 0 ? -1 : 0;
	if (dup2(fd, a->fd) < 0)
		rc = -1;
	close(fd);
	return rc;
}

/* A descriptor that becomes itself is to be there after an exec. */
static int dup_as(const struct action *a)
{
	int flags;

	if (a->fd != a->other)
		return dup2(a->fd, a->other) < 0 ? -1 : 0;
	flags = fcntl(a->fd, F_GETFD);
	return flags < 0 ? -1 : fcntl(a->fd, F_SETFD, flags & ~FD_CLOEXEC);
}

static int action_run(const struct action *a)
{
	switch (a->kind) {
	case OPEN:
		return open_as(a);
	case CLOSE:
		close(a->fd);
		return 0;
	case DUP:
		return dup_as(a);
	case CHDIR:
		return chdir(a->path);
	case FCHDIR:
		return fchdir(a->fd);
	case CLOSE_FROM:
		closefrom(a->fd);
		return 0;
	default:
		return tcsetpgrp(a->fd, getpgrp());
	}
}

int actions_run(const posix_spawn_file_actions_t *object)
{
	const struct actions *a = (const struct actions *)object;

	for (int i = 0; i < a->nr; i++)
		if (action_run(&a->list[i]))
			return -1;
	return 0;
}
