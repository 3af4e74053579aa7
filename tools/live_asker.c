// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process that asks SYSTASK for the move, and waits for how that ends, while
 * the mover serves the taker.
 */
#include <poll.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "find.h"
#include "live.h"

struct live_name live_name(int nodeid)
{
	struct live_name name;

	snprintf(name.text, sizeof(name.text), "take.live.%d", nodeid);
	return name;
}

long live_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int move_ask(const VM_usr_t *vm, int nodeid, const sys_migrate_t *what)
{
	message msg = { .m_type = SYS_MIGRATE };
	int rc = find_client_quietly(vm);

	if (mnx_bind_failed(rc))
		return MNX_ERR(rc);
	com_put(&msg, what);
	rc = mnx_sendrec(SYSTASK(nodeid), &msg);
	return rc ? rc : msg.m_type;
}

int live_asker_start(struct live_asker *asker, const VM_usr_t *vm, int nodeid,
		     const sys_migrate_t *what)
{
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	asker->pid = fork();
	if (!asker->pid) {
		rc = move_ask(vm, nodeid, what);
		_exit(write(ends[1], &rc, sizeof(rc)) != sizeof(rc));
	}
	close(ends[1]);
	asker->answer = ends[0];
	return asker->pid < 0 ? -1 : 0;
}

int live_asker_answer(const struct live_asker *asker, int ms)
{
	struct pollfd wait = { .fd = asker->answer, .events = POLLIN };
	int rc;

	if (poll(&wait, 1, ms) != 1)
		return LIVE_NO_ANSWER;
	if (read(asker->answer, &rc, sizeof(rc)) != sizeof(rc))
		return EMOLSRCDIED;
	waitpid(asker->pid, NULL, 0);
	return rc;
}
