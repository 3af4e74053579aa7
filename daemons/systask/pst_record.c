// SPDX-License-Identifier: GPL-2.0-or-later
#define _DEFAULT_SOURCE
#include "common/le.h"
#include "common/name.h"
#include "pst_record.h"

enum offset {
	AT_MAGIC = 0,
	AT_VERSION = 4,
	AT_TYPE = 6,
	AT_FLAGS = 8,
	AT_NR = 12,
	AT_KIND = 0, /* of a fact */
	AT_ENDPOINT = 4,
	AT_SINCE = 8,
	AT_INCARNATION = 16,
	AT_TEXT = 24,
};

static void fact_put(unsigned char *to, const struct pst_fact *f)
{
	le_put32(to, AT_KIND, f->kind);
	le_put32(to, AT_ENDPOINT, (uint32_t)f->endpoint);
	le_put64(to, AT_SINCE, f->since);
	le_put64(to, AT_INCARNATION, f->incarnation);
	memset(to + AT_TEXT, 0, PST_TEXT);
	memcpy(to + AT_TEXT, f->text, strnlen(f->text, PST_TEXT - 1));
}

/* A text is not empty, and nothing follows its end. */
static bool text_is_good(const char *text)
{
	size_t i, size = strnlen(text, PST_TEXT);

	for (i = size; i < PST_TEXT; i++)
		if (text[i])
			return false;
	return size < PST_TEXT;
}

static bool fact_get(struct pst_fact *f, const unsigned char *from)
{
	f->kind = (enum pst_kind)le_get32(from, AT_KIND);
	f->endpoint = (int32_t)le_get32(from, AT_ENDPOINT);
	f->since = le_get64(from, AT_SINCE);
	f->incarnation = le_get64(from, AT_INCARNATION);
	memcpy(f->text, from + AT_TEXT, PST_TEXT);
	return (f->kind == PST_PROC || f->kind == PST_NAME) &&
	       text_is_good(f->text) &&
	       (f->kind == PST_PROC || name_is_good(f->text));
}

size_t pst_encode(unsigned char *to, const struct pst_msg *m)
{
	unsigned char *at = to + PST_RECORD_HEADER;
	uint32_t i;

	le_put32(to, AT_MAGIC, PST_RECORD_MAGIC);
	le_put16(to, AT_VERSION, RECORD_VERSION);
	le_put16(to, AT_TYPE, (uint16_t)m->type);
	le_put32(to, AT_FLAGS, m->flags);
	le_put32(to, AT_NR, m->nr);
	for (i = 0; i < m->nr; i++, at += PST_RECORD_FACT)
		fact_put(at, &m->fact[i]);
	return (size_t)(at - to);
}

static enum record_error pst_header_get(struct pst_msg *m,
					const unsigned char *from)
{
	const uint16_t type = le_get16(from, AT_TYPE);

	if (le_get32(from, AT_MAGIC) != PST_RECORD_MAGIC)
		return RECORD_BADMAGIC;
	if (le_get16(from, AT_VERSION) != RECORD_VERSION)
		return RECORD_BADVERSION;
	if (!type || type >= PST_TYPES)
		return RECORD_BADTYPE;
	m->type = (enum pst_type)type;
	m->flags = le_get32(from, AT_FLAGS);
	m->nr = le_get32(from, AT_NR);
	if (m->flags & ~(m->type == PST_STATE ? PST_FIRST | PST_LAST : 0))
		return RECORD_BADFLAGS;
	if (m->nr > PST_FACTS || (m->type != PST_STATE && m->nr != 1))
		return RECORD_BADCOUNT;
	return RECORD_OK;
}

enum record_error pst_decode(struct pst_msg *m, const unsigned char *from,
			     size_t size)
{
	enum record_error error;
	uint32_t i;

	if (size < PST_RECORD_HEADER)
		return RECORD_SHORT;
	error = pst_header_get(m, from);
	if (error != RECORD_OK)
		return error;
	if (size != PST_RECORD_HEADER + (size_t)m->nr * PST_RECORD_FACT)
		return RECORD_BADLENGTH;
	for (i = 0; i < m->nr; i++)
		if (!fact_get(&m->fact[i], from + PST_RECORD_HEADER +
						   (size_t)i * PST_RECORD_FACT))
			return RECORD_BADENTRY;
	return RECORD_OK;
}
