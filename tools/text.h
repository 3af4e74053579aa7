/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages as text.
 *
 * The text is in m_raw and ends with a NUL; the rest of the payload is zero.
 * So a text has at most TEXT_MAX bytes, none of them NUL.  Programs in C read
 * the same bytes as the string m6_ca1.
 */
#ifndef TOOLS_TEXT_H
#define TOOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <molipc/m3ipc.h>

#define TEXT_SIZE sizeof(((message *)0)->m_raw)
#define TEXT_MAX  (TEXT_SIZE - 1)

/* Makes a message of a text; returns 0, or -1 if the text is too long. */
int text_pack(message *m, int type, const char *text);

/*
 * The text of a message.  A payload without a NUL is taken as TEXT_SIZE bytes
 * of text.  Returns its length.
 */
size_t text_unpack(const message *m, char text[static TEXT_SIZE + 1]);

/*
 * Writes a text so that it fits on one line, cannot steer a terminal and is
 * UTF-8: \n \t \\ and \xNN for other control characters and for bytes that
 * are no UTF-8.  "size" of 4 bytes for each byte and a NUL is always enough.
 */
void text_escape(const char *text, char *line, size_t size);

/* Whether a message was made by the driver for mnx_notify() */
bool text_is_notification(const message *m);

#endif /* TOOLS_TEXT_H */
