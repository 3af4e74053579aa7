/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Privileges as text.
 *
 * A list of primitives is "send,rcvrqst,reply"; a list of peers is
 * "system,pm,12,users" and may have ranges, "-5..-2".  Both may be "all" or
 * "none".  What is printed can be read again.
 */
#ifndef TOOLS_RIGHTS_H
#define TOOLS_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RIGHTS_WORDS 4
#define RIGHTS_TEXT  1024 /* more than any list of peers needs */

/* The name of a primitive in s_trap_mask, NULL after the last */
const char *rights_trap(unsigned int trap);

/*
 * Reads a list of primitives.  Items with a sign change what *mask was; if the
 * first has none the list replaces it.  Returns 0 or -1.
 */
int rights_read_traps(const char *text, uint32_t *mask);

void rights_print_traps(uint32_t mask, char *text, size_t size);

/* Reads a list of peers, which replaces the mask.  Returns 0 or -1. */
int rights_read_peers(const char *text, uint64_t mask[static RIGHTS_WORDS]);

bool rights_has(const uint64_t mask[static RIGHTS_WORDS], unsigned int bit);

/* The same for a VM with system slots from first to last */
void rights_print_peers(const uint64_t mask[static RIGHTS_WORDS], int first,
			int last, char *text, size_t size);

#endif /* TOOLS_RIGHTS_H */
