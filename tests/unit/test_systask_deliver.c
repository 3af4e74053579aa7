// SPDX-License-Identifier: GPL-2.0-or-later
/* systask/deliver: what a member of the group may say of slots */
#include <string.h>

#include "systask/slots.h"
#include "suite.h"

#define SLOTS 10
#define ME    0
#define PEER  1
#define LIFE  7 /* of the peer */

/* What was sent and not delivered yet */
static struct slots_msg sent[16];
static int nr_sent;

static struct slots s;
static const struct slots_id me = { .node = ME, .pid = 100, .life = 5 };
static const struct slots_id peer = { .node = PEER, .pid = 200, .life = LIFE };

static void note_message(void *arg, const struct slots_msg *m)
{
	(void)arg;
	ck_assert_int_lt(nr_sent, 16);
	sent[nr_sent++] = *m;
}

static void ignore(void *arg, const struct slots_action *a)
{
	(void)arg;
	(void)a;
}

static void deliver_sent(void)
{
	for (int i = 0; i < nr_sent; i++)
		slots_deliver(&s, &me, &sent[i]);
	nr_sent = 0;
}

static void consent(void)
{
	slots_deliver(&s, &peer,
		      &(struct slots_msg){ .type = SLOTS_CONSENT,
					   .life = LIFE,
					   .nonce = s.proposal,
					   .flags = SLOTS_LAST,
					   .to = me });
}

/* In a view with the other one, where this one proposes to found a table */
static void in_view(void)
{
	static const struct slots_ops ops = { note_message, ignore };
	const struct slots_config config = { .node = ME,
					     .pid = me.pid,
					     .life = me.life,
					     .nr_nodes = 2,
					     .nr_slots = SLOTS };
	const struct slots_view view = { .nr = 2, .id = { me, peer } };

	nr_sent = 0;
	slots_init(&s, &config, &ops, NULL);
	slots_view(&s, &view);
	deliver_sent();
}

/* Two nodes: this one has founded the table, the other one has got it. */
static void two_members(void)
{
	in_view();
	consent();
	ck_assert_int_eq(s.state, SLOTS_RUNNING);
	deliver_sent();
	ck_assert_uint_eq(slots_count(&s, SLOTS_FREE), SLOTS);
	slots_deliver(&s, &peer,
		      &(struct slots_msg){ .type = SLOTS_REQUEST,
					   .table = s.table,
					   .life = LIFE,
					   .nonce = s.sent,
					   .to = me });
}

/* The peer says that slots are another's from now on. */
static void donate(uint32_t slot, const struct slots_id *to, uint64_t version)
{
	struct slots_msg m = { .type = SLOTS_DONATE,
			       .table = s.table,
			       .life = LIFE,
			       .flags = SLOTS_LAST,
			       .to = *to,
			       .nr_entries = 1 };

	m.entry[0] =
		(struct slots_entry){ slot, { to->node, to->life }, version };
	slots_deliver(&s, &peer, &m);
}

static void check_owner(uint32_t slot, const struct slots_id *owner)
{
	ck_assert_uint_eq(s.slot[slot].owner.node, owner->node);
	ck_assert_uint_eq(s.slot[slot].owner.number, owner->life);
	ck_assert_int_eq(s.slot[slot].use,
			 owner == &me ? SLOTS_FREE : SLOTS_NONE);
}

START_TEST(gifts_of_others_slots)
{
	two_members();
	donate(3, &peer, 2);
	check_owner(3, &me);
	donate(3, &peer, 9);
	check_owner(3, &me);
	donate(3, &peer, UINT64_MAX);
	check_owner(3, &me);
}
END_TEST

/* What it was given it may give back. */
START_TEST(gifts_of_own_slots)
{
	struct slots_msg m;

	two_members();
	m = (struct slots_msg){ .type = SLOTS_REQUEST,
				.table = s.table,
				.life = LIFE,
				.count = 1,
				.to = me };
	slots_deliver(&s, &peer, &m);
	ck_assert_int_eq(s.slot[SLOTS - 1].use, SLOTS_DONATING);
	deliver_sent();
	check_owner(SLOTS - 1, &peer);
	donate(SLOTS - 1, &me, 3);
	check_owner(SLOTS - 1, &me);
	donate(SLOTS - 1, &peer, 4);
	check_owner(SLOTS - 1, &me);
}
END_TEST

/* A newcomer has a table that is not this one's: versions may be missing. */
START_TEST(gifts_before_tables)
{
	const struct slots_view alone = { .nr = 1, .id = { me } };
	const struct slots_view both = { .nr = 2, .id = { me, peer } };

	two_members();
	slots_view(&s, &alone);
	slots_view(&s, &both);
	donate(3, &peer, 2);
	check_owner(3, &me);
	donate(3, &peer, 3);
	check_owner(3, &peer);
}
END_TEST

/* Who consents to a table names slots of his own processes. */
START_TEST(consents)
{
	struct slots_msg m = { .type = SLOTS_CONSENT,
			       .life = LIFE,
			       .to = me,
			       .nr_entries = 1,
			       .entry = { { 3, { ME, 99 }, 1 } } };

	in_view();
	m.nonce = s.proposal;
	slots_deliver(&s, &peer, &m);
	m.entry[0] = (struct slots_entry){ 4, { PEER, LIFE }, 1 };
	slots_deliver(&s, &peer, &m);
	consent();
	check_owner(3, &me);
	check_owner(4, &peer);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, gifts_of_others_slots);
	tcase_add_test(tc, gifts_of_own_slots);
	tcase_add_test(tc, gifts_before_tables);
	tcase_add_test(tc, consents);
}

int main(void)
{
	return suite_run("systask/deliver", add);
}
