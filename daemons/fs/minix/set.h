/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of zones, by the number of their bit in the zone bitmap: in memory only,
 * and as large as what is in them, in chunks that are as long as a block of the
 * bitmap.
 */
#ifndef MINIX_SET_H
#define MINIX_SET_H

#include <stdbool.h>
#include <stdint.h>

struct mx_set {
	uint64_t **chunk;   /* NULL: it is empty there */
	uint32_t nr_chunks; /* as many as the bitmap has blocks */
	uint32_t chunk_bits;
	uint64_t nr; /* that are in it */
};

/* 0 or -ENOMEM */
int mx_set_init(struct mx_set *s, uint32_t nr_chunks, uint32_t chunk_bits);
void mx_set_free(struct mx_set *s);
/* Takes all out. */
void mx_set_clear(struct mx_set *s);

/* 0, also if it is in it, or -ENOMEM */
int mx_set_add(struct mx_set *s, uint32_t bit);
void mx_set_del(struct mx_set *s, uint32_t bit);
bool mx_set_has(const struct mx_set *s, uint32_t bit);

/* 64 of a chunk, from the bit 64 * word on */
static inline uint64_t mx_set_word(const struct mx_set *s, uint32_t chunk,
				   uint32_t word)
{
	return s->chunk[chunk] ? s->chunk[chunk][word] : 0;
}

#endif /* MINIX_SET_H */
