/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients of other nodes.  To copy from them, or to ask who they are, is to
 * wait for their node: a thread does that, one a node, so that the loop waits
 * for none, and no node for another.
 *
 *	the loop		the thread of the node
 *
 *				has begun: the node knows it
 *	a request: node_pass()	the client waits for this one now
 *				who it is, names, and bytes that it writes
 *	call_enter() <-		staged
 *	its handler
 *	node_answer() ->	bytes that it reads, and the answer; or
 *	the position goes back <- there is no memory for them
 *	node_answer() ->	the answer
 *
 * A call is the thread's, or the loop's, and changes hands by two lists with a
 * lock each; a notification says that there is something in one.
 */
#ifndef FS_NODE_H
#define FS_NODE_H

#include "call.h"

/* What a call that is dropped is "answered" with: nobody is there. */
#define NODE_NOBODY 2

/* Hands a request on: SERVE_LATER, or an error that is its answer */
int node_pass(struct serve_request *rq, int nodeid);
/* A call of a client there has an answer. */
void node_answer(struct call *c, int rc);
/* Those that threads have fetched begin. */
void nodes_take(void);

#endif /* FS_NODE_H */
