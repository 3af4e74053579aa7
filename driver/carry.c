// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the threads of a pair of proxies call: its sender takes commands out of
 * the queue of the pair, its receiver hands in those that have come.
 */
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "carry.h"
#include "cmd.h"
#include "inbound.h"
#include "link.h"
#include "node.h"
#include "proxy.h"

/* Where a batch of commands goes to */
struct batch {
	cmd_t __user *cmds;
	unsigned long payload;	/* next free byte */
	size_t room;		/* and how many there are */
};

/*
 * Make of a command taken from the queue what leaves: 1; or 0: nothing, after
 * all; or -ENOSPC: its payload does not fit any more.
 */
static int make_command(struct m3_proxy *px, struct m3_cmd *c, cmd_t *cmd,
			const struct batch *b)
{
	int rc = 1;

	if (c->ops->make)
		rc = c->ops->make(c->owner, cmd, b->payload, b->room);
	if (rc == -ENOSPC)
		m3_cmd_put_back(px, c);
	else
		m3_cmd_release(c);
	return rc;
}

static void count_sent(struct m3_node *node, cmd_t *cmd)
{
	struct m3_link *link;

	cmd->c_timestamp = ktime_get_real_ns();
	rcu_read_lock();
	link = rcu_dereference(node->links[cmd->c_dnode]);
	if (link) {
		WRITE_ONCE(link->sent, link->sent + 1);
		WRITE_ONCE(link->sent_at, cmd->c_timestamp);
	}
	rcu_read_unlock();
}

/* One command: 1, 0 if there is none (any more), or an error */
static int take_one(struct m3_proxy *px, struct batch *b)
{
	struct m3_cmd *c;
	cmd_t cmd;
	size_t len;
	int rc;

	do {
		c = m3_cmd_take(px, &cmd);
		if (!c)
			return 0;
		rc = make_command(px, c, &cmd, b);
	} while (!rc);
	if (rc == -ENOSPC)
		return 0;
	count_sent(px->node, &cmd);
	if (copy_to_user(b->cmds, &cmd, sizeof(cmd)))
		return -EFAULT;
	len = min_t(size_t, ALIGN(cmd.c_len, M3IPC_PAYLOAD_ALIGN), b->room);
	b->cmds++;
	b->payload += len;
	b->room -= len;
	return 1;
}

/* Does its sender have anything to do? */
bool m3_carry_is_ready(const struct m3_proxy *px)
{
	return READ_ONCE(px->gone) || !list_empty_careful(&px->queue);
}

/* A process, on that CPU, has got a request that came through px. */
void m3_carry_expect(struct m3_proxy *px, int cpu)
{
	if (cpu == raw_smp_processor_id() || !wq_has_sleeper(&px->wait) ||
	    m3_habit_skips(&px->expecting))
		return;
	WRITE_ONCE(px->expects, true);
	wake_up(&px->wait);
}

/*
 * Sleep until there is something in the queue, or it is expected; for left
 * jiffies, which are fine enough and cost less than a high-resolution timer.
 * Returns what is left of them, 0 if they have passed, or an error.
 */
static long sleep_for(struct m3_proxy *px, long left)
{
	left = wait_event_interruptible_timeout(px->wait,
						m3_carry_is_ready(px) ||
						READ_ONCE(px->expects), left);
	if (left > 0 && READ_ONCE(px->expects)) {
		WRITE_ONCE(px->expects, false);
		m3_linger_sender(px, &px->expecting);
	}
	return left;
}

static long to_jiffies(s64 ms)
{
	if (ms < 0 || ms > INT_MAX)
		return MAX_SCHEDULE_TIMEOUT;
	return msecs_to_jiffies(ms) + 1;	/* one has begun */
}

/* Wait for something in the queue; what is left of the time goes back. */
static int wait_ready(struct m3_proxy *px, s64 *timeout)
{
	unsigned long begin = jiffies;
	long left = to_jiffies(*timeout);

	if (*timeout == TIMEOUT_NOWAIT)
		return m3_carry_is_ready(px) ? 0 : -EAGAIN;
	while (left > 0 && !m3_carry_is_ready(px))
		left = sleep_for(px, left);
	if (left == -ERESTARTSYS && *timeout > 0)
		*timeout = max_t(s64, 1, *timeout -
				 jiffies_to_msecs(jiffies - begin));
	if (!left)
		return -ETIMEDOUT;
	return min(left, 0L);
}

/* All that is there, but nr at most: how many, or an error */
static int take_all(struct m3_proxy *px, struct batch *b, unsigned int nr)
{
	unsigned int n;
	int rc;

	for (n = 0; n < nr; n++) {
		rc = take_one(px, b);
		if (rc < 0)
			return rc;
		if (!rc)
			break;
	}
	return n;
}

static int take_batch(struct m3_proxy *px, struct m3ipc_batch *req)
{
	struct batch b = {
		.cmds = u64_to_user_ptr(req->cmds),
		.payload = req->payload,
		.room = req->bytes ?: px->usr.px_maxbytes,
	};
	int rc;

	if (req->bytes < 0 || b.room < px->node->drvs.d_max_copybuf)
		return EMOLRANGE;
	if (!access_ok((void __user *)b.payload, b.room))
		return -EFAULT;
	do {
		rc = wait_ready(px, &req->timeout);
		if (rc)
			return rc;
		rc = take_all(px, &b, req->nr);
		if (rc < 0) {
			m3_proxy_fail(px);
			return rc;
		}
		if (READ_ONCE(px->gone))
			return EMOLPROXYFREE;
	} while (!rc);
	req->nr = rc;
	return 0;
}

static int batch_check(const struct m3ipc_batch *req)
{
	if (req->reserved || req->timeout < TIMEOUT_FOREVER)
		return -EINVAL;
	return m3_within(req->nr, 1, M3IPC_MAX_BATCH);
}

int m3_carry_get2rmt(struct m3_node *node, void *arg)
{
	struct m3_proxy *px;
	int rc = batch_check(arg);

	if (rc)
		return rc;
	px = m3_proxy_own(node, true);
	if (IS_ERR(px))
		return PTR_ERR(px);
	rc = take_batch(px, arg);
	m3_proxy_put(px);
	return rc;
}

static int put_batch(struct m3_proxy *px, const struct m3ipc_batch *req,
		     unsigned int *done)
{
	const cmd_t __user *cmds = u64_to_user_ptr(req->cmds);
	unsigned long payload = req->payload;
	cmd_t cmd;
	int rc;

	for (; *done < req->nr; ++*done) {
		if (copy_from_user(&cmd, &cmds[*done], sizeof(cmd)))
			return -EFAULT;
		if (!m3_proxy_flows(px))
			return -ENOTCONN;
		if (!access_ok((void __user *)payload, max(cmd.c_len, 0)))
			return -EFAULT;
		rc = m3_inbound(px, &cmd, payload);
		if (rc)
			return rc;
		payload += ALIGN(cmd.c_len, M3IPC_PAYLOAD_ALIGN);
	}
	return 0;
}

int m3_carry_put2lcl(struct m3_node *node, void *arg)
{
	struct m3ipc_batch *req = arg;
	unsigned int done = 0;
	struct m3_proxy *px;
	int rc = batch_check(req);

	if (!rc && (req->timeout || req->bytes))
		rc = -EINVAL;
	px = rc ? NULL : m3_proxy_own(node, false);
	if (IS_ERR(px))
		rc = PTR_ERR(px);
	if (!rc) {
		rc = put_batch(px, req, &done);
		m3_proxy_put(px);
	}
	req->nr = done;
	return rc;
}
