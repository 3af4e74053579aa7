/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The group of a VM: who is in it, and messages that all get in one order.
 *
 *	group_single_open	one node: the group is this process
 *	group_cpg_open		Corosync's closed process group of that name
 *
 *	CLOSED --join--> JOINING --view with this member--> IN
 *	IN --leave--> LEAVING --view without it--> CLOSED
 *	JOINING --leave--> CLOSED, with such a view
 *	LEAVING --join--> JOINING, when it has left
 *	JOINING, IN, LEAVING --the node's corosync dies--> LOST --it is back-->
 *		JOINING by itself (LEAVING: CLOSED)
 *
 * Who is LOST has left: that is a view with nobody in it, and what had not been
 * delivered may never be.  Then he is another member, though with the same
 * number of a process.  Whoever left and joined in one change is told of in two
 * views: in the first he has left, in the second he is back.
 *
 * All callbacks come from group_dispatch(), in the order of the group, never
 * from within another call; so nobody has to expect to be called again while he
 * sends.  What is sent from a callback goes out when no more can be delivered:
 * a view may be outdated already, as after a stop of this node's corosync, and
 * the one that says so is delivered before anything is said to the others.
 *
 * No call waits for another node.  Joining and leaving, which are done in
 * group_dispatch(), wait for an answer of this node's corosync.
 */
#ifndef SYSTASK_GROUP_H
#define SYSTASK_GROUP_H

#include <stddef.h>

#include "slots.h"

/* Of a message; CPG's limit is a little more. */
#define GROUP_MESSAGE_MAX (1000 << 10)

struct group;

struct group_ops {
	/* Valid during the call, as is the message */
	void (*view)(void *arg, const struct slots_view *view);
	void (*deliver)(void *arg, const struct slots_id *from,
			const void *data, size_t size);
	/*
	 * Nodes that reach each other, with members or without; or NULL.  An
	 * orderly end of a node's Corosync looks as if its programs had died,
	 * and only this tells that the node has gone, right after it.
	 */
	void (*ring)(void *arg, uint64_t nodes);
};

/*
 * NULL and errno: without descriptors, or, of CPG, with a name that is too
 * long.  Without memory the program is ended.
 */
struct group *group_single_open(uint32_t node, const struct group_ops *ops,
				void *arg);
struct group *group_cpg_open(const char *name, uint32_t node,
			     const struct group_ops *ops, void *arg);
/* Not from a callback; who is in the group has died then. */
void group_close(struct group *g);

void group_join(struct group *g);
void group_leave(struct group *g);
/*
 * Multicasts a copy, after those before it, if this member is IN; else it is
 * dropped.  It is kept and tried again while Corosync is busy; what is kept
 * when this member leaves is dropped.
 */
void group_send(struct group *g, const void *data, size_t size);

/* Readable when there is something for group_dispatch(): one for ever */
int group_fd(const struct group *g);
void group_dispatch(struct group *g);

/* Why it takes so long to join, or NULL: it does not.  For the log. */
const char *group_trouble(const struct group *g);

#endif /* SYSTASK_GROUP_H */
