/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of the kernel's trace_pipe: an event of the driver, or how many were
 * lost.
 *
 * Nothing here reads or prints.  The names of events are those of the trace
 * points without "m3ipc_", those of fields are in the driver's trace.h.
 */
#ifndef TOOLS_TRACE_EVENT_H
#define TOOLS_TRACE_EVENT_H

#include <stdbool.h>
#include <stddef.h>

struct trace_event {
	double time;
	const char *name;   /* "call" */
	const char *fields; /* "vm=0 ep=3 ..." */
	int vmid;
	int endpoint;
};

/* More than the name of any primitive, and a NUL */
#define TRACE_PRIMITIVE 24

/* The name of the i-th event, NULL after the last */
const char *trace_event_name(unsigned int i);

/*
 * Adds the events of a list, "call,end", to a mask, in which bit i is the i-th
 * event.  Returns NULL, or the item of the list that is no event.
 */
const char *trace_event_list(const char *list, unsigned int *mask);

/* Cuts the line into pieces, to which the event points; false for another. */
bool trace_event_read(char *line, struct trace_event *event);

/* The value of a number in the fields, "other" if there is none */
int trace_event_number(const struct trace_event *event, const char *name,
		       int other);

/* The primitive that the event is of, "-" if it is of none */
void trace_event_primitive(const struct trace_event *event,
			   char primitive[static TRACE_PRIMITIVE]);

/* Does the line say how many events of a CPU were lost? */
bool trace_event_lost(const char *line, int *cpu, unsigned long *lost);

#endif /* TOOLS_TRACE_EVENT_H */
