/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists through members of what is in them; an empty one is its own head. */
#ifndef MINIX_LIST_H
#define MINIX_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct mx_list {
	struct mx_list *next, *prev;
};

#define MX_ENTRY(node, type, member) \
	((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void mx_list_init(struct mx_list *l)
{
	l->next = l->prev = l;
}

static inline bool mx_list_empty(const struct mx_list *l)
{
	return l->next == l;
}

static inline void mx_list_add(struct mx_list *l, struct mx_list *node)
{
	node->next = l->next;
	node->prev = l;
	l->next->prev = node;
	l->next = node;
}

static inline void mx_list_add_last(struct mx_list *l, struct mx_list *node)
{
	mx_list_add(l->prev, node);
}

/* It may be taken out twice. */
static inline void mx_list_del(struct mx_list *node)
{
	node->next->prev = node->prev;
	node->prev->next = node->next;
	mx_list_init(node);
}

#endif /* MINIX_LIST_H */
