/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small copies: what is copied, who copies it, and whether it has arrived.
 */
#ifndef TESTS_STAGE_COPY_H
#define TESTS_STAGE_COPY_H

#include "gate.h"

#define LEN   300
#define SLACK 64

/* Every actor has its own, at the same address. */
extern char source[LEN + SLACK];
extern char sink[LEN + SLACK];

/* stage_up(), and fills both; copies_down() belongs to it. */
void copy_up(void);

/* Private memory, which nobody has touched yet */
char *new_pages(size_t nr);

void fill(char *p, size_t size, int seed);

/* LEN bytes of source of one are in sink of the other, and nothing else. */
bool has_arrived(pid_t pid);
bool is_untouched(pid_t pid);

enum role {
	FROM_PEER, /* to me */
	TO_PEER,   /* from me */
	NR_ROLES
};

/* LEN bytes from source to sink; "own" is me, "with" the peer. */
int copy_in_role(struct actor *rqtr, int own, int with, enum role role);

#endif /* TESTS_STAGE_COPY_H */
