// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands, and their queues, see cmd.h.
 */
#include <linux/slab.h>
#include "cmd.h"
#include "link.h"
#include "node.h"
#include "proxy.h"

#define MAX_LOOSE	1024	/* loose commands in a queue */

static struct kmem_cache *cmd_cache;

/* A loose one is its own owner, and goes where it is queued. */
static void loose_hold(void *owner)
{
}

static void loose_release(void *owner)
{
	m3_cmd_free(owner);
}

static const struct m3_cmd_ops loose_ops = {
	.hold = loose_hold,
	.release = loose_release,
};

struct m3_cmd *m3_cmd_alloc(gfp_t gfp)
{
	struct m3_cmd *c = kmem_cache_zalloc(cmd_cache, gfp);

	if (c)
		m3_cmd_prepare(c, &loose_ops, c);
	return c;
}

void m3_cmd_free(struct m3_cmd *c)
{
	if (c)
		kmem_cache_free(cmd_cache, c);
}

void m3_cmd_prepare(struct m3_cmd *c, const struct m3_cmd_ops *ops, void *owner)
{
	c->ops = ops;
	c->owner = owner;
	INIT_LIST_HEAD(&c->link);
}

void m3_cmd_release(struct m3_cmd *c)
{
	c->ops->release(c->owner);
}

/*
 * Queue a command for the node that it names, if there is a way to it; the
 * caller, who holds a reference to what it is part of, may have it in the queue
 * already, to say something newer.
 */
static int cmd_queue(struct m3_node *node, struct m3_cmd *c, bool first)
{
	struct m3_proxy *px;
	struct m3_link *link;
	int rc;

	rcu_read_lock();
	link = rcu_dereference(node->links[c->cmd.c_dnode]);
	if (!link) {
		rc = EMOLNOPROXY;
		goto unlock;
	}
	px = link->px;
	spin_lock(&px->lock);
	rc = m3_proxy_state(px);
	if (!rc && c->ops == &loose_ops && px->nr_loose >= MAX_LOOSE)
		rc = -ENOBUFS;
	if (!rc && list_empty(&c->link)) {
		px->nr_loose += c->ops == &loose_ops;
		c->ops->hold(c->owner);
		c->px = px;
		if (first)
			list_add(&c->link, &px->queue);
		else
			list_add_tail(&c->link, &px->queue);
	}
	spin_unlock(&px->lock);
	if (!rc && wq_has_sleeper(&px->wait))
		wake_up(&px->wait);
unlock:
	rcu_read_unlock();
	return rc;
}

int m3_cmd_queue(struct m3_node *node, struct m3_cmd *c)
{
	return cmd_queue(node, c, false);
}

/*
 * Take back a command that nobody has taken yet; true if there was one.  If it
 * is seen to be in no queue then whoever took it has its copy: m3_cmd_take().
 */
bool m3_cmd_withdraw(struct m3_cmd *c)
{
	bool queued = false;

	rcu_read_lock();
	if (!list_empty_careful(&c->link)) {
		spin_lock(&c->px->lock);
		queued = !list_empty(&c->link);
		list_del_init(&c->link);
		spin_unlock(&c->px->lock);
	}
	rcu_read_unlock();
	if (queued)
		m3_cmd_release(c);
	return queued;
}

/* The same before all others, also if it is in the queue already */
int m3_cmd_queue_first(struct m3_node *node, struct m3_cmd *c)
{
	m3_cmd_withdraw(c);
	return cmd_queue(node, c, true);
}

/*
 * The first command, with the reference that being queued held; or NULL.  It is
 * copied while it is queued: the moment it is not it may be filled in anew, by
 * one who holds the lock of its VM but not this one.
 */
struct m3_cmd *m3_cmd_take(struct m3_proxy *px, cmd_t *cmd)
{
	struct m3_cmd *c;

	spin_lock(&px->lock);
	c = list_first_entry_or_null(&px->queue, struct m3_cmd, link);
	if (c) {
		px->nr_loose -= c->ops == &loose_ops;
		*cmd = c->cmd;
		/* Pairs with list_empty_careful() in m3_cmd_withdraw(). */
		list_del_init_careful(&c->link);
	}
	spin_unlock(&px->lock);
	return c;
}

void m3_cmd_put_back(struct m3_proxy *px, struct m3_cmd *c)
{
	bool flows;

	spin_lock(&px->lock);
	flows = m3_proxy_flows(px);
	if (flows)
		list_add(&c->link, &px->queue);
	spin_unlock(&px->lock);
	if (!flows)
		m3_cmd_release(c);
}

/* What was queued when a pair stopped to flow */
void m3_cmd_drain(struct m3_proxy *px)
{
	struct m3_cmd *c;
	cmd_t cmd;

	while ((c = m3_cmd_take(px, &cmd)) != NULL) {
		m3_cmd_release(c);
		cond_resched();
	}
}

int m3_cmds_init(void)
{
	cmd_cache = KMEM_CACHE(m3_cmd, SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT);
	return cmd_cache ? 0 : -ENOMEM;
}

/* All nodes are down, and the work of those who died is done. */
void m3_cmds_exit(void)
{
	kmem_cache_destroy(cmd_cache);
}
