/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kinds of groups have in common, for them alone */
#ifndef SYSTASK_GROUP_KIND_H
#define SYSTASK_GROUP_KIND_H

#include "group.h"

struct group_kind {
	void (*join)(struct group *g);
	void (*leave)(struct group *g);
	/* There is one more message. */
	void (*sent)(struct group *g);
	void (*dispatch)(struct group *g);
	void (*close)(struct group *g);
};

struct group_message {
	struct group_message *next;
	size_t size;
	unsigned char data[];
};

/* A kind has this at its beginning. */
struct group {
	const struct group_kind *kind;
	const struct group_ops *ops;
	void *arg;
	struct slots_id me;
	bool in;   /* and stays: it may send */
	int fd;    /* what group_fd() is */
	int event; /* an eventfd: group_dispatch() has something to do */
	const char *trouble;
	struct group_message *first; /* of those to be sent */
	struct group_message **end;
};

/* Zeroed, of so many bytes, with this at its beginning */
void *group_alloc(size_t size, const struct group_kind *kind, uint32_t node,
		  const struct group_ops *ops, void *arg);

void group_wake(struct group *g);
/* Of a descriptor that says how often something has happened: forgets it. */
void group_drain(int fd);

/* The first message, which is the caller's then; or NULL */
struct group_message *group_take(struct group *g);
void group_drop_all(struct group *g);

bool group_has(const struct slots_view *view, const struct slots_id *id);
/* Tells the user. */
void group_view(struct group *g, const struct slots_view *view);
void group_view_nobody(struct group *g);

#endif /* SYSTASK_GROUP_KIND_H */
