// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include <molipc/molipc.h>

#include "out.h"
#include "say.h"
#include "trace_lines.h"

static bool operand_matches(const char *operand, int endpoint)
{
	int number;

	if (endpoint == NONE)
		return false;
	if (args_peer(operand, &number) == PEER_SLOT)
		return endpoint != ANY && _ENDPOINT_P(endpoint) == number;
	return endpoint == number;
}

/* Is one of these, of which NONE is nobody, among those who are asked for? */
static bool is_asked_for(const struct args *args, int a, int b, int c)
{
	for (int i = 0; i < args->nr_operands; i++)
		if (operand_matches(args->operand[i], a) ||
		    operand_matches(args->operand[i], b) ||
		    operand_matches(args->operand[i], c))
			return true;
	return !args->nr_operands;
}

static void count_line(struct trace_lines *lines)
{
	if (++lines->printed == lines->args->count)
		lines->enough = true;
}

/* One line for each event of a kind */
static void print_event(struct trace_lines *lines,
			const struct trace_event *event)
{
	int src = trace_event_number(event, "src", NONE);
	int peer = trace_event_number(event, "peer", src);
	int dst = trace_event_number(event, "dst", NONE);

	if (!is_asked_for(lines->args, event->endpoint, peer, dst))
		return;
	if (lines->args->json)
		out_json_line(json_pack("{s:f,s:s,s:s}", "time", event->time,
					"event", event->name, "fields",
					event->fields));
	else
		printf("%.6f %s %s\n", event->time, event->name, event->fields);
	count_line(lines);
}

/* "EMOLDSTDIED" of "EMOLDSTDIED: the destination is not bound here, or died" */
static void name_result(int rc, char *text, size_t size)
{
	const char *name = rc < 0 ? mnx_strerror(rc) : "OK";
	const char *colon = strchr(name, ':');

	if (rc < 0 && !colon)
		snprintf(text, size, "%d", rc);
	else
		snprintf(text, size, "%.*s",
			 colon ? (int)(colon - name) : (int)strlen(name), name);
}

static void name_peer(int peer, char *text, size_t size)
{
	if (peer == ANY)
		snprintf(text, size, "any");
	else if (peer == NONE)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%d", peer);
}

static void print_call_json(const struct trace_event *event,
			    const struct trace_call *call, int rc,
			    const char *result)
{
	out_json_line(json_pack("{s:f,s:i,s:i,s:s,s:i,s:i,s:s,s:f}", "time",
				event->time, "vmid", call->vmid, "endpoint",
				call->endpoint, "call", call->primitive, "peer",
				call->peer, "rc", rc, "result", result,
				"blocked", call->blocked));
}

static void print_call_text(const struct trace_event *event,
			    const struct trace_call *call, const char *result)
{
	char peer[16], blocked[32] = "-";

	name_peer(call->peer, peer, sizeof(peer));
	if (call->slept)
		snprintf(blocked, sizeof(blocked), "%.6f", call->blocked);
	printf("%.6f %d %d %s %s %s %s\n", event->time, call->vmid,
	       call->endpoint, call->primitive, peer, result, blocked);
}

/* A call, and the event that is its end */
static void print_call(struct trace_lines *lines,
		       const struct trace_event *event,
		       const struct trace_call *call)
{
	int rc = trace_event_number(event, "rc", 0);
	char result[40];

	if (!is_asked_for(lines->args, call->endpoint, call->peer, NONE))
		return;
	name_result(rc, result, sizeof(result));
	if (lines->args->json)
		print_call_json(event, call, rc, result);
	else
		print_call_text(event, call, result);
	count_line(lines);
}

static void take_event(struct trace_lines *lines,
		       const struct trace_event *event)
{
	struct trace_call call;

	if (lines->enough)
		return;
	if (lines->events)
		print_event(lines, event);
	else if (trace_calls_take(&lines->calls, event, &call))
		print_call(lines, event, &call);
}

static void take_line(struct trace_lines *lines, char *line)
{
	struct trace_event event;
	unsigned long lost;
	int cpu;

	if (trace_event_lost(line, &cpu, &lost)) {
		if (!lines->enough)
			trace_lines_lost(lines, cpu, lost);
	} else if (trace_event_read(line, &event)) {
		take_event(lines, &event);
	}
}

void trace_lines_take(struct trace_lines *lines, char *text)
{
	char *newline;

	for (char *line = text; (newline = strchr(line, '\n'));
	     line = newline + 1) {
		*newline = '\0';
		take_line(lines, line);
	}
}

void trace_lines_lost(struct trace_lines *lines, int cpu, unsigned long lost)
{
	json_int_t number = (json_int_t)lost;

	lines->lost += lost;
	trace_calls_forget(&lines->calls);
	if (lines->args->json)
		out_json_line(cpu < 0 ? json_pack("{s:I}", "lost", number) :
					json_pack("{s:I,s:i}", "lost", number,
						  "cpu", cpu));
	say_error(lines->args,
		  cpu < 0 ? "%lu events lost" : "%lu events lost on CPU %d",
		  lost, cpu);
}
