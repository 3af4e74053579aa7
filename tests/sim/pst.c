// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Histories of the process table: processes that publish names and withdraw
 * them, end, and learn that a name is lost, while members end and nodes are cut
 * off, under the rules of lib/group.h.
 *
 *	pst [-n COUNT] [-e EVENTS] [-f FAULT] [-s SEED] [-v]
 *
 * Without arguments: so many histories; then each of the faults below is put
 * into the machine and has to be found.  -s replays a seed, -v shows it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/util.h"
#include "lib/group.h"
#include "lib/histories.h"
#include "systask/pst_record.h"

#define PEACE_STEPS 20000
#define PROCS       2 /* of a node, besides one in a system slot */
#define NAMES       3

int pst_fault;

static const struct histories_fault faults[] = {
	{ 1, "a name is decided before all have said what they have" },
	{ 2, "a name goes here before the others know that it goes" },
	{ 3, "what was undecided is not sent again" },
	{ 4, "after a merge the younger one keeps the name" },
	{ 5, "a STATE repeats what is leaving" },
	{ 6, "a name of who has gone meanwhile stays" },
	{ 7, "what a STATE does not repeat stays" },
	{ 8, "what was sent before the STATE counts" },
	{ 9, "a STATE is sent while one is on its way" },
	{ 10, "a name stays leaving when its GONE is lost" },
};

enum event {
	EVENT_ORDER,
	EVENT_DELIVER,
	EVENT_START,
	EVENT_KILL,
	EVENT_CRASH,
	EVENT_BOOT,
	EVENT_PUBLISH,
	EVENT_WITHDRAW,
	EVENT_END,
	EVENT_DISCONNECT,
	EVENT_CHANGE,
	EVENTS
};

static const unsigned int weights[EVENTS] = {
	[EVENT_ORDER] = 300,  [EVENT_DELIVER] = 600,  [EVENT_START] = 60,
	[EVENT_KILL] = 10,    [EVENT_CRASH] = 5,      [EVENT_BOOT] = 25,
	[EVENT_PUBLISH] = 80, [EVENT_WITHDRAW] = 40,  [EVENT_END] = 15,
	[EVENT_CHANGE] = 25,  [EVENT_DISCONNECT] = 4,
};

/* A process, as it sees itself */
struct process {
	int32_t endpoint;
	uint64_t incarnation;
	bool asked[NAMES];
	bool has[NAMES];
	uint64_t since[NAMES];
};

struct place {
	bool alive; /* its member */
	struct pst pst;
	bool server;  /* in the system slot of all nodes */
	bool entered; /* another node's in that slot, as the driver has it */
	uint32_t entered_node;
	struct process proc[PROCS];
};

struct world {
	uint32_t nr;
	uint64_t clock;
	uint32_t lives;
	struct group group;
	struct place place[GROUP_NODES];
	const char *wrong;
	bool verbose;
	unsigned long decided;
};

static struct world w;

static void world_wrong(const char *what)
{
	if (!w.wrong)
		w.wrong = what;
}

static int name_number(const char *text)
{
	return text[0] - 'a';
}

static struct process *process_find(struct place *p, int32_t endpoint)
{
	for (int i = 0; i < PROCS; i++)
		if (p->proc[i].endpoint == endpoint)
			return &p->proc[i];
	return NULL;
}

static void place_send(void *arg, const struct pst_msg *m)
{
	const uint32_t node = (uint32_t)(uintptr_t)arg;
	static unsigned char bytes[PST_RECORD_MAX];
	static struct pst_msg copy;

	if (pst_decode(&copy, bytes, pst_encode(bytes, m)) != RECORD_OK)
		world_wrong("a message that nobody would take");
	if (w.verbose)
		printf("\t%u sends %d, flags %u, %u facts, %s of %d\n", node,
		       m->type, m->flags, m->nr, m->nr ? m->fact[0].text : "",
		       m->nr ? m->fact[0].endpoint : 0);
	group_send(&w.group, node, &copy);
}

static void place_decided(struct place *p, const struct pst_action *a)
{
	struct process *proc = process_find(p, a->fact->endpoint);
	const int name = name_number(a->fact->text);

	if (!proc)
		return;
	if (!proc->asked[name])
		world_wrong("an answer that nobody waits for");
	proc->asked[name] = false;
	proc->has[name] = a->refusal == PST_OK;
	proc->since[name] = a->fact->since;
	w.decided++;
}

static void place_act(void *arg, const struct pst_action *a)
{
	const uint32_t node = (uint32_t)(uintptr_t)arg;
	struct place *p = &w.place[node];
	struct process *proc;

	if (w.verbose)
		printf("\t%u does %d, node %u, refusal %d, %s of %d\n", node,
		       a->act, a->node, a->refusal, a->fact->text,
		       a->fact->endpoint);
	switch (a->act) {
	case PST_DO_ENTER:
		if (p->entered || p->server)
			world_wrong("entered where there is one");
		p->entered = true;
		p->entered_node = a->node;
		break;
	case PST_DO_REMOVE:
		if (!p->entered || p->entered_node != a->node)
			world_wrong("removed what is not there");
		p->entered = false;
		break;
	case PST_DO_DECIDED:
		place_decided(p, a);
		break;
	case PST_DO_LOST:
		proc = process_find(p, a->fact->endpoint);
		if (proc)
			proc->has[name_number(a->fact->text)] = false;
		break;
	default:
		break;
	}
}

static const struct pst_ops ops = { .send = place_send, .act = place_act };

static struct pst_fact name_fact(const struct process *proc, int name)
{
	struct pst_fact fact = { .kind = PST_NAME,
				 .endpoint = proc->endpoint,
				 .incarnation = proc->incarnation };

	fact.text[0] = (char)('a' + name);
	return fact;
}

static struct pst_fact server_fact(uint32_t node)
{
	struct pst_fact fact = { .kind = PST_PROC, .since = 1 + node % 2 };

	strcpy(fact.text, "server");
	fact.incarnation = node + 1;
	return fact;
}

static void process_begin(uint32_t node, struct process *proc)
{
	*proc = (struct process){ .endpoint = (int32_t)(1000 + ++w.clock),
				  .incarnation = w.clock };
	(void)node;
}

static void member_start(uint32_t node)
{
	struct place *p = &w.place[node];
	const struct slots_id me = { .node = node, .pid = ++w.lives };
	struct pst_fact fact;

	pst_init(&p->pst, node, &ops, (void *)(uintptr_t)node);
	p->entered = false;
	p->alive = true;
	for (int i = 0; i < PROCS; i++) {
		for (int n = 0; n < NAMES; n++) {
			p->proc[i].asked[n] = false;
			if (!p->proc[i].has[n])
				continue;
			fact = name_fact(&p->proc[i], n);
			fact.since = p->proc[i].since[n];
			pst_had(&p->pst, &fact);
		}
	}
	if (p->server) {
		fact = server_fact(node);
		pst_bound(&p->pst, &fact);
	}
	group_join(&w.group, &me);
}

static void node_crash(uint32_t node)
{
	struct place *p = &w.place[node];

	group_down(&w.group, node);
	p->alive = false;
	for (int i = 0; i < PROCS; i++)
		process_begin(node, &p->proc[i]);
}

/* Its daemon ends and starts again; its member, the same, joins again. */
static void node_disconnect(uint32_t node)
{
	const struct slots_id me = w.group.node[node].process;
	const struct slots_view view = { 0 };

	group_down(&w.group, node);
	group_up(&w.group, node);
	pst_view(&w.place[node].pst, &view);
	group_join(&w.group, &me);
}

static bool node_publish(uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	struct process *proc = &p->proc[arg % PROCS];
	const int name = (int)(arg / PROCS % NAMES);
	struct pst_fact fact = name_fact(proc, name);

	if (!p->alive || proc->asked[name] || proc->has[name])
		return false;
	fact.since = ++w.clock;
	proc->asked[name] = true;
	if (!pst_publish(&p->pst, &fact))
		proc->asked[name] = false;
	return true;
}

static bool node_withdraw(uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	struct process *proc = &p->proc[arg % PROCS];
	const int name = (int)(arg / PROCS % NAMES);

	if (!p->alive || !proc->has[name])
		return false;
	if (!pst_withdraw(&p->pst, proc->endpoint, name_fact(proc, name).text))
		world_wrong("a name is not there that a process has");
	proc->has[name] = false;
	return true;
}

/* A process ends, and another one begins; or the server does. */
static bool node_end(uint32_t node, uint32_t arg)
{
	struct place *p = &w.place[node];
	struct process *proc = &p->proc[arg % PROCS];
	const struct pst_fact fact = server_fact(node);
	int32_t endpoint = proc->endpoint;

	if (!p->alive)
		return false;
	if (arg / 16 % 2) {
		process_begin(node, proc);
		pst_unbound(&p->pst, endpoint);
	} else if (p->server) {
		p->server = false;
		pst_unbound(&p->pst, fact.endpoint);
	} else if (!p->entered) {
		p->server = true;
		pst_bound(&p->pst, &fact);
	}
	return true;
}

static void node_deliver(uint32_t node)
{
	struct place *p = &w.place[node];
	static struct group_item item;
	struct slots_view view;

	if (!group_deliver(&w.group, node, &item, &view) || !p->alive)
		return;
	if (w.verbose)
		printf("\t%u delivers %d of %u\n", node, item.kind,
		       item.from.node);
	if (item.kind == GROUP_MSG)
		pst_deliver(&p->pst, &item.from, &item.msg);
	else
		pst_view(&p->pst, &view);
}

static bool world_event(enum event event, uint32_t node, uint32_t arg)
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
		if (!w.group.node[node].in.nr)
			return false;
		node_deliver(node);
		return true;
	case EVENT_START:
		if (!up || p->alive)
			return false;
		member_start(node);
		return true;
	case EVENT_KILL:
		if (!p->alive)
			return false;
		p->alive = false;
		group_leave(&w.group, node, SLOTS_PROCDOWN);
		return true;
	case EVENT_CRASH:
		if (!up)
			return false;
		node_crash(node);
		return true;
	case EVENT_BOOT:
		if (up)
			return false;
		group_up(&w.group, node);
		return true;
	case EVENT_DISCONNECT:
		if (!up || !p->alive)
			return false;
		node_disconnect(node);
		return true;
	case EVENT_PUBLISH:
		return node_publish(node, arg);
	case EVENT_WITHDRAW:
		return node_withdraw(node, arg);
	case EVENT_END:
		return node_end(node, arg);
	default:
		return false;
	}
}

/* Whether two have delivered the same, and all that there is in this view */
static bool is_even(uint32_t a, uint32_t b)
{
	const struct group_node *x = &w.group.node[a], *y = &w.group.node[b];

	return w.place[a].alive && w.place[b].alive && x->up && y->up &&
	       x->ring == y->ring && x->seq == y->seq && x->joined &&
	       y->joined && (!x->in.nr || x->in.item[0].ring == x->ring) &&
	       (!y->in.nr || y->in.item[0].ring == y->ring) &&
	       (!x->in.nr || x->in.item[0].kind != GROUP_RING) &&
	       (!y->in.nr || y->in.item[0].kind != GROUP_RING) &&
	       pst_is_settled(&w.place[a].pst) &&
	       pst_is_settled(&w.place[b].pst);
}

static bool has_same(const struct pst *x, const struct pst *y)
{
	const struct pst_entry *e, *f;
	char text[2] = "a";

	for (; text[0] < 'a' + NAMES; text[0]++) {
		e = pst_find(x, text);
		f = pst_find(y, text);
		if (e && !pst_is_reachable(x, e))
			e = NULL;
		if (f && !pst_is_reachable(y, f))
			f = NULL;
		if (!e != !f || (e && (e->node != f->node ||
				       e->fact.endpoint != f->fact.endpoint)))
			return false;
	}
	return true;
}

static void world_check(void)
{
	if (w.group.overflow)
		world_wrong("the simulation has too little room");
	for (uint32_t i = 0; i < w.nr; i++)
		for (uint32_t j = i + 1; j < w.nr; j++)
			if (is_even(i, j) &&
			    !has_same(&w.place[i].pst, &w.place[j].pst))
				world_wrong("two tables differ");
}

static void world_print(void)
{
	for (uint32_t i = 0; i < w.nr; i++) {
		const struct pst *t = &w.place[i].pst;

		printf("\t%u ring %u%s%s:", i, w.group.node[i].ring,
		       w.place[i].alive ? "" : " dead",
		       pst_is_settled(t) ? "" : " unsettled");
		for (uint32_t j = 0; j < t->nr; j++)
			printf(" %s=%u.%d%s", t->entry[j].fact.text,
			       t->entry[j].node, t->entry[j].fact.endpoint,
			       t->entry[j].leaving ? "-" : "");
		printf("\n");
	}
}

static void world_settle(void)
{
	uint32_t left = PEACE_STEPS, i;
	bool any = true;

	while (any && !w.wrong) {
		any = false;
		for (i = 0; i < w.nr; i++) {
			any |= world_event(EVENT_ORDER, i, 0);
			any |= world_event(EVENT_DELIVER, i, 0);
			world_check();
		}
		if (!left--)
			world_wrong("messages without end");
	}
}

/* What processes think they have is what all tables say, and nothing else. */
static void check_process(uint32_t node, const struct process *proc)
{
	const struct pst_entry *e;

	for (int n = 0; n < NAMES; n++) {
		if (proc->asked[n])
			world_wrong("a name was never decided");
		for (uint32_t i = 0; proc->has[n] && i < w.nr; i++) {
			e = pst_find(&w.place[i].pst, name_fact(proc, n).text);
			if (!e || e->node != node ||
			    e->fact.endpoint != proc->endpoint)
				world_wrong("a name is not known to be its "
					    "owner's");
		}
	}
}

static void check_table(const struct pst *t)
{
	for (uint32_t i = 0; i < t->nr; i++) {
		const struct pst_entry *e = &t->entry[i];
		struct process *proc;

		if (e->fact.kind != PST_NAME)
			continue;
		proc = process_find(&w.place[e->node], e->fact.endpoint);
		if (!proc || !proc->has[name_number(e->fact.text)])
			world_wrong("a name belongs to nobody");
	}
}

static void check_peace(void)
{
	const struct pst_entry *holder;

	for (uint32_t i = 0; i < w.nr; i++) {
		struct place *p = &w.place[i];

		if (!pst_is_settled(&p->pst))
			world_wrong("a table is not settled");
		for (int k = 0; k < PROCS; k++)
			check_process(i, &p->proc[k]);
		check_table(&p->pst);
		holder = pst_holder(&p->pst, 0);
		if (p->entered != (holder && holder->node != i) ||
		    (p->entered && !w.place[p->entered_node].server))
			world_wrong("the driver has another process");
	}
}

static void world_peace(void)
{
	const uint8_t together[GROUP_NODES] = { 0 };
	uint8_t apart[GROUP_NODES];
	uint32_t i, round;

	for (i = 0; i < w.nr; i++)
		world_event(EVENT_BOOT, i, 0);
	world_settle();
	for (round = 0; round < 2; round++) {
		/* Ghosts end when rings change. */
		for (i = 0; i < w.nr; i++)
			apart[i] = (uint8_t)(i + !round);
		group_change(&w.group, round ? together : apart, NULL);
		world_settle();
	}
	for (i = 0; i < w.nr; i++)
		world_event(EVENT_START, i, 0);
	world_settle();
	check_peace();
}

static void change_throw(struct dice *dice)
{
	const unsigned int parts =
		dice_throw(dice, 2) ? 1 : 1 + dice_throw(dice, w.nr);
	uint8_t part[GROUP_NODES];

	for (uint32_t i = 0; i < w.nr; i++)
		part[i] = (uint8_t)dice_throw(dice, parts);
	if (w.verbose)
		printf("\tparts %u %u %u %u %u\n", part[0], part[1], part[2],
		       part[3], part[4]);
	group_change(&w.group, part, dice);
}

static enum event event_throw(struct dice *dice)
{
	unsigned int all = 0, n, i;

	for (i = 0; i < EVENTS; i++)
		all += weights[i];
	n = dice_throw(dice, all);
	for (i = 0; n >= weights[i]; i++)
		n -= weights[i];
	return (enum event)i;
}

static bool step_throw(struct dice *dice)
{
	const enum event event = event_throw(dice);
	const uint32_t node = dice_throw(dice, w.nr);
	const uint32_t arg = dice_throw(dice, 1u << 16);

	if (event == EVENT_CHANGE)
		change_throw(dice);
	else if (!world_event(event, node, arg))
		return false;
	if (w.verbose) {
		printf("event %d at %u, %u\n", event, node, arg);
		world_print();
	}
	world_check();
	return true;
}

static void prepare(struct dice *dice)
{
	const uint8_t together[GROUP_NODES] = { 0 };
	const bool verbose = w.verbose;

	memset(&w, 0, sizeof(w));
	w.verbose = verbose;
	w.nr = 2 + dice_throw(dice, GROUP_NODES - 1);
	group_init(&w.group, w.nr);
	for (uint32_t i = 0; i < w.nr; i++) {
		for (int k = 0; k < PROCS; k++)
			process_begin(i, &w.place[i].proc[k]);
		world_event(EVENT_BOOT, i, 0);
	}
	group_change(&w.group, together, dice);
	for (uint32_t i = 0; i < w.nr; i++)
		world_event(EVENT_START, i, 0);
	world_settle();
}

static const char *history(unsigned long long seed, unsigned int events)
{
	struct dice dice = { .state = seed };
	unsigned int done = 0;

	prepare(&dice);
	while (done < events && !w.wrong)
		done += step_throw(&dice);
	if (w.verbose)
		printf("peace\n");
	if (!w.wrong)
		world_peace();
	if (w.verbose)
		world_print();
	return w.wrong;
}

/* Of all histories */
static unsigned long all_decided;

static void history_count(void)
{
	all_decided += w.decided;
}

static void histories_print(void)
{
	printf("%lu names decided\n", all_decided);
}

int main(int argc, char **argv)
{
	static const struct histories histories = {
		.fault = &pst_fault,
		.verbose = &w.verbose,
		.faults = faults,
		.nr_faults = ARRAY_SIZE(faults),
		.play = history,
		.count = history_count,
		.print = histories_print,
	};

	return histories_main(&histories, argc, argv);
}
