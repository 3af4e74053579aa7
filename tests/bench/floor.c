// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The least that a driver needs for two processes to wake each other and sleep,
 * see floor/m3floor.c; the payload is in shared memory
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "floor/m3floor.h"
#include "mechanism.h"

enum {
	CLIENT,
	SERVER
};

static struct payload *shared;
static int fd;

static const char *prepare(void)
{
	fd = open("/dev/m3floor", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return "no module m3floor";
	shared = bench_shared(sizeof(*shared));
	return NULL;
}

static void serve(void)
{
	bench_check(!ioctl(fd, FLOOR_WAIT, SERVER), "wait");
	for (;;) {
		bench_change(shared);
		bench_check(!ioctl(fd, FLOOR_HAND_OFF, SERVER), "hand off");
	}
}

static void ask(struct payload *p)
{
	*shared = *p;
	bench_check(!ioctl(fd, FLOOR_HAND_OFF, CLIENT), "hand off");
	*p = *shared;
}

static void end_client(void)
{
	close(fd);
	munmap(shared, sizeof(*shared));
}

const struct mechanism bench_floor = {
	.name = "driver-floor",
	.prepare = prepare,
	.serve = serve,
	.ask = ask,
	.end_client = end_client,
};
