// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * systask/slots: what the simulated group does not do, a member that the others
 * have not seen leave.
 */
#include <stdlib.h>

#include "systask/slots.h"
#include "suite.h"

#define NODES 3
#define QUEUE 64

static struct slots *node[NODES];

/* What was sent and not delivered yet, in the order of the group */
static struct {
	struct slots_id from;
	struct slots_msg m;
} * sent;
static int nr_sent;

static void note_message(void *arg, const struct slots_msg *m)
{
	const struct slots *s = arg;

	ck_assert_int_lt(nr_sent, QUEUE);
	sent[nr_sent].from.node = s->is.node;
	sent[nr_sent].from.pid = s->is.pid;
	sent[nr_sent++].m = *m;
}

static void note_action(void *arg, const struct slots_action *a)
{
	(void)arg;
	(void)a;
}

static const struct slots_ops ops = { note_message, note_action };

/* The members of set are what that node sees. */
static void see(uint32_t who, uint32_t set)
{
	static struct slots_view view;

	view.nr = 0;
	for (uint32_t i = 0; i < NODES; i++)
		if (set & 1u << i)
			view.id[view.nr++] =
				(struct slots_id){ .node = i, .pid = 100 + i };
	slots_view(node[who], &view);
}

static void deliver_all(void)
{
	for (int i = 0; i < nr_sent; i++)
		for (uint32_t n = 0; n < NODES; n++)
			slots_deliver(node[n], &sent[i].from, &sent[i].m);
	nr_sent = 0;
}

static void all_see_all(void)
{
	for (uint32_t n = 0; n < NODES; n++)
		see(n, 7);
	deliver_all();
}

static void start(void)
{
	sent = calloc(QUEUE, sizeof(*sent));
	for (uint32_t n = 0; n < NODES; n++) {
		const struct slots_config is = { .node = n,
						 .pid = 100 + n,
						 .life = 1,
						 .nr_nodes = NODES,
						 .nr_slots = 12,
						 .params = 1 };

		node[n] = calloc(1, sizeof(*node[n]));
		ck_assert_ptr_nonnull(node[n]);
		slots_init(node[n], &is, &ops, node[n]);
	}
	all_see_all();
}

static void end(void)
{
	for (uint32_t n = 0; n < NODES; n++)
		free(node[n]);
	free(sent);
}

static void ck_all_run(void)
{
	for (uint32_t n = 0; n < NODES; n++) {
		ck_assert_int_eq(node[n]->state, SLOTS_RUNNING);
		for (uint32_t i = 0; i < NODES; i++) {
			ck_assert_uint_eq(node[n]->member[i].id.life, 1);
			ck_assert(node[n]->member[i].covered);
		}
	}
}

START_TEST(a_table_is_founded)
{
	ck_all_run();
}
END_TEST

/* 1 has been without 2 for a moment, of which 2 has not heard. */
START_TEST(a_member_that_left_unseen)
{
	see(0, 1);
	see(1, 6);
	see(2, 6);
	nr_sent = 0;
	see(1, 2);
	nr_sent = 0;
	all_see_all();
	ck_all_run();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, start, end);
	tcase_add_test(tc, a_table_is_founded);
	tcase_add_test(tc, a_member_that_left_unseen);
}

int main(void)
{
	return suite_run("systask/slots", add);
}
