// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <string.h>

#include "group.h"

void group_init(struct group *g, uint32_t nr)
{
	memset(g, 0, sizeof(*g));
	g->nr = nr;
}

static void item_copy(struct group_item *to, const struct group_item *from)
{
	memcpy(to, from, offsetof(struct group_item, msg));
	if (from->kind == GROUP_MSG)
		group_msg_copy(&to->msg, &from->msg);
}

static void queue_add(struct group *g, struct group_queue *q,
		      const struct group_item *item)
{
	if (q->nr == GROUP_QUEUE)
		g->overflow = true;
	else
		item_copy(&q->item[q->nr++], item);
}

static void queue_remove(struct group_queue *q, uint32_t i)
{
	q->nr--;
	for (; i < q->nr; i++)
		item_copy(&q->item[i], &q->item[i + 1]);
}

static uint32_t ring_first(const struct group *g, uint32_t ring)
{
	uint32_t i;

	for (i = 0; i < g->nr; i++)
		if (g->node[i].up && g->node[i].ring == ring)
			break;
	return i;
}

void group_up(struct group *g, uint32_t node)
{
	struct group_node *n = &g->node[node];

	n->up = true;
	n->ring = ++g->rings;
	n->seq = 0;
	g->seq[node] = 0;
}

void group_down(struct group *g, uint32_t node)
{
	uint8_t part[GROUP_NODES] = { 0 };
	uint32_t i;

	for (i = g->nr; i-- > 0;)
		part[i] = (uint8_t)ring_first(g, g->node[i].ring);
	part[node] = UINT8_MAX;
	group_change(g, part, NULL);
	memset(&g->node[node], 0, sizeof(g->node[node]));
}

void group_join(struct group *g, const struct slots_id *who)
{
	struct group_item item = { .kind = GROUP_JOIN, .from = *who };

	queue_add(g, &g->node[who->node].out, &item);
	g->node[who->node].process = *who;
}

void group_leave(struct group *g, uint32_t node, enum slots_reason reason)
{
	struct group_item item = { .kind = GROUP_LEAVE,
				   .reason = reason,
				   .from = g->node[node].process };

	queue_add(g, &g->node[node].out, &item);
}

void group_send(struct group *g, uint32_t node, const group_msg *m)
{
	static struct group_item item;

	memset(&item, 0, offsetof(struct group_item, msg));
	item.kind = GROUP_MSG;
	item.from = g->node[node].process;
	item.msg = *m;
	queue_add(g, &g->node[node].out, &item);
}

void group_order(struct group *g, uint32_t node)
{
	struct group_node *n = &g->node[node];
	static struct group_item item;
	uint32_t i, seq;

	if (!n->up || !n->out.nr)
		return;
	item_copy(&item, &n->out.item[0]);
	queue_remove(&n->out, 0);
	if (item.kind == GROUP_JOIN) {
		n->joined = true;
		n->ghost = false;
		n->member = item.from;
	} else if (item.kind == GROUP_LEAVE) {
		n->joined = false;
	}
	seq = g->seq[node] + 1;
	item.ring = n->ring;
	item.seq = seq;
	for (i = 0; i < g->nr; i++)
		if (g->node[i].up && g->node[i].ring == n->ring) {
			g->seq[i] = seq;
			queue_add(g, &g->node[i].in, &item);
		}
}

static int view_find(const struct slots_view *v, const struct slots_id *id)
{
	uint32_t i;

	for (i = 0; i < v->nr; i++)
		if (v->id[i].node == id->node && v->id[i].pid == id->pid)
			return (int)i;
	return -1;
}

static void view_leave(struct slots_view *v, int i, enum slots_reason reason)
{
	v->left[v->nr_left].id = v->id[i];
	v->left[v->nr_left++].reason = reason;
	v->nr--;
	for (; i < (int)v->nr; i++)
		v->id[i] = v->id[i + 1];
}

/* False if nothing has changed */
static bool view_ring(struct slots_view *v, const struct group_item *item)
{
	struct slots_view all = { .nr = item->nr };
	uint32_t i, kept;

	memcpy(all.id, item->in, sizeof(*item->in) * item->nr);
	for (i = v->nr; i-- > 0;)
		if (view_find(&all, &v->id[i]) < 0)
			view_leave(v, (int)i, SLOTS_NODEDOWN);
	kept = v->nr;
	for (i = 0; i < all.nr; i++)
		if (view_find(v, &all.id[i]) < 0)
			v->id[v->nr++] = all.id[i];
	return v->nr_left || v->nr != kept;
}

static bool view_change(struct slots_view *v, const struct group_item *item)
{
	int i = view_find(v, &item->from);

	v->nr_left = 0;
	switch (item->kind) {
	case GROUP_JOIN:
		if (i < 0)
			v->id[v->nr++] = item->from;
		return i < 0;
	case GROUP_LEAVE:
		if (i >= 0)
			view_leave(v, i, item->reason);
		return i >= 0;
	case GROUP_RING:
		return view_ring(v, item);
	case GROUP_MSG:
		break;
	}
	return false;
}

bool group_deliver(struct group *g, uint32_t node, struct group_item *item,
		   struct slots_view *view)
{
	struct group_node *n = &g->node[node];
	bool changed;

	if (!n->in.nr)
		return false;
	item_copy(item, &n->in.item[0]);
	queue_remove(&n->in, 0);
	if (item->ring == n->ring)
		n->seq = item->seq;
	changed = view_change(&n->view, item);
	*view = n->view;
	n->view.nr_left = 0;
	return view_find(view, &n->process) >= 0 &&
	       (changed || item->kind == GROUP_MSG);
}

/* Nodes of one ring that stay together, as a set */
static void ring_end(struct group *g, uint32_t set, struct dice *dice)
{
	uint32_t i, j, max = 0, last = 0, cut;
	struct group_queue *q;

	for (i = 0; i < g->nr; i++) {
		if (!(set & 1u << i))
			continue;
		if (g->node[i].seq > max)
			max = g->node[i].seq;
		last = g->seq[i];
	}
	cut = g->late ? last : max;
	if (dice)
		cut = max + dice_throw(dice, last - max + 1);
	for (i = 0; i < g->nr; i++) {
		if (!(set & 1u << i))
			continue;
		q = &g->node[i].in;
		for (j = q->nr; j-- > 0;)
			if (q->item[j].ring == g->node[i].ring &&
			    q->item[j].seq > cut &&
			    !(set & 1u << q->item[j].from.node))
				queue_remove(q, j);
	}
}

/* Who ended may be said to be there once more. */
static void ghost_throw(struct group_node *n, struct dice *dice)
{
	struct group_queue *q = &n->out;

	if (n->ghost) {
		n->ghost = false;
		n->joined = false;
	}
	if (dice && n->joined && q->nr == 1 && q->item[0].kind == GROUP_LEAVE &&
	    dice_hit(dice, 20)) {
		q->nr = 0;
		n->ghost = true;
	}
}

static void ring_begin(struct group *g, uint32_t set)
{
	struct group_item item = { .kind = GROUP_RING };
	uint32_t ring = ++g->rings, i;

	for (i = 0; i < g->nr; i++)
		if (set & 1u << i && g->node[i].joined)
			item.in[item.nr++] = g->node[i].member;
	item.ring = ring;
	item.from.pid = UINT32_MAX;
	for (i = 0; i < g->nr; i++) {
		if (!(set & 1u << i))
			continue;
		g->node[i].ring = ring;
		g->node[i].seq = 0;
		g->seq[i] = 0;
		queue_add(g, &g->node[i].in, &item);
	}
}

static uint32_t nodes_with(const struct group *g, const uint8_t *part,
			   uint32_t node, bool same_ring)
{
	uint32_t set = 0, i;

	for (i = 0; i < g->nr; i++)
		if (g->node[i].up && part[i] == part[node] &&
		    (!same_ring || g->node[i].ring == g->node[node].ring))
			set |= 1u << i;
	return set;
}

/* Rings that stay as they are */
static uint32_t nodes_unchanged(const struct group *g, const uint8_t *part)
{
	uint32_t set = 0, i, j;

	for (i = 0; i < g->nr; i++) {
		for (j = 0; j < g->nr; j++)
			if (g->node[i].up && g->node[j].up &&
			    (part[i] == part[j]) !=
				    (g->node[i].ring == g->node[j].ring))
				break;
		if (!g->node[i].up || j == g->nr)
			set |= 1u << i;
	}
	return set;
}

void group_change(struct group *g, const uint8_t *part, struct dice *dice)
{
	const uint32_t unchanged = nodes_unchanged(g, part);
	uint32_t done = unchanged, i;

	for (i = 0; i < g->nr; i++) {
		if (done & 1u << i)
			continue;
		ring_end(g, nodes_with(g, part, i, true), dice);
		done |= nodes_with(g, part, i, true);
	}
	for (i = 0; i < g->nr; i++)
		if (!(unchanged & 1u << i))
			ghost_throw(&g->node[i], dice);
	for (i = 0, done = unchanged; i < g->nr; i++) {
		if (done & 1u << i)
			continue;
		done |= nodes_with(g, part, i, false);
		ring_begin(g, nodes_with(g, part, i, false));
	}
}

static void queue_copy(struct group_queue *to, const struct group_queue *from)
{
	uint32_t i;

	to->nr = from->nr;
	for (i = 0; i < to->nr; i++)
		item_copy(&to->item[i], &from->item[i]);
}

void group_copy(struct group *to, const struct group *from)
{
	uint32_t i;

	memcpy(to, from, offsetof(struct group, node));
	for (i = 0; i < from->nr; i++) {
		memcpy(&to->node[i], &from->node[i],
		       offsetof(struct group_node, out));
		queue_copy(&to->node[i].out, &from->node[i].out);
		queue_copy(&to->node[i].in, &from->node[i].in);
	}
}

/* As splitmix64, 8 bytes at a time */
uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *p = data;
	uint64_t word;

	for (; size; p += sizeof(word)) {
		word = 0;
		memcpy(&word, p, size < sizeof(word) ? size : sizeof(word));
		size -= size < sizeof(word) ? size : sizeof(word);
		hash = (hash ^ word) + UINT64_C(0x9e3779b97f4a7c15);
		hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		hash ^= hash >> 27;
	}
	return hash;
}

static uint64_t item_hash(const struct group_item *item, uint64_t hash)
{
	static group_msg bare; /* What is not in use is 0. */

	hash = hash_bytes(hash, item, offsetof(struct group_item, msg));
	if (item->kind != GROUP_MSG)
		return hash;
	memset(&bare, 0, sizeof(bare));
	group_msg_copy(&bare, &item->msg);
	return hash_bytes(hash, &bare, sizeof(bare));
}

uint64_t group_hash(const struct group *g, uint64_t hash)
{
	uint32_t i, j;

	for (i = 0; i < g->nr; i++) {
		const struct group_node *n = &g->node[i];

		hash = hash_bytes(hash, n, offsetof(struct group_node, view));
		hash = hash_bytes(hash, n->view.id,
				  n->view.nr * sizeof(*n->view.id));
		hash = hash_bytes(hash, &g->seq[i], sizeof(g->seq[i]));
		for (j = 0; j < n->out.nr; j++)
			hash = item_hash(&n->out.item[j], hash);
		for (j = 0; j < n->in.nr; j++)
			hash = item_hash(&n->in.item[j], hash);
	}
	return hash;
}
