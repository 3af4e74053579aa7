// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/m3ipc.h>

#include "common/util.h"
#include "trace_event.h"

/* To which the kernel fills up the names of processes, which are shorter */
#define NAME_WIDTH 16

/* What is before the name of each event */
#define EVENT_MARK ": m3ipc_"

static const char *const event_names[] = {
	"call", "block", "message", "wake", "end", "bind", "unbind", "vcopy",
};

#define NR_EVENTS ARRAY_SIZE(event_names)

const char *trace_event_name(unsigned int i)
{
	return i < NR_EVENTS ? event_names[i] : NULL;
}

const char *trace_event_list(const char *list, unsigned int *mask)
{
	for (const char *at = list;; at++) {
		size_t length = strcspn(at, ","), i = 0;

		while (i < NR_EVENTS && (strlen(event_names[i]) != length ||
					 memcmp(event_names[i], at, length)))
			i++;
		if (i == NR_EVENTS)
			return at;
		*mask |= 1u << i;
		at += length;
		if (!*at)
			return NULL;
	}
}

static char *find_last_mark(char *line)
{
	char *last = NULL;

	while ((line = strstr(line, EVENT_MARK)))
		last = line++;
	return last;
}

/*
 * "name-pid [cpu] flags time: m3ipc_call: vm=0 ep=3 ..."
 *
 * The name of a process can be any bytes: it may look like an event, but that
 * is not the last one, as what follows the event is the driver's alone; or end
 * the line, but then all of this is within the width of a name.
 */
bool trace_event_read(char *line, struct trace_event *event)
{
	char *name = find_last_mark(line), *time;

	if (!name || name - line < NAME_WIDTH)
		return false;
	*name = '\0';
	time = strrchr(line, ' ');
	event->time = time ? strtod(time + 1, NULL) : 0;
	name += strlen(EVENT_MARK);
	event->name = name;
	name = strstr(name, ": ");
	if (!name)
		return false;
	*name = '\0';
	event->fields = name + 2;
	event->vmid = trace_event_number(event, "vm", -1);
	event->endpoint = trace_event_number(event, "ep", NONE);
	return true;
}

int trace_event_number(const struct trace_event *event, const char *name,
		       int other)
{
	size_t length = strlen(name);

	for (const char *at = event->fields; at; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (!strncmp(at, name, length) && at[length] == '=')
			return (int)strtol(at + length + 1, NULL, 10);
	}
	return other;
}

void trace_event_primitive(const struct trace_event *event,
			   char primitive[static TRACE_PRIMITIVE])
{
	const char *at = strstr(event->fields, "call=");

	strcpy(primitive, "-");
	if (at)
		sscanf(at, "call=%23s", primitive);
}

bool trace_event_lost(const char *line, int *cpu, unsigned long *lost)
{
	int all = 0;

	/* A part of it may be the name of a process, of 15 bytes. */
	sscanf(line, "CPU:%d [LOST %lu EVENTS]%n", cpu, lost, &all);
	return all;
}
