/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of remote copies share; what a part is says rcopy.h.
 *
 *	rcopy.c			how it begins, ends, and lets go of its party
 *	rcopy_request.c		requesters of this node
 *	rcopy_source.c		frames that leave
 *	rcopy_dest.c		frames that come
 */
#ifndef _M3IPC_RCOPY_PART_H
#define _M3IPC_RCOPY_PART_H

#include "rcopy.h"

/* m3_rcopy.busy */
#define BY_PROXY	1
#define BY_WORKER	2

/* Of m3_rcopy.frame */
extern const struct m3_cmd_ops m3_rcopy_frame_ops;

void m3_rcopy_get(struct m3_rcopy *x);
struct m3_node *m3_rcopy_node(const struct m3_rcopy *x);

/* vm->lock is held: */
struct m3_rcopy *m3_rcopy_of(struct m3_proc *p);
void m3_rcopy_set_requester(struct m3_rcopy *x, struct m3_proc *rqtr, u64 op);
void m3_rcopy_set_party(struct m3_rcopy *x, struct m3_proc *party, u64 addr,
			u64 bytes);
int m3_rcopy_start(struct m3_rcopy *x, struct m3_proc *rqtr,
		   struct m3_proc *party, u64 addr, const cmd_t *cmd);
void m3_rcopy_expect(struct m3_rcopy *x);
void m3_rcopy_idle(struct m3_rcopy *x, unsigned int who);
void m3_rcopy_let_go(struct m3_rcopy *x);
void m3_rcopy_end(struct m3_rcopy *x, int rc);
void m3_rcopy_finish(struct m3_rcopy *x, int rc);

/* It is not: */
int m3_rcopy_bytes(const struct m3_rcopy *x, unsigned long own, size_t len,
		   bool write);
void m3_rcopy_put_aside(struct m3_rcopy *x);
void m3_rcopy_provide(struct m3_rcopy *x);
void m3_rcopy_write_kept(struct m3_rcopy *x);

#endif /* _M3IPC_RCOPY_PART_H */
