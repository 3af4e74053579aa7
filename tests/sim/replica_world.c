// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "replica_world.h"

#define PEACE_ROUNDS 400

struct world w;

static void wrong(const char *what)
{
	if (!w.wrong)
		w.wrong = what;
}

/* What machines ask for */

static uint32_t node_of(void *arg)
{
	return (uint32_t)((struct place *)arg - w.place);
}

static void place_send(void *arg, const struct replica_msg *m, const void *data)
{
	const struct place *p = arg;
	group_msg all = { .msg = *m };

	if (data)
		all.data = *(const struct replica_data *)data;
	for (uint32_t i = 0; m->type == REPLICA_PIECE && i < PIECE_BLOCKS; i++)
		all.data.held[i] = p->image.is[m->piece * PIECE_BLOCKS + i];
	group_send(&w.group, node_of(arg), &all);
}

static void image_sync(struct image *image)
{
	memcpy(image->durable, image->is, sizeof(image->is));
}

static bool place_apply(void *arg, const struct replica_msg *m,
			const void *data)
{
	const struct replica_data *d = data;
	struct place *p = arg;

	if (m->type == REPLICA_WRITE)
		for (uint32_t i = 0; i < IMAGE_BLOCKS; i++)
			if (d->blocks & 1u << i)
				p->image.is[i] = d->number;
	if (m->type == REPLICA_PIECE)
		memcpy(&p->image.is[m->piece * PIECE_BLOCKS], d->held,
		       sizeof(d->held));
	if (m->type == REPLICA_FLUSH || (m->type == REPLICA_WRITE && d->lasts))
		image_sync(&p->image);
	return true;
}

static bool place_keep(void *arg, const struct replica_record *record)
{
	struct place *p = arg;

	image_sync(&p->image);
	p->record = *record;
	return true;
}

static void place_end(struct place *p, enum slots_reason reason)
{
	if (!p->alive)
		return;
	p->alive = false;
	p->has = false;
	p->stands = false;
	group_leave(&w.group, node_of(p), reason);
}

/* Who was not in sync may have lost what was not durable, as all have. */
static void leader_begins(struct place *p)
{
	const uint32_t *owed = p->was_in_sync ? w.owed : w.owed_durable;

	for (uint32_t i = 0; i < IMAGE_BLOCKS; i++) {
		if (p->image.is[i] < owed[i])
			wrong(p->was_in_sync ? "a leader lacks a write" :
					       "who begins lacks a write");
		if (!p->was_in_sync)
			w.owed[i] = p->image.is[i];
	}
	memcpy(w.base, p->image.is, sizeof(w.base));
	w.last_leader = p->pid;
	w.leaders++;
}

static void owe(const struct place *p)
{
	for (uint32_t i = 0; !p->flushes && i < IMAGE_BLOCKS; i++) {
		if (!(p->write.blocks & 1u << i))
			continue;
		if (w.last_leader != p->pid && w.base[i] < p->write.number)
			wrong("two leaders answer");
		if (w.owed[i] < p->write.number)
			w.owed[i] = p->write.number;
	}
	if (p->flushes || p->write.lasts)
		memcpy(w.owed_durable, w.owed, sizeof(w.owed));
	w.answered++;
}

static void place_act(void *arg, enum replica_act act, uint64_t nodes)
{
	struct place *p = arg;

	(void)nodes;
	if (w.verbose)
		printf("\tnode %u: act %d\n", node_of(p), act);
	switch (act) {
	case REPLICA_DO_STAND:
		p->stands = true;
		break;
	case REPLICA_DO_LEAD:
		leader_begins(p);
		break;
	case REPLICA_DO_ANSWER:
		owe(p);
		break;
	case REPLICA_DO_COPY:
		w.copies++;
		break;
	case REPLICA_DO_OVER:
		place_end(p, SLOTS_PROCDOWN);
		break;
	case REPLICA_DO_REFUSE:
		wrong("the disks are the same");
		break;
	default:
		break;
	}
}

/* What happens */

static void place_start(uint32_t node)
{
	static const struct replica_ops ops = {
		.send = place_send,
		.apply = place_apply,
		.keep = place_keep,
		.act = place_act,
	};
	struct place *p = &w.place[node];
	const struct slots_id id = { .node = node, .pid = ++w.pids };
	const struct replica_config config = {
		.id = { node, id.pid },
		.nodes = (UINT64_C(1) << w.nr_disks) - 1,
		.nr_nodes = w.nr,
		.nr_pieces = IMAGE_PIECES,
		.params = 1,
	};

	p->alive = true;
	p->pid = id.pid;
	replica_init(&p->replica, &config, &p->record, &ops, p);
	group_join(&w.group, &id);
}

/* How many nodes each ring has had, from its beginning on */
static void rings_note(void)
{
	for (uint32_t i = 0; i < w.nr; i++)
		if (w.group.node[i].up)
			w.ring[w.group.node[i].ring % RINGS] = 0;
	for (uint32_t i = 0; i < w.nr; i++)
		if (w.group.node[i].up)
			w.ring[w.group.node[i].ring % RINGS]++;
}

static uint32_t nodes_in_ring(uint32_t node)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w.nr; i++)
		n += w.group.node[i].up &&
		     w.group.node[i].ring == w.group.node[node].ring;
	return n;
}

static void deliver_view(struct replica *r, const struct slots_view *view)
{
	struct replica_id ids[SLOTS_MEMBERS];
	bool cut = false;

	for (uint32_t i = 0; i < view->nr; i++)
		ids[i] = (struct replica_id){ view->id[i].node,
					      view->id[i].pid };
	for (uint32_t i = 0; i < view->nr_left; i++)
		cut |= view->left[i].reason == SLOTS_NODEDOWN;
	replica_view(r, ids, view->nr, cut);
}

static bool place_deliver(uint32_t node)
{
	static struct group_item item;
	struct place *p = &w.place[node];
	struct slots_view view;
	bool has = w.group.node[node].in.nr;

	if (group_deliver(&w.group, node, &item, &view) && p->alive) {
		const struct replica_id from = { item.from.node,
						 item.from.pid };

		if (item.kind == GROUP_MSG)
			replica_deliver(&p->replica, &from, &item.msg.msg,
					&item.msg.data);
		else
			deliver_view(&p->replica, &view);
	}
	if (has && item.kind == GROUP_RING)
		p->ring = item.ring;
	if (has && item.kind == GROUP_RING && p->alive)
		replica_ring(&p->replica, w.ring[item.ring % RINGS]);
	return has;
}

static bool same_ring(uint32_t a, uint32_t b)
{
	return w.group.node[a].ring == w.group.node[b].ring;
}

/* As the system task does: where nobody has it, and most nodes are */
static bool place_promote(uint32_t node)
{
	struct place *p = &w.place[node];
	bool elsewhere = false;

	if (!p->alive || !p->stands || p->has)
		return false;
	for (uint32_t i = 0; i < w.nr; i++) {
		if (!w.place[i].has)
			continue;
		if (same_ring(i, node))
			return false;
		elsewhere = true;
	}
	if (2 * nodes_in_ring(node) <= w.nr &&
	    (elsewhere || p->replica.state != REPLICA_ELECTED))
		return false;
	p->has = true;
	p->got = ++w.gots;
	p->was_in_sync = p->replica.state != REPLICA_ELECTED;
	replica_promoted(&p->replica);
	return true;
}

static bool place_fence(uint32_t node)
{
	struct place *p = &w.place[node];

	if (!p->has)
		return false;
	for (uint32_t i = 0; i < w.nr; i++)
		if (w.place[i].has && w.place[i].got > p->got &&
		    same_ring(i, node)) {
			place_end(p, SLOTS_PROCDOWN);
			return true;
		}
	return false;
}

static bool place_write(uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];

	if (!p->alive || !replica_may_write(&p->replica) ||
	    w.numbers + 1 >= WRITES)
		return false;
	p->flushes = arg % 8 == 0;
	p->write = (struct replica_data){ .number = 0 };
	if (!p->flushes) {
		p->write.number = ++w.numbers;
		p->write.blocks = 1 + (arg >> 4) % ((1u << IMAGE_BLOCKS) - 1);
		p->write.lasts = arg >> 3 & 1;
		w.blocks[w.numbers] = p->write.blocks;
	}
	replica_write(&p->replica, p->flushes ? REPLICA_FLUSH : REPLICA_WRITE,
		      &p->write);
	return true;
}

/* Of all whom a leader may wait for, are they dead? */
static bool place_late(uint32_t node)
{
	struct place *p = &w.place[node];

	if (!p->alive)
		return false;
	for (uint32_t i = 0; i < w.nr; i++)
		if (p->replica.member[i].pid && w.place[i].alive &&
		    p->replica.member[i].pid == w.place[i].pid && i != node)
			return false;
	replica_late(&p->replica);
	return true;
}

static bool place_crash(uint32_t node)
{
	struct place *p = &w.place[node];

	if (!w.group.node[node].up)
		return false;
	p->alive = p->has = p->stands = false;
	memcpy(p->image.is, p->image.durable, sizeof(p->image.is));
	group_down(&w.group, node);
	rings_note();
	return true;
}

bool world_event(enum event event, uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	const bool up = w.group.node[node].up;

	switch (event) {
	case EVENT_ORDER:
		if (!w.group.node[node].out.nr)
			return false;
		group_order(&w.group, node);
		return true;
	case EVENT_DELIVER:
		return place_deliver(node);
	case EVENT_START:
		if (!up || p->alive || node >= w.nr_disks)
			return false;
		place_start(node);
		return true;
	case EVENT_KILL:
		if (!p->alive)
			return false;
		place_end(p, SLOTS_PROCDOWN);
		return true;
	case EVENT_CRASH:
		return place_crash(node);
	case EVENT_BOOT:
		if (up)
			return false;
		group_up(&w.group, node);
		rings_note();
		return true;
	case EVENT_PROMOTE:
		return place_promote(node);
	case EVENT_FENCE:
		return place_fence(node);
	case EVENT_WRITE:
		return place_write(node, arg);
	case EVENT_LATE:
		return place_late(node);
	default:
		return false;
	}
}

void world_change(const uint8_t *part, struct dice *dice)
{
	group_change(&w.group, part, dice);
	rings_note();
}

void world_init(uint32_t nr, uint32_t nr_disks)
{
	const bool verbose = w.verbose;

	memset(&w, 0, sizeof(w));
	w.verbose = verbose;
	w.nr = nr;
	w.nr_disks = nr_disks;
	group_init(&w.group, nr);
	for (uint32_t i = 0; i < nr; i++)
		group_up(&w.group, i);
}

/* What must be so */

static bool is_in_sync(const struct place *p)
{
	return p->alive && p->replica.state >= REPLICA_SYNC &&
	       p->replica.state < REPLICA_OVER;
}

static void check_whole(const struct place *p)
{
	for (uint32_t i = 0; i < IMAGE_BLOCKS; i++) {
		const uint32_t group = w.blocks[p->image.is[i]];

		for (uint32_t j = 0; j < IMAGE_BLOCKS; j++)
			if (group & 1u << j && p->image.is[j] < p->image.is[i])
				wrong("half a group");
	}
}

/* Where rings change, what is delivered may differ. */
static bool is_where_it_was(const struct place *p)
{
	return is_in_sync(p) && p->replica.leader.pid &&
	       p->ring == w.group.node[p - w.place].ring;
}

static void check_equal(const struct place *a, const struct place *b)
{
	if (is_where_it_was(b) && a->ring == b->ring &&
	    a->replica.seq == b->replica.seq &&
	    a->replica.epoch.count == b->replica.epoch.count &&
	    a->replica.epoch.node == b->replica.epoch.node &&
	    memcmp(a->image.is, b->image.is, sizeof(a->image.is)))
		wrong("images in sync differ");
}

void world_check(void)
{
	for (uint32_t i = 0; i < w.nr_disks; i++) {
		const struct place *p = &w.place[i];

		if (!is_in_sync(p))
			continue;
		check_whole(p);
		for (uint32_t j = 0; j < i && is_where_it_was(p); j++)
			check_equal(p, &w.place[j]);
	}
	if (w.group.overflow)
		wrong("a queue is full");
}

void world_print(void)
{
	for (uint32_t i = 0; i < w.nr; i++) {
		const struct place *p = &w.place[i];

		printf("\t%u: %s%s%s%s ring %u, pid %u, epoch %llx of %u, "
		       "seq %llu, in sync %llx, kept %llx of %u, %llx%s, "
		       "run %llx:",
		       i, w.group.node[i].up ? "" : "down ",
		       p->alive ? replica_state_name(p->replica.state) : "-",
		       p->has ? " has it" : "",
		       p->replica.asking ? " asking" : "", w.group.node[i].ring,
		       p->pid, (unsigned long long)p->replica.epoch.count,
		       p->replica.epoch.node,
		       (unsigned long long)p->replica.seq,
		       (unsigned long long)p->replica.in_sync,
		       (unsigned long long)p->record.epoch.count,
		       p->record.epoch.node,
		       (unsigned long long)p->record.in_sync,
		       p->record.partial ? " partial" : "",
		       (unsigned long long)p->replica.run);
		for (uint32_t j = 0; j < IMAGE_BLOCKS; j++)
			printf(" %u", p->image.is[j]);
		printf("\n");
	}
}

/* Peace */

/* If it waits for something that nobody says */
static bool peace_late(uint32_t node)
{
	const struct replica *r = &w.place[node].replica;

	return w.place[node].alive && (r->asking || r->writing || r->run) &&
	       place_late(node);
}

static bool peace_round(void)
{
	static const enum event events[] = { EVENT_BOOT, EVENT_START,
					     EVENT_FENCE, EVENT_ORDER,
					     EVENT_DELIVER };
	bool any = false;

	for (uint32_t i = 0; i < w.nr; i++)
		for (size_t j = 0; j < sizeof(events) / sizeof(*events); j++)
			while (world_event(events[j], i, 0) && !w.wrong) {
				any = true;
				world_check();
			}
	for (uint32_t i = 0; !any && i < w.nr; i++)
		any = peace_late(i);
	for (uint32_t i = 0; !any && i < w.nr; i++)
		any = world_event(EVENT_PROMOTE, i, 0);
	return any;
}

static bool is_quiet(void)
{
	uint64_t leaders = 0, in_sync = 0;

	for (uint32_t i = 0; i < w.nr_disks; i++) {
		const struct place *p = &w.place[i];

		leaders += p->alive && p->replica.state == REPLICA_LEADING;
		in_sync += is_in_sync(p);
	}
	return leaders == 1 && in_sync == w.nr_disks;
}

static void peace_write(void)
{
	const unsigned long before = w.answered;

	for (uint32_t i = 0; i < w.nr_disks; i++)
		if (place_write(i, 17 * (i + 1)))
			break;
	while (peace_round() && !w.wrong)
		;
	if (w.answered == before && w.numbers + 1 < WRITES)
		wrong("a write is not answered in peace");
}

void world_settle(void)
{
	for (int i = 0; i < PEACE_ROUNDS && !w.wrong && peace_round(); i++)
		;
}

void world_peace(void)
{
	const uint8_t together[GROUP_NODES] = { 0 };

	for (uint32_t i = 0; i < w.nr; i++)
		world_event(EVENT_BOOT, i, 0);
	world_change(together, NULL);
	world_settle();
	if (!w.wrong && !is_quiet())
		wrong("not all are in sync in peace");
	for (uint32_t i = 0; i < IMAGE_BLOCKS && !w.wrong; i++)
		if (w.place[0].image.is[i] < w.owed[i])
			wrong("a write is lost in peace");
	if (!w.wrong)
		peace_write();
	for (uint32_t i = 1; i < w.nr_disks && !w.wrong; i++)
		if (memcmp(w.place[i].image.is, w.place[0].image.is,
			   sizeof(w.place[0].image.is)))
			wrong("images differ in peace");
}
