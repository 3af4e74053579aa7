// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

int text_pack(message *m, int type, const char *text)
{
	size_t length = strlen(text);

	if (length > TEXT_MAX)
		return -1;
	memset(m, 0, sizeof(*m));
	m->m_type = type;
	memcpy(m->m_raw, text, length);
	return 0;
}

size_t text_unpack(const message *m, char text[static TEXT_SIZE + 1])
{
	memcpy(text, m->m_raw, TEXT_SIZE);
	text[TEXT_SIZE] = '\0';
	return strlen(text);
}

/*
 * The length of a character above ASCII in UTF-8, 0 if this is none or it is a
 * control.  Strict, as JSON is: neither longer than need be nor surrogates.
 */
static size_t character_length(const unsigned char *at)
{
	static const unsigned int least[] = { [2] = 0xa0, 0x800, 0x10000 };
	size_t length = at[0] < 0xc0 ? 0 :
			at[0] < 0xe0 ? 2 :
			at[0] < 0xf0 ? 3 :
			at[0] < 0xf8 ? 4 :
				       0;
	unsigned int code = at[0] & (0x7f >> length);

	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || code >> 11 == 0x1b)
		return 0;
	return length;
}

static int escape_one(unsigned char c, char out[static 5])
{
	switch (c) {
	case '\n':
		return sprintf(out, "\\n");
	case '\t':
		return sprintf(out, "\\t");
	case '\\':
		return sprintf(out, "\\\\");
	}
	if (c >= 0x80 || iscntrl(c))
		return sprintf(out, "\\x%02x", c);
	return sprintf(out, "%c", c);
}

void text_escape(const char *text, char *line, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t used = 0, taken;
	char one[5];

	for (; *at; at += taken) {
		size_t length = character_length(at);

		taken = length ? length : 1;
		if (length)
			memcpy(one, at, length);
		else
			length = (size_t)escape_one(*at, one);
		if (used + length >= size)
			break;
		memcpy(line + used, one, length);
		used += length;
	}
	line[used] = '\0';
}

bool text_is_notification(const message *m)
{
	return m->m_type == NOTIFY_FROM(_ENDPOINT_P(m->m_source));
}
