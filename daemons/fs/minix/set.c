// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "set.h"

int mx_set_init(struct mx_set *s, uint32_t nr_chunks, uint32_t chunk_bits)
{
	s->chunk = calloc(nr_chunks, sizeof(*s->chunk));
	s->nr_chunks = nr_chunks;
	s->chunk_bits = chunk_bits;
	s->nr = 0;
	return s->chunk ? 0 : -ENOMEM;
}

void mx_set_clear(struct mx_set *s)
{
	for (uint32_t i = 0; s->nr && i < s->nr_chunks; i++) {
		free(s->chunk[i]);
		s->chunk[i] = NULL;
	}
	s->nr = 0;
}

void mx_set_free(struct mx_set *s)
{
	/* Chunks stay when the last of their zones is taken out. */
	for (uint32_t i = 0; s->chunk && i < s->nr_chunks; i++)
		free(s->chunk[i]);
	free(s->chunk);
	s->chunk = NULL;
	s->nr_chunks = 0;
}

static uint64_t *set_word(const struct mx_set *s, uint32_t bit)
{
	return s->chunk[bit / s->chunk_bits] + bit % s->chunk_bits / 64;
}

int mx_set_add(struct mx_set *s, uint32_t bit)
{
	uint64_t **chunk = &s->chunk[bit / s->chunk_bits];
	const uint64_t mask = UINT64_C(1) << bit % 64;
	uint64_t *word;

	if (!*chunk)
		*chunk = calloc(s->chunk_bits / 64, sizeof(**chunk));
	if (!*chunk)
		return -ENOMEM;
	word = set_word(s, bit);
	s->nr += !(*word & mask);
	*word |= mask;
	return 0;
}

void mx_set_del(struct mx_set *s, uint32_t bit)
{
	if (!mx_set_has(s, bit))
		return;
	*set_word(s, bit) &= ~(UINT64_C(1) << bit % 64);
	s->nr--;
}

bool mx_set_has(const struct mx_set *s, uint32_t bit)
{
	return s->chunk[bit / s->chunk_bits] &&
	       (*set_word(s, bit) & UINT64_C(1) << bit % 64);
}
