// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fproc.h"

#define UMASK 022
#define ROOM  8 /* descriptors, and twice as many each time */

void fprocs_init(struct fprocs *t, struct files *files, struct fproc_kept *kept)
{
	memset(t, 0, sizeof(*t));
	t->files = files;
	for (int i = 0; i < FPROCS_MAX; i++)
		t->proc[i].kept = &kept[i];
}

int fproc_slot(int endpoint)
{
	int i;

	if (endpoint < -NR_TASKS || endpoint > INT32_MAX - NR_TASKS)
		return -1;
	i = _ENDPOINT_P(endpoint) + NR_TASKS;
	return i < FPROCS_MAX ? i : -1;
}

struct fproc *fproc_in_slot(struct fprocs *t, int endpoint)
{
	const int i = fproc_slot(endpoint);

	return i >= 0 && t->proc[i].there ? &t->proc[i] : NULL;
}

struct fproc *fproc_find(struct fprocs *t, int endpoint)
{
	struct fproc *p = fproc_in_slot(t, endpoint);

	return p && p->endpoint == endpoint ? p : NULL;
}

static struct fproc *fproc_enter(struct fprocs *t, int endpoint,
				 uint64_t incarnation)
{
	const int i = fproc_slot(endpoint);
	struct fproc *p;

	if (i < 0)
		return NULL;
	p = &t->proc[i];
	*p = (struct fproc){ .endpoint = endpoint,
			     .incarnation = incarnation,
			     .umask = UMASK,
			     .kept = p->kept };
	memset(p->kept, 0, sizeof(*p->kept));
	return p;
}

/* It is there from the moment at which all the rest is. */
static void fproc_keep(struct fproc *p)
{
	p->there = true;
	p->kept->endpoint = p->endpoint;
	p->kept->node = p->node;
	p->kept->umask = p->umask;
	p->kept->cwd = p->cwd;
	p->kept->root = p->root;
	p->kept->had = p->incarnation;
	p->kept->incarnation = p->incarnation;
}

static bool directories_hold(struct fproc *p, const struct place *cwd,
			     const struct place *root)
{
	/* One of no mount is what an earlier FS has left. */
	if (cwd->dev && !place_hold(cwd))
		return false;
	if (root->dev && !place_hold(root)) {
		place_drop(cwd);
		return false;
	}
	p->cwd = *cwd;
	p->root = *root;
	return true;
}

static void fd_keep(struct fproc *p, int fd, bool open)
{
	uint64_t *word = &p->kept->open[fd / 64];
	const uint64_t bit = UINT64_C(1) << fd % 64;

	*word = open ? *word | bit : *word & ~bit;
}

static int fd_room(struct fproc *p, int nr)
{
	int room = p->nr_fds ? p->nr_fds : ROOM;
	struct fd *fd;

	if (nr <= p->nr_fds)
		return 0;
	while (room < nr)
		room *= 2;
	fd = realloc(p->fd, (size_t)room * sizeof(*fd));
	if (!fd)
		return -ENOMEM;
	memset(fd + p->nr_fds, 0, (size_t)(room - p->nr_fds) * sizeof(*fd));
	p->fd = fd;
	p->nr_fds = room;
	return 0;
}

/* What it had open is of files that nobody knows any more. */
static bool fds_lose(struct fprocs *t, struct fproc *p,
		     const struct fproc_kept *was)
{
	if (fd_room(p, FS_OPEN_MAX))
		return false;
	for (int fd = 0; fd < FS_OPEN_MAX; fd++) {
		if (!(was->open[fd / 64] >> fd % 64 & 1))
			continue;
		p->fd[fd].file = &t->files->lost;
		fd_keep(p, fd, true);
	}
	return true;
}

/*
 * While the VM runs no other process of a user slot has the same endpoint; one
 * of the next VM has another incarnation.
 */
static bool was_there(const struct fproc_kept *was, int endpoint,
		      uint64_t incarnation)
{
	return was->endpoint == endpoint && _ENDPOINT_G(endpoint) &&
	       was->had == incarnation;
}

struct fproc *fproc_new(struct fprocs *t, int endpoint, uint64_t incarnation,
			const struct place *root)
{
	const int slot = fproc_slot(endpoint);
	struct fproc_kept was;
	struct fproc *p;

	if (slot < 0)
		return NULL;
	was = *t->proc[slot].kept;
	p = fproc_enter(t, endpoint, incarnation);
	if (!p ||
	    (was_there(&was, endpoint, incarnation) && !fds_lose(t, p, &was)) ||
	    !directories_hold(p, root, root)) {
		if (p)
			free(p->fd);
		return NULL;
	}
	fproc_keep(p);
	return p;
}

struct fproc *fproc_fork(struct fprocs *t, const struct fproc *parent,
			 int endpoint, uint64_t incarnation)
{
	struct fproc *p = fproc_enter(t, endpoint, incarnation);

	if (!p || fd_room(p, parent->nr_fds) ||
	    !directories_hold(p, &parent->cwd, &parent->root)) {
		if (p)
			free(p->fd);
		return NULL;
	}
	for (int i = 0; i < parent->nr_fds; i++) {
		if (!parent->fd[i].file)
			continue;
		p->fd[i] = parent->fd[i];
		file_get(p->fd[i].file);
		fd_keep(p, i, true);
	}
	p->node = parent->node;
	p->parent = parent->endpoint;
	p->uid = parent->uid;
	p->umask = parent->umask;
	fproc_keep(p);
	return p;
}

void fproc_set_node(struct fproc *p, int node)
{
	p->node = p->kept->node = node;
}

void fproc_exec(struct fprocs *t, struct fproc *p)
{
	for (int i = 0; i < p->nr_fds; i++)
		if (p->fd[i].cloexec)
			fd_close(t, p, i);
}

void fproc_end(struct fprocs *t, struct fproc *p)
{
	const struct fproc_kept was = *p->kept;

	p->kept->incarnation = 0;
	for (int i = 0; i < p->nr_fds; i++)
		fd_close(t, p, i);
	memcpy(p->kept->open, was.open, sizeof(was.open));
	free(p->fd);
	place_drop(&p->cwd);
	place_drop(&p->root);
	*p = (struct fproc){ .kept = p->kept };
}

int fproc_nr_open(const struct fproc *p)
{
	int n = 0;

	for (int i = 0; i < p->nr_fds; i++)
		n += p->fd[i].file != NULL;
	return n;
}

bool fproc_has_own(const struct fproc *p, const struct place *root)
{
	return p->umask != UMASK || !place_is(&p->cwd, root) ||
	       !place_is(&p->root, root) || fproc_nr_open(p);
}

struct fproc *fproc_restore(struct fprocs *t, int slot)
{
	struct fproc *p = &t->proc[slot];
	const struct fproc_kept was = *p->kept;

	if (!was.incarnation || fproc_slot(was.endpoint) != slot)
		return NULL;
	p = fproc_enter(t, was.endpoint, was.incarnation);
	if (!p || !fds_lose(t, p, &was))
		return NULL;
	p->node = was.node;
	p->umask = was.umask & 0777;
	/* Others are of no mount: nothing is found in them. */
	if (place_hold(&was.cwd))
		p->cwd = was.cwd;
	if (place_hold(&was.root))
		p->root = was.root;
	fproc_keep(p);
	return p;
}

int fproc_set_cwd(struct fproc *p, const struct place *at)
{
	if (!place_hold(at))
		return -ENOMEM;
	place_drop(&p->cwd);
	p->cwd = p->kept->cwd = *at;
	return 0;
}

int fproc_set_root(struct fproc *p, const struct place *at)
{
	if (!place_hold(at))
		return -ENOMEM;
	place_drop(&p->root);
	p->root = p->kept->root = *at;
	return 0;
}

void fproc_set_umask(struct fproc *p, uint32_t mask)
{
	p->umask = p->kept->umask = mask;
}

struct file *fd_file(const struct fproc *p, int fd)
{
	return fd >= 0 && fd < p->nr_fds ? p->fd[fd].file : NULL;
}

static void fd_put(struct fproc *p, int fd, struct file *f, bool cloexec)
{
	p->fd[fd] = (struct fd){ f, cloexec };
	fd_keep(p, fd, true);
}

int fd_free(const struct fproc *p, int from)
{
	int fd = from;

	while (fd < p->nr_fds && p->fd[fd].file)
		fd++;
	return fd < FS_OPEN_MAX ? fd : FS_OPEN_MAX;
}

int fd_dup(struct fproc *p, struct file *f, int from, bool cloexec)
{
	int fd = fd_new(p, f, from, cloexec);

	if (fd >= 0)
		file_get(f);
	return fd;
}

int fd_new(struct fproc *p, struct file *f, int from, bool cloexec)
{
	int fd = fd_free(p, from);

	if (fd >= FS_OPEN_MAX)
		return -EMFILE;
	if (fd_room(p, fd + 1))
		return -ENOMEM;
	fd_put(p, fd, f, cloexec);
	return fd;
}

int fd_replace(struct fprocs *t, struct fproc *p, int fd, struct file *f,
	       bool cloexec)
{
	if (fd_room(p, fd + 1))
		return -ENOMEM;
	fd_close(t, p, fd);
	fd_put(p, fd, f, cloexec);
	return 0;
}

void fd_close(struct fprocs *t, struct fproc *p, int fd)
{
	struct file *f = fd_file(p, fd);

	if (!f)
		return;
	p->fd[fd] = (struct fd){ NULL, false };
	fd_keep(p, fd, false);
	fproc_leaves(p, f);
	file_put(t->files, f);
}
