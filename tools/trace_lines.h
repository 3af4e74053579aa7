/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What "trace" prints of the lines that the kernel gives: calls or events, as
 * far as they are asked for, and how many events were lost.
 */
#ifndef TOOLS_TRACE_LINES_H
#define TOOLS_TRACE_LINES_H

#include <stdbool.h>

#include "args.h"
#include "trace_call.h"

struct trace_lines {
	const struct args *args;
	unsigned int events; /* that are wanted as they are; 0: calls */
	struct trace_calls calls;
	long printed;
	bool enough; /* were printed: as many as --count says */
	unsigned long lost;
};

/* Takes a text of whole lines, which is cut into pieces. */
void trace_lines_take(struct trace_lines *lines, char *text);

/* Says that events are missing, of one CPU, or of any (-1). */
void trace_lines_lost(struct trace_lines *lines, int cpu, unsigned long lost);

#endif /* TOOLS_TRACE_LINES_H */
