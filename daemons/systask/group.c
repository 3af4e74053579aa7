// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/memory.h"
#include "group_kind.h"

void *group_alloc(size_t size, const struct group_kind *kind, uint32_t node,
		  const struct group_ops *ops, void *arg)
{
	struct group *g = memory_alloc(size);

	*g = (struct group){
		.kind = kind,
		.ops = ops,
		.arg = arg,
		.me = { .node = node, .pid = (uint32_t)getpid() },
		.fd = -1,
		.event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
	};
	g->end = &g->first;
	if (g->event >= 0)
		return g;
	free(g);
	return NULL;
}

void group_wake(struct group *g)
{
	const uint64_t one = 1;

	/* It can only fail as it says so already. */
	if (write(g->event, &one, sizeof(one)) < 0)
		return;
}

void group_drain(int fd)
{
	uint64_t count;

	/* It can only fail as there is nothing. */
	if (read(fd, &count, sizeof(count)) < 0)
		return;
}

struct group_message *group_take(struct group *g)
{
	struct group_message *m = g->first;

	if (!m)
		return NULL;
	g->first = m->next;
	if (!g->first)
		g->end = &g->first;
	return m;
}

void group_drop_all(struct group *g)
{
	struct group_message *m;

	while ((m = group_take(g)))
		free(m);
}

bool group_has(const struct slots_view *view, const struct slots_id *id)
{
	for (uint32_t i = 0; i < view->nr; i++)
		if (view->id[i].node == id->node && view->id[i].pid == id->pid)
			return true;
	return false;
}

void group_view(struct group *g, const struct slots_view *view)
{
	g->ops->view(g->arg, view);
}

void group_view_nobody(struct group *g)
{
	static const struct slots_view nobody;

	g->in = false;
	group_drop_all(g);
	group_view(g, &nobody);
}

void group_join(struct group *g)
{
	g->kind->join(g);
}

void group_leave(struct group *g)
{
	g->in = false;
	group_drop_all(g);
	g->kind->leave(g);
}

void group_send(struct group *g, const void *data, size_t size)
{
	struct group_message *m;

	assert(size <= GROUP_MESSAGE_MAX);
	if (!g->in)
		return;
	m = memory_alloc(sizeof(*m) + size);
	m->size = size;
	memcpy(m->data, data, size);
	*g->end = m;
	g->end = &m->next;
	g->kind->sent(g);
}

int group_fd(const struct group *g)
{
	return g->fd;
}

void group_dispatch(struct group *g)
{
	g->kind->dispatch(g);
}

const char *group_trouble(const struct group *g)
{
	return g->trouble;
}

void group_close(struct group *g)
{
	g->kind->close(g);
	group_drop_all(g);
	close(g->event);
	free(g);
}
