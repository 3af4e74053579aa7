/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What m3ipc-fs has around it, for fuzz_fs.c: clients with memory of their own,
 * of its node and of another (fs_far.c); the driver and SYSTASK as far as it
 * asks them; disks, whose I/O is carried out late (fs_disks.c); and a clock.
 * All is by the dice.
 *
 * Whatever FS may not do ends the program: a copy that is none, from or to one
 * who does not wait; an answer to one; two answers.
 */
#ifndef FUZZ_FS_WORLD_H
#define FUZZ_FS_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <molipc/fs.h>

#include "lib/dice.h"

#define WORLD_VM      0
#define WORLD_NODE    0
#define WORLD_FAR     1 /* the other node */
#define WORLD_CLIENTS 6
#define WORLD_SLOT    40      /* of the first client */
#define WORLD_AT      0x10000 /* where its memory is */
#define WORLD_BYTES   (160 << 10)
#define WORLD_KIB     300 /* of a disk */
#define WORLD_DISKS   2

#define WORLD_EXPECT(cond) \
	((cond) ? (void)0 : world_fail(__FILE__, __LINE__, #cond))

struct client {
	int endpoint;
	int node;
	uint32_t uid, gid;
	uint64_t incarnation; /* of its binding; 0: there is none */
	bool waits;           /* for an answer */
	bool stopped;
	unsigned char memory[WORLD_BYTES];
};

struct world {
	unsigned long seed;
	struct dice dice;
	struct client clients[WORLD_CLIENTS];
	unsigned char *disks[WORLD_DISKS];
	bool failed;   /* an I/O has been refused */
	bool failing;  /* some are */
	bool silent;   /* none is carried out */
	int64_t clock; /* ms */
	unsigned long answers, errors, copies, ios;
};

extern struct world world;

static inline unsigned int below(unsigned int n)
{
	return dice_throw(&world.dice, n);
}

static inline bool hit(unsigned int percent)
{
	return dice_hit(&world.dice, percent);
}

/* Disks as "made", and all clients bound */
void world_begin(unsigned long seed, unsigned char *const made[WORLD_DISKS]);
void world_fail(const char *file, int line, const char *what);
/* Who is bound there; NULL: nobody */
struct client *world_client(int endpoint);
/* Its process ends, and waits for no answer more; another one is bound. */
void world_client_ends(struct client *c);
void world_client_begins(struct client *c);
/* Somebody has ended since this was last asked. */
bool world_has_ends(void);
/* A call of the other node is neither with the loop nor answered. */
bool world_stages(void);
/* Something is carried out, if there is anything. */
bool world_io(void);

#endif /* FUZZ_FS_WORLD_H */
