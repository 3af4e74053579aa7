// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inodes.h"

void inodes_init(struct inodes *t)
{
	memset(t, 0, sizeof(*t));
	pthread_mutex_init(&t->lock, NULL);
	t->root.lookups = 1;
}

/* Buckets */

static size_t bucket_of_number(uint32_t dev, uint32_t ino)
{
	return (ino * 2654435761u + dev * 40503u) % INODES_BUCKETS;
}

static size_t bucket_of_name(const struct node *dir, const char *text)
{
	size_t h = (uintptr_t)dir / sizeof(*dir);

	while (*text)
		h = h * 31 + (unsigned char)*text++;
	return h % INODES_BUCKETS;
}

static struct node *node_find(struct inodes *t, uint32_t dev, uint32_t ino)
{
	struct node *n;

	LIST_FOREACH(n, &t->node[bucket_of_number(dev, ino)], link)
	if (n->dev == dev && n->ino == ino)
		return n;
	return NULL;
}

static struct name *name_find(struct inodes *t, const struct node *dir,
			      const char *text)
{
	struct name *n;

	LIST_FOREACH(n, &t->name[bucket_of_name(dir, text)], link)
	if (n->dir == dir && !strcmp(n->text, text))
		return n;
	return NULL;
}

static void node_list(struct inodes *t, struct node *node)
{
	LIST_INSERT_HEAD(&t->node[bucket_of_number(node->dev, node->ino)], node,
			 link);
	node->listed = true;
}

static void node_unlist(struct node *node)
{
	if (node->listed)
		LIST_REMOVE(node, link);
	node->listed = false;
}

void inodes_set_root(struct inodes *t, uint32_t dev, uint32_t ino)
{
	pthread_mutex_lock(&t->lock);
	node_unlist(&t->root);
	t->root.dev = dev;
	t->root.ino = ino;
	node_list(t, &t->root);
	pthread_mutex_unlock(&t->lock);
}

/* Coming and going, under the lock */

static struct node *node_new(struct inodes *t, uint32_t dev, uint32_t ino)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->dev = dev;
	node->ino = ino;
	node_list(t, node);
	t->nodes++;
	return node;
}

/* Returns the directory that it was in, which may have to be put. */
static struct node *name_free(struct name *n)
{
	struct node *dir = n->dir;

	LIST_REMOVE(n, link);
	LIST_REMOVE(n, of_node);
	free(n);
	dir->uses--;
	return dir;
}

/* With its names go directories of which nobody wants anything any more. */
static void node_put(struct inodes *t, struct node *node)
{
	if (node == &t->root || node->lookups || node->uses)
		return;
	while (!LIST_EMPTY(&node->names))
		node_put(t, name_free(LIST_FIRST(&node->names)));
	node_unlist(node);
	free(node);
	t->nodes--;
}

/* Without a name its number may be another file's. */
static void name_drop(struct inodes *t, struct name *n)
{
	struct node *node = n->node;

	node_put(t, name_free(n));
	if (LIST_EMPTY(&node->names))
		node_unlist(node);
	node_put(t, node);
}

static bool name_add(struct inodes *t, struct node *dir, const char *text,
		     struct node *node)
{
	const size_t size = strlen(text) + 1;
	struct name *n = malloc(sizeof(*n) + size);

	if (!n)
		return false;
	memcpy(n->text, text, size);
	n->dir = dir;
	n->node = node;
	dir->uses++;
	LIST_INSERT_HEAD(&t->name[bucket_of_name(dir, text)], n, link);
	LIST_INSERT_HEAD(&node->names, n, of_node);
	return true;
}

static struct node *name_give(struct inodes *t, struct node *dir,
			      const char *text, uint32_t dev, uint32_t ino)
{
	struct node *node = node_find(t, dev, ino);
	struct name *old = name_find(t, dir, text);

	if (node == &t->root)
		return node;
	if (!node)
		node = node_new(t, dev, ino);
	if (!node)
		return NULL;
	node->lookups++;
	/* The one that was seen last is what paths are made of. */
	if (!name_add(t, dir, text, node)) {
		node->lookups--;
		node_put(t, node);
		return NULL;
	}
	if (old)
		name_drop(t, old);
	return node;
}

struct node *inodes_enter(struct inodes *t, struct node *dir, const char *name,
			  uint32_t dev, uint32_t ino)
{
	struct node *node;

	pthread_mutex_lock(&t->lock);
	node = name_give(t, dir, name, dev, ino);
	pthread_mutex_unlock(&t->lock);
	return node;
}

void inodes_forget(struct inodes *t, struct node *node, uint64_t lookups)
{
	pthread_mutex_lock(&t->lock);
	node->lookups -= lookups < node->lookups ? lookups : node->lookups;
	node_put(t, node);
	pthread_mutex_unlock(&t->lock);
}

void inodes_hold(struct inodes *t, struct node *node)
{
	pthread_mutex_lock(&t->lock);
	node->uses++;
	pthread_mutex_unlock(&t->lock);
}

void inodes_release(struct inodes *t, struct node *node)
{
	pthread_mutex_lock(&t->lock);
	node->uses--;
	node_put(t, node);
	pthread_mutex_unlock(&t->lock);
}

/* Names */

void inodes_remove(struct inodes *t, struct node *dir, const char *name)
{
	struct name *n;

	pthread_mutex_lock(&t->lock);
	n = name_find(t, dir, name);
	if (n)
		name_drop(t, n);
	pthread_mutex_unlock(&t->lock);
}

/* If there is no memory for it the name is not known, as others are not. */
static void name_move(struct inodes *t, struct name *n, struct node *to,
		      const char *text)
{
	name_add(t, to, text, n->node);
	name_drop(t, n);
}

void inodes_move(struct inodes *t, struct node *from, const char *name,
		 struct node *to, const char *new_name)
{
	struct name *n, *old;

	pthread_mutex_lock(&t->lock);
	n = name_find(t, from, name);
	old = name_find(t, to, new_name);
	/* Two names of one file stay, and so does one that becomes itself. */
	if (!(n && old && n->node == old->node)) {
		if (old)
			name_drop(t, old);
		if (n)
			name_move(t, n, to, new_name);
	}
	pthread_mutex_unlock(&t->lock);
}

/* Paths */

static int path_put(char to[INODES_PATH], size_t *at, const char *text)
{
	const size_t length = strlen(text);

	if (length + 1 > *at)
		return -ENAMETOOLONG;
	*at -= length;
	memcpy(to + *at, text, length);
	to[--*at] = '/';
	return 0;
}

/* It is written from its end, and then moved to where it begins. */
static int path_make(struct inodes *t, const struct node *node, size_t at,
		     char to[INODES_PATH])
{
	int rc;

	for (; node != &t->root; node = LIST_FIRST(&node->names)->dir) {
		if (LIST_EMPTY(&node->names))
			return -ESTALE;
		rc = path_put(to, &at, LIST_FIRST(&node->names)->text);
		if (rc)
			return rc;
	}
	if (at == INODES_PATH - 1)
		to[--at] = '/';
	memmove(to, to + at, INODES_PATH - at);
	return (int)(INODES_PATH - 1 - at);
}

static int path_locked(struct inodes *t, const struct node *node, size_t at,
		       char to[INODES_PATH])
{
	int rc;

	pthread_mutex_lock(&t->lock);
	rc = path_make(t, node, at, to);
	pthread_mutex_unlock(&t->lock);
	return rc;
}

int inodes_path(struct inodes *t, const struct node *node, char to[INODES_PATH])
{
	to[INODES_PATH - 1] = '\0';
	return path_locked(t, node, INODES_PATH - 1, to);
}

int inodes_path_in(struct inodes *t, const struct node *dir, const char *name,
		   char to[INODES_PATH])
{
	size_t at = INODES_PATH - 1;
	int rc;

	to[at] = '\0';
	rc = path_put(to, &at, name);
	return rc ? rc : path_locked(t, dir, at, to);
}
