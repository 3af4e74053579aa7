/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What C leaves out */
#ifndef COMMON_UTIL_H
#define COMMON_UTIL_H

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Arguments of a function: which one is a format, and which its first value */
#define PRINTF_LIKE(format_at, values_at) \
	__attribute__((format(printf, format_at, values_at)))

#endif /* COMMON_UTIL_H */
