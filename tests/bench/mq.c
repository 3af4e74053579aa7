// SPDX-License-Identifier: GPL-2.0-or-later
/* Two POSIX message queues */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>

#include "bench.h"
#include "mechanism.h"

static mqd_t to_server, to_client;

static mqd_t queue(const char *name)
{
	struct mq_attr attr = {
		.mq_maxmsg = 10,
		.mq_msgsize = sizeof(struct payload),
	};
	mqd_t mq = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);

	if (mq != (mqd_t)-1)
		mq_unlink(name);
	return mq;
}

static const char *prepare(void)
{
	to_server = queue("/bench-to-server");
	if (to_server == (mqd_t)-1 && errno == ENOSYS)
		return "no POSIX message queues";
	to_client = queue("/bench-to-client");
	bench_check(to_server != (mqd_t)-1 && to_client != (mqd_t)-1,
		    "mq_open");
	return NULL;
}

static void put(mqd_t mq, struct payload *p)
{
	bench_check(!mq_send(mq, (char *)p, sizeof(*p), 0), "mq_send");
}

static void get(mqd_t mq, struct payload *p)
{
	bench_check(mq_receive(mq, (char *)p, sizeof(*p), NULL) == sizeof(*p),
		    "mq_receive");
}

static void serve(void)
{
	struct payload p;

	for (;;) {
		get(to_server, &p);
		bench_change(&p);
		put(to_client, &p);
	}
}

static void ask(struct payload *p)
{
	put(to_server, p);
	get(to_client, p);
}

static void end_client(void)
{
	mq_close(to_server);
	mq_close(to_client);
}

const struct mechanism bench_mq = {
	.name = "posix-mq",
	.prepare = prepare,
	.serve = serve,
	.ask = ask,
	.end_client = end_client,
};
