// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "common/kept.h"
#include "keep.h"

struct keep *keep_open(int vmid)
{
	struct keep *k = kept_map("systask", vmid, sizeof(*k));

	if (k && k->magic != KEEP_MAGIC) {
		memset(k, 0, sizeof(*k));
		k->magic = KEEP_MAGIC;
	}
	return k;
}

struct keep_proc *keep_proc(struct keep *k, int slot, int endpoint,
			    uint64_t incarnation)
{
	struct keep_proc *p = &k->proc[slot];

	if (p->endpoint != endpoint || p->incarnation != incarnation)
		*p = (struct keep_proc){ .incarnation = incarnation,
					 .endpoint = endpoint };
	return p;
}

static bool name_is(const struct keep_name *n, const struct pst_fact *fact)
{
	return n->fact.kind && n->fact.endpoint == fact->endpoint &&
	       !strcmp(n->fact.text, fact->text);
}

bool keep_name(struct keep *k, const struct pst_fact *fact)
{
	keep_no_name(k, fact);
	for (size_t i = 0; i < KEEP_NAMES; i++) {
		if (!k->name[i].fact.kind) {
			k->name[i].fact = *fact;
			return true;
		}
	}
	return false;
}

void keep_no_name(struct keep *k, const struct pst_fact *fact)
{
	for (size_t i = 0; i < KEEP_NAMES; i++)
		if (name_is(&k->name[i], fact))
			k->name[i].fact.kind = 0;
}

/* As many as moves has: its places are these. */
void keep_move(struct keep *k, const struct moves_kept *kept)
{
	struct keep_move *free = NULL;

	for (size_t i = 0; i < MOVES_MAX; i++) {
		struct keep_move *m = &k->move[i];

		if (m->used && m->kept.e.endpoint == kept->e.endpoint) {
			m->kept = *kept;
			return;
		}
		if (!free && (!m->used || (m->kept.e.node == MOVES_NOBODY &&
					   !m->kept.id.life && !m->kept.ready)))
			free = m;
	}
	if (!free || (!kept->e.term && !kept->id.life && !kept->ready))
		return;
	free->kept = *kept;
	free->used = true;
}
