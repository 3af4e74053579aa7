/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parties of copies, whose memory is compared with a reference.
 *
 * The test itself is the requester, bound to SYSTASK, and one of three parties.
 * Each has an area to copy from and one to copy to, at the same addresses as
 * the others, and the test has an image of what must be in all of them.
 */
#ifndef TESTS_STAGE_PARTIES_H
#define TESTS_STAGE_PARTIES_H

#include "gate.h"

#define KIB        1024L
#define MIB        (1024 * KIB)
#define MAX_COPY   (16 * MIB)
#define TABLE      (2 * MIB) /* what one page table maps, and a huge page */
#define LEAD       (4 * PAGE)
#define NR_PARTIES 3

/* Data begin behind the first page, and soon get into the next page table. */
#define SOURCE ((char *)0x40000000 + TABLE - LEAD)
#define SINK   ((char *)0x60000000 + TABLE - LEAD)

enum memory {
	UNTOUCHED, /* anonymous, as are the next four */
	TOUCHED,
	READ_ONLY,
	HUGE_PAGES,
	SHARED,
	MEMFD,
	SHARED_FILE,
	PRIVATE_FILE,
	NR_MEMORY
};

struct party {
	struct actor *actor; /* NULL: the test itself */
	int ep;
	pid_t pid;
	char *source, *sink; /* images of its areas */
};

extern struct party parties[NR_PARTIES];
extern size_t area_size;

/* Without them, as with PREEMPT_RT, those of HUGE_PAGES are small. */
bool has_huge_pages(void);

/* Makes place for the files, in a new mount namespace; call it in main(). */
void mount_files(void);

/* Areas in which there is a page left on both sides of size bytes, or more. */
void parties_new(enum memory from, enum memory to, size_t size);

/* All but the test itself: copies need that. */
void parties_wait(void);

/* That what is there is as in the images: in one area, or in all */
void check_area(pid_t pid, const char *at, const char *image);
void check_parties(void);

/* To the requester, from the requester, and of third parties */
#define NR_DIRECTIONS 3

extern const struct direction {
	int from, to;
} directions[NR_DIRECTIONS];

/* size bytes at those offsets of source and sink, and in the images */
int copy(struct party *from, size_t soff, struct party *to, size_t doff,
	 size_t size);

#endif /* TESTS_STAGE_PARTIES_H */
