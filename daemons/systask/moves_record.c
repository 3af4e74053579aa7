// SPDX-License-Identifier: GPL-2.0-or-later
#define _DEFAULT_SOURCE
#include "common/le.h"
#include "moves_record.h"

enum offset {
	AT_MAGIC = 0,
	AT_VERSION = 4,
	AT_TYPE = 6,
	AT_FLAGS = 8,
	AT_LIFE = 12,
	AT_NUMBER = 16,
	AT_ID = 20,
	AT_WHY = 28,
	AT_RC = 32,
	AT_FROM = 36,
	AT_TO = 40,
	AT_NR = 48,
	AT_HELLOS = 52,
	AT_PID = 56,
	AT_UID = 60,
	AT_KIND = 0, /* of a fact */
	AT_FACT_ID = 4,
	AT_ENDPOINT = 12,
	AT_NODE = 16,
	AT_TERM = 20,
	AT_MAKER = 24,
	AT_COUNT = 28,
	AT_REVISION = 32,
	AT_ZERO = 36,
	AT_MAP = 40,
};

/* What each type has */
static const struct shape {
	uint32_t facts; /* STATE: as many as there are */
	uint32_t flags;
	bool id, why, from, to;
} shapes[MOVES_TYPES] = {
	[MOVES_HELLO] = { .facts = 0 },
	[MOVES_STATE] = { .facts = MOVES_FACTS,
			  .flags = MOVES_FIRST | MOVES_LAST },
	[MOVES_START] = { .facts = 1, .id = true, .to = true },
	[MOVES_VOTE] = { .facts = 1, .id = true, .why = true },
	[MOVES_COMMIT] = { .facts = 1, .id = true, .to = true },
	[MOVES_ROLLBACK] = { .facts = 1, .id = true, .why = true },
	[MOVES_SET] = { .facts = 1 },
	[MOVES_PROMOTE] = { .facts = 1,
			    .flags = MOVES_CLAIM,
			    .from = true,
			    .to = true },
};

static void id_put(unsigned char *to, size_t at, const struct moves_id *id)
{
	le_put32(to, at, id->life);
	le_put32(to, at + 4, id->number);
}

static struct moves_id id_get(const unsigned char *from, size_t at)
{
	return (struct moves_id){ .life = le_get32(from, at),
				  .number = le_get32(from, at + 4) };
}

static void moves_fact_put(unsigned char *to, const struct moves_fact *f)
{
	le_put32(to, AT_KIND, f->kind);
	id_put(to, AT_FACT_ID, &f->id);
	le_put32(to, AT_ENDPOINT, (uint32_t)f->e.endpoint);
	le_put32(to, AT_NODE, f->e.node);
	le_put32(to, AT_TERM, f->e.term);
	le_put32(to, AT_MAKER, f->e.maker);
	le_put32(to, AT_COUNT, f->e.count);
	le_put32(to, AT_REVISION, f->e.revision);
	le_put32(to, AT_ZERO, 0);
	le_put64(to, AT_MAP, f->e.map);
}

size_t moves_encode(unsigned char *to, const struct moves_msg *m)
{
	const uint32_t hellos = m->type == MOVES_STATE ? SLOTS_NODES : 0;
	unsigned char *at = to + MOVES_RECORD_HEADER;
	uint32_t i;

	le_put32(to, AT_MAGIC, MOVES_RECORD_MAGIC);
	le_put16(to, AT_VERSION, MOVES_RECORD_VERSION);
	le_put16(to, AT_TYPE, (uint16_t)m->type);
	le_put32(to, AT_FLAGS, m->flags);
	le_put32(to, AT_LIFE, m->life);
	le_put32(to, AT_NUMBER, m->number);
	id_put(to, AT_ID, &m->id);
	le_put32(to, AT_WHY, m->why);
	le_put32(to, AT_RC, (uint32_t)m->rc);
	le_put32(to, AT_FROM, m->from);
	le_put32(to, AT_TO, m->to.node);
	le_put32(to, AT_TO + 4, m->to.pid);
	le_put32(to, AT_NR, m->nr);
	le_put32(to, AT_HELLOS, hellos);
	le_put32(to, AT_PID, m->want.pid);
	le_put32(to, AT_UID, m->want.uid);
	for (i = 0; i < hellos; i++, at += 4)
		le_put32(at, 0, m->hello[i]);
	for (i = 0; i < m->nr; i++, at += MOVES_RECORD_FACT)
		moves_fact_put(at, &m->fact[i]);
	return (size_t)(at - to);
}

static bool id_is_good(const struct moves_id *id, bool has)
{
	return has ? id->life && id->number : !id->life && !id->number;
}

/* Members that a type does not have are 0. */
static bool members_are_good(const struct moves_msg *m)
{
	const struct shape *s = &shapes[m->type];

	if (!m->life || !id_is_good(&m->id, s->id) ||
	    (m->type == MOVES_HELLO) != (m->number != 0))
		return false;
	if (s->why ? m->why >= MOVES_WHYS : m->why != MOVES_DONE)
		return false;
	if (m->rc && (!s->why || m->why != MOVES_REFUSED || m->rc > 0))
		return false;
	if (m->type == MOVES_ROLLBACK && m->why == MOVES_DONE)
		return false;
	if (m->type != MOVES_START && (m->want.pid || m->want.uid))
		return false;
	return m->want.pid <= INT32_MAX &&
	       (s->to || (!m->to.node && !m->to.pid));
}

static bool nodes_are_good(const struct moves_msg *m)
{
	const struct shape *s = &shapes[m->type];

	if (s->to && m->to.node >= SLOTS_NODES)
		return false;
	if (m->flags & MOVES_CLAIM && m->from != MOVES_NOBODY)
		return false;
	return s->from ? m->from < SLOTS_NODES || m->from == MOVES_NOBODY :
			 !m->from;
}

static enum record_error moves_header_get(struct moves_msg *m,
					  const unsigned char *from)
{
	const uint16_t type = le_get16(from, AT_TYPE);

	if (le_get32(from, AT_MAGIC) != MOVES_RECORD_MAGIC)
		return RECORD_BADMAGIC;
	if (le_get16(from, AT_VERSION) != MOVES_RECORD_VERSION)
		return RECORD_BADVERSION;
	if (!type || type >= MOVES_TYPES)
		return RECORD_BADTYPE;
	m->type = (enum moves_type)type;
	m->flags = le_get32(from, AT_FLAGS);
	m->life = le_get32(from, AT_LIFE);
	m->number = le_get32(from, AT_NUMBER);
	m->id = id_get(from, AT_ID);
	m->why = (enum moves_why)le_get32(from, AT_WHY);
	m->rc = (int32_t)le_get32(from, AT_RC);
	m->from = le_get32(from, AT_FROM);
	m->to = (struct slots_id){ .node = le_get32(from, AT_TO),
				   .pid = le_get32(from, AT_TO + 4) };
	m->nr = le_get32(from, AT_NR);
	m->want = (struct moves_want){ .pid = le_get32(from, AT_PID),
				       .uid = le_get32(from, AT_UID) };
	if (m->flags & ~shapes[m->type].flags)
		return RECORD_BADFLAGS;
	if (m->nr > MOVES_FACTS ||
	    (m->type != MOVES_STATE && m->nr != shapes[m->type].facts))
		return RECORD_BADCOUNT;
	if (!nodes_are_good(m))
		return RECORD_BADNODE;
	return members_are_good(m) ? RECORD_OK : RECORD_BADMEMBER;
}

static bool entry_is_empty(const struct moves_entry *e)
{
	return !e->node && !e->term && !e->maker && !e->count && !e->revision &&
	       !e->map;
}

static bool entry_is_good(const struct moves_entry *e)
{
	return (e->node < SLOTS_NODES || e->node == MOVES_NOBODY) && e->term &&
	       e->term < MOVES_RECORD_NUMBERS &&
	       e->count < MOVES_RECORD_NUMBERS &&
	       e->revision < MOVES_RECORD_NUMBERS;
}

/* START has a node and nothing else, a VOTE and a ROLLBACK the endpoint. */
static bool endpoint_is_good(const struct moves_msg *m,
			     const struct moves_entry *e)
{
	struct moves_entry bare = *e;

	if (m->type == MOVES_START) {
		if (e->node >= SLOTS_NODES)
			return false;
		bare.node = 0;
	}
	return entry_is_empty(&bare);
}

static bool moves_fact_is_good(const struct moves_msg *m,
			       const struct moves_fact *f)
{
	const bool id = f->kind == MOVES_HAS_VOTED ||
			f->kind == MOVES_HAS_DECIDED;

	if (f->kind < MOVES_ENTRY || f->kind >= MOVES_KINDS ||
	    !id_is_good(&f->id, id))
		return false;
	switch (m->type) {
	case MOVES_START:
	case MOVES_VOTE:
	case MOVES_ROLLBACK:
		return f->kind == MOVES_ENTRY && endpoint_is_good(m, &f->e);
	case MOVES_COMMIT:
	case MOVES_PROMOTE:
		return f->kind == MOVES_ENTRY && entry_is_good(&f->e) &&
		       f->e.node == m->to.node;
	case MOVES_SET:
		if (id)
			return false;
		break;
	case MOVES_STATE:
		if (f->kind == MOVES_GONE)
			return false;
		break;
	default:
		return false;
	}
	return f->kind == MOVES_ENTRY ? entry_is_good(&f->e) :
					entry_is_empty(&f->e);
}

static bool moves_fact_get(const struct moves_msg *m, struct moves_fact *f,
			   const unsigned char *from)
{
	f->kind = (enum moves_kind)le_get32(from, AT_KIND);
	f->id = id_get(from, AT_FACT_ID);
	f->e.endpoint = (int32_t)le_get32(from, AT_ENDPOINT);
	f->e.node = le_get32(from, AT_NODE);
	f->e.term = le_get32(from, AT_TERM);
	f->e.maker = le_get32(from, AT_MAKER);
	f->e.count = le_get32(from, AT_COUNT);
	f->e.revision = le_get32(from, AT_REVISION);
	f->e.map = le_get64(from, AT_MAP);
	return !le_get32(from, AT_ZERO) && moves_fact_is_good(m, f);
}

enum record_error moves_decode(struct moves_msg *m, const unsigned char *from,
			       size_t size)
{
	const unsigned char *at = from + MOVES_RECORD_HEADER;
	enum record_error error;
	uint32_t i, hellos;

	if (size < MOVES_RECORD_HEADER)
		return RECORD_SHORT;
	error = moves_header_get(m, from);
	if (error != RECORD_OK)
		return error;
	hellos = m->type == MOVES_STATE ? SLOTS_NODES : 0;
	if (le_get32(from, AT_HELLOS) != hellos)
		return RECORD_BADCOUNT;
	if (size != MOVES_RECORD_HEADER + (size_t)hellos * 4 +
			    (size_t)m->nr * MOVES_RECORD_FACT)
		return RECORD_BADLENGTH;
	for (i = 0; i < SLOTS_NODES; i++, at += hellos ? 4 : 0)
		m->hello[i] = hellos ? le_get32(at, 0) : 0;
	for (i = 0; i < m->nr; i++, at += MOVES_RECORD_FACT)
		if (!moves_fact_get(m, &m->fact[i], at))
			return RECORD_BADENTRY;
	return RECORD_OK;
}
