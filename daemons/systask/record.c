// SPDX-License-Identifier: GPL-2.0-or-later
#define _DEFAULT_SOURCE
#include "common/le.h"
#include "record.h"

enum offset {
	AT_MAGIC = 0,
	AT_VERSION = 4,
	AT_TYPE = 6,
	AT_TABLE = 8,
	AT_LIFE = 16,
	AT_NONCE = 20,
	AT_FLAGS = 24,
	AT_COUNT = 28,
	AT_TO = 32,
	AT_NR_IDS = 44,
	AT_DEAD = 48,
	AT_PARAMS = 56,
	AT_NR_ENTRIES = 64,
	AT_ZERO = 68,
};

/* What each type may have: anything else is 0. */
static const struct {
	uint32_t flags;
	bool table; /* must not be 0 */
	bool ids;
	bool entries;
	bool to;
	bool dead;
} kinds[SLOTS_TYPES] = {
	[SLOTS_INFO] = { .table = true, .ids = true },
	[SLOTS_PART] = { .table = true, .entries = true },
	[SLOTS_REQUEST] = { .table = true, .to = true },
	[SLOTS_DONATE] = { .flags = SLOTS_LAST | SLOTS_LEAVES,
			   .table = true,
			   .entries = true,
			   .to = true },
	[SLOTS_PROPOSE] = { .flags = SLOTS_FOUND | SLOTS_FORCED, .dead = true },
	[SLOTS_CONSENT] = { .flags = SLOTS_LAST, .entries = true, .to = true },
};

static const char *const names[RECORD_ERRORS] = {
	[RECORD_OK] = "good",
	[RECORD_SHORT] = "too short",
	[RECORD_BADMAGIC] = "bad magic",
	[RECORD_BADVERSION] = "bad version",
	[RECORD_BADTYPE] = "bad type",
	[RECORD_BADFLAGS] = "bad flags",
	[RECORD_BADLIFE] = "bad life",
	[RECORD_BADCOUNT] = "bad count",
	[RECORD_BADNODE] = "bad node",
	[RECORD_BADENTRY] = "bad entry",
	[RECORD_BADLENGTH] = "bad length",
	[RECORD_BADMEMBER] = "bad member",
};

const char *record_error_name(enum record_error error)
{
	return names[error];
}

static void id_put(unsigned char *to, const struct slots_id *id)
{
	le_put32(to, 0, id->node);
	le_put32(to, 4, id->pid);
	le_put32(to, 8, id->life);
}

static bool id_get(struct slots_id *id, const unsigned char *from)
{
	id->node = le_get32(from, 0);
	id->pid = le_get32(from, 4);
	id->life = le_get32(from, 8);
	return id->node < SLOTS_NODES;
}

static void entry_put(unsigned char *to, const struct slots_entry *e)
{
	le_put32(to, 0, e->slot);
	le_put32(to, 4, e->owner.node);
	le_put32(to, 8, e->owner.number);
	le_put64(to, 12, e->version);
}

static bool entry_get(struct slots_entry *e, const unsigned char *from)
{
	e->slot = le_get32(from, 0);
	e->owner.node = le_get32(from, 4);
	e->owner.number = le_get32(from, 8);
	e->version = le_get64(from, 12);
	return e->slot < SLOTS_MAX && e->owner.node < SLOTS_NODES &&
	       e->owner.number && e->version && e->version < RECORD_VERSIONS;
}

size_t record_encode(unsigned char *to, const struct slots_msg *m)
{
	unsigned char *at = to + RECORD_HEADER;
	uint32_t i;

	le_put32(to, AT_MAGIC, RECORD_MAGIC);
	le_put16(to, AT_VERSION, RECORD_VERSION);
	le_put16(to, AT_TYPE, (uint16_t)m->type);
	le_put64(to, AT_TABLE, m->table);
	le_put32(to, AT_LIFE, m->life);
	le_put32(to, AT_NONCE, m->nonce);
	le_put32(to, AT_FLAGS, m->flags);
	le_put32(to, AT_COUNT, m->count);
	id_put(to + AT_TO, &m->to);
	le_put32(to, AT_NR_IDS, m->nr_ids);
	le_put64(to, AT_DEAD, m->dead);
	le_put64(to, AT_PARAMS, m->params);
	le_put32(to, AT_NR_ENTRIES, m->nr_entries);
	le_put32(to, AT_ZERO, 0);
	for (i = 0; i < m->nr_ids; i++, at += RECORD_ID)
		id_put(at, &m->id[i]);
	for (i = 0; i < m->nr_entries; i++, at += RECORD_ENTRY)
		entry_put(at, &m->entry[i]);
	return (size_t)(at - to);
}

static void header_get(struct slots_msg *m, const unsigned char *from)
{
	m->type = (enum slots_type)le_get16(from, AT_TYPE);
	m->table = le_get64(from, AT_TABLE);
	m->life = le_get32(from, AT_LIFE);
	m->nonce = le_get32(from, AT_NONCE);
	m->flags = le_get32(from, AT_FLAGS);
	m->count = le_get32(from, AT_COUNT);
	m->nr_ids = le_get32(from, AT_NR_IDS);
	m->dead = le_get64(from, AT_DEAD);
	m->params = le_get64(from, AT_PARAMS);
	m->nr_entries = le_get32(from, AT_NR_ENTRIES);
}

static bool has_too_much(const struct slots_msg *m)
{
	return (!kinds[m->type].ids && (m->nr_ids || m->params)) ||
	       (!kinds[m->type].entries && m->nr_entries) ||
	       (!kinds[m->type].dead && m->dead) ||
	       (!kinds[m->type].to && (m->to.node | m->to.pid | m->to.life));
}

static enum record_error header_check(const struct slots_msg *m, size_t len)
{
	if (m->flags & ~kinds[m->type].flags)
		return RECORD_BADFLAGS;
	if (!m->life || (kinds[m->type].table && !m->table))
		return RECORD_BADLIFE;
	if (m->nr_ids > SLOTS_MEMBERS || m->nr_entries > SLOTS_ENTRIES ||
	    (m->type == SLOTS_INFO && !m->count))
		return RECORD_BADCOUNT;
	if (m->to.node >= SLOTS_NODES)
		return RECORD_BADNODE;
	if (has_too_much(m))
		return RECORD_BADMEMBER;
	if (len != RECORD_HEADER + (size_t)m->nr_ids * RECORD_ID +
			   (size_t)m->nr_entries * RECORD_ENTRY)
		return RECORD_BADLENGTH;
	return RECORD_OK;
}

enum record_error record_decode(struct slots_msg *m, const unsigned char *from,
				size_t len)
{
	const unsigned char *at = from + RECORD_HEADER;
	enum record_error error;
	uint64_t type;
	uint32_t i;

	if (len < RECORD_HEADER)
		return RECORD_SHORT;
	if (le_get32(from, AT_MAGIC) != RECORD_MAGIC)
		return RECORD_BADMAGIC;
	if (le_get16(from, AT_VERSION) != RECORD_VERSION)
		return RECORD_BADVERSION;
	type = le_get16(from, AT_TYPE);
	if (!type || type >= SLOTS_TYPES)
		return RECORD_BADTYPE;
	if (le_get32(from, AT_ZERO))
		return RECORD_BADMEMBER;
	header_get(m, from);
	id_get(&m->to, from + AT_TO);
	error = header_check(m, len);
	if (error != RECORD_OK)
		return error;
	for (i = 0; i < m->nr_ids; i++, at += RECORD_ID)
		if (!id_get(&m->id[i], at))
			return RECORD_BADNODE;
	for (i = 0; i < m->nr_entries; i++, at += RECORD_ENTRY)
		if (!entry_get(&m->entry[i], at))
			return RECORD_BADENTRY;
	return RECORD_OK;
}
