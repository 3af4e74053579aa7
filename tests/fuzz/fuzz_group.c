// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of a group from a member that lies: made by chance, mutated, decoded
 * and delivered to the machines of one that does not, slots and pst, between
 * views and what its own node does.
 *
 *	fuzz_group SEED RUNS SECONDS
 *
 * RUNS messages, or if it is 0 as many as there are in SECONDS.  Sanitizers see
 * to memory; looked at here is what the member itself may rely on: no slot is
 * used that the table does not give it, every fork is answered once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/util.h"
#include "lib/dice.h"
#include "systask/pst_record.h"
#include "systask/record.h"

#define NODES  4
#define ME     1
#define PARAMS 7
#define FORKS  16
#define EXPECT(cond)                                                    \
	do {                                                            \
		if (!(cond)) {                                          \
			fprintf(stderr, "%s:%d: not so: %s, seed %s\n", \
				__FILE__, __LINE__, #cond, seed);       \
			exit(EXIT_FAILURE);                             \
		}                                                       \
	} while (0)

/* The largest of both kinds, and bytes that are too many */
#define MOST ((RECORD_MAX > PST_RECORD_MAX ? RECORD_MAX : PST_RECORD_MAX) + 64)

static const char *seed;
static struct dice dice;
static struct slots slots;
static struct pst pst;
static struct slots_view view;
static bool waits[FORKS]; /* by cookie: a fork that is not answered */
static bool restart;
static uint32_t life = 1;
static unsigned long nr_slots, nr_pst, nr_running;

/* What the member has sent and not yet heard itself; if that is a lot, lost */
#define OWN 32
static unsigned char own[OWN][MOST];
static size_t own_size[OWN];
static uint32_t own_first, own_nr;

static uint32_t below(uint32_t limit)
{
	return dice_throw(&dice, limit);
}

/* What the member does */

static uint32_t own_place(void)
{
	own_nr += own_nr < OWN;
	return (own_first + own_nr - 1) % OWN;
}

static void slots_sends(void *arg, const struct slots_msg *m)
{
	const uint32_t i = own_place();

	(void)arg;
	own_size[i] = record_encode(own[i], m);
	EXPECT(own_size[i] <= RECORD_MAX);
}

static void slots_acts(void *arg, const struct slots_action *a)
{
	(void)arg;
	switch (a->act) {
	case SLOTS_DO_GIVE:
		EXPECT(a->cookie < FORKS && waits[a->cookie]);
		waits[a->cookie] = false;
		break;
	case SLOTS_DO_LEAVE:
	case SLOTS_DO_REFUSE:
	case SLOTS_DO_CONFLICT:
	case SLOTS_DO_REJOIN:
		restart = true;
		break;
	default:
		break;
	}
}

static void pst_sends(void *arg, const struct pst_msg *m)
{
	const uint32_t i = own_place();

	(void)arg;
	own_size[i] = pst_encode(own[i], m);
	EXPECT(own_size[i] <= PST_RECORD_MAX);
}

static void pst_acts(void *arg, const struct pst_action *a)
{
	(void)arg;
	EXPECT(a->node < SLOTS_NODES && a->fact);
	EXPECT(strnlen(a->fact->text, PST_TEXT) < PST_TEXT);
}

static const struct slots_ops slots_ops = { slots_sends, slots_acts };
static const struct pst_ops pst_ops = { pst_sends, pst_acts };

static void member_begin(void)
{
	const uint32_t next = life + 1;
	const struct slots_config config = {
		.node = ME,
		.pid = 100 + ME,
		.life = next,
		.nr_nodes = NODES,
		.nr_slots = SLOTS_MAX - below(2),
		.params = PARAMS,
	};

	life = next;
	own_nr = 0;
	memset(waits, 0, sizeof(waits));
	slots_init(&slots, &config, &slots_ops, NULL);
	pst_init(&pst, ME, &pst_ops, NULL);
	restart = false;
}

/* The rules that lies must not break */
static void member_check(void)
{
	uint32_t i;

	if (slots.state != SLOTS_RUNNING && slots.state != SLOTS_LEAVING)
		return;
	nr_running++;
	for (i = 0; i < slots.is.nr_slots; i++) {
		const struct slots_slot *s = &slots.slot[i];

		if (s->use == SLOTS_FREE || s->use == SLOTS_USED ||
		    s->use == SLOTS_DONATING)
			EXPECT(s->owner.node == ME &&
			       s->owner.number == slots.is.life);
	}
}

/* What the group and the node do */

static void view_change(void)
{
	uint32_t node;

	view.nr = view.nr_left = 0;
	for (node = 0; node < NODES; node++) {
		const struct slots_id id = { .node = node, .pid = 100 + node };

		if (node == ME ? below(8) : below(4))
			view.id[view.nr++] = id;
		if (below(4) || node == ME)
			continue;
		view.left[view.nr_left].id = id;
		view.left[view.nr_left++].reason =
			(enum slots_reason)below(SLOTS_PROCDOWN + 1);
	}
	slots_view(&slots, &view);
	pst_view(&pst, &view);
}

static void node_forks(void)
{
	uint32_t cookie = below(FORKS);

	if (waits[cookie])
		return;
	waits[cookie] = true;
	slots_fork(&slots, cookie);
}

static struct pst_fact some_fact(void)
{
	static const char *const texts[] = { "a", "b", "c", "" };
	struct pst_fact fact = {
		.kind = below(2) ? PST_PROC : PST_NAME,
		.endpoint = (int32_t)below(6) - 2,
		.since = below(4),
		.incarnation = below(3),
	};

	strcpy(fact.text, texts[below(fact.kind == PST_NAME ? 3 : 4)]);
	return fact;
}

static void node_does(void)
{
	struct pst_fact fact = some_fact();

	switch (below(10)) {
	case 0:
		view_change();
		break;
	case 1:
		slots_timeout(&slots);
		break;
	case 2:
		slots_expired(&slots, below(NODES));
		break;
	case 3:
		if (!below(8))
			slots_leave(&slots);
		break;
	case 4:
		slots_forget(&slots, below(1 << NODES));
		break;
	case 5:
		slots_found(&slots);
		break;
	case 6:
		slots_exit(&slots, below(SLOTS_MAX));
		break;
	case 7:
		pst_unbound(&pst, fact.endpoint);
		break;
	case 8:
		if (fact.kind == PST_PROC)
			pst_bound(&pst, &fact);
		else
			pst_publish(&pst, &fact);
		break;
	default:
		node_forks();
	}
}

/* What the liar says */

static struct slots_id some_id(void)
{
	const uint32_t node = below(NODES + 1);

	return (struct slots_id){
		.node = node,
		.pid = 100 + node,
		.life = node == ME && below(2) ? slots.is.life : below(3),
	};
}

static size_t slots_some(unsigned char *bytes)
{
	static struct slots_msg m;
	uint32_t i;

	memset(&m, 0, sizeof(m));
	m.type = (enum slots_type)(1 + below(SLOTS_TYPES - 1));
	m.table = below(2) ? slots.table : below(3);
	m.life = 1 + below(2);
	m.nonce = below(2) ? slots.nonce : below(3);
	m.count = below(4);
	if (m.type == SLOTS_REQUEST || m.type == SLOTS_DONATE ||
	    m.type == SLOTS_CONSENT)
		m.to = below(2) ? slots.proposer : some_id();
	if (m.type == SLOTS_PROPOSE) {
		m.flags = below(4);
		m.dead = below(1 << NODES);
	} else if (m.type == SLOTS_DONATE || m.type == SLOTS_CONSENT) {
		m.flags = below(2) ? SLOTS_LAST : 0;
	} else if (m.type == SLOTS_INFO) {
		m.count++;
		m.params = PARAMS - !below(16);
		m.nr_ids = below(SLOTS_MEMBERS + 1);
	}
	if (m.type == SLOTS_DONATE || m.type == SLOTS_CONSENT ||
	    m.type == SLOTS_PART)
		m.nr_entries = below(SLOTS_ENTRIES + 1);
	for (i = 0; i < m.nr_ids; i++)
		m.id[i] = some_id();
	for (i = 0; i < m.nr_entries; i++) {
		struct slots_id owner = below(2) ? m.to : some_id();

		m.entry[i] = (struct slots_entry){
			.slot = below(SLOTS_MAX),
			.owner = { owner.node, owner.life },
			.version = below(8) ? below(6) : UINT64_MAX >> below(9),
		};
	}
	return record_encode(bytes, &m);
}

static size_t pst_some(unsigned char *bytes)
{
	static struct pst_msg m;
	uint32_t i;

	m.type = (enum pst_type)(1 + below(PST_TYPES - 1));
	m.flags = m.type == PST_STATE ? below(4) : 0;
	m.nr = m.type == PST_STATE ? below(PST_FACTS + 1) : 1;
	for (i = 0; i < m.nr; i++)
		m.fact[i] = some_fact();
	return pst_encode(bytes, &m);
}

static size_t mutate(unsigned char *bytes, size_t size)
{
	uint32_t n = below(3);

	while (n-- && size) {
		if (!below(8))
			size = below((uint32_t)size + 1);
		else if (!below(8) && size < MOST)
			bytes[size++] = (unsigned char)below(256);
		else
			bytes[below((uint32_t)size)] =
				(unsigned char)below(256);
	}
	return size;
}

/* From a buffer of just that size: what reads beyond it is seen. */
static void hear(uint32_t node, const unsigned char *bytes, size_t size)
{
	static struct slots_msg s;
	static struct pst_msg p;
	const struct slots_id from = { .node = node, .pid = 100 + node };
	unsigned char *copy = malloc(size ? size : 1);

	EXPECT(copy);
	memcpy(copy, bytes, size);
	if (record_decode(&s, copy, size) == RECORD_OK) {
		nr_slots++;
		slots_deliver(&slots, &from, &s);
	} else if (pst_decode(&p, copy, size) == RECORD_OK) {
		nr_pst++;
		pst_deliver(&pst, &from, &p);
	}
	free(copy);
}

static void hear_own(void)
{
	static unsigned char bytes[MOST];
	const size_t size = own_size[own_first];

	memcpy(bytes, own[own_first], size);
	own_first = (own_first + 1) % OWN;
	own_nr--;
	hear(ME, bytes, size);
}

static void run_once(void)
{
	static unsigned char bytes[MOST];
	size_t size = below(2) ? slots_some(bytes) : pst_some(bytes);

	if (below(2))
		size = mutate(bytes, size);
	hear(below(NODES), bytes, size);
	while (own_nr && below(4))
		hear_own();
	if (!below(8))
		node_does();
	member_check();
	if (restart) {
		member_begin();
		view_change();
	}
}

int main(int argc, char **argv)
{
	unsigned long runs, done = 0;
	time_t end;

	if (argc != 4) {
		fprintf(stderr, "usage: fuzz_group SEED RUNS SECONDS\n");
		return 2;
	}
	seed = argv[1];
	dice.state = strtoull(seed, NULL, 0);
	runs = strtoul(argv[2], NULL, 0);
	end = time(NULL) + atoi(argv[3]);
	member_begin();
	view_change();
	while (runs ? done < runs : time(NULL) < end) {
		run_once();
		done++;
	}
	EXPECT(nr_slots > done / 8 && nr_pst > done / 8 && nr_running);
	printf("fuzz: seed %s, %lu messages, good: %lu of slots, %lu of "
	       "processes, to one with a table: %lu\n",
	       seed, done, nr_slots, nr_pst, nr_running);
	return EXIT_SUCCESS;
}
