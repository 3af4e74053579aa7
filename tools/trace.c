// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the trace points of the driver tell, as they tell it.
 *
 * A signal ends this, but not before what the buffers hold has been printed:
 * signals are blocked and read from a descriptor, so that none comes too early
 * or too late, however busy the trace is.
 */
#include <errno.h>
#include <poll.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <molipc/molipc.h>

#include "commands.h"
#include "instance.h"
#include "out.h"
#include "say.h"

/*
 * KB for each CPU.  A message is some 110 bytes of events, so that 50,000 of
 * them a second need 5.5 MB a second if one CPU has them all.
 */
#define DEFAULT_KB 8192
/* But not more than this part of the memory for all CPUs */
#define MEMORY_PART 16

/*
 * The pipe wakes nobody before the buffer is half full: better for those who
 * are traced than a wake-up for each event.
 */
#define IDLE_MS 100

/* To which the kernel fills up the names of processes, which are shorter */
#define NAME_WIDTH 16

/* A call that has begun and not ended */
struct call {
	int vmid;
	int endpoint;
	int peer;
	char primitive[24];
	bool asleep;
	bool slept;
	double since;   /* asleep */
	double blocked; /* seconds */
};

struct event {
	double time;
	const char *name;   /* "call" */
	const char *fields; /* "vm=0 ep=3 ..." */
	int vmid;
	int endpoint;
};

struct trace {
	const struct args *args;
	unsigned int events; /* that are wanted as they are; 0: calls */
	struct instance instance;
	void *calls; /* a tree of struct call */
	long lines;
	bool enough; /* lines */
	unsigned long lost;
};

static const char *const events[] = { "call", "block", "message", "wake",
				      "end",  "bind",  "unbind",  "vcopy" };

#define NR_EVENTS (sizeof(events) / sizeof(events[0]))

/* Those that make up calls */
#define CALL_EVENTS "call,block,wake,end"

/* Reads "call,end" as bits of events[]; what is none is said. */
static int read_events(const struct args *args, const char *list,
		       unsigned int *mask)
{
	for (const char *at = list;; at++) {
		size_t length = strcspn(at, ","), i = 0;

		while (i < NR_EVENTS && (strlen(events[i]) != length ||
					 memcmp(events[i], at, length)))
			i++;
		if (i == NR_EVENTS)
			return say_usage(args, "%.*s: no such event",
					 (int)length, at);
		*mask |= 1u << i;
		at += length;
		if (!*at)
			return 0;
	}
}

static int enable(const struct trace *trace)
{
	unsigned int mask = trace->events;

	if (!mask)
		read_events(trace->args, CALL_EVENTS, &mask);
	for (size_t i = 0; i < NR_EVENTS; i++)
		if (mask & 1u << i &&
		    instance_enable(&trace->instance, events[i]))
			return -1;
	return 0;
}

static long default_kb(void)
{
	long pages = sysconf(_SC_PHYS_PAGES) / MEMORY_PART;
	long kb = pages / sysconf(_SC_NPROCESSORS_ONLN) *
		  (sysconf(_SC_PAGESIZE) / 1024);

	return kb < DEFAULT_KB ? kb : DEFAULT_KB;
}

static int start(struct trace *trace)
{
	const struct args *args = trace->args;
	long kb = args->buffer ? args->buffer : default_kb();

	if (instance_open(&trace->instance))
		return say_error(args, INSTANCE_TRACING ": %s",
				 strerror(errno));
	if (instance_resize(&trace->instance, kb))
		return say_error(args, "a buffer of %ld KB for each CPU: %s",
				 kb, strerror(errno));
	if (enable(trace))
		return say_error(args, "%s/events: %s", trace->instance.folder,
				 strerror(errno));
	return 0;
}

/* Lines of text */

/* The value of a number in "vm=0 ep=3 ...", "other" if there is none */
static int field(const char *fields, const char *name, int other)
{
	size_t length = strlen(name);

	for (const char *at = fields; at; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (!strncmp(at, name, length) && at[length] == '=')
			return (int)strtol(at + length + 1, NULL, 10);
	}
	return other;
}

static char *find_last(char *text, const char *what)
{
	char *last = NULL;

	while ((text = strstr(text, what)))
		last = text++;
	return last;
}

/*
 * "name-pid [cpu] flags time: m3ipc_call: vm=0 ep=3 ..."; cut into pieces.
 *
 * The name of a process can be any bytes: it may look like an event, but that
 * is not the last one, as what follows the event is the driver's alone; or end
 * the line, but then all of this is within the width of a name.
 */
static bool read_event(char *line, struct event *event)
{
	char *name = find_last(line, ": m3ipc_"), *time;

	if (!name || name - line < NAME_WIDTH)
		return false;
	*name = '\0';
	time = strrchr(line, ' ');
	event->time = time ? strtod(time + 1, NULL) : 0;
	name += strlen(": m3ipc_");
	event->name = name;
	name = strstr(name, ": ");
	if (!name)
		return false;
	*name = '\0';
	event->fields = name + 2;
	event->vmid = field(event->fields, "vm", -1);
	event->endpoint = field(event->fields, "ep", NONE);
	return true;
}

static bool matches(const char *operand, int endpoint)
{
	int number;

	if (endpoint == NONE)
		return false;
	if (args_peer(operand, &number) == PEER_SLOT)
		return endpoint != ANY && _ENDPOINT_P(endpoint) == number;
	return endpoint == number;
}

/* Is one of these, of which NONE is nobody, among those who are asked for? */
static bool is_wanted(const struct args *args, int a, int b, int c)
{
	for (int i = 0; i < args->nr_operands; i++)
		if (matches(args->operand[i], a) ||
		    matches(args->operand[i], b) ||
		    matches(args->operand[i], c))
			return true;
	return !args->nr_operands;
}

static void count_line(struct trace *trace)
{
	if (++trace->lines == trace->args->count)
		trace->enough = true;
}

/* One line for each event of a kind */
static void put_event(struct trace *trace, const struct event *event)
{
	const char *fields = event->fields;

	if (trace->enough ||
	    !is_wanted(trace->args, event->endpoint,
		       field(fields, "peer", field(fields, "src", NONE)),
		       field(fields, "dst", NONE)))
		return;
	if (trace->args->json)
		out_json_line(json_pack("{s:f,s:s,s:s}", "time", event->time,
					"event", event->name, "fields",
					fields));
	else
		printf("%.6f %s %s\n", event->time, event->name, fields);
	count_line(trace);
}

/* Calls */

static int compare_calls(const void *va, const void *vb)
{
	const struct call *a = va, *b = vb;

	if (a->vmid != b->vmid)
		return a->vmid < b->vmid ? -1 : 1;
	return (a->endpoint > b->endpoint) - (a->endpoint < b->endpoint);
}

static struct call *find_call(struct trace *trace, const struct event *event)
{
	struct call key = { .vmid = event->vmid, .endpoint = event->endpoint };
	void *node = tfind(&key, &trace->calls, compare_calls);

	return node ? *(struct call **)node : NULL;
}

static void drop_call(struct trace *trace, struct call *call)
{
	if (call)
		tdelete(call, &trace->calls, compare_calls);
	free(call);
}

static void read_primitive(const struct event *event, char primitive[24])
{
	const char *at = strstr(event->fields, "call=");

	strcpy(primitive, "-");
	if (at)
		sscanf(at, "call=%23s", primitive);
}

static void begin(struct trace *trace, const struct event *event)
{
	struct call *call;

	drop_call(trace, find_call(trace, event));
	call = calloc(1, sizeof(*call));
	if (!call)
		return;
	call->vmid = event->vmid;
	call->endpoint = event->endpoint;
	call->peer = field(event->fields, "peer", NONE);
	read_primitive(event, call->primitive);
	if (!tsearch(call, &trace->calls, compare_calls))
		free(call);
}

static void sleeps(struct call *call, const struct event *event)
{
	call->asleep = true;
	call->slept = true;
	call->since = event->time;
}

static void wakes(struct call *call, const struct event *event)
{
	if (call->asleep)
		call->blocked += event->time - call->since;
	call->asleep = false;
}

/* "EMOLDSTDIED" of "EMOLDSTDIED: the destination died" */
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

/* Those take no peer: what their slot of the page has there means nothing. */
static int peer_of(const struct call *call, const char *primitive)
{
	return !call || !strcmp(primitive, "rcvrqst") ? NONE : call->peer;
}

static void print_call(const struct args *args, const struct event *event,
		       const struct call *call, const char *primitive)
{
	int peer = peer_of(call, primitive);
	int rc = field(event->fields, "rc", 0);
	char result[40], who[16], blocked[32] = "-";

	name_result(rc, result, sizeof(result));
	if (args->json) {
		out_json_line(
			json_pack("{s:f,s:i,s:i,s:s,s:i,s:i,s:s,s:f}", "time",
				  event->time, "vmid", event->vmid, "endpoint",
				  event->endpoint, "call", primitive, "peer",
				  peer, "rc", rc, "result", result, "blocked",
				  call ? call->blocked : 0));
		return;
	}
	name_peer(peer, who, sizeof(who));
	if (call && call->slept)
		snprintf(blocked, sizeof(blocked), "%.6f", call->blocked);
	printf("%.6f %d %d %s %s %s %s\n", event->time, event->vmid,
	       event->endpoint, primitive, who, result, blocked);
}

static void end(struct trace *trace, const struct event *event)
{
	struct call *call = find_call(trace, event);
	char primitive[24];

	read_primitive(event, primitive);
	/* It is another one, whose beginning was lost. */
	if (call && strcmp(call->primitive, primitive)) {
		drop_call(trace, call);
		call = NULL;
	}
	/* Another thread found the endpoint in use: its call never began. */
	if (call && call->asleep && field(event->fields, "rc", 0) == EMOLBUSY)
		call = NULL;
	if (call)
		wakes(call, event);
	if (!trace->enough && is_wanted(trace->args, event->endpoint,
					peer_of(call, primitive), NONE)) {
		print_call(trace->args, event, call, primitive);
		count_line(trace);
	}
	drop_call(trace, call);
}

/*
 * Where they are missing, of one CPU, or of any (-1).  Of no call is known any
 * more what has become of it.
 */
static void say_lost(struct trace *trace, int cpu, unsigned long lost)
{
	json_int_t number = (json_int_t)lost;

	trace->lost += lost;
	tdestroy(trace->calls, free);
	trace->calls = NULL;
	if (trace->args->json)
		out_json_line(cpu < 0 ? json_pack("{s:I}", "lost", number) :
					json_pack("{s:I,s:i}", "lost", number,
						  "cpu", cpu));
	say_error(trace->args,
		  cpu < 0 ? "%lu events lost" : "%lu events lost on CPU %d",
		  lost, cpu);
}

static void take_line(struct trace *trace, char *line)
{
	unsigned long lost;
	struct event event;
	struct call *call;
	int cpu, all = 0;

	/* A part of it may be the name of a process, of 15 bytes. */
	sscanf(line, "CPU:%d [LOST %lu EVENTS]%n", &cpu, &lost, &all);
	if (all) {
		if (!trace->enough)
			say_lost(trace, cpu, lost);
		return;
	}
	if (!read_event(line, &event))
		return;
	if (trace->events) {
		put_event(trace, &event);
		return;
	}
	call = find_call(trace, &event);
	if (!strcmp(event.name, "call"))
		begin(trace, &event);
	else if (!strcmp(event.name, "end"))
		end(trace, &event);
	else if (call && !strcmp(event.name, "block"))
		sleeps(call, &event);
	else if (call && !strcmp(event.name, "wake"))
		wakes(call, &event);
}

/* Reads once.  The pipe gives whole lines, as many as fit in a page. */
static bool take_some(struct trace *trace)
{
	static char text[65536];
	char *line = text, *newline;
	ssize_t got = read(trace->instance.pipe, text, sizeof(text) - 1);

	if (got <= 0)
		return false;
	text[got] = '\0';
	for (; (newline = strchr(line, '\n')); line = newline + 1) {
		*newline = '\0';
		take_line(trace, line);
	}
	return true;
}

/*
 * Until the last line that is wanted, nobody reads the output, or a signal:
 * then what is left is printed, unless a second one comes.  Returns whether it
 * was a signal.
 */
static bool follow(struct trace *trace, int signals)
{
	struct signalfd_siginfo info;
	struct pollfd fds[] = {
		{ .fd = trace->instance.pipe, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	bool more = true, ending = false;

	while ((more || !ending) && !trace->enough && !ferror(stdout) &&
	       !(fds[2].revents & POLLERR)) {
		more = take_some(trace);
		if (!more)
			fflush(stdout);
		poll(fds, 3, more || ending ? 0 : IDLE_MS);
		if (read(signals, &info, sizeof(info)) != sizeof(info))
			continue;
		if (ending)
			break;
		ending = true;
		more = true;
		instance_stop(&trace->instance);
	}
	return ending;
}

static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int check(const struct args *args)
{
	int number;

	for (int i = 0; i < args->nr_operands; i++)
		if (args_peer(args->operand[i], &number) == PEER_INVALID)
			return say_usage(args,
					 "%s: not an endpoint, a name or @P_NR",
					 args->operand[i]);
	return 0;
}

/* What no line of the pipe has told of */
static void account(struct trace *trace)
{
	unsigned long lost = instance_lost(&trace->instance);

	if (lost > trace->lost)
		say_lost(trace, -1, lost - trace->lost);
}

int cmd_trace(const struct args *args)
{
	struct trace trace = { .args = args, .instance.pipe = -1 };
	int rc = check(args), signals;

	if (!rc && args->event)
		rc = read_events(args, args->event, &trace.events);
	if (rc)
		return rc;
	signals = catch_signals();
	if (signals < 0)
		return say_error(args, "signalfd: %s", strerror(errno));
	rc = start(&trace);
	if (!rc && follow(&trace, signals) && !ferror(stdout))
		account(&trace);
	instance_close(&trace.instance);
	close(signals);
	tdestroy(trace.calls, free);
	if (trace.lost)
		rc = say_error(args, "%lu events lost in all", trace.lost);
	return rc;
}
