// SPDX-License-Identifier: GPL-2.0-or-later
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/m3ipc.h>

#include "trace_call.h"

static int compare_calls(const void *va, const void *vb)
{
	const struct trace_call *a = va, *b = vb;

	if (a->vmid != b->vmid)
		return a->vmid < b->vmid ? -1 : 1;
	return (a->endpoint > b->endpoint) - (a->endpoint < b->endpoint);
}

static struct trace_call *call_find(const struct trace_calls *calls,
				    const struct trace_event *event)
{
	struct trace_call key = {
		.vmid = event->vmid,
		.endpoint = event->endpoint,
	};
	void *node = tfind(&key, &calls->tree, compare_calls);

	return node ? *(struct trace_call **)node : NULL;
}

static void call_drop(struct trace_calls *calls, struct trace_call *call)
{
	if (call)
		tdelete(call, &calls->tree, compare_calls);
	free(call);
}

/* Those take no peer: what their slot of the page has there means nothing. */
static bool takes_peer(const char *primitive)
{
	return strcmp(primitive, "rcvrqst");
}

static void call_begin(struct trace_calls *calls,
		       const struct trace_event *event)
{
	struct trace_call *call;

	call_drop(calls, call_find(calls, event));
	call = calloc(1, sizeof(*call));
	if (!call)
		return;
	call->vmid = event->vmid;
	call->endpoint = event->endpoint;
	trace_event_primitive(event, call->primitive);
	call->peer = takes_peer(call->primitive) ?
			     trace_event_number(event, "peer", NONE) :
			     NONE;
	if (!tsearch(call, &calls->tree, compare_calls))
		free(call);
}

static void call_sleeps(struct trace_call *call,
			const struct trace_event *event)
{
	call->asleep = true;
	call->slept = true;
	call->since = event->time;
}

static void call_wakes(struct trace_call *call, const struct trace_event *event)
{
	if (call->asleep)
		call->blocked += event->time - call->since;
	call->asleep = false;
}

static void call_end(struct trace_calls *calls, const struct trace_event *event,
		     struct trace_call *ended)
{
	struct trace_call *call = call_find(calls, event);

	*ended = (struct trace_call){
		.vmid = event->vmid,
		.endpoint = event->endpoint,
		.peer = NONE,
	};
	trace_event_primitive(event, ended->primitive);
	/* It is another one, whose beginning was lost. */
	if (call && strcmp(call->primitive, ended->primitive)) {
		call_drop(calls, call);
		return;
	}
	/* Another thread found the endpoint in use: its call never began. */
	if (!call ||
	    (call->asleep && trace_event_number(event, "rc", 0) == EMOLBUSY))
		return;
	call_wakes(call, event);
	*ended = *call;
	call_drop(calls, call);
}

bool trace_calls_take(struct trace_calls *calls,
		      const struct trace_event *event, struct trace_call *ended)
{
	struct trace_call *call = call_find(calls, event);
	bool ends = !strcmp(event->name, "end");

	if (ends)
		call_end(calls, event, ended);
	else if (!strcmp(event->name, "call"))
		call_begin(calls, event);
	else if (call && !strcmp(event->name, "block"))
		call_sleeps(call, event);
	else if (call && !strcmp(event->name, "wake"))
		call_wakes(call, event);
	return ends;
}

void trace_calls_forget(struct trace_calls *calls)
{
	tdestroy(calls->tree, free);
	calls->tree = NULL;
}
