// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A member of a group that does what it reads, and prints what it is told:
 *
 *	group_member NAME NODE PIPE
 *
 * Each line it reads is one of
 *
 *	join
 *	leave
 *	send N		that many messages, numbered
 *	large		one of the size that is the most
 *	ping
 *	quit
 *
 * and each it prints begins with the time in ms, and is then
 *
 *	view NODE... [- NODE down|leave|proc]...
 *	got N HASH	messages since the last of these, from all: a number
 *			for what they were, in which order
 *	large		that message, as it was sent
 *	pong		it has read so far
 *	trouble TEXT	why it is not in the group
 *
 * "got" comes whenever N is a multiple of 1000, and begins anew then.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "systask/group.h"

#define BATCH 1000

static struct group *group;
static bool ends;
static uint32_t sent, got;
static uint64_t hash;
static unsigned char large[GROUP_MESSAGE_MAX];

struct numbered {
	uint32_t node;
	uint32_t number;
};

static void begin_line(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%lld ", now.tv_sec * 1000LL + now.tv_nsec / 1000000);
}

static void on_view(void *arg, const struct slots_view *view)
{
	static const char *const reasons[] = { "down", "leave", "proc" };

	(void)arg;
	begin_line();
	printf("view");
	for (uint32_t i = 0; i < view->nr; i++)
		printf(" %u", view->id[i].node);
	for (uint32_t i = 0; i < view->nr_left; i++)
		printf(" - %u %s", view->left[i].id.node,
		       reasons[view->left[i].reason]);
	putchar('\n');
	got = 0;
	hash = 0;
}

static void on_deliver(void *arg, const struct slots_id *from, const void *data,
		       size_t size)
{
	const struct numbered *m = data;

	(void)arg;
	if (size == sizeof(large) && !memcmp(data, large, size)) {
		begin_line();
		puts("large");
		return;
	}
	if (size != sizeof(*m) || m->node != from->node)
		abort();
	hash = (hash ^ ((uint64_t)m->node << 32 | m->number)) *
	       UINT64_C(0x100000001b3);
	if (++got % BATCH == 0) {
		begin_line();
		printf("got %u %016llx\n", got, (unsigned long long)hash);
	}
}

static void send_numbered(uint32_t node, int nr)
{
	struct numbered m = { .node = node };

	while (nr-- > 0) {
		m.number = sent++;
		group_send(group, &m, sizeof(m));
	}
}

static void answer_ping(void)
{
	begin_line();
	puts("pong");
}

static void obey(uint32_t node, const char *line)
{
	if (!strcmp(line, "join"))
		group_join(group);
	else if (!strcmp(line, "leave"))
		group_leave(group);
	else if (!strncmp(line, "send ", 5))
		send_numbered(node, atoi(line + 5));
	else if (!strcmp(line, "large"))
		group_send(group, large, sizeof(large));
	else if (!strcmp(line, "ping"))
		answer_ping();
	else if (!strcmp(line, "quit"))
		ends = true;
}

/* Lines are short, and come in one piece each. */
static void read_lines(int fd, uint32_t node)
{
	char text[256], *rest = text, *line;
	ssize_t size = read(fd, text, sizeof(text) - 1);

	if (size <= 0) {
		ends = true;
		return;
	}
	text[size] = '\0';
	while ((line = strsep(&rest, "\n")))
		obey(node, line);
}

static void say_trouble(void)
{
	static const char *last;
	const char *now = group_trouble(group);

	if (now && now != last) {
		begin_line();
		printf("trouble %s\n", now);
	}
	last = now;
}

int main(int argc, char **argv)
{
	static const struct group_ops ops = {
		.view = on_view,
		.deliver = on_deliver,
	};
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	uint32_t node;

	if (argc != 4)
		return 2;
	node = (uint32_t)atoi(argv[2]);
	fds[0].fd = open(argv[3], O_RDWR);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (unsigned char)(i * 7 + i / 256);
	group = group_cpg_open(argv[1], node, &ops, NULL);
	if (!group || fds[0].fd < 0)
		return 1;
	fds[1].fd = group_fd(group);
	while (!ends) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return 1;
		if (fds[1].revents)
			group_dispatch(group);
		say_trouble();
		if (fds[0].revents)
			read_lines(fds[0].fd, node);
	}
	group_close(group);
	return 0;
}
