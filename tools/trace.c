// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the trace points of the driver tell, as they tell it.
 *
 * A buffer of its own (a tracing instance) keeps this apart from what others
 * trace.  It is removed at the end, also when a signal is the end: signals are
 * blocked but where ppoll() waits, so that none comes too early or too late.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <molipc/molipc.h>

#include "commands.h"
#include "out.h"

#define TRACING "/sys/kernel/tracing"

/* A call that has begun and not ended */
struct call {
	int vmid;
	int endpoint;
	int peer;
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
	char folder[64]; /* of the instance */
	int pipe;
	void *calls; /* a tree of struct call */
	long lines;
};

static volatile sig_atomic_t ended;

static void on_signal(int sig)
{
	(void)sig;
	ended = 1;
}

/* Files of the instance */

static int write_file(const struct trace *trace, const char *name,
		      const char *text)
{
	char path[160];
	ssize_t rc;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", trace->folder, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = write(fd, text, strlen(text));
	close(fd);
	return rc < 0 ? -1 : 0;
}

static const char *const events[] = { "call", "block", "message", "wake",
				      "end",  "bind",  "unbind",  "vcopy" };

#define NR_EVENTS (sizeof(events) / sizeof(events[0]))

static bool is_event(const char *name)
{
	for (size_t i = 0; i < NR_EVENTS; i++)
		if (!strcmp(name, events[i]))
			return true;
	return false;
}

static int enable(const struct trace *trace)
{
	char name[64];

	if (trace->args->event) {
		snprintf(name, sizeof(name), "events/m3ipc/m3ipc_%s/enable",
			 trace->args->event);
		return write_file(trace, name, "1");
	}
	for (size_t i = 0; i < NR_EVENTS; i++) {
		snprintf(name, sizeof(name), "events/m3ipc/m3ipc_%s/enable",
			 events[i]);
		if (strchr("cbwe", events[i][0]) && strcmp(events[i], "bind") &&
		    write_file(trace, name, "1"))
			return -1;
	}
	return 0;
}

static int open_instance(struct trace *trace)
{
	char path[96];

	snprintf(trace->folder, sizeof(trace->folder),
		 TRACING "/instances/m3ipc.%d", (int)getpid());
	/* One that was left by a process that was killed */
	if (mkdir(trace->folder, 0700) &&
	    (errno != EEXIST || rmdir(trace->folder) ||
	     mkdir(trace->folder, 0700)))
		return -1;
	snprintf(path, sizeof(path), "%s/trace_pipe", trace->folder);
	trace->pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (trace->pipe >= 0 && !enable(trace))
		return 0;
	return -1;
}

static void close_instance(struct trace *trace)
{
	if (trace->pipe >= 0)
		close(trace->pipe);
	if (*trace->folder)
		rmdir(trace->folder);
}

static unsigned long lost_of(const char *path)
{
	unsigned long lost = 0, number;
	char line[80];
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "overrun: %lu", &number) == 1 ||
		    sscanf(line, "dropped events: %lu", &number) == 1)
			lost += number;
	fclose(f);
	return lost;
}

/* How many events found the buffers full, of all CPUs */
static unsigned long lost_events(const struct trace *trace)
{
	unsigned long lost = 0;
	const struct dirent *entry;
	char path[512];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/per_cpu", trace->folder);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/per_cpu/%s/stats",
			 trace->folder, entry->d_name);
		lost += lost_of(path);
	}
	closedir(dir);
	return lost;
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

/* "name-pid [cpu] flags time: m3ipc_call: vm=0 ep=3 ..."; cut into pieces */
static bool read_event(char *line, struct event *event)
{
	char *name = strstr(line, ": m3ipc_"), *time;

	if (!name)
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
		ended = 1;
}

/* One line for each event of a kind */
static void put_event(struct trace *trace, const struct event *event)
{
	const char *fields = event->fields;

	if (ended ||
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
	char primitive[24] = "-";
	const char *at = strstr(event->fields, "call=");

	/* Another thread found the endpoint in use: its call never began. */
	if (call && call->asleep && field(event->fields, "rc", 0) == EMOLBUSY)
		call = NULL;
	if (at)
		sscanf(at, "call=%23s", primitive);
	if (call)
		wakes(call, event);
	if (!ended && is_wanted(trace->args, event->endpoint,
				peer_of(call, primitive), NONE)) {
		print_call(trace->args, event, call, primitive);
		count_line(trace);
	}
	drop_call(trace, call);
}

static void take_line(struct trace *trace, char *line)
{
	struct event event;
	struct call *call;

	if (!read_event(line, &event))
		return;
	if (trace->args->event) {
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

/* The pipe gives whole lines, as far as they fit. */
static void drain(struct trace *trace)
{
	static char text[65536];
	static size_t used;
	ssize_t got;

	while ((got = read(trace->pipe, text + used, sizeof(text) - 1 - used)) >
	       0) {
		char *line = text, *newline;

		text[used + (size_t)got] = '\0';
		while ((newline = strchr(line, '\n'))) {
			*newline = '\0';
			take_line(trace, line);
			line = newline + 1;
		}
		used = strlen(line);
		memmove(text, line, used);
		if (used == sizeof(text) - 1)
			used = 0;
		if (ferror(stdout))
			return;
	}
}

/* Until a signal, the last line that is wanted, or nobody reads the output */
static void follow(struct trace *trace, const sigset_t *waiting)
{
	const struct timespec while_idle = { .tv_sec = 1 };
	struct pollfd fds[] = {
		{ .fd = trace->pipe, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	while (!ended && !ferror(stdout) && !(fds[1].revents & POLLERR)) {
		drain(trace);
		fflush(stdout);
		if (!ended)
			ppoll(fds, 2, &while_idle, waiting);
	}
	write_file(trace, "tracing_on", "0");
	drain(trace);
}

static void catch_signals(sigset_t *waiting)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaddset(&set, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, waiting);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigdelset(waiting, signals[i]);
}

static int check(const struct args *args)
{
	int number;

	if (args->event && !is_event(args->event))
		return usage(args, "%s: no such event", args->event);
	for (int i = 0; i < args->nr_operands; i++)
		if (args_peer(args->operand[i], &number) == PEER_INVALID)
			return usage(args,
				     "%s: not an endpoint, a name or @P_NR",
				     args->operand[i]);
	return 0;
}

int trace(const struct args *args)
{
	struct trace trace = { .args = args, .pipe = -1 };
	unsigned long lost;
	sigset_t waiting;
	int rc = check(args);

	if (rc)
		return rc;
	catch_signals(&waiting);
	if (open_instance(&trace)) {
		rc = complain(args, TRACING ": %s", strerror(errno));
		close_instance(&trace);
		return rc;
	}
	follow(&trace, &waiting);
	lost = lost_events(&trace);
	close_instance(&trace);
	tdestroy(trace.calls, free);
	if (lost)
		rc = complain(args, "%lu events were lost", lost);
	return rc;
}
