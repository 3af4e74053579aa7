/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process may publish as a name */
#ifndef COMMON_NAME_H
#define COMMON_NAME_H

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Letters, digits, "._-", and not what could be a number. */
static inline bool name_is_good(const char *name)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789._-";
	const size_t length = strlen(name);
	const char *rest = name + (*name == '-');

	return length && strspn(name, good) == length &&
	       rest[strspn(rest, "0123456789")];
}

#endif /* COMMON_NAME_H */
