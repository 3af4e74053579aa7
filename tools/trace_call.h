/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls of primitives, put together from the events of their beginning, their
 * sleep and their end.
 *
 * An endpoint has one call at a time.  Events may be missing: a call whose
 * beginning was lost has no peer, and one whose end was lost is forgotten when
 * the endpoint begins the next.
 */
#ifndef TOOLS_TRACE_CALL_H
#define TOOLS_TRACE_CALL_H

#include <stdbool.h>

#include "trace_event.h"

/* The events that make up calls, as trace_event_list() reads them */
#define TRACE_CALL_EVENTS "call,block,wake,end"

struct trace_call {
	int vmid;
	int endpoint;
	int peer; /* NONE: it is not known, or the primitive takes none */
	char primitive[TRACE_PRIMITIVE];
	bool asleep;
	bool slept;
	double since;   /* asleep */
	double blocked; /* seconds */
};

/* All calls that have begun and not ended; { NULL } is none of them. */
struct trace_calls {
	void *tree; /* of struct trace_call */
};

/* Takes an event; true if a call ends with it, which "ended" then is. */
bool trace_calls_take(struct trace_calls *calls,
		      const struct trace_event *event,
		      struct trace_call *ended);

/* Of no call is known any more what has become of it. */
void trace_calls_forget(struct trace_calls *calls);

#endif /* TOOLS_TRACE_CALL_H */
