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

static int escape_one(unsigned char c, bool control, char out[static 5])
{
	switch (c) {
	case '\n':
		return sprintf(out, "\\n");
	case '\t':
		return sprintf(out, "\\t");
	case '\\':
		return sprintf(out, "\\\\");
	}
	if (control || iscntrl(c))
		return sprintf(out, "\\x%02x", c);
	return sprintf(out, "%c", c);
}

void text_escape(const char *text, char *line, size_t size)
{
	size_t used = 0;
	char one[5];

	for (bool c1 = false; *text; text++) {
		unsigned char c = (unsigned char)*text;
		size_t length;

		/* The controls above ASCII, as UTF-8 has them */
		c1 = c1 ||
		     (c == 0xc2 && ((unsigned char)text[1] & 0xe0) == 0x80);
		length = (size_t)escape_one(c, c1, one);
		c1 = c1 && c == 0xc2;
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
