/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an operation does to zones and inodes, as far as it is in memory alone:
 * sets of zones, and how many are free.  Each step is taken at once and logged;
 * undoing takes them back in the opposite order.
 */
#ifndef MINIX_LOG_H
#define MINIX_LOG_H

#include "op.h"

/* Of bits that follow each other */
struct mx_step {
	enum mx_move move;
	uint32_t bit, nr;
	struct mx_set *own;
};

struct mx_log {
	struct mx_step *steps;
	uint32_t nr, room;
	uint32_t freed; /* zones */
};

int mx_log_add(struct mfs *fs, struct mx_log *log, enum mx_move move,
	       struct mx_set *own, uint32_t bit);
void mx_log_undo(struct mfs *fs, struct mx_log *log);
/* Buffers of what is free are forgotten. */
void mx_log_apply(struct mfs *fs, const struct mx_log *log);
void mx_log_clear(struct mx_log *log);
void mx_log_free(struct mx_log *log);

#endif /* MINIX_LOG_H */
