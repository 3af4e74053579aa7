// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of a group from a member that lies: made by chance, mutated, decoded
 * and delivered to the machines of one that does not, slots, pst and moves,
 * between views and what its own node does.
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
#include "systask/moves_record.h"
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

/* The largest of all kinds, and bytes that are too many */
#define MOST \
	((RECORD_MAX > MOVES_RECORD_MAX ? RECORD_MAX : MOVES_RECORD_MAX) + 64)
_Static_assert(PST_RECORD_MAX < MOST, "those of pst have room, too");

static const char *seed;
static struct dice dice;
static struct slots slots;
static struct pst pst;
static struct moves moves;
static bool has[4], held[4]; /* a process, and the driver holds it */
static struct slots_view view;
static bool waits[FORKS]; /* by cookie: a fork that is not answered */
static bool restart;
static uint32_t life = 1;
static unsigned long nr_slots, nr_pst, nr_moves, nr_running;

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

static void moves_sends(void *arg, const struct moves_msg *m)
{
	const uint32_t i = own_place();

	(void)arg;
	own_size[i] = moves_encode(own[i], m);
	EXPECT(own_size[i] <= MOVES_RECORD_MAX);
}

static int moves_starts(void *arg, int32_t endpoint, enum moves_role role,
			const struct moves_want *want)
{
	(void)arg, (void)want;
	EXPECT(role != MOVES_FORMER || has[endpoint & 3]);
	return (int)below(3) - 1;
}

static void moves_commits(void *arg, int32_t endpoint, uint32_t node,
			  enum moves_role role)
{
	(void)arg;
	EXPECT(node < NODES && (node == ME) == (role == MOVES_NEW));
	has[endpoint & 3] = node == ME;
	held[endpoint & 3] = false;
}

static void moves_rolls_back(void *arg, int32_t endpoint, enum moves_role role)
{
	(void)arg, (void)role;
	held[endpoint & 3] = false;
}

static void moves_fences(void *arg, int32_t endpoint)
{
	(void)arg;
	has[endpoint & 3] = held[endpoint & 3] = false;
}

static void moves_holds(void *arg, int32_t endpoint, bool hold)
{
	(void)arg;
	held[endpoint & 3] = hold;
}

static bool moves_has(void *arg, int32_t endpoint)
{
	(void)arg;
	return has[endpoint & 3];
}

static void moves_keeps(void *arg, const struct moves_kept *kept)
{
	(void)arg;
	EXPECT(kept->e.node < NODES || kept->e.node == MOVES_NOBODY);
}

static void moves_answers(void *arg, uint32_t number, enum moves_why why,
			  int32_t rc)
{
	(void)arg, (void)rc;
	EXPECT(number && why < MOVES_WHYS);
}

static const struct moves_ops moves_ops = {
	moves_sends,      moves_starts, moves_commits,
	moves_rolls_back, moves_fences, moves_holds,
	moves_has,        moves_keeps,  moves_answers,
};
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
	moves_init(&moves, &(struct moves_config){ ME, 100 + ME, next, NODES },
		   &moves_ops, NULL);
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
	moves_view(&moves, &view);
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

static void node_moves(void)
{
	const struct moves_want want = { .uid = below(2) };
	const int32_t endpoint = (int32_t)below(4);
	enum moves_why why;

	switch (below(6)) {
	case 0:
		moves_migrate(&moves, endpoint, below(NODES), below(NODES),
			      &want, &why);
		break;
	case 1:
		moves_promote(&moves, endpoint);
		break;
	case 2:
		moves_ready(&moves, endpoint, (int)below(2) - 1);
		break;
	case 3:
		moves_backup(&moves, endpoint, below(2));
		break;
	case 4:
		moves_dead(&moves, below(NODES));
		break;
	default:
		has[endpoint] = !has[endpoint];
		(has[endpoint] ? moves_bound : moves_unbound)(&moves, endpoint);
	}
}

static void node_does(void)
{
	struct pst_fact fact = some_fact();

	switch (below(12)) {
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
	case 9:
	case 10:
		node_moves();
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

static struct moves_entry some_entry(bool whole)
{
	struct moves_entry e = { .endpoint = (int32_t)below(4) };

	if (!whole)
		return e;
	e.node = below(4) ? below(NODES) : MOVES_NOBODY;
	e.term = 1 + below(3);
	e.maker = below(2) ? moves.is.life : 1 + below(2);
	e.count = below(3);
	e.revision = below(3);
	e.map = below(1 << NODES);
	return e;
}

static void moves_some_facts(struct moves_msg *m)
{
	static const enum moves_kind kinds[] = { MOVES_ENTRY, MOVES_STANDS,
						 MOVES_READY, MOVES_HAS_VOTED,
						 MOVES_HAS_DECIDED };

	if (m->type == MOVES_SET)
		m->fact[0].kind = (enum moves_kind)(1 + below(MOVES_GONE));
	for (uint32_t i = 0; i < m->nr; i++) {
		struct moves_fact *f = &m->fact[i];

		if (m->type == MOVES_STATE)
			f->kind = kinds[below(ARRAY_SIZE(kinds))];
		f->e = some_entry(f->kind == MOVES_ENTRY);
		if (f->kind >= MOVES_HAS_VOTED)
			f->id = (struct moves_id){ 1 + below(2), 1 };
	}
}

static size_t moves_some(unsigned char *bytes)
{
	static struct moves_msg m;
	const struct slots_id to = some_id();

	memset(&m, 0, sizeof(m));
	m.type = (enum moves_type)(1 + below(MOVES_TYPES - 1));
	m.life = 1 + below(3);
	m.number = m.type == MOVES_HELLO;
	m.nr = m.type == MOVES_STATE ? below(4) : m.type != MOVES_HELLO;
	m.fact[0].kind = MOVES_ENTRY;
	if (m.type == MOVES_STATE)
		m.flags = below(4);
	for (uint32_t i = 0; m.type == MOVES_STATE && i < NODES; i++)
		m.hello[i] = moves.nodes[i].hello;
	moves_some_facts(&m);
	if (m.type >= MOVES_START && m.type <= MOVES_ROLLBACK)
		m.id = (struct moves_id){ 1 + below(2), 1 };
	if (m.type == MOVES_START || m.type == MOVES_VOTE ||
	    m.type == MOVES_ROLLBACK)
		m.fact[0].e = some_entry(false);
	if (m.type == MOVES_START)
		m.fact[0].e.node = below(NODES);
	if (m.type == MOVES_VOTE || m.type == MOVES_ROLLBACK)
		m.why = m.type == MOVES_ROLLBACK ? MOVES_LATE :
						   (enum moves_why)below(3);
	if (m.type == MOVES_START || m.type == MOVES_COMMIT ||
	    m.type == MOVES_PROMOTE)
		m.to = (struct slots_id){ .node = to.node, .pid = to.pid };
	if (m.type == MOVES_COMMIT || m.type == MOVES_PROMOTE)
		m.fact[0].e.node = m.to.node;
	if (m.type == MOVES_PROMOTE)
		m.from = below(2) ? MOVES_NOBODY : below(NODES);
	return moves_encode(bytes, &m);
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
	static struct moves_msg v;
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
	} else if (moves_decode(&v, copy, size) == RECORD_OK) {
		nr_moves++;
		moves_deliver(&moves, &from, &v);
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
	static size_t (*const some[])(
		unsigned char *bytes) = { slots_some, pst_some, moves_some };
	size_t size = some[below(ARRAY_SIZE(some))](bytes);

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
	EXPECT(nr_slots > done / 12 && nr_pst > done / 12 &&
	       nr_moves > done / 12 && nr_running);
	printf("fuzz: seed %s, %lu messages, good: %lu of slots, %lu of "
	       "processes, %lu of moves, to one with a table: %lu\n",
	       seed, done, nr_slots, nr_pst, nr_moves, nr_running);
	return EXIT_SUCCESS;
}
