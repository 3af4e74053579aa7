// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

void *memory_checked(void *memory)
{
	if (!memory) {
		fputs("m3ipc: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return memory;
}

void *memory_alloc(size_t size)
{
	return memory_checked(calloc(1, size));
}

char *memory_strdup(const char *text)
{
	return memory_checked(strdup(text));
}

void *memory_grow(void *array, size_t nr, size_t size)
{
	return memory_checked(reallocarray(array, nr + 1, size));
}
