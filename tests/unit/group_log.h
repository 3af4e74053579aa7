/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a group has told its user, as text */
#ifndef _TEST_UNIT_GROUP_LOG_H
#define _TEST_UNIT_GROUP_LOG_H

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "systask/group.h"

static char group_log_text[4096];
static size_t group_log_at;
/* Called then, if there is any */
static void (*group_log_on_view)(void);
static void (*group_log_on_deliver)(void);

#define group_log(...)                                   \
	(group_log_at +=                                 \
	 (size_t)snprintf(group_log_text + group_log_at, \
			  sizeof(group_log_text) - group_log_at, __VA_ARGS__))

static inline void group_log_view(void *arg, const struct slots_view *view)
{
	static const char *const reasons[] = { "down", "leave", "proc" };

	(void)arg;
	group_log("(");
	for (uint32_t i = 0; i < view->nr; i++)
		group_log("%s%u", i ? " " : "", view->id[i].node);
	for (uint32_t i = 0; i < view->nr_left; i++)
		group_log(" -%u:%s", view->left[i].id.node,
			  reasons[view->left[i].reason]);
	group_log(")");
	if (group_log_on_view)
		group_log_on_view();
}

static inline void group_log_deliver(void *arg, const struct slots_id *from,
				     const void *data, size_t size)
{
	(void)arg;
	group_log(" %u:%.*s", from->node, (int)size, (const char *)data);
	if (group_log_on_deliver)
		group_log_on_deliver();
}

static const struct group_ops group_log_ops = {
	.view = group_log_view,
	.deliver = group_log_deliver,
};

/* Whether there is something for group_dispatch() */
static inline bool group_log_ready(const struct group *g)
{
	struct pollfd fd = { .fd = group_fd(g), .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

/* What it told since the last time, with all that is there now dispatched */
static inline const char *group_log_take(struct group *g)
{
	static char text[sizeof(group_log_text)];

	for (int i = 0; i < 10 && group_log_ready(g); i++)
		group_dispatch(g);
	memcpy(text, group_log_text, sizeof(text));
	text[group_log_at] = '\0';
	group_log_at = 0;
	return text;
}

/* Says this, up to its end */
static inline void group_log_send(struct group *g, const char *text)
{
	group_send(g, text, strlen(text));
}

#endif /* _TEST_UNIT_GROUP_LOG_H */
