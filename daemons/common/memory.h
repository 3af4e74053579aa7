/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory without which a program cannot go on */
#ifndef COMMON_MEMORY_H
#define COMMON_MEMORY_H

#include <stddef.h>

/* What was asked for; the program ends by exit() if it is NULL. */
void *memory_checked(void *memory);

/* Zeroed memory */
void *memory_alloc(size_t size);
char *memory_strdup(const char *text);

/* "array" with a new last element, which the caller sets */
void *memory_grow(void *array, size_t nr, size_t size);

#endif /* COMMON_MEMORY_H */
