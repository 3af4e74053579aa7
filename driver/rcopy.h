/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Remote copies: the part that one node has in a copy between processes of
 * several (vcopy.h is for those of one).
 *
 *	requester	source		destination
 *	here		here		there	COPYIN_DATA ... ; COPYIN_ACK
 *	here		there		here	COPYOUT_RQST; COPYOUT_DATA ...
 *	here		there		there	COPYLCL_RQST; COPYLCL_ACK
 *	here		at A		at B	COPYGRT_RQST to B; COPYGRT_ACK;
 *						COPYRMT_RQST to A;
 *						COPYIN_RQST ... from A to B;
 *						COPYRMT_ACK from B
 *
 * Nobody's memory is read or written but by the word of the requester's own
 * node.  So B accepts frames from A only for the part that COPYGRT_RQST has
 * made, and those of one copy; a requester that gives up takes the word back,
 * by CANCEL_MSG.
 *
 * Frames follow each other without waiting for anything: the sender takes the
 * next one when it can send it, and in between what else is queued.  A frame
 * says where it belongs and how much is left, and the destination accepts just
 * the one that it expects: a frame that is missing, or comes twice, ends the
 * copy with EBADMSG.  One with an error instead of data ends it with that.
 *
 *	copying --all frames sent, or written; an error--> ended
 *		--not busy--> gone
 *
 * A part exists at the node of the requester, until it has been told, and at
 * those of source and destination as long as they read or write.  Its party, if
 * that is not the requester itself, is blocked and held, as in a local copy.  A
 * process, as requester or as party, takes part in one copy at a time; if it is
 * unbound, or its node lost, the part ends.  All under vm->lock, but for the
 * bytes: while those are copied the part is busy, and if it ends then it lets
 * go of its party, and of its requester, only afterwards.  Memory that is not
 * there is not waited for by the proxy: a worker does that (aside.h), without
 * being busy, and then the frame of a source is queued again, and those of a
 * destination are written, in their order.  A destination that
 * hears nothing for M3_RCOPY_SILENCE ends its part, and lets its party go.
 */
#ifndef _M3IPC_RCOPY_H
#define _M3IPC_RCOPY_H

#include <linux/completion.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>
#include "cmd.h"
#include "faultin.h"
#include "outcome.h"

struct m3_node;
struct m3_proc;
struct mm_struct;

/* Jiffies without a frame: its sender is not there, or does not mean it. */
#define M3_RCOPY_SILENCE	(10 * HZ)

struct m3_rcopy {
	refcount_t ref;
	struct m3_proc *rqtr;		/* local or not; holds a reference */
	struct m3_proc *party;		/* local or NULL; holds a reference */
	struct mm_struct *mm;		/* of party, or NULL; holds a user */
	bool sends;			/* else it receives */
	int ack;			/* a remote requester is told with it */
	u64 op;				/* its requester's operation */
	u64 nodes;			/* others that have a part */
	int from;			/* of these: frames come from there */
	int to;				/* of these: that of the destination */
	bool granted;			/* which expects frames of a third, */
	bool asked;			/* whom the requester has asked then */
	u64 addr;			/* in mm: of the frame to come next */
	u64 left;			/* bytes from there on */
	bool held;			/* party is */
	unsigned int busy;		/* who copies bytes, see rcopy.c */
	struct work_struct aside_work;	/* waits for memory of the party, */
	struct list_head aside;		/* where these frames belong, */
	int nr_aside;
	struct m3_patience patience;	/* as long as this lasts; */
	int unread;			/* a source's error then */
	bool ended;
	int rc;				/* once it has ended */
	struct m3_cmd frame;		/* of a source: the next one */
	struct delayed_work watch;	/* of a destination, see heard */
	unsigned long heard;		/* jiffies: a frame came */
	struct completion done;		/* for the requester, if it is local */
	struct work_struct free_work;
};

void m3_rcopy_put(struct m3_rcopy *x);
struct m3_rcopy *m3_rcopy_alloc(void);

/* For local requesters */
int m3_rcopy_request(struct m3_node *node, const struct m3ipc_vcopy *req);

/* Commands that came: vm->lock is held, but for the last one. */
int m3_rcopy_source(struct m3_rcopy **spare, struct m3_proc *rqtr,
		    const cmd_t *cmd);
int m3_rcopy_frame(struct m3_rcopy **spare, struct m3_proc *rqtr,
		   struct m3_proc *dst, const cmd_t *cmd,
		   struct m3_rcopy **todo);
int m3_rcopy_grant(struct m3_rcopy **spare, struct m3_proc *rqtr,
		   struct m3_proc *dst, const cmd_t *cmd);
void m3_rcopy_cancel(struct m3_proc *rqtr, u64 op);
int m3_rcopy_data(struct m3_proc *rqtr, const cmd_t *cmd,
		  struct m3_rcopy **todo);
void m3_rcopy_ack(struct m3_proc *rqtr, const cmd_t *cmd);
void m3_rcopy_write(struct m3_rcopy *x, const cmd_t *cmd,
		    unsigned long payload);

void m3_rcopy_gone(struct m3_proc *p, int why);
void m3_rcopy_lost(struct m3_proc *p, int nodeid, int why);

#endif /* _M3IPC_RCOPY_H */
