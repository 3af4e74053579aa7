// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of slots.  The same machine are demand.c: forks, requests and
 * donations; join.c: views, and tables that are handed on; settle.c: what needs
 * the consent of all; deliver.c: who may say what.
 *
 * State		event		what is sent or done; next state
 *
 * INIT		view with us	WAIT_VMINFO, see there
 *		leave		LEAVE
 *		timeout		REJOIN
 * WAIT_VMINFO	view		somebody joined: what was heard is forgotten.
 *				All nodes are in it, and we are the first of
 *				them: PROPOSE FOUND
 *		view without us	INIT
 *		DONATE		its entries are noted
 *		INFO		WAIT_PST; of other parameters: REFUSE, INIT
 *		PROPOSE FOUND	CONSENT, if all nodes are in the view
 *		CONSENT of all	the proposer: RUN, INFO, PARTs; RUNNING
 *		found		PROPOSE FOUND FORCED, which needs no consent
 *		leave		LEAVE; INIT
 *		timeout		REJOIN
 * WAIT_PST	view		somebody joined or the sender left: WAIT_VMINFO
 *		view without us	INIT
 *		INFO		of a table that counts more: CONFLICT, INIT
 *		PART, DONATE	its entries are noted
 *		the last PART	RUN, REQUEST of none; RUNNING
 *		leave		LEAVE; INIT
 *		timeout		REJOIN
 * RUNNING	view		somebody joined, and we are the first of those
 *				who have the same table: INFO, PARTs.  Who left
 *				is not waited for; his slots stay his.  Nothing
 *				that was proposed is valid.  We are back: again
 *				the DONATEs that were not delivered
 *		view without us	forks that wait fail; our slots stay ours
 *		INFO		as in WAIT_PST
 *		PART		newer entries are taken over
 *		our INFO, PARTs	the last PART, which is empty
 *		REQUEST		of some: DONATE, which may be of none
 *		DONATE		newer entries are taken over.  To us: FREE, and
 *				GIVE to forks that wait; all have answered: GIVE
 *				-1 to the others.  From us: NONE
 *		PROPOSE		CONSENT, if nobody who is away might object
 *		CONSENT of all	entries of ended lives have new owners
 *		fork		GIVE; without a free one REQUEST, then GIVE
 *		bound, want	REQUEST, if hardly any are free
 *		exit		FREE, and GIVE to a fork that waits
 *		forget		PROPOSE FORCED, or NOT_FORGET
 *		expired		PROPOSE, if no other is away
 *		leave		UNBIND all, DONATE all; LEAVING
 *		timeout		nobody is waited for any more; INFO, PARTs, if
 *				our table has not been delivered
 * LEAVING	DONATE of ours	nothing is left, or nobody to have it: LEAVE,
 *				INIT
 *		fork		GIVE -1
 *		others		as RUNNING; what it is given it gives away
 *
 * All else is ignored, but that a fork always gets an answer, and that an exit
 * is remembered.
 *
 * Why no slot has two owners
 *
 * Members that go from view to view together have delivered the same; others
 * may have delivered more, or less, or what only they have.  So nothing may
 * follow from a view, or from what one partition has delivered, that another
 * one could see otherwise.  Hence:
 *
 * 1. An entry of the table has a version.  Whoever learns of two takes the
 *    higher; that is all there is to a merge, in any order, any number of
 *    times.
 * 2. An owner is a *life* of a node, and only its member itself knows which
 *    slots it has: those that it founded, was given by a message or by a table
 *    that names this life, and has not given away.  What a table says of an
 *    earlier life of the node it does not use: that life may have given it to
 *    somebody of whom this partition has not heard.
 * 3. Only the owner gives a slot away, with a version that is one higher.  From
 *    the moment at which it does it never uses the slot again, whatever views
 *    come: it cannot know who has delivered the donation.  If it is cut off
 *    from the group before it has delivered it itself it sends it again.  A
 *    donation to one who has gone is his, and has the fate of his other slots.
 * 4. Slots of a life that has ended (its process died, its node began anew, an
 *    administrator said so) are nobody's to take by himself.  One proposes, all
 *    nodes that are not said to be dead consent, and when the last consent is
 *    delivered they are the new life's of the same node, or, if the node is
 *    away, of the first member.  That all are there and have the same table
 *    means that nobody knows better; that all have consented means that no
 *    other partition can have had the consent of all.
 * 5. A node whose SYSTASK died still has its processes.  It is among the dead
 *    only if all members have seen its SYSTASK die and not come back, and after
 *    slots_expired().
 * 6. The first table is founded likewise: by consent of all nodes that they
 *    have none; or by order of an administrator, who has to know that.
 */
#include <stddef.h>
#include <string.h>

#include "slots_parts.h"

/* Shares: each node may have min; one that has more can be asked for it. */
uint32_t slots_min(const struct slots *s)
{
	return s->is.nr_slots / s->is.nr_nodes;
}

/* Below so many free ones a node asks for more. */
uint32_t slots_low(const struct slots *s)
{
	return slots_min(s) / 2;
}

/* What it may have, so that all others that are there can have their share */
uint32_t slots_max(const struct slots *s)
{
	uint32_t others = 0, i;

	for (i = 0; i < s->nr_members; i++)
		if (s->member[i].id.life && !slots_is_me(s, &s->member[i].id))
			others++;
	if (others >= s->is.nr_nodes)
		others = s->is.nr_nodes - 1;
	return s->is.nr_slots - slots_min(s) * others;
}

uint32_t slots_count(const struct slots *s, enum slots_use use)
{
	uint32_t i, n = 0;

	for (i = 0; i < s->is.nr_slots; i++)
		n += s->slot[i].use == use;
	return n;
}

void slots_act(struct slots *s, const struct slots_action *action)
{
	s->ops->act(s->arg, action);
}

struct slots_msg *slots_message(struct slots *s, enum slots_type type)
{
	struct slots_msg *m = &s->msg;

	memset(m, 0, offsetof(struct slots_msg, id));
	m->type = type;
	m->table = s->table;
	m->life = s->is.life;
	return m;
}

void slots_send(struct slots *s)
{
	s->ops->send(s->arg, &s->msg);
}

void slots_init(struct slots *s, const struct slots_config *config,
		const struct slots_ops *ops, void *arg)
{
	memset(s, 0, sizeof(*s));
	s->is = *config;
	s->ops = ops;
	s->arg = arg;
}

void slots_found_process(struct slots *s, uint32_t slot)
{
	if (s->state == SLOTS_INIT && slot < s->is.nr_slots)
		s->slot[slot].use = SLOTS_HELD;
}

static bool life_is_me(const struct slots *s, const struct slots_life *life)
{
	return life->node == s->is.node && life->number == s->is.life;
}

/*
 * The slot was another's, or of an ended life, and is ours.  One that was given
 * away can have been delivered elsewhere, and have been given back.
 */
static void slot_gain(struct slots_slot *slot)
{
	if (slot->use == SLOTS_NONE || slot->use == SLOTS_DONATING)
		slot->use = SLOTS_FREE;
	else if (slot->use == SLOTS_HELD)
		slot->use = SLOTS_USED;
}

/*
 * A process in a slot that has another owner can only be when an administrator
 * was wrong, or this node's driver did not do what slots_expired() says.
 */
static void slot_lose(struct slots *s, uint32_t i)
{
	struct slots_slot *slot = &s->slot[i];
	enum slots_use use = slot->use;

	if (use == SLOTS_HELD && slot->owner.node == s->is.node)
		return;
	slot->use = SLOTS_NONE;
	if (use == SLOTS_USED || use == SLOTS_HELD)
		slots_act_slot(s, SLOTS_DO_UNBIND, (int)i, 0);
}

void slots_learn(struct slots *s, const struct slots_entry *e)
{
	struct slots_slot *slot = &s->slot[e->slot];
	bool mine = life_is_me(s, &e->owner) ||
		    (SLOTS_FAULT(5) && e->owner.node == s->is.node);

	if (e->version <= slot->version &&
	    !(SLOTS_FAULT(4) && e->version < slot->version))
		return;
	slot->version = e->version;
	slot->owner = e->owner;
	if (!slots_has_table(s))
		return;
	if (mine)
		slot_gain(slot);
	else
		slot_lose(s, e->slot);
}

/* A newcomer has none before it has the whole table. */
void slots_take_over(struct slots *s)
{
	uint32_t i;

	for (i = 0; i < s->is.nr_slots; i++) {
		if (life_is_me(s, &s->slot[i].owner) ||
		    (SLOTS_FAULT(5) && s->slot[i].owner.node == s->is.node))
			slot_gain(&s->slot[i]);
		else
			slot_lose(s, i);
	}
}
