/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends of processes, for PM and FS, which ask for them, and whose those of
 * other nodes are: a log that keeps the last ones, numbered.  They are notified
 * when there are more; who has missed some, or begins, is told so, and looks
 * which of its processes are still there.
 */
#ifndef SYSTASK_ENDS_H
#define SYSTASK_ENDS_H

#include <stdint.h>

#include <molipc/sys.h>

#define ENDS_MAX   (4 * M3IPC_MAX_SLOTS)
#define ENDS_HEARS 2 /* PM, FS */

struct ends {
	uint64_t begun;            /* the number before that of the first */
	uint64_t last;             /* of the newest; begun: none yet */
	uint64_t told[ENDS_HEARS]; /* the newest that each was notified of */
	struct {
		sys_end_t end;
		uint64_t at; /* ticks */
	} ring[ENDS_MAX];
};

/* Numbers begin with the time: those of an earlier log are behind these. */
void ends_init(struct ends *e, uint64_t now);
void ends_add(struct ends *e, const sys_end_t *end, uint64_t now);
/* There were some that nobody can name. */
void ends_lose(struct ends *e);
/*
 * Those after *seq, which it counts up: how many.  EMOLOVERRUN: some are not
 * there any more; *seq is that of the newest then.
 */
int ends_read(const struct ends *e, uint64_t *seq, sys_end_t *to, int max);
/*
 * Has it ended, within the last minutes?  An endpoint does not come again that
 * soon.  NULL: not that this log knew.
 */
const sys_end_t *ends_find(const struct ends *e, int endpoint, uint64_t now);

#endif /* SYSTASK_ENDS_H */
