// SPDX-License-Identifier: GPL-2.0-or-later
/* A System V message queue, with a type of messages for each direction */
#include <errno.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "bench.h"
#include "mechanism.h"

enum {
	TO_SERVER = 1,
	TO_CLIENT
};

struct letter {
	long type;
	struct payload payload;
};

static int queue;

static const char *prepare(void)
{
	queue = msgget(IPC_PRIVATE, 0600);
	if (queue < 0 && errno == ENOSYS)
		return "no System V IPC";
	bench_check(queue >= 0, "msgget");
	return NULL;
}

static void put(struct letter *l, long type)
{
	l->type = type;
	bench_check(!msgsnd(queue, l, sizeof(l->payload), 0), "msgsnd");
}

static void get(struct letter *l, long type)
{
	bench_check(msgrcv(queue, l, sizeof(l->payload), type, 0) ==
			    sizeof(l->payload),
		    "msgrcv");
}

static void serve(void)
{
	struct letter l;

	for (;;) {
		get(&l, TO_SERVER);
		bench_change(&l.payload);
		put(&l, TO_CLIENT);
	}
}

static void ask(struct payload *p)
{
	struct letter l = { .payload = *p };

	put(&l, TO_SERVER);
	get(&l, TO_CLIENT);
	*p = l.payload;
}

/* The server may see this before it is killed. */
static void end_client(void)
{
	msgctl(queue, IPC_RMID, NULL);
}

const struct mechanism bench_sysv = {
	.name = "sysv-queue",
	.prepare = prepare,
	.serve = serve,
	.ask = ask,
	.end_client = end_client,
};
