/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What SYSTASK leaves behind for the one that is started after it, as the
 * processes that it is about outlive it: their alarms and the names that they
 * were given, published names, endpoints that have moved, and whose the driver
 * has been told that the slots are.
 *
 * It is in a file, see common/kept.h.  Each entry names the binding that it is
 * about (endpoint and incarnation): one that has ended, perhaps with the whole
 * VM, is ignored.
 */
#ifndef SYSTASK_KEEP_H
#define SYSTASK_KEEP_H

#include <stdint.h>

#include <molipc/m3ipc.h>

#include "moves.h"
#include "pst.h"

#define KEEP_MAGIC 0x334b334du /* "M3K3" */
#define KEEP_NAMES 1024

struct keep_proc {
	uint64_t alarm; /* ticks; 0: none */
	uint64_t incarnation;
	int32_t endpoint;
	int32_t reserved;
	char name[M3IPC_NAME_LEN]; /* or empty */
};

struct keep_name {
	struct pst_fact fact; /* kind 0: none */
};

struct keep_move {
	bool used;
	struct moves_kept kept;
};

struct keep {
	uint32_t magic;
	uint32_t reserved;
	int16_t owner[M3IPC_MAX_SLOTS];         /* as member.c has it */
	struct keep_proc proc[M3IPC_MAX_SLOTS]; /* from slot -nr_tasks on */
	struct keep_name name[KEEP_NAMES];
	struct keep_move move[MOVES_MAX];
};

/* NULL and errno */
struct keep *keep_open(int vmid);
/* The entry of a binding: empty, if it was about another one */
struct keep_proc *keep_proc(struct keep *k, int slot, int endpoint,
			    uint64_t incarnation);
/* False: there are too many. */
bool keep_name(struct keep *k, const struct pst_fact *fact);
void keep_no_name(struct keep *k, const struct pst_fact *fact);
/* There is one of each endpoint. */
void keep_move(struct keep *k, const struct moves_kept *kept);

#endif /* SYSTASK_KEEP_H */
